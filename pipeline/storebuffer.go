package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// storeBuffer holds the committed stores of one thread until they have been
// written to the L1D, when core.store-buffer.size is above 0; a store then leaves
// the store queue as it commits. An entry has bytes of one block: a line, or 64
// bytes of a longer one. A store joins an entry that has not been sent to the
// L1D, as core.store-buffer.coalesce allows, or takes a new one; a store that
// crosses blocks has two. A store without room does not commit.
//
// Entries are sent oldest first, several misses at a time. In the order tso (total
// store order) none is sent before an older one and none leaves before an older
// one has been written: misses overlap as if lines were fetched ahead for
// ownership, and what is visible keeps the order of the program. A store can join only
// the youngest entry. In the order relaxed an entry that is refused does not hold up
// those of other blocks, and each leaves when it has been written.
//
// What the model leaves out: entries wait for nothing but their turn, so stores
// are coalesced when they commit together or drain slowly, not because a policy
// keeps entries back to collect more; a forward takes bytes of one entry.
type storeBuffer struct {
	entries []bufferEntry // oldest first
	next    uint64        // identifier of the next entry
	unsent  int

	blocked uint64    // seq of the store that found no room, 0 for none …
	since   isa.Cycle // … and when
}

// bufferEntry is the bytes of a block that its stores have written.
type bufferEntry struct {
	id    uint64
	taken isa.Cycle
	block isa.Addr // virtual
	paddr isa.Addr // physical, of the block
	bytes uint64   // written bytes of the block
	asid  isa.ASID
	state bufferState

	again   bool   // the L1D has refused it before …
	refused bool   // … for want of an MSHR or of room in its write buffer …
	freed   uint64 // … and it waits for this generation to pass
}

type bufferState uint8

const (
	unsent  bufferState = iota
	sent                // the L1D's answer will come
	drained             // it has come
)

// Spellings of the specification.
const (
	CoalesceNone     = "none"
	CoalesceAdjacent = "adjacent"
	CoalesceAny      = "any"

	TotalStoreOrder = "tso"
	RelaxedOrder    = "relaxed"
)

// maxBlock is the most bytes of an entry: what a mask of 64 bits has.
const maxBlock = 64

// BufferStats count what went through the store buffer.
type BufferStats struct {
	Entries    uint64 `stat:"entries" unit:"entries" doc:"entries taken by committed stores"`
	Coalesced  uint64 `stat:"coalesced" unit:"accesses" doc:"blocks of committed stores that joined an entry"`
	Forwarded  uint64 `stat:"loads_forwarded" unit:"loads" doc:"loads that got their data from the store buffer"`
	Full       uint64 `stat:"full" unit:"stores" doc:"stores that were done and did not commit at once because the store buffer had no room"`
	FullCycles uint64 `stat:"full_cycles" unit:"cycles" doc:"cycles that such stores waited to commit"`
}

// part is what one store has of one block.
type part struct {
	block, paddr isa.Addr
	bytes        uint64
}

// split parts a store by blocks; the second is empty unless it crosses.
func (c *Core) split(e *storeEntry) (p [2]part, n int) {
	offset := e.addr & (c.block - 1)
	p[0] = part{e.addr - offset, e.paddr[0] - offset, maskOf(offset, e.size)}
	over := offset + isa.Addr(e.size)
	if over <= c.block {
		return p, 1
	}
	p[0].bytes &= 1<<c.block - 1
	p[1] = part{p[0].block + c.block, p[0].paddr + c.block, 1<<(over-c.block) - 1}
	if e.lines == 2 {
		p[1].paddr = e.paddr[1]
	}
	return p, 2
}

// maskOf has size bits from offset on.
func maskOf(offset isa.Addr, size uint8) uint64 { return (1<<size - 1) << offset }

// joins finds the entry that part p of a store can join, nil if there is none.
func (c *Core) joins(b *storeBuffer, p *part, asid isa.ASID) *bufferEntry {
	least := len(b.entries)
	switch c.spec.StoreBuf.Coalesce {
	case CoalesceAny:
		least = 0
	case CoalesceAdjacent:
		least--
	}
	for i := len(b.entries) - 1; i >= least && i >= 0; i-- {
		if e := &b.entries[i]; e.state == unsent && e.block == p.block && e.asid == asid {
			return e
		}
	}
	return nil
}

// buffer moves a store that commits from the head of the store queue to the
// store buffer. It reports false when there is no room for all of it; a part that
// has found room stays there.
func (c *Core) buffer(t *thread, u *uop) bool {
	b, e := &t.buffer, t.stores.at(t.stores.head)
	parts, n := c.split(e)
	for ; int(e.started) < n; e.started++ {
		p := &parts[e.started]
		if o := c.joins(b, p, e.asid); o != nil {
			o.bytes |= p.bytes
			t.stats.Buffer.Coalesced++
			continue
		}
		if !c.room(t, scheduler.StoreBuffer) {
			if b.blocked != u.seq {
				b.blocked, b.since = u.seq, c.now
				t.stats.Buffer.Full++
			}
			return false
		}
		c.active = true
		b.push(c.now, p, e.asid)
		c.take(t, scheduler.StoreBuffer)
		c.writing = c.writing.With(t.ctx)
		t.stats.Buffer.Entries++
	}
	if b.blocked == u.seq {
		b.blocked = 0
		t.stats.Buffer.FullCycles += uint64(c.now - b.since)
	}
	c.markWritten(t, t.stores.head)
	t.stores.leave()
	c.release(t, scheduler.StoreQueue)
	if len(t.waits) > 0 {
		c.releaseWritten(t)
	}
	return true
}

