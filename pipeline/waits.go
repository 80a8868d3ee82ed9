package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Why an instruction under observation does not go on. In a cycle there is at
// most one reason: in the front end and at commit the instructions of a thread
// go in order, in the issue queue an operand comes before a unit, and in the
// memory system an access is at one place. A reason holds from the end of one
// simulated cycle to the next.

// Why is a reason to wait.
type Why uint8

const (
	NoWait          Why = iota
	WaitStructure       // Wait.Structure has no entry for it
	WaitRename          // the rename width is used up
	WaitRenameTurn      // the scheduler lets other threads rename
	WaitFrontOrder      // an older instruction of its thread waits in the front end
	WaitOperand         // Wait.Uop has not produced an operand
	WaitAddress         // … has not computed its address, and is an older store
	WaitAddresses       // … nor perhaps have stores before it
	WaitUnit            // the units of its class are taken
	WaitIssue           // the issue width is used up
	WaitIssueModel      // the issue model (scheduler.Select) lets its thread issue no more
	WaitIssuePort       // the issue ports of its units are taken
	WaitScoreboard      // in order, the scoreboard lets its thread issue nothing yet
	WaitIssueTurn       // the scheduler lets other threads issue
	WaitIssueOrder      // an older instruction of its thread has not issued
	WaitStoreData       // Wait.Uop, a store that has its bytes, has no data yet
	WaitStoreWrite      // … has some of its bytes, and has not been written
	WaitPort            // the cache refused the access: ports or bank busy
	WaitMSHR            // … no MSHR free
	WaitTLBMiss         // the TLB can take no more misses
	WaitTLB             // the page is being translated
	WaitMemory          // the line comes; Wait.Missed levels are known not to have it
	WaitCommitOrder     // an older instruction of its thread has not committed
	WaitCommit          // the commit width is used up
	NumWhys
)

var whyNames = [NumWhys]string{
	WaitStructure: "full", WaitRename: "rename width", WaitRenameTurn: "rename turn", WaitFrontOrder: "older in front end",
	WaitOperand: "operand", WaitAddress: "store address", WaitAddresses: "store addresses", WaitUnit: "unit busy",
	WaitIssue: "issue width", WaitIssueModel: "issue model", WaitIssuePort: "issue port", WaitScoreboard: "scoreboard", WaitIssueTurn: "issue turn", WaitIssueOrder: "older not issued",
	WaitStoreData: "store data", WaitStoreWrite: "store write", WaitPort: "port or bank", WaitMSHR: "MSHRs full",
	WaitTLBMiss: "TLB misses full", WaitTLB: "TLB", WaitMemory: "memory", WaitCommitOrder: "older not committed", WaitCommit: "commit width",
}

func (w Why) String() string { return whyNames[w] }

// Wait is a time in which an instruction did not go on: From … Until-1.
type Wait struct {
	Why         Why
	Structure   scheduler.Structure // of WaitStructure
	Missed      uint8               // of WaitMemory: cache levels, from the L1D on
	Uop         uint64              // the older instruction waited for; NoUop: none, or not observed
	From, Until isa.Cycle
}

// mark is what the lists of the core say of an instruction in a cycle.
type mark struct {
	at  isa.Cycle
	why Why
	uop uint64 // a store waited for
}

// staged marks what has its operands for the next cycle.
const staged = NumWhys

func (m *mark) of(c *Core) Why {
	if m.at != c.now {
		return NoWait
	}
	return m.why
}

// storeWhys are the reasons to wait for a store.
var storeWhys = [...]Why{allKnown: WaitAddresses, addressKnown: WaitAddress, dataKnown: WaitStoreData, written: WaitStoreWrite, buffered: WaitStoreWrite}

// markWaits marks what stands on the lists of the core.
func (o *observer) markWaits(c *Core) {
	o.markAll(c, c.staged, staged)
	o.markAll(c, c.mshrWait, WaitMSHR)
	o.markAll(c, c.tlbWait, WaitTLBMiss)
	o.markAll(c, c.retry, WaitPort)
	for i := range c.threads {
		t := &c.threads[i]
		for _, w := range t.waits {
			if id, u := c.pool.live(w.tag); u != nil {
				m := mark{c.now, storeWhys[w.until], NoUop}
				if w.until != buffered { // else its store has committed
					m.uop = o.storeNumber(c, t, w.store)
				}
				o.marks[id] = m
			}
		}
	}
}

func (o *observer) markAll(c *Core, tags []tag, why Why) {
	for _, tg := range tags {
		if id, u := c.pool.live(tg); u != nil {
			o.marks[id] = mark{c.now, why, NoUop}
		}
	}
}

