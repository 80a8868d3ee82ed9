package pipeline

import (
	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// A load looks, when it issues, for the youngest older store of its thread
// that has a byte of it, in the store queue and then in the store buffer. If that
// store has all of them it forwards them, in
// core.lsq.forward cycles, as soon as it has its data; if it has some, the load
// waits until the store has been written and reads the cache. Without one it
// translates and reads. An access that crosses a line is two, the second one
// cycle after the first.
//
// Addresses are known from the functional front on, but no decision looks at
// one before the pipeline has computed it; what a load does about older stores
// whose addresses are not known is in disambiguate.go.

// memOp is what a load or store in flight keeps besides its uop.
type memOp struct {
	sq         uint64 // store: its store queue position; load: the first position younger than it
	lq         uint64 // with speculation. load: its load queue position; store: the first younger one
	waitsFor   tag    // with a predictor: the store whose address it waits for; 0 or gone: none
	paddr      [2]isa.Addr
	fetched    isa.Cycle
	ready      isa.Cycle                      // when the data that has been located can be used
	detected   [scheduler.NumLevels]isa.Cycle // by level in levels: when the miss was detected
	missed     uint8                          // cache levels that it is known to have missed
	levels     uint8                          // levels it has been detected to miss
	pieces     uint8                          // lines whose data, or a store's translation, has not come
	translated uint8                          // bit per line
	refused    uint8                          // bit per line: the cache has refused it before
	delayed    uint8                          // bit per line: the TLB has
	watched    watched                        // with a policy that follows loads
}

// begin prepares for an access. What only detected misses use stays as it was.
func (m *memOp) begin(fetched isa.Cycle, lines uint8) {
	m.fetched, m.ready, m.levels, m.missed, m.pieces, m.translated, m.refused, m.delayed = fetched, 0, 0, 0, lines, 0, 0, 0
}

// loadWait is a load that waits for an older store, or a store that waits for
// one of its store set.
type loadWait struct {
	tag   tag
	store uint64 // position in the store queue
	until waitKind

	// With allKnown, to tell a needless wait: what the load accesses, the first store
	// whose address is not known, and whether one that was not has a byte of it.
	size  uint8
	meets bool
	addr  isa.Addr
	first uint64
}

type waitKind uint8

const (
	allKnown     waitKind = iota // the addresses of that store and of all before it
	addressKnown                 // its address
	dataKnown
	written  // or moved to the store buffer
	buffered // until the entry of the store buffer has been written; store is its identifier
)

// waitFor puts u on the list of its thread.
func (t *thread) waitFor(u *uop, w loadWait) {
	u.flags |= waitsStore
	t.waits = append(t.waits, w)
}

// lines counts the L1D lines that an access touches.
func (c *Core) lines(u *uop) uint8 {
	a := u.dyn.Mem
	if (a^(a+isa.Addr(u.dyn.Inst.MemSize)-1))&^c.lineMask != 0 {
		return 2
	}
	return 1
}

// pieceAddr is the first byte of the access in line k of it.
func (c *Core) pieceAddr(u *uop, k int) isa.Addr {
	if k == 0 {
		return u.dyn.Mem
	}
	return (u.dyn.Mem | c.lineMask) + 1
}

func (c *Core) startLoad(t *thread, id uopID, u *uop) {
	c.pool.mems[id].begin(u.fetched, c.lines(u))
	if c.speculates {
		e := t.loads.at(c.pool.mems[id].lq)
		e.addr, e.size = u.dyn.Mem, u.dyn.Inst.MemSize
	}
	c.locate(t, id, u)
}

// locate finds where a load's data comes from.
func (c *Core) locate(t *thread, id uopID, u *uop) {
	u.flags &^= waitsStore
	pos, how := t.stores.match(c.pool.mems[id].sq, u.dyn.ASID, u.dyn.Mem, u.dyn.Inst.MemSize)
	if how == covers && u.dyn.Inst.Class == isa.Atomic {
		how = partial // it reads and writes the cache
	}
	if how == noOverlap && len(t.buffer.entries) > 0 && c.locateBuffered(t, id, u) {
		return
	}
	source := fromMemory
	switch how {
	case noOverlap:
		c.accessLines(t, id, u)
	case covers:
		data := t.stores.at(pos).dataAt
		if data == isa.Never {
			t.waitFor(u, loadWait{tag: newTag(u.seq, id, tagWake), store: pos, until: dataKnown})
			return
		}
		source = pos + 1
		t.stats.Forwarded++
		c.loaded(id, u, max(c.now, data)+c.forward)
	case partial:
		t.stats.ForwardBlocked++
		t.waitFor(u, loadWait{tag: newTag(u.seq, id, tagWake), store: pos, until: written})
		return
	}
	if c.speculates {
		t.loads.at(c.pool.mems[id].lq).source = source
	}
}

// locateBuffered lets the store buffer answer a load, or makes it wait for an
// entry that has some of its bytes. It reports false if none has.
func (c *Core) locateBuffered(t *thread, id uopID, u *uop) bool {
	entry, how := t.buffer.match(c.block, u.dyn.ASID, u.dyn.Mem, u.dyn.Inst.MemSize)
	switch {
	case how == noOverlap:
		return false
	case how == partial || u.dyn.Inst.Class == isa.Atomic:
		t.stats.ForwardBlocked++
		t.waitFor(u, loadWait{tag: newTag(u.seq, id, tagWake), store: entry, until: buffered})
		return true
	}
	t.stats.Forwarded++
	t.stats.Buffer.Forwarded++
	c.loaded(id, u, c.now+c.forward)
	if c.speculates {
		t.loads.at(c.pool.mems[id].lq).source = fromMemory
	}
	return true
}

// accessLines starts the access of a load, or the translation of a store.
func (c *Core) accessLines(t *thread, id uopID, u *uop) {
	if c.pool.mems[id].pieces == 2 {
		t.stats.LineCrossings++
		c.retry = append(c.retry, newTag(u.seq, id, tagPiece1))
	}
	c.accessLine(t, id, u, 0)
}

// accessLine translates and reads line k of an access, or puts it on the list
// of what it waits for.
func (c *Core) accessLine(t *thread, id uopID, u *uop, k int) {
	m := &c.pool.mems[id]
	tg := newTag(u.seq, id, tagPiece0+tagKind(k))
	if m.translated&(1<<k) == 0 {
		paddr, status := c.translate(tlb.Data, u, c.pieceAddr(u, k), tg, m.delayed&(1<<k) != 0)
		switch status {
		case tlb.Pending:
			return
		case tlb.Refused:
			c.shareFull = false
			m.delayed |= 1 << k
			c.tlbWait = append(c.tlbWait, tg)
			return
		}
		c.translatedLine(m, k, paddr)
	}
	if u.store() {
		c.storeTranslated(t, id, u)
		return
	}
	kind := cache.Read
	if u.dyn.Inst.Class == isa.Atomic {
		kind = cache.Write
	}
	hit, why := c.parts.Caches.Access(c.now, cache.Request{
		Addr: m.paddr[k], PC: u.dyn.PC, Thread: u.ctx, Kind: kind, Tag: uint64(tg), Again: m.refused&(1<<k) != 0,
	})
	if why != cache.Accepted {
		m.refused |= 1 << k
	}
	switch {
	case why == cache.MSHRFull || why == cache.ShareFull:
		c.shareFull = why == cache.ShareFull
		c.mshrWait = append(c.mshrWait, tg)
	case why != cache.Accepted:
		c.retry = append(c.retry, tg)
	case hit:
		c.lineArrived(id, u, c.now+c.l1Latency)
	}
}

func (c *Core) translatedLine(m *memOp, k int, paddr isa.Addr) {
	m.paddr[k] = paddr
	m.translated |= 1 << k
}

// lineArrived is told when the data of one line of a load can be used.
func (c *Core) lineArrived(id uopID, u *uop, ready isa.Cycle) {
	m := &c.pool.mems[id]
	m.ready = max(m.ready, ready)
	if m.pieces--; m.pieces == 0 {
		c.loaded(id, u, m.ready)
	}
}

// loaded ends a load: dependents can issue from cycle ready on.
func (c *Core) loaded(id uopID, u *uop, ready isa.Cycle) {
	p := &c.units[u.unit]
	u.doneAt = ready + p.settles - 1
	if c.watcher != nil {
		c.watchDone(id, u)
	}
	c.forgetMiss(&c.threads[u.ctx], id)
	ready += p.wakes - p.latency
	if ready == c.now {
		c.wake(id, u, false)
		return
	}
	c.events.At(uint64(c.now), uint64(ready), newTag(u.seq, id, tagWake))
}

// startStore computes the address of a store and translates it.
func (c *Core) startStore(t *thread, id uopID, u *uop) {
	c.pool.mems[id].begin(u.fetched, c.lines(u))
	e := t.stores.at(c.pool.mems[id].sq)
	e.lines = c.pool.mems[id].pieces
	if u.flags&dataReady != 0 {
		e.dataAt = min(e.dataAt, c.now)
	}
	if latency := c.units[u.unit].latency; latency > 1 {
		c.events.At(uint64(c.now), uint64(c.now+latency), newTag(u.seq, id, tagResolve))
		return
	}
	if c.speculates {
		c.events.At(uint64(c.now), uint64(c.now+1), newTag(u.seq, id, tagKnown))
	} else {
		c.addressComputed(t, id)
	}
	c.accessLines(t, id, u)
}

// releaseWritten lets the loads look again that waited until a store had been
// written that has left the store queue now.
func (c *Core) releaseWritten(t *thread) {
	kept := t.waits[:0]
	for _, w := range t.waits {
		if w.until == written && w.store < t.stores.head {
			c.retry = append(c.retry, w.tag)
		} else {
			kept = append(kept, w)
		}
	}
	t.waits = kept
}

// storeDataReady is the arrival of a store's data operand.
func (c *Core) storeDataReady(t *thread, id uopID, u *uop, later bool) {
	u.flags |= dataReady
	e := t.stores.at(c.pool.mems[id].sq)
	e.dataAt = c.now
	if later {
		e.dataAt++
	}
	if len(t.waits) > 0 {
		c.releaseDataWait(t, c.pool.mems[id].sq)
	}
	if u.stage == issued && c.pool.mems[id].pieces == 0 {
		u.doneAt = e.dataAt + c.issueDepth
	}
}

// releaseDataWait lets the loads look again that wait for the data of the
// store at pos.
func (c *Core) releaseDataWait(t *thread, pos uint64) {
	kept := t.waits[:0]
	for _, w := range t.waits {
		if w.until == dataKnown && w.store == pos {
			c.retry = append(c.retry, w.tag)
		} else {
			kept = append(kept, w)
		}
	}
	t.waits = kept
}

// translate asks for the physical address of what u fetches or accesses; again
// says that it has been refused before.
func (c *Core) translate(p tlb.Port, u *uop, addr isa.Addr, tg tag, again bool) (isa.Addr, tlb.Status) {
	if again {
		return c.parts.MMU.Retry(c.now, p, u.ctx, u.dyn.ASID, addr, uint64(tg))
	}
	return c.parts.MMU.Translate(c.now, p, u.ctx, u.dyn.ASID, addr, uint64(tg))
}

// storeTranslated ends the translation of one line of a store; it is done
// when it has all and its data.
func (c *Core) storeTranslated(t *thread, id uopID, u *uop) {
	m := &c.pool.mems[id]
	if m.pieces--; m.pieces > 0 {
		return
	}
	e := t.stores.at(c.pool.mems[id].sq)
	e.paddr = m.paddr
	c.forgetMiss(t, id)
	if u.flags&dataReady != 0 {
		u.doneAt = max(c.now, e.dataAt) + c.issueDepth
	}
}

// retryMemory repeats accesses that were refused: after a bank or port
// conflict in the next cycle, after a full list when an entry has become free.
func (c *Core) retryMemory() {
	if len(c.retry) > 0 {
		c.active = true
		c.retry, c.retrying = c.retrying[:0], c.retry
		for _, tg := range c.retrying {
			c.again(tg)
		}
	}
	if len(c.tlbWait) > 0 {
		if freed := c.parts.MMU.Freed(tlb.Data); freed != c.tlbFreed {
			c.tlbFreed = freed
			c.repeat(&c.tlbWait)
		}
	}
	if len(c.mshrWait) > 0 {
		c.retryMisses()
	}
}

// retryMisses repeats the loads that wait for an MSHR, if one has become free,
// and notes whether none of them got it.
func (c *Core) retryMisses() {
	freed := c.parts.Caches.Freed(cache.Read)
	if freed == c.mshrFreed {
		return
	}
	c.mshrFreed = freed
	n := len(c.mshrWait)
	if c.repeat(&c.mshrWait); len(c.mshrWait) == n {
		c.passedOver++
	} else {
		c.passedOver = 0
	}
}

// repeat tries the waiting accesses again, first come first served, until one
// is refused. One that is refused because its thread has its share is passed
// over.
func (c *Core) repeat(waits *[]tag) {
	c.active = true
	n := len(*waits)
	for i := range n {
		// Who is refused puts itself at the end of the list, behind those that
		// were passed over before it.
		end := len(*waits)
		c.again((*waits)[i])
		if len(*waits) > end && !c.shareFull {
			*waits = append((*waits)[:end], (*waits)[i:n]...)
			break
		}
	}
	*waits = (*waits)[:copy(*waits, (*waits)[n:])]
}

// again repeats what tg stands for.
func (c *Core) again(tg tag) {
	id, u := c.pool.live(tg)
	if u == nil {
		return
	}
	t := &c.threads[u.ctx]
	switch tg.kind() {
	case tagPiece0:
		c.accessLine(t, id, u, 0)
	case tagPiece1:
		c.accessLine(t, id, u, 1)
	default:
		c.locate(t, id, u)
	}
}
