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
	for i := range m.walker.cache {
		m.walker.cache[i].check(m.checks)
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
	l.require("resident entries", l.stats.Fills-l.stats.Evictions+l.warmed, l.audit(&l.array)+l.audit(&l.large))
	var evictions uint64
	for _, t := range l.threads {
		for _, n := range t.EvictedBy {
			evictions += n
		}
	}
	l.require("evictions of all pairs of threads", evictions, l.stats.Evictions)
}

// audit counts the entries of an array, each of which is where it belongs.
func (l *level) audit(a *array) (resident uint64) {
	for i, k := range a.keys {
		if k == noKey {
			continue
		}
		resident++
		if a.search(k) != i {
			panic(fmt.Sprintf("tlb: %s: page %#x is here twice or in a set that is not its own", l.name, k))
		}
		if a.parts != nil && (i%a.ways < a.parts[a.owner[i]].from || i%a.ways >= a.parts[a.owner[i]].to) {
			panic(fmt.Sprintf("tlb: %s: thread %d has filled way %d, which is not its own", l.name, a.owner[i], i%a.ways))
		}
		if first := i - i%a.ways; a.cap > 0 && a.held(first, a.owner[i]) > a.cap {
			panic(fmt.Sprintf("tlb: %s: thread %d has more than %d entries of a set", l.name, a.owner[i], a.cap))
		}
	}
	return resident
}

func (l *level) require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("tlb: %s: %s: %d, expected %d", l.name, what, got, want))
	}
}
