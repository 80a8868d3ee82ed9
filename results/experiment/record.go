package experiment

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
)

// NewRecord is the record of a finished simulation of job.
func NewRecord(job *machine.Job, res *machine.Result) *results.Record {
	r := &results.Record{
		Schema:           results.Schema,
		Machine:          res.Machine,
		Changes:          res.Changes,
		Scheduler:        res.Scheduler,
		SchedulerChanges: res.SchedulerChanges,
		End:              res.End,
		Cycles:           res.Cycles,
		Instructions:     res.Instructions,
		IPC:              results.Ratio(res.Instructions, res.Cycles),
		Stats:            newStats(res.Stats),
		Warnings:         res.Warnings,
		Setup:            newSetup(job, res.Config, res.Contexts, res.Width),
		Host:             results.Host{Seconds: res.Seconds},
	}
	if res.Seconds > 0 {
		r.Host.KIPS = float64(res.Instructions) / res.Seconds / 1000
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

func newStats(list []machine.Stat) results.Stats {
	counters := make(map[string]uint64, len(list))
	for _, s := range list {
		counters[s.Name] = s.Value
	}
	return results.NewStats(counters)
}

// newSetup is what a job asks for, on a configuration with the given digest.
func newSetup(job *machine.Job, config string, contexts, width int) results.Setup {
	s := results.Setup{
		Model:       machine.Model,
		Config:      config,
		Contexts:    contexts,
		Width:       width,
		FastForward: job.Limits.FastForward,
		ROI:         job.Limits.ROI,
		Warmup:      job.Limits.Warmup,
		Insts:       job.Limits.Insts,
		Until:       job.Limits.Until,
		Seed:        job.Seed,
		Memory:      job.Guest.Memory,
		Interval:    job.Intervals.Every,
	}
	if job.Guest.Root != nil {
		s.Root = cmp.Or(job.Guest.RootName, job.Guest.Root.Name())
	}
	return s
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

// newCurve is that of a solo run, as far as it has come.
func newCurve(sim *machine.Simulation) *results.Curve {
	from := sim.Curve()
	c := &results.Curve{Points: make([]results.CurvePoint, len(from.Points)), Ended: from.Ended}
	for i, p := range from.Points {
		c.Points[i] = results.CurvePoint(p)
	}
	return c
}

// backToBack is the run of programs one after another, each alone from cold on
// one context, of their solo runs: machine.Merge on records.
func backToBack(id results.Identity, parts []*results.Record) *results.Record {
	r := *parts[0]
	r.Setup = id.Setup
	r.Programs, r.Warnings, r.Metrics = nil, nil, nil
	counters := make(map[string]uint64)
	thread := results.Thread{}
	r.Cycles, r.Instructions, r.Host = 0, 0, results.Host{}
	for k, p := range parts {
		r.Cycles += p.Cycles
		r.Instructions += p.Instructions
		r.Host.Seconds += p.Host.Seconds
		r.Programs = append(r.Programs, p.Programs[0])
		was, name := p.Programs[0].Workload, id.Programs[k].Workload
		r.Programs[k].Workload = name // the solo run may go by another
		for _, w := range p.Warnings {
			if rest, ok := strings.CutPrefix(w, was); ok {
				w = name + rest
			}
			r.Warnings = append(r.Warnings, w)
		}
		for name, value := range p.Stats.All() {
			if rest, ok := strings.CutPrefix(name, "thread0."); ok {
				name = fmt.Sprintf("thread%d.%s", k, rest)
			}
			counters[name] += value
		}
		thread.Instructions += p.Threads[0].Instructions
		thread.Cycles += p.Threads[0].Cycles
	}
	if r.Host.Seconds > 0 {
		r.Host.KIPS = float64(r.Instructions) / r.Host.Seconds / 1000
	}
	r.IPC = results.Ratio(r.Instructions, r.Cycles)
	r.Stats = results.NewStats(counters)
	r.Utilization = results.Utilization(r.Stats)
	if len(parts) == 1 {
		r.Threads = parts[0].Threads
		return &r
	}
	thread.IPC = results.Ratio(thread.Instructions, thread.Cycles)
	r.Threads = []results.Thread{thread}
	r.Analyse()
	return &r
}
