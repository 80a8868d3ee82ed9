package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Store is where a sweep finds what has been done and puts what it does. Its
// methods are called from several goroutines.
type Store interface {
	// Finished are the keys of the runs that need not be done.
	Finished() (map[string]bool, error)
	// Has reports whether a run need not be done.
	Has(key string) (bool, error)
	// Record and Curve are nil when there is none.
	Record(key string) (*results.Record, error)
	Curve(soloKey string) (*results.Curve, error)
	Put(store.Run) error
	PutFailure(id results.Identity, configuration, message string) error
	// PutPlan answers with how many runs have left the plan.
	PutPlan(store.Plan) (int, error)
}

var _ Store = (*store.Store)(nil)

// SweepOptions say how a plan is done.
type SweepOptions struct {
	Store    Store
	Shard    Shard
	Jobs     int            // workers; 0: one for each host core
	Timeout  time.Duration  // of a run; 0: none
	Progress func(Progress) // called from one goroutine at a time; may be nil
}

// Outcome is what came of a sweep.
type Outcome struct {
	Runs     int // of the plan, or of the shard
	Had      int // those that had been finished before
	Left     int // which the plan asked for when it was last swept, and no longer
	Finished int // those that are
	Failed   []results.FailedRun
	Exits    []results.Exit // with an exit code other than 0, of what was done now
	Partly   results.Partly // of what was done now
	Canceled bool
}

// Sweep does the runs of a plan that are not in the store, and the solo runs
// that their metrics need: each when all runs that it is measured against are
// over, since only then it is known how far it must go. What has finished is
// stored at once and whole. A run that fails is stored with its error and stops
// no other. Several processes may do one plan: what another has stored is not
// done again, and those that find that they have done the same go on at
// different places. The error is the store's; then the sweep has ended, too.
func Sweep(ctx context.Context, l *Layout, o SweepOptions) (*Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := newSweep(l, o)
	s.stop = cancel
	left, err := s.prepare()
	if err != nil {
		return nil, err
	}
	out := &Outcome{Runs: s.to - s.from, Had: s.count(), Left: left}
	tasks, err := s.tasks(ctx)
	if err != nil {
		return nil, err
	}
	p := pool{jobs: o.Jobs}
	if o.Progress != nil {
		p.progress = func(r Progress) {
			r.Exits = s.newExits()
			o.Progress(r)
		}
	}
	for _, t := range tasks {
		p.totalWork += t.weight
	}
	p.start(len(tasks))
	p.run(ctx, tasks)
	out.Finished, out.Failed, out.Canceled = s.count(), s.failures(tasks), ctx.Err() != nil
	out.Exits, out.Partly = s.exits.List, s.partly
	var broken *storeError
	if errors.As(context.Cause(ctx), &broken) {
		return out, broken.error
	}
	return out, nil
}

// Left is how much a sweep would have to do of each shard, in runs, solo runs
// among them. There may be no store yet, nil; it is only read.
func (l *Layout) Left(ctx context.Context, from Store, shards ...Shard) ([]int, error) {
	finished := map[string]bool{}
	if from != nil {
		var err error
		if finished, err = from.Finished(); err != nil {
			return nil, err
		}
	}
	left := make([]int, len(shards))
	for i, shard := range shards {
		s := newSweep(l, SweepOptions{Store: from, Shard: shard})
		s.finished = finished
		tasks, err := s.tasks(ctx)
		if err != nil {
			return nil, err
		}
		left[i] = len(tasks)
	}
	return left, ctx.Err()
}

// storeError marks the cause of the end of a sweep.
type storeError struct{ error }

// sweep is a plan that is being done.
type sweep struct {
	*Layout
	o        SweepOptions
	stop     context.CancelCauseFunc
	from, to int
	keys     []string // of the runs from … to
	solos    map[solo]*soloRun

	mu       sync.Mutex
	finished map[string]bool  // by key
	reached  map[int][]uint64 // by run: last measured instruction of each program; 0: not compared by instructions
	failed   []failure
	exits    results.Exits
	partly   results.Partly
	unsaid   []results.Exit // of exits, those that the progress has not told
}

func newSweep(l *Layout, o SweepOptions) *sweep {
	s := &sweep{Layout: l, o: o, solos: map[solo]*soloRun{}, reached: map[int][]uint64{}}
	s.from, s.to = o.Shard.Range(l.Len())
	s.keys = make([]string, s.to-s.from)
	for i := range s.keys {
		s.keys[i] = s.Identity(s.from + i).Key()
	}
	return s
}

