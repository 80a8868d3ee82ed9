package pipeline

import (
	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Work counts what instructions went through, of one thread or of all.
type Work struct {
	Committed      uint64 `stat:"committed" unit:"instructions" doc:"instructions committed"`
	Loads          uint64 `stat:"loads" unit:"instructions" doc:"loads and atomics committed"`
	Stores         uint64 `stat:"stores" unit:"instructions" doc:"stores committed"`
	Executed       uint64 `stat:"executed" unit:"instructions" doc:"instructions executed functionally, wrong paths included"`
	Discarded      uint64 `stat:"discarded" unit:"instructions" doc:"instructions executed on a wrong path and discarded when it ended"`
	Fetched        uint64 `stat:"fetched" unit:"instructions" doc:"instructions fetched, again after a squash included"`
	FetchedWrong   uint64 `stat:"fetched_wrongpath" unit:"instructions" doc:"instructions fetched from a wrong path"`
	Replayed       uint64 `stat:"replayed" unit:"instructions" doc:"fetched instructions that a policy or a memory-order violation squashed, to be fetched again"`
	FetchCycles    uint64 `stat:"fetch_cycles" unit:"cycles" doc:"cycles in which the thread fetched, summed over threads"`
	Redirects      uint64 `stat:"redirects" unit:"events" doc:"mispredicted control transfers resolved, on wrong paths too"`
	Misfetches     uint64 `stat:"misfetches" unit:"events" doc:"transfers predicted taken that decode found or whose target it corrected, on wrong paths too"`
	Forwarded      uint64 `stat:"loads_forwarded" unit:"loads" doc:"loads that got their data from a store in the store queue or the store buffer"`
	ForwardBlocked uint64 `stat:"loads_forward_blocked" unit:"loads" doc:"loads that waited until a store with some of their bytes had been written"`
	LineCrossings  uint64 `stat:"line_crossings" unit:"accesses" doc:"loads and stores issued that cross a cache line"`

	Order  OrderStats  `stat:"order"`
	Buffer BufferStats `stat:"store_buffer"`
}

// ThreadStats are the counters of one hardware context. Each ledger sums to
// the stage's width × cycles over any interval between two settlements.
type ThreadStats struct {
	Work
	Issue     threadSlots `stat:"slots.issue"`
	Dispatch  threadSlots `stat:"slots.dispatch"`
	Occupancy occupancy   `stat:"occupancy"`
	Masked    uint64      `stat:"dispatch_masked" unit:"slots" doc:"dispatch slots lost to other threads while the thread's oldest instruction was a load that had missed the L1D or waited for a translation, a division or a square root; alone it would have lost most of them, too"`
}

// Stats are the counters of the core: what its threads did, summed, and the
// machine's ledgers.
type Stats struct {
	Cycles uint64 `stat:"cycles" unit:"cycles" doc:"cycles simulated"`
	Work
	Issue     Ledger             `stat:"slots.issue"`
	Dispatch  Ledger             `stat:"slots.dispatch"`
	Occupancy occupancy          `stat:"occupancy"`
	Branch    bpred.Stats        `stat:"branch"`
	Scheduler scheduler.Counters `stat:"scheduler"`
}

// accountIssue charges the issue slots of a cycle whose instructions have been
// selected.
func (c *Core) accountIssue() {
	used, width := c.issuedNow, c.spec.Issue.Width
	for i := range c.threads {
		t := &c.threads[i]
		s := &t.share[atIssue]
		s.class = c.issueClass(t)
		rest := width - s.used
		if others := used - s.used; others > 0 && t.ready > 0 {
			rest -= others
			t.stats.Issue[slotOtherThread] += uint64(others)
		}
		t.stats.Issue[s.class] += uint64(rest)
		c.stats.Issue.Thread[i] += uint64(s.used)
	}
	c.joint.note(c.threads, 1)
	c.charge(atIssue, width, used)
}

// accountDispatch charges the dispatch slots of a cycle whose instructions have
// been renamed, which is the last that is said of its slots.
func (c *Core) accountDispatch() {
	used, width := c.renamedNow, c.spec.Rename.Width
	for i := range c.threads {
		t := &c.threads[i]
		s := &t.share[atDispatch]
		arrived := c.arrived(t)
		if arrived && t.lacks == scheduler.NumStructures {
			// Its turn has not come: what would it have lacked?
			u := &c.pool.uops[t.at(t.renamed)]
			t.lacks = c.lacking(t, u, !c.room(t, scheduler.ROB))
		}
		wanted := arrived && t.lacks == scheduler.NumStructures
		s.class = c.dispatchClass(t, arrived)
		rest := width - s.used
		lost := 0
		if others := used - s.used; others > 0 && wanted {
			rest -= others
			lost = others
			t.stats.Dispatch[slotOtherThread] += uint64(others)
		}
		if lostToOthers[s.class] {
			lost += rest
		}
		if s.masked = lost > 0 && c.headIsLong(t); s.masked {
			t.stats.Dispatch[slotMasked] += uint64(lost)
		}
		t.stats.Dispatch[s.class] += uint64(rest)
		c.stats.Dispatch.Thread[i] += uint64(s.used)
		s.used, t.share[atIssue].used, t.lacks = 0, 0, scheduler.NumStructures
	}
	c.charge(atDispatch, width, used)
	c.renamedNow = 0
}

// accountIdle charges the cycles after the present one in which nothing
// happens. Dispatch stands as it stood in this one; that may be why nothing
// issues.
func (c *Core) accountIdle(cycles uint64) {
	if cycles == 0 {
		return
	}
	c.stats.Cycles += cycles
	for i := range c.threads {
		t := &c.threads[i]
		t.share[atIssue].class = c.issueClass(t)
	}
	c.joint.note(c.threads, cycles)
	c.chargeIdle(atIssue, c.spec.Issue.Width, cycles)
	c.chargeIdle(atDispatch, c.spec.Rename.Width, cycles)
}

// Settle brings the counters to a state in which every sum holds: before a
// snapshot of a context's counters, or with all of them before one of the
// machine's. The slots of instructions that are in flight at that moment are
// counted as such, for good: what becomes of them afterwards is not, so that
// the classes sum to the whole over any interval between two settlements.
func (c *Core) Settle(contexts isa.ContextSet) {
	c.checkOccupancy()
	work := make([]*Work, len(c.threads))
	held := make([]*occupancy, len(c.threads))
	branches := make([]*bpred.Stats, len(c.threads))
	for i := range c.threads {
		t := &c.threads[i]
		if contexts.Has(t.ctx) {
			c.settleThread(t)
		}
		work[i], held[i], branches[i] = &t.stats.Work, &t.stats.Occupancy, c.parts.Branch.Stats(t.ctx)
	}
	stats.Sum(&c.stats.Work, work...)
	stats.Sum(&c.stats.Occupancy, held...)
	stats.Sum(&c.stats.Branch, branches...)
	c.joint.enter()
	c.closeLedgers()
	c.rotation.seen = 0 // what has been added since the mark is no longer what a period adds
	if p, ok := c.parts.Policy.(scheduler.Counting); ok {
		c.stats.Scheduler = p.Counters()
	}
}

func (c *Core) settleThread(t *thread) {
	t.stats.Masked = t.stats.Dispatch[slotMasked]
	c.settleOccupancy(t)
	for pos := t.head; pos < t.renamed; pos++ {
		u := &c.pool.uops[t.at(pos)]
		if u.flags&settledDispatch == 0 {
			u.flags |= settledDispatch
			t.stats.Dispatch[slotInFlight]++
		}
		if u.stage == issued && u.flags&settledIssue == 0 {
			u.flags |= settledIssue
			t.stats.Issue[slotInFlight]++
		}
	}
}

// Peek calls look while the ledgers also count the slots of instructions in
// flight. Nothing is settled: what becomes of them is counted as if nobody had
// looked.
func (c *Core) Peek(look func()) {
	inFlight := make([][numLedgers]uint64, len(c.threads))
	for i := range c.threads {
		t := &c.threads[i]
		c.settleOccupancy(t)
		t.stats.Masked = t.stats.Dispatch[slotMasked]
		inFlight[i] = c.unsettled(t)
		for stage, n := range inFlight[i] {
			t.stats.ledger(stage)[slotInFlight] += n
		}
	}
	c.Settle(0)
	look()
	for i := range c.threads {
		for stage, n := range inFlight[i] {
			c.threads[i].stats.ledger(stage)[slotInFlight] -= n
		}
	}
}

// unsettled counts the slots of each stage whose class is not known.
func (c *Core) unsettled(t *thread) (n [numLedgers]uint64) {
	for pos := t.head; pos < t.renamed; pos++ {
		u := &c.pool.uops[t.at(pos)]
		if u.flags&settledDispatch == 0 {
			n[atDispatch]++
		}
		if u.stage == issued && u.flags&settledIssue == 0 {
			n[atIssue]++
		}
	}
	return n
}

// AddStats binds the counters of the core and of its contexts to set. Their
// sums hold after Settle.
func (c *Core) AddStats(set *stats.Set) {
	set.Add("", &c.stats, nil)
	c.joint.addStats(set)
	for i := range c.threads {
		prefix := threadPrefix(i)
		set.Add(prefix, &c.threads[i].stats, nil)
		set.Add(prefix+".branch", c.parts.Branch.Stats(isa.Context(i)), nil)
	}
}
