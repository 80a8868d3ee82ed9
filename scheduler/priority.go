package scheduler

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
)

// priority ranks contexts once and for all.
//
// Strictly, context 0 comes first in fetch and issue, then context 1 and so on
// (Tullsen, Eggers and Levy, ISCA 1995): as much of the machine as the first
// can use is its own. Rename still goes by age of fetch, as in every
// discipline.
//
// With levels, decode cycles are given out in shares, as by POWER5's software
// priorities (Kalla, Sinharoy and Tendler, IEEE Micro 2004; Sinharoy et al., IBM
// JRD 2005): of two threads with priorities X and Y the lower one decodes in one
// cycle of 2^(|X−Y|+1), the higher one in the others. We generalise to N threads
// with priorities from 2 to 6: one that is d below the highest has every
// N·2^d-th cycle, which is the same for N = 2, and the highest share the rest
// equally. 1 is for the background, 7 for a thread that shall have the machine,
// 0 for one that shall not run.
//
// Where POWER5 is not documented we chose: a cycle whose thread has nothing to
// decode goes to the others, first to those with shares; a thread that could
// not use its cycle because a structure was full may use the first in which it
// is not, or entries that become free in another's turns would be that one's
// for ever; fetch takes the threads in rotation, and what cannot be decoded fills
// the fetch buffer; issue goes by age. POWER5's dynamic balancing, which holds
// back a thread that fills a shared queue, is not modelled.
type priority struct {
	smt
	levels []int                      // by context; nil: strict
	turned [isa.MaxContexts]isa.Cycle // the last cycle that was a thread's and found it with something to decode
}

const (
	levelOff        = 0
	levelBackground = 1
	levelAlone      = 7
)

var _ Policy = (*priority)(nil)

func newPriority(e Env, a Args) (Policy, Traits, error) {
	s, err := newSMT(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	given := a.Ints("levels")
	if given == nil {
		s.sel.ByContext = true
		return &priority{smt: s}, Traits{}, nil
	}
	levels := make([]int, e.Contexts)
	for i := range levels {
		levels[i] = given[min(i, len(given)-1)]
	}
	return &priority{smt: s, levels: levels}, Traits{}, nil
}

func (r *priority) Plan(p *Plan, v *View) {
	if r.levels == nil {
		r.strict(p, v)
		return
	}
	sharing, background, off := r.classes(v)
	// Fetch prefers the threads with shares; those that are off are gated.
	r.order(p, v, off, equal)
	p.prefer(sharing)
	r.decode(p, v, sharing, background)
}

func (r *priority) strict(p *Plan, v *View) {
	p.FetchThreads, p.FetchWidth, p.Select = r.threads, r.width, r.sel
	for i := range v.Threads {
		if v.Threads[i].State == Running {
			p.Fetch = append(p.Fetch, isa.Context(i))
		}
	}
}

// prefer moves the threads of a set to the front, without changing the order
// among them and among the others.
func (p *Plan) prefer(set isa.ContextSet) {
	n := 0
	for i, t := range p.Fetch {
		if set.Has(t) {
			copy(p.Fetch[n+1:i+1], p.Fetch[n:i])
			p.Fetch[n] = t
			n++
		}
	}
}

// classes parts the threads that run into those that have shares, those in the
// background, and those that are off. The first is empty only when none runs.
func (r *priority) classes(v *View) (sharing, background, off isa.ContextSet) {
	var alone, normal isa.ContextSet
	for i := range v.Threads {
		if c := isa.Context(i); v.Threads[i].State == Running {
			switch r.levels[i] {
			case levelAlone:
				alone = alone.With(c)
			case levelBackground:
				background = background.With(c)
			case levelOff:
				off = off.With(c)
			default:
				normal = normal.With(c)
			}
		}
	}
	switch {
	case alone != 0:
		return alone, background | normal, off
	case normal != 0:
		return normal, background, off
	case background != 0:
		return background, 0, off
	}
	return off, 0, 0
}

// decode gives the cycle to the thread whose turn it is, or if it has nothing
// to decode to the others.
func (r *priority) decode(p *Plan, v *View, sharing, background isa.ContextSet) {
	if sharing == 0 {
		return
	}
	owner := r.turn(v.Now, sharing)
	if v.Threads[owner].FrontEnd > 0 {
		r.turned[owner] = v.Now
	}
	var kept isa.ContextSet // threads with a turn that they have not used
	for rest := sharing; rest != 0; rest &= rest - 1 {
		if c := first(rest); v.Threads[c].FrontEnd > 0 && v.Threads[c].LastRename < r.turned[c] {
			kept = kept.With(c)
		}
	}
	p.Rename = kept.With(owner)
	if v.Threads[owner].FrontEnd == 0 {
		p.Rename = v.leftOver(sharing, background)
	}
	// Once all that have something to decode have kept a turn, further ones
	// change nothing.
	if kept != v.decoding(sharing) {
		p.Until = v.Now + 1
	}
}

// leftOver are the threads to which a cycle goes that its own cannot use.
func (v *View) leftOver(sharing, background isa.ContextSet) isa.ContextSet {
	for _, set := range []isa.ContextSet{sharing, background} {
		if set = v.decoding(set); set != 0 {
			return set
		}
	}
	return sharing | background
}

// decoding are the threads of a set that have something to decode.
func (v *View) decoding(set isa.ContextSet) isa.ContextSet {
	for i := range v.Threads {
		if v.Threads[i].FrontEnd == 0 {
			set = set.Without(isa.Context(i))
		}
	}
	return set
}

// turn is the thread to which a cycle belongs. Of N threads the i-th has the cycles i mod N, all of them if its level is the
// highest and every 2^d-th if it is d below; the highest take the others in
// rotation.
func (r *priority) turn(now isa.Cycle, set isa.ContextSet) isa.Context {
	highest := 0
	for rest := set; rest != 0; rest &= rest - 1 {
		highest = max(highest, r.levels[first(rest)])
	}
	var top isa.ContextSet
	for rest := set; rest != 0; rest &= rest - 1 {
		if c := first(rest); r.levels[c] == highest {
			top = top.With(c)
		}
	}
	n, tops := isa.Cycle(size(set)), isa.Cycle(size(top))
	i, round := now%n, now/n
	owner := nth(set, int(i))
	d := highest - r.levels[owner]
	if round&(1<<d-1) == 0 {
		return owner
	}
	// The cycles that it does not have are counted, so that those of the
	// highest level have equally many of them.
	left := round - round>>d - 1
	return nth(top, int((left+i)%tops))
}

// first is the least context of a set, which must not be empty.
func first(s isa.ContextSet) isa.Context { return isa.Context(bits.TrailingZeros64(uint64(s))) }

func size(s isa.ContextSet) int { return bits.OnesCount64(uint64(s)) }

// nth is the n-th least context of a set.
func nth(s isa.ContextSet, n int) isa.Context {
	for ; n > 0; n-- {
		s &= s - 1
	}
	return first(s)
}
