package pipeline

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// residence counts, in builds that check, how long instructions hold the
// entries of each structure: from each one's own times, and again by adding up
// the occupancies of each cycle. Both must be what occupancy.go says.
type residence struct {
	entered, issued []isa.Cycle // by uopID: when it was fetched, and when it issued
	stored          [][]isa.Cycle

	ended  [][scheduler.NumStructures]uint64 // by thread: of entries that have been given back
	summed [][scheduler.NumStructures]uint64 // by thread: occupancies of all cycles
	before [][scheduler.NumStructures]int    // by thread: occupancies at the end of the last cycle
}

func newResidence(threads, uops, stores int) residence {
	if !checking {
		return residence{}
	}
	r := residence{
		entered: make([]isa.Cycle, uops+1), issued: make([]isa.Cycle, uops+1),
		stored: make([][]isa.Cycle, threads),
		ended:  make([][scheduler.NumStructures]uint64, threads),
		summed: make([][scheduler.NumStructures]uint64, threads),
		before: make([][scheduler.NumStructures]int, threads),
	}
	for i := range r.stored {
		r.stored[i] = make([]isa.Cycle, ceilPow2(stores))
	}
	return r
}

// markFetched is told that a uop is in the front end from now on.
func (c *Core) markFetched(id uopID) {
	if checking {
		c.residence.entered[id] = c.now
	}
}

// markRenamed is told that a uop has been renamed. Its place in the fetch
// buffer is free in the next cycle.
func (c *Core) markRenamed(t *thread, id uopID, u *uop) {
	if checking {
		c.ends(t, scheduler.FetchBuffer, c.residence.entered[id], c.now+1)
		if u.store() {
			times := c.residence.stored[t.ctx]
			times[c.pool.mems[id].sq&uint64(len(times)-1)] = c.now
		}
	}
}

// markIssued is told that a uop has issued. Its place in the issue queue is
// free in the next cycle.
func (c *Core) markIssued(t *thread, id uopID, u *uop) {
	if checking {
		c.residence.issued[id] = c.now
		c.ends(t, c.queueOf[u.unit], c.pool.renamed[id], c.now+1)
	}
}

// markGone is told that a uop commits or its renaming is taken back.
func (c *Core) markGone(t *thread, id uopID, u *uop, squashed bool) {
	if !checking {
		return
	}
	for s := range scheduler.NumStructures {
		if c.windowHolds(u, s) && (s != scheduler.StoreQueue || squashed) {
			c.ends(t, s, c.pool.renamed[id], c.now)
		}
	}
	if squashed {
		c.residence.entered[id] = c.now
	}
}

// windowHolds reports whether a renamed uop has an entry of a structure that
// it keeps until it has left the window, or of the issue queue.
func (c *Core) windowHolds(u *uop, s scheduler.Structure) bool {
	switch s {
	case scheduler.ROB:
		return true
	case scheduler.IssueQueue, scheduler.MemQueue, scheduler.FPQueue:
		return u.stage == inQueue && s == c.queueOf[u.unit]
	case scheduler.LoadQueue:
		return u.load()
	case scheduler.StoreQueue:
		return u.store()
	case scheduler.IntRegisters, scheduler.FPRegisters:
		return u.dyn.Inst.Dst != isa.NoReg && registersOf(u.dyn.Inst.Dst) == s
	}
	return false
}

// markUnfetched is told that a uop leaves the front end for nowhere.
func (c *Core) markUnfetched(t *thread, id uopID) {
	if checking {
		c.ends(t, scheduler.FetchBuffer, c.residence.entered[id], c.now)
	}
}

// markWritten is told that the store queue's entry at pos is free.
func (c *Core) markWritten(t *thread, pos uint64) {
	if checking {
		times := c.residence.stored[t.ctx]
		c.ends(t, scheduler.StoreQueue, times[pos&uint64(len(times)-1)], c.now)
	}
}

// markDrained is told that an entry of the store buffer is free.
func (c *Core) markDrained(t *thread, e *bufferEntry) {
	if checking {
		c.ends(t, scheduler.StoreBuffer, e.taken, c.now)
	}
}

func (c *Core) ends(t *thread, s scheduler.Structure, from, to isa.Cycle) {
	c.residence.ended[t.ctx][s] += uint64(to - from)
}

// sumOccupancy adds up what is held at the end of so many cycles.
func (c *Core) sumOccupancy(cycles uint64) {
	if !checking {
		return
	}
	for i := range c.threads {
		for s, n := range c.view.Threads[i].Occupancy {
			c.residence.summed[i][s] += uint64(n) * cycles
		}
	}
}

// checkOccupancy compares the three counts, before cycle now.
func (c *Core) checkOccupancy() {
	if !checking {
		return
	}
	for i := range c.threads {
		t := &c.threads[i]
		resident := c.residence.ended[i]
		add := func(s scheduler.Structure, from isa.Cycle) { resident[s] += uint64(c.now - from) }
		for pos := t.head; pos < t.cursor; pos++ {
			id := t.at(pos)
			u := &c.pool.uops[id]
			if pos >= t.renamed {
				add(scheduler.FetchBuffer, c.residence.entered[id])
				continue
			}
			for s := range scheduler.NumStructures {
				if c.windowHolds(u, s) && s != scheduler.StoreQueue {
					add(s, c.pool.renamed[id])
				}
			}
		}
		for pos := t.stores.head; pos < t.stores.tail; pos++ {
			times := c.residence.stored[i]
			add(scheduler.StoreQueue, times[pos&uint64(len(times)-1)])
		}
		for k := range t.buffer.entries {
			add(scheduler.StoreBuffer, t.buffer.entries[k].taken)
		}
		for s := range scheduler.NumStructures {
			counted := t.entryCycles[s] + uint64(c.view.Threads[i].Occupancy[s])*uint64(c.now)
			if summed := c.residence.summed[i][s]; counted != summed || counted != resident[s] {
				panic(fmt.Sprintf("pipeline: thread %d, %s: occupancy %d, over cycles %d, over instructions %d", i, s, counted, summed, resident[s]))
			}
		}
	}
}
