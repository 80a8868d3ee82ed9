package scheduler

// roundRobin is RR (Tullsen et al., ISCA 1996): the threads that can fetch do
// so in rotation.
type roundRobin struct {
	smt
}

var _ Policy = (*roundRobin)(nil)

func newRoundRobin(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &roundRobin{s}, Traits{}, nil
}

func (r *roundRobin) Plan(p *Plan, v *View) { r.order(p, v, 0, equal) }

// equal ranks all threads the same.
func equal(*Thread) int { return 0 }
