package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Every preset runs under its own scheduler, and some under every one; programs
// compute on it what they compute anywhere.
func TestPresetsRun(t *testing.T) {
	programs := []*workloads.Program{opened(t, "matmul@test"), opened(t, "sort@test")}
	for _, p := range Presets() {
		for _, name := range schedulersOn(t, p.Name) {
			t.Run(p.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				if own := preset(t, p.Name).Discipline(); !needs.CI() && name != own {
					t.Skip("a machine runs under other disciplines than its own under CI only")
				}
				j := job(t, name, Limits{}, programs...)
				j.Config = preset(t, p.Name)
				if name == "single" {
					j.Programs = programs[:1]
				}
				for _, q := range run(t, j).Programs {
					if q.ExitCode == nil || *q.ExitCode != 0 || string(q.Stdout) != string(opened(t, q.Workload).Expected) {
						t.Errorf("%s wrote %q", q.Workload, q.Stdout)
					}
				}
			})
		}
	}
}

// Measurement begins when the slowest program is warm. Each one freezes after
// its own number of instructions and runs on until the last one is measured.
func TestWarmUpAndFreeze(t *testing.T) {
	const warmup, insts = 3000, 10000
	for _, name := range []string{"coarse:timer=100", "barrel", "rr", "icount"} {
		r := run(t, job(t, name, Limits{Warmup: warmup, Insts: insts}, fast(t), slow(t)))
		width := uint64(8)
		f, s := r.Programs[0], r.Programs[1]
		if s.Start < warmup || s.Start >= warmup+width || f.Start <= s.Start {
			t.Errorf("%s: measured from %d and %d on", name, f.Start, s.Start)
		}
		for _, p := range r.Programs {
			if p.Instructions < insts || p.Instructions >= insts+width {
				t.Errorf("%s: %d instructions of %s", name, p.Instructions, p.Workload)
			}
		}
		if s.Cycles != r.Cycles || f.Cycles >= s.Cycles {
			t.Errorf("%s: frozen after %d and %d of %d cycles", name, f.Cycles, s.Cycles, r.Cycles)
		}
		if r.Instructions <= f.Instructions+s.Instructions {
			t.Errorf("%s: the fast program did not run on: %d instructions in all", name, r.Instructions)
		}
		if r.End != UntilAll || len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "too few") {
			t.Errorf("%s: ended by %s with warnings %q", name, r.End, r.Warnings)
		}
	}
}

func TestUntil(t *testing.T) {
	const insts = 5000
	width := uint64(8)
	limits := func(rule string) Limits { return Limits{Warmup: 1000, Insts: insts, Until: rule} }

	first := run(t, job(t, "icount", limits(UntilFirst), fast(t), slow(t)))
	if f, s := first.Programs[0], first.Programs[1]; f.Cycles != first.Cycles || s.Cycles != first.Cycles || f.Instructions < insts || s.Instructions >= insts {
		t.Errorf("first: %+v of %d cycles", first.Programs, first.Cycles)
	}
	total := run(t, job(t, "icount", limits(UntilTotal), fast(t), slow(t)))
	if n := total.Instructions; n < 2*insts || n >= 2*insts+width {
		t.Errorf("total: %d instructions, want %d", n, 2*insts)
	}
	if total.Cycles <= first.Cycles {
		t.Errorf("total: %d cycles, first: %d", total.Cycles, first.Cycles)
	}

	brief := func() *workloads.Program { return counted(t, "brief", "nop", 100, 0) }
	if r := run(t, job(t, "rr", Limits{Insts: 1 << 63, Until: UntilTotal}, brief(), brief())); r.Instructions != 2*304 {
		t.Errorf("total, of more than there is: %d instructions", r.Instructions)
	}

	// A program of 9 005 instructions ends while the other is measured: left
	// alone the other runs faster than beside one that starts again.
	short := func() *workloads.Program { return counted(t, "short", "addi a0, a0, 1", 3000, 7) }
	long := Limits{Warmup: 1000, Insts: 40000}
	all := run(t, job(t, "icount", long, short(), slow(t)))
	if p := all.Programs[0]; p.Start+p.Instructions != 9005 || p.ExitCode == nil || *p.ExitCode != 7 || p.Cycles >= all.Cycles {
		t.Errorf("all: %+v", p)
	}
	if !strings.Contains(strings.Join(all.Warnings, "\n"), "too few") {
		t.Errorf("all: warnings %q", all.Warnings)
	}
	long.Until = UntilRepeat
	repeat := run(t, job(t, "icount", long, short(), slow(t)))
	if p := repeat.Programs[0]; p.Instructions < 40000 || p.Instructions >= 40000+width || p.ExitCode == nil || *p.ExitCode != 7 {
		t.Errorf("repeat: %+v", p)
	}
	if rest := repeat.Instructions - repeat.Programs[1].Instructions; rest < 2*40000 {
		t.Errorf("repeat: the short program committed %d instructions and did not go on", rest)
	}
	// Without a length each is measured for one whole run.
	repeat = run(t, job(t, "icount", Limits{Until: UntilRepeat}, short(), counted(t, "longer", "addi a0, a0, 1", 20000, 0)))
	if p := repeat.Programs[0]; p.Instructions != 9005 || repeat.Programs[1].Instructions != 3*20000+5 {
		t.Errorf("repeat, to the end: %+v", repeat.Programs)
	}
}

