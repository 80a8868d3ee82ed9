package machine

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// compiled is a program of testdata in C, linked with glibc's threads.
func compiled(t testing.TB, name string) *workloads.Program {
	t.Helper()
	const compiler = "riscv64-linux-gnu-gcc"
	needs.Tool(t, compiler)
	file := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command(compiler, "-O2", "-static", "-pthread", "-o", file, "testdata/"+name+".c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return opened(t, file)
}

// functional is what a program prints when nothing times it.
func functional(t testing.TB, p *workloads.Program) string {
	t.Helper()
	system := linux.NewSystem(linux.SystemOptions{Quantum: 100_000})
	process, err := p.Start(system, workloads.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := system.Run(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return string(process.Stdout())
}

// disciplines are those of which several threads make use.
var disciplines = []string{"coarse:timer=500", "barrel", "barrel:rotate=strict", "icount"}

// A program of several threads computes the same on any number of contexts
// under every discipline, twice the same, and with idle cycles one by one.
// All that its threads executed has committed.
func TestThreads(t *testing.T) {
	p := compiled(t, "parallel")
	want := functional(t, p)
	for _, name := range disciplines {
		for _, contexts := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s/%d", name, contexts), func(t *testing.T) {
				t.Parallel()
				j := job(t, name, Limits{}, p)
				j.Threads = contexts
				j.Config = preset(t, "default", "os.quantum=20000", "os.switch=300", "os.wake=500")
				s, err := New(j)
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				check(t, j, r)
				q := r.Programs[0]
				if string(q.Stdout) != want || q.ExitCode == nil || *q.ExitCode != 0 || q.Threads != 5 {
					t.Errorf("wrote %q, want %q; exit code %v, %d threads; %s", q.Stdout, want, q.ExitCode, q.Threads, q.Fault)
				}
				if n := s.programs[0].process.Instructions(); q.Instructions != n {
					t.Errorf("committed %d of %d instructions", q.Instructions, n)
				}
				switches := uint64(0)
				for ctx := range contexts {
					switches += r.stats()[fmt.Sprintf("thread%d.os.switches", ctx)]
				}
				if switches == 0 {
					t.Error("no software thread changed")
				}
				j.NoIdleSkip = true
				again := run(t, j)
				again.Seconds, r.Seconds = 0, 0
				if !reflect.DeepEqual(r, again) {
					t.Errorf("with idle cycles one by one another result%s", firstDifference(r, again))
				}
			})
		}
	}
}

// tapped is a context's stream that notes what each software thread executes.
type tapped struct {
	isa.Stream
	of    map[isa.SWThread]*trace
	depth int
}

func (s *tapped) Next(now isa.Cycle, buf []isa.Dyn) int {
	n := s.Stream.Next(now, buf)
	for i := range buf[:n] {
		if s.depth == 0 {
			traceOf(s.of, buf[i].Thread).add(&buf[i])
		}
		if buf[i].Thread != buf[0].Thread || buf[i].ASID != buf[0].ASID {
			panic("instructions of two threads at a time")
		}
	}
	return n
}

func (s *tapped) Fork(pc isa.Addr) int {
	s.depth = s.Stream.Fork(pc)
	return s.depth
}

func (s *tapped) Drop(depth int) {
	s.Stream.Drop(depth)
	s.depth = depth - 1
}

func traceOf(of map[isa.SWThread]*trace, t isa.SWThread) *trace {
	if of[t] == nil {
		of[t] = &trace{}
	}
	return of[t]
}

// What each software thread executes retires, in its order, wherever it runs.
func TestThreadsLockstep(t *testing.T) {
	p := compiled(t, "parallel")
	for _, name := range disciplines {
		for _, contexts := range []int{1, 3} {
			j := job(t, name, Limits{}, p, fast(t))
			j.Threads = contexts
			if contexts == 1 {
				j.Programs = j.Programs[:1]
			}
			executed, retired := map[isa.SWThread]*trace{}, map[isa.SWThread]*trace{}
			core, process := tappedCore(t, j, executed, func(_ isa.Context, d *isa.Dyn) { traceOf(retired, d.Thread).add(d) })
			for over := false; !over; {
				if err := core.Run(1 << 20); err != nil {
					t.Fatal(err)
				}
				_, over = process.Exit()
				for ctx := range contexts {
					over = over && !core.Runs(isa.Context(ctx), 0)
				}
			}
			if len(executed) < 5 {
				t.Errorf("%s: %d software threads", name, len(executed))
			}
			for thread, e := range executed {
				if r := retired[thread]; thread != 1 && (r == nil || *r != *e) {
					t.Errorf("%s on %d: thread %d retired %+v, executed %+v", name, contexts, thread, r, e)
				}
			}
		}
	}
}

