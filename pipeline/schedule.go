package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/tlb"
)

// schedule asks the policy for a plan when something has changed since the
// last one, and carries out its squashes. What happens in a cycle is seen in
// the next. An idle cycle changes nothing, so skipping it loses no call.
func (c *Core) schedule(changed bool) {
	if c.parts.Traits.StateOnly {
		changed = c.stateChanged
	}
	if !changed && c.now < c.replanAt {
		return
	}
	c.replanAt, c.stateChanged = isa.Never, false
	c.view.Now = c.now
	for i := range c.threads {
		c.look(&c.threads[i], &c.view.Threads[i])
	}
	capped := c.plan.Caps != nil
	c.plan.Reset()
	c.parts.Policy.Plan(&c.plan, &c.view)
	if capped != (c.plan.Caps != nil) {
		c.boundAll()
	}
	c.replanAt = min(c.replanAt, c.plan.Until)
	c.mayFetch = 0
	for _, ctx := range c.plan.Fetch {
		c.mayFetch = c.mayFetch.With(ctx)
	}
	for i := range c.plan.Squash {
		c.squashPast(&c.plan.Squash[i])
	}
}

// look brings what a policy sees of one thread up to date. Whatever changes a
// State sets stateChanged. Occupancies, branches and the counts of misses are
// kept where they change. Where only time has to pass until a thread can fetch,
// the policy is asked again then.
func (c *Core) look(t *thread, v *scheduler.Thread) {
	switch {
	case t.stream == nil:
		return
	case t.hold == holdIdle:
		v.State = scheduler.Idle
	case t.hold == holdBlocked:
		v.State = scheduler.Waiting
	default:
		v.State = scheduler.Running
	}
	if c.parts.Traits.StateOnly {
		return
	}
	if v.Stall = c.stallOf(t); v.Stall == scheduler.Redirect {
		c.replanAt = min(c.replanAt, t.redirectUntil)
	}
	v.FetchMiss = t.ifetch.level
	v.FrontEnd, v.InFlight = t.frontEnd(), t.inFlight()
	v.Queued = v.Occupancy[scheduler.IssueQueue] + v.Occupancy[scheduler.MemQueue] + v.Occupancy[scheduler.FPQueue]
	v.Committed = t.stats.Committed
	if c.parts.Traits.Ages {
		c.lookAtAges(t, v)
	}
}

// lookAtAges finds the oldest queue entry and the oldest miss of each level.
func (c *Core) lookAtAges(t *thread, v *scheduler.Thread) {
	v.OldestQueued = isa.Never
	if pos := t.firstQueued(); pos < t.renamed {
		v.OldestQueued = c.pool.renamed[t.at(pos)]
	}
	if t.missesChanged {
		t.missesChanged = false
		c.lookAtMisses(t, v)
	}
	for level := range v.Misses {
		if of := &v.Misses[level]; of.Count > 0 {
			of.After = int(t.cursor - t.firstMiss[level] - 1)
		}
	}
}

// lookAtMisses finds the oldest miss of each level: the one detected first,
// and the first in program order.
func (c *Core) lookAtMisses(t *thread, v *scheduler.Thread) {
	for level := scheduler.L1; level < scheduler.NumLevels; level++ {
		v.Misses[level].Oldest, v.Misses[level].Load, t.firstMiss[level] = isa.Never, isa.Never, ^uint64(0)
	}
	for _, id := range t.missed {
		u, m := &c.pool.uops[id], &c.pool.mems[id]
		for rest := m.levels; rest != 0; rest &= rest - 1 {
			level := bits.TrailingZeros8(rest)
			of := &v.Misses[level]
			of.Oldest = min(of.Oldest, m.detected[level])
			if u.pos < t.firstMiss[level] {
				t.firstMiss[level], of.Load, of.PC = u.pos, m.fetched, u.dyn.PC
			}
		}
	}
}

// refuses reports whether what has refused a thread's fetch still has no room.
func (c *Core) refuses(f *ifetch) bool {
	switch f.refused {
	case scheduler.ICacheMiss:
		return f.retryAfter == c.parts.Caches.Freed(cache.Fetch)
	case scheduler.ITLBMiss:
		return f.retryAfter == c.parts.MMU.Freed(tlb.Fetch)
	}
	return false
}

// stallOf is why a thread cannot fetch in this cycle.
func (c *Core) stallOf(t *thread) scheduler.Stall {
	if c.bounded {
		c.bound(t)
	}
	switch {
	case t.parked():
		return scheduler.NotStalled
	case t.ifetch.pending != scheduler.NotStalled:
		return t.ifetch.pending
	case c.now < t.redirectUntil:
		return scheduler.Redirect
	case t.ifetch.refused != scheduler.NotStalled && c.refuses(&t.ifetch):
		return t.ifetch.refused
	case !c.room(t, scheduler.FetchBuffer) || c.parts.Traits.InFlight > 0 && t.inFlight() >= c.parts.Traits.InFlight:
		return scheduler.BufferFull
	case t.cursor < t.tail || c.askable(t):
		return scheduler.NotStalled
	case t.hold == holdPathEnd:
		return scheduler.PathEnd
	}
	return scheduler.Serialise
}
