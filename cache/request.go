package cache

import "github.com/threadmill-sim/threadmill/isa"

// request is one access under way: the core's at an L1 until it is answered,
// or what one level asks of the next.
type request struct {
	addr  isa.Addr // physical
	pc    isa.Addr
	tag   uint64    // of a core's access
	since isa.Cycle // with a list of waiting requests: when it joined
	next  int32     // in a list
	bytes int32     // of a transfer to the next level
	mshr  int32     // core: the L1's MSHR that it waits for; fetchLine: the sender's
	from  uint8     // level that it is made at (core, prefetchLine) or comes from
	op    op

	thread   isa.Context
	clean    bool // writeLine: for an exclusive level
	prefetch bool // fetchLine: for a prefetch of a level above
	waited   bool // it has not been taken at once by the level that it has come to
	walk     bool // core: answered to the walker
	primary  bool // core: its miss took the MSHR
	ended    bool // core: its lookup has ended, so its client may be told
	filled   bool // core: the line came before its lookup has ended
}

// op is what a request asks for.
type op uint8

const (
	coreAccess   op = iota
	fetchLine       // a line for an MSHR of the level above
	storeWord       // a store that the level above passes on; it wants no answer
	writeLine       // a victim of the level above: a dirty one, or any for an exclusive level
	prefetchLine    // a line that the level's own prefetcher has proposed
)

// list is a queue of requests, linked through their next. A request is in at
// most one.
type list struct{ head, tail int32 }

func emptyList() list { return list{-1, -1} }

func (l list) empty() bool { return l.head < 0 }

func (h *Hierarchy) push(l *list, id int32) {
	h.requests[id].next = -1
	if l.head < 0 {
		l.head = id
	} else {
		h.requests[l.tail].next = id
	}
	l.tail = id
}

// unlink takes a request out of a list; before is the one before it, -1 when
// it is the first.
func (h *Hierarchy) unlink(l *list, before, id int32) {
	next := h.requests[id].next
	if before < 0 {
		l.head = next
	} else {
		h.requests[before].next = next
	}
	if next < 0 {
		l.tail = before
	}
}

// newRequest stores a request and returns its handle. The pool grows to the
// most requests that were ever under way at once.
func (h *Hierarchy) newRequest(r request) int32 {
	if n := len(h.idle); n > 0 {
		id := h.idle[n-1]
		h.idle = h.idle[:n-1]
		h.requests[id] = r
		return id
	}
	h.requests = append(h.requests, r)
	h.idle = append(h.idle, 0)[:len(h.idle)] // room for every handle to be idle
	return int32(len(h.requests) - 1)
}

func (h *Hierarchy) drop(id int32) { h.idle = append(h.idle, id) }