// tappedCore is the core of a job whose streams are tapped, and its first
// process.
func tappedCore(t *testing.T, j Job, of map[isa.SWThread]*trace, retire func(isa.Context, *isa.Dyn)) (*pipeline.Core, *linux.Process) {
	t.Helper()
	r, err := j.resolve()
	if err != nil {
		t.Fatal(err)
	}
	mmu, caches, branch, err := build(j.Config, r.contexts, 1)
	if err != nil {
		t.Fatal(err)
	}
	system := newSystem(j.Config, r.contexts, 1)
	for i, p := range j.Programs {
		if _, err := p.Start(system, workloads.Options{ASID: isa.ASID(i), Home: isa.Context(i)}); err != nil {
			t.Fatal(err)
		}
	}
	streams := make([]isa.Stream, r.contexts)
	for i := range streams {
		streams[i] = &tapped{Stream: system.Stream(isa.Context(i)), of: of}
	}
	spec, _ := j.Config.parts()
	core, err := pipeline.New(spec, pipeline.Parts{
		Caches: caches, MMU: mmu, Branch: branch, Policy: r.policy, Traits: r.traits, Streams: streams,
		Programs: len(j.Programs), L1DLine: j.Config.Cache.L1D.Line, OnRetire: retire,
	})
	if err != nil {
		t.Fatal(err)
	}
	return core, system.Processes()[0]
}

// Two programs of several threads share the contexts of one machine; each is
// measured for its own instructions and its own time, and each context says
// whose it was.
func TestProgramsOfThreads(t *testing.T) {
	p := compiled(t, "parallel")
	want := functional(t, p)
	for _, name := range disciplines {
		j := job(t, name, Limits{}, p, p, counted(t, "alone", "addi a0, a0, 1", 40_000, 0))
		j.Config = preset(t, "default", "os.quantum=20000")
		s, err := New(j)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		total := uint64(0)
		for i, q := range r.Programs {
			total += q.Instructions
			if n := s.programs[i].process.Instructions(); q.Instructions != n || q.Cycles > r.Cycles || q.Cycles == 0 {
				t.Errorf("%s: program %d: committed %d of %d instructions, in %d of %d cycles", name, i, q.Instructions, n, q.Cycles, r.Cycles)
			}
			if i < 2 && string(q.Stdout) != want {
				t.Errorf("%s: program %d wrote %q, want %q", name, i, q.Stdout, want)
			}
		}
		check(t, j, r)
		on, shared := uint64(0), false
		for _, c := range r.Threads {
			on += c.Instructions
			shared = shared || c.Program < 0 && c.Instructions > 0
		}
		if total != r.Instructions || on != total || !shared {
			t.Errorf("%s: %d instructions, of programs %d, on contexts %d; shared contexts: %v", name, r.Instructions, total, on, shared)
		}
	}
}

// The limits of a program of several threads count all its threads together.
func TestThreadsLimits(t *testing.T) {
	p := compiled(t, "parallel")
	for _, rule := range []string{UntilAll, UntilRepeat} {
		r := run(t, job(t, "icount", Limits{Warmup: 10_000, Insts: 30_000, Until: rule}, p))
		if q := r.Programs[0]; q.Start < 10_000 || q.Start >= 10_008 || q.Instructions < 30_000 || q.Instructions >= 30_008 || q.Cycles != r.Cycles {
			t.Errorf("%s: %+v of %d cycles", rule, q, r.Cycles)
		}
	}
	// It ends long before, and starts again with all its threads.
	whole := run(t, job(t, "icount", Limits{}, p)).Instructions
	r := run(t, job(t, "icount", Limits{Insts: 2 * whole, Until: UntilRepeat}, p))
	if q := r.Programs[0]; q.Instructions < 2*whole || q.ExitCode == nil || string(q.Stdout) != functional(t, p) {
		t.Errorf("repeated: %+v", q)
	}
}

// A deadlock ends the program, not the simulation.
func TestDeadlock(t *testing.T) {
	p := assembled(t, "deadlock", `
_start:	la a0, word
	li a1, 0	# FUTEX_WAIT while it is 0
	li a2, 0
	li a3, 0
	li a7, 98
	ecall
	.data
	.align 2
word:	.word 0
`)
	r := run(t, job(t, "coarse", Limits{}, p, counted(t, "other", "nop", 1000, 0)))
	if q := r.Programs[0]; q.Signal != 9 || !strings.Contains(q.Fault, "deadlock") || !strings.Contains(q.Fault, "futex") {
		t.Errorf("%+v", q)
	}
	if q := r.Programs[1]; q.ExitCode == nil {
		t.Errorf("%+v", q)
	}
}

