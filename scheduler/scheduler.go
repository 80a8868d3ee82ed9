// Package scheduler decides which hardware threads may use the pipeline:
// the disciplines of multithreading (single, coarse-grained, barrel,
// simultaneous) and, within them, the fetch policies.
//
// A policy is a function of a View: it sees what the hardware has detected by
// the end of the previous cycle and fills in a Plan. It knows nothing of the
// pipeline, owns only its own state, and can be tested with no core. Its
// state is a function of the cycle and of what the View declares, never of
// how often Plan was called: the core skips idle cycles and does not ask
// then. Ties go to whoever had its turn longest ago, and among equals to one
// drawn by the cycle: a rotation by the cycle alone locks in phase with loops
// and busy resources of the same period, and then favours a thread for good.
//
// No policy gates or squashes the only runnable thread.
package scheduler

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// State is what a hardware context is doing.
type State uint8

const (
	// Absent: the context is not in use.
	Absent State = iota
	// Running: its instructions may be fetched, stalled or not.
	Running
	// Waiting in the guest operating system; nothing to fetch, nothing in
	// flight.
	Waiting
	// Idle: it has no software thread at the moment, and nothing in flight.
	Idle
)

// Stall is why a running thread cannot fetch in this cycle.
type Stall uint8

const (
	// NotStalled: it can fetch.
	NotStalled Stall = iota
	// ICacheMiss: the instruction line is not there.
	ICacheMiss
	// ITLBMiss: the instruction page is not translated.
	ITLBMiss
	// Redirect: refilling after a misprediction or misfetch.
	Redirect
	// Serialise: the window drains before the next instruction.
	Serialise
	// PathEnd: a wrong path that leads nowhere, until its branch resolves.
	PathEnd
	// BufferFull: its part of the fetch buffer is full.
	BufferFull
)

// Level names how deep a miss has been detected to go.
type Level uint8

const (
	NoLevel Level = iota
	L1            // missed the first-level cache
	L2            // missed the second level
	LLC           // missed the last level: memory
	TLB           // missed the last-level TLB: a page walk
	Long          // not a miss: a division or a square root, which is shown like one
	NumLevels
)

var levelNames = [NumLevels]string{"none", "l1", "l2", "llc", "tlb", "long"}

func (l Level) String() string { return levelNames[l] }

// Misses counts a thread's outstanding detected demand misses of one level.
// All but Count are there for policies with Traits.Ages.
type Misses struct {
	Count  int
	Oldest isa.Cycle // when the first of them was detected; isa.Never if none

	// Of the first of them in program order, if any:
	Load  isa.Cycle // when it was fetched
	PC    isa.Addr
	After int // instructions fetched after it and neither committed nor squashed
}

// Structure is a buffer whose entries threads share.
type Structure uint8

const (
	FetchBuffer Structure = iota
	ROB
	IssueQueue // of what has no queue of its own
	MemQueue   // issue queue of loads and stores, where there is one
	FPQueue    // issue queue of floating-point operations, where there is one
	LoadQueue
	StoreQueue
	IntRegisters
	FPRegisters
	StoreBuffer
	NumStructures
)

var structureNames = [NumStructures]string{"fetchbuffer", "rob", "iq", "iq-mem", "iq-fp", "lq", "sq", "int-registers", "fp-registers", "store-buffer"}

func (s Structure) String() string { return structureNames[s] }

// IssueQueue reports whether s is one of the issue queues.
func (s Structure) IssueQueue() bool { return s >= IssueQueue && s <= FPQueue }

