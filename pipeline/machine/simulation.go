package machine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/tlb"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// Simulation is one machine with its programs. Only one goroutine may use it
// at a time.
type Simulation struct {
	job      Job
	resolved *resolved
	system   *linux.System
	caches   *cache.Hierarchy
	core     *pipeline.Core
	curve    *pipeline.Curve // nil: not recorded
	warmer   *warmer
	set      stats.Set
	programs []program
	start    isa.Cycle // of measurement
	samples  sampler
	watchdog watchdog
	first    []uint64   // statistics then
	firstOn  [][]uint64 // instructions that each program had committed on each context then
	seconds  float64
}

// program is one program. Its address space has its number.
type program struct {
	*workloads.Program
	options workloads.Options
	first   *linux.Process // the one whose output is recorded
	process *linux.Process // the one that runs

	begun, frozen bool
	ended         bool
	whole         bool     // measured from its first instruction to its last
	a             uint64   // instructions committed before its measurement
	instructions  uint64   // measured
	cycles        uint64   // from the start of measurement to its freeze
	frozenStats   []uint64 // all statistics at its freeze; those of its contexts are used
	frozenOn      []uint64 // instructions that it had committed on each context then
}

// New builds the machine and starts the programs. Its errors are the user's.
func New(job Job) (*Simulation, error) {
	r, err := job.resolve()
	if err != nil {
		return nil, err
	}
	s := &Simulation{job: job, resolved: r, system: newSystem(job.Config, r.contexts, job.Seed)}
	mmu, caches, branch, err := build(job.Config, r.contexts, job.Seed)
	if err != nil {
		return nil, err
	}
	copies := map[string]uint64{}
	for i, p := range job.Programs {
		mmu.SetInstance(isa.ASID(i), instanceKey(p.Digest, copies[p.Digest]))
		copies[p.Digest]++
		q := program{Program: p, options: workloads.Options{
			Seed: job.Seed, Memory: job.Guest.Memory, Root: job.Guest.Root, Trace: job.tracer(i), Marks: job.Limits.ROI,
			ASID: isa.ASID(i), Home: isa.Context(i),
		}}
		if q.process, err = p.Start(s.system, q.options); err != nil {
			return nil, err
		}
		q.first = q.process
		s.programs = append(s.programs, q)
	}
	s.core, err = newCore(job.Config, s.system, pipeline.Parts{
		Caches: caches, MMU: mmu, Branch: branch, Policy: r.policy, Traits: r.traits,
		Streams: make([]isa.Stream, r.contexts), Programs: len(job.Programs),
		StopAtSerialising: job.Limits.ROI, NoIdleSkip: job.NoIdleSkip, OnRetire: job.OnRetire,
	})
	if err != nil {
		return nil, err
	}
	if job.Curve {
		s.curve = pipeline.NewCurve(job.Limits.curve())
		s.core.Record(0, s.curve)
	}
	s.watchdog.committed = make([]uint64, len(s.programs))
	s.caches = caches
	s.warmer = newWarmer(job.Config, r.contexts, caches, mmu, branch)
	addStats(&s.set, s.core, caches, mmu, s.system)
	return s, nil
}

// newSystem makes the guest's operating system.
func newSystem(c *Config, contexts int, seed uint64) *linux.System {
	return linux.NewSystem(linux.SystemOptions{
		Contexts: contexts, Frequency: uint64(c.Frequency) * 1e6, Seed: seed,
		Quantum: uint64(c.OS.Quantum), SwitchCost: uint64(c.OS.Switch), WakeLatency: uint64(c.OS.Wake),
	})
}

// newCore makes the core. Each context runs what the system has for it.
func newCore(c *Config, system *linux.System, parts pipeline.Parts) (*pipeline.Core, error) {
	for i := range parts.Streams {
		parts.Streams[i] = system.Stream(isa.Context(i))
	}
	parts.L1DLine = c.Cache.L1D.Line
	spec, _ := c.parts()
	return pipeline.New(spec, parts)
}

// addStats binds all statistics of a machine.
func addStats(set *stats.Set, core *pipeline.Core, caches *cache.Hierarchy, mmu *tlb.MMU, system *linux.System) {
	core.AddStats(set)
	caches.AddStats(set)
	mmu.AddStats(set)
	system.AddStats(set)
}

// build makes the parts around the core.
func build(c *Config, contexts int, seed uint64) (*tlb.MMU, *cache.Hierarchy, *bpred.Unit, error) {
	core, spec := c.parts()
	caches, err := cache.New(spec, contexts, seed)
	if err != nil {
		return nil, nil, nil, err
	}
	mmu, err := tlb.New(c.TLB, contexts, seed)
	if err != nil {
		return nil, nil, nil, err
	}
	branch, err := bpred.New(c.Branch, contexts, core.Window())
	return mmu, caches, branch, err
}

