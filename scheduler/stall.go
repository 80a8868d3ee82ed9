package scheduler

// stall is STALL and, with flush set, FLUSH (Tullsen and Brown, MICRO 2001): on
// ICOUNT, a thread with a long load does not fetch until the load has its data;
// FLUSH also squashes the thread past the load, which gives back the queue
// entries and registers that would wait with it. Of the paper's variants this is
// the one that flushes from the instruction after the load, and not from the
// first use of its data.
//
// When all threads that run have a long load, the last to get one goes on. It
// is stopped, and flushed, when another can go on again.
type stall struct {
	smt
	trigger trigger
	flush   bool
}

var _ Policy = (*stall)(nil)

func newStall(e Env, a Args) (Policy, Traits, error) { return newLongMiss(e, a, false) }
func newFlush(e Env, a Args) (Policy, Traits, error) { return newLongMiss(e, a, true) }

func newLongMiss(e Env, a Args, flush bool) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &stall{smt: s, trigger: newTrigger(a), flush: flush}, Traits{Ages: true}, nil
}

func (s *stall) Plan(p *Plan, v *View) {
	long := s.trigger.long(p, v)
	until := p.Until
	s.order(p, v, long, (*Thread).preIssue)
	p.Until = min(p.Until, until)
	if !s.flush {
		return
	}
	for rest := p.Gated; rest != 0; rest &= rest - 1 {
		c := first(rest)
		s.trigger.squash(p, c, &v.Threads[c], v.Now, 0)
	}
}
