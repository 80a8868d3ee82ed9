package cache

import (
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// A prefetcher sees the accesses of its level when they have been looked up:
// of an L1 the core's loads, stores and fetches, below it the lines that the
// level above asks for. Page-table reads, write-backs and stores that are
// passed on it does not see.
//
// What it proposes is looked up as a request from above is: it takes a turn of
// its bank (an L1's ports are left to the core), and when its lookup has ended
// it takes an MSHR, unless its line is there or on its way, or so few MSHRs
// are free that they are reserved for demands, or its thread has its share; then
// it is dropped, and so it never waits. From there it goes the way of a demand,
// and may wait at the levels below. A demand that finds it under way joins it.

// observe tells the prefetcher of L1 c of an accepted access; i is the index
// of its line before, -1 when it was not there.
func (h *Hierarchy) observe(now isa.Cycle, c, i int, line uint64, r *Request) {
	l := &h.levels[c]
	a := prefetch.Access{Addr: r.Addr, PC: r.PC, Thread: r.Thread, Hit: i >= 0}
	if i >= 0 {
		a.First = l.usePrefetched(i)
	} else if m := l.mshrs.find(line); m >= 0 {
		a.First = l.mshrs.entries[m].targets == 1
	} else {
		return // a store that was passed on
	}
	if r.Kind != Walk {
		h.train(now, c, a)
	}
}

// train tells the prefetcher of level c of an access and looks its proposals
// up.
func (h *Hierarchy) train(now isa.Cycle, c int, a prefetch.Access) {
	l := &h.levels[c]
	h.proposals = l.prefetcher.Access(a, h.proposals[:0])
	for _, addr := range h.proposals {
		if addr/prefetch.PageSize != a.Addr/prefetch.PageSize {
			continue
		}
		l.stats.PrefetchLookups++
		start := now
		if len(l.bankFree) > 0 {
			start = l.turn(now, addr)
		}
		id := h.newRequest(request{op: prefetchLine, from: uint8(c), addr: addr, pc: a.PC, thread: a.Thread})
		h.at(now, start+l.lookup, event{kind: probed, id: id})
		l.probes++
	}
	h.proposals = h.proposals[:0]
}

// probe is the end of the lookup of a prefetch in the level that makes it.
func (h *Hierarchy) probe(now isa.Cycle, id int32) {
	r := h.requests[id]
	h.drop(id)
	c := int(r.from)
	l := &h.levels[c]
	line := uint64(r.addr) >> l.shift
	l.probes--
	switch {
	case l.find(line) >= 0 || l.mshrs.find(line) >= 0:
		l.stats.PrefetchRedundant++
	case len(l.mshrs.lines)-l.mshrs.used <= l.reserved || l.mshrs.admits(-1, r.thread) != Accepted:
		l.stats.PrefetchDropped++
	default:
		l.stats.Prefetches++
		l.threads[r.thread].Prefetches++
		h.expect(l.next, true)
		m := l.mshrs.allocate(now, line, r.thread, r.pc)
		e := &l.mshrs.entries[m]
		e.prefetch, e.own, e.detected = true, true, uint8(l.number)
		h.fetch(now, c, m)
	}
}

// usePrefetched takes the mark of a prefetched line away that is asked for,
// and reports whether it had one.
func (l *level) usePrefetched(i int) bool {
	s := &l.state[i]
	if !s.prefetched {
		return false
	}
	s.prefetched = false
	l.stats.PrefetchUseful++
	l.threads[s.owner].PrefetchUseful++
	return true
}

// uselessPrefetch counts a prefetched line that leaves before anybody asked
// for it.
func (l *level) uselessPrefetch(owner isa.Context) {
	l.stats.PrefetchUseless++
	l.threads[owner].PrefetchUseless++
}

// join notes in an MSHR that a request from above waits for its line; prefetch
// tells that it is one of a level above.
func (l *level) join(e *mshr, prefetch bool) {
	if e.own && !e.asked {
		l.stats.PrefetchLate++
		l.threads[e.thread].PrefetchLate++
	}
	e.asked = true
	e.wanted = e.wanted || !prefetch
}

// marked reports whether the line of an MSHR goes into the cache as a prefetch
// that nobody has asked for yet.
func (e *mshr) marked() bool { return e.own && !e.asked }

// access is what the replacement policy learns of the fill of an MSHR.
func (e *mshr) access() replacement.Access {
	a := replacement.Access{PC: e.pc, Thread: e.thread}
	if e.prefetch && !e.wanted {
		a.Cause = replacement.Prefetch
	}
	return a
}
