package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads"
)

// assembled is a program of a test's own.
func assembled(t testing.TB, name, source string) *workloads.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".s")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	return opened(t, file)
}

func opened(t testing.TB, spec string) *workloads.Program {
	t.Helper()
	p, err := workloads.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counted is a program of n turns of a loop around body, each of which has
// size instructions and the loop's two, that exits with a code.
func counted(t testing.TB, name, body string, n, code int) *workloads.Program {
	return assembled(t, name, fmt.Sprintf(`
_start:	li s0, %d
loop:	%s
	addi s0, s0, -1
	bnez s0, loop
	li a0, %d
	li a7, 93
	ecall
`, n, body, code))
}

const forever = 1 << 30

// fast and slow are endless for the runs of a test; slow has a chain of
// divisions.
func fast(t testing.TB) *workloads.Program { return counted(t, "fast", "addi a0, a0, 1", forever, 0) }
func slow(t testing.TB) *workloads.Program {
	return counted(t, "slow", "li a1, 3\n\tdiv a1, a1, a1\n\tdiv a1, a1, a1", forever, 0)
}

// faulting commits a few thousand instructions and reads where nothing is.
func faulting(t testing.TB) *workloads.Program {
	return assembled(t, "faulting", `
_start:	li s0, 1000
loop:	addi s0, s0, -1
	bnez s0, loop
	li a0, 8
	ld a1, 0(a0)
`)
}

func preset(t testing.TB, name string, sets ...string) *Config {
	t.Helper()
	c, err := Load(name, sets)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// job is one on the default machine.
func job(t testing.TB, scheduler string, limits Limits, programs ...*workloads.Program) Job {
	t.Helper()
	if limits.Until == "" {
		limits.Until = UntilAll
	}
	return Job{Config: preset(t, "default"), Scheduler: scheduler, Programs: programs, Limits: limits, Seed: 1}
}

// run does a job and checks what every result must fulfil.
func run(t testing.TB, j Job) *Result {
	t.Helper()
	s, err := New(j)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, r)
	return r
}

// check compares the parts of a result with each other.
func check(t testing.TB, j Job, r *Result) {
	t.Helper()
	stats := r.stats()
	if stats["cycles"] != r.Cycles || stats["committed"] != r.Instructions {
		t.Errorf("%d cycles and %d instructions, in the statistics %d and %d", r.Cycles, r.Instructions, stats["cycles"], stats["committed"])
	}
	if len(r.Programs) != len(j.Programs) || len(r.Threads) != r.Contexts || r.Config != j.Config.Digest() || r.Width != j.Config.Core.Issue.Width {
		t.Errorf("%d programs, %d threads, %d contexts, width %d", len(r.Programs), len(r.Threads), r.Contexts, r.Width)
	}
	checkLedgers(t, j, r, stats)
	on := make([]uint64, len(r.Programs))
	for i, thread := range r.Threads {
		prefix := fmt.Sprintf("thread%d.", i)
		if n := stats[prefix+"committed"]; thread.ID != i || n != thread.Instructions {
			t.Errorf("thread %+v: %d instructions in its statistics", thread, n)
		}
		cycles := r.Cycles
		if thread.Instructions == 0 {
			cycles = 0
		}
		if p := thread.Program; p >= 0 {
			on[p] += thread.Instructions
			cycles = r.Programs[p].Cycles
		}
		if thread.Cycles != cycles {
			t.Errorf("thread %+v: %d cycles, want %d", thread, thread.Cycles, cycles)
		}
	}
	parallel := slices.ContainsFunc(r.Programs, func(p ProgramResult) bool { return p.Threads > 1 })
	for i := range r.Programs {
		p := &r.Programs[i]
		if on[i] > p.Instructions || !parallel && (on[i] != p.Instructions || r.Threads[i].Program != i) {
			t.Errorf("%s: %d instructions were measured, %d on threads of its own", p.Workload, p.Instructions, on[i])
		}
		if p.Cycles > r.Cycles {
			t.Errorf("%s: measured for %d of %d cycles", p.Workload, p.Cycles, r.Cycles)
		}
	}
}

// checkLedgers compares every sum of the ledgers with the slots of the window,
// or of the part of it in which a thread was measured.
func checkLedgers(t testing.TB, j Job, r *Result, stats map[string]uint64) {
	t.Helper()
	sum := func(prefix string) (n uint64) {
		for name, v := range stats {
			if strings.HasPrefix(name, prefix) {
				n += v
			}
		}
		return n
	}
	for stage, width := range map[string]int{"issue": j.Config.Core.Issue.Width, "dispatch": j.Config.Core.Rename.Width} {
		ledger, want := "slots."+stage+".", uint64(width)*r.Cycles
		if total, causes, threads := stats[ledger+"total"], sum(ledger+"cause."), sum(ledger+"thread"); total != want || causes != want || threads != want {
			t.Errorf("%s: %d of %d slots, %d by cause, %d by thread", stage, total, want, causes, threads)
		}
		empty := stats[ledger+"horizontal"] + stats[ledger+"vertical"]
		for _, class := range []string{"retired", "wrongpath", "replayed", "inflight"} {
			empty += stats[ledger+"cause."+class]
		}
		if empty != want {
			t.Errorf("%s: %d of %d slots used, or horizontal or vertical waste", stage, empty, want)
		}
		for i, thread := range r.Threads {
			cycles := r.Cycles
			if thread.Program >= 0 {
				cycles = r.Programs[thread.Program].Cycles
			}
			if got, want := sum(fmt.Sprintf("thread%d.%s", i, ledger)), uint64(width)*cycles; got != want {
				t.Errorf("%s: thread %d has %d slots, want %d", stage, i, got, want)
			}
		}
	}
}

// stats are the statistics by name.
func (r *Result) stats() map[string]uint64 {
	m := make(map[string]uint64, len(r.Stats))
	for _, s := range r.Stats {
		m[s.Name] = s.Value
	}
	return m
}
