package linux_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/guests"
	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/build/buildtest"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

const sources = "../../internal/guests/testdata"

// few are the programs that are run without CI: something of everything.
var few = []string{
	"c/atomics", "c/cancel", "c/condition", "c/faults", "c/futexes", "c/mappings", "c/math", "c/pipes", "c/printf",
	"c/sigmask", "c/threadsignals", "c/tmpfiles", "go/channels", "go/hello", "go/preempt", "go/recovers",
}

// patience bounds a run, on a machine that has other work, too.
const patience = 2 * time.Minute

// TestGuests executes programs on one and on four processors, and compares
// standard output and exit code with those under qemu's user mode.
func TestGuests(t *testing.T) {
	qemu := needs.Tool(t, "qemu-riscv64")
	needs.Tool(t, "riscv64-linux-gnu-gcc")
	needs.Tool(t, "riscv64-linux-gnu-g++")
	list, err := guests.List(sources)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var run atomic.Int64
	t.Run("programs", func(t *testing.T) {
		for _, g := range list {
			if !needs.CI() && !slices.Contains(few, g.Name) {
				continue
			}
			t.Run(g.Name, func(t *testing.T) {
				t.Parallel()
				run.Add(1)
				compare(t, qemu, dir, g)
			})
		}
	})
	t.Logf("%d programs of %d were compared", run.Load(), len(list))
}

func compare(t *testing.T, qemu, dir string, g guests.Guest) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	executable := buildtest.Executable(ctx, t, "../roi", dir, g.Name, g.Source)
	want, err := guests.Reference(ctx, qemu, executable, g.Run, g.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	p, err := workloads.OpenArgs(executable, g.Run)
	if err != nil {
		t.Fatal(err)
	}
	for _, processors := range []int{1, 4} {
		got, detail, err := executed(ctx, p, processors, g.Stdin)
		switch {
		case err != nil:
			t.Errorf("%d processors: %v", processors, err)
		case got != want:
			t.Errorf("%d processors: exit code %d (%s), qemu %d\n%s", processors, got.Code, detail, want.Code, difference(got.Stdout, want.Stdout))
		}
	}
}

// executed is what a program does on so many processors, and one line on its
// death, should it have died.
func executed(ctx context.Context, p *workloads.Program, processors int, stdin string) (guests.Outcome, string, error) {
	s := linux.NewSystem(linux.SystemOptions{Contexts: processors, Quantum: linux.DefaultQuantum, Seed: 1})
	process, err := p.Start(s, workloads.Options{Seed: 1, Stdin: strings.NewReader(stdin)})
	if err != nil {
		return guests.Outcome{}, "", err
	}
	const limit = 20_000_000_000
	err = s.Run(ctx, limit)
	e, _ := process.Exit()
	if err != nil {
		err = fmt.Errorf("%w after %d instructions and %q", err, process.Instructions(), process.Stdout())
	}
	return guests.Outcome{Stdout: string(process.Stdout()), Code: e.Code}, e.Detail, err
}

// difference is where two outputs part.
func difference(got, want string) string {
	g, w := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(no more)"
		}
		if line(g) != line(w) {
			return fmt.Sprintf("line %d: %q\n   qemu: %q", i+1, line(g), line(w))
		}
	}
	return "the same output"
}
