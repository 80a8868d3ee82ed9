package linux_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/guests"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/build"
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
	qemu := needed(t, "qemu-riscv64")
	needed(t, "riscv64-linux-gnu-gcc")
	needed(t, "riscv64-linux-gnu-g++")
	list, err := guests.List(sources)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var run atomic.Int64
	t.Run("programs", func(t *testing.T) {
		for _, g := range list {
			if os.Getenv("CI") != "true" && !slices.Contains(few, g.Name) {
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
	executable := built(ctx, t, dir, g)
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

// built is the file of a program's executable.
func built(ctx context.Context, t testing.TB, dir string, g guests.Guest) string {
	t.Helper()
	b := build.Builder{Helpers: os.DirFS("../roi")}
	data, err := b.Build(ctx, g.Source)
	var rejected *build.Error
	switch {
	case errors.As(err, &rejected):
		t.Fatalf("%v:\n%s", err, rejected.Messages)
	case err != nil:
		t.Fatal(err)
	}
	file := filepath.Join(dir, strings.ReplaceAll(g.Name, "/", "-"))
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