// Without limits every program is measured from its first instruction to its
// last, on as many contexts as the machine has.
func TestToTheEnd(t *testing.T) {
	r := run(t, job(t, "icount", Limits{}, counted(t, "p", "addi a0, a0, 1", 50000, 3)))
	p := r.Programs[0]
	if p.Start != 0 || p.Instructions != 3*50000+5 || *p.ExitCode != 3 || p.Cycles != r.Cycles || p.Instructions != r.Instructions {
		t.Errorf("%+v, %d instructions in %d cycles", p, r.Instructions, r.Cycles)
	}
	if r.Contexts != 4 || r.Threads[3] != (ThreadResult{ID: 3, Program: -1}) || len(r.Warnings) != 1 || !strings.HasSuffix(r.Warnings[0], "p.s ended with exit code 3") {
		t.Errorf("threads %+v, warnings %q", r.Threads, r.Warnings)
	}
}

// A program that ends during warm-up has nothing to measure; the others have.
func TestEndInWarmUp(t *testing.T) {
	const warmup = 50000
	r := run(t, job(t, "icount", Limits{Warmup: warmup, Insts: 200000}, counted(t, "brief", "nop", 100, 1), fast(t)))
	if p := r.Programs[0]; p.Start != 304 || p.Instructions != 0 || p.Cycles != 0 || *p.ExitCode != 1 {
		t.Errorf("%+v", p)
	}
	if p := r.Programs[1]; p.Start < warmup || p.Instructions < 200000 {
		t.Errorf("%+v", p)
	}
	if len(r.Warnings) != 2 || !strings.Contains(r.Warnings[1], "ended after 304 instructions, before measurement began") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// A program that has not begun to commit when the run ends has not ended; of
// two copies it speaks for both.
func TestNothingMeasured(t *testing.T) {
	j := job(t, "coarse:on=tlb,timer=0", Limits{Insts: 1000, Until: UntilFirst}, fast(t), fast(t))
	r := run(t, j)
	if r.Programs[1].Instructions != 0 || len(r.Warnings) != 1 || strings.Contains(r.Warnings[0], "ended") || !strings.Contains(r.Warnings[0], "nothing of it was measured") {
		t.Errorf("%+v, warnings %q", r.Programs[1], r.Warnings)
	}
}

// A program that dies is part of the result and does not end the others, even
// where ended programs start again.
func TestFault(t *testing.T) {
	for _, rule := range []string{UntilAll, UntilRepeat} {
		r := run(t, job(t, "icount", Limits{Insts: 100000, Until: rule}, faulting(t), fast(t)))
		if p := r.Programs[0]; p.Signal != 11 || p.ExitCode != nil || !strings.Contains(p.Fault, "SIGSEGV") || !strings.Contains(p.Fault, "ld x11,0(x10)") || p.Instructions != 2002 {
			t.Errorf("%s: %+v", rule, p)
		}
		if p := r.Programs[1]; p.Instructions < 100000 || p.ExitCode != nil || p.Signal != 0 {
			t.Errorf("%s: %+v", rule, p)
		}
	}
}

// What cannot be simulated is an error before anything is.
func TestJobErrors(t *testing.T) {
	p := counted(t, "p", "nop", 10, 0)
	for want, change := range map[string]func(*Job){
		"no program": func(j *Job) { j.Programs = nil },
		"5 programs need as many hardware threads, and icount has 4": func(j *Job) { j.Programs = slices.Repeat(j.Programs, 5) },
		"2 programs need as many hardware threads, and single has 1": func(j *Job) { j.Programs = slices.Repeat(j.Programs, 2); j.Scheduler = "single" },
		"3 programs need as many hardware threads, and icount has 2": func(j *Job) { j.Programs = slices.Repeat(j.Programs, 3); j.Threads = 2 },
		"-1": func(j *Job) { j.Threads = -1 },
		"65": func(j *Job) { j.Threads = 65 },
		`unknown scheduler "icuont", did you mean "icount"?`: func(j *Job) { j.Scheduler = "icuont" },
		`no parameter "rotat"`:                               func(j *Job) { j.Scheduler = "barrel:rotat=skip" },
		`unknown until rule "frist", did you mean "first"?`:  func(j *Job) { j.Limits.Until = "frist" },
		"until total needs a number of instructions":         func(j *Job) { j.Limits.Until = UntilTotal },
		"core.rob.sharing: cap:0":                            func(j *Job) { j.Config.Core.ROB.Sharing = "cap:0" },
		"leaves 3 contexts no entry": func(j *Job) {
			j.Threads, j.Config.Core.LQ.Size, j.Config.Core.LQ.Sharing = 3, 2, "static"
		},
	} {
		j := job(t, "icount", Limits{}, p)
		change(&j)
		if _, err := New(j); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(want, ": cap:0")) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The same job gives the same result, and so does one that steps through idle
// cycles.
func TestDeterminism(t *testing.T) {
	programs := []*workloads.Program{opened(t, "sort"), opened(t, "spmv"), opened(t, "chase 64")}
	for _, name := range []string{"coarse", "barrel", "icount"} {
		j := job(t, name, Limits{Warmup: 2000, Insts: 8000}, programs...)
		first := run(t, j)
		j.NoIdleSkip = true
		stepped := run(t, j)
		j.NoIdleSkip = false
		again := run(t, j)
		for _, r := range []*Result{first, stepped, again} {
			r.Seconds = 0
		}
		if !reflect.DeepEqual(first, again) {
			t.Errorf("%s: two runs differ%s", name, firstDifference(first, again))
		}
		if !reflect.DeepEqual(first, stepped) {
			t.Errorf("%s: with idle cycles one by one%s", name, firstDifference(first, stepped))
		}
	}
}

// The seed decides which pages of a program share sets of a cache.
func TestSeed(t *testing.T) {
	j := job(t, "single", Limits{Insts: 30000}, opened(t, "chase 128"))
	j.Config = preset(t, "default", "cache.l2.size=64K", "cache.l2.ways=1", "cache.l1d.ways=1", "cache.l1d.size=16K")
	first := run(t, j)
	j.Seed = 2
	if other := run(t, j); other.Cycles == first.Cycles {
		t.Errorf("%d cycles with either seed", other.Cycles)
	}
}

func firstDifference(a, b *Result) string {
	for i, s := range a.Stats {
		if b.Stats[i] != s {
			return fmt.Sprintf(": %v and %v", s, b.Stats[i])
		}
	}
	return ""
}

// Which context a program is on makes no difference to it, on a wide core and
// on one that fetches and issues one instruction a cycle.
func TestRelabelling(t *testing.T) {
	for _, preset := range []string{"default", "scalar"} {
		config, err := Load(preset, nil)
		if err != nil {
			t.Fatal(err)
		}
		programs := []*workloads.Program{opened(t, "queens"), opened(t, "fft"), opened(t, "hashjoin"), opened(t, "sha256")}
		limits := Limits{Warmup: 50_000, Insts: 300_000}
		if preset == "scalar" {
			limits.Insts = 100_000
		}
		for _, name := range []string{"coarse", "barrel", "barrel:rotate=strict", "rr", "icount"} {
			t.Run(preset+"/"+name, func(t *testing.T) {
				t.Parallel()
				limits := limits
				if preset == "default" && name != "icount" && !needs.CI() {
					t.Skip("takes a quarter of a minute: under CI only")
				}
				if preset == "default" && name == "coarse" {
					limits.Insts *= 4 // that it averages over enough of its long turns
				}
				turns := len(programs)
				if !needs.CI() {
					turns = 2 // each on two contexts
				}
				ipc := map[string]float64{}
				for turn := range turns {
					j := job(t, name, limits, slices.Concat(programs[turn:], programs[:turn])...)
					j.Config = config
					for _, p := range run(t, j).Programs {
						now := float64(p.Instructions) / float64(p.Cycles)
						before, seen := ipc[p.Workload]
						if seen && (now < 0.99*before || now > 1.01*before) {
							t.Errorf("%s has IPC %.3f on one context, %.3f on another", p.Workload, before, now)
						}
						ipc[p.Workload] = now
					}
				}
			})
		}
	}
}

// A curve says what the run measured, does not depend on where the run stopped
// to look, and goes on when the simulation is extended. What it says of any
// other commit is right within its precision.
func TestCurve(t *testing.T) {
	for _, limits := range []Limits{{Insts: 300}, {Warmup: 777, Insts: 3000}, {Warmup: 1000, Insts: 30000}, {Warmup: 500}} {
		j := job(t, "single", limits, opened(t, "sort@test"))
		j.Curve = true
		var s *Simulation
		commits := []uint64{0} // cycles after which each instruction had committed
		j.OnRetire = func(isa.Context, *isa.Dyn) { commits = append(commits, uint64(s.core.Now())+1) }
		s, err := New(j)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p, short := r.Programs[0], slices.Clone(s.Curve().Points)
		if err := s.Extend(t.Context(), p.Start+p.Instructions); err != nil {
			t.Fatal(err)
		}
		c := s.Curve()
		at := func(n uint64) uint64 {
			i, _ := slices.BinarySearchFunc(c.Points, n, func(p pipeline.Point, n uint64) int { return cmp.Compare(p.Instructions, n+1) })
			if i == 0 || c.Points[i-1].Instructions != n {
				t.Fatalf("%+v: no point at instruction %d", limits, n)
			}
			return c.Points[i-1].Cycles
		}
		if got := at(p.Start+p.Instructions) - at(p.Start); got != p.Cycles {
			t.Errorf("%+v: %d cycles are not the %d measured", limits, got, p.Cycles)
		}
		if err := s.Extend(t.Context(), 1<<60); err != nil {
			t.Fatal(err)
		}
		longer := s.Curve()
		if n := len(c.Points); !slices.Equal(short, c.Points[:len(short)]) || !slices.Equal(c.Points, longer.Points[:n]) {
			t.Errorf("%+v: the curve is not the beginning of a longer one", limits)
		}
		end := longer.Points[len(longer.Points)-1]
		if !longer.Ended || end.Instructions != 175_032 || end.Cycles < commits[175_032] || longer.Points[0].Instructions != limits.Warmup {
			t.Errorf("%+v: the curve goes from %v to %v", limits, longer.Points[0], end)
		}
		if limits.Insts > 0 && r.Programs[0].ExitCode != nil {
			t.Error("extending a simulation changed its result")
		}
		from := longer.Points[0]
		for _, to := range longer.Points[1 : len(longer.Points)-1] {
			for n := from.Instructions; n <= to.Instructions; n++ {
				got := float64(from.Cycles) + float64(to.Cycles-from.Cycles)*float64(n-from.Instructions)/float64(to.Instructions-from.Instructions)
				if off := math.Abs(got - float64(commits[n])); off > float64(limits.curve().Tolerance) {
					t.Fatalf("%+v: instruction %d committed after %d cycles, the curve says %v", limits, n, commits[n], got)
				}
			}
			from = to
		}
	}
}

// An endless program ends when its context is canceled.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := job(t, "icount", Limits{}, fast(t), fast(t))
	commits := 0
	j.OnRetire = func(isa.Context, *isa.Dyn) {
		if commits++; commits == 1000 {
			cancel()
		}
	}
	s, err := New(j)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(ctx)
	if r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", r, err)
	}
	if commits > 8*slice {
		t.Errorf("%d instructions after it had been canceled", commits)
	}
}

