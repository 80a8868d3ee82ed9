package export

import (
	"encoding/base64"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/threadmill-sim/threadmill/results"
)

// addPrograms adds columns for as many programs as the largest mix has, with
// what they wrote when output is set.
func (t *Table) addPrograms(output bool) {
	most := 0
	for _, r := range t.rows {
		most = max(most, len(r.Programs))
	}
	for i := range most {
		add := func(name string, typ Type, unit, doc string, value func(*results.Record, *results.Program) any) {
			t.add(fmt.Sprintf("program%d.%s", i, name), typ, unit, doc, func(r *results.Record) any {
				if i >= len(r.Programs) {
					return nil
				}
				return value(r, &r.Programs[i])
			})
		}
		of := func(list func(*results.Metrics) []results.Number) func(*results.Record, *results.Program) any {
			return func(r *results.Record, _ *results.Program) any {
				if r.Metrics == nil || i >= len(list(r.Metrics)) {
					return nil
				}
				return number(list(r.Metrics)[i])
			}
		}
		add("workload", Text, "", "the program with its arguments", func(_ *results.Record, p *results.Program) any { return p.Workload })
		add("digest", Text, "", "digest of its contents and arguments", func(_ *results.Record, p *results.Program) any { return p.Digest })
		add("start", Integer, "instructions", "committed when its measurement began", func(_ *results.Record, p *results.Program) any { return p.Start })
		add("instructions", Integer, "instructions", "measured of it", func(_ *results.Record, p *results.Program) any { return p.Instructions })
		add("cycles", Integer, "cycles", "in which they committed", func(_ *results.Record, p *results.Program) any { return p.Cycles })
		add("ipc", Real, "instructions/cycle", "instructions / cycles", func(_ *results.Record, p *results.Program) any { return number(p.IPC()) })
		add("progress", Real, "", "its progress relative to running alone, NP", of(func(m *results.Metrics) []results.Number { return m.Progress }))
		add("estimate", Real, "", "NP as its thread's own account says, without a solo run", of(func(m *results.Metrics) []results.Number { return m.Estimate }))
		add("exit_code", Integer, "", "exit code; empty: it had not ended when the run did", func(_ *results.Record, p *results.Program) any {
			if p.ExitCode == nil {
				return nil
			}
			return uint64(*p.ExitCode)
		})
		add("signal", Integer, "", "signal that killed it; 0: none", func(_ *results.Record, p *results.Program) any { return uint64(p.Signal) })
		if output {
			t.addOutput(i, "stdout", func(p *results.Program) []byte { return p.Stdout })
			t.addOutput(i, "stderr", func(p *results.Program) []byte { return p.Stderr })
		}
	}
}

// addOutput adds what program i wrote: as text, and where that is not UTF-8 in
// a column of its own in base64.
func (t *Table) addOutput(i int, name string, of func(*results.Program) []byte) {
	has := func(r *results.Record) bool { return i < len(r.Programs) }
	title := fmt.Sprintf("program%d.%s", i, name)
	t.add(title, Text, "", "what it wrote, while that is UTF-8", func(r *results.Record) any {
		if has(r) && utf8.Valid(of(&r.Programs[i])) {
			return string(of(&r.Programs[i]))
		}
		return nil
	})
	binary := func(r *results.Record) bool { return has(r) && !utf8.Valid(of(&r.Programs[i])) }
	if !slices.ContainsFunc(t.rows, binary) {
		return
	}
	t.add(title+"_base64", Text, "", "what it wrote, when that is not UTF-8", func(r *results.Record) any {
		if binary(r) {
			return base64.StdEncoding.EncodeToString(of(&r.Programs[i]))
		}
		return nil
	})
}
