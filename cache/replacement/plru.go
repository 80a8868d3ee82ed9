package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// plru keeps a binary tree of bits for each set, one for each pair of halves
// of a range of ways, that points to the half to evict from. An access turns
// the bits on the way to its leaf away from it; the victim is where the bits
// lead.
//
// Where the ways are not a power of two, the tree is that of the next one and
// a half without ways is never taken; nor is one without ways that may be
// chosen among. Its bit is then overruled, not changed.
type plru struct {
	ways   int
	leaves int    // a power of two, at least as many
	upper  []bool // by set and node, the root is 1, node n's halves 2n and 2n+1: evict from the upper half
}

var _ Policy = (*plru)(nil)

func newPLRU(_ catalog.Args, g Geometry) Policy {
	leaves := 1
	for leaves < g.Ways {
		leaves *= 2
	}
	return &plru{ways: g.Ways, leaves: leaves, upper: make([]bool, g.Sets*leaves)}
}

// Hit makes the tree point away from way.
func (p *plru) Hit(set, way int, _ Access) {
	upper := p.upper[set*p.leaves:][:p.leaves]
	for n := p.leaves + way; n > 1; n /= 2 {
		upper[n/2] = n%2 == 0
	}
}

// Fill makes the tree point away from way.
func (p *plru) Fill(set, way int, a Access) { p.Hit(set, way, a) }

func (p *plru) Victim(set int, among Ways, _ Access) int {
	upper := p.upper[set*p.leaves:][:p.leaves]
	first, node := 0, 1
	for half := p.leaves / 2; half > 0; half /= 2 {
		middle := first + half
		if among.First >= middle || upper[node] && among.End > middle {
			first, node = middle, 2*node+1
		} else {
			node = 2 * node
		}
	}
	return first
}
