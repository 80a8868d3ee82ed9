package dram

import (
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
)

// transfer is one burst that is asked for.
type transfer struct {
	row     uint64
	burst   uint64 // address / bytes of a burst
	entered clock  // first clock in which it was in the queue
	read    int32  // the read that it is of, -1: a write
	bank    int32  // of the channel
	thread  isa.Context
	needed  rowState
}

// rowState is what a request found in its bank.
type rowState uint8

const (
	rowHit      rowState = iota // its row was open
	rowMiss                     // no row was open
	rowConflict                 // another row was open
)

// queue holds the requests of one direction in the order of their arrival. Of
// these, the scheduler sees the window; the backlog behind it, which hardware
// would keep in the caches, has no limit but what the caches have under way.
type queue struct {
	window  []transfer
	backlog []transfer
	head    int // of the backlog
	size    int // of the window
}

func newQueue(size int) queue {
	return queue{window: make([]transfer, 0, size), backlog: make([]transfer, 0, size), size: size}
}

func (q *queue) push(e transfer) {
	if len(q.window) < q.size {
		q.window = append(q.window, e)
		return
	}
	if q.head > 0 && len(q.backlog) == cap(q.backlog) {
		q.backlog = q.backlog[:copy(q.backlog, q.backlog[q.head:])]
		q.head = 0
	}
	q.backlog = append(q.backlog, e)
}

// remove takes a request from the window; the first of the backlog follows,
// which is seen from the clock after m on.
func (q *queue) remove(m clock, i int) {
	q.window = slices.Delete(q.window, i, i+1)
	if q.head == len(q.backlog) {
		return
	}
	e := q.backlog[q.head]
	e.entered = m + 1
	q.window = append(q.window, e)
	if q.head++; q.head == len(q.backlog) {
		q.backlog, q.head = q.backlog[:0], 0
	}
}

func (q *queue) len() uint64 { return uint64(len(q.window) + len(q.backlog) - q.head) }

// has reports whether a burst is in the window.
func (q *queue) has(burst uint64) bool {
	return slices.ContainsFunc(q.window, func(e transfer) bool { return e.burst == burst })
}

// wants reports whether a request in the window needs a row.
func (q *queue) wants(bank int32, row uint64) bool {
	return slices.ContainsFunc(q.window, func(e transfer) bool { return e.bank == bank && e.row == row })
}
