// Package calendar is the event queue of the timing models: what happens when,
// in the order of time and, within a cycle, of insertion.
//
// It is a calendar queue (R. Brown, CACM 31(10), 1988) with one bucket a cycle
// over a window that starts at the present: scheduling and taking an event
// cost a few nanoseconds, whatever the number of events. Events beyond the
// window wait in a sorted list and move into the window as it reaches them, so
// the order of insertion holds for them as well. Times are plain uint64 so
// that the package stays a leaf.
package calendar

import (
	"math/bits"
	"sort"
)

// Never is later than any event.
const Never = ^uint64(0)

// Calendar is a queue of events with payload T. It is not safe for concurrent
// use, and allocates only when it holds more events than ever before.
type Calendar[T any] struct {
	base  uint64 // every event is at or after base; the window starts here
	next  uint64 // time of the earliest event, Never when empty
	heads []int32
	tails []int32
	full  []uint64 // bit per bucket: not empty
	nodes []node[T]
	free  int32
	near  int // events in the window
	far   []farEvent[T]
}

type node[T any] struct {
	v    T
	next int32
}

type farEvent[T any] struct {
	when uint64
	v    T
}

// New makes a calendar whose window covers at least span cycles. A span above
// the usual delay is fast; longer delays are allowed.
func New[T any](span int) *Calendar[T] {
	size := 64
	for size < span {
		size *= 2
	}
	c := &Calendar[T]{
		next:  Never,
		heads: make([]int32, size),
		tails: make([]int32, size),
		full:  make([]uint64, size/64),
		nodes: make([]node[T], 0, size),
		free:  -1,
	}
	for i := range c.heads {
		c.heads[i] = -1
	}
	return c
}

// Next is the time of the earliest event, Never when there is none.
func (c *Calendar[T]) Next() uint64 { return c.next }

// At schedules v. now is the present: no event is due before it, and an event
// scheduled before it is due at once.
func (c *Calendar[T]) At(now, when uint64, v T) {
	if b := min(now, c.next); b > c.base {
		c.advance(b)
	}
	when = max(when, c.base)
	if when-c.base >= uint64(len(c.heads)) {
		i := sort.Search(len(c.far), func(i int) bool { return c.far[i].when > when })
		c.far = append(c.far, farEvent[T]{})
		copy(c.far[i+1:], c.far[i:])
		c.far[i] = farEvent[T]{when, v}
	} else {
		c.insert(when, v)
	}
	c.next = min(c.next, when)
}

// Pop takes the earliest event if it is due at or before now.
func (c *Calendar[T]) Pop(now uint64) (v T, when uint64, ok bool) {
	if c.next > now {
		return v, 0, false
	}
	when = c.next
	if when > c.base {
		c.advance(when)
	}
	b := int(when) & (len(c.heads) - 1)
	i := c.heads[b]
	n := &c.nodes[i]
	v = n.v
	c.heads[b] = n.next
	if n.next < 0 {
		c.full[b>>6] &^= 1 << (b & 63)
	}
	n.next = c.free
	c.free = i
	c.near--
	if c.heads[b] < 0 {
		c.next = c.earliest()
	}
	return v, when, true
}

// advance moves the start of the window to base and takes in the far events
// that it now covers.
func (c *Calendar[T]) advance(base uint64) {
	c.base = base
	n := 0
	for n < len(c.far) && c.far[n].when-base < uint64(len(c.heads)) {
		c.insert(c.far[n].when, c.far[n].v)
		n++
	}
	if n > 0 {
		c.far = c.far[:copy(c.far, c.far[n:])]
	}
}

func (c *Calendar[T]) insert(when uint64, v T) {
	i := c.free
	if i >= 0 {
		c.free = c.nodes[i].next
		c.nodes[i] = node[T]{v, -1}
	} else {
		i = int32(len(c.nodes))
		c.nodes = append(c.nodes, node[T]{v, -1})
	}
	b := int(when) & (len(c.heads) - 1)
	if c.heads[b] < 0 {
		c.heads[b] = i
		c.full[b>>6] |= 1 << (b & 63)
	} else {
		c.nodes[c.tails[b]].next = i
	}
	c.tails[b] = i
	c.near++
}

// earliest finds the first event at or after base.
func (c *Calendar[T]) earliest() uint64 {
	if c.near == 0 {
		if len(c.far) > 0 {
			return c.far[0].when
		}
		return Never
	}
	start := int(c.base) & (len(c.heads) - 1)
	word, bit := start>>6, start&63
	if m := c.full[word] >> bit; m != 0 {
		return c.base + uint64(bits.TrailingZeros64(m))
	}
	passed := 64 - bit
	for range c.full {
		word = (word + 1) & (len(c.full) - 1)
		if m := c.full[word]; m != 0 {
			return c.base + uint64(passed+bits.TrailingZeros64(m))
		}
		passed += 64
	}
	panic("calendar: lost an event")
}
