package linux

import "slices"

// timer fires once, at a time in cycles.
type timer struct {
	at    uint64
	owner *Process // whose threads it can wake
	fire  func()
}

// timerQueue holds the armed timers by time, equal ones in the order in which
// they were armed.
type timerQueue []*timer

// arm makes fire happen at a time, for a process.
func (q *timerQueue) arm(at uint64, owner *Process, fire func()) *timer {
	t := &timer{at, owner, fire}
	i, _ := slices.BinarySearchFunc(*q, at, func(o *timer, at uint64) int {
		if o.at <= at {
			return -1
		}
		return 1
	})
	*q = slices.Insert(*q, i, t)
	owner.timers++
	return t
}

// disarm forgets a timer; nil and one that has fired do nothing.
func (q *timerQueue) disarm(t *timer) {
	if i := slices.Index(*q, t); t != nil && i >= 0 {
		*q = slices.Delete(*q, i, i+1)
		t.owner.timers--
	}
}

// next is when the first timer fires, never without one.
func (q timerQueue) next() uint64 {
	if len(q) == 0 {
		return never
	}
	return q[0].at
}

// pop takes the first timer out.
func (q *timerQueue) pop() *timer {
	t := (*q)[0]
	*q = slices.Delete(*q, 0, 1)
	t.owner.timers--
	return t
}

// disarmAll forgets the timers of a process.
func (q *timerQueue) disarmAll(p *Process) {
	*q = slices.DeleteFunc(*q, func(t *timer) bool { return t.owner == p })
	p.timers = 0
}