func (b *storeBuffer) push(now isa.Cycle, p *part, asid isa.ASID) {
	b.entries = append(b.entries, bufferEntry{id: b.next, taken: now, block: p.block, paddr: p.paddr, bytes: p.bytes, asid: asid})
	b.next++
	b.unsent++
}

// drainBuffer sends entries of a thread to the L1D, budget at most, and lets
// those leave that have been written. It returns what is left of the budget.
func (c *Core) drainBuffer(t *thread, budget int) int {
	b := &t.buffer
	for i := 0; i < len(b.entries) && budget > 0 && b.unsent > 0; i++ {
		e := &b.entries[i]
		if e.state != unsent {
			continue
		}
		switch ok := !b.follows(i) && c.sendEntry(t, e); {
		case ok:
			budget--
		case !c.relaxed:
			i = len(b.entries)
		}
	}
	c.freeEntries(t)
	return budget
}

// follows reports whether an older entry of the same block as entry i has not
// been sent: writes of the same bytes keep their order.
func (b *storeBuffer) follows(i int) bool {
	for k := range b.entries[:i] {
		if o := &b.entries[k]; o.state == unsent && o.paddr == b.entries[i].paddr {
			return true
		}
	}
	return false
}

// sendEntry writes an entry to the L1D. It reports false when it was refused.
func (c *Core) sendEntry(t *thread, e *bufferEntry) bool {
	if e.refused && e.freed == c.parts.Caches.Freed(cache.Write) {
		return false
	}
	c.active = true
	hit, why := c.parts.Caches.Access(c.now, cache.Request{
		Addr: e.paddr + isa.Addr(bits.TrailingZeros64(e.bytes)), Thread: t.ctx, Kind: cache.Write,
		Tag: uint64(newTag(e.id, uopID(t.ctx), tagDrain0)), Again: e.again,
	})
	if e.refused = waitsForRoom(why); e.refused {
		e.freed = c.parts.Caches.Freed(cache.Write)
	}
	if e.again = why != cache.Accepted; e.again {
		return false
	}
	t.buffer.unsent--
	if e.state = sent; hit {
		e.state = drained
	}
	return true
}

// entryDrained is the L1D's answer to the entry with an identifier.
func (b *storeBuffer) entryDrained(id uint64) {
	for i := range b.entries {
		if b.entries[i].id == id {
			b.entries[i].state = drained
			return
		}
	}
	panic("pipeline: the store buffer has no entry for an answer")
}

// freeEntries lets entries leave that have been written, and the loads look
// again that waited for one.
func (c *Core) freeEntries(t *thread) {
	b := &t.buffer
	kept := 0
	for i := range b.entries {
		if b.entries[i].state != drained || !c.relaxed && kept > 0 {
			b.entries[kept] = b.entries[i]
			kept++
		} else {
			c.markDrained(t, &b.entries[i])
		}
	}
	if n := len(b.entries) - kept; n > 0 {
		b.entries = b.entries[:kept]
		c.active = true
		c.takeN(t, scheduler.StoreBuffer, -n)
		if len(t.waits) > 0 {
			c.releaseBuffered(t)
		}
	}
}

// releaseBuffered lets the loads look again whose entry has left.
func (c *Core) releaseBuffered(t *thread) {
	kept := t.waits[:0]
	for _, w := range t.waits {
		if w.until == buffered && !t.buffer.has(w.store) {
			c.retry = append(c.retry, w.tag)
		} else {
			kept = append(kept, w)
		}
	}
	t.waits = kept
}

func (b *storeBuffer) has(id uint64) bool {
	for i := range b.entries {
		if b.entries[i].id == id {
			return true
		}
	}
	return false
}

// match finds the youngest entry that has a byte of a load, by its identifier.
func (b *storeBuffer) match(block isa.Addr, asid isa.ASID, addr isa.Addr, size uint8) (uint64, overlap) {
	for i := len(b.entries) - 1; i >= 0; i-- {
		e := &b.entries[i]
		if e.asid != asid {
			continue
		}
		if from := addr - e.block; from < block {
			switch want := maskOf(from, size); {
			case want&e.bytes == 0:
			case from+isa.Addr(size) <= block && want&^e.bytes == 0:
				return e.id, covers
			default:
				return e.id, partial
			}
		} else if before := e.block - addr; before < isa.Addr(size) && e.bytes&(1<<(isa.Addr(size)-before)-1) != 0 {
			return e.id, partial
		}
	}
	return 0, noOverlap
}

// checkBuffer verifies the store buffer of a thread.
func (c *Core) checkBuffer(t *thread, v *scheduler.Thread) {
	b := &t.buffer
	check(len(b.entries) == v.Occupancy[scheduler.StoreBuffer], "store buffer occupancy")
	check(t.stores.head == t.stores.committed, "a committed store is in the store queue")
	waiting := 0
	for i := range b.entries {
		e := &b.entries[i]
		check(i == 0 || b.entries[i-1].id < e.id, "the store buffer is out of order")
		check(e.bytes != 0 && e.block&(c.block-1) == 0 && e.paddr&(c.block-1) == 0, "a store buffer entry is of no block")
		if e.state == unsent {
			waiting++
		} else {
			check(c.relaxed || waiting == 0, "a store has passed an older one")
			check(!b.follows(i), "a store has passed an older one to the same block")
		}
	}
	check(waiting == b.unsent, "entries that have not been sent")
}
