package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// longEvery is the inverse of the paper's bimodal throttle, 1/32.
var longEvery = catalog.Param{Name: "every", Doc: "of so many new lines one, drawn at random, is expected as soon as SRRIP expects all of them", Kind: catalog.Int, Default: "32", Min: 1, Max: 1024}

// brrip is srrip with most new lines at the maximum, so that they are the next
// to go: of a working set that is used in turns and does not fit, a part stays
// instead of all leaving just before their use.
type brrip struct {
	srrip
	every int
	draw  xorshift
}

var _ Policy = (*brrip)(nil)

func newBRRIP(args catalog.Args, g Geometry) Policy {
	p := makeBRRIP(args, g)
	return &p
}

func makeBRRIP(args catalog.Args, g Geometry) brrip {
	return brrip{srrip: makeSRRIP(args, g), every: args.Int("every"), draw: newXorshift(g.Seed)}
}

func (p *brrip) Fill(set, way int, a Access) {
	p.srrip.Fill(set, way, a)
	if p.draw.below(p.every) != 0 {
		p.rrpv[set*p.ways+way] = p.distant
	}
}
