package replacement

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

// random draws the victim from a xorshift64 generator of its own, so the
// sequence depends on nothing but the seed and the victims drawn before.
type random struct {
	ways  uint64
	state uint64
}

var _ Policy = (*random)(nil)

func newRandom(_ catalog.Args, g Geometry) Policy {
	// Xorshift has a fixed point at 0; one odd multiplication spreads small seeds.
	state := (g.Seed + 1) * 0x9e3779b97f4a7c15
	if state == 0 {
		state = 1
	}
	return &random{ways: uint64(g.Ways), state: state}
}

func (*random) Hit(_, _ int, _ Access)  {}
func (*random) Fill(_, _ int, _ Access) {}

func (p *random) Victim(_ int, _ Access) int {
	p.state ^= p.state << 13
	p.state ^= p.state >> 7
	p.state ^= p.state << 17
	// The high half of the product scales without a division (Lemire, ACM
	// TOMACS 29(1), 2019); its bias is ways/2^64.
	way, _ := bits.Mul64(p.state, p.ways)
	return int(way)
}