// instanceKey names an instance of a program: the n-th copy of it in a mix has
// the same page frames in every run, alone or not.
func instanceKey(digest string, n uint64) uint64 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(digest), n))
	return binary.LittleEndian.Uint64(sum[:])
}

// Run simulates fast-forward, warm-up and measurement. An error is ctx's, the
// simulator's, that of a program or region too short for its fast-forward, or that of one
// which the scheduler never runs; a program that dies is part of the result.
func (s *Simulation) Run(ctx context.Context) (*Result, error) {
	began := time.Now()
	defer func() { s.seconds += time.Since(began).Seconds() }()
	if err := s.fastForward(ctx); err != nil {
		return nil, err
	}
	if err := s.warmUp(ctx); err != nil {
		return nil, err
	}
	s.beginMeasurement()
	if err := s.measure(ctx); err != nil {
		return nil, err
	}
	seconds := s.seconds + time.Since(began).Seconds()
	return s.result(seconds), nil
}

// fastForward executes functionally as far as the limits say.
func (s *Simulation) fastForward(ctx context.Context) error {
	l := &s.job.Limits
	if !l.ROI && l.FastForward == 0 {
		return nil
	}
	return s.system.FastForward(ctx, linux.FastForward{Insts: l.FastForward, ROI: l.ROI, Observe: s.warmer.observe})
}

// slice is how many cycles pass between looks at the context.
const slice = 1 << 18

// step simulates up to budget cycles, until something happens, and takes note
// of programs that have ended.
func (s *Simulation) step(ctx context.Context, budget uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.core.Run(min(budget, slice)); err != nil {
		return fmt.Errorf("%s: %w", s.resolved.args, err)
	}
	for i := range s.programs {
		if p := &s.programs[i]; !p.ended {
			_, exited := p.process.Exit()
			p.ended = exited && !s.runs(i)
		}
	}
	return nil
}

// runs reports whether program i may have instructions in flight.
func (s *Simulation) runs(i int) bool { return s.contextOf(i) >= 0 }

// contextOf is the first context on which program i may have instructions in
// flight; -1: none.
func (s *Simulation) contextOf(i int) int {
	for ctx := range s.resolved.contexts {
		if s.core.Runs(isa.Context(ctx), isa.ASID(i)) {
			return ctx
		}
	}
	return -1
}

// committed is the number of instructions that program i has committed since
// its fast-forward, over all its repetitions.
func (s *Simulation) committed(i int) uint64 { return s.core.Committed(isa.ASID(i)) }

// over reports whether there is nothing more of the program to measure: it has
// ended, or left its region of interest.
func (p *program) over() bool { return p.ended || p.first.ROIEnded() }

// warmUp runs until the slowest program has committed its part, or is over.
func (s *Simulation) warmUp(ctx context.Context) error {
	s.goals(func(*program) uint64 { return s.job.Limits.Warmup })
	cold := func(i int) bool { return !s.programs[i].over() && s.committed(i) < s.job.Limits.Warmup }
	for s.any(cold) {
		if err := s.step(ctx, slice); err != nil {
			return err
		}
		if err := s.watch(cold); err != nil {
			return err
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	return nil
}

// any reports whether something is true of any program.
func (s *Simulation) any(of func(i int) bool) bool {
	for i := range s.programs {
		if of(i) {
			return true
		}
	}
	return false
}

// goals makes the core stop when a program reaches what it is given.
func (s *Simulation) goals(of func(*program) uint64) {
	for i := range s.programs {
		goal := of(&s.programs[i])
		if s.committed(i) >= goal {
			goal = never
		}
		s.core.SetGoal(isa.ASID(i), goal)
	}
}

const never = ^uint64(0)

// restart starts ended programs again where the rule says so, from their
// beginning. One that was killed would be killed again and stays as it is.
func (s *Simulation) restart() error {
	if s.job.Limits.Until != UntilRepeat {
		return nil
	}
	for i := range s.programs {
		p := &s.programs[i]
		if !p.ended {
			continue
		}
		if exit, _ := p.process.Exit(); exit.Signal != 0 {
			if p.begun && !p.frozen {
				s.freeze(i)
			}
			continue
		}
		process, err := p.Start(s.system, p.options)
		if err != nil {
			return err
		}
		p.process, p.ended = process, false
		s.core.Wake()
	}
	return nil
}

// Extend lets a solo run go on until its curve covers the first n instructions
// of its program, or that has ended. The result of Run does not change.
func (s *Simulation) Extend(ctx context.Context, n uint64) error {
	began := time.Now()
	defer func() { s.seconds += time.Since(began).Seconds() }()
	step := s.job.Limits.curve().Step
	if n > never-step {
		n = never - step
	}
	for s.committed(0) < n+step && !s.programs[0].ended {
		s.core.SetGoal(0, n+step)
		if err := s.step(ctx, slice); err != nil {
			return err
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	return nil
}
