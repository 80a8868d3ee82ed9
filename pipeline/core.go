// Package pipeline is the core: one superscalar pipeline shared by several
// hardware threads, cycle by cycle.
//
//	fetch → decode/rename → issue → execute/memory → complete → commit
//
// Functional first, timing after, with wrong paths: a stream executes an
// instruction when fetch takes it, and the pipeline decides when that
// happens, which path is fetched, and what it costs. Values never appear
// here. A mispredicted branch forks its stream, and what is fetched from the
// wrong path takes slots, entries, ports, cache and TLB space until the
// branch resolves.
//
// Every structure has its file: the program order of a thread (thread.go),
// the policy's view and plan (schedule.go), fetch, rename, the ready lists and
// select (issue.go), loads and stores (memory.go, loadqueue.go, storequeue.go,
// disambiguate.go, storebuffer.go, drain.go), the memory system's answers,
// commit, squash, the slot ledger (account.go), the jump over idle cycles
// (idle.go), and what a diagram of the pipeline is drawn from (observe.go,
// waits.go).
//
// What the model leaves out: plain stores are visible to other threads at
// fetch, so guests see sequential consistency;
// serialising instructions run alone in their thread's window.
package pipeline

import (
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/internal/calendar"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// Parts are what a core is built from. Streams has one entry for each
// hardware context; nil leaves the context empty.
type Parts struct {
	Caches *cache.Hierarchy
	MMU    *tlb.MMU
	Branch *bpred.Unit
	Policy scheduler.Policy
	Traits scheduler.Traits

	Streams []isa.Stream

	// Programs is the number of address spaces that instructions come from:
	// an instruction's ASID is below it.
	Programs int

	// L1DLine is the L1D's line size in bytes: accesses that cross it are two.
	L1DLine int

	// StopAtSerialising makes Run return when a serialising instruction has
	// been executed: the guest may have told the operating system something.
	StopAtSerialising bool

	// NoIdleSkip makes the clock step through idle cycles one by one. The
	// statistics are the same either way.
	NoIdleSkip bool

	// OnRetire, when set, is called for each committed instruction.
	OnRetire func(isa.Context, *isa.Dyn)
}

// Core is one core. It is not safe for concurrent use.
type Core struct {
	spec  Spec
	parts Parts
	now   isa.Cycle

	threads  []thread
	programs []program // by ASID
	pool     pool
	events   *calendar.Calendar[tag] // what ends in a known cycle
	nextSeq  uint64
	pollAt   isa.Cycle // when the stream of a parked context is asked next

	view     scheduler.View
	plan     scheduler.Plan
	replanAt isa.Cycle // the plan or a stall changes by itself then
	entries  [scheduler.NumStructures]entries
	modal    bool // some structure's rule counts only the contexts that run
	bounded  bool // limits depend on what others hold, or on the plan

	inOrder    bool
	scoreboard scoreboard
	ported     bool   // some units share issue ports
	portsTaken uint32 // in this cycle
	fetchDepth isa.Cycle
	fetchLine  isa.Addr // bytes of a fetch block
	issueDepth isa.Cycle
	l1Latency  isa.Cycle // load to use of an L1D hit
	forward    isa.Cycle // load to use of what a store forwards
	lineMask   isa.Addr  // offset within an L1D line
	lastLevel  int       // number of the last cache level

	order      memdep.Policy // what loads wait for
	speculates bool          // … and whether that may be too little
	buffered   bool          // there is a store buffer …
	relaxed    bool          // … whose stores may pass each other …
	block      isa.Addr      // … and whose entries have so many bytes

	units   []unitPool
	unitOf  [isa.NumClasses]uint8
	queueOf [numUnits]scheduler.Structure
	ready   uint32 // bit per unit pool with ready uops
	staged  []tag  // operands complete; may issue from the next cycle on

	left isa.ContextSet // threads that left entries of fetch buffer or issue queue in this cycle

	writing isa.ContextSet // threads with committed stores to write, at least

	retry, retrying []tag // memory accesses to repeat next cycle
	mshrWait        []tag // … when an L1D MSHR has become free
	mshrFreed       uint64
	passedOver      int   // times in a row that others took what had become free
	shareFull       bool  // the last refusal was for the thread's share
	tlbWait         []tag // … when the D-TLB can take another miss
	tlbFreed        uint64

	fetchBuf []isa.Dyn
	asked    isa.ContextSet // threads that had a turn in fetch in this cycle …
	cut      isa.ContextSet // … and used up what the plan and the turns before left them of the width
	turn     int            // context with the first say in this cycle

	active       bool      // something happened in this cycle
	stateChanged bool      // a thread's scheduler.State may have changed since the last plan
	lastActive   isa.Cycle // last cycle in which something did
	fruitless    int       // cycles in which something did since the last commit
	attention    bool      // Run returns after this cycle
	end          isa.Cycle // Run returns then at the latest
	issuedNow    int
	renamedNow   int
	joint        joint
	live         []isa.Context  // threads that have something to run
	lastLive     isa.Context    // the thread to which slots fall when none is live
	mayFetch     isa.ContextSet // threads that the plan lets fetch

	stats     Stats
	residence residence

	rotation rotation
	watcher  scheduler.LoadWatcher // nil: the policy follows no loads

	observer *observer // nil: nobody looks
}

// New builds a core. The specification must be valid.
func New(spec Spec, parts Parts) (*Core, error) {
	contexts := len(parts.Streams)
	if contexts < 1 || contexts > isa.MaxContexts {
		return nil, fmt.Errorf("core: %d contexts is outside 1 … %d", contexts, isa.MaxContexts)
	}
	c := &Core{
		spec:       spec,
		parts:      parts,
		inOrder:    spec.Issue.Order == InOrder,
		scoreboard: newScoreboard(spec.Scoreboard),
		fetchDepth: isa.Cycle(spec.Fetch.Depth),
		fetchLine:  isa.Addr(spec.Fetch.Line),
		issueDepth: isa.Cycle(spec.Issue.Depth),
		l1Latency:  isa.Cycle(spec.Units.Load.Latency),
		forward:    isa.Cycle(spec.LSQ.Forward),
		lineMask:   isa.Addr(parts.L1DLine - 1),
		lastLevel:  parts.Caches.Levels(),
		fetchBuf:   make([]isa.Dyn, spec.Fetch.Width),
		nextSeq:    1,
		active:     true, // the first cycle asks the policy

		stateChanged: true,
		programs:     newPrograms(parts.Programs),
	}
	if c.forward == 0 {
		c.forward = c.l1Latency
	}
	var err error
	if c.order, err = memdep.Build(spec.LSQ.Disambiguation, contexts); err != nil {
		return nil, fmt.Errorf("core.lsq.disambiguation: %w", err)
	}
	c.speculates = c.order.Speculative()
	c.buffered = spec.StoreBuf.Size > 0
	c.relaxed = c.buffered && spec.StoreBuf.Order == RelaxedOrder
	c.block = isa.Addr(min(parts.L1DLine, maxBlock))
	if err := c.newEntries(contexts); err != nil {
		return nil, err
	}
	window := spec.Window()
	if contexts*window >= maxUops {
		return nil, fmt.Errorf("core: %d contexts with a window of %d instructions are more than %d in flight", contexts, window, maxUops)
	}
	c.pool = newPool(contexts * window)
	c.residence = newResidence(contexts, contexts*window, c.entries[scheduler.StoreQueue].most())
	if err := c.newUnits(); err != nil {
		return nil, err
	}
	c.threads = make([]thread, contexts)
	c.view.Threads = make([]scheduler.Thread, contexts)
	for i := range c.threads {
		c.threads[i] = c.newThread(isa.Context(i), parts.Streams[i], window)
		c.view.Threads[i] = absentView()
		c.threads[i].held = &c.view.Threads[i].Occupancy
	}
	c.boundAll()
	c.stats.Issue.Thread = make([]uint64, contexts)
	c.stats.Dispatch.Thread = make([]uint64, contexts)
	c.rotation.threads = make([][numLedgers]threadSlots, contexts)
	c.joint = newJoint(contexts)
	c.newLists()
	c.watcher, _ = parts.Policy.(scheduler.LoadWatcher)
	parts.Caches.Attach(cacheClient{c}, parts.MMU)
	parts.MMU.Attach(mmuClient{c}, parts.Caches.WalkPort())
	return c, nil
}

// newEntries makes the shared structures. Those whose rule depends on who runs
// are divided when the first cycle has found out.
func (c *Core) newEntries(contexts int) error {
	for s, b := range c.spec.buffers() {
		e, err := newEntries(scheduler.Structure(s), c.spec.entriesOf(scheduler.Structure(s), b), contexts)
		if err != nil {
			return fmt.Errorf("core: %s: %w", e.of, err)
		}
		c.entries[s] = e
		c.modal = c.modal || e.rule.active
	}
	return nil
}

// newUnits makes the execution units and the calendar that reaches as far as
// the slowest of them.
func (c *Core) newUnits() error {
	longest := 0
	c.queueOf = c.spec.queueOf()
	for class := range isa.NumClasses {
		c.unitOf[class] = uint8(c.spec.Units.of(class))
	}
	delays, err := c.spec.Bypass.delays()
	if err != nil {
		return fmt.Errorf("core.bypass.results: %w", err)
	}
	for i, row := range c.spec.Units.rows() {
		c.units = append(c.units, newUnitPool(row.unit, c.spec.queueEntries(), delays[i], c.issueDepth))
		longest = max(longest, row.unit.Latency)
	}
	for i, list := range c.spec.Ports.rows() {
		if list == "" {
			continue
		}
		if c.units[i].ports, err = parsePorts(list, len(c.units[i].free)); err != nil {
			return fmt.Errorf("core.ports: %w", err)
		}
		c.units[i].taken, c.units[i].tracked, c.ported = &c.portsTaken, true, true
	}
	c.events = calendar.New[tag](longest + c.spec.Issue.Depth + c.spec.Bypass.WriteBack + 2)
	return nil
}

// newLists makes the lists long enough that they never grow in practice.
func (c *Core) newLists() {
	c.staged = make([]tag, 0, 2*c.spec.ROB.Size)
	accesses := 2 * (c.spec.LQ.Size + c.spec.SQ.Size)
	c.retry = make([]tag, 0, accesses)
	c.retrying = make([]tag, 0, accesses)
	c.mshrWait = make([]tag, 0, 4*accesses)
	c.tlbWait = make([]tag, 0, 4*accesses)
	c.plan.Fetch = make([]isa.Context, 0, len(c.threads))
	c.live = make([]isa.Context, 0, len(c.threads))
	c.plan.Squash = make([]scheduler.Squash, 0, 2*len(c.threads))
}

func (c *Core) newThread(ctx isa.Context, stream isa.Stream, window int) thread {
	loads := c.entries[scheduler.LoadQueue].most()
	t := thread{
		ctx:         ctx,
		stream:      stream,
		order:       make([]uopID, window),
		queued:      make([]uint64, max(1, window/64)),
		words:       uint64(max(1, window/64) - 1),
		stores:      newStoreQueue(c.entries[scheduler.StoreQueue].most()),
		waits:       make([]loadWait, 0, loads),
		missed:      make([]uopID, 0, window),
		hold:        holdIdle, // the first cycle asks
		wakeAt:      isa.Never,
		waiting:     isa.Never,
		committedOf: make([]uint64, c.parts.Programs),
	}
	t.share[atDispatch].class = noFetch // of the cycle before the first
	t.causes = newFetchCauses(c.spec.Fetch.Depth)
	if c.speculates {
		t.loads = newLoadQueue(loads)
	}
	t.buffer.entries = make([]bufferEntry, 0, c.entries[scheduler.StoreBuffer].most())
	if stream != nil {
		t.canFork = stream.CanFork() && c.spec.Fetch.WrongPath != WrongPathStall
		t.wakeAt, t.program = 0, &c.programs[0]
	}
	return t
}

// absentView is how a context without a stream looks.
func absentView() scheduler.Thread {
	v := scheduler.Thread{OldestQueued: isa.Never}
	for level := range v.Misses {
		v.Misses[level].Oldest, v.Misses[level].Load = isa.Never, isa.Never
	}
	return v
}

// tick simulates one cycle. What ends in it comes first: the guest's waits,
// since who may run decides the plan; then a branch resolves before it commits,
// and a result is there for what issues now. Then the
// stages go from the oldest instructions to the youngest, so that each sees
// what the later ones left in the previous cycle, and an entry that is freed
// can be taken in the same cycle by the stage before.
func (c *Core) tick() {
	if c.now >= c.pollAt {
		c.poll()
	}
	changed := c.active
	c.active = false
	if n := isa.Cycle(len(c.threads)); n > 1 {
		c.turn = int(c.now % n)
	}
	c.freeLeft()
	c.schedule(changed)
	c.complete()
	c.commit()
	c.drainStores()
	c.retryMemory()
	c.issue()
	c.accountIssue()
	c.rename()
	c.accountDispatch()
	c.fetch()
	c.stats.Cycles++
	if c.observer != nil {
		c.observer.look(c)
	}
	c.checkCycle()
}

// Now is the current cycle.
func (c *Core) Now() isa.Cycle { return c.now }

// Run simulates until a program reaches its goal, a context is found to have
// nothing to run or changes from one software thread to another, or budget
// cycles have passed. It reports an error when no instruction can ever move
// again, as when all programs have ended.
func (c *Core) Run(budget uint64) error {
	c.end = c.now + isa.Cycle(budget)
	c.attention = false
	for c.now < c.end && !c.attention {
		c.tick()
		if err := c.advance(); err != nil {
			return err
		}
	}
	return nil
}

// ceilPow2 is the least power of two that is not below n.
func ceilPow2(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}
