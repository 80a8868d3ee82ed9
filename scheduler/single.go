package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// single is the core without multithreading: one context, which always has
// every slot.
type single struct {
	width int
}

var _ Policy = (*single)(nil)

func newSingle(e Env, _ Args) (Policy, Traits, error) {
	if err := e.Validate(); err != nil {
		return nil, Traits{}, err
	}
	return &single{width: e.FetchWidth}, Traits{StateOnly: true, Contexts: 1}, nil
}

func (s *single) Plan(p *Plan, v *View) {
	p.Owner = 0
	if v.Threads[0].State == Running {
		p.grant(isa.Context(0), s.width)
	}
}

// grant lets one thread fetch with the given width.
func (p *Plan) grant(t isa.Context, width int) {
	p.Fetch = append(p.Fetch, t)
	p.FetchThreads, p.FetchWidth = 1, width
}
