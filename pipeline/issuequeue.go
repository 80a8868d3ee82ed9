package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/scheduler"
)

// An instruction waits for its operands in an issue queue: in one for
// everything, or, where they exist, loads, stores and atomics in the memory
// queue and floating-point operations in theirs. A floating-point load or store
// is a memory operation; a move or conversion between the register files is a
// floating-point one. Queues split further (Zen 3's four of 24 for integers)
// are one with the sum of their entries: which of them an instruction would
// have gone to, and that one is full while its neighbour is not, is left out.

// queueOf is the queue of each unit class.
func (s *Spec) queueOf() [numUnits]scheduler.Structure {
	var queues [numUnits]scheduler.Structure
	for unit := range queues {
		queues[unit] = scheduler.IssueQueue
		switch {
		case (unit == loadUnit || unit == storeUnit) && s.MemIQ.Size > 0:
			queues[unit] = scheduler.MemQueue
		case unit >= firstFPUnit && s.FPIQ.Size > 0:
			queues[unit] = scheduler.FPQueue
		}
	}
	return queues
}

// queueEntries is the size of all issue queues together.
func (s *Spec) queueEntries() int { return s.IQ.Size + s.MemIQ.Size + s.FPIQ.Size }

// leaveQueue is told that u has issued. Its entry is free in the next cycle.
func (c *Core) leaveQueue(t *thread, u *uop) {
	t.leftQueue[c.queueOf[u.unit]-scheduler.IssueQueue]++
	c.left = c.left.With(t.ctx)
}

// freeLeft makes the entries of fetch buffer and issue queues free that were
// left in the last cycle. That they are free a cycle later is what lets
// another thread have them: one that fetches, renames and issues in the same
// cycle, as in a barrel, would take its own again and again.
func (c *Core) freeLeft() {
	for left := uint64(c.left); left != 0; left &= left - 1 {
		t := &c.threads[bits.TrailingZeros64(left)]
		c.takeN(t, scheduler.FetchBuffer, -t.leftBuffer)
		t.leftBuffer = 0
		for q, n := range &t.leftQueue {
			if n > 0 {
				c.takeN(t, scheduler.IssueQueue+scheduler.Structure(q), -n)
				t.leftQueue[q] = 0
			}
		}
	}
	c.left = 0
}
