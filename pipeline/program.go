package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// program is what is counted of one program, which is an address space: its
// software threads may run on any contexts, several at a time and in turn.
type program struct {
	committed uint64
	goal      uint64   // committed instructions at which Run returns
	curve     []uint64 // the cycle of each CurveEvery-th commit
	next      uint64   // commit of the curve's next point
}

func newPrograms(n int, curveEvery uint64) []program {
	programs := make([]program, n)
	for i := range programs {
		programs[i].goal, programs[i].next = ^uint64(0), curveEvery
	}
	return programs
}

// Committed is the number of instructions that a program has committed.
func (c *Core) Committed(p isa.ASID) uint64 { return c.programs[p].committed }

// CommittedOn is the number of them that it has committed on a context.
func (c *Core) CommittedOn(ctx isa.Context, p isa.ASID) uint64 {
	return c.threads[ctx].committedOf[p]
}

// SetGoal makes Run return once the program has committed n instructions in
// all.
func (c *Core) SetGoal(p isa.ASID, n uint64) { c.programs[p].goal = n }

// Curve is the cycle in which each CurveEvery-th instruction of a program
// committed.
func (c *Core) Curve(p isa.ASID) []uint64 { return c.programs[p].curve }

// Runs reports whether a program may have instructions in flight on the
// context: a software thread of it was the last to run there, and the context
// has not been found to have nothing to run since.
func (c *Core) Runs(ctx isa.Context, p isa.ASID) bool {
	t := &c.threads[ctx]
	return t.asid == p && !t.parked()
}

// countCommitted counts n more committed instructions of the thread's program.
func (c *Core) countCommitted(t *thread, n int) {
	t.stats.Committed += uint64(n)
	t.committedOf[t.asid] += uint64(n)
	p := &c.programs[t.asid]
	p.committed += uint64(n)
	if p.committed >= p.goal {
		c.attention = true
	}
	if every := c.parts.CurveEvery; every > 0 {
		for ; p.next <= p.committed; p.next += every {
			p.curve = append(p.curve, uint64(c.now))
		}
	}
}
