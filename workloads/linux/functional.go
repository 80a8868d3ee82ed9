package linux

import (
	"context"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// observer is shown what a functional run executes.
type observer func(isa.Context, []isa.Dyn)

// FastForward says how far a functional run goes before a timed one begins.
type FastForward struct {
	// ROI: each process first runs until it has executed the mark that begins
	// its region of interest. Its Options.Marks must be set.
	ROI bool
	// Insts is what each process executes then, all its threads together.
	Insts uint64
	// Observe is shown every instruction; nil: nobody.
	Observe func(isa.Context, []isa.Dyn)
}

// FastForward executes functionally up to a point in each process. It fails
// when a process ends, or leaves its region of interest, before that, or when
// ctx is done.
func (s *System) FastForward(ctx context.Context, f FastForward) error {
	for _, p := range s.processes {
		p.target = &target{roi: f.ROI && !p.roiBegun, left: f.Insts}
		p.pauseAtTarget()
	}
	err := s.functional(ctx, s.arrived, func(p *processor, n uint64) { p.run(n, f.Observe) })
	for _, p := range s.processes {
		p.target, p.paused = nil, false
	}
	return err
}

// target is how far a process goes in a FastForward.
type target struct {
	roi  bool // it waits for the mark
	left uint64
}

// pauseAtTarget keeps a process from going on when it is at its target.
func (p *Process) pauseAtTarget() {
	p.paused = p.target != nil && !p.target.roi && p.target.left == 0
}

// arrived reports whether every process is at its target.
func (s *System) arrived() (bool, error) {
	all := true
	for _, p := range s.processes {
		switch {
		case p.roiEnded, p.end != nil && !p.paused:
			return true, p.tooShort()
		case !p.paused:
			all = false
		}
	}
	return all, nil
}

// tooShort is the error of a process that ended, or left its region of
// interest, before its target.
func (p *Process) tooShort() error {
	if p.roiEnded {
		return fmt.Errorf("%s left its region of interest after %d instructions, %d before the end of its fast-forward: nothing of it is left to measure", p.options.Args[0], p.Instructions(), p.target.left)
	}
	how := fmt.Sprintf("ended with exit code %d", p.end.Code)
	if p.end.Signal != 0 {
		how = "was killed (" + p.end.Detail + ")"
	}
	if p.target.roi {
		return fmt.Errorf("%s %s after %d instructions, before a region of interest began", p.options.Args[0], how, p.Instructions())
	}
	return fmt.Errorf("%s %s after %d instructions, %d before the end of its fast-forward", p.options.Args[0], how, p.Instructions(), p.target.left)
}

// run executes up to n instructions of the processor's threads functionally
// and returns how many.
func (p *processor) run(n uint64, observe observer) (done uint64) {
	s := p.system
	p.vacated = false
	for done < n {
		s.expire()
		for p.thread == nil || p.disturbed() {
			if p.thread != nil {
				p.settle()
			} else if !p.dispatch() {
				return done
			}
		}
		t := p.thread
		if t.process.paused {
			return done
		}
		// It must not run past the next event of its own processor.
		m := min(n-done, p.horizon())
		if g := t.process.target; g != nil && !g.roi {
			m = min(m, g.left)
		}
		s.clock.begin(t.hart.Instret)
		k, trap := p.execute(m, observe)
		s.clock.end(t.hart.Instret)
		done += k
		if g := t.process.target; g != nil && !g.roi {
			g.left -= k
			t.process.pauseAtTarget()
		}
		if trap.Kind != rv64.TrapNone {
			t.trap(trap)
		}
	}
	return done
}

// horizon is how many instructions may pass, one a cycle, before a timer fires
// or the quantum is over; at least 1.
func (p *processor) horizon() uint64 {
	s := p.system
	now := s.clock.now()
	until := s.timers.next()
	switch {
	case len(s.ready) == 0:
	case p.sliceEnd > now:
		until = min(until, p.sliceEnd)
	default: // nobody in the queue can run here yet
		until = min(until, s.nextEvent())
	}
	return max(until, now+1) - now
}

// execute is the hart's Run, shown to an observer.
func (p *processor) execute(n uint64, observe observer) (done uint64, trap rv64.Trap) {
	h := p.thread.hart
	if observe == nil {
		return h.Run(n)
	}
	var buf [64]isa.Dyn
	for done < n && trap.Kind == rv64.TrapNone {
		k, stopped := h.Record(buf[:min(n-done, uint64(len(buf)))])
		if k > 0 {
			observe(p.id, buf[:k])
			done += uint64(k)
		}
		switch {
		case stopped.Kind == rv64.TrapSerialise:
			h.Allow()
		case k == 0 || stopped.Kind == rv64.TrapEcall || stopped.Kind == rv64.TrapMark:
			trap = stopped
		}
	}
	return done, trap
}
