package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// Window says which instructions are observed: those that are fetched in the
// cycles and are of the numbers given, both counted from where observing
// begins.
type Window struct {
	Cycles Range
	Insts  Range // in the order of fetch over all contexts: wrong paths and what is fetched again count
}

// Range is From … To-1; a To of 0 is no end.
type Range struct{ From, To uint64 }

func (r Range) has(n uint64) bool { return n >= r.From && !r.over(n) }

// over reports whether n and all after it lie behind the range.
func (r Range) over(n uint64) bool { return r.To > 0 && n >= r.To }

// NoUop is the number of no observed instruction.
const NoUop = ^uint64(0)

// Fate is how an instruction left the pipeline.
type Fate uint8

const (
	InFlight  Fate = iota // observing ended before it did
	Committed             // it retired
	Discarded             // it was on a mispredicted path
	Replayed              // it was squashed, to be fetched again
)

var fateNames = [...]string{"in flight", "committed", "wrong path", "squashed, fetched again"}

func (f Fate) String() string { return fateNames[f] }

// Observation is the way of one instruction through the pipeline, from a fetch
// to the end of it. A cycle that did not come is isa.Never.
type Observation struct {
	Number  uint64 // see Window.Insts
	Context isa.Context
	Dyn     isa.Dyn
	Wrong   bool   // fetched from a mispredicted path
	Before  uint64 // number of its fetch before, after which it was squashed; NoUop: none
	Fate    Fate
	Retired uint64 // with Committed: order of commit over all contexts

	Fetch   isa.Cycle
	Rename  isa.Cycle // it enters ROB and issue queue
	Ready   isa.Cycle // first in which its operands let it issue; of a store those of its address
	Issue   isa.Cycle
	Execute isa.Cycle // first of its execution
	Done    isa.Cycle // last of its execution
	End     isa.Cycle // it commits or is squashed

	Mispredicted bool // a control transfer that was predicted wrongly
	Violation    bool // a load that had read before an older store to its bytes, and was squashed with all behind it

	Missed    uint8 // cache levels that a load is known to have missed, from the L1D on
	Walked    bool  // its translation took a page walk
	Forwarded bool  // a load that had its data from an older store …
	From      uint64

	Sources [3]Source
	Waits   []Wait // by time, without overlap; the observer's own
}

// Source is an operand whose value was not there at renaming.
type Source struct {
	Waited bool
	Uop    uint64    // number of its producer; NoUop when that was not observed
	Until  isa.Cycle // first in which the value can be used
}
