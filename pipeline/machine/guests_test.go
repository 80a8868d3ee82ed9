package machine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/guests"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/build/buildtest"
)

const guestSources = "../../internal/guests/testdata"

// fewTimed are the programs that are timed without CI.
var fewTimed = []string{
	"c/atomics", "c/barrier", "c/cancel", "c/condition", "c/faults", "c/futexes", "c/locks", "c/misaligned", "c/pipes", "go/hello",
}

// guestSets make guest time pass quickly against the work done in it: what
// waits 10 ms, as the Go runtime's preemption does, waits a million cycles. And
// parts that take long to simulate are simple ones: what is looked at is what
// programs write, in many orders of their threads.
var guestSets = []string{
	"frequency=100", "os.quantum=20000",
	"branch.direction=gshare", "memory.model=fixed:latency=280,bytes=8,cycles=1", "core.lsq.disambiguation=conservative", "core.lsq.penalty=0",
	"cache.l1i.prefetcher=none", "cache.l1d.prefetcher=none", "cache.l2.prefetcher=none",
}

// TestGuests times programs with one, two and four hardware threads under the
// three disciplines: each writes and exits as under qemu's user mode.
func TestGuests(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	needs.Tool(t, "riscv64-linux-gnu-gcc")
	needs.Tool(t, "riscv64-linux-gnu-g++")
	list, err := guests.List(guestSources)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var programs, runs atomic.Int64
	var longest atomic.Uint64
	t.Run("programs", func(t *testing.T) {
		for _, g := range list {
			if !needs.CI() && !slices.Contains(fewTimed, g.Name) {
				continue
			}
			t.Run(g.Name, func(t *testing.T) {
				t.Parallel()
				programs.Add(1)
				timeGuest(t, qemu, dir, g, func(instructions uint64) {
					runs.Add(1)
					for l := longest.Load(); instructions > l && !longest.CompareAndSwap(l, instructions); l = longest.Load() {
					}
				})
			})
		}
	})
	t.Logf("%d programs of %d were timed, in %d runs; the longest had %d instructions", programs.Load(), len(list), runs.Load(), longest.Load())
}

// timeGuest times one program on every machine, and tells done how many
// instructions each run had.
func timeGuest(t *testing.T, qemu, dir string, g guests.Guest, done func(instructions uint64)) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	executable := buildtest.Executable(ctx, t, helpers, dir, g.Name, g.Source)
	want, err := guests.Reference(ctx, qemu, executable, g.Timed, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := workloads.OpenArgs(executable, g.Timed)
	if err != nil {
		t.Fatal(err)
	}
	const most = 5_000_000 // instructions of a run, or the suite takes too long
	for _, scheduler := range []string{"coarse:timer=200", "barrel", "icount"} {
		for _, threads := range []int{1, 2, 4} {
			r, err := timed(ctx, t, p, scheduler, threads, 1)
			if err != nil {
				t.Errorf("%s, %d threads: %v", scheduler, threads, err)
				continue
			}
			done(r.Instructions)
			program := r.Programs[0]
			code := 128 + program.Signal
			if program.ExitCode != nil {
				code = *program.ExitCode
			}
			if got := (guests.Outcome{Stdout: string(program.Stdout), Code: code}); got != want {
				t.Errorf("%s, %d threads: exit code %d (%s), qemu %d\n got %q\nwant %q", scheduler, threads, got.Code, program.Fault, want.Code, got.Stdout, want.Stdout)
			}
			if r.Instructions > most {
				t.Errorf("%s, %d threads: %d instructions", scheduler, threads, r.Instructions)
			}
		}
	}
}

// helpers is what programs mark their region of interest with.
const helpers = "../../workloads/roi"

// timed simulates a program on a machine of so many hardware threads.
func timed(ctx context.Context, t testing.TB, p *workloads.Program, scheduler string, threads int, seed uint64) (*machine.Result, error) {
	t.Helper()
	config, err := machine.Load("default", guestSets)
	if err != nil {
		t.Fatal(err)
	}
	s, err := machine.New(machine.Job{
		Config: config, Scheduler: scheduler, Programs: []*workloads.Program{p}, Threads: threads,
		Limits: machine.Limits{Until: machine.UntilAll}, Seed: seed,
	})
	if err != nil {
		return nil, err
	}
	return s.Run(ctx)
}