// failure is a failed run; order is its place in the plan.
type failure struct {
	order int
	run   results.FailedRun
}

// prepare tells the store of all runs of the plan, those of other shards too, and
// asks what it has. It answers with how many runs have left the plan.
func (s *sweep) prepare() (left int, err error) {
	if left, err = s.o.Store.PutPlan(s.Asked()); err != nil {
		return left, err
	}
	s.finished, err = s.o.Store.Finished()
	return left, err
}

// Asked is what the plan asks for, as a store keeps it.
func (l *Layout) Asked() store.Plan {
	plan := store.Plan{Name: l.Name, Text: l.Text, Keys: make([]string, l.Len())}
	for i := range plan.Keys {
		plan.Keys[i] = l.Identity(i).Key()
	}
	return plan
}

func (s *sweep) key(run int) string { return s.keys[run-s.from] }

func (s *sweep) isFinished(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finished[key]
}

// count is how many of the runs have finished.
func (s *sweep) count() (n int) {
	for _, key := range s.keys {
		if s.isFinished(key) {
			n++
		}
	}
	return n
}

// tasks are those that are left to do. A solo run and the runs that are made of
// it go before others as soon as they can, so that what has been done early has
// its metrics early, too.
func (s *sweep) tasks(ctx context.Context) (list []*task, err error) {
	var made []*task // of solo runs
	parts := map[*task][]*soloRun{}
	for i := s.from; i < s.to; i++ {
		users := s.soloRuns(i)
		finished := s.finished[s.key(i)]
		switch {
		case s.composed(i):
			if finished || s.isSolo(i) {
				continue // the solo run's task does it
			}
			t := &task{name: s.name(i), rank: soon, do: func(context.Context) error { return s.compose(i) }}
			parts[t] = users
			made = append(made, t)
		case !finished:
			t := &task{name: s.name(i), rank: i, weight: s.weight(s.Mixes[s.At(i).Mix].Programs), do: func(ctx context.Context) error { return s.simulate(ctx, i) }}
			for _, u := range users {
				u.task.after = append(u.task.after, t)
			}
			list = append(list, t)
		}
	}
	for i := s.from; i < s.to; i++ {
		for _, u := range s.soloRuns(i) {
			if u.users[0] != i {
				continue
			}
			if idle, err := s.idle(ctx, u); err != nil {
				return nil, err
			} else if !idle {
				list = append(list, u.task)
			}
		}
	}
	for _, t := range made {
		for _, u := range parts[t] {
			if u.task != nil {
				t.after = append(t.after, u.task)
			}
		}
	}
	return append(list, made...), nil
}

// weight is how much work programs are, at least 1.
func (s *sweep) weight(programs []*workloads.Program) int {
	n, _ := s.Layout.work(programs)
	const unit = 1000
	return int((float64(n)+Guess.Run/Guess.Instruction)/unit) + 1
}

// name is what the progress calls a run.
func (s *sweep) name(i int) string {
	c := s.At(i)
	spec := s.scheduler(c.Scheduler, s.Base)
	return s.at(mixName(s.Mixes[c.Mix].Programs)+", "+spec, c.Point, c.Seed)
}

// at adds to a name where in the plan it is.
func (s *sweep) at(name string, point, seed int) string {
	if label := s.label(point); label != "" {
		name += ", " + label
	}
	if len(s.Seeds) > 1 {
		name += fmt.Sprintf(", seed %d", s.Seeds[seed])
	}
	return name
}

// simulate does a run and stores it.
func (s *sweep) simulate(ctx context.Context, i int) error {
	if done, err := s.doneElsewhere(s.key(i)); done || err != nil {
		return err
	}
	c := s.At(i)
	job := s.job(c)
	job.Config = s.Config(c.Point)
	var intervals []results.Interval
	if job.Intervals.Every > 0 {
		job.Intervals.Sink = func(v *machine.Interval) error {
			kept := results.Interval(*v)
			kept.Values = slices.Clone(v.Values)
			intervals = append(intervals, kept)
			return nil
		}
	}
	var record *results.Record
	began := time.Now()
	err := s.bounded(ctx, func(ctx context.Context) error {
		run, err := Prepare(job)
		if err != nil {
			return err
		}
		var deaths []results.Failure
		if record, deaths, err = run.Do(ctx, 1); err != nil {
			return err
		}
		return cmp.Or(died(deaths), unmeasured(record))
	})
	if err != nil {
		return s.fail(i, s.Identity(i), job.Config, err)
	}
	setOverhead(record, began)
	if !isSingle(record.Scheduler) {
		s.mu.Lock()
		s.reached[i] = reaches(record)
		s.mu.Unlock()
	}
	return s.putNew(store.Run{Record: record, Configuration: job.Config.String(), Intervals: intervals})
}

