package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// storeQueue holds the stores of one thread in program order, from rename
// until they have been written to the L1D; or until they commit, when there is a
// store buffer, and nothing is written from here. It is a ring with positions that
// only a squash takes back:
//
//	head ≤ next ≤ committed ≤ tail
//	[head, next)       being written, in any order; freed in order
//	[next, committed)  committed, to be written
//	[committed, tail)  in the window
type storeQueue struct {
	entries                     []storeEntry
	head, next, committed, tail uint64
	unknown                     uint64 // first whose address has not been computed

	// filter counts the entries by the 8-byte granules that they touch: most
	// loads find both of theirs empty and need no search.
	filter [filterSize]uint16

	again   bool   // the next write has been refused before …
	refused bool   // … for want of an MSHR or of room in the write buffer …
	freed   uint64 // … and waits for this generation to pass
}

const filterSize = 256

type storeEntry struct {
	owner     tag // its uop
	addr      isa.Addr
	paddr     [2]isa.Addr // by line
	dataAt    isa.Cycle   // when its data can be forwarded; isa.Never before it is known
	asid      isa.ASID
	size      uint8
	lines     uint8 // lines that it touches
	started   uint8 // lines whose write has been sent, or parts that the store buffer has
	remaining uint8 // lines not yet written
	known     bool  // address computed
}

func newStoreQueue(size int) storeQueue {
	return storeQueue{entries: make([]storeEntry, ceilPow2(size))}
}

func (q *storeQueue) at(pos uint64) *storeEntry { return &q.entries[pos&uint64(len(q.entries)-1)] }

func (q *storeQueue) empty() bool { return q.head == q.tail }

// push appends a store and returns its position.
func (q *storeQueue) push(owner tag, asid isa.ASID, addr isa.Addr, size uint8) uint64 {
	pos := q.tail
	*q.at(pos) = storeEntry{owner: owner, asid: asid, addr: addr, size: size, dataAt: isa.Never}
	q.count(addr, size, 1)
	q.tail++
	return pos
}

// pop takes back the youngest store.
func (q *storeQueue) pop() {
	q.tail--
	e := q.at(q.tail)
	q.count(e.addr, e.size, ^uint16(0))
	q.unknown = min(q.unknown, q.tail)
}

// setKnown records that the address at pos has been computed. It reports
// whether the first unknown one moved.
func (q *storeQueue) setKnown(pos uint64) bool {
	q.at(pos).known = true
	if pos != q.unknown {
		return false
	}
	for q.unknown < q.tail && q.at(q.unknown).known {
		q.unknown++
	}
	return true
}

// commit lets the oldest store in the window be written.
func (q *storeQueue) commit() {
	e := q.at(q.committed)
	e.remaining = e.lines
	q.committed++
}

// leave removes the head, which commits and goes to the store buffer.
func (q *storeQueue) leave() {
	e := q.at(q.head)
	q.count(e.addr, e.size, ^uint16(0))
	q.head++
	q.next, q.committed = q.head, q.head
}

// free removes the head if it has been written.
func (q *storeQueue) free() bool {
	if q.head == q.next || q.at(q.head).remaining > 0 {
		return false
	}
	e := q.at(q.head)
	q.count(e.addr, e.size, ^uint16(0))
	q.head++
	return true
}

func (q *storeQueue) count(addr isa.Addr, size uint8, n uint16) {
	first, last := granules(addr, size)
	q.filter[first] += n
	if last != first {
		q.filter[last] += n
	}
}

// granules are the filter's slots of the first and the last byte.
func granules(addr isa.Addr, size uint8) (first, last uint8) {
	return uint8(addr >> 3), uint8((addr + isa.Addr(size) - 1) >> 3)
}

// overlap is how an older store meets a load.
type overlap uint8

const (
	noOverlap overlap = iota
	covers            // the store has all bytes of the load
	partial           // some
)

// match finds the youngest store before position end whose address is known
// and that has a byte of the load. Stores that a program left behind are not
// another one's.
func (q *storeQueue) match(end uint64, asid isa.ASID, addr isa.Addr, size uint8) (uint64, overlap) {
	for {
		pos, how := q.youngest(end, asid, addr, size)
		if how == noOverlap || q.at(pos).known {
			return pos, how
		}
		end = pos
	}
}

// youngest is match for stores whose addresses are not known as well.
func (q *storeQueue) youngest(end uint64, asid isa.ASID, addr isa.Addr, size uint8) (uint64, overlap) {
	first, last := granules(addr, size)
	if q.filter[first] == 0 && q.filter[last] == 0 {
		return 0, noOverlap
	}
	for pos := end; pos > q.head; {
		pos--
		e := q.at(pos)
		if e.asid != asid {
			continue
		}
		// Differences wrap, so an access at the end of the address space is
		// compared rightly.
		switch from := addr - e.addr; {
		case from < isa.Addr(e.size):
			if from+isa.Addr(size) <= isa.Addr(e.size) {
				return pos, covers
			}
			return pos, partial
		case e.addr-addr < isa.Addr(size):
			return pos, partial
		}
	}
	return 0, noOverlap
}
