package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// rename takes instructions in program order out of the front end, gives each
// an entry in the structures that it needs, and finds the producers of its
// operands. Threads go by the age of what they fetched, so none can be kept
// out of a contended structure by another that happens to ask at the right
// time; one that lacks an entry does not hold up the others, and does not count
// among the threads that rename in one cycle, where those are bounded.
func (c *Core) rename() {
	budget := c.spec.Rename.Width
	open := c.renamable()
	var served isa.ContextSet
	for budget > 0 && open != 0 {
		t := c.nextToRename(open)
		n, blocked := c.renameGroup(t, budget)
		t.share[atDispatch].used += n
		c.renamedNow += n
		if blocked || !c.arrived(t) {
			open = open.Without(t.ctx)
		}
		budget -= n
		if n > 0 && c.spec.Rename.Threads > 0 {
			if served = served.With(t.ctx); bits.OnesCount64(uint64(served)) == c.spec.Rename.Threads {
				open &= served
			}
		}
	}
}

// renamable are the threads that may rename and whose next instruction has left
// the front end.
func (c *Core) renamable() (open isa.ContextSet) {
	for i := range c.threads {
		if c.arrived(&c.threads[i]) {
			open = open.With(isa.Context(i))
		}
	}
	return open & c.plan.Rename
}

// nextToRename is the thread among some whose next instruction was fetched
// first; equals rotate.
func (c *Core) nextToRename(among isa.ContextSet) *thread {
	if among&(among-1) == 0 {
		return &c.threads[bits.TrailingZeros64(uint64(among))]
	}
	return c.firstFetched(among)
}

func (c *Core) firstFetched(among isa.ContextSet) (best *thread) {
	early := isa.FirstContexts(c.turn)
	first := isa.Never
	for _, part := range [...]isa.ContextSet{among &^ early, among & early} {
		for m := uint64(part); m != 0; m &= m - 1 {
			if t := &c.threads[bits.TrailingZeros64(m)]; t.waiting < first {
				best, first = t, t.waiting
			}
		}
	}
	return best
}

// renameGroup renames what a thread fetched in one cycle, width instructions
// at most. It returns how many, and whether the next one lacks an entry.
func (c *Core) renameGroup(t *thread, width int) (n int, blocked bool) {
	if c.bounded {
		c.bound(t)
	}
	id, space := t.at(t.renamed), c.space(t, scheduler.ROB)
	if t.lacks = c.lacking(t, &c.pool.uops[id], space < 1); t.lacks < scheduler.NumStructures {
		return 0, true
	}
	fetched, ample := t.waiting, false
	for {
		c.dispatch(t, id, &c.pool.uops[id])
		t.await(&c.pool)
		if n++; n == width || t.waiting != fetched {
			break
		}
		if n == 1 {
			// Many threads lack an entry for their first or second; for the
			// others it pays to look once.
			ample = c.ample(t, width)
		}
		id = t.at(t.renamed)
		if !ample {
			if t.lacks = c.lacking(t, &c.pool.uops[id], n >= space); t.lacks < scheduler.NumStructures {
				blocked = true
				break
			}
		}
	}
	c.active = true
	t.leftBuffer += n
	c.left = c.left.With(t.ctx)
	c.view.Threads[t.ctx].LastRename = c.now
	c.takeN(t, scheduler.ROB, n)
	return n, blocked
}

// ample reports whether n instructions find room whatever they need, so that
// it need not be looked for one by one.
func (c *Core) ample(t *thread, n int) bool {
	for s := scheduler.ROB; s < scheduler.StoreBuffer; s++ { // which is taken at commit
		if c.entries[s].size > 0 && c.space(t, s) < n {
			return false
		}
	}
	return true
}

// lacking is the first structure that has no room for u, NumStructures when
// all have. Whether the ROB is full the caller says.
func (c *Core) lacking(t *thread, u *uop, full bool) scheduler.Structure {
	switch dst := u.dyn.Inst.Dst; {
	case full:
		return scheduler.ROB
	case !c.room(t, c.queueOf[u.unit]):
		return c.queueOf[u.unit]
	case dst != isa.NoReg && !c.room(t, registersOf(dst)):
		return registersOf(dst)
	case u.load() && !c.room(t, scheduler.LoadQueue):
		return scheduler.LoadQueue
	case u.store() && !c.room(t, scheduler.StoreQueue):
		return scheduler.StoreQueue
	}
	return scheduler.NumStructures
}

func registersOf(r isa.Reg) scheduler.Structure {
	if r.FP() {
		return scheduler.FPRegisters
	}
	return scheduler.IntRegisters
}

// dispatch renames u and puts it into its issue queue. The caller counts the
// ROB entry.
func (c *Core) dispatch(t *thread, id uopID, u *uop) {
	u.seq = c.nextSeq
	c.nextSeq++
	u.stage, u.doneAt = inQueue, isa.Never
	t.enqueue(u.pos)
	c.pool.renamed[id] = c.now
	u.flags &= kept
	u.consumers, u.pending, u.linked = 0, 0, 0
	t.renamed++
	c.take(t, c.queueOf[u.unit])

	in := &u.dyn.Inst
	switch {
	case u.load():
		c.take(t, scheduler.LoadQueue)
		c.pool.mems[id].sq = t.stores.tail
	case u.store():
		c.take(t, scheduler.StoreQueue)
		c.pool.mems[id].sq = t.stores.push(newTag(u.seq, id, tagWake), u.dyn.ASID, u.dyn.Mem, in.MemSize)
	}
	if c.speculates && (u.load() || u.store()) {
		c.renameMemory(t, id, u)
	}
	c.markRenamed(t, id, u)
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
		t.table[in.Dst] = newTag(u.seq, id, tagWake)
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
	writer := t.table[src]
	from := writer.id()
	p := &c.pool.uops[from]
	if writer == 0 || p.seq != writer.seq() || p.flags&woken != 0 {
		return
	}
	u.source[k], u.next[k] = from, p.consumers
	p.consumers = newEdge(id, k)
	u.linked |= 1 << k
	if k != storeData || !u.store() {
		u.pending++
	}
}
