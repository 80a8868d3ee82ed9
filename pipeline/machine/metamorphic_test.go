package machine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Relations between runs: nobody knows what a run's cycles should be, but
// something of how two runs compare.

// homes are the presets that run every scheduler in tests. The others are the
// same code with other sizes, and run their own.
var homes = []string{"default", "gem5-o3", "scalar"}

// schedulersOn are those that tests run on a preset.
func schedulersOn(t testing.TB, name string) []string {
	t.Helper()
	if slices.Contains(homes, name) {
		return scheduler.Catalog.Names()
	}
	return []string{preset(t, name).Discipline()}
}

// everyMachine calls f for each scheduler of the catalog on the homes, and for
// its own on each other preset.
func everyMachine(t *testing.T, f func(t *testing.T, preset, scheduler string)) {
	for _, p := range Presets() {
		for _, name := range schedulersOn(t, p.Name) {
			t.Run(p.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				f(t, p.Name, name)
			})
		}
	}
}

// contextsOf is how many programs of several a scheduler runs at a time.
func contextsOf(name string, several int) int {
	if name == "single" {
		return 1
	}
	return several
}

// same fails when two runs differ in anything but the host's time and what
// configured them.
func same(t *testing.T, what string, a, b *Result) {
	t.Helper()
	x, y := *a, *b
	x.Seconds, y.Seconds = 0, 0
	x.Config, y.Config = "", ""
	x.Scheduler, y.Scheduler = "", ""
	x.SchedulerChanges, y.SchedulerChanges = nil, nil
	if !reflect.DeepEqual(x, y) {
		t.Errorf("%s: %d and %d cycles%s", what, a.Cycles, b.Cycles, firstDifference(a, b))
	}
}

// Every statistic is the same when idle cycles are simulated one by one.
func TestIdleSkipping(t *testing.T) {
	programs := []*workloads.Program{opened(t, "chase 64"), opened(t, "spmv@test"), opened(t, "queens@test")}
	everyMachine(t, func(t *testing.T, name, scheduler string) {
		j := job(t, scheduler, Limits{Warmup: 500, Insts: 3000}, programs[:contextsOf(scheduler, 3)]...)
		j.Config, j.Threads = preset(t, name), len(j.Programs)
		skipped := run(t, j)
		j.NoIdleSkip = true
		same(t, "idle cycles skipped and one by one", skipped, run(t, j))
	})
}

// A discipline with one context is the core without multithreading, cycle for
// cycle.
func TestOneThread(t *testing.T) {
	p := opened(t, "lz@test")
	everyMachine(t, func(t *testing.T, name, scheduler string) {
		if strings.Contains(scheduler, "inflight=1") {
			t.Skip("bounds what one thread has in the pipeline")
		}
		j := job(t, "single", Limits{Warmup: 500, Insts: 5000}, p)
		j.Config, j.Threads = preset(t, name), 1
		alone := run(t, j)
		j.Scheduler = scheduler
		same(t, "single and one thread", alone, run(t, j))
	})
}

// An idle context changes no counter of its neighbour where structures are
// shared: nothing of it is there. Only a strict barrel gives it turns.
func TestIdleSibling(t *testing.T) {
	p := opened(t, "hashjoin@test")
	everyMachine(t, func(t *testing.T, name, scheduler string) {
		if scheduler == "single" {
			t.Skip("has one context")
		}
		if strings.Contains(scheduler, "rotate=strict") {
			t.Skip("gives idle contexts turns")
		}
		j := job(t, scheduler, Limits{Warmup: 500, Insts: 5000}, p)
		j.Config = preset(t, name, sharedBuffers()...)
		j.Threads = 1
		alone := run(t, j)
		j.Threads = 3
		beside := run(t, j)
		if alone.Cycles != beside.Cycles {
			t.Errorf("%d cycles alone, %d beside idle contexts", alone.Cycles, beside.Cycles)
		}
		is := beside.stats()
		for _, s := range alone.Stats {
			if is[s.Name] != s.Value {
				t.Errorf("%s is %d alone, %d beside idle contexts", s.Name, s.Value, is[s.Name])
			}
		}
	})
}

