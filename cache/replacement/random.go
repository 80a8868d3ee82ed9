package replacement

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

// random draws the victim from a generator of its own, so the sequence depends
// on nothing but the seed and the victims drawn before.
type random struct{ xorshift }

var _ Policy = (*random)(nil)

func newRandom(_ catalog.Args, g Geometry) Policy { return &random{newXorshift(g.Seed)} }

func (*random) Hit(_, _ int, _ Access)  {}
func (*random) Fill(_, _ int, _ Access) {}

func (p *random) Victim(_ int, among Ways, _ Access) int {
	return among.First + p.below(among.End-among.First)
}

// xorshift is a 64-bit generator with shifts 13, 7 and 17.
type xorshift struct{ state uint64 }

func newXorshift(seed uint64) xorshift {
	// It has a fixed point at 0; one odd multiplication spreads small seeds.
	state := (seed + 1) * 0x9e3779b97f4a7c15
	if state == 0 {
		state = 1
	}
	return xorshift{state}
}

// below draws one of 0 … n-1.
func (x *xorshift) below(n int) int {
	x.state ^= x.state << 13
	x.state ^= x.state >> 7
	x.state ^= x.state << 17
	// The high half of the product scales without a division (Lemire, ACM
	// TOMACS 29(1), 2019); its bias is n/2^64.
	high, _ := bits.Mul64(x.state, uint64(n))
	return int(high)
}
