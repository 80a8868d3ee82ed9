package cache

import "fmt"

// auditEvery is how many calls of check pass between two full counts.
const auditEvery = 1024

// check panics when the caches have lost or invented an access or a line. It
// runs after every Tick in programs built with the tag simcheck.
//
//	accesses = hits + merges + misses, in total and as the threads' sum
//	demand arrivals at a level = what the levels above missed or passed on
//	fills + lines of free ways that were warmed = evictions + resident lines
//	MSHRs in use = lines in flight
func (h *Hierarchy) check() {
	h.checks++
	var sent [maxLevels + 1]uint64 // by the level below; memory is 0
	for i := range h.levels {
		l := &h.levels[i]
		s := &l.stats
		l.require("accesses", s.Accesses, s.Hits+s.Merges+s.Misses)
		if i >= firstShared {
			l.require("demand arrivals", s.Accesses+l.pending, sent[i+1])
		}
		sent[l.next+1] += s.Misses + s.WrittenThrough - s.Coalesced
		if h.checks%auditEvery == 0 {
			l.audit()
		}
	}
	last := &h.levels[len(h.levels)-1]
	last.require("demand arrivals at memory", h.memory.Stats().Reads+h.storesToMemory+h.pendingMemory, sent[memory+1])
}

// audit counts the lines and the MSHRs.
func (l *level) audit() {
	var resident, inFlight uint64
	for i, line := range l.lines {
		if line == noLine {
			continue
		}
		resident++
		if l.find(line) != i {
			panic(fmt.Sprintf("cache: %s: line %#x is here twice or in a set that is not its own", l.name, line))
		}
	}
	for _, line := range l.mshrs.lines {
		if line == noLine {
			continue
		}
		inFlight++
		if l.find(line) >= 0 {
			panic(fmt.Sprintf("cache: %s: line %#x is both here and on its way", l.name, line))
		}
	}
	l.require("resident lines", l.stats.Fills-l.stats.Evictions+l.warmed, resident)
	l.require("MSHRs in use", uint64(l.mshrs.used), inFlight)
	var sum ThreadStats
	for _, t := range l.threads {
		sum.Accesses += t.Accesses
		sum.Hits += t.Hits
		sum.Merges += t.Merges
		sum.Misses += t.Misses
	}
	l.require("accesses of all threads", sum.Accesses, l.stats.Accesses)
	l.require("hits of all threads", sum.Hits, l.stats.Hits)
	l.require("merges of all threads", sum.Merges, l.stats.Merges)
	l.require("misses of all threads", sum.Misses, l.stats.Misses)
}

func (l *level) require(what string, got, want uint64) {
	if got != want {
		panic(fmt.Sprintf("cache: %s: %s: %d, expected %d", l.name, what, got, want))
	}
}
