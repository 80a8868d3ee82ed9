package pipeline

import (
	"strings"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Every slot of issue and of dispatch has one class: what became of the
// instruction that used it, or why nobody did. Each stage has two ledgers.
//
// The machine's counts each of the width × cycles slots once. A used slot is
// its instruction's thread's. Empty slot j of cycle c is that of live thread
// (c + j) mod live threads; of the thread that has the whole cycle, where the
// discipline gives it to one; when no thread is live, of the last that was. Its
// cause is that thread's.
//
// A thread's has width × cycles slots of its own: those that it used, those
// that others used while it had instructions for them (other_thread), and the
// rest, with its own cause.

// slotClass is what a slot was used for, or why it was not.
type slotClass uint8

const (
	// What became of the instruction; known when it commits or is squashed.
	slotRetired slotClass = iota
	slotWrongPath
	slotReplayed
	slotInFlight

	// What the thread's oldest instruction that has not issued waits for.
	waitL1
	waitL2
	waitL3
	waitL4
	waitMemory
	waitDTLB
	waitStore
	waitShortInt
	waitLongInt
	waitShortFP
	waitLongFP
	waitUnit

	// Why the front end has nothing to dispatch.
	noICache
	noITLB
	noMisfetch
	noMispredict
	noReplay
	noSerialise
	noFetch
	noFetchOther

	// The discipline.
	slotSwitch
	slotGated
	slotOtherThread // threads' ledgers only

	// Nothing to run.
	slotBlocked
	slotIdle

	// What the next instruction lacks to be dispatched, by structure: the
	// thread has all that it may have, or others have taken the rest.
	fullOwn
	fullOther      = fullOwn + slotClass(scheduler.NumStructures)
	numSlotClasses = fullOther + slotClass(scheduler.NumStructures)
)

// slotDescs describes the classes. Those of structures follow from their names.
var slotDescs = func() [numSlotClasses]stats.Desc {
	d := [numSlotClasses]stats.Desc{
		slotRetired:     {Name: "retired", Doc: "used by an instruction that committed"},
		slotWrongPath:   {Name: "wrongpath", Doc: "used by an instruction on a mispredicted path"},
		slotReplayed:    {Name: "replayed", Doc: "used by an instruction that was squashed, to go through the pipeline again"},
		slotInFlight:    {Name: "inflight", Doc: "used by an instruction that was in flight when the ledger was closed: at the end of its thread's measurement or of the run"},
		waitL1:          {Name: "l1", Doc: "waits for a load that accesses the L1D, or waits for a port, a bank or an MSHR of it"},
		waitL2:          {Name: "l2", Doc: "waits for a load that has missed the L1D"},
		waitL3:          {Name: "l3", Doc: "waits for a load that has missed the L2"},
		waitL4:          {Name: "l4", Doc: "waits for a load that has missed the L3, where there is an L4"},
		waitMemory:      {Name: "memory", Doc: "waits for a load that has missed the last cache level"},
		waitDTLB:        {Name: "dtlb", Doc: "waits for the translation of a load's or store's address"},
		waitStore:       {Name: "store", Doc: "waits for an older store: its address, its data, or until it has been written"},
		waitShortInt:    {Name: "short_int", Doc: "waits for an integer operation other than a division"},
		waitLongInt:     {Name: "long_int", Doc: "waits for an integer division"},
		waitShortFP:     {Name: "short_fp", Doc: "waits for a floating-point operation other than division and square root"},
		waitLongFP:      {Name: "long_fp", Doc: "waits for a floating-point division or square root"},
		waitUnit:        {Name: "unit_busy", Doc: "has its operands and waits for a unit, or in order for its predecessor"},
		noICache:        {Name: "icache", Doc: "nothing in the front end: an instruction line was missing"},
		noITLB:          {Name: "itlb", Doc: "nothing in the front end: an instruction page was not translated"},
		noMisfetch:      {Name: "misfetch", Doc: "nothing in the front end: refill after a direct transfer that the BTB did not know"},
		noMispredict:    {Name: "mispredict", Doc: "nothing in the front end: refill after a misprediction, or a wrong path that leads nowhere"},
		noReplay:        {Name: "replay", Doc: "nothing in the front end: refill after a squash other than a misprediction's"},
		noSerialise:     {Name: "serialise", Doc: "nothing in the front end: the window drains for a serialising instruction, or refills after it"},
		noFetch:         {Name: "fetch", Doc: "the thread fetched less than the stage could take"},
		noFetchOther:    {Name: "fetch_other", Doc: "nothing in the front end: other threads had the fetch slots"},
		slotSwitch:      {Name: "switch", Doc: "nothing in the front end: switch of the foreground thread"},
		slotGated:       {Name: "gated", Doc: "the discipline did not let the thread go on"},
		slotOtherThread: {Name: "other_thread", Doc: "used by other threads while this one had instructions for it"},
		slotBlocked:     {Name: "blocked", Doc: "the thread waits in the guest operating system"},
		slotIdle:        {Name: "idle", Doc: "there is no thread"},
	}
	for s := scheduler.ROB; s < scheduler.StoreBuffer; s++ { // a store needs an entry of the store buffer to commit
		name := strings.ReplaceAll(s.String(), "-", "_")
		d[fullOwn+slotClass(s)] = stats.Desc{Name: name, Doc: "the next instruction lacks an entry (" + s.String() + "): the thread has all that it may have"}
		d[fullOther+slotClass(s)] = stats.Desc{Name: name + "_other", Doc: "the next instruction lacks an entry (" + s.String() + "): other threads have those that the thread could have"}
	}
	for i := range d {
		d[i].Unit = "slots"
	}
	return d
}()

// causes are a machine's slots by class, and threadSlots a thread's.
type (
	causes      [numSlotClasses]uint64
	threadSlots [numSlotClasses]uint64
)

// Names are the classes of a machine's slots. It has no slots of other threads.
func (*causes) Names() []stats.Desc {
	d := slotDescs
	d[slotOtherThread] = stats.Desc{}
	return d[:]
}

// Names are the classes of a thread's slots.
func (*threadSlots) Names() []stats.Desc { return slotDescs[:] }

// Ledger is the machine's ledger of one stage. Total = width × cycles = Σ
// Cause = Σ Thread over any interval between two settlements.
type Ledger struct {
	Total      uint64   `stat:"total" unit:"slots" doc:"slots of the stage: width x cycles"`
	Horizontal uint64   `stat:"horizontal" unit:"slots" doc:"unused slots of cycles in which some were used (Tullsen, Eggers and Levy, ISCA 1995)"`
	Vertical   uint64   `stat:"vertical" unit:"slots" doc:"slots of cycles in which none was used"`
	Cause      causes   `stat:"cause"`
	Thread     []uint64 `stat:"thread" unit:"slots" doc:"slots of the thread with this number: those that it used, and unused ones that fell to it"`
}

// The stages that have ledgers.
const (
	atIssue = iota
	atDispatch
	numLedgers
)

// share is what one thread made of a stage's slots in the present cycle.
type share struct {
	used   int
	class  slotClass // of what it did not use
	wanted bool      // it had instructions that could have used slots of others
}

// charge enters a number of cycles, in all of which every thread did as its
// share says, into both ledgers of a stage. Only a single cycle can have used
// slots.
func (c *Core) charge(stage, width, used int, now isa.Cycle, cycles uint64) {
	l := c.stats.ledger(stage)
	live, n := [isa.MaxContexts]isa.Context{}, 0
	for i := range c.threads {
		t := &c.threads[i]
		s := &t.share[stage]
		rest := width - s.used
		if s.wanted {
			rest = width - used
			t.stats.ledger(stage)[slotOtherThread] += uint64(used-s.used) * cycles
		}
		t.stats.ledger(stage)[s.class] += uint64(rest) * cycles
		if t.live() {
			live[n] = t.ctx
			n++
		}
	}
	l.Total += uint64(width) * cycles
	if used == 0 {
		l.Vertical += uint64(width) * cycles
	} else {
		l.Horizontal += uint64(width - used)
	}
	switch owner := c.plan.Owner; {
	case owner != scheduler.NoOwner:
		n, live[0] = 1, isa.Context(owner)
	case n == 0:
		n, live[0] = 1, c.lastLive
	}
	c.lastLive = live[0]
	if n == 1 {
		c.own(l, stage, live[0], uint64(width-used)*cycles)
		return
	}
	// In n consecutive cycles each of n threads has every slot once.
	if rounds := cycles / uint64(n); rounds > 0 {
		for _, ctx := range live[:n] {
			c.own(l, stage, ctx, uint64(width)*rounds)
		}
		cycles -= rounds * uint64(n)
	}
	for ; cycles > 0; cycles, now = cycles-1, now+1 {
		c.share(l, stage, width-used, live[:n], int((uint64(now)+uint64(used))%uint64(n)))
	}
}

// share divides the empty slots of one cycle among the live threads, in turn
// from the given one on.
func (c *Core) share(l *Ledger, stage, empty int, live []isa.Context, first int) {
	each, more := empty/len(live), empty%len(live)
	for i, ctx := range live {
		slots := each
		if turn := i - first; turn >= 0 && turn < more || turn < 0 && turn+len(live) < more {
			slots++
		}
		c.own(l, stage, ctx, uint64(slots))
	}
}

// own gives empty slots to a thread, with its cause.
func (c *Core) own(l *Ledger, stage int, ctx isa.Context, slots uint64) {
	l.Cause[c.threads[ctx].share[stage].class] += slots
	l.Thread[ctx] += slots
}

func (s *Stats) ledger(stage int) *Ledger {
	if stage == atIssue {
		return &s.Issue
	}
	return &s.Dispatch
}

func (s *ThreadStats) ledger(stage int) *threadSlots {
	if stage == atIssue {
		return &s.Issue
	}
	return &s.Dispatch
}

// closeLedgers brings what the machine's ledgers have from the threads' up to
// date: what became of used slots.
func (s *Stats) closeLedgers(threads []thread) {
	for stage := range numLedgers {
		l := s.ledger(stage)
		for class := slotRetired; class <= slotInFlight; class++ {
			l.Cause[class] = 0
			for i := range threads {
				l.Cause[class] += threads[i].stats.ledger(stage)[class]
			}
		}
	}
}
