package pipeline

import (
	"fmt"
	"strconv"

	"github.com/threadmill-sim/threadmill/isa"
)

// advance moves the clock to the next cycle in which anything can happen.
//
// A cycle in which no stage did anything leaves the state as it was, so the
// following ones do nothing either until a time comes that something waits
// for. The counters charge the skipped cycles as idle, and are the same as if
// each had been simulated.
func (c *Core) advance() error {
	if c.active || c.attention {
		c.lastActive, c.rotation.seen = c.now, 0
		c.now++
		if c.fruitless++; c.fruitless > patience<<6 {
			return c.stuck("has committed, busy as the core is,")
		}
		return nil
	}
	event := c.nextEvent()
	if event == isa.Never && (c.replanAt == isa.Never || c.now-c.lastActive > patience) {
		return c.stuck("can move")
	}
	if turns := c.idleUnderRotation(event); turns > 0 {
		c.now += turns + 1
		return nil
	}
	next := max(min(event, c.replanAt), c.now+1)
	if c.parts.NoIdleSkip {
		next = c.now + 1
	}
	next = min(next, c.end)
	c.accountIdle(uint64(next - c.now - 1))
	c.sumOccupancy(uint64(next - c.now - 1))
	c.now = next
	return nil
}

// patience is how long a rotating plan may go round without effect: longer
// than any rotation. Cycles in which something happens and nothing commits may
// be 64 times as many.
const patience = 1 << 20

// nextEvent is the first cycle after this one in which something may happen
// under the present plan.
func (c *Core) nextEvent() isa.Cycle {
	next := min(isa.Cycle(c.events.Next()), c.parts.Caches.NextEvent(), c.parts.MMU.NextEvent(), c.pollAt)
	for i := range c.threads {
		next = min(next, c.nextOf(&c.threads[i]))
	}
	if c.ready != 0 {
		for i := range c.units {
			next = min(next, c.units[i].nextFree(c.now))
		}
	}
	return next
}

// nextOf is the first cycle after this one that a thread waits for.
func (c *Core) nextOf(t *thread) isa.Cycle {
	next := isa.Never
	later := func(when isa.Cycle) {
		if when > c.now && when < next {
			next = when
		}
	}
	if t.head < t.renamed {
		if done := c.pool.uops[t.at(t.head)].doneAt; done != isa.Never {
			later(done + 1)
		}
	}
	if t.waiting != isa.Never {
		later(t.waiting + c.fetchDepth)
	}
	later(t.redirectUntil)
	if !c.arrived(t) {
		_, until := t.causes.atDispatch(c.now)
		later(until)
	}
	if c.inOrder {
		later(c.nextInOrder(t))
	}
	return next
}

// nextFree is the first cycle after now in which a busy unit becomes free.
func (p *unitPool) nextFree(now isa.Cycle) isa.Cycle {
	next := isa.Never
	if p.interval > 1 {
		for _, f := range p.free {
			if f > now {
				next = min(next, f)
			}
		}
	}
	return next
}

// stuck says where every thread stands when nothing will ever commit again.
func (c *Core) stuck(how string) error {
	msg := fmt.Sprintf("no instruction %s after cycle %d", how, c.now)
	for i := range c.threads {
		t := &c.threads[i]
		switch {
		case t.stream == nil:
		case t.parked():
			msg += fmt.Sprintf("; thread %d %s", i, t.hold)
		default:
			msg += fmt.Sprintf("; thread %d at pc %#x: %d in flight, fetch %s", i, uint64(t.stream.PC()), t.inFlight(), t.hold)
		}
	}
	return fmt.Errorf("%s", msg)
}

func threadPrefix(i int) string { return "thread" + strconv.Itoa(i) }
