package machine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
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
	core     *pipeline.Core
	set      stats.Set
	programs []program
	start    isa.Cycle // of measurement
	first    []uint64  // statistics then
	seconds  float64
}

// program is one program on its context.
type program struct {
	*workloads.Program
	options workloads.Options
	first   *linux.Process // the one whose output is recorded
	process *linux.Process // the one that runs

	begun, frozen bool
	ended         bool
	a             uint64   // instructions committed before its measurement
	instructions  uint64   // measured
	cycles        uint64   // from the start of measurement to its freeze
	frozenStats   []uint64 // all statistics at its freeze; its own are used
}

// New builds the machine and starts the programs. Its errors are the user's.
func New(job Job) (*Simulation, error) {
	r, err := job.resolve()
	if err != nil {
		return nil, err
	}
	s := &Simulation{job: job, resolved: r}
	s.system = linux.NewSystem(linux.SystemOptions{
		Contexts: r.contexts, Frequency: uint64(job.Config.Frequency) * 1e6, Quantum: linux.DefaultQuantum, Seed: job.Seed,
	})
	streams := make([]isa.Stream, r.contexts)
	mmu, caches, branch, err := build(job.Config, r.contexts, job.Seed)
	if err != nil {
		return nil, err
	}
	copies := map[string]uint64{}
	for i, p := range job.Programs {
		mmu.SetInstance(isa.ASID(i), instanceKey(p.Digest, copies[p.Digest]))
		copies[p.Digest]++
		q := program{Program: p, options: workloads.Options{
			Seed: job.Seed, ASID: isa.ASID(i), Home: isa.Context(i),
		}}
		if q.process, err = p.Start(s.system, q.options); err != nil {
			return nil, err
		}
		q.first = q.process
		streams[i] = s.system.Stream(isa.Context(i))
		s.programs = append(s.programs, q)
	}
	core, _ := job.Config.parts()
	s.core, err = pipeline.New(core, pipeline.Parts{
		Caches: caches, MMU: mmu, Branch: branch, Policy: r.policy, Traits: r.traits, Streams: streams,
		L1DLine: job.Config.Cache.L1D.Line, NoIdleSkip: job.NoIdleSkip, OnRetire: job.OnRetire, CurveEvery: job.CurveEvery,
	})
	if err != nil {
		return nil, err
	}
	s.core.AddStats(&s.set)
	caches.AddStats(&s.set)
	mmu.AddStats(&s.set)
	return s, nil
}

// build makes the parts around the core.
func build(c *Config, contexts int, seed uint64) (*tlb.MMU, *cache.Hierarchy, *bpred.Unit, error) {
	_, spec := c.parts()
	caches, err := cache.New(spec, contexts, seed)
	if err != nil {
		return nil, nil, nil, err
	}
	mmu, err := tlb.New(c.TLB, contexts, seed)
	if err != nil {
		return nil, nil, nil, err
	}
	branch, err := bpred.New(c.Branch, contexts)
	return mmu, caches, branch, err
}

// instanceKey names an instance of a program: the n-th copy of it in a mix has
// the same page frames in every run, alone or not.
func instanceKey(digest string, n uint64) uint64 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(digest), n))
	return binary.LittleEndian.Uint64(sum[:])
}

// slice is how many cycles pass between looks at the context.
const slice = 1 << 18

// Run simulates warm-up and measurement. An error is ctx's or the simulator's;
// a program that dies is part of the result.
func (s *Simulation) Run(ctx context.Context) (*Result, error) {
	began := time.Now()
	defer func() { s.seconds += time.Since(began).Seconds() }()
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
			p.ended = s.core.Finished(isa.Context(i))
		}
	}
	return nil
}

// committed is the number of instructions that program i has committed, over
// all its repetitions.
func (s *Simulation) committed(i int) uint64 { return s.core.Committed(isa.Context(i)) }

