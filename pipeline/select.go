package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// A policy may restrict which ready instructions issue (scheduler.Select): a
// bound for each thread, units wired to contexts, contexts by priority. These
// are the issue models of Tullsen, Eggers and Levy (ISCA 1995). The walk is the
// one of free competition, over the heads of the ready lists by age, but looks
// at everything that is ready; by priority it is made once for each context.

// selectRestricted issues what the plan's restrictions allow.
func (c *Core) selectRestricted(open uint32) {
	rule := c.plan.Select
	if !rule.ByContext {
		c.selectOf(rule, c.plan.Issue, open)
		return
	}
	for i := range c.threads {
		c.selectOf(rule, isa.ContextSet(0).With(isa.Context(i))&c.plan.Issue, open)
	}
}

// selectOf issues ready uops of the threads in set, the oldest first.
func (c *Core) selectOf(rule scheduler.Select, set isa.ContextSet, open uint32) {
	var issued [isa.MaxContexts]uint8
	for i := range c.units {
		c.units[i].scan = c.units[i].head
	}
	for c.issuedNow < c.spec.Issue.Width {
		p, _ := c.oldest(&open)
		if p == nil {
			break
		}
		id, u := c.pool.live(p.ready[p.scan])
		switch {
		case p.ready[p.scan] == 0:
		case u == nil:
			p.drop()
		case !set.Has(u.ctx) || rule.PerThread > 0 && int(issued[u.ctx]) >= rule.PerThread:
		case !c.mayIssue(u) || !p.freeFor(rule, u.ctx, c.now):
		default:
			p.drop()
			p.occupyFor(rule, u.ctx, c.now)
			c.issueUop(id, u, p)
			c.issuedNow++
			issued[u.ctx]++
		}
		p.scan++
	}
	// What end moves up lies before where the scan ended; in a later walk that
	// may be nearer.
	for i := range c.units {
		if p := &c.units[i]; p.took > 0 {
			p.scan = len(p.ready)
		}
	}
}

// drop takes the uop that is being looked at off the ready list.
func (p *unitPool) drop() {
	p.ready[p.scan] = 0
	p.took++
}

// wire is the unit of the class to which a context is wired.
func (p *unitPool) wire(ctx isa.Context) int { return int(ctx) % len(p.free) }

// freeFor reports whether a unit takes an operation of a context now.
func (p *unitPool) freeFor(rule scheduler.Select, ctx isa.Context, now isa.Cycle) bool {
	if rule.Wired {
		return p.free[p.wire(ctx)] <= now && !p.portTaken(p.wire(ctx))
	}
	return p.avail > 0 && (p.ports == nil || p.pick(now) >= 0)
}

// occupyFor gives an operation of a context to a unit.
func (p *unitPool) occupyFor(rule scheduler.Select, ctx isa.Context, now isa.Cycle) {
	if rule.Wired {
		p.free[p.wire(ctx)] = now + p.interval
		p.takePort(p.wire(ctx))
		return
	}
	p.occupy(now)
}
