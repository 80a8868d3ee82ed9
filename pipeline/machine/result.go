package machine

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Result is what a run measured. Cycles, Instructions and Stats are those of
// the whole measured window, over all threads, until the run ended; only the
// statistics of a hardware thread (threadN.*) whose instructions were all of
// one program end with that one's measurement.
type Result struct {
	Machine          string
	Changes          []string // Config.Changes
	Config           string   // digest of the configuration
	Scheduler        string   // canonical
	SchedulerChanges []string // its parameters that have not their defaults, key=value
	End              string   // the rule that ended the run
	Contexts         int
	Width            int // issue slots a cycle

	Cycles, Instructions uint64
	Programs             []ProgramResult
	Threads              []ThreadResult
	Stats                []Stat
	Warnings             []string
	Seconds              float64 // of the host
}

// ProgramResult is one program of a run.
type ProgramResult struct {
	Workload string // as the user named it
	Digest   string
	ExitCode *int   // nil: it had not ended, or was killed
	Signal   int    // that killed it; 0: none
	Fault    string // one line on its death
	Stdout   []byte
	Stderr   []byte

	Threads      int    // software threads that it has had
	Whole        bool   // it was measured to its end, or to that of its region of interest, from the first instruction that was timed
	Start        uint64 // instructions committed before its measurement
	Instructions uint64 // measured
	Cycles       uint64 // from the start of measurement to its freeze
}

// ThreadResult is one hardware context. One that ran a single program was
// measured as long as it, any other one for the whole window.
type ThreadResult struct {
	ID                   int
	Program              int // index into Programs; -1: none, or several in turn
	Instructions, Cycles uint64
}

// Stat is a named counter.
type Stat struct {
	Name  string
	Value uint64
}

// Curve is the progress of a program alone from the end of its warm-up on.
type Curve struct {
	// Points are joined by straight lines. When the program has ended, the
	// last one is where, with the cycles until it was found to have.
	Points []pipeline.Point
	Ended  bool
}

// Curve is that of the first program, as far as what comes does not change it.
func (s *Simulation) Curve() Curve {
	if s.programs[0].ended {
		return Curve{s.curve.Ended(uint64(s.core.Now())), true}
	}
	return Curve{s.curve.Points(), false}
}

// Precision of curves: a measured range is as long as so many of the cycles,
// for each end, by which its curve may be off there (at one instruction a
// cycle), and of the steps between points. Whole programs have those of a
// million instructions.
const (
	curveCycles = 1 << 12
	curveSteps  = 1 << 8
	curveWhole  = 1_000_000
)

// curve is how the progress of a program alone is recorded. No run measures
// what comes before the warm-up.
func (l *Limits) curve() pipeline.CurveSpec {
	n := l.Insts
	if n == 0 {
		n = curveWhole
	}
	return pipeline.CurveSpec{From: l.Warmup, Measured: l.Insts, Tolerance: n / curveCycles, Step: max(n/curveSteps, 1000)}
}

func (s *Simulation) result(seconds float64) *Result {
	for i := range s.programs {
		if !s.programs[i].frozen {
			s.freeze(i)
		}
	}
	core, _ := s.job.Config.parts()
	r := &Result{
		Machine: s.job.Config.Name, Changes: s.job.Config.Changes(), Config: s.job.Config.Digest(),
		Scheduler: s.resolved.args.String(), SchedulerChanges: s.resolved.args.Changes(),
		End: s.job.Limits.Until, Contexts: s.resolved.contexts, Width: core.Issue.Width,
		Cycles: uint64(s.core.Now() - s.start), Instructions: s.measured(), Seconds: seconds,
	}
	for i := range s.programs {
		r.Programs = append(r.Programs, s.programs[i].result())
	}
	for ctx := range r.Contexts {
		r.Threads = append(r.Threads, s.thread(ctx, r.Cycles))
	}
	r.Stats = s.difference(r.Threads)
	r.Warnings = s.warnings()
	return r
}

// thread is what was measured of a context in a window of the given cycles.
func (s *Simulation) thread(ctx int, window uint64) ThreadResult {
	t := ThreadResult{ID: ctx, Program: s.ran(ctx)}
	if t.Program >= 0 {
		p := &s.programs[t.Program]
		t.Instructions, t.Cycles = p.frozenOn[ctx]-s.firstOn[t.Program][ctx], p.cycles
		return t
	}
	for i := range s.programs {
		t.Instructions += s.core.CommittedOn(isa.Context(ctx), isa.ASID(i)) - s.firstOn[i][ctx]
	}
	if t.Instructions > 0 {
		t.Cycles = window
	}
	return t
}

// difference is what each statistic has grown by in the measured window.
func (s *Simulation) difference(threads []ThreadResult) []Stat {
	last := s.snapshot(^isa.ContextSet(0))
	out := make([]Stat, len(last))
	for k, d := range s.set.Descs() {
		end := last[k]
		if ctx, ok := threadOf(d.Name); ok && threads[ctx].Program >= 0 {
			end = s.programs[threads[ctx].Program].frozenStats[k]
		}
		out[k] = Stat{d.Name, end - s.first[k]}
	}
	return out
}

