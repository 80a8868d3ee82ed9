package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
)

// uopID is a handle: an index into the pool. 0 is no uop.
type uopID uint32

// edge names one source operand of a uop as a member of its producer's list
// of consumers: uopID<<2 | operand. 0 is the end of a list.
type edge uint32

func newEdge(id uopID, operand int) edge { return edge(id)<<2 | edge(operand) }
func (e edge) uop() uopID                { return uopID(e >> 2) }
func (e edge) operand() int              { return int(e & 3) }

// tag names a uop in flight to whatever answers later: the calendar, the
// caches, the TLBs. Sequence numbers are never used twice, so an answer to a
// uop that has been squashed meanwhile matches nothing. Tags order by age.
//
//	seq<<24 | id<<4 | kind
type tag uint64

const (
	tagIDBits   = 20
	tagKindBits = 4
	tagSeqShift = tagIDBits + tagKindBits
	maxUops     = 1 << tagIDBits
)

// tagKind says what the answer is about.
type tagKind uint8

const (
	tagWake    tagKind = iota // its result is available
	tagKnown                  // with speculation: a store's address is known to what issues from now on
	tagResolve                // a mispredicted control transfer has been executed, or a store's address computed
	tagPiece0                 // first line of a load, or translation of either
	tagPiece1                 // second line, when it crosses
	tagDrain0                 // a committed store's line; id is the context, seq the store queue position or the store buffer's identifier
	tagDrain1
	tagFetch // an instruction line or translation; id is the context, seq the fetch generation
)

func newTag(seq uint64, id uopID, k tagKind) tag {
	return tag(seq<<tagSeqShift | uint64(id)<<tagKindBits | uint64(k))
}
func (t tag) seq() uint64   { return uint64(t) >> tagSeqShift }
func (t tag) id() uopID     { return uopID(t>>tagKindBits) & (maxUops - 1) }
func (t tag) kind() tagKind { return tagKind(t & (1<<tagKindBits - 1)) }

// stage is where a uop is.
type stage uint8

const (
	inReplay   stage = iota // executed functionally, not (or no longer) in the pipeline
	inFrontEnd              // in the fetch buffer or decode
	inQueue                 // renamed, in the issue queue
	issued                  // in a unit, in the memory system, or done
)

// uop is one dynamic instruction from fetch to commit. Between the functional
// front and its commit it may go through the pipeline more than once: a policy's
// squash puts it back to inReplay and it is fetched again. It fills two lines of
// a host's cache; what fewer uops need or fewer stages look at is beside it in
// the pool.
type uop struct {
	dyn isa.Dyn

	seq     uint64    // age: order of renaming over all threads; 0 before
	doneAt  isa.Cycle // last cycle of its execution, isa.Never while unknown; it commits later than that
	fetched isa.Cycle // when it was last fetched

	pos  uint64 // position in its thread's program order
	prev tag    // the writer of its destination before it

	consumers edge    // uops that wait for its result, youngest first
	next      [3]edge // by operand: the next of the producer's consumers
	source    [3]uopID

	fork  uint16 // depth of the wrong path that starts after it; 0: none
	depth uint16 // depth of the path it is on; 0: the correct path

	ctx     isa.Context
	stage   stage
	unit    uint8
	pending uint8 // operands that it waits for before it can issue
	linked  uint8 // operands that are members of a consumer list
	flags   uopFlags
}

type uopFlags uint16

const (
	woken           uopFlags = 1 << iota // its result is available to consumers
	predicted                            // a control transfer whose prediction is recorded
	mispredicted                         // … and known to us, not to the pipeline, to be wrong
	resolved                             // … and has been found out and repaired, if only before a squash
	dataReady                            // a store's data operand has arrived
	stops                                // fetch waits after it until it has resolved or drained
	selectable                           // on the ready list of its units
	waitsStore                           // a load, or a store of a store set, that waits for an older store
	settledIssue                         // its issue slot has been classified (ledger.go)
	settledDispatch                      // its dispatch slot has

	// kept are the flags that survive a squash that puts it back.
	kept = predicted | mispredicted | resolved | stops
)

// load reports whether it occupies the load queue: loads and atomics, which
// have the load units for themselves.
func (u *uop) load() bool { return u.unit == loadUnit }

// store reports whether it occupies the store queue.
func (u *uop) store() bool { return u.unit == storeUnit }

// pool holds every uop of the core. Freed slots are reused last in, first
// out, which keeps the touched part small.
type pool struct {
	uops    []uop
	preds   []bpred.Prediction // by uopID; of control transfers
	mems    []memOp            // by uopID; of loads and stores
	renamed []isa.Cycle        // by uopID; when it entered the issue queue
	free    []uopID
}

func newPool(n int) pool {
	p := pool{
		uops:    make([]uop, n+1),
		preds:   make([]bpred.Prediction, n+1),
		mems:    make([]memOp, n+1),
		renamed: make([]isa.Cycle, n+1),
		free:    make([]uopID, 0, n),
	}
	for id := n; id > 0; id-- {
		p.free = append(p.free, uopID(id))
	}
	return p
}

// take hands out a slot. The pool holds as many as all threads' windows
// together, so there always is one.
func (p *pool) take() uopID {
	n := len(p.free) - 1
	id := p.free[n]
	p.free = p.free[:n]
	return id
}

func (p *pool) give(id uopID) {
	p.uops[id].seq = 0
	p.free = append(p.free, id)
}

// live returns the uop that a tag means, nil if it has been squashed.
func (p *pool) live(t tag) (uopID, *uop) {
	id := t.id()
	u := &p.uops[id]
	if u.seq != t.seq() {
		return 0, nil
	}
	return id, u
}
