package machine_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/results/view"
	"github.com/threadmill-sim/threadmill/workloads"
)

// short makes a machine whose diagrams fit a page.
var short = []string{
	"core.fetch.width=4", "core.fetch.depth=2", "core.fetch.redirect=1", "core.rename.width=4", "core.issue.width=4", "core.issue.depth=0", "core.commit.width=4",
	"core.rob.size=32", "core.rob.sharing=static",
}

// The programs of the diagrams. They loop for long, so that caches, TLBs and
// predictors are warm when they are looked at.
const (
	forwards = `
_start:	la s0, buf
	li s1, 100000
loop:	mul a0, a0, s1		# the store's data is late
	sd a0, 0(s0)
	ld a1, 0(s0)		# the store has all of its bytes
	lb a2, 3(s0)
	addi s1, s1, -1
	bnez s1, loop
	.bss
	.balign 8
buf:	.zero 8
`
	violates = `
_start:	la s0, buf
	li s1, 100000
loop:	mul t0, s1, x0		# the store's address is late
	add t0, t0, s0
	sd s1, 0(t0)
	ld a1, 0(s0)		# and it is this one's
	add a2, a2, a1
	addi s1, s1, -1
	bnez s1, loop
	.bss
	.balign 8
buf:	.zero 8
`
	branches = `
_start:	li s1, 100000
	li s2, 12345
	li s3, 1103515245
loop:	mul s2, s2, s3		# as good as random
	addi s2, s2, 12
	srli a0, s2, 16
	andi a0, a0, 1
	beqz a0, even
	addi a1, a1, 1
	xori a1, a1, 3
even:	addi s1, s1, -1
	bnez s1, loop
`
	misses = `
_start:	la s0, buf
	li s1, 100000
	li s3, 4160		# another line of another page each time
loop:	add s0, s0, s3
	ld a0, 0(s0)
	add a1, a1, a0
	addi s1, s1, -1
	bnez s1, loop
	.bss
buf:	.zero 500000000
`
	adds = `
_start:	li s1, 100000
loop:	add a0, a0, s1
	add a1, a1, s1
	add a0, a0, a1
	addi s1, s1, -1
	bnez s1, loop
`
)

// Diagrams of what each discipline and the parts of the core do, for a reader
// to follow: -update writes them anew.
func TestDiagrams(t *testing.T) {
	mispredicted := func(u *view.Uop) bool { return slices.Contains(u.Notes, "mispredicted") && !u.Wrong }
	violated := func(u *view.Uop) bool { return slices.Contains(u.Notes, "memory-order violation") }
	squashed := func(u *view.Uop) bool { return u.Fate == view.Replayed }
	first := func(*view.Uop) bool { return true }
	for _, c := range []struct {
		name, machine, scheduler string
		sets                     []string
		programs                 []string
		from                     func(*view.Uop) bool // the instruction to begin at …
		before, rows             int                  // … that many earlier
		cold                     bool                 // without warm-up
	}{
		{name: "forwarding", machine: "default", scheduler: "single", sets: short, programs: []string{forwards}, from: first, rows: 18},
		{name: "violation", machine: "default", scheduler: "single", sets: append(slices.Clone(short), "core.lsq.disambiguation=naive"), programs: []string{violates}, from: violated, before: 3, rows: 34},
		{name: "misprediction", machine: "default", scheduler: "single", sets: short, programs: []string{branches}, from: mispredicted, before: 4, rows: 34},
		{name: "coarse", machine: "default", scheduler: "coarse:on=llc,penalty=3", sets: append(slices.Clone(short), "core.rob.size=8", "core.fetch.buffer.size=16"), programs: []string{misses, adds}, from: squashed, before: 3, rows: 30, cold: true},
		{name: "barrel", machine: "scalar", scheduler: "barrel", programs: []string{adds, adds, adds, adds}, from: first, rows: 24},
		{name: "smt", machine: "default", scheduler: "icount.2.4", sets: short, programs: []string{forwards, adds}, from: first, rows: 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			warmup := uint64(1000)
			if c.cold {
				warmup = 0
			}
			d := diagram(t, c.machine, c.scheduler, c.sets, warmup, c.programs)
			at := slices.IndexFunc(d.Uops, func(u view.Uop) bool { return c.from(&u) }) - c.before
			if at < 0 {
				t.Fatal("the window has not got what it is to show")
			}
			d.Uops = d.Uops[at : at+c.rows]
			for i := range d.Programs {
				d.Programs[i] = strings.TrimSuffix(filepath.Base(d.Programs[i]), ".s")
			}
			var b bytes.Buffer
			if err := view.Text(&b, d); err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(b.Bytes(), []byte("\n")); lines > 40 {
				t.Errorf("%d lines; nobody reads more than forty", lines)
			}
			golden(t, filepath.Join("testdata", "diagrams", c.name+".golden"), b.Bytes())
		})
	}
}

// diagram records a stretch of programs that have run for a while.
func diagram(t *testing.T, preset, scheduler string, sets []string, warmup uint64, sources []string) *view.Diagram {
	t.Helper()
	cfg, err := machine.Load(preset, sets)
	if err != nil {
		t.Fatal(err)
	}
	job := machine.Job{Config: cfg, Scheduler: scheduler, Threads: len(sources), Limits: machine.Limits{FastForward: 5000, Warmup: warmup, Until: machine.UntilAll}, Seed: 1}
	dir := t.TempDir()
	for i, source := range sources {
		file := filepath.Join(dir, string(rune('a'+i))+".s")
		if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := workloads.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		job.Programs = append(job.Programs, p)
	}
	watch, err := experiment.PrepareWatch(job)
	if err != nil {
		t.Fatal(err)
	}
	d, err := watch.Do(t.Context(), pipeline.Window{Insts: pipeline.Range{To: 2000}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// golden compares what a person can read with what was read last. The flag is
// that of TestCycles.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v; if the change is meant, run this test with -update\ngot\n%s\nwant\n%s", file, err, got, want)
	}
}
