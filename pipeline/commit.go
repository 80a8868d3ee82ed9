package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// commit retires finished instructions, in program order per thread. The
// thread that goes first turns with the cycle.
func (c *Core) commit() {
	budget, threads := c.spec.Commit.Width, c.spec.Commit.Threads
	i := c.turn
	for range c.threads {
		t := &c.threads[i]
		if i++; i == len(c.threads) {
			i = 0
		}
		if t.head == t.renamed {
			continue
		}
		if c.bounded && c.buffered {
			c.bound(t)
		}
		if c.pool.uops[t.at(t.head)].doneAt >= c.now {
			continue
		}
		n := c.commitThread(t, budget)
		if budget -= n; budget == 0 {
			return
		}
		if n > 0 {
			if threads--; threads == 0 {
				return
			}
		}
	}
}

// commitThread retires up to width instructions and returns how many.
func (c *Core) commitThread(t *thread, width int) int {
	n := 0
	for ; n < width && t.head < t.renamed; n++ {
		id := t.at(t.head)
		u := &c.pool.uops[id]
		if u.doneAt >= c.now || c.buffered && u.store() && !c.buffer(t, u) {
			break
		}
		c.retire(t, id, u)
	}
	if n == 0 {
		return 0
	}
	c.active, c.fruitless = true, 0
	c.takeN(t, scheduler.ROB, -n)
	t.stats.Committed += uint64(n)
	p := t.program
	if p.committed += uint64(n); p.committed >= p.goal {
		c.attention = true
	}
	if p.curve != nil {
		p.curve.commit(Point{p.committed, uint64(c.now) + 1}, uint64(n))
	}
	t.stream.Retire(n)
	return n
}

// retire ends the life of one instruction and frees what it held but its ROB
// entry, which the caller counts. Only a store keeps its queue entry until it
// has been written, if there is no store buffer.
func (c *Core) retire(t *thread, id uopID, u *uop) {
	c.markGone(t, id, u, false)
	in := &u.dyn.Inst
	if in.Dst != isa.NoReg {
		c.release(t, registersOf(in.Dst))
	}
	switch {
	case in.Control != isa.NoControl:
		c.parts.Branch.Commit(t.ctx, u.dyn.PC, in, &c.pool.preds[id], u.dyn.Taken, u.dyn.NextPC)
	case u.load():
		if c.speculates {
			t.loads.head++
		}
		c.release(t, scheduler.LoadQueue)
		t.stats.Loads++
		if c.watcher != nil {
			c.watcher.LoadCommitted(c.watchedLoad(id, u), t.head)
		}
	case u.store():
		if !c.buffered {
			t.stores.commit()
			c.writing = c.writing.With(t.ctx)
		}
		t.stats.Stores++
	}
	if u.flags&settledDispatch == 0 {
		t.stats.Dispatch[slotRetired]++
	}
	if u.flags&settledIssue == 0 {
		t.stats.Issue[slotRetired]++
	}
	if c.parts.OnRetire != nil {
		c.parts.OnRetire(t.ctx, &u.dyn)
	}
	t.head++
	c.pool.give(id)
}