// updateWait notes why an instruction does not go on, if it could in time.
func (o *observer) updateWait(c *Core, t *thread, e *observed, id uopID, u *uop) {
	w := Wait{Uop: NoUop, From: c.now}
	switch {
	case u.stage == inFrontEnd:
		c.whyFrontEnd(&w, t, u)
	case u.stage == inQueue:
		o.whyQueue(&w, c, t, e, id, u)
	case u.doneAt == isa.Never:
		o.whyMemory(&w, c, e, id, u)
	default:
		c.whyCommit(&w, t, u)
	}
	w.Until = isa.Never
	if n := len(e.Waits); n > 0 && e.Waits[n-1].Until == isa.Never {
		last := &e.Waits[n-1]
		w.From = last.From
		if w == *last {
			return
		}
		w.From, last.Until = c.now, c.now
	}
	if w.Why != NoWait {
		e.Waits = append(e.Waits, w)
	}
}

// whyFrontEnd says why an instruction that could have been renamed was not.
func (c *Core) whyFrontEnd(w *Wait, t *thread, u *uop) {
	decoded := u.fetched + c.fetchDepth
	if c.now < decoded {
		return
	}
	w.From = decoded // which may lie in cycles that were skipped
	s := c.lacking(t, u, !c.room(t, scheduler.ROB))
	switch {
	case u.pos != t.renamed:
		w.Why = WaitFrontOrder
	case !c.plan.Rename.Has(t.ctx):
		w.Why = WaitRenameTurn
	case s < scheduler.NumStructures:
		w.Why, w.Structure = WaitStructure, s
	default:
		w.Why = WaitRename
	}
}

// whyQueue says why an instruction has not issued.
func (o *observer) whyQueue(w *Wait, c *Core, t *thread, e *observed, id uopID, u *uop) {
	if e.Rename == c.now {
		return
	}
	m := &o.marks[id]
	switch why := m.of(c); {
	case u.pending > 0:
		w.Why = WaitOperand
		for k, src := range e.Sources {
			if u.linked&(1<<k) != 0 && (k != storeData || !u.store()) {
				w.Uop = src.Uop
				break
			}
		}
	case why == staged:
		o.whyStaged(w, c, e)
	case why != NoWait:
		w.Why, w.Uop = why, m.uop
	case !c.plan.Issue.Has(t.ctx):
		w.Why = WaitIssueTurn
	case c.inOrder && t.firstQueued() != u.pos:
		w.Why = WaitIssueOrder
	case c.inOrder && c.mayIssueAt(t, u) > c.now:
		w.Why = WaitScoreboard
	case c.units[u.unit].avail == 0:
		w.Why = WaitUnit
	case c.units[u.unit].ports != nil && c.units[u.unit].pick(c.now) < 0:
		w.Why = WaitIssuePort
	case c.issuedNow < c.spec.Issue.Width:
		w.Why = WaitIssueModel
	default:
		w.Why = WaitIssue
	}
}

// whyStaged says what an instruction waited for until the next cycle: the
// operand that has come last, or what it has waited for so far, an address.
func (o *observer) whyStaged(w *Wait, c *Core, e *observed) {
	w.Why = WaitAddress
	if n := len(e.Waits); n > 0 && e.Waits[n-1].Until == isa.Never {
		w.Why, w.Uop = e.Waits[n-1].Why, e.Waits[n-1].Uop
	}
	for _, src := range e.Sources {
		if src.Waited && src.Until == c.now+1 {
			w.Why, w.Uop = WaitOperand, src.Uop
		}
	}
}

// whyMemory says what keeps a load or a store that has issued.
func (o *observer) whyMemory(w *Wait, c *Core, e *observed, id uopID, u *uop) {
	m, listed := &c.pool.mems[id], &o.marks[id]
	why, all := listed.of(c), uint8(1)<<c.lines(u)-1
	switch {
	case why == WaitPort && e.Issue == c.now: // the second line of an access, in its turn
	case why != NoWait:
		w.Why, w.Uop = why, listed.uop
	case u.store() && m.pieces == 0:
		w.Why, w.Uop = WaitOperand, e.Sources[storeData].Uop
	case m.translated&all != all:
		w.Why = WaitTLB
	default:
		w.Why, w.Missed = WaitMemory, m.missed
	}
}

// whyCommit says why an instruction that is done has not committed.
func (c *Core) whyCommit(w *Wait, t *thread, u *uop) {
	if u.doneAt >= c.now {
		return
	}
	w.From = u.doneAt + 1 // as above
	switch {
	case u.pos == t.head && t.buffer.blocked == u.seq:
		w.Why, w.Structure = WaitStructure, scheduler.StoreBuffer
	case u.pos == t.head:
		w.Why = WaitCommit
	default:
		w.Why = WaitCommitOrder
	}
}
