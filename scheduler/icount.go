package scheduler

// icount is ICOUNT (Tullsen et al., ISCA 1996): priority to the threads with
// the fewest instructions in decode, rename and the queues. It feeds the
// threads that move, keeps any one from filling the queues, and so gives the
// queues the best mix of threads to issue from.
type icount struct {
	smt
}

var _ Policy = (*icount)(nil)

func newICount(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &icount{s}, Traits{}, nil
}

func (c *icount) Plan(p *Plan, v *View) { c.order(p, v, 0, (*Thread).preIssue) }

// preIssue counts the instructions that have been fetched and not issued.
func (t *Thread) preIssue() int { return t.FrontEnd + t.Queued }
