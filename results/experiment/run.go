package experiment

import (
	"context"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Run is one simulation, ready to be done. Several programs under a scheduler
// of one context are as many simulations, each from cold, whose results are
// put together as if they had run one after another.
type Run struct {
	job   machine.Job
	parts []*simulation
}

// Prepare builds the simulation; its errors are the user's.
func Prepare(job machine.Job) (*Run, error) {
	_, args, err := scheduler.Parse(job.Scheduler)
	if err != nil {
		return nil, err
	}
	r := &Run{job: job}
	jobs := []machine.Job{job}
	if args.Name == single && len(job.Programs) > 1 {
		jobs = nil
		for i, p := range job.Programs {
			j := job
			j.Programs, j.Threads, j.Intervals.Part = []*workloads.Program{p}, 1, i
			jobs = append(jobs, j)
		}
	}
	for _, j := range jobs {
		sim, err := machine.New(j)
		if err != nil {
			return nil, err
		}
		r.parts = append(r.parts, &simulation{job: j, sim: sim})
	}
	return r, nil
}

// Do simulates, with as many workers as asked for (0: one for each host core)
// when there are several simulations. The record is there even when programs
// have been killed by signals, which the failures say.
func (r *Run) Do(ctx context.Context, workers int) (*results.Record, []results.Failure, error) {
	tasks := make([]*task, len(r.parts))
	for i, s := range r.parts {
		tasks[i] = &task{do: s.run}
	}
	p := pool{jobs: workers}
	p.run(ctx, tasks)
	whole := &simulation{job: r.job}
	var done []*machine.Result
	for i, s := range r.parts {
		if tasks[i].err != nil {
			return nil, nil, tasks[i].err
		}
		done = append(done, s.result)
	}
	whole.result = done[0]
	if len(done) > 1 {
		whole.result = machine.Merge(done)
	}
	return NewRecord(&r.job, whole.result), appendFailures(nil, whole), nil
}
