package machine

import (
	"context"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline"
)

// Watch simulates fast-forward and warm-up, then reports to sink what the core
// observes of a window, whose cycles and instructions are counted from there.
// It ends with the window, or when all programs have, and returns the cycle
// in which observing began. A simulation is watched or run, not both.
func (s *Simulation) Watch(ctx context.Context, w pipeline.Window, sink func(*pipeline.Observation)) (isa.Cycle, error) {
	if err := s.fastForward(ctx); err != nil {
		return 0, err
	}
	if err := s.warmUp(ctx); err != nil {
		return 0, err
	}
	s.goals(func(*program) uint64 { return never })
	begin := s.core.Now()
	s.core.Observe(w, sink)
	for !s.core.Observed() && !s.allOver() {
		if err := s.step(ctx, slice); err != nil {
			return 0, err
		}
		if err := s.restart(); err != nil {
			return 0, err
		}
	}
	s.core.Unobserve()
	return begin, nil
}

// allOver reports whether no program has anything more to measure.
func (s *Simulation) allOver() bool {
	for i := range s.programs {
		if !s.programs[i].over() {
			return false
		}
	}
	return true
}

// Contexts is the number of hardware threads of the machine.
func (s *Simulation) Contexts() int { return s.resolved.contexts }
