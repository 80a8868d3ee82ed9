package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// srrip predicts for each line how far away its next use is, as a value of a
// few bits: 0 near, the maximum distant. A new line starts one below the
// maximum, so a scan that is never used again leaves first; a hit sets 0; the
// victim is the first way at the maximum, after ageing all ways of the set
// until there is one.
type srrip struct {
	ways    int
	distant uint8
	rrpv    []uint8 // by set and way
}

var _ Policy = (*srrip)(nil)

func newSRRIP(args catalog.Args, g Geometry) Policy {
	return &srrip{
		ways:    g.Ways,
		distant: uint8(1<<args.Int("bits") - 1),
		rrpv:    make([]uint8, g.Sets*g.Ways),
	}
}

func (p *srrip) Hit(set, way int, _ Access) { p.rrpv[set*p.ways+way] = 0 }

func (p *srrip) Fill(set, way int, _ Access) { p.rrpv[set*p.ways+way] = p.distant - 1 }

func (p *srrip) Victim(set int, _ Access) int {
	rrpv := p.rrpv[set*p.ways:][:p.ways]
	victim := 0
	for w, v := range rrpv {
		if v > rrpv[victim] {
			victim = w
		}
	}
	// Ageing until the oldest is distant, in one step.
	if age := p.distant - rrpv[victim]; age > 0 {
		for w := range rrpv {
			rrpv[w] += age
		}
	}
	return victim
}