// sharedBuffers makes every structure with a sharing rule shared.
func sharedBuffers() (sets []string) {
	for _, p := range Paths() {
		if strings.HasSuffix(p.Path, ".sharing") {
			sets = append(sets, p.Path+"=shared")
		}
	}
	return sets
}

// retired runs a job and digests what each context retires of its first n
// instructions.
func retired(t *testing.T, j Job, n uint64) []trace {
	t.Helper()
	got := make([]trace, len(j.Programs))
	j.OnRetire = func(ctx isa.Context, d *isa.Dyn) {
		if got[ctx].n < n {
			got[ctx].add(d)
		}
	}
	j.Limits = Limits{Insts: n, Until: UntilAll}
	s, err := New(j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got
}

// A structure of twice the size changes what a run takes, never what it
// retires.
func TestLargerStructures(t *testing.T) {
	programs := []*workloads.Program{opened(t, "bfs@test"), opened(t, "sha256@test")}
	const insts = 2000
	for _, name := range homes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := job(t, "icount", Limits{}, programs...)
			j.Config, j.Threads = preset(t, name), len(programs)
			want := retired(t, j, insts)
			changed := 0
			for _, l := range doubled(t, name) {
				j.Config = l.config
				if got := retired(t, j, insts); !slices.Equal(got, want) {
					t.Errorf("%s: %v retired, %v before", l.set, got, want)
				}
				changed++
			}
			const least = 30
			if changed < least {
				t.Errorf("only %d structures could be made larger", changed)
			}
		})
	}
}

// larger is a machine in which one structure has twice its size.
type larger struct {
	set    string
	config *Config
}

