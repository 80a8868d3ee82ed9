package tlb

import "github.com/threadmill-sim/threadmill/isa"

// newWalkCache builds the caches of page-table entries that are not leaves, by
// level of the table; that of level 0 is never one.
//
// An entry is found by the part of the virtual address that leads to it and
// says where the table below is, so a walk that finds one goes on there: what
// Intel calls paging-structure caches and Barr, Cox and Rixner (ISCA 2010) a
// split translation cache. They are fully associative and looked up at the
// end of the lookup in the second-level TLB, at no cost; the deepest entry
// wins, and only that one counts as used.
func newWalkCache(spec WalkCache, contexts int) (c [walkLevels]level) {
	for i, entries := range spec.entries() {
		c[i] = newLevel("walker.level"+string(rune('0'+i)), entries, entries, Large{}, spec.Sharing, contexts)
	}
	return c
}

// prefix is the key of the page-table entry that a walk for a page reads at a
// level. It is that of no page, but of an array of its own.
func prefix(k uint64, level int8) uint64 {
	return keyVPN(k)>>(indexBits*level)<<pageShift | uint64(keyASID(k))
}

// start is the level of the first entry that a walk has to read.
func (w *walker) start(k uint64, ctx isa.Context, count bool) int8 {
	for level := leaf(k) + 1; level < walkLevels; level++ {
		c := &w.cache[level]
		if len(c.keys) == 0 {
			continue
		}
		hit := c.lookUp(prefix(k, level), ctx)
		switch {
		case count && hit:
			c.countHit(ctx)
		case count:
			c.countMiss(ctx)
		}
		if hit {
			return level - 1
		}
	}
	return walkLevels - 1
}
