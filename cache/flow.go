package cache

import (
	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// at schedules an event.
func (h *Hierarchy) at(now, when isa.Cycle, e event) {
	h.events.At(uint64(now), uint64(when), e)
}

// happen is one event.
func (h *Hierarchy) happen(now isa.Cycle, e event) {
	switch e.kind {
	case lookedUp:
		h.endLookup(now, e.id)
	case arrives:
		h.arrive(now, e.id)
	case answered:
		h.answer(now, e.id)
	case probed:
		h.probe(now, e.id)
	case leaves:
		h.leaveBuffer(e.id)
	}
}

// client is who is told about a core's access.
func (h *Hierarchy) client(r *request) Client {
	if r.walk {
		return h.walker
	}
	return h.core
}

// endLookup is the end of the L1 lookup of an access that missed.
func (h *Hierarchy) endLookup(now isa.Cycle, id int32) {
	r := &h.requests[id]
	client, tag := h.client(r), r.tag
	if r.filled {
		h.drop(id)
		client.Filled(now, tag)
		return
	}
	r.ended = true
	c, m := int(r.from), int(r.mshr)
	e := &h.levels[c].mshrs.entries[m]
	primary := r.primary
	if primary {
		e.detected = 1
	}
	for n := 1; n <= int(e.detected); n++ {
		client.Missed(now, tag, n)
	}
	if primary {
		h.fetch(now, c, m)
	}
}

// fetch asks the next level for the line of MSHR m of level c.
func (h *Hierarchy) fetch(now isa.Cycle, c, m int) {
	l := &h.levels[c]
	e := &l.mshrs.entries[m]
	id := h.newRequest(request{
		op: fetchLine, from: uint8(c), mshr: int32(m),
		addr: isa.Addr(l.mshrs.lines[m] << l.shift), pc: e.pc, thread: e.thread, bytes: 1 << l.shift,
		prefetch: e.prefetch,
	})
	if l.delay > 0 {
		h.at(now, now+l.delay, event{kind: arrives, id: id})
		return
	}
	h.arrive(now, id)
}

// arrive is the arrival of a request at the level below the one it comes
// from: it takes its turn of a bank there.
func (h *Hierarchy) arrive(now isa.Cycle, id int32) {
	r := &h.requests[id]
	from := &h.levels[r.from]
	if from.next == memory {
		h.toMemory(now, id)
		return
	}
	l := &h.levels[from.next]
	start := l.reserve(now, r.addr)
	if r.waited = false; start > now {
		l.delayed(r, BankBusy)
	}
	if r.op == storeWord && r.from == l1d {
		if start == now {
			h.leaveBuffer(r.mshr)
		} else {
			h.at(now, start, event{kind: leaves, id: r.mshr})
		}
	}
	h.at(now, start+l.latency-from.latency, event{kind: answered, id: id})
}

// toMemory hands a request to main memory.
func (h *Hierarchy) toMemory(now isa.Cycle, id int32) {
	r := &h.requests[id]
	h.memory.Enqueue(now, dram.Request{
		Addr:   r.addr &^ isa.Addr(r.bytes-1),
		Bytes:  int(r.bytes),
		Thread: r.thread,
		Write:  r.op != fetchLine,
		ID:     uint32(id),
	})
	h.memoryNext = h.memory.NextEvent()
	if r.op == fetchLine {
		h.pendingMemory--
		if !r.prefetch {
			h.read(now, r.thread, 1)
		}
		return
	}
	if r.op == storeWord {
		h.pendingMemory--
		h.storesToMemory++
		if r.from == l1d {
			h.leaveBuffer(r.mshr)
		}
	}
	h.drop(id)
}

// takeAnswers lets the lines that memory has read fill the caches.
func (h *Hierarchy) takeAnswers(now isa.Cycle) {
	h.answers = h.memory.Tick(now, h.answers[:0])
	h.memoryNext = h.memory.NextEvent()
	for _, id := range h.answers {
		r := &h.requests[id]
		c, m := int(r.from), int(r.mshr)
		if !r.prefetch {
			h.read(now, r.thread, -1)
		}
		h.drop(int32(id))
		h.fill(now, c, m)
	}
}

// answer is the end of the lookup of a request from above.
func (h *Hierarchy) answer(now isa.Cycle, id int32) {
	r := &h.requests[id]
	c := h.levels[r.from].next
	if r.op == writeLine {
		h.receive(now, c, id)
		return
	}
	if h.hits(now, c, id) {
		return
	}
	l := &h.levels[c]
	if r.op == fetchLine {
		h.detect(now, int(r.from), int(r.mshr), l.number)
	}
	// Those that wait have been passed over because nothing admits them; what
	// can go on does not queue behind them.
	m, why := h.room(c, id)
	if why == Accepted {
		h.admit(now, c, id, m)
		return
	}
	r = &h.requests[id] // who was told may have made others
	l.delayed(r, why)
	r.since = now
	h.push(&l.waiting, id)
}

// hits looks a request up in level c and completes it if its line is there.
func (h *Hierarchy) hits(now isa.Cycle, c int, id int32) bool {
	l := &h.levels[c]
	r := &h.requests[id]
	i := l.find(uint64(r.addr) >> l.shift)
	if i < 0 {
		return false
	}
	if r.prefetch {
		l.pendingPrefetch--
		l.stats.PrefetchAccesses++
		l.stats.PrefetchHits++
		l.touch(i, replacement.Access{PC: r.pc, Thread: r.thread, Cause: replacement.Prefetch})
	} else {
		l.pending--
		l.hit(i, r.thread, r.pc)
	}
	if l.prefetcher != nil {
		first := l.usePrefetched(i)
		if r.op == fetchLine {
			h.train(now, c, prefetch.Access{Addr: r.addr, PC: r.pc, Thread: r.thread, Hit: true, First: first})
			r = &h.requests[id] // the pool may have grown
		}
	}
	switch {
	case r.op == fetchLine:
		from, m := int(r.from), int(r.mshr)
		h.drop(id)
		if l.exclusive && l.give(i, true) {
			h.levels[from].mshrs.entries[m].dirty = true
		}
		h.fill(now, from, m)
	case l.through:
		h.writeThrough(now, c, id)
	default:
		l.state[i].dirty = true
		h.drop(id)
	}
	return true
}

// room finds the MSHR that a request which has missed in level c can join, -1
// when its line is not in flight, and why it can have none; Accepted also when
// it needs none.
func (h *Hierarchy) room(c int, id int32) (m int, why Refusal) {
	l := &h.levels[c]
	r := &h.requests[id]
	m = l.mshrs.find(uint64(r.addr) >> l.shift)
	if r.op == storeWord && (m >= 0 || !l.allocate) {
		return m, Accepted
	}
	return m, l.mshrs.admits(m, r.thread)
}

// admit makes a request that has missed in level c join the line in flight, in
// MSHR m, take one when that is -1, or, if it is a store that does not
// allocate, go on.
func (h *Hierarchy) admit(now isa.Cycle, c int, id int32, m int) {
	l := &h.levels[c]
	r := &h.requests[id]
	var a prefetch.Access
	seen := l.prefetcher != nil && r.op == fetchLine
	if seen {
		a = prefetch.Access{Addr: r.addr, PC: r.pc, Thread: r.thread}
	}
	line := uint64(r.addr) >> l.shift
	if r.prefetch {
		l.pendingPrefetch--
	} else {
		l.pending--
	}
	if m < 0 && r.op == storeWord && !l.allocate {
		l.countMiss(r.thread)
		h.passStore(now, c, id)
		return
	}
	fresh := m < 0
	if fresh {
		m = h.allocate(now, c, line, r.thread, r.pc, r.prefetch)
	} else if r.prefetch {
		l.stats.PrefetchAccesses++
		l.stats.PrefetchMerges++
	} else {
		l.countMerge(r.thread)
	}
	e := &l.mshrs.entries[m]
	l.join(e, r.prefetch)
	switch {
	case r.op == fetchLine:
		from, above := int(r.from), int(r.mshr)
		e.targets++
		h.push(&e.waiters, id)
		for n := l.number + 1; n <= int(e.detected); n++ {
			h.detect(now, from, above, n)
		}
	case l.through:
		h.writeThrough(now, c, id)
	default:
		e.dirty = true
		h.drop(id)
	}
	if fresh {
		e.detected = uint8(l.number)
		h.fetch(now, c, m)
	}
	if seen {
		a.First = e.targets == 1
		h.train(now, c, a)
	}
}

// allocate takes an MSHR of level c for a miss of a demand or of a prefetch of
// a level above.
func (h *Hierarchy) allocate(now isa.Cycle, c int, line uint64, thread isa.Context, pc isa.Addr, prefetch bool) int {
	l := &h.levels[c]
	if prefetch {
		l.stats.PrefetchAccesses++
		l.stats.PrefetchMisses++
	} else {
		l.countMiss(thread)
	}
	h.expect(l.next, prefetch)
	m := l.mshrs.allocate(now, line, thread, pc)
	l.mshrs.entries[m].prefetch = prefetch
	return m
}

// expect notes that a demand or a prefetch is on its way to level c.
func (h *Hierarchy) expect(c int, prefetch bool) {
	switch {
	case c == memory:
		h.pendingMemory++
	case prefetch:
		h.levels[c].pendingPrefetch++
	default:
		h.levels[c].pending++
	}
}

// detect tells all that wait for MSHR m of level c that the lookup of the
// level with the given number has ended in a miss. Accesses whose own lookup
// has not ended yet will hear of it then.
func (h *Hierarchy) detect(now isa.Cycle, c, m, number int) {
	e := &h.levels[c].mshrs.entries[m]
	e.detected = uint8(number)
	for id := e.waiters.head; id >= 0; id = h.requests[id].next {
		r := &h.requests[id]
		if r.op == fetchLine {
			h.detect(now, int(r.from), int(r.mshr), number)
		} else if r.ended {
			h.client(r).Missed(now, r.tag, number)
		}
	}
}

// fill is the arrival of the line of MSHR m at level c: the line goes into the
// cache, unless that is exclusive, and to all that wait for it, and a request
// that waited for an MSHR gets this one.
func (h *Hierarchy) fill(now isa.Cycle, c, m int) {
	l := &h.levels[c]
	e := l.mshrs.entries[m]
	line := l.mshrs.lines[m]
	if e.prefetch {
		l.stats.PrefetchCycles += uint64(now - e.start)
	} else {
		l.stats.MSHRCycles += uint64(now - e.start)
	}
	l.mshrs.release(m)
	l.freed++
	if !l.exclusive {
		l.occupyFill(now, isa.Addr(line<<l.shift))
		h.put(now, c, line, e.access(), lineState{owner: e.thread, dirty: e.dirty, prefetched: e.marked()})
	}
	if l.prefetcher != nil {
		l.prefetcher.Fill(prefetch.Fill{Addr: isa.Addr(line << l.shift), Thread: e.thread, Prefetched: e.own})
	}
	for id := e.waiters.head; id >= 0; {
		r := &h.requests[id]
		next := r.next
		switch {
		case r.op == fetchLine:
			from, above := int(r.from), int(r.mshr)
			h.drop(id)
			if l.exclusive && e.dirty { // a victim has come while it was on its way
				h.levels[from].mshrs.entries[above].dirty = true
			}
			h.fill(now, from, above)
		case r.ended:
			client, tag := h.client(r), r.tag
			h.drop(id)
			client.Filled(now, tag)
		default:
			r.filled = true
		}
		id = next
	}
	h.resume(now, c)
}

// resume takes up requests that waited for an MSHR of level c, first come
// first served; where threads have shares, one that must go on waiting holds
// no other up. Their line may have come meanwhile.
func (h *Hierarchy) resume(now isa.Cycle, c int) {
	l := &h.levels[c]
	before := int32(-1)
	for id := l.waiting.head; id >= 0; {
		r := &h.requests[id]
		next := r.next
		present := l.find(uint64(r.addr)>>l.shift) >= 0
		m, why := -1, Accepted
		if !present {
			m, why = h.room(c, id)
		}
		if why != Accepted {
			if l.mshrs.share == len(l.mshrs.lines) {
				return
			}
			before, id = id, next
			continue
		}
		l.stats.WaitCycles += uint64(now - r.since)
		h.unlink(&l.waiting, before, id)
		if present {
			h.hits(now, c, id)
		} else {
			h.admit(now, c, id, m)
		}
		id = next
	}
}
