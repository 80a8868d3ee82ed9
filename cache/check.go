package cache

import "fmt"

// auditEvery is how many calls of check pass between two full counts.
const auditEvery = 1024

// check panics when the caches have lost or invented an access or a line. It
// runs after every Tick in programs built with the tag simcheck.
//
//	accesses = hits + merges + misses, in total and as the threads' sum
//	demand arrivals at a level = what the levels above missed or passed on
//	fills + lines of free ways that were warmed = evictions + invalidations + moved up + resident
//	MSHRs in use = lines in flight
//	evictions = the threads' matrix
//
// and of prefetches, which are counted beside the demands,
//
//	lookups = redundant + dropped + prefetches + those under way
//	prefetches + marks warmed = useful + late + useless + marked here or in flight
//	arrivals at a level = prefetches and missed arrivals of the levels above
func (h *Hierarchy) check() {
	h.checks++
	// By the level below; memory is 0.
	var sent, prefetched [maxLevels + 1]uint64
	for i := range h.levels {
		l := &h.levels[i]
		s := &l.stats
		l.require("accesses", s.Accesses, s.Hits+s.Merges+s.Misses)
		if i >= firstShared {
			l.require("demand arrivals", s.Accesses+l.pending, sent[i+1])
			l.require("arrivals of prefetches", s.PrefetchAccesses+l.pendingPrefetch, prefetched[i+1])
		}
		l.require("accesses for prefetches", s.PrefetchAccesses, s.PrefetchHits+s.PrefetchMerges+s.PrefetchMisses)
		l.require("lookups of prefetches", s.PrefetchLookups, s.PrefetchRedundant+s.PrefetchDropped+s.Prefetches+l.probes)
		sent[l.next+1] += s.Misses + s.WrittenThrough - s.Coalesced
		prefetched[l.next+1] += s.Prefetches + s.PrefetchMisses
		if h.checks%auditEvery == 0 {
			l.audit()
			h.auditInclusion(i)
		}
	}
	last := &h.levels[len(h.levels)-1]
	last.require("arrivals at memory", h.memory.Stats().Reads+h.storesToMemory+h.pendingMemory, sent[memory+1]+prefetched[memory+1])
}

// audit counts the lines and the MSHRs.
func (l *level) audit() {
	var resident, inFlight, marked uint64
	for i, line := range l.lines {
		if line == noLine {
			continue
		}
		resident++
		if way, share := i%l.ways, l.shares[l.state[i].owner]; way < share.First || way >= share.End {
			panic(fmt.Sprintf("cache: %s: a line of thread %d is in way %d", l.name, l.state[i].owner, way))
		}
		if l.state[i].prefetched {
			marked++
		}
		if l.find(line) != i {
			panic(fmt.Sprintf("cache: %s: line %#x is here twice or in a set that is not its own", l.name, line))
		}
	}
	for m, line := range l.mshrs.lines {
		if line == noLine {
			continue
		}
		inFlight++
		if l.mshrs.entries[m].marked() {
			marked++
		}
		if l.find(line) >= 0 {
			panic(fmt.Sprintf("cache: %s: line %#x is both here and on its way", l.name, line))
		}
	}
	l.require("resident lines", l.stats.Fills-l.stats.Evictions-l.stats.Invalidations-l.stats.MovedUp+l.warmed, resident)
	l.require("MSHRs in use", uint64(l.mshrs.used), inFlight)
	s := &l.stats
	l.require("marked prefetches", s.PrefetchUseful+s.PrefetchLate+s.PrefetchUseless+marked, s.Prefetches+l.warmedMarks)
	l.auditThreads()
}

// auditInclusion looks all lines above an inclusive level up in it, and those
// of the level above in an exclusive one.
func (h *Hierarchy) auditInclusion(c int) {
	l := &h.levels[c]
	if l.exclusive {
		for _, line := range h.levels[c-1].lines {
			if line != noLine && l.find(line) >= 0 {
				panic(fmt.Sprintf("cache: %s: line %#x is here and in %s, though this level is exclusive", l.name, line, h.levels[c-1].name))
			}
		}
	}
	if !l.inclusive {
		return
	}
	for i := range c {
		above := &h.levels[i]
		for _, line := range above.lines {
			if line != noLine && l.find(line<<above.shift>>l.shift) < 0 {
				panic(fmt.Sprintf("cache: %s: line %#x of %s is not in this inclusive level", l.name, line, above.name))
			}
		}
	}
}

// auditThreads adds the threads' counters up.
func (l *level) auditThreads() {
	var sum ThreadStats
	var evicted uint64
	for _, t := range l.threads {
		for _, n := range t.EvictedBy {
			evicted += n
		}
		sum.Invalidations += t.Invalidations
		sum.Prefetches += t.Prefetches
		sum.PrefetchUseful += t.PrefetchUseful
		sum.PrefetchLate += t.PrefetchLate
		sum.PrefetchUseless += t.PrefetchUseless
		sum.Accesses += t.Accesses
		sum.Hits += t.Hits
		sum.Merges += t.Merges
		sum.Misses += t.Misses
	}
	l.require("accesses of all threads", sum.Accesses, l.stats.Accesses)
	l.require("hits of all threads", sum.Hits, l.stats.Hits)
	l.require("merges of all threads", sum.Merges, l.stats.Merges)
	l.require("misses of all threads", sum.Misses, l.stats.Misses)
	l.require("evictions by pair of threads", evicted, l.stats.Evictions)
	l.require("invalidations of all threads", sum.Invalidations, l.stats.Invalidations)
	l.require("prefetches of all threads", sum.Prefetches, l.stats.Prefetches)
	l.require("useful prefetches of all threads", sum.PrefetchUseful, l.stats.PrefetchUseful)
	l.require("late prefetches of all threads", sum.PrefetchLate, l.stats.PrefetchLate)
	l.require("useless prefetches of all threads", sum.PrefetchUseless, l.stats.PrefetchUseless)
}

func (l *level) require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("cache: %s: %s: %d, expected %d", l.name, what, got, want))
	}
}
