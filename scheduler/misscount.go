package scheduler

// misscount is MISSCOUNT (Tullsen et al., ISCA 1996): priority to the threads
// with the fewest outstanding misses of the L1D, since what depends on a miss
// fills the queues. It counts loads, from the end of the L1D's lookup on, and
// not the lines that they wait for: hardware keeps the former with its loads.
type misscount struct {
	smt
}

var _ Policy = (*misscount)(nil)

func newMissCount(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &misscount{s}, Traits{}, nil
}

func (m *misscount) Plan(p *Plan, v *View) { m.order(p, v, 0, l1Misses) }

func l1Misses(t *Thread) int { return t.Misses[L1].Count }
