package experiment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// CompareOptions say what to compare.
type CompareOptions struct {
	Config     *machine.Config
	Schedulers []string // as on the command line
	// Catalog is the table that Schedulers are choices of; nil means
	// scheduler.Catalog. A policy of the reader's own is a row of it.
	Catalog  *scheduler.Table
	Programs []*workloads.Program
	Limits   machine.Limits
	Guest    machine.Guest
	Seed     uint64
	Threads  int            // hardware contexts; 0: the machine's
	Jobs     int            // workers; 0: one for each host core
	Progress func(Progress) // called from one goroutine at a time; may be nil
}

// simulation is one run of a comparison.
type simulation struct {
	name   string
	rank   int // of its beginning
	job    machine.Job
	result *machine.Result
	err    error

	// Of a baseline, which goes on as far as other runs measured its program.
	sim     *machine.Simulation
	mu      sync.Mutex
	busy    bool   // a worker has sim, or it failed
	goal    uint64 // instruction that sim is to cover
	reached uint64 // goal that it covers
}

// Ranks of a comparison's simulations.
const (
	rankSolo = iota
	rankMix
	rankScaling
)

// comparison is the state of a comparison.
type comparison struct {
	CompareOptions
	contexts int
	pool     pool
	specs    []string      // canonical, in the order of Schedulers
	solos    []*simulation // of each distinct program, in the order of the mix
	// mixes[s] are the runs of scheduler s; its last one is that of the whole
	// mix. There are none of a scheduler of one context, whose results are
	// those of the baselines.
	mixes [][]*simulation
}

// Compare runs the programs alone and under each scheduler. An error is the
// user's: nothing has been simulated then. What goes wrong in a run is in the
// comparison's Failures. When ctx is canceled the comparison holds what had
// finished.
func Compare(ctx context.Context, o CompareOptions) (*results.Comparison, error) {
	c, err := plan(o)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(append([][]*simulation{c.solos}, c.mixes...)...)
	tasks := make([]*task, len(all))
	for i, s := range all {
		tasks[i] = &task{name: s.name, rank: s.rank, weight: len(s.job.Programs)}
		switch s.rank {
		case rankSolo:
			tasks[i].do = s.runSolo
		case rankMix:
			tasks[i].do = func(ctx context.Context) error { return c.runMix(ctx, s) }
		case rankScaling:
			tasks[i].after = tasks[:len(c.solos)]
			tasks[i].do = func(ctx context.Context) error { return c.runScaling(ctx, s) }
		}
	}
	c.pool.start(len(all))
	c.pool.run(ctx, tasks)
	for i, s := range all {
		s.err = cmp.Or(tasks[i].err, s.err)
	}
	return c.results(ctx), nil
}

// plan lays out the simulations and finds what cannot be simulated.
func plan(o CompareOptions) (*comparison, error) {
	c := &comparison{CompareOptions: o, contexts: o.Threads, pool: pool{jobs: o.Jobs, progress: o.Progress}}
	if c.contexts == 0 {
		c.contexts = o.Config.Threads
	}
	if len(o.Programs) == 0 {
		return nil, fmt.Errorf("no program to compare on")
	}
	for _, spec := range o.Schedulers {
		if err := c.addScheduler(spec); err != nil {
			return nil, err
		}
	}
	for _, p := range o.Programs {
		if c.solo(p) != nil {
			continue
		}
		s := c.simulation(single, []*workloads.Program{p}, 1)
		s.name, s.job.Curve, s.busy = p.Spec+" alone", true, true
		var err error
		if s.sim, err = machine.New(s.job); err != nil {
			return nil, err
		}
		c.solos = append(c.solos, s)
	}
	return c, nil
}

// single is the scheduler of one context: its runs are the baselines.
const single = "single"

