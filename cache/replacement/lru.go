package replacement

import "github.com/threadmill-sim/threadmill/internal/catalog"

// LRU evicts the line whose last access is the longest ago.
//
// A hit stores one number, the time of the access in accesses of this cache,
// and only a victim choice looks at all ways. The type is exported because
// the cache calls it directly: most caches are LRU, and without the interface
// the update is inlined into the hit path.
type LRU struct {
	ways  int
	clock uint64
	last  []uint64 // by set and way: clock at the last access
}

var _ Policy = (*LRU)(nil)

func newLRU(_ catalog.Args, g Geometry) Policy {
	return &LRU{ways: g.Ways, last: make([]uint64, g.Sets*g.Ways)}
}

// Hit makes way the most recently used of its set.
func (p *LRU) Hit(set, way int, _ Access) { p.Touch(set*p.ways + way) }

// Touch is Hit for the line with index set*ways+way.
func (p *LRU) Touch(line int) {
	p.clock++
	p.last[line] = p.clock
}

// Fill makes way the most recently used of its set.
func (p *LRU) Fill(set, way int, _ Access) { p.Touch(set*p.ways + way) }

// Victim is the least recently used way.
func (p *LRU) Victim(set int, among Ways, _ Access) int {
	last := p.last[set*p.ways:][among.First:among.End]
	victim := 0
	for w, t := range last {
		if t < last[victim] {
			victim = w
		}
	}
	return among.First + victim
}