// Thread is one hardware context as a policy sees it.
type Thread struct {
	State State
	Stall Stall
	// FetchMiss is the deepest level that its pending instruction fetch has
	// been detected to miss.
	FetchMiss Level

	FrontEnd int // instructions fetched and not yet in an issue queue
	Queued   int // instructions in issue queues
	InFlight int // instructions fetched and neither committed nor squashed
	Branches int // control transfers fetched and not issued: those of BRCOUNT (Tullsen et al., ISCA 1996)

	// Loads outstanding, by the levels that they have been detected to miss: a
	// load that missed L2 counts under L1 and L2. For policies with Traits.Long,
	// divisions and square roots that have issued and have no result count under
	// Long.
	Misses [NumLevels]Misses

	// OldestQueued is the cycle in which its oldest instruction still waiting
	// in an issue queue was dispatched; isa.Never if there is none. It is there
	// for policies with Traits.Ages.
	OldestQueued isa.Cycle

	Occupancy [NumStructures]int
	Committed uint64

	// LastFetch is the cycle in which it last fetched; 0 before it has. Ties
	// are broken by it: whoever fetched longest ago comes first.
	LastFetch isa.Cycle
	// LastRename is the cycle in which it last renamed; 0 before it has.
	LastRename isa.Cycle
}

// View is the state at the end of the previous cycle.
type View struct {
	Now     isa.Cycle
	Threads []Thread // by context; len is the number of contexts
}

// Runnable lists the contexts that are running.
func (v *View) Runnable() isa.ContextSet {
	var s isa.ContextSet
	for t := range v.Threads {
		if v.Threads[t].State == Running {
			s = s.With(isa.Context(t))
		}
	}
	return s
}

// Plan is a policy's answer for the cycles from View.Now on. The core resets
// it before each call: no thread fetches, every thread may rename and issue.
type Plan struct {
	// Fetch lists the threads that may fetch, first choice first. Threads
	// that cannot fetch are passed over.
	Fetch []isa.Context
	// FetchThreads is how many of them fetch in one cycle, FetchWidth how
	// many instructions each at most; the machine's fetch width bounds the
	// sum.
	FetchThreads, FetchWidth int

	// Rename and Issue are the threads that may rename and issue.
	Rename, Issue isa.ContextSet

	// Select restricts which ready instructions issue.
	Select Select

	// Gated are the running threads that the policy holds back from fetching
	// because of what they wait for or hold. It says why they are not in Fetch.
	Gated isa.ContextSet

	// Squash asks the core to squash threads past long misses. A request that
	// finds nothing to squash does nothing, so it may be repeated.
	Squash []Squash

	// Caps limit each thread's occupancy of a structure below the machine's
	// own limit; an entry of 0 means no further limit, nil none at all. The
	// array is the policy's own.
	Caps *Caps

	// Owner is the thread to which empty slots of this cycle belong, when
	// the discipline gives the whole cycle to one thread; NoOwner otherwise.
	Owner int

	// Switching is set while a switch penalty runs.
	Switching bool

	// Until is the next cycle at which the answer changes by itself, with no
	// event; isa.Never if it does not.
	Until isa.Cycle

	// Period, when not 0, says that without an event the answers repeat after
	// that many cycles, and the policy's state is then as it was. When a whole
	// period has passed in which nothing happened, the core skips whole periods.
	Period isa.Cycle
}

// Select restricts the instructions that issue, besides Plan.Issue. The zero
// value is free competition: the oldest ready instructions of all threads for
// the units that are free.
type Select struct {
	PerThread int  // instructions that one thread issues in a cycle at most; 0: no limit
	Wired     bool // context c may use of each class of units the one with number c mod count only
	ByContext bool // all ready instructions of context 0 come before those of context 1, and so on; by age within one
}

// Squash asks for a thread to be squashed past its oldest load, in program
// order, among those that were detected to miss a level at least Age cycles
// ago. The load and the Keep instructions after it stay.
type Squash struct {
	Thread isa.Context
	Past   Level
	Age    isa.Cycle
	Keep   int
}

// Caps limits occupancy by structure and context; 0 is no limit.
type Caps [NumStructures][isa.MaxContexts]int

// NoOwner says that a cycle's slots belong to no thread in particular.
const NoOwner = -1

