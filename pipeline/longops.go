package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// A policy that switches on long operations (scheduler.Traits.Long) sees the
// divisions and square roots of a thread as if they were misses: each is
// outstanding from its issue until its result is there. No other policy has them
// recorded.

// long reports whether u is an operation that takes long wherever it is built.
func (u *uop) long() bool {
	switch u.dyn.Inst.Class {
	case isa.IntDiv, isa.FPDiv, isa.FPSqrt:
		return true
	}
	return false
}

// longStarted records the issue of a long operation.
func (c *Core) longStarted(t *thread, id uopID, u *uop) {
	m := &c.pool.mems[id]
	m.levels, m.fetched = 1<<scheduler.Long, u.fetched
	m.detected[scheduler.Long] = c.now
	t.missed = append(t.missed, id)
	t.missesChanged = true
	c.view.Threads[t.ctx].Misses[scheduler.Long].Count++
}

// longOver takes a long operation that has its result, or is squashed, off the
// list again.
func (c *Core) longOver(t *thread, id uopID, u *uop) {
	if u.long() && u.stage == issued && c.units[u.unit].latency > 1 {
		c.forgetMiss(t, id)
	}
}
