package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Why the front end hands a thread nothing to dispatch. An instruction that is
// fetched in cycle f can be dispatched from f + depth on. When in cycle t all
// instructions before one have been dispatched, and it has not arrived, those
// were fetched by t − depth, and it was not. So the dispatch slots of cycle t
// that want for an instruction are lost in the fetch of cycle t − depth, and
// have its cause, however long what was fetched has stood in the fetch buffer.
// What a squash takes out of the front end was lost by the squash.

// fetchCauses are the causes for which a thread did not fetch more than it did,
// of the last cycles: a queue of changes, the oldest first.
type fetchCauses struct {
	depth   isa.Cycle    // of the front end
	changes []fetchCause // ring
	head, n int          // of the changes kept: the first, and how many
	last    slotClass    // of the last of them
}

// fetchCause is a cause that holds from a cycle on.
type fetchCause struct {
	since isa.Cycle
	class slotClass
}

// newFetchCauses makes the queue for a front end of so many stages.
func newFetchCauses(depth int) fetchCauses {
	q := fetchCauses{depth: isa.Cycle(depth), changes: make([]fetchCause, ceilPow2(depth+2))}
	q.rewriteAll(noFetch)
	return q
}

func (q *fetchCauses) at(i int) *fetchCause { return &q.changes[(q.head+i)&(len(q.changes)-1)] }

// note enters the cause of a cycle, not before that of the last call.
func (q *fetchCauses) note(now isa.Cycle, class slotClass) {
	if q.last != class {
		q.forget(now)
		q.rewrite(now, class)
	}
}

// rewrite makes one cause that of all cycles from one on.
func (q *fetchCauses) rewrite(from isa.Cycle, class slotClass) {
	for q.n > 1 && q.at(q.n-1).since >= from {
		q.n--
	}
	if q.at(q.n-1).class != class {
		*q.at(q.n) = fetchCause{from, class}
		q.n++
	}
	q.last = class
}

// rewriteAll makes one cause that of all cycles so far.
func (q *fetchCauses) rewriteAll(class slotClass) {
	*q.at(0) = fetchCause{0, class}
	q.n, q.last = 1, class
}

// forget drops what dispatch has passed by cycle now.
func (q *fetchCauses) forget(now isa.Cycle) {
	for q.n > 1 && q.at(1).since+q.depth <= now {
		q.head++
		q.n--
	}
}

// atDispatch is the cause of what arrives at dispatch in cycle now, and when
// there is another one.
func (q *fetchCauses) atDispatch(now isa.Cycle) (class slotClass, until isa.Cycle) {
	q.forget(now)
	if q.n == 1 {
		return q.at(0).class, isa.Never
	}
	return q.at(0).class, q.at(1).since + q.depth
}

// noteFetch enters why each thread fetched no more in this cycle.
func (c *Core) noteFetch() {
	for _, ctx := range c.live {
		t := &c.threads[ctx]
		t.causes.note(c.now, c.fetchClass(t))
	}
}

// fetchClass is why a thread fetched no more in this cycle. What would have kept
// it from fetching alone comes before what other threads and the discipline do.
func (c *Core) fetchClass(t *thread) slotClass {
	others := c.asked.Without(t.ctx) != 0
	if why := max(t.ifetch.pending, t.ifetch.refused); why != scheduler.NotStalled && (t.ifetch.pending == why || c.refuses(&t.ifetch)) {
		if why == scheduler.ITLBMiss {
			return noITLB
		}
		return noICache
	}
	switch {
	case t.hold != noHold && t.cursor == t.tail && !c.askable(t):
		if t.hold == holdPathEnd {
			return noMispredict
		}
		return noSerialise
	case c.cut.Has(t.ctx) && others:
		return noFetchOther
	case c.cut.Has(t.ctx):
		return slotGated // the plan lets it fetch less than the machine can
	case c.view.Threads[t.ctx].LastFetch == c.now:
		return noFetch
	case c.now < t.redirectUntil:
		return t.redirectFor
	case c.parts.Traits.InFlight > 0 && t.inFlight() >= c.parts.Traits.InFlight:
		return slotGated
	case !c.room(t, scheduler.FetchBuffer):
		if c.limitOf(t, scheduler.FetchBuffer) > t.held[scheduler.FetchBuffer] {
			return noFetchOther
		}
		return noFetch
	case c.plan.Switching:
		return slotSwitch
	case !c.mayFetch.Has(t.ctx):
		return slotGated
	case others:
		return noFetchOther
	}
	return noFetch
}
