package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Wakeup is an event. A producer keeps the list of the operands that wait for
// it; when its result is available the list is walked, and a uop whose last
// operand has come joins the ready list of its unit class. No queue is
// searched.
//
// Results of one-cycle operations are woken when the producer issues, for the
// next cycle (staged); those of longer ones when the calendar says so.

// unitPool is one class of execution units with the uops that are ready for
// it.
type unitPool struct {
	latency, interval isa.Cycle
	wakes             isa.Cycle   // from issue to the issue of what waits for the result
	settles           isa.Cycle   // from the end of the latency to the first cycle of commit
	free              []isa.Cycle // by unit: when it takes its next operation
	avail             int         // units free in this cycle, while it is scheduled
	ports             []uint8     // by unit; nil: of its own
	taken             *uint32     // ports that have an operation in this cycle, all classes together
	tracked           bool        // it matters which unit takes an operation: busy for cycles, or behind a shared port

	ready []tag // by age; [head, len) is in use
	head  int
	scan  int // next to look at in this cycle
	took  int // of those before scan, issued or stale
}

// newUnitPool makes the units of a class. Results come delay cycles after
// their latency, and depth cycles pass from issue to execution.
func newUnitPool(u Unit, queue int, delay, depth isa.Cycle) unitPool {
	return unitPool{
		latency: isa.Cycle(u.Latency), interval: isa.Cycle(u.Interval),
		wakes: isa.Cycle(u.Latency) + delay, settles: max(delay, depth), tracked: u.Interval > 1,
		free: make([]isa.Cycle, u.Count), ready: make([]tag, 0, 4*queue+64),
	}
}

// push adds a ready uop in the order of age. Most are younger than those that
// wait already, so the search from the end is short.
func (p *unitPool) push(t tag) {
	if len(p.ready) == cap(p.ready) && p.head > 0 {
		p.ready = p.ready[:copy(p.ready, p.ready[p.head:])]
		p.head = 0
	}
	p.ready = append(p.ready, t)
	for i := len(p.ready) - 1; i > p.head && p.ready[i-1] > t; i-- {
		p.ready[i], p.ready[i-1] = p.ready[i-1], t
	}
}

// begin prepares the pool for a cycle's selection.
func (p *unitPool) begin(now isa.Cycle) {
	p.scan, p.took, p.avail = p.head, 0, len(p.free)
	if p.interval > 1 {
		p.avail = 0
		for _, f := range p.free {
			if f <= now {
				p.avail++
			}
		}
	}
}

// occupy gives an operation to a free unit.
func (p *unitPool) occupy(now isa.Cycle) {
	p.avail--
	if p.tracked {
		p.assign(now)
	}
}

// assign gives the operation to the first unit that can take it, where it
// matters which.
func (p *unitPool) assign(now isa.Cycle) {
	i := p.pick(now)
	p.free[i] = now + p.interval
	p.takePort(i)
}

// end removes what was taken: the uops that were passed over move up to where
// the scan ended, in their order.
func (p *unitPool) end() {
	if p.took == 0 {
		return
	}
	w := p.scan
	for r := p.scan - 1; r >= p.head; r-- {
		if p.ready[r] != 0 {
			w--
			p.ready[w] = p.ready[r]
		}
	}
	p.head = w
	if p.head == len(p.ready) {
		p.ready, p.head = p.ready[:0], 0
	}
}

// wake makes the result of u available to its consumers, from this cycle on
// or, with later, from the next.
func (c *Core) wake(id uopID, u *uop, later bool) {
	u.flags |= woken
	t := &c.threads[u.ctx]
	for e := u.consumers; e != 0; {
		cid, k := e.uop(), e.operand()
		v := &c.pool.uops[cid]
		e = v.next[k]
		v.linked &^= 1 << k
		if k == storeData && v.store() {
			c.storeDataReady(t, cid, v, later)
			continue
		}
		if v.pending--; v.pending > 0 {
			continue
		}
		if later {
			c.staged = append(c.staged, newTag(v.seq, cid, tagWake))
		} else {
			c.operandsReady(t, cid, v)
		}
	}
	u.consumers = 0
}