// doneElsewhere reports whether another process has stored the run since this
// one began.
func (s *sweep) doneElsewhere(key string) (bool, error) {
	if s.isFinished(key) {
		return true, nil
	}
	has, err := s.o.Store.Has(key)
	if err != nil {
		return false, s.broken(err)
	}
	if !has {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished[key] = true
	return true, nil
}

// setOverhead notes what a run that began at a time took besides its simulation.
func setOverhead(r *results.Record, began time.Time) {
	r.Host.Overhead = max(time.Since(began).Seconds()-r.Host.Seconds, 0)
}

// bounded simulates, with the time that a run may take, and makes an error of a
// panic.
func (s *sweep) bounded(ctx context.Context, do func(context.Context) error) error {
	run := ctx
	if s.o.Timeout > 0 {
		var cancel context.CancelFunc
		run, cancel = context.WithTimeout(ctx, s.o.Timeout)
		defer cancel()
	}
	err := guard(run, do)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("not finished after %s", s.o.Timeout)
	}
	return err
}

// died is the error of programs that were killed; nil when there are none.
func died(deaths []results.Failure) error {
	var lines []string
	for _, d := range deaths {
		if !slices.Contains(lines, d.Error) {
			lines = append(lines, d.Error)
		}
	}
	if lines == nil {
		return nil
	}
	return errors.New(strings.Join(lines, "; "))
}

func unmeasured(r *results.Record) error {
	if r.Measured() || r.Setup.Warmup == 0 {
		return nil
	}
	return fmt.Errorf("every program ended before it had committed the %d instructions of the warm-up: nothing was measured", r.Setup.Warmup)
}

// putNew stores a run that was not there when it began; errTwice: it is now.
func (s *sweep) putNew(r store.Run) error {
	twice, err := s.o.Store.Has(r.Record.Key())
	if err != nil {
		return s.broken(err)
	}
	if err := s.put(r); err != nil || !twice {
		return err
	}
	return errTwice
}

// put stores a run that has finished.
func (s *sweep) put(r store.Run) error {
	if err := s.o.Store.Put(r); err != nil {
		return s.broken(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished[r.Record.Key()] = true
	s.unsaid = append(s.unsaid, s.exits.Add(r.Record)...)
	s.partly.Add(r.Record)
	return nil
}

// newExits are those since the last call.
func (s *sweep) newExits() []results.Exit {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.unsaid
	s.unsaid = nil
	return list
}

// fail stores that a run failed; one that was told to end has not.
func (s *sweep) fail(order int, id results.Identity, c *machine.Config, err error) error {
	if canceled(err) {
		return err
	}
	s.mu.Lock()
	s.failed = append(s.failed, failure{order, results.FailedRun{Identity: id, Error: err.Error()}})
	s.mu.Unlock()
	if err := s.o.Store.PutFailure(id, c.String(), err.Error()); err != nil {
		return s.broken(err)
	}
	return noted{err}
}

// noted is an error that is among the failures.
type noted struct{ error }

// failures are the failed runs in the order of the plan, and what went wrong
// outside of any.
func (s *sweep) failures(tasks []*task) (list []results.FailedRun) {
	slices.SortStableFunc(s.failed, func(a, b failure) int { return cmp.Compare(a.order, b.order) })
	for _, f := range s.failed {
		list = append(list, f.run)
	}
	for _, t := range tasks {
		if t.err != nil && !canceled(t.err) && !errors.As(t.err, new(noted)) {
			list = append(list, results.FailedRun{Error: fmt.Sprintf("%s: %v", t.name, t.err)})
		}
	}
	return list
}

// broken ends the sweep: what is done could not be kept.
func (s *sweep) broken(err error) error {
	s.stop(&storeError{err})
	return context.Canceled
}
