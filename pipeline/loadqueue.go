package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// loadQueue holds the loads of one thread in program order, from rename to
// commit, for the search of a store that has computed its address: which
// younger load has read too early? It is kept only when loads may issue before
// the addresses of older stores are known. It is a ring; positions grow, and
// only a squash takes them back.
type loadQueue struct {
	entries    []loadEntry
	head, tail uint64
}

// loadEntry is what the search compares.
type loadEntry struct {
	owner  uopID
	addr   isa.Addr
	source uint64 // where its data is from: a store queue position + 1, or one of the below
	size   uint8  // 0 until it has issued: its address is not known
}

const (
	fromMemory uint64 = 0          // the cache, or what has left the store queue
	notLocated        = ^uint64(0) // it waits for a store and will look again
)

func newLoadQueue(size int) loadQueue {
	return loadQueue{entries: make([]loadEntry, ceilPow2(size))}
}

func (q *loadQueue) at(pos uint64) *loadEntry { return &q.entries[pos&uint64(len(q.entries)-1)] }

// push appends a load and returns its position.
func (q *loadQueue) push(owner uopID) uint64 {
	pos := q.tail
	*q.at(pos) = loadEntry{owner: owner, source: notLocated}
	q.tail++
	return pos
}

// tooEarly finds the oldest load from position first on that has issued, has a
// byte of the store at position store of the store queue, and got it from
// something older than that store. 0 is none.
func (q *loadQueue) tooEarly(first, store uint64, addr isa.Addr, size uint8) uopID {
	for pos := max(first, q.head); pos < q.tail; pos++ {
		e := q.at(pos)
		if e.size != 0 && e.source <= store && overlaps(e.addr, e.size, addr, size) {
			return e.owner
		}
	}
	return 0
}

// overlaps reports whether two accesses have a byte in common. Differences
// wrap, so accesses at the end of the address space are compared rightly.
func overlaps(a isa.Addr, aSize uint8, b isa.Addr, bSize uint8) bool {
	return a-b < isa.Addr(bSize) || b-a < isa.Addr(aSize)
}