// operandsReady puts u on the ready list of its units, unless it must first
// wait for an older store.
func (c *Core) operandsReady(t *thread, id uopID, u *uop) {
	switch {
	case u.load():
		if (c.speculates || t.stores.unknown < c.pool.mems[id].sq) && c.heldBack(t, id, u) {
			return
		}
	case u.store():
		if c.order.Predictor != nil && c.heldBack(t, id, u) {
			return
		}
	}
	c.push(id, u)
}

func (c *Core) push(id uopID, u *uop) {
	u.flags |= selectable
	c.threads[u.ctx].ready++
	c.units[u.unit].push(newTag(u.seq, id, tagWake))
	c.ready |= 1 << u.unit
	c.active = true
}

// issue selects the oldest ready uops, over all threads, for the units that
// are free, up to the issue width.
func (c *Core) issue() {
	c.issuedNow = 0
	if len(c.staged) > 0 {
		c.mergeStaged()
	}
	open := c.ready
	if open == 0 {
		return
	}
	c.portsTaken = 0
	demand := 0
	for m := open; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		p := &c.units[i]
		if p.begin(c.now); p.avail == 0 {
			open &^= 1 << i
		}
		demand += min(p.avail, len(p.ready)-p.head)
	}
	switch {
	case c.plan.Select != scheduler.Select{}:
		c.selectRestricted(open)
	case c.ported:
		c.selectByPort(open)
	case demand > c.spec.Issue.Width || c.inOrder:
		c.selectByAge(open)
	default:
		c.selectAll(open)
	}
	for m := c.ready; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		p := &c.units[i]
		if p.end(); p.head == len(p.ready) {
			c.ready &^= 1 << i
		}
	}
}

// selectAll issues for each unit class by itself: all classes together want no
// more than the issue width.
func (c *Core) selectAll(open uint32) {
	for m := open; m != 0; m &= m - 1 {
		p := &c.units[bits.TrailingZeros32(m)]
		for p.avail > 0 && p.scan < len(p.ready) && c.issuedNow < c.spec.Issue.Width {
			c.tryIssue(p)
		}
	}
}

// selectByAge issues the oldest first over all classes.
func (c *Core) selectByAge(open uint32) {
	for c.issuedNow < c.spec.Issue.Width && open != 0 {
		p, unit := c.oldest(&open)
		if p == nil {
			return
		}
		if c.tryIssue(p); p.avail == 0 {
			open &^= 1 << unit
		}
	}
}

// tryIssue issues the next ready uop of a class, or passes over it.
func (c *Core) tryIssue(p *unitPool) {
	id, u := c.pool.live(p.ready[p.scan])
	switch {
	case u == nil:
		p.ready[p.scan] = 0
		p.took++
	case c.mayIssue(u):
		p.ready[p.scan] = 0
		p.took++
		p.occupy(c.now)
		c.issueUop(id, u, p)
		c.issuedNow++
	case p.interval > 1 && !c.plan.Issue.Has(u.ctx):
		// A unit that takes an operation every so many cycles waits for the
		// oldest, whose turn will come: another thread's turn could otherwise
		// coincide with the unit's for ever.
		p.avail--
	}
	p.scan++
}

// oldest finds the pool whose next uop is the oldest, closing those that have
// been looked through.
func (c *Core) oldest(open *uint32) (*unitPool, int) {
	var best *unitPool
	unit, age := 0, ^tag(0)
	for m := *open; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		p := &c.units[i]
		if p.scan == len(p.ready) {
			*open &^= 1 << i
			continue
		}
		if t := p.ready[p.scan]; t < age {
			best, unit, age = p, i, t
		}
	}
	return best, unit
}

