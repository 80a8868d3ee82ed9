package tlb

import "fmt"

// auditEvery is how many calls of check pass between two full counts.
const auditEvery = 1024

// check panics when a TLB has lost or invented a request. It runs after every
// Tick in programs built with the tag simcheck.
//
//	accesses = hits + merges + misses
//	misses of the first level = accesses of the second + lookups under way
//	misses of the second = walks + queued walks
//	fills + empty entries that were warmed = evictions + resident entries
func (m *MMU) check() {
	m.checks++
	outstanding, walking := 0, 0
	for p := range m.ports {
		l := &m.ports[p]
		outstanding += len(l.misses)
		for _, id := range l.misses {
			if m.misses.items[id].walking {
				walking++
			}
		}
		l.check(m.checks)
	}
	l := &m.second
	l.check(m.checks)
	l.require("misses outstanding", uint64(m.misses.inUse()), uint64(outstanding))
	l.require("arrivals", l.stats.Accesses+uint64(outstanding-walking), m.ports[Fetch].stats.Misses+m.ports[Data].stats.Misses)
	l.require("walks", m.walker.stats.Walks+uint64(len(m.walker.all)-m.walker.active), l.stats.Misses)
}

func (l *level) check(checks uint64) {
	l.require("accesses", l.stats.Accesses, l.stats.Hits+l.stats.Merges+l.stats.Misses)
	if checks%auditEvery != 0 {
		return
	}
	resident := uint64(0)
	for i, k := range l.keys {
		if k == noKey {
			continue
		}
		resident++
		if l.search(k) != i {
			panic(fmt.Sprintf("tlb: %s: page %#x is here twice or in a set that is not its own", l.name, k))
		}
	}
	l.require("resident entries", l.stats.Fills-l.stats.Evictions+l.warmed, resident)
}

func (l *level) require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("tlb: %s: %s: %d, expected %d", l.name, what, got, want))
	}
}
