package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// iqposn is IQPOSN (Tullsen et al., ISCA 1996): last come the threads with
// instructions closest to the head of a queue, which are the most prone to
// clog it. The paper's queues shift, so that a place tells an age; ours keep no
// places, and the thread whose oldest waiting instruction was dispatched first
// is the one closest to the head. With several queues the paper compares places,
// and we ages over all of them: they differ when the queues move at different
// speeds. A thread with nothing in a queue comes first.
type iqposn struct {
	smt
}

var _ Policy = (*iqposn)(nil)

func newIQPosn(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &iqposn{s}, Traits{Ages: true}, nil
}

func (q *iqposn) Plan(p *Plan, v *View) { q.order(p, v, 0, youth) }

// youth ranks threads by the age of their oldest queue entry, oldest last.
func youth(t *Thread) int {
	if t.OldestQueued == isa.Never {
		return -1 << 60
	}
	return -int(t.OldestQueued)
}
