package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// drrip fills as SRRIP does or as BRRIP does, whichever has fewer misses. A few
// leader sets always fill one way, as many the other; a saturating counter
// counts the misses of the first up and of the second down, and its upper half
// makes all other sets follow the second (set duelling: Qureshi et al., ISCA
// 2007).
//
// With by=thread each thread has a counter and leader sets of its own, in
// which the others follow theirs (the feedback form of thread-aware duelling:
// Jaleel et al., PACT 2008).
//
// Every fill for a demand counts as a miss; prefetches and write-backs, which
// delay nobody, do not count, though they fill as the duel says. The paper
// spreads the leaders by a function of the set's number that it leaves open;
// here a cache is divided into as many ranges of sets as there are leaders of
// a policy, and the places of the leaders move with the number of the range.
// A cache whose ranges would be too short for all leaders has fewer ranges,
// and one with less than two sets for each duel fills as SRRIP does.
type drrip struct {
	brrip
	counters []int   // by duel
	leads    []int16 // by set: 2·duel for SRRIP's, 2·duel+1 for BRRIP's leader sets, follower for others
	byThread bool
}

const (
	follower = -1
	pselMax  = 1<<10 - 1 // ten bits, as in the paper
	pselHalf = 1 << 9
)

var _ Policy = (*drrip)(nil)

func newDRRIP(args catalog.Args, g Geometry) Policy {
	p := &drrip{brrip: makeBRRIP(args, g), leads: make([]int16, g.Sets), byThread: args.Choice("by") == "thread"}
	duels := 1
	if p.byThread {
		duels = max(g.Contexts, 1)
	}
	p.counters = make([]int, duels)
	for i := range p.counters {
		p.counters[i] = pselHalf - 1 // a miss of SRRIP's away from BRRIP
	}
	for i := range p.leads {
		p.leads[i] = follower
	}
	ranges := min(args.Int("leaders"), g.Sets/(2*duels))
	for r := range ranges {
		first, end := r*g.Sets/ranges, (r+1)*g.Sets/ranges
		for k := range 2 * duels {
			p.leads[first+(r+k)%(end-first)] = int16(k)
		}
	}
	return p
}

// duel is the duel that an access takes part in.
func (p *drrip) duel(a Access) int {
	if p.byThread {
		return int(a.Thread)
	}
	return 0
}

func (p *drrip) Fill(set, way int, a Access) {
	duel := p.duel(a)
	counter := &p.counters[duel]
	bimodal := *counter >= pselHalf
	if lead := int(p.leads[set]); lead>>1 == duel {
		bimodal = lead&1 != 0
		if a.Cause == Demand && bimodal {
			*counter = max(*counter-1, 0)
		} else if a.Cause == Demand {
			*counter = min(*counter+1, pselMax)
		}
	}
	if bimodal {
		p.brrip.Fill(set, way, a)
	} else {
		p.srrip.Fill(set, way, a)
	}
}
