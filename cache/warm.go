package cache

import (
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// Warm makes an access that takes no time and is not counted: it leaves in
// every level the lines, owners, dirty bits and replacement state that Access
// and the events after it would have left when the last of them is over, had
// nothing else been under way. It is for instructions that are executed
// functionally before a simulation goes on in detail, and may be called only
// while no request is under way.
//
// What depends on time is left out: refusals, merges of accesses that overlap,
// stores that coalesce in the write buffer, and write-backs that overtake the
// old copy of their line on its way to an exclusive level. Prefetchers learn, and what
// they propose is there when Warm returns: none is late, none is dropped for
// want of an MSHR, and lines that come from different levels come in the order
// in which they were asked for.
func (h *Hierarchy) Warm(r Request) {
	if checking && (len(h.idle) != len(h.requests) || h.NextEvent() != isa.Never) {
		panic("cache: Warm with requests under way")
	}
	c, op := l1d, wantLine
	switch r.Kind {
	case Fetch:
		c = l1i
	case Write:
		op = wantStore
	}
	l := &h.levels[c]
	if i := l.guessed(uint64(r.Addr) >> l.shift); i >= 0 {
		h.warmHit(c, i, op, &r)
		return
	}
	h.warmMiss(c, op, &r)
}

// Warm reads a page-table entry as (*Hierarchy).Warm does.
func (p WalkPort) Warm(addr isa.Addr, thread isa.Context) {
	p.h.Warm(Request{Addr: addr, Thread: thread, Kind: Walk})
}

// warmOp is what reaches a level of one access: the request of the level above
// for the line, the store that it passes on, or both, in their order.
type warmOp uint8

const (
	wantLine warmOp = 1 << iota
	wantStore
	storeFirst
	asPrefetch    // of a level above
	lineThenStore = wantLine | wantStore
	storeThenLine = wantLine | wantStore | storeFirst
)

// access is what the replacement policy learns of it.
func (op warmOp) access(r *Request) replacement.Access {
	a := replacement.Access{PC: r.PC, Thread: r.Thread}
	if op&asPrefetch != 0 {
		a.Cause = replacement.Prefetch
	}
	return a
}

// seen reports whether the prefetcher of level c sees an access.
func (op warmOp) seen(c int, r *Request) bool {
	if c < firstShared {
		return r.Kind != Walk
	}
	return op&wantLine != 0
}

// warm is an access that has come to level c. It reports whether the line that
// it brings is dirty, as one that leaves an exclusive level may be.
func (h *Hierarchy) warm(c int, op warmOp, r *Request) (dirty bool) {
	if c == memory {
		return false
	}
	l := &h.levels[c]
	if i := l.find(uint64(r.Addr) >> l.shift); i >= 0 {
		h.warmHit(c, i, op, r)
		return l.exclusive && l.give(i, false)
	}
	return h.warmMiss(c, op, r)
}

// warmHit is an access that finds its line, with index i, in level c.
func (h *Hierarchy) warmHit(c, i int, op warmOp, r *Request) {
	l := &h.levels[c]
	if op&wantLine != 0 && l.lru != nil {
		l.lru.Touch(i)
	} else if op&wantLine != 0 {
		l.touch(i, op.access(r))
	}
	if l.prefetcher == nil && op&wantStore == 0 {
		return
	}
	proposals := len(h.proposals)
	if l.prefetcher != nil {
		h.warmObserve(c, i, op, r)
	}
	if op&wantStore != 0 {
		l.touch(i, op.access(r))
		if l.through {
			h.warm(l.next, wantStore, r)
		} else {
			l.state[i].dirty = true
		}
	}
	h.warmPrefetches(c, proposals, r)
}

// warmObserve tells the prefetcher of level c of an access that has found its
// line, with index i.
func (h *Hierarchy) warmObserve(c, i int, op warmOp, r *Request) {
	l := &h.levels[c]
	first := l.state[i].prefetched
	if first {
		l.state[i].prefetched = false
		l.warmedMarks--
	}
	if op.seen(c, r) {
		h.warmTrain(c, r, true, first)
	}
}

// warmMiss is an access that misses in level c. In the timed path the second
// of two requests joins the MSHR that the first has taken, so it touches
// nothing here.
func (h *Hierarchy) warmMiss(c int, op warmOp, r *Request) (dirty bool) {
	l := &h.levels[c]
	below := wantLine | op&asPrefetch
	switch {
	case op&wantStore == 0:
	case !l.allocate && op == wantStore:
		h.warm(l.next, wantStore, r)
		return false
	case !l.allocate && op == storeThenLine:
		// The store has been passed on before the line was asked for.
		below = storeThenLine
	case !l.through:
		dirty = true
	case c == l1d || op == lineThenStore:
		// The L1D's write buffer sends its store when the lookup has ended,
		// after the request for the line.
		below = lineThenStore
	default:
		below = storeThenLine
	}
	proposals := len(h.proposals)
	if l.prefetcher != nil && op.seen(c, r) {
		h.warmTrain(c, r, false, true)
	}
	dirty = h.warm(l.next, below, r) || dirty
	if l.exclusive {
		return dirty
	}
	h.warmPut(c, uint64(r.Addr)>>l.shift, op.access(r), lineState{owner: r.Thread, dirty: dirty})
	if l.prefetcher != nil {
		h.warmFilled(c, r, false)
		h.warmPrefetches(c, proposals, r)
	}
	return false
}

// warmFilled tells the prefetcher of level c of a fill.
func (h *Hierarchy) warmFilled(c int, r *Request, prefetched bool) {
	l := &h.levels[c]
	l.prefetcher.Fill(prefetch.Fill{Addr: r.Addr >> l.shift << l.shift, Thread: r.Thread, Prefetched: prefetched})
}

// warmTrain is train without time: what the prefetcher of level c proposes
// is put on top of h.proposals, which grows like a stack.
func (h *Hierarchy) warmTrain(c int, r *Request, hit, first bool) {
	a := prefetch.Access{Addr: r.Addr, PC: r.PC, Thread: r.Thread, Hit: hit, First: first}
	h.proposals = h.levels[c].prefetcher.Access(a, h.proposals)
}

// warmPrefetches brings in what was proposed because of an access and takes it
// off h.proposals, from the given index on.
func (h *Hierarchy) warmPrefetches(c, proposals int, r *Request) {
	l := &h.levels[c]
	var p Request // outside the loop it does not escape
	for _, addr := range h.proposals[proposals:] {
		if addr/prefetch.PageSize != r.Addr/prefetch.PageSize || l.find(uint64(addr)>>l.shift) >= 0 {
			continue
		}
		p = Request{Addr: addr, PC: r.PC, Thread: r.Thread, Kind: Read}
		op := wantLine | asPrefetch
		dirty := h.warm(l.next, op, &p)
		l.warmedMarks++
		h.warmPut(c, uint64(addr)>>l.shift, op.access(&p), lineState{owner: r.Thread, dirty: dirty, prefetched: true})
		h.warmFilled(c, &p, true)
	}
	h.proposals = h.proposals[:proposals]
}

// warmPut is put without time and counts.
func (h *Hierarchy) warmPut(c int, line uint64, a replacement.Access, st lineState) {
	l := &h.levels[c]
	victim, old := l.insert(line, a, st)
	if victim == noLine {
		l.warmed++
		return
	}
	if old.prefetched {
		l.warmedMarks--
	}
	if l.inclusive && h.backInvalidate(c, isa.Addr(victim<<l.shift), 1<<l.shift, false) {
		old.dirty = true
	}
	if old.dirty || l.gives {
		h.warmReceive(l.next, isa.Addr(victim<<l.shift), 1<<l.shift, old.owner, old.dirty)
	}
}

// warmReceive is receive without time and counts.
func (h *Hierarchy) warmReceive(c int, addr isa.Addr, bytes int, thread isa.Context, dirty bool) {
	if c == memory {
		return
	}
	l := &h.levels[c]
	line := uint64(addr) >> l.shift
	taken := !l.through
	switch {
	case l.update(line, thread, dirty && taken):
	case l.takes(bytes) && h.covered(c, addr):
		h.warmPut(c, line, replacement.Access{Thread: thread, Cause: replacement.Writeback}, lineState{owner: thread, dirty: dirty && taken})
		h.claim(c, line, false)
	default:
		taken = false
	}
	if dirty && !taken {
		h.warmReceive(l.next, addr, bytes, thread, true)
	}
}
