package scheduler

// brcount is BRCOUNT (Tullsen et al., ISCA 1996): priority to the threads that
// are least likely to be on a wrong path, which are those with the fewest
// control transfers in decode, rename and the queues.
type brcount struct {
	smt
}

var _ Policy = (*brcount)(nil)

func newBRCount(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &brcount{s}, Traits{}, nil
}

func (b *brcount) Plan(p *Plan, v *View) { b.order(p, v, 0, branches) }

func branches(t *Thread) int { return t.Branches }
