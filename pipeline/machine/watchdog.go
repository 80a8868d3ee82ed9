package machine

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// watchdog ends a run that waits for programs none of which gets any further,
// because the scheduler goes on running others: those would run for ever under
// UntilRepeat.
//
// It counts cycles, so that a run ends in the same way every time, and none in
// which all the awaited programs wait in the guest's operating system: what
// sleeps may sleep for as long as it likes.
type watchdog struct {
	committed []uint64  // by program, at the last look
	progress  isa.Cycle // the last look that found some, or nobody who could make it
}

// starvation is for how many cycles a scheduler may pass programs over, besides
// the turns that it lets the other threads have.
const starvation = 20_000_000

// patience is how long programs may make no progress.
func (s *Simulation) patience() isa.Cycle {
	return starvation + isa.Cycle(s.resolved.contexts)*s.resolved.traits.Turn
}

// watch looks at the programs that the run waits for.
func (s *Simulation) watch(awaited func(i int) bool) error {
	w := &s.watchdog
	moved, starved := false, -1
	for i := range s.programs {
		n := s.committed(i)
		switch {
		case !awaited(i):
		case n != w.committed[i]:
			moved = true
		case starved < 0 && s.runs(i):
			starved = i
		}
		w.committed[i] = n
	}
	if moved || starved < 0 {
		w.progress = s.core.Now()
	}
	if s.core.Now()-w.progress <= s.patience() {
		return nil
	}
	return fmt.Errorf("%s: thread %d, with %s, has committed nothing for %d cycles, and the run waits for it: the scheduler runs only others",
		s.resolved.args, s.contextOf(starved), s.programs[starved].Spec, s.patience())
}
