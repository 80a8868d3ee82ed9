package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// thread is one hardware context: its program order, its rename table, its
// load and store queue and the state of its fetch.
//
// Program order is a ring of handles. Four positions part it:
//
//	head ≤ renamed ≤ cursor ≤ tail
//	[head, renamed)    in the reorder buffer
//	[renamed, cursor)  in the front end
//	[cursor, tail)     executed functionally and waiting to be fetched: what
//	                   the stream has run ahead, or a squash has put back
//
// tail is the functional head: only there is the stream asked for more.
type thread struct {
	ctx     isa.Context
	stream  isa.Stream
	canFork bool

	order                       []uopID
	head, renamed, cursor, tail uint64
	unissued                    uint64    // no uop before it waits in the issue queue
	queued                      []uint64  // bit per position, as order: waits in the issue queue
	words                       uint64    // length of queued - 1
	waiting                     isa.Cycle // when the next to be renamed was fetched; isa.Never with an empty front end

	leftBuffer int    // fetch buffer entries that it left in this cycle
	leftQueue  [3]int // … and those of each issue queue

	table [isa.NumRegs]tag // rename table: the youngest writer, 0 for none

	hold   hold      // why the stream cannot be asked at the tail
	depth  int       // of the path at the tail
	wakeAt isa.Cycle // of a parked context: when its stream is asked again

	redirectUntil isa.Cycle // fetch is being redirected until then
	redirectFor   slotClass // … on account of this
	ifetch        ifetch

	stores        storeQueue
	loads         loadQueue // with speculation
	buffer        storeBuffer
	waits         []loadWait // what waits for a store of this thread
	missed        []uopID    // loads detected to miss and not answered, oldest detection first
	missesChanged bool
	firstMiss     [scheduler.NumLevels]uint64 // position of the first of them in program order that missed the level

	// Whose instructions the window has and fetch takes; they change only with
	// an empty window.
	software isa.SWThread
	asid     isa.ASID
	program  *program

	share  [numLedgers]share   // of the slots of this cycle …
	causes fetchCauses         // … and why the front end is empty, if it is
	lacks  scheduler.Structure // what its next instruction lacked to be renamed in this cycle; NumStructures: nothing
	runs   bool                // it has something to run, as of listLive
	ready  int                 // its uops on ready lists

	stats           ThreadStats
	held            *[scheduler.NumStructures]int // entries, where policies see them
	limit           [scheduler.NumStructures]int  // most that it may hold
	entryCycles     occupancy                     // less what is held, times now (occupancy.go)
	committedOf     []uint64                      // by program, without what it has committed of the present one …
	committedBefore uint64                        // … since it had committed that much in all
}

// hold is why nothing can be fetched at the tail.
type hold uint8

const (
	noHold        hold = iota
	holdSerialise      // until the window is empty, then the stream is asked again
	holdStores         // … and the store buffer, too
	holdAfter          // behind a serialising instruction: until it has committed
	holdPathEnd        // the wrong path leads nowhere, or cannot be followed
	holdBlocked        // its software threads wait in the guest operating system
	holdIdle           // it has no software thread
)

var holdNames = [...]string{
	"runs", "waits for the window to drain", "waits for the stores to drain", "waits behind a serialising instruction",
	"is at the end of a wrong path", "waits in the guest operating system", "has no software thread",
}

func (h hold) String() string { return holdNames[h] }

// ifetch is the state of a thread's access to the instruction memory.
type ifetch struct {
	gen        uint64 // counts redirections: answers to older ones are ignored
	block      isa.Addr
	valid      bool   // block has been read and may be used without another access
	half       uint64 // position + 1 of the instruction whose first half has been read from the block before; 0: none
	pending    scheduler.Stall
	level      scheduler.Level // deepest detected miss of the pending fetch
	paddr      isa.Addr        // with translated: the block's physical address
	translated bool
	refused    scheduler.Stall // for want of an MSHR (ICacheMiss) or of room for a TLB miss (ITLBMiss); NotStalled: it is not
	retryAfter uint64          // with refused: the generation of what is full to wait past
	again      bool            // the L1I has refused the block before
}

func (t *thread) at(pos uint64) uopID { return t.order[pos&uint64(len(t.order)-1)] }

func (t *thread) empty() bool { return t.head == t.tail }

// parked reports whether the context has nothing to run: its window is empty,
// and its stream said so when it was last asked.
func (t *thread) parked() bool { return t.hold == holdBlocked || t.hold == holdIdle }

// inFlight counts the instructions in the pipeline.
func (t *thread) inFlight() int { return int(t.cursor - t.head) }

func (t *thread) frontEnd() int { return int(t.cursor - t.renamed) }

// enqueue marks the instruction at pos as waiting in the issue queue; dequeue
// takes the mark away.
func (t *thread) enqueue(pos uint64) { t.queued[pos>>6&t.words] |= 1 << (pos & 63) }
func (t *thread) dequeue(pos uint64) { t.queued[pos>>6&t.words] &^= 1 << (pos & 63) }

// firstQueued is the position of the oldest uop that waits in the issue queue,
// t.renamed if there is none.
func (t *thread) firstQueued() uint64 {
	pos := max(t.unissued, t.head)
	for pos < t.renamed {
		if word := t.queued[pos>>6&t.words] >> (pos & 63); word != 0 {
			pos += uint64(bits.TrailingZeros64(word))
			break
		}
		pos = (pos | 63) + 1
	}
	t.unissued = min(pos, t.renamed)
	return t.unissued
}

// redirect starts fetch anew elsewhere: what is pending belongs to a path
// that is gone.
func (t *thread) redirect() {
	gen := t.ifetch.gen + 1
	t.ifetch = ifetch{gen: gen}
}

// await finds when the next instruction to be renamed was fetched.
func (t *thread) await(p *pool) {
	t.waiting = isa.Never
	if t.renamed < t.cursor {
		t.waiting = p.uops[t.at(t.renamed)].fetched
	}
}
