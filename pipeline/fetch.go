package pipeline

import (
	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// fetch takes instructions from the threads that the plan names, in its
// order, passing over those that cannot fetch. A thread reads one aligned
// block a cycle and stops at a control transfer that is predicted taken.
func (c *Core) fetch() {
	budget, threads := c.spec.Fetch.Width, c.plan.FetchThreads
	c.asked, c.cut = 0, 0
	for _, ctx := range c.plan.Fetch {
		if budget == 0 || threads == 0 {
			break
		}
		t := &c.threads[ctx]
		if !c.canFetch(t) {
			continue
		}
		width := min(budget, c.plan.FetchWidth)
		n := c.fetchThread(t, width)
		c.asked = c.asked.With(ctx)
		if n == width && n < c.spec.Fetch.Width {
			c.cut = c.cut.With(ctx)
		}
		budget -= n
		threads--
	}
	c.noteFetch()
}

// canFetch reports whether a thread could make use of a fetch slot now.
func (c *Core) canFetch(t *thread) bool {
	return !t.parked() && c.stallOf(t) == scheduler.NotStalled
}

// askable reports whether the stream may be asked at the tail.
func (c *Core) askable(t *thread) bool {
	switch t.hold {
	case noHold:
		return true
	case holdSerialise, holdAfter:
		return t.empty()
	case holdStores:
		return t.empty() && t.stores.empty() && len(t.buffer.entries) == 0
	}
	return false
}

// fetchThread fetches up to width instructions of one thread and returns how
// many.
func (c *Core) fetchThread(t *thread, width int) int {
	width = min(width, c.space(t, scheduler.FetchBuffer))
	if bound := c.parts.Traits.InFlight; bound > 0 {
		width = min(width, bound-t.inFlight())
	}
	n, wrong, branches, opened := 0, 0, 0, false
	for n < width {
		if t.cursor == t.tail && (!c.askable(t) || !c.fill(t)) {
			break
		}
		id := t.at(t.cursor)
		u := &c.pool.uops[id]
		if !t.ifetch.holds(&u.dyn, c.fetchLine) && !c.readBlock(t, u, &opened) {
			break
		}
		u.stage, u.fetched = inFrontEnd, c.now
		if c.watcher != nil && u.load() {
			c.watchFetched(id, u)
		}
		c.markFetched(id)
		t.cursor++
		n++
		if u.depth > 0 {
			wrong++
		}
		if u.dyn.Inst.Control != isa.NoControl {
			branches++
			if c.predict(t, id, u) || branches == c.spec.Fetch.Branches {
				break
			}
		}
		if u.flags&stops != 0 {
			break
		}
	}
	if n > 0 {
		c.active = true
		t.waiting = min(t.waiting, c.now)
		c.takeN(t, scheduler.FetchBuffer, n)
		c.view.Threads[t.ctx].LastFetch = c.now
		t.stats.FetchCycles++
		t.stats.Fetched += uint64(n)
		t.stats.FetchedWrong += uint64(wrong)
	}
	return n
}

// holds reports whether the block that has been read, of the given size, has
// the whole instruction.
func (f *ifetch) holds(d *isa.Dyn, size isa.Addr) bool {
	return f.valid && d.PC-f.block < size && d.PC-f.block+isa.Addr(d.Inst.Size) <= size
}

// fill asks the stream for what follows the tail. It reports false, and sets
// the hold, when there is nothing.
func (c *Core) fill(t *thread) bool {
	parked := t.parked()
	filled := c.fillFrom(t)
	if t.parked() != parked {
		c.listLive()
	}
	return filled
}

func (c *Core) fillFrom(t *thread) bool {
	was := t.hold
	if t.hold != noHold {
		// canFetch or poll has seen that the hold is over.
		t.hold, c.stateChanged = noHold, true
	}
	n := c.ask(t)
	if n == 0 {
		// A program that dies of its first instruction was idle before, too.
		c.attention = c.attention || t.parked() && (t.hold != was || t.stream.Stop().Wake)
		return false
	}
	if d := &c.fetchBuf[0]; d.Thread != t.software || d.ASID != t.asid {
		c.switchTo(t, d)
		c.attention = c.attention || was != holdBlocked && was != holdIdle
	}
	for i := range c.fetchBuf[:n] {
		c.enter(t, &c.fetchBuf[i])
	}
	t.stats.Executed += uint64(n)
	if t.hold == holdAfter {
		c.wakeParked(c.now + 1)
		c.attention = c.attention || c.parts.StopAtSerialising
	}
	return true
}

// ask gets the next instructions from the stream. When there are none the
// hold says why.
func (c *Core) ask(t *thread) int {
	n := t.stream.Next(c.now, c.fetchBuf)
	if n > 0 || !c.stopAt(t, t.stream.Stop()) {
		return n
	}
	// The window was empty already: the second call gets it alone.
	t.hold = noHold
	if n = t.stream.Next(c.now, c.fetchBuf); n == 0 {
		c.stopAt(t, t.stream.Stop())
	}
	return n
}

// switchTo makes the software thread that executed d that of the context.
// What fetch has read is the last one's.
func (c *Core) switchTo(t *thread, d *isa.Dyn) {
	if !t.empty() {
		panic("pipeline: another software thread with instructions of the last in flight")
	}
	t.software = d.Thread
	c.become(t, d.ASID)
	t.redirect()
}

// enter appends an executed instruction to the thread's program order. The
// fields of a uop that rename or issue set are not touched here.
func (c *Core) enter(t *thread, d *isa.Dyn) {
	id := c.pool.take()
	u := &c.pool.uops[id]
	u.dyn = *d
	u.pos, u.ctx, u.depth, u.fork = t.tail, t.ctx, uint16(t.depth), 0
	u.unit, u.stage, u.flags = c.unitOf[d.Inst.Class], inReplay, 0
	if d.Inst.Flags&isa.Serialising != 0 {
		u.flags = stops
		t.hold = holdAfter
	}
	t.order[t.tail&uint64(len(t.order)-1)] = id
	t.tail++
}

// stopAt sets the hold for a stream that handed out nothing. It reports true
// when the stream wants a drained window and has it.
func (c *Core) stopAt(t *thread, s isa.Stop) bool {
	c.active, c.stateChanged = true, true
	switch s.Kind {
	case isa.StopSerialise:
		t.hold = holdSerialise
		if s.Flags&isa.DrainStores != 0 || s.Flags&isa.OrderStores != 0 && c.relaxed {
			t.hold = holdStores
		}
		return c.askable(t)
	case isa.StopPathEnd:
		t.hold = holdPathEnd
	case isa.StopBlocked:
		c.park(t, holdBlocked, s)
	case isa.StopIdle:
		c.park(t, holdIdle, s)
	default:
		panic("pipeline: a stream stopped for no reason")
	}
	return false
}

// predict asks the predictors about a control transfer that has just been
// fetched, compares the answer with what really happens, and leaves the
// correct path when it is wrong. It reports whether fetch of this thread ends
// in this cycle.
func (c *Core) predict(t *thread, id uopID, u *uop) bool {
	in := &u.dyn.Inst
	p := &c.pool.preds[id]
	c.view.Threads[t.ctx].Branches++
	if u.flags&predicted != 0 {
		// Fetched again after a squash: the recorded prediction stands, or
		// the outcome if it had resolved. Its wrong path is still queued.
		c.parts.Branch.Reapply(t.ctx, u.dyn.PC, in, p)
		t.ifetch.valid = t.ifetch.valid && !p.Taken
		return p.Taken || u.flags&stops != 0
	}
	timing := c.parts.Branch.Predict(t.ctx, u.dyn.PC, in, u.dyn.Mem, p)
	u.flags |= predicted
	if p.Taken && timing != bpred.AtOnce {
		c.lateTarget(t, timing)
	}
	next := u.dyn.PC + isa.Addr(in.Size)
	known := true
	switch {
	case !p.Taken:
	case in.Control.Direct():
		next = u.dyn.Mem
	default:
		next, known = p.Target, p.TargetKnown
	}
	if !known || next != u.dyn.NextPC {
		u.flags |= mispredicted
		if known && t.canFork {
			t.depth = t.stream.Fork(next)
			u.fork = uint16(t.depth)
		} else {
			t.hold = holdPathEnd
			u.flags |= stops
		}
	}
	if p.Taken {
		t.ifetch.valid = false
	}
	return p.Taken || u.flags&stops != 0
}

// lateTarget keeps fetch from going on until it knows where.
func (c *Core) lateTarget(t *thread, timing bpred.Timing) {
	bubble := c.parts.Branch.Bubble()
	if timing == bpred.AtDecode {
		bubble = c.spec.Fetch.Misfetch
		t.stats.Misfetches++
	}
	t.redirectUntil = c.now + 1 + isa.Cycle(bubble)
	t.redirectFor = noMisfetch
}

// readBlock makes sure that the bytes of u have been read. A thread can start
// one block a cycle; the first half of an instruction that crosses into the
// next one is kept until the second has come.
func (c *Core) readBlock(t *thread, u *uop, opened *bool) bool {
	f := &t.ifetch
	open := func(block isa.Addr) bool {
		if f.valid && f.block == block {
			return true
		}
		if *opened || !c.openBlock(t, u, block) {
			return false
		}
		*opened = true
		return true
	}
	mask := ^(c.fetchLine - 1)
	first := u.dyn.PC & mask
	last := (u.dyn.PC + isa.Addr(u.dyn.Inst.Size) - 1) & mask
	if first == last {
		return open(first)
	}
	if f.half != u.pos+1 {
		if !open(first) {
			return false
		}
		f.half = u.pos + 1
	}
	return open(last)
}

// openBlock reads one block through the I-TLB and the L1I.
func (c *Core) openBlock(t *thread, u *uop, block isa.Addr) bool {
	c.active = true
	f := &t.ifetch
	retried := f.refused == scheduler.ITLBMiss && f.block == block
	f.refused = scheduler.NotStalled
	answer := func() tag { return newTag(f.gen, uopID(t.ctx), tagFetch) }
	if !f.translated || f.block != block {
		f.block, f.valid, f.translated, f.again = block, false, false, false
		f.gen++
		paddr, status := c.translate(tlb.Fetch, u, block, answer(), retried)
		switch status {
		case tlb.Pending:
			f.pending = scheduler.ITLBMiss
			return false
		case tlb.Refused:
			f.refused, f.retryAfter = scheduler.ITLBMiss, c.parts.MMU.Freed(tlb.Fetch)
			return false
		}
		f.paddr, f.translated = paddr, true
	}
	hit, why := c.parts.Caches.Access(c.now, cache.Request{Addr: f.paddr, PC: block, Thread: t.ctx, Kind: cache.Fetch, Tag: uint64(answer()), Again: f.again})
	f.again = why != cache.Accepted
	switch {
	case why == cache.MSHRFull || why == cache.ShareFull:
		f.refused, f.retryAfter = scheduler.ICacheMiss, c.parts.Caches.Freed(cache.Fetch)
		return false
	case why != cache.Accepted:
		return false
	case !hit:
		f.pending = scheduler.ICacheMiss
		return false
	}
	f.valid, f.translated = true, false
	return true
}

// fetchAnswer is the end of a thread's I-TLB miss or I-cache miss.
func (c *Core) fetchAnswer(tg tag, translation bool) {
	t := &c.threads[tg.id()]
	f := &t.ifetch
	if f.gen != tg.seq() || f.pending == scheduler.NotStalled {
		return
	}
	f.pending, f.level = scheduler.NotStalled, scheduler.NoLevel
	if translation {
		f.paddr, f.translated = c.parts.MMU.Physical(t.asid, f.block), true
	} else {
		// The line goes to fetch as it arrives, so a line that is evicted at
		// once cannot starve the thread.
		f.valid, f.translated = true, false
	}
}