func (c *comparison) addScheduler(spec string) error {
	table := c.Catalog
	if table == nil {
		table = &scheduler.Catalog
	}
	_, args, err := table.Parse(spec)
	if err != nil {
		return err
	}
	canonical := args.String()
	if slices.Contains(c.specs, canonical) {
		return fmt.Errorf("scheduler %q is listed twice (%s)", spec, canonical)
	}
	c.specs = append(c.specs, canonical)
	var runs []*simulation
	if args.Name != single {
		whole := c.simulation(canonical, c.Programs, c.contexts)
		if _, err := machine.New(whole.job); err != nil {
			return err
		}
		for k := 1; k <= c.contexts; k++ {
			if k < c.contexts || len(c.Programs) < k {
				runs = append(runs, c.simulation(canonical, c.firstPrograms(k), k))
			}
		}
		for _, s := range runs {
			s.rank, s.name = rankScaling, fmt.Sprintf("%s on %s", spec, results.Counted(s.job.Threads, "thread"))
		}
		whole.rank = rankMix
		whole.name = fmt.Sprintf("%s, %s on %s", spec, results.Counted(len(c.Programs), "program"), results.Counted(whole.job.Threads, "thread"))
		runs = append(runs, whole)
	}
	c.mixes = append(c.mixes, runs)
	return nil
}

// runScaling simulates a scaling run. Whether it is of the first programs or of
// the whole mix is known when the programs have run alone.
func (c *comparison) runScaling(ctx context.Context, s *simulation) error {
	if c.parallel() {
		if s.job.Threads < len(c.Programs) || s.job.Threads == c.contexts {
			return nil // too few threads; the run of the mix
		}
		s.job.Programs = c.Programs
	}
	return c.runMix(ctx, s)
}

// runMix simulates several programs, then lets their baselines go on as far as
// they were measured in it, so that it can be compared whatever comes after.
func (c *comparison) runMix(ctx context.Context, s *simulation) error {
	if err := s.run(ctx); err != nil {
		return err
	}
	for i := range s.result.Programs {
		p := &s.result.Programs[i]
		if solo := c.soloOf(p.Digest); solo.ask(p) {
			_ = solo.goOn(ctx) // an error of its own, not of the mix
		}
	}
	return nil
}

// parallel reports whether a program had several software threads when it ran
// alone.
func (c *comparison) parallel() bool {
	return slices.ContainsFunc(c.solos, func(s *simulation) bool { return s.result != nil && s.result.Programs[0].Threads > 1 })
}

// firstPrograms are k programs of the mix, repeated in order when there are
// fewer.
func (c *comparison) firstPrograms(k int) []*workloads.Program {
	out := make([]*workloads.Program, k)
	for i := range out {
		out[i] = c.Programs[i%len(c.Programs)]
	}
	return out
}

func (c *comparison) simulation(spec string, programs []*workloads.Program, contexts int) *simulation {
	return &simulation{
		job: machine.Job{
			Config: c.Config, Scheduler: spec, Schedulers: c.Catalog, Programs: programs, Threads: contexts,
			Limits: c.Limits, Guest: c.Guest, Seed: c.Seed,
		},
	}
}

// solo is the baseline of p.
func (c *comparison) solo(p *workloads.Program) *simulation { return c.soloOf(p.Digest) }

func (c *comparison) soloOf(digest string) *simulation {
	for _, s := range c.solos {
		if s.job.Programs[0].Digest == digest {
			return s
		}
	}
	return nil
}

// run simulates s to its end.
func (s *simulation) run(ctx context.Context) (err error) {
	sim := s.sim
	if sim == nil {
		if sim, err = machine.New(s.job); err != nil {
			return err
		}
	}
	s.result, err = sim.Run(ctx)
	return err
}

// runSolo simulates a baseline as far as it and other runs have measured its
// program so far.
func (s *simulation) runSolo(ctx context.Context) error {
	if err := s.run(ctx); err != nil {
		return err
	}
	s.ask(&s.result.Programs[0])
	return s.goOn(ctx)
}

// ask makes the measured range of p, whose baseline s is, a goal of it. It
// reports whether the caller is to goOn; otherwise another worker does.
func (s *simulation) ask(p *machine.ProgramResult) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Programs of several threads are not compared by instructions.
	if p.Threads == 1 {
		s.goal = max(s.goal, p.Start+p.Instructions)
	}
	if s.busy || s.goal == s.reached {
		return false
	}
	s.busy = true
	return true
}

