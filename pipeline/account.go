package pipeline

import (
	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// The machine's issue ledger counts each of width × cycles slots once: used by
// an instruction, or wasted. A cycle in which nothing issues is vertical
// waste, the unused slots of the others horizontal waste (Tullsen, Eggers and
// Levy, ISCA 1995). What became of an instruction that used a slot is known
// later, when it commits or is squashed. Settle closes the ledger at a moment:
// the slots of instructions that are in flight then are counted as such, for
// good, so that the classes sum to the whole over any interval between two
// settlements.

// Slots classifies the issue slots that a thread has used.
type Slots struct {
	Used      uint64 `stat:"total" unit:"slots" doc:"issue slots used"`
	Retired   uint64 `stat:"retired" unit:"slots" doc:"issue slots whose instruction committed"`
	WrongPath uint64 `stat:"wrongpath" unit:"slots" doc:"issue slots whose instruction was on a mispredicted path"`
	Replayed  uint64 `stat:"replayed" unit:"slots" doc:"issue slots whose instruction a policy squashed, to be issued again"`
	InFlight  uint64 `stat:"inflight" unit:"slots" doc:"issue slots whose instruction was in flight when the ledger was closed: at the end of its thread's measurement or of the run"`
}

// Work counts what instructions went through, of one thread or of all.
type Work struct {
	Committed      uint64 `stat:"committed" unit:"instructions" doc:"instructions committed"`
	Loads          uint64 `stat:"loads" unit:"instructions" doc:"loads and atomics committed"`
	Stores         uint64 `stat:"stores" unit:"instructions" doc:"stores committed"`
	Executed       uint64 `stat:"executed" unit:"instructions" doc:"instructions executed functionally, wrong paths included"`
	Discarded      uint64 `stat:"discarded" unit:"instructions" doc:"instructions executed on a wrong path and discarded when it ended"`
	Fetched        uint64 `stat:"fetched" unit:"instructions" doc:"instructions fetched, again after a squash included"`
	FetchedWrong   uint64 `stat:"fetched_wrongpath" unit:"instructions" doc:"instructions fetched from a wrong path"`
	Replayed       uint64 `stat:"replayed" unit:"instructions" doc:"fetched instructions that a policy squashed, to be fetched again"`
	FetchCycles    uint64 `stat:"fetch_cycles" unit:"cycles" doc:"cycles in which the thread fetched, summed over threads"`
	Redirects      uint64 `stat:"redirects" unit:"events" doc:"mispredicted control transfers resolved, on wrong paths too"`
	Misfetches     uint64 `stat:"misfetches" unit:"events" doc:"direct transfers predicted taken whose target the BTB did not have, on wrong paths too"`
	Forwarded      uint64 `stat:"loads_forwarded" unit:"loads" doc:"loads that got their data from a store in the store queue"`
	ForwardBlocked uint64 `stat:"loads_forward_blocked" unit:"loads" doc:"loads that waited until a store with some of their bytes had been written"`
	LineCrossings  uint64 `stat:"line_crossings" unit:"accesses" doc:"loads and stores issued that cross a cache line"`
}

// ThreadStats are the counters of one hardware context.
type ThreadStats struct {
	Work
	Slots Slots `stat:"slots.issue.used"`
}

// Stats are the counters of the core: those of its threads, summed, and the
// issue ledger.
type Stats struct {
	Cycles uint64 `stat:"cycles" unit:"cycles" doc:"cycles simulated"`
	ThreadStats
	Total      uint64             `stat:"slots.issue.total" unit:"slots" doc:"issue slots: width x cycles"`
	Horizontal uint64             `stat:"slots.issue.horizontal" unit:"slots" doc:"unused slots of cycles in which something issued"`
	Vertical   uint64             `stat:"slots.issue.vertical" unit:"slots" doc:"slots of cycles in which nothing issued"`
	Branch     bpred.Stats        `stat:"branch"`
	Scheduler  scheduler.Counters `stat:"scheduler"`
}

// account charges the issue slots of the cycle that ends.
func (c *Core) account() {
	c.stats.Cycles++
	width := uint64(c.spec.Issue.Width)
	c.stats.Total += width
	if c.issuedNow == 0 {
		c.stats.Vertical += width
	} else {
		c.stats.Horizontal += width - uint64(c.issuedNow)
	}
}

// accountIdle charges cycles in which nothing happens.
func (c *Core) accountIdle(cycles uint64) {
	c.stats.Cycles += cycles
	slots := cycles * uint64(c.spec.Issue.Width)
	c.stats.Total += slots
	c.stats.Vertical += slots
}

// Settle brings the counters to a state in which every sum holds: before a
// snapshot of a context's counters, or with all of them before one of the
// machine's.
func (c *Core) Settle(contexts isa.ContextSet) {
	threads := make([]*ThreadStats, len(c.threads))
	branches := make([]*bpred.Stats, len(c.threads))
	for i := range c.threads {
		t := &c.threads[i]
		if contexts.Has(t.ctx) {
			c.settleThread(t)
		}
		threads[i], branches[i] = &t.stats, c.parts.Branch.Stats(t.ctx)
	}
	stats.Sum(&c.stats.ThreadStats, threads...)
	stats.Sum(&c.stats.Branch, branches...)
	if p, ok := c.parts.Policy.(scheduler.Counting); ok {
		c.stats.Scheduler = p.Counters()
	}
}

func (c *Core) settleThread(t *thread) {
	for pos := t.head; pos < t.renamed; pos++ {
		u := &c.pool.uops[t.at(pos)]
		if u.stage == issued && u.flags&settled == 0 {
			u.flags |= settled
			t.stats.Slots.InFlight++
		}
	}
}

// AddStats binds the counters of the core and of its contexts to set. Their
// sums hold after Settle.
func (c *Core) AddStats(set *stats.Set) {
	set.Add("", &c.stats, nil)
	for i := range c.threads {
		prefix := threadPrefix(i)
		set.Add(prefix, &c.threads[i].stats, nil)
		set.Add(prefix+".branch", c.parts.Branch.Stats(isa.Context(i)), nil)
	}
}
