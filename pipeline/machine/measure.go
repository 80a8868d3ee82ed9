package machine

import (
	"context"
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
)

// Measurement is of programs, since each of them is what somebody waits for.
// Its statistics are those of the contexts that it has had for itself: a
// context whose instructions were all of one program freezes with it.

// beginMeasurement takes the first snapshot.
func (s *Simulation) beginMeasurement() {
	s.first = s.snapshot(^isa.ContextSet(0))
	s.firstOn = make([][]uint64, len(s.programs))
	s.start = s.core.Now()
	s.sampleFrom()
	for i := range s.programs {
		p := &s.programs[i]
		p.begun, p.a = true, s.committed(i)
		s.firstOn[i] = s.committedOn(i)
	}
	for i := range s.programs {
		if s.programs[i].over() {
			s.freeze(i)
		}
	}
}

// snapshot is all statistics; the sums hold of those of the given contexts.
func (s *Simulation) snapshot(contexts isa.ContextSet) []uint64 {
	s.core.Settle(contexts)
	s.system.Settle(s.core.Now())
	s.caches.Settle(s.core.Now())
	return s.set.Snapshot(nil)
}

// committedOn are the instructions that program i has committed, by context.
func (s *Simulation) committedOn(i int) []uint64 {
	on := make([]uint64, s.resolved.contexts)
	for ctx := range on {
		on[ctx] = s.core.CommittedOn(isa.Context(ctx), isa.ASID(i))
	}
	return on
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
		if err := s.step(ctx, min(s.budget(), uint64(s.samples.due-s.core.Now()))); err != nil {
			return err
		}
		if err := s.sample(false); err != nil {
			return err
		}
		for i := range s.programs {
			if !s.programs[i].frozen && s.complete(i) {
				s.freeze(i)
			}
		}
		if err := s.watch(s.awaited); err != nil {
			return err
		}
		if err := s.restart(); err != nil {
			return err
		}
	}
	return s.sample(true)
}

// awaited reports whether the run can end by what program i commits.
func (s *Simulation) awaited(i int) bool {
	return !s.programs[i].frozen || s.job.Limits.Until == UntilTotal
}

// complete reports whether program i has been measured as far as it is to be.
func (s *Simulation) complete(i int) bool {
	p := &s.programs[i]
	return s.committed(i) >= s.goal(p) || p.first.ROIEnded() || p.ended && !s.goesOn()
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
	frozen, over := 0, 0
	for i := range s.programs {
		if s.programs[i].frozen {
			frozen++
		}
		if s.programs[i].over() {
			over++
		}
	}
	switch s.job.Limits.Until {
	case UntilFirst:
		return frozen > 0
	case UntilTotal:
		return over == len(s.programs) || s.measured() >= s.totalGoal()
	}
	return frozen == len(s.programs)
}

// freeze ends the measurement of program i, which may run on.
func (s *Simulation) freeze(i int) {
	p := &s.programs[i]
	p.frozen, p.whole = true, p.a == 0 && p.over()
	p.instructions = s.committed(i) - p.a
	p.cycles = uint64(s.core.Now() - s.start)
	var own isa.ContextSet
	for ctx := range s.resolved.contexts {
		if s.ran(ctx) == i {
			own = own.With(isa.Context(ctx))
		}
	}
	p.frozenStats = s.snapshot(own)
	p.frozenOn = s.committedOn(i)
}

// ran is the program that alone has committed instructions on a context since
// measurement began; -1: several have. A context on which none has belongs to
// the program that has instructions in flight there or, failing that, began
// there.
func (s *Simulation) ran(ctx int) int {
	who, inFlight := -1, -1
	for i := range s.programs {
		if s.core.Runs(isa.Context(ctx), isa.ASID(i)) {
			inFlight = i
		}
		if s.core.CommittedOn(isa.Context(ctx), isa.ASID(i)) == s.firstOn[i][ctx] {
			continue
		}
		if who >= 0 {
			return -1
		}
		who = i
	}
	switch {
	case who >= 0:
		return who
	case inFlight >= 0:
		return inFlight
	case ctx < len(s.programs):
		return ctx
	}
	return -1
}
