package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// program is what is counted of one program, which is an address space: its
// software threads may run on any contexts, several at a time and in turn.
type program struct {
	committed uint64
	watch     uint64 // commit at which its goal or the curve's next point is reached
	goal      uint64 // committed instructions at which Run returns
	next      uint64 // commit of the curve's next point
	curve     []uint64
}

func newPrograms(n int, curveEvery uint64) []program {
	programs := make([]program, n)
	for i := range programs {
		p := &programs[i]
		if p.next = curveEvery; curveEvery == 0 {
			p.next = ^uint64(0)
		}
		p.setGoal(^uint64(0))
	}
	return programs
}

func (p *program) setGoal(n uint64) { p.goal, p.watch = n, min(n, p.next) }

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
func (c *Core) SetGoal(p isa.ASID, n uint64) { c.programs[p].setGoal(n) }

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

// become makes the thread run instructions of another address space.
func (c *Core) become(t *thread, p isa.ASID) {
	t.committedOf[t.asid] += t.stats.Committed - t.committedBefore
	t.committedBefore = t.stats.Committed
	t.asid, t.program = p, &c.programs[p]
}

// reached is told that a program has committed what was watched for.
func (c *Core) reached(p *program) {
	if p.committed >= p.goal {
		c.attention = true
	}
	for ; p.next <= p.committed; p.next += c.parts.CurveEvery {
		p.curve = append(p.curve, uint64(c.now))
	}
	p.watch = min(p.goal, p.next)
}