// goOn simulates a busy baseline as far as is asked, also meanwhile. After an
// error, which is kept, it stays busy, so that nobody goes on with it.
func (s *simulation) goOn(ctx context.Context) error {
	for {
		s.mu.Lock()
		goal := s.goal
		if s.busy = goal > s.reached; !s.busy {
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		if err := guard(ctx, func(ctx context.Context) error { return s.sim.Extend(ctx, goal) }); err != nil {
			s.err = err
			return err
		}
		s.reached = goal
	}
}

// results gathers what has finished.
func (c *comparison) results(ctx context.Context) *results.Comparison {
	out := &results.Comparison{
		Schema: results.Schema, Canceled: ctx.Err() != nil, Configuration: c.Config.String(),
	}
	for _, p := range c.Programs {
		out.Mix = append(out.Mix, p.Spec)
	}
	for _, s := range c.solos {
		out.Baselines = appendRecord(out.Baselines, s)
		out.Failures = appendFailures(out.Failures, s)
	}
	for i, spec := range c.specs {
		runs := c.mixes[i]
		if runs == nil {
			runs = c.singleRuns(spec)
		}
		last := len(runs) - 1
		out.Runs = appendRecord(out.Runs, runs[last])
		for _, s := range runs[:last] {
			out.Scaling = appendRecord(out.Scaling, s)
		}
		if c.mixes[i] != nil {
			for _, s := range runs {
				out.Failures = appendFailures(out.Failures, s)
			}
		}
	}
	out.Measure(c.curve)
	return out
}

// singleRuns are the programs one after another, made of the baselines: the
// first k of them for the scaling, and the whole mix last.
func (c *comparison) singleRuns(spec string) (runs []*simulation) {
	for k := 1; k <= c.contexts && !c.parallel(); k++ {
		if k != len(c.Programs) {
			runs = append(runs, c.backToBack(spec, c.firstPrograms(k)))
		}
	}
	return append(runs, c.backToBack(spec, c.Programs))
}

func (c *comparison) backToBack(spec string, programs []*workloads.Program) *simulation {
	s := c.simulation(spec, programs, 1)
	var parts []*machine.Result
	for _, p := range programs {
		solo := c.solo(p)
		if solo.result == nil {
			return s
		}
		parts = append(parts, solo.result)
	}
	merged := *machine.Merge(parts)
	merged.Programs = slices.Clone(merged.Programs)
	for i, p := range programs {
		merged.Programs[i].Workload = p.Spec // the baseline may go by another
	}
	s.result = &merged
	return s
}

func appendRecord(list []*results.Record, s *simulation) []*results.Record {
	if s.result == nil {
		return list
	}
	return append(list, NewRecord(&s.job, s.result))
}

// appendFailures adds the error of a simulation, the deaths of its programs,
// and issue slots that do not add up.
func appendFailures(list []results.Failure, s *simulation) []results.Failure {
	f := results.Failure{Scheduler: s.job.Scheduler}
	for _, p := range s.job.Programs {
		f.Programs = append(f.Programs, p.Spec)
	}
	if s.err != nil && !canceled(s.err) {
		f.Error = fmt.Sprintf("%s on %s: %v", strings.Join(f.Programs, " + "), results.Counted(s.job.Threads, "thread"), s.err)
		list = append(list, f)
	}
	if s.result != nil {
		for i := range s.result.Programs {
			if p := &s.result.Programs[i]; p.Signal != 0 {
				f.Error = fmt.Sprintf("%s: %s", p.Workload, p.Fault)
				list = append(list, f)
			}
		}
		if err := results.CheckLedger(NewRecord(&s.job, s.result)); err != nil {
			f.Error = "bug in the simulator: " + err.Error()
			list = append(list, f)
		}
	}
	return list
}

// curve answers for the solo cycles of a program; nil when it has not
// finished.
func (c *comparison) curve(digest string) *results.Curve {
	s := c.soloOf(digest)
	if s == nil || s.result == nil {
		return nil
	}
	return newCurve(s.sim)
}
