package experiment

import (
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
)

// NewRecord is the record of a finished simulation of job.
func NewRecord(job *machine.Job, res *machine.Result) *results.Record {
	r := &results.Record{
		Schema:       results.Schema,
		Machine:      res.Machine,
		Scheduler:    res.Scheduler,
		End:          res.End,
		Cycles:       res.Cycles,
		Instructions: res.Instructions,
		IPC:          results.Ratio(res.Instructions, res.Cycles),
		Stats:        make(results.Stats, len(res.Stats)),
		Warnings:     res.Warnings,
		Setup: results.Setup{
			Model:       machine.Model,
			Config:      res.Config,
			Contexts:    res.Contexts,
			Width:       res.Width,
			FastForward: job.Limits.FastForward,
			ROI:         job.Limits.ROI,
			Warmup:      job.Limits.Warmup,
			Insts:       job.Limits.Insts,
			Until:       job.Limits.Until,
			Seed:        job.Seed,
			Memory:      job.Guest.Memory,
			Interval:    job.Intervals.Every,
		},
		Host: results.Host{Seconds: res.Seconds},
	}
	if job.Guest.Root != nil {
		r.Setup.Root = job.Guest.Root.Name()
	}
	if res.Seconds > 0 {
		r.Host.KIPS = float64(res.Instructions) / res.Seconds / 1000
	}
	for _, s := range res.Stats {
		r.Stats[s.Name] = s.Value
	}
	r.Utilization = results.Utilization(r.Stats)
	for i := range res.Programs {
		r.Programs = append(r.Programs, newProgram(&res.Programs[i]))
	}
	for i := range res.Threads {
		t := &res.Threads[i]
		thread := results.Thread{ID: t.ID, Instructions: t.Instructions, Cycles: t.Cycles, IPC: results.Ratio(t.Instructions, t.Cycles)}
		if t.Program >= 0 {
			thread.Program = &t.Program
		}
		r.Threads = append(r.Threads, thread)
	}
	r.Analyse()
	return r
}

func newProgram(p *machine.ProgramResult) results.Program {
	return results.Program{
		Workload:     p.Workload,
		Digest:       p.Digest,
		ExitCode:     p.ExitCode,
		Signal:       p.Signal,
		Stdout:       p.Stdout,
		Stderr:       p.Stderr,
		Threads:      p.Threads,
		Whole:        p.Whole,
		Start:        p.Start,
		Instructions: p.Instructions,
		Cycles:       p.Cycles,
	}
}