// doubled are the valid ones.
func doubled(t *testing.T, name string) (out []larger) {
	t.Helper()
	sized := []string{"size", "width", "entries", "ways", "count", "mshrs", "misses", "walks", "ras", "branches", "banks"}
	for _, p := range Paths() {
		last := p.Path[strings.LastIndexByte(p.Path, '.')+1:]
		if !slices.Contains(sized, last) {
			continue
		}
		c := preset(t, name)
		v, err := c.find(p.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !v.CanInt() || v.Int() == 0 {
			continue
		}
		v.SetInt(2 * v.Int())
		if c.Validate() == nil {
			out = append(out, larger{fmt.Sprintf("%s=%d", p.Path, v.Int()), c})
		}
	}
	return out
}

// Where a program's data are in memory depends on nothing that happens in
// time. Without wrong paths every access of the correct path has the same
// physical address, though a run takes other cycles and sees other misses.
func TestWrongPathsMoveNothing(t *testing.T) {
	programs := []*workloads.Program{opened(t, "queens@test"), opened(t, "sort@test")}
	const insts = 5000
	everyMachine(t, func(t *testing.T, name, scheduler string) {
		mix := programs[:contextsOf(scheduler, 2)]
		physical := func(wrongPath string) (got []trace, discarded uint64) {
			got = make([]trace, len(mix))
			var s *Simulation
			j := job(t, scheduler, Limits{Insts: insts}, mix...)
			j.Config, j.Threads = preset(t, name, "core.fetch.wrong-path="+wrongPath), len(mix)
			j.OnRetire = func(ctx isa.Context, d *isa.Dyn) {
				if got[ctx].n == insts {
					return
				}
				at := *d
				at.PC = s.warmer.mmu.Physical(d.ASID, d.PC)
				if d.Inst.MemSize > 0 {
					at.Mem = s.warmer.mmu.Physical(d.ASID, d.Mem)
				}
				got[ctx].add(&at)
			}
			s, err := New(j)
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return got, r.stats()["discarded"]
		}
		with, discarded := physical("fetch")
		without, none := physical("stall")
		if !slices.Equal(with, without) {
			t.Errorf("%v with wrong paths, %v without", with, without)
		}
		// Elsewhere a thread may have one instruction in flight, or predict nothing.
		if none != 0 || name == "default" && discarded == 0 {
			t.Errorf("%d instructions discarded with wrong paths, %d without", discarded, none)
		}
	})
}

// No thread starves beside others that never wait, that always wait, and that
// keep a unit busy, unless a policy says so by a strict priority or has no
// timer.
func TestNoStarvation(t *testing.T) {
	programs := []*workloads.Program{fast(t), slow(t), opened(t, "chase 64"), opened(t, "queens@test")}
	everyMachine(t, func(t *testing.T, name, discipline string) {
		kind, params, _ := strings.Cut(discipline, ":")
		switch {
		case kind == "coarse" && params != "" && !strings.Contains(params, "timer="), kind == "priority" && params != "" && !strings.Contains(params, "levels="):
			t.Skip("lets threads starve")
		}
		switch discipline {
		case "single":
			t.Skip("has one context")
		case "priority":
			discipline = "priority:levels=4"
		case "coarse":
			discipline = "coarse:timer=1000"
		case "hillclimbing":
			discipline = "hillclimbing:epoch=2000" // in some a thread runs alone
		}
		patience, cycles := isa.Cycle(20_000), uint64(100_000)
		if _, args, err := scheduler.Parse(discipline); err == nil && args.Name == "coarse" {
			// Every thread may have its whole turn before, and its own end early.
			patience += isa.Cycle(len(programs) * args.Int("timer"))
			cycles = max(cycles, uint64(3*patience))
		}
		var last [4]isa.Cycle
		var s *Simulation
		j := job(t, discipline, Limits{Insts: forever}, programs...)
		j.Config, j.Threads = preset(t, name), len(programs)
		j.OnRetire = func(ctx isa.Context, _ *isa.Dyn) {
			if now := s.core.Now(); now-last[ctx] > patience {
				t.Errorf("%s: thread %d commits nothing from cycle %d to %d", discipline, ctx, last[ctx], now)
			}
			last[ctx] = s.core.Now()
		}
		s, err := New(j)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.core.Run(cycles); err != nil {
			t.Fatal(err)
		}
		for ctx := range last {
			if _, ended := s.programs[ctx].process.Exit(); !ended && s.core.Now()-last[ctx] > patience {
				t.Errorf("%s: thread %d commits nothing after cycle %d of %d", discipline, ctx, last[ctx], s.core.Now())
			}
		}
	})
}

// Twins get equal IPC: two instances of one program that differ in the frames
// of their pages alone, each on either context in turn, so that what a context
// gets is its own.
func TestTwins(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two million instructions under each scheduler")
	}
	p := opened(t, "lz")
	q := *p
	q.Digest = "another instance" // of which its frames are a function
	everyMachine(t, func(t *testing.T, name, discipline string) {
		switch {
		case !slices.Contains(homes, name):
			t.Skip("is another size of the same code")
		case discipline == "single":
			t.Skip("has one context")
		case !needs.CI() && (name != "default" || !slices.Contains([]string{"coarse", "barrel", "icount"}, discipline)):
			t.Skip("runs two million instructions: under CI only")
		case discipline == "priority":
			discipline = "priority:levels=4"
		case name != "default" && !slices.Contains([]string{"coarse", "barrel", "icount"}, discipline):
			t.Skip("the policies are the same code on every preset")
		case discipline == "hillclimbing":
			// Of the first epochs in which each thread runs alone, the usual length
			// leaves one to the warm-up and the other to the measured window.
			discipline = "hillclimbing:epoch=4096"
		}
		var ipc [2]float64
		for _, twins := range [][]*workloads.Program{{p, &q}, {&q, p}} {
			j := job(t, discipline, Limits{Warmup: 100_000, Insts: 500_000}, twins...)
			j.Config, j.Threads = preset(t, name), len(twins)
			for ctx, r := range run(t, j).Programs {
				ipc[ctx] += float64(r.Instructions) / float64(r.Cycles)
			}
		}
		const tolerance = 0.01
		if ratio := ipc[0] / ipc[1]; ratio < 1-tolerance || ratio > 1+tolerance {
			t.Errorf("%s: mean IPC %.4f on context 0, %.4f on context 1", discipline, ipc[0]/2, ipc[1]/2)
		}
	})
}
