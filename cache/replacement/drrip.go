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
// Jaleel et al., PACT 2008). Where a thread leads does not depend on how many
// there are: in a small cache, two may lead in one set, each with its own
// fills.
//
// Every fill for a demand counts as a miss; prefetches and write-backs, which
// delay nobody, do not count, though they fill as the duel says. The paper
// spreads the leaders by a function of the set's number that it leaves open;
// here a cache is divided into as many ranges of sets as there are leaders of
// a policy, and the places of the leaders move with the number of the range.
// At least half of the sets follow: a small cache has fewer ranges, and one of
// less than four sets fills as SRRIP does.
type drrip struct {
	brrip
	duels    []duel // one, or one for each thread
	byThread bool
}

// duel is a contest of the two policies.
type duel struct {
	counter int    // above the middle when BRRIP has fewer misses
	roles   []role // by set
}

// role is how a set is filled.
type role uint8

const (
	follower role = iota // as the counter says
	leadsSRRIP
	leadsBRRIP
)

const (
	pselMax  = 1<<10 - 1 // ten bits, as in the paper
	pselHalf = 1 << 9
)

var _ Policy = (*drrip)(nil)

func newDRRIP(args catalog.Args, g Geometry) Policy {
	p := &drrip{brrip: makeBRRIP(args, g), byThread: args.Choice("by") == "thread"}
	n := 1
	if p.byThread {
		n = max(g.Contexts, 1)
	}
	for i := range n {
		p.duels = append(p.duels, newDuel(i, args.Int("leaders"), g.Sets))
	}
	return p
}

// newDuel makes duel i of a cache, with so many leaders of each policy if there
// are sets enough.
func newDuel(i, leaders, sets int) duel {
	d := duel{counter: pselHalf - 1, roles: make([]role, sets)} // a miss of SRRIP's away from BRRIP
	ranges := min(leaders, sets/4)
	for r := range ranges {
		first, end := r*sets/ranges, (r+1)*sets/ranges
		place := r + 2*i
		d.roles[first+place%(end-first)] = leadsSRRIP
		d.roles[first+(place+1)%(end-first)] = leadsBRRIP
	}
	return d
}

func (p *drrip) Fill(set, way int, a Access) {
	d := &p.duels[0]
	if p.byThread {
		d = &p.duels[a.Thread]
	}
	bimodal := d.counter >= pselHalf
	switch d.roles[set] {
	case leadsSRRIP:
		bimodal = false
		if a.Cause == Demand {
			d.counter = min(d.counter+1, pselMax)
		}
	case leadsBRRIP:
		bimodal = true
		if a.Cause == Demand {
			d.counter = max(d.counter-1, 0)
		}
	}
	if bimodal {
		p.brrip.Fill(set, way, a)
	} else {
		p.srrip.Fill(set, way, a)
	}
}
