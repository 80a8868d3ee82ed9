package pipeline

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// check panics when an invariant of ours does not hold; without the build tag
// simcheck it compiles to nothing.
func check(ok bool, what string) {
	if checking && !ok {
		panic("pipeline: " + what)
	}
}

// checkCycle verifies, at the end of a cycle, what must hold between cycles.
func (c *Core) checkCycle() {
	if !checking {
		return
	}
	c.sumOccupancy(1)
	var held [scheduler.NumStructures]int
	for i := range c.threads {
		t := &c.threads[i]
		v := &c.view.Threads[i]
		check(t.head <= t.renamed && t.renamed <= t.cursor && t.cursor <= t.tail, "program order is broken")
		check(!t.parked() || t.empty(), "a context is parked with instructions in flight")
		check(int(t.tail-t.head) <= len(t.order), "a thread's window overflows")
		check(v.Occupancy[scheduler.ROB] == int(t.renamed-t.head), "ROB occupancy")
		check(v.Occupancy[scheduler.FetchBuffer] == t.frontEnd()+t.leftBuffer, "fetch buffer occupancy")
		check(v.Occupancy[scheduler.StoreQueue] == int(t.stores.tail-t.stores.head), "store queue occupancy")
		check(t.stats.Executed == t.stats.Committed+t.stats.Discarded+uint64(t.tail-t.head),
			"executed = retired + discarded + in flight + queued")
		c.checkWindow(t, v)
		for s := range held {
			check(v.Occupancy[s] >= 0, "negative occupancy")
			c.checkLimit(t, scheduler.Structure(s))
			held[s] += v.Occupancy[s]
		}
	}
	for s := range held {
		if e := &c.entries[s]; held[s]+e.free != e.size || e.free < 0 {
			panic(fmt.Sprintf("pipeline: %s: %d held, %d free, %d exist", e.of, held[s], e.free, e.size))
		}
	}
}

// checkLimit verifies that a thread took an entry only below its limit. It may
// hold more for a while after another one has woken.
func (c *Core) checkLimit(t *thread, s scheduler.Structure) {
	e, held := &c.entries[s], c.view.Threads[t.ctx].Occupancy[s]
	before := &c.residence.before[t.ctx][s]
	check(held <= max(*before, e.allowed(c.view.Threads, t.ctx)), "a thread holds more than its limit")
	check(e.rule.active || held <= e.limit, "a thread holds more than it ever may")
	*before = held
}

// checkWindow recounts what a thread's instructions hold.
func (c *Core) checkWindow(t *thread, v *scheduler.Thread) {
	loads, branches, misses := 0, 0, 0
	queued := t.leftQueue
	if c.speculates {
		c.checkOrder(t, v)
	}
	if c.buffered {
		c.checkBuffer(t, v)
	}
	for pos := t.head; pos < t.cursor; pos++ {
		u := &c.pool.uops[t.at(pos)]
		check(u.pos == pos && u.ctx == t.ctx, "a uop is out of place")
		if u.dyn.Inst.Control != isa.NoControl && u.stage != issued {
			branches++
		}
		if pos >= t.renamed {
			check(u.stage == inFrontEnd && u.seq == 0, "a uop in the front end is renamed")
			continue
		}
		check((u.stage == inQueue) == (t.queued[pos>>6&t.words]>>(pos&63)&1 != 0), "a uop is not marked as waiting, or wrongly so")
		if u.stage == inQueue {
			queued[c.queueOf[u.unit]-scheduler.IssueQueue]++
		}
		if u.load() {
			loads++
		}
		if (u.load() || c.parts.Traits.Long && u.long()) && u.stage == issued && c.pool.mems[t.at(pos)].levels != 0 {
			misses++
		}
	}
	for q, n := range queued {
		check(n == v.Occupancy[scheduler.IssueQueue+scheduler.Structure(q)], "issue queue occupancy")
	}
	check(loads == v.Occupancy[scheduler.LoadQueue], "load queue occupancy")
	check(branches == v.Branches, "branches not issued")
	check(misses == len(t.missed), "outstanding misses")
}
