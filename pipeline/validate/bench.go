package validate

import (
	"context"
	"fmt"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Bench is where one kernel is measured. What goes wrong ends the measurement
// at once: measures are formulas, and need not ask after every run.
type Bench struct {
	ctx    context.Context
	kernel *Kernel
	config *machine.Config
}

// abandoned is the panic that ends a measurement; Outcome.measure recovers it.
type abandoned struct{ err error }

// must ends the measurement if there is an error.
func must(err error) {
	if err != nil {
		panic(abandoned{err})
	}
}

// run simulates programs, one on each of the first contexts. Without a
// scheduler it is the kernel's.
func (b *Bench) run(scheduler string, limits machine.Limits, sources ...string) *machine.Result {
	if scheduler == "" {
		scheduler = b.kernel.Scheduler
	}
	if scheduler == "" {
		scheduler = "single"
	}
	job := machine.Job{Config: b.config, Scheduler: scheduler, Limits: limits, Seed: 1}
	for _, source := range sources {
		p, err := workloads.Assemble(b.kernel.Name+".s", []byte(source))
		must(err)
		job.Programs = append(job.Programs, p)
	}
	s, err := machine.New(job)
	must(err)
	r, err := s.Run(b.ctx)
	must(err)
	for i := range r.Programs {
		if p := &r.Programs[i]; p.Fault != "" {
			must(fmt.Errorf("it died: %s", p.Fault))
		}
	}
	return r
}

// stat is a statistic of a run by name.
func (b *Bench) stat(r *machine.Result, name string) float64 {
	for _, s := range r.Stats {
		if s.Name == name {
			return float64(s.Value)
		}
	}
	panic(abandoned{fmt.Errorf("there is no statistic %s", name)})
}

// quantity is a number that a run yields.
type quantity func(*Bench, *machine.Result) float64

// elapsed is the cycles of a run.
func elapsed(_ *Bench, r *machine.Result) float64 { return float64(r.Cycles) }

// counted is a statistic.
func counted(name string) quantity {
	return func(b *Bench, r *machine.Result) float64 { return b.stat(r, name) }
}

// perTurn is how much of a quantity one turn of the loop adds: the difference
// between two runs of different length,
// one of l.warm and one of l.turns more.
func (b *Bench) perTurn(q quantity, l loop) float64 {
	l = l.withDefaults()
	of := func(turns int) float64 {
		return q(b, b.run("", machine.Limits{Until: machine.UntilAll}, l.source(turns)))
	}
	return (of(l.warm+l.turns) - of(l.warm)) / float64(l.turns)
}

// cycles measures the cycles of a turn of a loop, divided by a number of
// operations in it.
func cycles(operations int, l loop) Measure {
	return func(b *Bench) float64 { return b.perTurn(elapsed, l) / float64(operations) }
}

// together measures the cycles of a turn on each context of the machine, while
// all of them run the loop: those of a window of the run, in which they commit
// as many turns as their instructions, so many a turn, make.
func together(instructions, operations int, l loop) Measure {
	return func(b *Bench) float64 {
		r := b.window(instructions, l)
		turns := float64(r.Instructions) / float64(instructions*b.config.Threads)
		return float64(r.Cycles) / turns / float64(operations)
	}
}

// endless is more turns than any window has.
const endless = 1 << 30

// window runs an endless loop on every context, and measures while the first
// that is done makes l.turns turns after l.warm.
func (b *Bench) window(instructions int, l loop) *machine.Result {
	if l.warm == 0 {
		l.warm, l.turns = 100, 1000
	}
	sources := make([]string, b.config.Threads)
	for i := range sources {
		sources[i] = l.source(endless)
	}
	return b.run("", machine.Limits{
		Warmup: uint64(l.warm * instructions), Insts: uint64(l.turns * instructions), Until: machine.UntilFirst,
	}, sources...)
}

// events measures how often something is counted in a turn of a loop, divided
// by a number of operations in it.
func events(statistic string, operations int, l loop) Measure {
	return func(b *Bench) float64 { return b.perTurn(counted(statistic), l) / float64(operations) }
}

// knee measures the largest n up to most at which something still fits. What
// fits with n must fit with less.
func knee(most int, fits func(b *Bench, n int) bool) Measure {
	return func(b *Bench) float64 {
		low, high := 0, most+1 // fits at low, not at high
		for high-low > 1 {
			if mid := (low + high) / 2; fits(b, mid) {
				low = mid
			} else {
				high = mid
			}
		}
		return float64(low)
	}
}

// withoutAny is the knee at which the loop begins to count something.
func withoutAny(statistic string, most int, of func(b *Bench, n int) loop) Measure {
	return knee(most, func(b *Bench, n int) bool {
		const once = 0.5 // in all turns together
		l := of(b, n).withDefaults()
		return b.perTurn(counted(statistic), l)*float64(l.turns) < once
	})
}

// value makes an expectation of what is the same on every machine.
func value(x float64) func(*machine.Config) float64 {
	return func(*machine.Config) float64 { return x }
}