// Runs done one after another add up.
func TestMerge(t *testing.T) {
	var parts []*Result
	for _, p := range []*workloads.Program{opened(t, "sort@test"), faulting(t), opened(t, "fpchain@test")} {
		parts = append(parts, run(t, job(t, "single", Limits{}, p)))
	}
	before := slices.Clone(parts[0].Stats)
	r := Merge(parts)
	var want Result
	for _, p := range parts {
		want.Cycles += p.Cycles
		want.Instructions += p.Instructions
		want.Programs = append(want.Programs, p.Programs...)
		want.Warnings = append(want.Warnings, p.Warnings...)
	}
	if r.Cycles != want.Cycles || r.Instructions != want.Instructions || !reflect.DeepEqual(r.Programs, want.Programs) || !slices.Equal(r.Warnings, want.Warnings) {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(r.Threads, []ThreadResult{{Program: -1, Instructions: want.Instructions, Cycles: want.Cycles}}) {
		t.Errorf("threads %+v", r.Threads)
	}
	if s := r.stats(); s["cycles"] != r.Cycles || s["committed"] != r.Instructions || s["slots.issue.total"] != uint64(r.Width)*r.Cycles {
		t.Errorf("statistics of %d cycles and %d instructions", s["cycles"], s["committed"])
	}
	if !slices.Equal(parts[0].Stats, before) {
		t.Error("merging changed a part")
	}
}

// A reader's own scheduler is a row of a table of theirs.
func TestOwnScheduler(t *testing.T) {
	j := job(t, "mine", Limits{}, counted(t, "p", "nop", 100, 0))
	plans := 0
	table := scheduler.Catalog.With(scheduler.Row{Name: "mine", Doc: "context 0 alone", New: func(scheduler.Env, scheduler.Args) (scheduler.Policy, scheduler.Traits, error) {
		return planner(func(p *scheduler.Plan, v *scheduler.View) {
			plans++
			p.Fetch, p.FetchThreads, p.FetchWidth = append(p.Fetch, 0), 1, 2
		}), scheduler.Traits{}, nil
	}})
	j.Schedulers = &table
	if r := run(t, j); r.Scheduler != "mine" || r.Instructions != 304 || plans == 0 {
		t.Errorf("%s: %d instructions after %d plans", r.Scheduler, r.Instructions, plans)
	}
}

type planner func(*scheduler.Plan, *scheduler.View)

func (f planner) Plan(p *scheduler.Plan, v *scheduler.View) { f(p, v) }

// The statistics that are described are those of a run.
func TestStatistics(t *testing.T) {
	j := job(t, "rr", Limits{}, counted(t, "p", "nop", 100, 0))
	descs, err := Statistics(j.Config, j.Config.Threads)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, j)
	if len(descs) != len(r.Stats) {
		t.Fatalf("%d described, %d counted", len(descs), len(r.Stats))
	}
	seen := map[string]bool{}
	for i, d := range descs {
		if d.Name != r.Stats[i].Name || d.Unit == "" || d.Doc == "" || seen[d.Name] {
			t.Errorf("%+v beside %s", d, r.Stats[i].Name)
		}
		seen[d.Name] = true
	}
}