// threadOf is the context that a statistic is of.
func threadOf(name string) (int, bool) {
	head, _, _ := strings.Cut(name, ".")
	var i int
	if n, err := fmt.Sscanf(head, "thread%d", &i); n != 1 || err != nil {
		return 0, false
	}
	return i, true
}

func (p *program) result() ProgramResult {
	r := ProgramResult{
		Workload: p.Spec, Digest: p.Digest, Stdout: p.first.Stdout(), Stderr: p.first.Stderr(),
		Threads: p.first.Threads(), Whole: p.whole, Start: p.a, Instructions: p.instructions, Cycles: p.cycles,
	}
	if exit, ended := p.first.Exit(); ended {
		r.Signal, r.Fault = int(exit.Signal), exit.Detail
		if exit.Signal == 0 {
			r.ExitCode = &exit.Code
		}
	}
	return r
}

// short is a number of measured instructions below which a result says little
// of a program.
const short = 100_000

// warnings are lines on the programs. Of copies of one, that of which least
// was measured speaks for all.
func (s *Simulation) warnings() []string {
	var out []string
	warn := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i := range s.programs {
		p := &s.programs[i]
		if s.leastMeasured(p.Digest) != p {
			continue
		}
		if exit, ended := p.first.Exit(); ended && exit.Signal == 0 && exit.Code != 0 {
			warn("%s ended with exit code %d", p.Spec, exit.Code)
		}
		switch {
		case p.instructions == 0 && !p.over():
			warn("%s committed nothing while the others were measured: nothing of it was measured", p.Spec)
		case p.instructions == 0 && !p.ended:
			warn("%s left its region of interest after %d instructions, before measurement began: nothing of it was measured", p.Spec, p.a)
		case p.instructions == 0:
			warn("%s ended after %d instructions, before measurement began: nothing of it was measured", p.Spec, p.a)
		case p.instructions < short && s.job.Limits.Insts >= short:
			warn("%s: only %d instructions were measured, of %d asked for", p.Spec, p.instructions, s.job.Limits.Insts)
		case p.instructions < short:
			warn("%s: %d measured instructions are too few to say much of it", p.Spec, p.instructions)
		}
		for _, w := range p.first.Warnings() {
			warn("%s: %s", p.Spec, w)
		}
	}
	return out
}

// leastMeasured is the copy of a program of which the least was measured.
func (s *Simulation) leastMeasured(digest string) (least *program) {
	for i := range s.programs {
		p := &s.programs[i]
		if p.Digest == digest && (least == nil || p.instructions < least.instructions) {
			least = p
		}
	}
	return least
}

// Merge is the record of runs of one program each, done one after another from
// cold on one context: cycles and the machine's counters add up, and threadN.*
// are those of the N-th program.
func Merge(parts []*Result) *Result {
	if len(parts) == 1 {
		return parts[0]
	}
	r := *parts[0]
	r.Programs, r.Stats, r.Warnings = nil, nil, nil
	r.Threads = []ThreadResult{{Program: -1}}
	r.Cycles, r.Instructions, r.Seconds = 0, 0, 0
	var threads []Stat
	for k, p := range parts {
		r.Cycles += p.Cycles
		r.Instructions += p.Instructions
		r.Seconds += p.Seconds
		r.Programs = append(r.Programs, p.Programs...)
		r.Warnings = append(r.Warnings, p.Warnings...)
		machineWide := 0
		for _, stat := range p.Stats {
			if _, ok := threadOf(stat.Name); ok {
				_, rest, _ := strings.Cut(stat.Name, ".")
				threads = append(threads, Stat{fmt.Sprintf("thread%d.%s", k, rest), stat.Value})
				continue
			}
			if k == 0 {
				r.Stats = append(r.Stats, Stat{Name: stat.Name})
			}
			r.Stats[machineWide].Value += stat.Value
			machineWide++
		}
		for _, t := range p.Threads {
			r.Threads[0].Instructions += t.Instructions
			r.Threads[0].Cycles += t.Cycles
		}
	}
	r.Stats = append(r.Stats, threads...)
	return &r
}

// Statistics describes every statistic of a run of the configuration on the
// given number of contexts.
func Statistics(c *Config, contexts int) ([]stats.Desc, error) {
	mmu, caches, branch, err := build(c, contexts, 0)
	if err != nil {
		return nil, err
	}
	row, args, err := scheduler.Parse("icount")
	if err != nil {
		return nil, err
	}
	policy, traits, err := row.New(scheduler.Env{Contexts: contexts, FetchWidth: c.Core.Fetch.Width, Sizes: c.Core.Sizes()}, args)
	if err != nil {
		return nil, err
	}
	system := newSystem(c, contexts, 0)
	core, err := newCore(c, system, pipeline.Parts{
		Caches: caches, MMU: mmu, Branch: branch, Policy: policy, Traits: traits,
		Streams: make([]isa.Stream, contexts), Programs: 1,
	})
	if err != nil {
		return nil, err
	}
	var set stats.Set
	addStats(&set, core, caches, mmu, system)
	return set.Descs(), nil
}
