package view_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/view"
	"github.com/threadmill-sim/threadmill/workloads"
)

// kanata is a log as a strict reader of the format finds it.
type kanata struct {
	now     int
	insns   []*kanataInsn // by id
	retired int
}

type kanataInsn struct {
	thread  int
	begun   int
	label   string
	open    [2]string         // by lane: the stage that it is in
	stages  [2]map[string]int // by lane: cycles in each
	from    [2]int
	ended   bool
	flushed bool
	retired int // its number, with flushed that of the next to retire
}

// parseKanata reads a log of version 4. It accepts only what the format
// describes: known commands with as many fields as they have, ids dense and
// rising, every command after its instruction's I and before its R, one stage
// at a time in a lane, ended by its name, retirement in the order of ids, time
// that goes on, dependencies on what has been introduced.
func parseKanata(text string) (k *kanata, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "Kanata\t0004" {
		return nil, fmt.Errorf("header %q", lines[0])
	}
	k = &kanata{now: -1}
	for i, line := range lines[1:] {
		if err := k.command(strings.Split(line, "\t")); err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", i+2, line, err)
		}
	}
	return k, nil
}

// arity is the number of fields of each command.
var arity = map[string]int{"C=": 2, "C": 2, "I": 4, "L": 4, "S": 4, "E": 4, "R": 4, "W": 4}

func (k *kanata) command(f []string) error {
	if n, ok := arity[f[0]]; !ok || n != len(f) {
		return fmt.Errorf("%d fields", len(f))
	}
	texts := map[string]int{"L": 3, "S": 3, "E": 3}
	var n [4]int
	for i := 1; i < len(f); i++ {
		if texts[f[0]] == i {
			continue
		}
		v, err := strconv.Atoi(f[i])
		if err != nil || v < 0 || strconv.Itoa(v) != f[i] {
			return fmt.Errorf("field %d is no number", i)
		}
		n[i] = v
	}
	switch {
	case f[0] == "C=" && k.now < 0:
		k.now = n[1]
		return nil
	case f[0] == "C=" || k.now < 0:
		return fmt.Errorf("C= comes once, first")
	case f[0] == "C" && n[1] > 0:
		k.now += n[1]
		return nil
	case f[0] == "C":
		return fmt.Errorf("time stands still")
	case f[0] == "I":
		if n[1] != len(k.insns) {
			return fmt.Errorf("id is not %d", len(k.insns))
		}
		k.insns = append(k.insns, &kanataInsn{thread: n[3], begun: k.now})
		return nil
	case n[1] >= len(k.insns):
		return fmt.Errorf("unknown id")
	case k.insns[n[1]].ended:
		return fmt.Errorf("it has ended")
	}
	return k.ofInsn(k.insns[n[1]], f, n)
}

func (k *kanata) ofInsn(in *kanataInsn, f []string, n [4]int) error {
	switch f[0] {
	case "L":
		if n[2] > 1 || f[3] == "" {
			return fmt.Errorf("label")
		}
		if n[2] == 0 {
			in.label += f[3]
		}
	case "S", "E":
		if n[2] > 1 || f[3] == "" {
			return fmt.Errorf("lane or stage")
		}
		return in.lane(n[2], f[0] == "S", f[3], k.now)
	case "R":
		if in.open != [2]string{} {
			return fmt.Errorf("stages %q are open", in.open)
		}
		in.ended, in.flushed, in.retired = true, n[3] == 1, n[2]
		if n[3] > 1 || n[2] != k.retired {
			return fmt.Errorf("type, or retire id is not %d", k.retired)
		}
		if !in.flushed {
			k.retired++
		}
	case "W":
		if n[2] >= len(k.insns) || n[3] != 0 || n[2] >= n[1] {
			return fmt.Errorf("dependency")
		}
	}
	return nil
}

func (in *kanataInsn) lane(lane int, start bool, stage string, now int) error {
	if in.stages[lane] == nil {
		in.stages[lane] = map[string]int{}
	}
	switch {
	case start && in.open[lane] != "":
		return fmt.Errorf("stage %q is open", in.open[lane])
	case start:
		in.open[lane], in.from[lane] = stage, now
	case in.open[lane] != stage:
		return fmt.Errorf("stage %q is open", in.open[lane])
	case now == in.from[lane]:
		return fmt.Errorf("a stage of no cycle")
	default:
		in.open[lane] = ""
		in.stages[lane][stage] += now - in.from[lane]
	}
	return nil
}

