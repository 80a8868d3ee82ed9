package cache

import (
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// put inserts a line into level c and sends the victim to the next level if it
// is dirty or that level is exclusive.
func (h *Hierarchy) put(now isa.Cycle, c int, line uint64, a replacement.Access, st lineState) {
	l := &h.levels[c]
	victim, old := l.insert(line, a, st)
	l.stats.Fills++
	if victim == noLine {
		return
	}
	l.stats.Evictions++
	l.threads[old.owner].EvictedBy[a.Thread]++
	if old.prefetched {
		l.uselessPrefetch(old.owner)
	}
	if l.inclusive && h.backInvalidate(c, isa.Addr(victim<<l.shift), 1<<l.shift, true) {
		old.dirty = true
	}
	switch {
	case old.dirty:
		l.stats.Writebacks++
	case l.gives:
		l.stats.CleanVictims++
	default:
		return
	}
	h.arrive(now, h.newRequest(request{
		op: writeLine, from: uint8(c),
		addr: isa.Addr(victim << l.shift), thread: old.owner, bytes: 1 << l.shift, clean: !old.dirty,
	}))
}

// receive is a victim of the level above whose lookup in level c has ended. One
// that is clean ends here. A dirty one does if its line is here or on its way
// here, or if it is a whole line of this level, which then needs no fetch, and
// no inclusive level below objects; otherwise, and always when this level writes
// through, it goes on.
func (h *Hierarchy) receive(now isa.Cycle, c int, id int32) {
	l := &h.levels[c]
	r := h.requests[id]
	line := uint64(r.addr) >> l.shift
	if r.clean {
		l.stats.CleanReceived++
	} else {
		l.stats.WritesReceived++
	}
	taken := !l.through
	dirty := taken && !r.clean
	if h.superseded(c, line) || l.update(line, r.thread, dirty) {
		// Its line is here, or what is newer.
	} else if m := l.mshrs.find(line); m >= 0 {
		l.mshrs.entries[m].dirty = l.mshrs.entries[m].dirty || dirty
	} else if l.takes(int(r.bytes)) && h.covered(c, r.addr) {
		h.put(now, c, line, replacement.Access{Thread: r.thread, Cause: replacement.Writeback}, lineState{owner: r.thread, dirty: dirty})
		h.claim(c, line, true)
	} else {
		taken = false
	}
	if taken || r.clean {
		h.drop(id)
		return
	}
	l.stats.WritesPassed++
	h.requests[id].from = uint8(c)
	h.arrive(now, id)
}

// update puts a line that comes from above in the place of what is here of it.
func (l *level) update(line uint64, thread isa.Context, dirty bool) bool {
	i := l.find(line)
	if i < 0 {
		return false
	}
	l.touch(i, replacement.Access{Thread: thread, Cause: replacement.Writeback})
	l.state[i].dirty = l.state[i].dirty || dirty
	return true
}

// takes reports whether a write-back of so many bytes, whose line is not here,
// is put in.
func (l *level) takes(bytes int) bool { return l.allocate && bytes == 1<<l.shift }

// writeThrough passes on a store that level c has taken as well.
func (h *Hierarchy) writeThrough(now isa.Cycle, c int, id int32) {
	h.levels[c].stats.WrittenThrough++
	h.passStore(now, c, id)
}

// passStore sends a store on from level c.
func (h *Hierarchy) passStore(now isa.Cycle, c int, id int32) {
	h.expect(h.levels[c].next, false)
	h.requests[id].from = uint8(c)
	h.arrive(now, id)
}
