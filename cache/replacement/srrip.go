package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// rrpvBits is the parameter that all of this family have.
var rrpvBits = catalog.Param{Name: "bits", Doc: "bits of the re-reference prediction value", Kind: catalog.Int, Default: "2", Min: 1, Max: 7}

// srrip predicts for each line how far away its next use is, as a value of a
// few bits: 0 near, the maximum distant. A new line starts one below the
// maximum, so a scan that is never used again leaves first; a hit sets 0; the
// victim is the first way at the maximum, after ageing all ways that could be
// chosen until there is one.
type srrip struct {
	ways    int
	distant uint8
	rrpv    []uint8 // by set and way
}

var _ Policy = (*srrip)(nil)

func newSRRIP(args catalog.Args, g Geometry) Policy {
	p := makeSRRIP(args, g)
	return &p
}

func makeSRRIP(args catalog.Args, g Geometry) srrip {
	return srrip{
		ways:    g.Ways,
		distant: uint8(1<<args.Int("bits") - 1),
		rrpv:    make([]uint8, g.Sets*g.Ways),
	}
}

func (p *srrip) Hit(set, way int, _ Access) { p.rrpv[set*p.ways+way] = 0 }

func (p *srrip) Fill(set, way int, _ Access) { p.rrpv[set*p.ways+way] = p.distant - 1 }

func (p *srrip) Victim(set int, among Ways, _ Access) int {
	rrpv := p.rrpv[set*p.ways:][among.First:among.End]
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
	return among.First + victim
}
