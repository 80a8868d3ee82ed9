package scheduler

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// smt is what the simultaneous policies share: every thread may rename and
// issue in every cycle, and n threads of up to m instructions each fetch.
type smt struct {
	threads, width int
}

func newSMT(e Env, a catalog.Args) (smt, error) {
	return smt{threads: a.Int("threads"), width: min(a.Int("width"), e.FetchWidth)}, e.validate()
}

// list fills in the threads that run, first the one whose turn the cycle is.
// The turn passes over contexts that do not run, so that the successor of an
// empty context is not favoured.
func (s *smt) list(p *Plan, v *View) {
	p.FetchThreads, p.FetchWidth = s.threads, s.width
	var running [isa.MaxContexts]isa.Context
	n, able := 0, 0
	for t := range v.Threads {
		if v.Threads[t].State == Running {
			running[n] = isa.Context(t)
			n++
			if v.Threads[t].Stall == NotStalled {
				able++
			}
		}
	}
	if n == 0 {
		return
	}
	first := int(v.Now % isa.Cycle(n))
	p.Fetch = append(p.Fetch, running[first:n]...)
	p.Fetch = append(p.Fetch, running[:first]...)
	// The order turns with the cycle, but among threads of which at most one
	// can fetch it decides nothing.
	if able > 1 {
		p.Until = v.Now + 1
	}
}

// roundRobin is RR: the threads fetch in rotation.
type roundRobin struct {
	smt
}

var _ Policy = (*roundRobin)(nil)

func newRoundRobin(e Env, a catalog.Args) (Policy, Traits, error) {
	s, err := newSMT(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	return &roundRobin{s}, Traits{}, nil
}

func (r *roundRobin) Plan(p *Plan, v *View) { r.list(p, v) }
