package scheduler

import "github.com/threadmill-sim/threadmill/internal/catalog"

// icount is ICOUNT (Tullsen et al., ISCA 1996): priority to the threads with
// the fewest instructions in decode, rename and the queues. It feeds the
// threads that move, keeps any one from filling the queues, and so gives the
// queues the best mix of threads to issue from.
type icount struct {
	smt
}

var _ Policy = (*icount)(nil)

func newICount(e Env, a catalog.Args) (Policy, Traits, error) {
	s, err := newSMT(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &icount{s}, Traits{}, nil
}

// Plan sorts the rotation stably by count, so that ties rotate with the
// cycle. Insertion is the fastest for a handful of threads.
func (c *icount) Plan(p *Plan, v *View) {
	c.list(p, v)
	for i := 1; i < len(p.Fetch); i++ {
		t := p.Fetch[i]
		n := v.Threads[t].preIssue()
		j := i
		for ; j > 0 && v.Threads[p.Fetch[j-1]].preIssue() > n; j-- {
			p.Fetch[j] = p.Fetch[j-1]
		}
		p.Fetch[j] = t
	}
}

// preIssue counts the instructions that have been fetched and not issued.
func (t *Thread) preIssue() int { return t.FrontEnd + t.Queued }
