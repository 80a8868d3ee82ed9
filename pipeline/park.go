package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// A context without anything to run is parked: its software threads all wait
// in the guest operating system (blocked), or it has none (idle). It costs no
// fetch slot to find out that there is work again, as the operating system
// and not the program finds out: the core asks the streams of parked contexts
// by itself, in the cycle that they named, and in the one after another context
// has executed a serialising instruction or was parked by something that others
// may have waited for: nothing else wakes a software thread before its time.
//
// What the first answer brings has been executed and waits to be fetched, like
// what a squash has put back.

// park leaves a context without anything to run.
func (c *Core) park(t *thread, why hold, s isa.Stop) {
	if !t.empty() {
		panic("pipeline: a stream parked its context with instructions in flight")
	}
	if s.Wake {
		c.wakeParked(c.now + 1)
	}
	t.hold, t.wakeAt = why, s.Until
	c.pollAt = min(c.pollAt, s.Until)
	c.divide()
}

// poll asks the streams of the parked contexts whose time has come.
func (c *Core) poll() {
	c.pollAt = isa.Never
	for i := range c.threads {
		t := &c.threads[i]
		if t.parked() && t.wakeAt <= c.now && c.fill(t) {
			c.active = true
		}
		if t.parked() {
			c.pollAt = min(c.pollAt, t.wakeAt)
		}
	}
	c.divide()
}

// wakeParked makes every parked context ask in cycle at, if not before.
func (c *Core) wakeParked(at isa.Cycle) {
	for i := range c.threads {
		if t := &c.threads[i]; t.parked() && t.stream != nil {
			t.wakeAt = min(t.wakeAt, at)
			c.pollAt = min(c.pollAt, at)
		}
	}
}

// Wake makes parked contexts ask their streams again: something has been given
// to the guest operating system from outside.
func (c *Core) Wake() { c.wakeParked(c.now) }
