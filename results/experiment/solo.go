package experiment

import (
	"context"
	"fmt"
	"time"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/threadmill-sim/threadmill/workloads"
)

// The solo runs that the runs of a plan are measured against. A solo run is made
// as long as its users need, and stored once for all plans.

// soloRun is a solo run that the sweep needs.
type soloRun struct {
	solo
	users []int // runs that are measured against it, in the order of the plan
	task  *task
}

// idle reports whether there is nothing to do for a solo run: it is stored, and
// no run is left that is to be measured against it and may ask for more. What is
// made of it need not wait then.
func (s *sweep) idle(ctx context.Context, u *soloRun) (bool, error) {
	id := s.soloIdentity(u.solo)
	if len(u.task.after) > 0 || !s.finished[id.Key()] || ctx.Err() != nil {
		return false, nil
	}
	n, err := s.enough(u, id)
	if n.done {
		u.task = nil
	}
	return n.done, err
}

// soloRuns are those of a run, made when they are asked for first, with the run
// as their user.
func (s *sweep) soloRuns(i int) (list []*soloRun) {
	for _, key := range s.Layout.solos(i) {
		u := s.solos[key]
		if u == nil {
			u = &soloRun{solo: key}
			program := s.programs[key.program]
			u.task = &task{name: s.at(program.Spec+" alone", key.point, key.seed), rank: soon, do: func(ctx context.Context) error { return s.alone(ctx, u) }}
			if !s.finished[s.soloIdentity(key).Key()] {
				u.task.weight = s.weight([]*workloads.Program{program})
			}
			s.solos[key] = u
		}
		if n := len(u.users); n == 0 || u.users[n-1] < i {
			u.users = append(u.users, i)
		}
		list = append(list, u)
	}
	return list
}

// composed reports whether a run is made of the solo runs of its programs.
func (s *sweep) composed(i int) bool {
	c := s.At(i)
	return isSingle(s.points[c.Point].shapes[c.Scheduler].Scheduler) && s.Interval == 0
}

// isSolo reports whether a run is one of the solo runs itself.
func (s *sweep) isSolo(i int) bool {
	solos := s.Layout.solos(i)
	return len(solos) == 1 && s.soloIdentity(solos[0]).Key() == s.key(i)
}

// alone does a solo run, or goes through it again when it has not gone as far
// as the runs that are measured against it.
func (s *sweep) alone(ctx context.Context, u *soloRun) error {
	id := s.soloIdentity(u.solo)
	had, err := s.doneElsewhere(id.Key())
	if err != nil {
		return err
	}
	enough, err := s.enough(u, id)
	switch {
	case err != nil:
		return s.broken(err)
	case enough.done:
		return nil
	}
	job := s.soloJob(u.solo)
	job.Config = s.Config(u.point)
	run := store.Run{Configuration: job.Config.String()}
	began := time.Now()
	err = s.bounded(ctx, func(ctx context.Context) error {
		one := &simulation{job: job}
		if one.sim, err = machine.New(job); err != nil {
			return err
		}
		if err := one.run(ctx); err != nil {
			return err
		}
		if err := died(appendFailures(nil, one)); err != nil {
			return err
		}
		run.Record = NewRecord(&job, one.result)
		if last := reaches(run.Record)[0]; last > 0 {
			if err := one.sim.Extend(ctx, max(last, enough.reach)); err != nil {
				return err
			}
			run.Curve = newCurve(one.sim)
		}
		return nil
	})
	if err != nil {
		return s.fail(u.users[0], id, job.Config, err)
	}
	setOverhead(run.Record, began)
	if had {
		return s.put(run)
	}
	return s.putNew(run)
}

// need is what is asked of a solo run.
type need struct {
	reach uint64 // instruction up to which it is measured against
	done  bool   // it is stored, and has gone there
}

// enough finds out what is asked of a solo run.
func (s *sweep) enough(u *soloRun, id results.Identity) (n need, err error) {
	for _, i := range u.users {
		last, err := s.lastOf(i)
		if err != nil {
			return n, err
		}
		for k, program := range s.mixes[s.At(i).Mix] {
			if program == u.program && last != nil {
				n.reach = max(n.reach, last[k])
			}
		}
	}
	key := id.Key()
	if !s.isFinished(key) {
		return n, nil
	}
	record, err := s.o.Store.Record(key)
	if err != nil || record == nil {
		return n, err
	}
	own := reaches(record)[0]
	if own == 0 {
		n.done = true
		return n, nil
	}
	curve, err := s.o.Store.Curve(id.SoloKey(0))
	n.done = err == nil && curve.Reaches(max(own, n.reach))
	return n, err
}

// lastOf is the last measured instruction of each program of a run; nil when it
// left no record, or is made of solo runs.
func (s *sweep) lastOf(i int) ([]uint64, error) {
	c := s.At(i)
	s.mu.Lock()
	last, known := s.reached[i]
	stored := s.finished[s.key(i)]
	s.mu.Unlock()
	if known || !stored || isSingle(s.points[c.Point].shapes[c.Scheduler].Scheduler) {
		return last, nil
	}
	record, err := s.o.Store.Record(s.key(i))
	if err == nil && record != nil {
		last = reaches(record)
	}
	s.mu.Lock()
	s.reached[i] = last
	s.mu.Unlock()
	return last, err
}

// reaches are the last measured instructions of the programs of a run; 0 for
// one of which nothing was measured, or of several threads, which is not
// compared by instructions.
func reaches(r *results.Record) []uint64 {
	last := make([]uint64, len(r.Programs))
	for i := range r.Programs {
		if p := &r.Programs[i]; p.Threads == 1 && p.Instructions > 0 {
			last[i] = p.Start + p.Instructions
		}
	}
	return last
}

// compose makes a run of programs one after another of their solo runs.
func (s *sweep) compose(i int) error {
	c := s.At(i)
	var parts []*results.Record
	for _, program := range s.mixes[c.Mix] {
		id := s.soloIdentity(solo{c.Point, c.Seed, program})
		part, err := s.o.Store.Record(id.Key())
		switch {
		case err != nil:
			return s.broken(err)
		case part == nil:
			return s.fail(i, s.Identity(i), s.Config(s.At(i).Point), fmt.Errorf("%s alone has not finished", id.Programs[0].Workload))
		}
		parts = append(parts, part)
	}
	return s.put(store.Run{Record: backToBack(s.Identity(i), parts), Configuration: s.Config(c.Point).String()})
}