// The reader is strict.
func TestKanataParser(t *testing.T) {
	const head = "Kanata\t0004\nC=\t7\nI\t0\t0\t0\nI\t1\t5\t1\n"
	for _, good := range []string{"", "S\t0\t0\tF\nC\t1\nE\t0\t0\tF\nR\t0\t0\t0\nR\t1\t1\t1\n", "W\t1\t0\t0\nL\t0\t1\tx\n"} {
		if _, err := parseKanata(head + good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{
		"I\t3\t0\t0\n", "S\t2\t0\tF\n", "S\t0\t2\tF\n", "S\t0\t0\tF\nE\t0\t0\tF\n", "E\t0\t0\tF\n", "C\t0\n", "C\t-1\n", "C=\t9\n",
		"R\t0\t1\t0\n", "R\t0\t0\t0\nL\t0\t0\tx\n", "R\t0\t0\t2\n", "W\t0\t1\t0\n", "X\t0\n", "L\t0\t0\n", "S\t0\t0\tF\nR\t0\t0\t0\n", "S\t0\t0\tF\nC\t1\nE\t0\t0\tX\n",
	} {
		if _, err := parseKanata(head + bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// record is a diagram of a window of a run.
func record(t *testing.T, preset, discipline string, threads int, w pipeline.Window, specs ...string) *view.Diagram {
	t.Helper()
	cfg, err := machine.Load(preset, nil)
	if err != nil {
		t.Fatal(err)
	}
	job := machine.Job{Config: cfg, Scheduler: discipline, Threads: threads, Limits: machine.Limits{FastForward: 2000, Until: machine.UntilAll}, Seed: 1}
	for _, spec := range specs {
		p, err := workloads.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		job.Programs = append(job.Programs, p)
	}
	watch, err := experiment.PrepareWatch(job)
	if err != nil {
		t.Fatal(err)
	}
	d, err := watch.Do(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Logs of several machines under several disciplines are of the format, and say
// of each instruction what the diagram does: its thread, the cycles of its
// stages, why it waited, whether it was flushed.
func TestKanata(t *testing.T) {
	for _, preset := range []string{"default", "scalar", "gem5-o3"} {
		for _, discipline := range []string{"single", "coarse", "barrel", "icount"} {
			specs := []string{"sort@test", "chase@test"}
			if discipline == "single" {
				specs = specs[:1]
			}
			d := record(t, preset, discipline, len(specs), pipeline.Window{Insts: pipeline.Range{From: 100, To: 1600}}, specs...)
			var b bytes.Buffer
			if err := view.Kanata(&b, d); err != nil {
				t.Fatal(err)
			}
			k, err := parseKanata(b.String())
			if err != nil {
				t.Fatalf("%s, %s: %v", preset, discipline, err)
			}
			if len(k.insns) != len(d.Uops) || len(d.Uops) != 1500 {
				t.Fatalf("%s, %s: %d of %d instructions", preset, discipline, len(k.insns), len(d.Uops))
			}
			threads := map[int]bool{}
			for i, in := range k.insns {
				threads[in.thread] = true
				compareInsn(t, in, &d.Uops[i])
				if t.Failed() {
					t.Fatalf("%s, %s: %+v is not %+v", preset, discipline, *in, d.Uops[i])
				}
			}
			if len(threads) != len(specs) {
				t.Errorf("%s, %s: threads %v", preset, discipline, threads)
			}
		}
	}
}

func compareInsn(t *testing.T, in *kanataInsn, u *view.Uop) {
	t.Helper()
	if in.thread != u.Thread || in.begun != int(u.Fetch) || !in.ended || in.flushed != (u.Fate != view.Committed) {
		t.Error("thread, beginning or end")
	}
	if !in.flushed && in.retired != int(u.Retired) {
		t.Errorf("it retires as number %d", in.retired)
	}
	if in.label != fmt.Sprintf("%x: %s", u.PC, u.Text) {
		t.Errorf("label %q", in.label)
	}
	waits := map[string]int{}
	for _, w := range u.Waits {
		waits[w.Code] += int(w.Until - w.From)
	}
	for code, n := range waits {
		if in.stages[1][code] != n {
			t.Errorf("waited %d cycles for %s", n, code)
		}
	}
	if len(waits) != len(in.stages[1]) {
		t.Errorf("waits %v", waits)
	}
	sum := 0
	for _, n := range in.stages[0] {
		sum += n
	}
	want := int(u.End - u.Fetch)
	if u.Fate == view.Committed {
		want++
		if x := in.stages[0]["X"] + in.stages[0]["XM"]; x != int(u.Done-u.Execute)+1 || in.stages[0]["C"] != 1 || in.stages[0]["R"] != 1 {
			t.Errorf("executed for %d cycles", x)
		}
	}
	if sum != want {
		t.Errorf("%d cycles in stages, want %d", sum, want)
	}
}
