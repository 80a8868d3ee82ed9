package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// program is what is counted of one program, which is an address space: its
// software threads may run on any contexts, several at a time and in turn.
type program struct {
	committed uint64
	goal      uint64 // committed instructions at which Run returns
	curve     *Curve // nil: not recorded
}

func newPrograms(n int) []program {
	programs := make([]program, n)
	for i := range programs {
		programs[i].goal = ^uint64(0)
	}
	return programs
}

// Committed is the number of instructions that a program has committed.
func (c *Core) Committed(p isa.ASID) uint64 { return c.programs[p].committed }

// CommittedOn is the number of them that it has committed on a context.
func (c *Core) CommittedOn(ctx isa.Context, p isa.ASID) uint64 {
	t := &c.threads[ctx]
	n := t.committedOf[p]
	if t.asid == p {
		n += t.stats.Committed - t.committedBefore
	}
	return n
}

// SetGoal makes Run return once the program has committed n instructions in
// all.
func (c *Core) SetGoal(p isa.ASID, n uint64) { c.programs[p].goal = n }

// Record makes the curve that of a program that has not begun.
func (c *Core) Record(p isa.ASID, curve *Curve) { c.programs[p].curve = curve }

// Runs reports whether a program may have instructions in flight on the
// context: a software thread of it was the last to run there, and the context
// has not been found to have nothing to run since.
func (c *Core) Runs(ctx isa.Context, p isa.ASID) bool {
	t := &c.threads[ctx]
	return t.asid == p && !t.parked()
}

// become makes the thread run instructions of another address space.
func (c *Core) become(t *thread, p isa.ASID) {
	t.committedOf[t.asid] += t.stats.Committed - t.committedBefore
	t.committedBefore = t.stats.Committed
	t.asid, t.program = p, &c.programs[p]
}
