package cache

import "github.com/threadmill-sim/threadmill/isa"

// writeBuffer holds the lines of stores that the L1D passes on: all stores of
// a write-through cache, and those that miss where they do not allocate. A
// store to a line that is still in the buffer joins it. An entry is free
// again when the bank of the next level has taken it.
type writeBuffer struct {
	lines []uint64 // by entry: line number, noLine when free
	used  int
}

func newWriteBuffer(n int) writeBuffer {
	b := writeBuffer{lines: make([]uint64, n)}
	for i := range b.lines {
		b.lines[i] = noLine
	}
	return b
}

// takes reports whether a store to a line has room.
func (b *writeBuffer) takes(line uint64) bool {
	return b.used < len(b.lines) || b.find(line) >= 0
}

func (b *writeBuffer) find(line uint64) int {
	for i, l := range b.lines {
		if l == line {
			return i
		}
	}
	return -1
}

// passOn puts a store of the core into the L1D's write buffer, which has room.
func (h *Hierarchy) passOn(now isa.Cycle, line uint64, r Request) {
	l := &h.levels[l1d]
	b := &l.buffer
	if b.find(line) >= 0 {
		l.stats.Coalesced++
		return
	}
	slot := b.find(noLine)
	b.lines[slot] = line
	b.used++
	h.expect(l.next, false)
	id := h.newRequest(request{
		op: storeWord, from: l1d, mshr: int32(slot),
		addr: r.Addr, pc: r.PC, thread: r.Thread, bytes: 1 << l.shift,
	})
	h.at(now, now+l.latency+l.delay, event{kind: arrives, id: id})
}

// leaveBuffer frees an entry of the L1D's write buffer.
func (h *Hierarchy) leaveBuffer(slot int32) {
	l := &h.levels[l1d]
	l.buffer.lines[slot] = noLine
	l.buffer.used--
	l.freed++
}