// warmUp runs until the slowest program has committed its part, or has ended.
func (s *Simulation) warmUp(ctx context.Context) error {
	s.goals(func(*program) uint64 { return s.job.Limits.Warmup })
	for {
		cold := false
		for i := range s.programs {
			cold = cold || !s.programs[i].ended && s.committed(i) < s.job.Limits.Warmup
		}
		if !cold {
			return nil
		}
		if err := s.step(ctx, slice); err != nil {
			return err
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
}

// goals makes the core stop when a program reaches what it is given.
func (s *Simulation) goals(of func(*program) uint64) {
	for i := range s.programs {
		goal := of(&s.programs[i])
		if s.committed(i) >= goal {
			goal = never
		}
		s.core.SetGoal(isa.Context(i), goal)
	}
}

const never = ^uint64(0)

// beginMeasurement takes the first snapshot.
func (s *Simulation) beginMeasurement() {
	s.core.Settle(^isa.ContextSet(0))
	s.first = s.set.Snapshot(nil)
	s.start = s.core.Now()
	for i := range s.programs {
		p := &s.programs[i]
		p.begun, p.a = true, s.committed(i)
		if p.ended {
			s.freeze(i)
		}
	}
}

// goal is the instruction at which program p has been measured.
func (s *Simulation) goal(p *program) uint64 {
	if s.job.Limits.Insts == 0 || p.a > never-s.job.Limits.Insts {
		return never
	}
	return p.a + s.job.Limits.Insts
}

// measure runs until the rule ends the run.
func (s *Simulation) measure(ctx context.Context) error {
	for !s.over() {
		s.goals(s.goal)
		if err := s.step(ctx, s.budget()); err != nil {
			return err
		}
		for i := range s.programs {
			p := &s.programs[i]
			if !p.frozen && (s.committed(i) >= s.goal(p) || p.ended && !s.goesOn()) {
				s.freeze(i)
			}
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	return nil
}

// goesOn reports whether a program's measurement goes on when it ends and
// starts again.
func (s *Simulation) goesOn() bool {
	return s.job.Limits.Until == UntilRepeat && s.job.Limits.Insts > 0
}

// budget is how many cycles may pass before the run could be over by a rule
// that no goal watches.
func (s *Simulation) budget() uint64 {
	if s.job.Limits.Until != UntilTotal {
		return slice
	}
	return max(1, (s.totalGoal()-s.measured())/uint64(s.job.Config.Core.Commit.Width))
}

func (s *Simulation) totalGoal() uint64 {
	high, goal := bits.Mul64(s.job.Limits.Insts, uint64(len(s.programs)))
	if high > 0 {
		return never
	}
	return goal
}

// measured is the number of instructions committed since measurement began.
func (s *Simulation) measured() uint64 {
	n := uint64(0)
	for i := range s.programs {
		n += s.committed(i) - s.programs[i].a
	}
	return n
}

// over reports whether the rule has ended the run.
func (s *Simulation) over() bool {
	frozen, ended := 0, 0
	for i := range s.programs {
		if s.programs[i].frozen {
			frozen++
		}
		if s.programs[i].ended {
			ended++
		}
	}
	switch s.job.Limits.Until {
	case UntilFirst:
		return frozen > 0
	case UntilTotal:
		return ended == len(s.programs) || s.measured() >= s.totalGoal()
	}
	return frozen == len(s.programs)
}

// freeze ends the measurement of program i, which may run on.
func (s *Simulation) freeze(i int) {
	p := &s.programs[i]
	s.core.Settle(isa.ContextSet(0).With(isa.Context(i)))
	p.frozen = true
	p.instructions = s.committed(i) - p.a
	p.cycles = uint64(s.core.Now() - s.start)
	p.frozenStats = s.set.Snapshot(nil)
}

// restart starts ended programs again where the rule says so. One that was
// killed would be killed again and stays as it is.
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
		s.core.Replace(isa.Context(i), s.system.Stream(isa.Context(i)))
	}
	return nil
}

// Extend lets a solo run go on until its program has committed n instructions
// in all, so that its curve covers them, or has ended. The result of Run does
// not change.
func (s *Simulation) Extend(ctx context.Context, n uint64) error {
	began := time.Now()
	defer func() { s.seconds += time.Since(began).Seconds() }()
	for s.committed(0) < n && !s.programs[0].ended {
		s.core.SetGoal(0, n)
		if err := s.step(ctx, slice); err != nil {
			return err
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	return nil
}
