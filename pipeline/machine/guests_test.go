package machine_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/guests"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/build"
)

const guestSources = "../../internal/guests/testdata"

// fewTimed are the programs that are timed without CI.
var fewTimed = []string{
	"c/atomics", "c/barrier", "c/cancel", "c/condition", "c/faults", "c/futexes", "c/locks", "c/misaligned", "c/pipes", "go/hello",
}

// guestSets make guest time pass quickly against the work done in it: what
// waits 10 ms, as the Go runtime's preemption does, waits a million cycles.
var guestSets = []string{"frequency=100", "os.quantum=20000"}

// TestGuests times programs with one, two and four hardware threads under the
// three disciplines: each writes and exits as under qemu's user mode.
func TestGuests(t *testing.T) {
	qemu := needed(t, "qemu-riscv64")
	needed(t, "riscv64-linux-gnu-gcc")
	needed(t, "riscv64-linux-gnu-g++")
	list, err := guests.List(guestSources)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var programs, runs atomic.Int64
	var longest atomic.Uint64
	t.Run("programs", func(t *testing.T) {
		for _, g := range list {
			if os.Getenv("CI") != "true" && !slices.Contains(fewTimed, g.Name) {
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
	executable := builtGuest(ctx, t, dir, g.Name, g.Source)
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

// builtGuest is the file of a program's executable.
func builtGuest(ctx context.Context, t testing.TB, dir, name, source string) string {
	t.Helper()
	b := build.Builder{Helpers: os.DirFS("../../workloads/roi")}
	data, err := b.Build(ctx, source)
	var rejected *build.Error
	switch {
	case errors.As(err, &rejected):
		t.Fatalf("%v:\n%s", err, rejected.Messages)
	case err != nil:
		t.Fatal(err)
	}
	file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
	if err := os.WriteFile(file, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// needed is the path of a host program that a test needs: without it the test
// is skipped, and fails under CI.
func needed(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is needed under CI: %v", name, err)
		}
		t.Skipf("needs %s: %v", name, err)
	}
	return path
}