// Reset makes p the plan in which nobody fetches and all may rename and issue.
func (p *Plan) Reset() {
	p.Fetch = p.Fetch[:0]
	p.FetchThreads, p.FetchWidth = 0, 0
	p.Rename, p.Issue = ^isa.ContextSet(0), ^isa.ContextSet(0)
	p.Select, p.Gated = Select{}, 0
	p.Squash = p.Squash[:0]
	p.Caps = nil
	p.Owner, p.Switching, p.Until, p.Period = NoOwner, false, isa.Never, 0
}

// Policy is a thread scheduler. Plan is called when something may have
// changed, at most once a cycle, with p reset.
type Policy interface {
	Plan(p *Plan, v *View)
}

// Traits are what the core must know of a policy besides its plans.
type Traits struct {
	// InFlight bounds the instructions that a thread may have in the
	// pipeline at a time; 0 means no bound (HEP: 1).
	InFlight int
	// Ages: the policy reads how old misses and queue entries are. What no
	// policy reads, the core need not find out in each cycle.
	Ages bool
	// Long: the policy reads Misses[Long].
	Long bool
	// StateOnly: plans follow from the cycle and the threads' State alone. The
	// core then asks for one only when a State changes or the last plan's Until
	// comes, and shows nothing else.
	StateOnly bool
	// Contexts is the number of contexts the discipline wants; 0 means as
	// many as the machine has (single: 1).
	Contexts int
	// Turn is about the most cycles for which a thread may keep another from
	// running before it gives way by itself; 0: few, or nothing makes it. A run
	// that waits for a thread is patient for as many turns as there are threads.
	Turn isa.Cycle
}

// Env is what a policy is built from.
type Env struct {
	Contexts   int // hardware contexts of the core
	FetchWidth int // the machine's
	Seed       uint64
	Sizes      [NumStructures]int // entries of each structure, all threads together
}

// New builds a policy from its arguments.
type New func(Env, Args) (Policy, Traits, error)

// Load is a load on its way through the pipeline.
type Load struct {
	Thread isa.Context
	PC     isa.Addr
	Note   uint8     // what the policy gave the load last
	Waited isa.Cycle // with LoadDone: cycles since it was first detected to miss; 0 if it never was
}

// LoadWatcher is implemented by policies that follow single loads, as those
// with predictors by PC must. The core tells it what happens after a cycle's
// plan, so that the next plan sees it; what a method returns is kept with the
// load and given to the next one as Note. Without a watcher nothing of this
// happens.
//
// A load is fetched, may be detected to miss levels, and then has its data or is
// squashed before that; squashed at any time, it is fetched again or was on a
// wrong path. Atomics are loads.
type LoadWatcher interface {
	LoadFetched(t isa.Context, pc isa.Addr) (note uint8)
	LoadMissed(l Load, level Level) (note uint8)
	LoadDone(l Load) (note uint8)
	LoadSquashed(l Load)
	// LoadCommitted: it was the n-th instruction that its thread committed,
	// counted from 0.
	LoadCommitted(l Load, n uint64)
}

// Args, Param and its kinds are those of the catalog, by alias: a package
// outside this module can declare and read parameters.
type (
	Args  = catalog.Args
	Param = catalog.Param
)

// The kinds of parameters.
const (
	IntParam    = catalog.Int
	ChoiceParam = catalog.Choice
	ListParam   = catalog.List
	IntsParam   = catalog.Ints
)

// Row is one scheduler of the catalog; a package of the reader's own adds its
// policy by appending a Row to a Table.
type Row = catalog.Row[New]

// Table is an ordered list of schedulers.
type Table = catalog.Table[New]

// Counters are the events that a discipline counts; policies that switch
// implement Counting.
type Counters struct {
	Switches      uint64 `stat:"switches" unit:"switches" doc:"changes of the foreground thread"`
	SwitchCycles  uint64 `stat:"switch_cycles" unit:"cycles" doc:"cycles between a switch decision and the first fetch of the new foreground thread"`
	TimerSwitches uint64 `stat:"timer_switches" unit:"switches" doc:"switches forced by the forward-progress timer or the quantum"`
}

// Counting is implemented by policies that count events of their own.
type Counting interface {
	Counters() Counters
}
