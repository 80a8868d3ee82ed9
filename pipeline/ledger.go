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

	// slotMasked is no class: it counts again, in threads' dispatch ledgers,
	// slots lost to others that the thread would mostly have lost alone, too.
	slotMasked = numSlotClasses
)

// lostToOthers are the classes of slots that a thread did not use on account of
// other threads.
var lostToOthers = func() (lost [numSlotClasses]bool) {
	for _, class := range []slotClass{slotGated, slotSwitch, slotOtherThread, noFetchOther, noReplay} {
		lost[class] = true
	}
	for class := fullOther; class < numSlotClasses; class++ {
		lost[class] = true
	}
	return lost
}()

// slotDescs describes the classes. Those of structures follow from their names.
var slotDescs = func() [numSlotClasses]stats.Desc {
	d := [numSlotClasses]stats.Desc{
		slotRetired:     {Name: "retired", Doc: "used by an instruction that committed"},
		slotWrongPath:   {Name: "wrongpath", Doc: "used by an instruction on a mispredicted path"},
		slotReplayed:    {Name: "replayed", Doc: "used by an instruction that was squashed, to go through the pipeline again"},
		slotInFlight:    {Name: "inflight", Doc: "used by an instruction that was in flight when the ledger was closed: at the end of its thread's measurement or of the run; in an interval, by how many they became more"},
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
		noMisfetch:      {Name: "misfetch", Doc: "nothing in the front end: refill after a transfer whose target came late, from decode or the second level of the BTB"},
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
	threadSlots [numSlotClasses + 1]uint64
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

// share is what one thread makes of a stage's slots.
type share struct {
	used   int       // in the present cycle
	class  slotClass // of what it does not use
	masked bool      // it loses slots to others while its oldest instruction takes long
}

// fall enters unused slots in the machine's ledger as those of a thread.
func (l *Ledger) fall(t *thread, stage int, slots uint64) {
	l.Cause[t.share[stage].class] += slots
	l.Thread[t.ctx] += slots
}

// charge enters a cycle in the machine's ledger of a stage, in which so many
// slots were used.
func (c *Core) charge(stage, width, used int) {
	empty := width - used
	if empty == 0 {
		return
	}
	l := c.stats.ledger(stage)
	if used == 0 {
		l.Vertical += uint64(width)
	}
	one, n := c.owner()
	if n == 1 {
		l.fall(&c.threads[one], stage, uint64(empty))
		return
	}
	c.deal(stage, empty, int((uint64(c.now)+uint64(used))%uint64(n)))
}

// chargeIdle enters the cycles after the present one, which are like it but
// that nothing has a slot.
func (c *Core) chargeIdle(stage, width int, cycles uint64) {
	l := c.stats.ledger(stage)
	slots := uint64(width) * cycles
	l.Vertical += slots
	for i := range c.threads {
		t := &c.threads[i]
		t.stats.ledger(stage)[t.share[stage].class] += slots
		if t.share[stage].masked {
			t.stats.ledger(stage)[slotMasked] += slots
		}
	}
	one, n := c.owner()
	if n == 1 {
		l.fall(&c.threads[one], stage, slots)
		return
	}
	// In n consecutive cycles each of n threads has every slot once.
	for _, ctx := range c.live {
		l.fall(&c.threads[ctx], stage, cycles/uint64(n)*uint64(width))
	}
	for i := range cycles % uint64(n) {
		c.deal(stage, width, int((uint64(c.now)+1+i)%uint64(n)))
	}
}

// owner is the thread that empty slots fall to, when it is one; else how many
// share them.
func (c *Core) owner() (one isa.Context, n int) {
	switch {
	case c.plan.Owner != scheduler.NoOwner:
		c.lastLive = isa.Context(c.plan.Owner)
	case len(c.live) == 1:
		c.lastLive = c.live[0]
	case len(c.live) > 1:
		c.lastLive = c.live[0]
		return 0, len(c.live)
	}
	return c.lastLive, 1
}

// deal gives empty slots to the live threads in turn, from the given one on.
func (c *Core) deal(stage, empty, next int) {
	l, n := c.stats.ledger(stage), len(c.live)
	each, more := empty/n, empty%n
	for range n {
		slots := each
		if more > 0 {
			slots, more = slots+1, more-1
		}
		l.fall(&c.threads[c.live[next]], stage, uint64(slots))
		if next++; next == n {
			next = 0
		}
	}
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

// closeLedgers brings what follows from other counters up to date: what became
// of used slots is in the threads' ledgers, and how many slots there were in the
// cycles.
func (c *Core) closeLedgers() {
	for stage, width := range [numLedgers]int{atIssue: c.spec.Issue.Width, atDispatch: c.spec.Rename.Width} {
		l := c.stats.ledger(stage)
		for class := slotRetired; class <= slotInFlight; class++ {
			l.Cause[class] = 0
			for i := range c.threads {
				l.Cause[class] += c.threads[i].stats.ledger(stage)[class]
			}
		}
		l.Total = uint64(width) * c.stats.Cycles
		l.Horizontal = l.unused() - l.Vertical
	}
}

// unused is how many slots nobody used.
func (l *Ledger) unused() (slots uint64) {
	for _, n := range l.Cause[slotInFlight+1:] {
		slots += n
	}
	return slots
}
