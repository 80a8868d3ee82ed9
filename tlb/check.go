package tlb

import "fmt"

// check panics when a TLB has lost or invented a request. It runs after every
// Tick in programs built with the tag simcheck.
//
//	accesses = hits + merges + misses
//	misses of the first level = accesses of the second + lookups under way
//	misses of the second = walks + queued walks
func (m *MMU) check() {
	outstanding, walking := 0, 0
	for p := range m.ports {
		l := &m.ports[p]
		require("tlb."+l.name+": accesses", l.stats.Accesses, l.stats.Hits+l.stats.Merges+l.stats.Misses)
		outstanding += len(l.misses)
		for _, id := range l.misses {
			if m.misses.items[id].walking {
				walking++
			}
		}
	}
	require("tlb: misses outstanding", uint64(m.misses.inUse()), uint64(outstanding))
	s := &m.second.stats
	require("tlb.l2: accesses", s.Accesses, s.Hits+s.Merges+s.Misses)
	require("tlb.l2: arrivals", s.Accesses+uint64(outstanding-walking), m.ports[Fetch].stats.Misses+m.ports[Data].stats.Misses)
	require("tlb.walker: walks", m.walker.stats.Walks+uint64(len(m.walker.all)-m.walker.active), s.Misses)
	for _, l := range m.levels() {
		resident := uint64(0)
		for _, k := range l.keys {
			if k != noKey {
				resident++
			}
		}
		require("tlb."+l.name+": resident entries", l.stats.Fills-l.stats.Evictions, resident)
	}
}

func require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("%s: %d, expected %d", what, got, want))
	}
}