// mayIssue reports whether a ready uop may leave the queue in this cycle. In
// order, only a thread's oldest may: select goes by age, so its predecessors
// have had their chance; and the scoreboard must let it.
func (c *Core) mayIssue(u *uop) bool {
	return c.plan.Issue.Has(u.ctx) && (!c.inOrder || c.inTurn(u))
}

// inTurn reports whether u is its thread's oldest that has not issued, and the
// scoreboard lets it issue.
func (c *Core) inTurn(u *uop) bool {
	t := &c.threads[u.ctx]
	return t.firstQueued() == u.pos && c.mayIssueAt(t, u) <= c.now
}

// mergeStaged takes in the uops whose operands came from one-cycle operations
// of the last cycle.
func (c *Core) mergeStaged() {
	for _, tg := range c.staged {
		if id, u := c.pool.live(tg); u != nil && u.stage == inQueue {
			c.operandsReady(&c.threads[u.ctx], id, u)
		}
	}
	c.staged = c.staged[:0]
}

// issueUop starts the execution of u.
func (c *Core) issueUop(id uopID, u *uop, p *unitPool) {
	c.active = true
	t := &c.threads[u.ctx]
	u.stage = issued
	t.dequeue(u.pos)
	u.flags &^= selectable | waitsStore
	t.ready--
	c.markIssued(t, id, u)
	c.leaveQueue(t, u)
	t.share[atIssue].used++
	switch {
	case u.load():
		c.startLoad(t, id, u)
		return
	case u.store():
		c.startStore(t, id, u)
		return
	}
	u.doneAt = c.now + p.latency + p.settles - 1
	if u.dyn.Inst.Control != isa.NoControl {
		c.view.Threads[u.ctx].Branches--
		if u.flags&(mispredicted|resolved) == mispredicted {
			c.events.At(uint64(c.now), uint64(c.now+c.issueDepth+p.latency), newTag(u.seq, id, tagResolve))
		}
	}
	if p.wakes == 1 {
		c.wake(id, u, true)
	} else {
		if c.parts.Traits.Long && u.long() {
			c.longStarted(t, id, u)
		}
		c.events.At(uint64(c.now), uint64(c.now+p.wakes), newTag(u.seq, id, tagWake))
	}
}

// complete takes in what ends in this cycle: results, resolved branches, and
// the answers of the caches and TLBs. The caches answer first: a page walk that
// ends now is in the TLBs for lookups that end now, and accesses that a
// translation lets begin, or a walk repeats, find the lines that have come and
// the MSHRs that are free, as all other accesses of the cycle do.
func (c *Core) complete() {
	now := uint64(c.now)
	for c.events.Next() <= now {
		tg, _, _ := c.events.Pop(now)
		id, u := c.pool.live(tg)
		if u == nil {
			continue
		}
		c.active = true
		switch tg.kind() {
		case tagResolve:
			c.resolve(id, u)
		case tagKnown:
			c.addressFound(&c.threads[u.ctx], id, u)
		default:
			if c.parts.Traits.Long {
				c.longOver(&c.threads[u.ctx], id, u)
			}
			c.wake(id, u, false)
		}
	}
	if c.parts.Caches.NextEvent() <= c.now {
		c.active = true
		c.parts.Caches.Tick(c.now)
	}
	if c.parts.MMU.NextEvent() <= c.now {
		c.active = true
		c.parts.MMU.Tick(c.now)
	}
}

// resolve is the end of a mispredicted control transfer's execution, or of a
// store's address computation that takes longer than a cycle.
func (c *Core) resolve(id uopID, u *uop) {
	t := &c.threads[u.ctx]
	if u.store() {
		c.accessLines(t, id, u)
		if c.speculates {
			c.addressFound(t, id, u)
		} else {
			c.addressComputed(t, id)
		}
		return
	}
	u.flags |= resolved
	c.leaveWrongPath(t, id, u)
}
