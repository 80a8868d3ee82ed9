package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// rename takes instructions in program order out of the front end, gives each
// an entry in the structures that it needs, and finds the producers of its
// operands. The thread that goes first turns with the cycle; one that lacks an
// entry does not hold up the others.
func (c *Core) rename() {
	budget := c.spec.Rename.Width
	i := c.turn
	for range c.threads {
		t := &c.threads[i]
		if i++; i == len(c.threads) {
			i = 0
		}
		if t.renamed == t.cursor || !c.plan.Rename.Has(t.ctx) {
			continue
		}
		if budget -= c.renameThread(t, budget); budget == 0 {
			return
		}
	}
}

// renameThread renames up to width instructions of one thread and returns how
// many.
func (c *Core) renameThread(t *thread, width int) int {
	n := 0
	for ; n < width && t.renamed < t.cursor; n++ {
		id := t.at(t.renamed)
		u := &c.pool.uops[id]
		if c.now < u.fetched+c.fetchDepth || !c.admit(t, u) {
			break
		}
		c.dispatch(t, id, u)
	}
	if n > 0 {
		c.active = true
	}
	return n
}

// admit reports whether every structure that u needs has room for it.
func (c *Core) admit(t *thread, u *uop) bool {
	if !c.room(t, scheduler.ROB) || !c.room(t, scheduler.IssueQueue) {
		return false
	}
	if dst := u.dyn.Inst.Dst; dst != isa.NoReg && !c.room(t, registersOf(dst)) {
		return false
	}
	switch {
	case u.load():
		return c.room(t, scheduler.LoadQueue)
	case u.store():
		return c.room(t, scheduler.StoreQueue)
	}
	return true
}

func registersOf(r isa.Reg) scheduler.Structure {
	if r.FP() {
		return scheduler.FPRegisters
	}
	return scheduler.IntRegisters
}

// dispatch renames u and puts it into the issue queue.
func (c *Core) dispatch(t *thread, id uopID, u *uop) {
	c.release(t, scheduler.FetchBuffer)
	c.take(t, scheduler.ROB)
	c.take(t, scheduler.IssueQueue)
	u.seq = c.nextSeq
	c.nextSeq++
	u.stage, u.renamed, u.doneAt = inQueue, c.now, isa.Never
	u.flags &= kept
	u.consumers, u.pending, u.linked = 0, 0, 0
	t.renamed++

	in := &u.dyn.Inst
	switch {
	case u.load():
		c.take(t, scheduler.LoadQueue)
		u.sq = t.stores.tail
	case u.store():
		c.take(t, scheduler.StoreQueue)
		u.sq = t.stores.push(newTag(u.seq, id, tagWake), u.dyn.Mem, in.MemSize)
	}
	for k, src := range in.Src {
		if src != isa.NoReg {
			c.link(t, id, u, k, src)
		}
	}
	if u.store() && u.linked&(1<<storeData) == 0 {
		u.flags |= dataReady
	}
	if in.Dst != isa.NoReg {
		c.take(t, registersOf(in.Dst))
		u.prev = t.table[in.Dst]
		t.table[in.Dst] = producer{u.seq, id}
	}
	if u.pending == 0 {
		c.operandsReady(t, id, u)
	}
}

// storeData is the operand of a store that it need not have to compute its
// address.
const storeData = 1

// link makes operand k of u wait for the producer of src, if its value is not
// there yet.
func (c *Core) link(t *thread, id uopID, u *uop, k int, src isa.Reg) {
	from := t.table[src]
	p := &c.pool.uops[from.id]
	if from.id == 0 || p.seq != from.seq || p.flags&woken != 0 {
		return
	}
	u.source[k], u.next[k] = from.id, p.consumers
	p.consumers = newEdge(id, k)
	u.linked |= 1 << k
	if k != storeData || !u.store() {
		u.pending++
	}
}
