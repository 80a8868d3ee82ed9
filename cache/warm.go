package cache

import (
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
// and stores that coalesce in the write buffer.
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
	lineThenStore = wantLine | wantStore
	storeThenLine = wantLine | wantStore | storeFirst
)

// warm is an access that has come to level c.
func (h *Hierarchy) warm(c int, op warmOp, r *Request) {
	if c == memory {
		return
	}
	l := &h.levels[c]
	if i := l.find(uint64(r.Addr) >> l.shift); i >= 0 {
		h.warmHit(c, i, op, r)
		return
	}
	h.warmMiss(c, op, r)
}

// warmHit is an access that finds its line, with index i, in level c.
func (h *Hierarchy) warmHit(c, i int, op warmOp, r *Request) {
	l := &h.levels[c]
	if op&wantLine != 0 {
		l.touch(i, replacement.Access{PC: r.PC, Thread: r.Thread})
	}
	if op&wantStore == 0 {
		return
	}
	l.touch(i, replacement.Access{PC: r.PC, Thread: r.Thread})
	if l.through {
		h.warm(l.next, wantStore, r)
	} else {
		l.state[i].dirty = true
	}
}

// warmMiss is an access that misses in level c. In the timed path the second
// of two requests joins the MSHR that the first has taken, so it touches
// nothing here.
func (h *Hierarchy) warmMiss(c int, op warmOp, r *Request) {
	l := &h.levels[c]
	below, dirty := wantLine, false
	switch {
	case op == wantLine:
	case !l.allocate && op == wantStore:
		h.warm(l.next, wantStore, r)
		return
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
	h.warm(l.next, below, r)
	h.warmPut(c, uint64(r.Addr)>>l.shift, replacement.Access{PC: r.PC, Thread: r.Thread}, dirty)
}

// warmPut is put without time and counts.
func (h *Hierarchy) warmPut(c int, line uint64, a replacement.Access, dirty bool) {
	l := &h.levels[c]
	victim, old := l.insert(line, a, dirty)
	if victim == noLine {
		l.warmed++
	} else if old.dirty {
		h.warmReceive(l.next, isa.Addr(victim<<l.shift), 1<<l.shift, old.owner)
	}
}

// warmReceive is receive without time and counts.
func (h *Hierarchy) warmReceive(c int, addr isa.Addr, bytes int, thread isa.Context) {
	if c == memory {
		return
	}
	l := &h.levels[c]
	line := uint64(addr) >> l.shift
	taken := !l.through
	switch {
	case l.update(line, thread):
	case l.takes(bytes):
		h.warmPut(c, line, replacement.Access{Thread: thread, Cause: replacement.Writeback}, taken)
	default:
		taken = false
	}
	if !taken {
		h.warmReceive(l.next, addr, bytes, thread)
	}
}
