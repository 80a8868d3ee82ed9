package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// A plan that turns in every cycle, as a barrel's, would have idle cycles
// simulated one by one. But when its answers repeat (scheduler.Plan.Period) and
// a whole period has passed in which nothing happened, and in which no time came
// that something had waited for, nothing happens in the following ones either,
// and each adds to the ledgers what the one seen has added.

// rotation is the period that is being watched.
type rotation struct {
	period isa.Cycle // of the plans and of the ledgers under them
	seen   isa.Cycle // idle cycles in a row, up to the present one, without an event
	event  isa.Cycle // that was next in the last of them

	// The ledgers at the end of the first of these cycles. That one still may
	// have a cause from the cycle before.
	machine [numLedgers]Ledger
	threads [][numLedgers]threadSlots
	pairs   []pair
}

// idleUnderRotation is told of each idle cycle and of the next event. It
// returns how many of the cycles after the next one can be skipped though the
// plan changes in each, having charged them.
func (c *Core) idleUnderRotation(event isa.Cycle) isa.Cycle {
	r := &c.rotation
	period := c.plan.Period
	if period == 0 || c.replanAt != c.now+1 {
		r.seen = 0
		return 0
	}
	if c.plan.Owner == scheduler.NoOwner {
		period *= isa.Cycle(max(len(c.live), 1)) // each has every slot once in as many cycles
	}
	if r.seen++; period != r.period || c.now >= r.event {
		r.seen = 1
	}
	r.period, r.event = period, event
	switch {
	case r.seen == 1:
		c.mark(r)
		return 0
	case r.seen <= period:
		return 0
	}
	times := (min(event, c.end) - c.now - 1) / period
	if c.parts.NoIdleSkip || c.observer != nil || times == 0 {
		return 0 // an observer wants to see whose turn it was
	}
	if r.seen > period+1 {
		return 0 // what was marked is more than a period ago: the rest is less than one
	}
	c.addPeriods(r, uint64(times))
	c.sumOccupancy(uint64(times * period))
	return times * period
}

// mark keeps the ledgers as they are.
func (c *Core) mark(r *rotation) {
	c.joint.enter()
	r.pairs = append(r.pairs[:0], c.joint.pairs...)
	for stage := range numLedgers {
		of, kept := c.stats.ledger(stage), &r.machine[stage]
		thread := append(kept.Thread[:0], of.Thread...)
		*kept = *of
		kept.Thread = thread
		for i := range c.threads {
			r.threads[i][stage] = *c.threads[i].stats.ledger(stage)
		}
	}
}

// addPeriods adds to the ledgers a number of times what has been added since the
// mark, which is what a period adds.
func (c *Core) addPeriods(r *rotation, times uint64) {
	c.joint.enter()
	c.stats.Cycles += times * uint64(r.period)
	more := func(now *uint64, then uint64) { *now += (*now - then) * times }
	for i := range r.pairs {
		p := &c.joint.pairs[i]
		for k := range p.Cycles {
			more(&p.Cycles[k], r.pairs[i].Cycles[k])
		}
	}
	for stage := range numLedgers {
		l, then := c.stats.ledger(stage), &r.machine[stage]
		more(&l.Vertical, then.Vertical)
		for class := range l.Cause {
			more(&l.Cause[class], then.Cause[class])
		}
		for i := range l.Thread {
			more(&l.Thread[i], then.Thread[i])
			t := c.threads[i].stats.ledger(stage)
			for class := range t {
				more(&t[class], r.threads[i][stage][class])
			}
		}
	}
}
