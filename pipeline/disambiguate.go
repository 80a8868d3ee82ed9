package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Memory disambiguation. A load and an older store of its thread whose address
// has not been computed may or may not meet. The policy (package memdep) says
// what the load waits for. When a store's address becomes known the load queue is
// searched for a younger load that has issued and has a byte of the store from
// something older: a violation. That load and everything behind it is squashed
// and fetched again from the replay queue, core.lsq.penalty cycles later at the
// least, with nothing executed twice.
//
// A store's address is known to the loads that issue from the cycle after its
// computation on; with speculation the search is then, so that it finds what
// issued in the same cycle.
//
// What the model leaves out: replay of the violating load's dependents alone (everything
// behind it is squashed, as in the Alpha 21264); loads of other threads and cores that
// invalidate a line under a load (guests see sequential consistency).

// OrderStats count what disambiguation did to loads.
type OrderStats struct {
	Violations uint64 `stat:"violations" unit:"events" doc:"stores that found, when their address was computed, a younger load that had read some of their bytes too early; on wrong paths too"`
	Squashed   uint64 `stat:"squashed" unit:"instructions" doc:"instructions squashed by such violations and fetched again: the load and all fetched behind it"`
	Held       uint64 `stat:"held" unit:"loads" doc:"loads that had their operands and waited for the addresses of older stores; on wrong paths too"`
	False      uint64 `stat:"held_falsely" unit:"loads" doc:"such loads that waited needlessly: no store that they waited for had a byte of them"`
}

// renameMemory lets the predictor see a load or store in program order, and
// notes what it waits for.
func (c *Core) renameMemory(t *thread, id uopID, u *uop) {
	m := &c.pool.mems[id]
	if u.load() {
		m.lq = t.loads.push(id)
	} else {
		m.lq = t.loads.tail
	}
	if c.order.Wait != memdep.WaitPredicted {
		return
	}
	if u.load() {
		m.waitsFor = tag(c.order.Predictor.Load(c.now, t.ctx, u.dyn.PC))
		return
	}
	self := memdep.Store(newTag(u.seq, id, tagWake))
	m.waitsFor = tag(c.order.Predictor.Store(c.now, t.ctx, u.dyn.PC, self))
}

// heldBack reports whether a load, or under a predictor a store, that has its
// operands must wait for an older store, and makes it wait.
func (c *Core) heldBack(t *thread, id uopID, u *uop) bool {
	w := loadWait{tag: newTag(u.seq, id, tagWake), until: addressKnown}
	m := &c.pool.mems[id]
	switch c.order.Wait {
	case memdep.WaitAll:
		w.store, w.first, w.until = m.sq-1, t.stores.unknown, allKnown
		w.addr, w.size = u.dyn.Mem, u.dyn.Inst.MemSize
	case memdep.WaitPredicted:
		id, s := c.pool.live(m.waitsFor)
		if m.waitsFor == 0 || s == nil || s.ctx != u.ctx {
			return false
		}
		w.store = c.pool.mems[id].sq
	case memdep.WaitOracle:
		pos, how := t.stores.youngest(m.sq, u.dyn.ASID, u.dyn.Mem, u.dyn.Inst.MemSize)
		if how == noOverlap {
			return false
		}
		w.store = pos
	default:
		return false
	}
	if w.until == addressKnown && t.stores.at(w.store).known {
		return false
	}
	if u.load() {
		t.stats.Order.Held++
	}
	t.waitFor(u, w)
	return true
}

// addressComputed makes the address of a store known where no load can have
// been too early. The loads go on that have waited for the last of their stores.
func (c *Core) addressComputed(t *thread, id uopID) {
	if !t.stores.setKnown(c.pool.mems[id].sq) || len(t.waits) == 0 {
		return
	}
	kept := t.waits[:0]
	for _, w := range t.waits {
		if w.until == allKnown {
			t.stores.meet(&w, t.stores.unknown)
			if w.store < t.stores.unknown {
				if !w.meets {
					t.stats.Order.False++
				}
				c.staged = append(c.staged, w.tag)
				continue
			}
		}
		kept = append(kept, w)
	}
	t.waits = kept
}

// addressFound makes the address of a store known where loads speculate: those
// that waited for it go on, and those that did not and should have are squashed.
func (c *Core) addressFound(t *thread, id uopID, u *uop) {
	m := &c.pool.mems[id]
	t.stores.setKnown(m.sq)
	if c.order.Predictor != nil {
		c.order.Predictor.Known(c.now, t.ctx, u.dyn.PC, memdep.Store(newTag(u.seq, id, tagWake)))
	}
	if len(t.waits) > 0 {
		c.releaseHeld(t, m.sq)
	}
	if load := t.loads.tooEarly(m.lq, m.sq, u.dyn.Mem, u.dyn.Inst.MemSize); load != 0 {
		c.violated(t, u, &c.pool.uops[load])
	}
}

// releaseHeld lets go what waits for the address of the store at pos.
func (c *Core) releaseHeld(t *thread, pos uint64) {
	kept := t.waits[:0]
	for _, w := range t.waits {
		if w.until != addressKnown || w.store != pos {
			kept = append(kept, w)
			continue
		}
		id, u := c.pool.live(w.tag)
		if e := t.stores.at(pos); u.load() && !overlaps(u.dyn.Mem, u.dyn.Inst.MemSize, e.addr, e.size) {
			t.stats.Order.False++
		}
		c.push(id, u)
	}
	t.waits = kept
}

// meet compares a load that waits for all older stores with those before
// position known whose addresses it has waited for and that are known now.
func (q *storeQueue) meet(w *loadWait, known uint64) {
	for known = min(known, w.store+1); w.first < known; w.first++ {
		e := q.at(w.first)
		w.meets = w.meets || overlaps(e.addr, e.size, w.addr, w.size)
	}
}

// violated squashes a load that has read too early, and what is behind it.
func (c *Core) violated(t *thread, store, load *uop) {
	t.stats.Order.Violations++
	t.stats.Order.Squashed += t.cursor - load.pos
	if c.order.Predictor != nil {
		c.order.Predictor.Violated(c.now, t.ctx, load.dyn.PC, store.dyn.PC)
	}
	c.putBack(t, load.pos)
	t.redirectUntil = max(t.redirectUntil, c.now+isa.Cycle(c.spec.LSQ.Penalty))
}

// checkOrder verifies that every load that has located its data has it from the
// youngest older store with a byte of it whose address is known, or from what is
// older than all of them: that no violation has been missed.
func (c *Core) checkOrder(t *thread, v *scheduler.Thread) {
	check(int(t.loads.tail-t.loads.head) == v.Occupancy[scheduler.LoadQueue], "the load queue has other loads than the window")
	for pos := t.loads.head; pos < t.loads.tail; pos++ {
		e := t.loads.at(pos)
		u, m := &c.pool.uops[e.owner], &c.pool.mems[e.owner]
		check(m.lq == pos && u.load() && (u.stage == issued) == (e.size != 0), "a load is out of place in the load queue")
		if e.source == notLocated {
			continue
		}
		store, how := t.stores.match(m.sq, u.dyn.ASID, e.addr, e.size)
		check(how == noOverlap || store < e.source, "a load has read past an older store to the same bytes")
	}
}
