package pipeline

import (
	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Committed stores drain into the L1D, before the loads of the cycle and with the
// first chance at MSHRs that have become free. Threads take turns with the cycle.

// loadPatience is how often in a row stores may take the MSHRs that have become
// free while loads wait for one. Without a bound a thread whose stores miss can
// keep another's loads out for good. Chosen: loads get one of nine at the least.
const loadPatience = 8

// drainStores writes committed stores to the L1D, from the store buffer or from
// the store queue; from there in program order per thread. Several misses may be
// under way.
func (c *Core) drainStores() {
	if c.passedOver >= loadPatience && len(c.mshrWait) > 0 {
		c.retryMisses()
	}
	if c.writing == 0 {
		return
	}
	budget := c.spec.StoreBuf.Width
	i := c.turn
	for range c.threads {
		t := &c.threads[i]
		if i++; i == len(c.threads) {
			i = 0
		}
		if c.buffered {
			if len(t.buffer.entries) > 0 {
				budget = c.drainBuffer(t, budget)
			} else {
				c.writing = c.writing.Without(t.ctx)
			}
			continue
		}
		q := &t.stores
		if q.head == q.committed {
			c.writing = c.writing.Without(t.ctx)
			continue
		}
		for budget > 0 && q.next < q.committed && c.writeNext(t) {
			budget--
		}
		c.freeStores(t)
	}
}

// writeNext sends one line of the next committed store. It reports false when
// it was refused.
func (c *Core) writeNext(t *thread) bool {
	q := &t.stores
	if q.refused && q.freed == c.parts.Caches.Freed(cache.Write) {
		return false
	}
	q.refused = false
	e := q.at(q.next)
	hit, why := c.parts.Caches.Access(c.now, cache.Request{
		Addr: e.paddr[e.started], Thread: t.ctx, Kind: cache.Write,
		Tag: uint64(newTag(q.next, uopID(t.ctx), tagDrain0+tagKind(e.started))), Again: q.again,
	})
	c.active = true
	if q.again = why != cache.Accepted; q.again {
		q.refused, q.freed = waitsForRoom(why), c.parts.Caches.Freed(cache.Write)
		return false
	}
	if hit {
		e.remaining--
	}
	if e.started++; e.started == e.lines {
		q.next++
	}
	return true
}

// freeStores releases the entries of stores that have been written.
func (c *Core) freeStores(t *thread) {
	before := t.stores.head
	for t.stores.free() {
		c.markWritten(t, t.stores.head-1)
		c.release(t, scheduler.StoreQueue)
	}
	if t.stores.head != before {
		c.active = true
		if len(t.waits) > 0 {
			c.releaseWritten(t)
		}
	}
}

// waitsForRoom reports whether a refused write need not be repeated before the
// L1D has freed something.
func waitsForRoom(why cache.Refusal) bool {
	return why == cache.MSHRFull || why == cache.ShareFull || why == cache.BufferFull
}