// marked is a program of n turns of a loop before its region of interest, in
// it, and after it, two instructions each.
func marked(t testing.TB, before, in, after int) *workloads.Program {
	turns := func(n int) string {
		return fmt.Sprintf("\tli s0, %d\n1:\taddi s0, s0, -1\n\tbnez s0, 1b\n", n)
	}
	return assembled(t, "marked", "_start:\n"+turns(before)+"\tslti x0, x0, 1\n"+turns(in)+"\tslti x0, x0, 2\n"+turns(after)+"\tli a0, 0\n\tli a7, 93\n\tecall\n")
}

// A fast-forward is not counted and ends where it is said to: what is left of
// the program is what remains to be measured.
func TestFastForward(t *testing.T) {
	p := counted(t, "p", "addi a0, a0, 1", 20_000, 0)
	const skip = 50_000
	n := run(t, job(t, "icount", Limits{}, p)).Instructions
	for _, mix := range [][]*workloads.Program{{p}, {p, counted(t, "longer", "addi a0, a0, 1", 40_000, 0)}} {
		r := run(t, job(t, "icount", Limits{FastForward: skip}, mix...))
		if q := r.Programs[0]; q.Start != 0 || q.Instructions != n-skip || q.ExitCode == nil {
			t.Errorf("%d instructions of %d after a fast-forward of %d: %+v", q.Instructions, n, skip, q)
		}
	}
	r := run(t, job(t, "icount", Limits{FastForward: skip, Warmup: 1000, Insts: 2000}, p))
	if q := r.Programs[0]; q.Start < 1000 || q.Start > 1008 || q.Instructions < 2000 || q.Instructions > 2008 {
		t.Errorf("%+v", q)
	}
	s, err := New(job(t, "icount", Limits{FastForward: n + 1}, fast(t), p))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "p.s ended with exit code 0 after") {
		t.Errorf("beyond the end: %v", err)
	}
}

// Measurement of a region of interest begins at its first mark, or as many
// instructions later as asked for, and ends at its last.
func TestRegionOfInterest(t *testing.T) {
	const in = 5000
	p := marked(t, 3000, in, 7000)
	whole := run(t, job(t, "barrel", Limits{}, p)).Instructions
	if whole < 2*(3000+in+7000) {
		t.Fatalf("%d instructions without a region", whole)
	}
	for _, tc := range []struct {
		limits      Limits
		start, want uint64
	}{
		{Limits{ROI: true}, 0, 2 * in},
		{Limits{ROI: true, FastForward: 400}, 0, 2*in - 400},
		{Limits{ROI: true, Warmup: 1000}, 1000, 2*in - 1000},
		{Limits{ROI: true, Warmup: 1000, Insts: 2000}, 1000, 2000},
		{Limits{ROI: true, Insts: 1 << 40, Until: UntilTotal}, 0, 2 * in},
		{Limits{ROI: true, Insts: 1 << 40, Until: UntilRepeat}, 0, 2 * in},
	} {
		r := run(t, job(t, "barrel", tc.limits, p, p))
		for _, q := range r.Programs {
			// The mark that begins is executed before, and a li is one or two.
			if q.Start < tc.start || q.Instructions+q.Start < tc.want+tc.start || q.Instructions+q.Start > tc.want+tc.start+20 {
				t.Errorf("%+v: measured %d instructions from %d on, want %d from %d on", tc.limits, q.Instructions, q.Start, tc.want, tc.start)
			}
		}
	}
	late := run(t, job(t, "barrel", Limits{ROI: true, Warmup: 2*in + 100}, p))
	if q := late.Programs[0]; q.Instructions != 0 || len(late.Warnings) != 1 || !strings.Contains(late.Warnings[0], "left its region of interest") {
		t.Errorf("warmed up beyond the region: %+v, %q", q, late.Warnings)
	}
	s, err := New(job(t, "barrel", Limits{ROI: true}, counted(t, "p", "nop", 100, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "before a region of interest began") {
		t.Errorf("without a region: %v", err)
	}
}

// A solo run and a mix begin at the same instruction after a fast-forward, so
// that the curve of one answers for the other.
func TestFastForwardPosition(t *testing.T) {
	programs := []*workloads.Program{opened(t, "sort@test"), opened(t, "lz@test"), opened(t, "queens@test")}
	first := func(j Job) []isa.Addr {
		at := make([]isa.Addr, len(j.Programs))
		j.OnRetire = func(_ isa.Context, d *isa.Dyn) {
			if at[d.ASID] == 0 {
				at[d.ASID] = d.PC
			}
		}
		run(t, j)
		return at
	}
	limits := Limits{FastForward: 12_345, Insts: 2000}
	mix := first(job(t, "icount", limits, programs...))
	var solo []isa.Addr
	for _, p := range programs {
		solo = append(solo, first(job(t, "single", limits, p))...)
	}
	if !slices.Equal(mix, solo) {
		t.Errorf("the mix begins at %#x, alone the programs begin at %#x", mix, solo)
	}
}
