package scheduler

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
)

// barrel interleaves finely: each cycle belongs to one thread.
//
// Without a bound on the instructions in flight the thread whose turn it is
// has the cycle's fetch, rename and issue slots, and no other thread has any.
// With a bound (HEP) the turn is the one to enter the pipeline, and what has
// entered moves on in every cycle as in an interleaved pipeline, where each
// stage holds another thread's instruction.
//
// strict turns over all contexts, whether they run or not. skip turns, as
// Niagara does (Kongetira et al., IEEE Micro 2005), over the threads that are
// available: least recently served first, passing over those that wait for a
// cache miss or a page walk, and those that have nothing to do. When only
// threads with a miss could do something, they take turns.
type barrel struct {
	width, bound int
	strict       bool

	served [isa.MaxContexts]isa.Cycle // cycle after its last turn; 0: none yet
	now    isa.Cycle                  // cycle after the last turn given
	turn   isa.Context
}

var _ Policy = (*barrel)(nil)

func newBarrel(e Env, a Args) (Policy, Traits, error) {
	if err := e.Validate(); err != nil {
		return nil, Traits{}, err
	}
	b := &barrel{
		width:  e.FetchWidth,
		bound:  a.Int("inflight"),
		strict: a.Choice("rotate") == "strict",
	}
	return b, Traits{InFlight: b.bound, StateOnly: b.strict}, nil
}

func (b *barrel) Plan(p *Plan, v *View) {
	if b.strict {
		b.give(p, v, isa.Context(v.Now%isa.Cycle(len(v.Threads))))
		if n := len(v.Threads); n > 1 {
			p.Until, p.Period = v.Now+1, isa.Cycle(n)
		}
		return
	}
	turns := b.candidates(v)
	if turns == 0 {
		// No thread could use a turn at the end of the last cycle. The first
		// that is woken in this one may fetch at once.
		b.waitForAny(p, v)
		return
	}
	if n := bits.OnesCount64(uint64(turns)); n > 1 {
		p.Until, p.Period = v.Now+1, isa.Cycle(n)
	}
	if b.now != v.Now+1 {
		b.now, b.turn = v.Now+1, b.leastRecent(turns, v)
		b.served[b.turn] = b.now
	}
	b.give(p, v, b.turn)
}

// give makes the cycle t's.
func (b *barrel) give(p *Plan, v *View, t isa.Context) {
	p.Owner = int(t)
	if v.Threads[t].State == Running {
		p.grant(t, b.width)
	}
	if b.bound == 0 {
		p.Rename = isa.ContextSet(0).With(t)
		p.Issue = p.Rename
	}
}

// waitForAny lets one thread fetch, whichever can: the least recently served
// of those that run comes first.
func (b *barrel) waitForAny(p *Plan, v *View) {
	p.FetchThreads, p.FetchWidth = 1, b.width
	for rest := v.Runnable(); rest != 0; {
		t := b.leastRecent(rest, v)
		p.Fetch = append(p.Fetch, t)
		rest = rest.Without(t)
	}
}

// candidates are the threads that share the turns.
func (b *barrel) candidates(v *View) isa.ContextSet {
	var free, missing, running isa.ContextSet
	for i := range v.Threads {
		t, c := &v.Threads[i], isa.Context(i)
		if t.State == Running {
			running = running.With(c)
		}
		switch {
		case !b.useful(t):
		case t.Misses[L1].Count > 0 || t.Misses[TLB].Count > 0:
			missing = missing.With(c)
		default:
			free = free.With(c)
		}
	}
	switch {
	case running&(running-1) == 0 && (free|missing)&^running == 0:
		return running // alone: every cycle is its own
	case free != 0:
		return free
	}
	return missing
}

// useful reports whether a thread could do anything with a turn. One that
// cannot fetch may still have something to rename or issue.
func (b *barrel) useful(t *Thread) bool {
	fetches := t.State == Running && t.Stall == NotStalled
	if b.bound > 0 {
		return fetches && t.InFlight < b.bound
	}
	return fetches || t.preIssue() > 0
}

// leastRecent picks the thread whose last turn is longest ago. Those that
// never had one rotate with the cycle.
func (b *barrel) leastRecent(set isa.ContextSet, v *View) isa.Context {
	n := len(v.Threads)
	c := int(v.Now % isa.Cycle(n))
	best, oldest := isa.Context(0), isa.Never
	for range n {
		if t := isa.Context(c); set.Has(t) && b.served[t] < oldest {
			best, oldest = t, b.served[t]
		}
		if c++; c == n {
			c = 0
		}
	}
	return best
}
