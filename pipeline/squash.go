package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// A squash takes back, youngest first, what has been renamed. What follows
// depends on the reason: a wrong path is gone for good, whereas instructions
// that a policy or a memory-order violation squashes have been executed
// functionally and stay in program order to be fetched again.

// leaveWrongPath discards everything after a mispredicted control transfer
// that has resolved, and sends fetch to where control really went.
func (c *Core) leaveWrongPath(t *thread, id uopID, u *uop) {
	first := u.pos + 1
	c.unwind(t, first)
	for pos := first; pos < t.tail; pos++ {
		gone := t.at(pos)
		if pos < t.cursor {
			c.leaveFrontEnd(t, gone, &c.pool.uops[gone])
		}
		c.pool.give(gone)
	}
	if t.cursor > first {
		c.takeN(t, scheduler.FetchBuffer, -int(t.cursor-first))
	}
	t.stats.Discarded += t.tail - first
	t.tail, t.cursor = first, min(t.cursor, first)
	t.await(&c.pool)
	if u.fork > 0 {
		t.stream.Drop(int(u.fork))
		u.fork = 0
	}
	t.depth, t.hold = int(u.depth), noHold
	c.parts.Branch.Repair(t.ctx, u.dyn.PC, &u.dyn.Inst, &c.pool.preds[id], u.dyn.Taken, u.dyn.NextPC)
	t.redirect()
	t.redirectUntil = c.now + isa.Cycle(c.spec.Fetch.Redirect)
	t.redirectFor = noMispredict
	t.causes.rewriteAll(noMispredict)
	t.stats.Redirects++
}

// squashPast puts back what follows a thread's oldest load among those that a
// policy's request means, to be fetched again.
func (c *Core) squashPast(r *scheduler.Squash) {
	t := &c.threads[r.Thread]
	first, found := uint64(0), false
	for _, id := range t.missed {
		u, m := &c.pool.uops[id], &c.pool.mems[id]
		if m.levels&(1<<r.Past) != 0 && m.detected[r.Past]+r.Age <= c.now && (!found || u.pos < first) {
			first, found = u.pos, true
		}
	}
	if found {
		c.putBack(t, first+1+uint64(r.Keep))
	}
}

// putBack squashes the instructions from position first on. The predictors
// return to the state before the first control transfer among them.
func (c *Core) putBack(t *thread, first uint64) {
	if first >= t.cursor {
		return
	}
	c.active, c.stateChanged = true, true
	c.unwind(t, first)
	restored := false
	for pos := first; pos < t.cursor; pos++ {
		id := t.at(pos)
		u := &c.pool.uops[id]
		if !restored && u.flags&predicted != 0 {
			c.parts.Branch.Restore(t.ctx, &c.pool.preds[id])
			restored = true
		}
		c.leaveFrontEnd(t, id, u)
		u.stage = inReplay
	}
	n := t.cursor - first
	c.takeN(t, scheduler.FetchBuffer, -int(n))
	t.stats.Replayed += n
	t.cursor = first
	t.await(&c.pool)
	t.redirect()
	t.redirectUntil = min(t.redirectUntil, c.now)
	t.redirectFor = noReplay
	if t.renamed < first { // what stays in the front end was not lost by this
		t.causes.rewrite(c.pool.uops[t.at(first-1)].fetched, noReplay)
	} else {
		t.causes.rewriteAll(noReplay)
	}
}

// leaveFrontEnd takes u, which is not or no longer renamed, out of the front
// end. The caller counts the entries that become free.
func (c *Core) leaveFrontEnd(t *thread, id uopID, u *uop) {
	if u.dyn.Inst.Control != isa.NoControl {
		c.view.Threads[t.ctx].Branches--
	}
	if c.watcher != nil {
		c.watchSquashed(id, u)
	}
	c.markUnfetched(t, id)
}

// unwind takes back the renaming of everything from position first on. What
// it takes back is in the front end afterwards.
func (c *Core) unwind(t *thread, first uint64) {
	if t.renamed > first {
		n := int(t.renamed - first)
		c.takeN(t, scheduler.ROB, -n)
		c.takeN(t, scheduler.FetchBuffer, n)
	}
	for t.renamed > first {
		t.renamed--
		id := t.at(t.renamed)
		c.undoRename(t, id, &c.pool.uops[id])
	}
	t.unissued = min(t.unissued, first)
	if len(t.waits) > 0 {
		kept := t.waits[:0]
		for _, w := range t.waits {
			if _, u := c.pool.live(w.tag); u != nil {
				kept = append(kept, w)
			}
		}
		t.waits = kept
	}
}

// undoRename frees what the youngest renamed uop of a thread holds but its ROB
// entry, which the caller counts. Ready lists and answers under way recognise
// it as gone by its sequence number.
func (c *Core) undoRename(t *thread, id uopID, u *uop) {
	c.markGone(t, id, u, true)
	for k := 2; k >= 0; k-- {
		if u.linked&(1<<k) != 0 {
			p := &c.pool.uops[u.source[k]]
			check(p.consumers == newEdge(id, k), "a squashed consumer is not the youngest")
			p.consumers = u.next[k]
		}
	}
	check(u.consumers == 0, "a squashed producer still has consumers")
	if dst := u.dyn.Inst.Dst; dst != isa.NoReg {
		t.table[dst] = u.prev
		c.release(t, registersOf(dst))
	}
	switch {
	case u.load():
		if u.stage == issued {
			c.forgetMiss(t, id)
		}
		if c.speculates {
			t.loads.tail--
		}
		c.release(t, scheduler.LoadQueue)
	case u.store():
		if u.stage == issued {
			c.forgetMiss(t, id)
		}
		t.stores.pop()
		c.release(t, scheduler.StoreQueue)
	case c.parts.Traits.Long:
		c.longOver(t, id, u)
	}
	if u.stage == issued && u.dyn.Inst.Control != isa.NoControl {
		c.view.Threads[t.ctx].Branches++ // as in the front end, which it joins
	}
	why := slotReplayed
	if u.depth > 0 {
		why = slotWrongPath
	}
	if u.flags&settledDispatch == 0 {
		t.stats.Dispatch[why]++
	}
	if u.stage == inQueue {
		t.dequeue(u.pos)
		c.release(t, c.queueOf[u.unit])
		if u.flags&selectable != 0 {
			t.ready--
		}
	} else if u.flags&settledIssue == 0 {
		t.stats.Issue[why]++
	}
	u.flags &= kept
	u.seq = 0
}
