package pipeline

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// An observer looks at the state of the core at the end of each simulated
// cycle and writes down what has changed since the last: which instructions
// were fetched, where they stand, what they wait for (waits.go), which are gone.
// No stage knows of it. That is exact, since the stages of a cycle go from the
// oldest instructions to the youngest: nothing passes through two of them in one
// cycle, and where nothing happens (idle.go) there is nothing to see.

// observed is an instruction in flight under observation.
type observed struct {
	Observation
	pos  uint64
	live bool
}

// seen is what the observer knows of a thread: its program order as it was at
// the last look.
type seen struct {
	head, cursor uint64
	ring         []observed
	violations   uint64 // memory-order violations by then
}

func (s *seen) at(pos uint64) *observed { return &s.ring[pos&uint64(len(s.ring)-1)] }

type observer struct {
	window  Window
	sink    func(*Observation)
	depth   isa.Cycle // from fetch to rename
	begin   isa.Cycle
	base    uint64 // instructions fetched before begin
	fetched uint64 // … and since, at the last look
	retired uint64 // of those observed
	looking bool   // the window has begun
	over    bool   // nothing that is fetched from now on is in it
	live    int    // observed in flight
	threads []seen
	marks   []mark // by uopID
}

// Observe reports to sink every instruction of the window, each when it leaves
// the pipeline, from the next cycle on. The observation is sink's for the
// call only. Once all have left, Run returns and Observed is true. What is
// simulated is the same with or without.
func (c *Core) Observe(w Window, sink func(*Observation)) {
	o := &observer{
		window: w, sink: sink, depth: c.fetchDepth, begin: c.now, base: c.fetchedInAll(),
		threads: make([]seen, len(c.threads)), marks: make([]mark, len(c.pool.uops)),
	}
	for i := range o.threads {
		o.threads[i].ring = make([]observed, len(c.threads[i].order))
	}
	c.observer = o
}

// Observed reports whether the window is over and everything in it has left
// the pipeline.
func (c *Core) Observed() bool { return c.observer != nil && c.observer.done() }

// Unobserve ends observing. What is in flight is reported as such.
func (c *Core) Unobserve() {
	o := c.observer
	c.observer = nil
	for i := range o.threads {
		s := &o.threads[i]
		for pos := s.head; pos < s.cursor; pos++ {
			if e := s.at(pos); e.live {
				o.leave(e, InFlight, isa.Never)
			}
		}
	}
}

// fetchedInAll counts the instructions that all threads have fetched.
func (c *Core) fetchedInAll() (n uint64) {
	for i := range c.threads {
		n += c.threads[i].stats.Fetched
	}
	return n
}

func (o *observer) done() bool { return o.over && o.live == 0 }

// look takes in a cycle that ends.
func (o *observer) look(c *Core) {
	if o.done() {
		return
	}
	before, since := o.fetched, uint64(c.now-o.begin)
	o.fetched = c.fetchedInAll() - o.base
	if !o.looking && since >= o.window.Cycles.From && o.fetched > o.window.Insts.From {
		o.start(c)
	}
	if o.looking {
		o.fetched = before // takeFetched counts again
		o.takeCommitted(c)
		o.markWaits(c)
		for i := range c.threads {
			t := &c.threads[i]
			o.takeFetched(c, t, o.takeSquashed(c, t))
			o.update(c, t)
		}
	}
	o.over = o.over || o.window.Insts.over(o.fetched) || o.window.Cycles.over(since+1)
	c.attention = c.attention || o.done()
}

// start is the first look at the program orders: what has been fetched in this
// cycle is new, what was in flight before is not observed.
func (o *observer) start(c *Core) {
	o.looking = true
	for i := range c.threads {
		t, s := &c.threads[i], &o.threads[i]
		s.head, s.cursor, s.violations = t.head, t.cursor, t.stats.Order.Violations
		for s.cursor > s.head && c.pool.uops[t.at(s.cursor-1)].fetched == c.now {
			s.cursor--
		}
	}
}

// takeCommitted takes leave of what has committed, in the order of commit.
func (o *observer) takeCommitted(c *Core) {
	i := c.turn
	for range c.threads {
		t, s := &c.threads[i], &o.threads[i]
		if i++; i == len(c.threads) {
			i = 0
		}
		for ; s.head < t.head; s.head++ {
			if e := s.at(s.head); e.live {
				e.Retired = o.retired
				o.retired++
				o.leave(e, Committed, c.now)
			}
		}
	}
}

// takeSquashed takes leave of what a thread has lost since the last look, and
// returns the first position that has been fetched since.
func (o *observer) takeSquashed(c *Core, t *thread) uint64 {
	s := &o.threads[t.ctx]
	first := s.cursor
	violation := t.stats.Order.Violations != s.violations // of the first that is gone
	s.violations = t.stats.Order.Violations
	for pos := s.head; pos < s.cursor; pos++ {
		if pos < t.cursor && c.pool.uops[t.at(pos)].fetched != c.now {
			continue // it is the same
		}
		first = min(first, pos)
		e := s.at(pos)
		switch {
		case !e.live:
		case e.Wrong:
			o.leave(e, Discarded, c.now)
		default:
			e.Violation = violation
			o.leave(e, Replayed, c.now)
		}
		violation = false
	}
	return first
}

// leave reports an instruction that has left the pipeline.
func (o *observer) leave(e *observed, fate Fate, end isa.Cycle) {
	o.oversleep(e, end)
	e.live, e.Fate, e.End = false, fate, end
	o.live--
	if fate != Committed {
		e.cut()
	}
	e.endWaits(end)
	o.sink(&e.Observation)
}

// oversleep adds the wait that began in cycles that were skipped and ended with
// the first after them, for a predecessor: what waits for anything else has a
// cycle simulated for it.
func (o *observer) oversleep(e *observed, end isa.Cycle) {
	if n := len(e.Waits); end == isa.Never || n > 0 && e.Waits[n-1].Until == isa.Never {
		return
	}
	w := Wait{Uop: NoUop, Until: end}
	switch {
	case e.Rename == isa.Never:
		w.Why, w.From = WaitFrontOrder, e.Fetch+o.depth
	case e.Done != isa.Never:
		w.Why, w.From = WaitCommitOrder, e.Done+1
	default:
		return
	}
	if w.From < end {
		e.Waits = append(e.Waits, w)
	}
}

// endWaits ends the last wait.
func (e *observed) endWaits(end isa.Cycle) {
	if n := len(e.Waits); n > 0 {
		e.Waits[n-1].Until = min(e.Waits[n-1].Until, end)
	}
}

// cut removes what had not come when the instruction was squashed.
func (e *Observation) cut() {
	for _, at := range []*isa.Cycle{&e.Ready, &e.Execute, &e.Done} {
		if *at >= e.End {
			*at = isa.Never
		}
	}
}

// takeFetched begins the observation of what a thread has fetched, which is
// all from position first on.
func (o *observer) takeFetched(c *Core, t *thread, first uint64) {
	s := &o.threads[t.ctx]
	for pos := first; pos < t.cursor; pos++ {
		e, u := s.at(pos), &c.pool.uops[t.at(pos)]
		check(u.fetched == c.now, "the observer has missed a fetch")
		before := NoUop
		if e.pos == pos && e.Fate == Replayed {
			before = e.Number
		}
		number := o.fetched
		o.fetched++
		e.pos = pos
		if o.over || !o.window.Insts.has(number) {
			e.Fate = InFlight
			continue
		}
		o.live++
		e.live = true
		e.Observation = Observation{
			Number: number, Before: before, Context: t.ctx, Dyn: u.dyn, Wrong: u.depth > 0,
			Fetch: c.now, Rename: isa.Never, Ready: isa.Never, Issue: isa.Never, Execute: isa.Never, Done: isa.Never, End: isa.Never,
			From: NoUop, Waits: e.Waits[:0],
		}
	}
	s.head, s.cursor = t.head, t.cursor
}

// update brings the observations of a thread up to date.
func (o *observer) update(c *Core, t *thread) {
	s := &o.threads[t.ctx]
	for pos := t.head; pos < t.cursor; pos++ {
		e := s.at(pos)
		if !e.live {
			continue
		}
		id := t.at(pos)
		u := &c.pool.uops[id]
		e.Mispredicted = u.flags&mispredicted != 0
		switch {
		case u.stage == inQueue && e.Rename == isa.Never:
			e.Rename = c.now
			o.findSources(c, e, u)
		case u.stage == issued && e.Issue == isa.Never:
			e.Issue, e.Execute = c.now, c.now+c.issueDepth
		}
		if e.Rename != isa.Never {
			o.updateSources(c, e, u)
			if e.Ready == isa.Never && u.pending == 0 {
				e.Ready = o.readySince(c, e, id)
			}
		}
		if e.Issue != isa.Never {
			e.Done = u.doneAt
			if u.load() {
				o.updateLoad(c, t, e, id, u)
			}
		}
		o.updateWait(c, t, e, id, u)
	}
}

// findSources notes the producers that an instruction waits for when it has
// just been renamed.
func (o *observer) findSources(c *Core, e *observed, u *uop) {
	for k := range e.Sources {
		if u.linked&(1<<k) != 0 {
			e.Sources[k] = Source{Waited: true, Uop: o.number(c, u.source[k]), Until: isa.Never}
		}
	}
}

// number is that of an instruction in flight.
func (o *observer) number(c *Core, id uopID) uint64 {
	u := &c.pool.uops[id]
	if e := o.threads[u.ctx].at(u.pos); e.live {
		return e.Number
	}
	return NoUop
}

// updateSources notes which operands have come.
func (o *observer) updateSources(c *Core, e *observed, u *uop) {
	for k := range e.Sources {
		if src := &e.Sources[k]; src.Waited && src.Until == isa.Never && u.linked&(1<<k) == 0 {
			src.Until = c.now
			if p := &c.pool.uops[u.source[k]]; c.units[p.unit].wakes == 1 && !p.load() {
				src.Until++ // woken at issue, for the next cycle
			}
		}
	}
}

// readySince is the first cycle in which an instruction can issue that has been
// found to have its operands.
func (o *observer) readySince(c *Core, e *observed, id uopID) isa.Cycle {
	if e.Rename == c.now || o.marks[id].of(c) == staged {
		return c.now + 1
	}
	return c.now
}

// updateLoad notes what is known of a load's access.
func (o *observer) updateLoad(c *Core, t *thread, e *observed, id uopID, u *uop) {
	m := &c.pool.mems[id]
	e.Missed = max(e.Missed, m.missed)
	e.Walked = e.Walked || m.levels&(1<<scheduler.TLB) != 0
	if u.doneAt == isa.Never || m.pieces == 0 || e.Forwarded {
		return
	}
	// It has its data and no line has come: a store had it.
	e.Forwarded = true
	if pos, how := t.stores.match(m.sq, u.dyn.ASID, u.dyn.Mem, u.dyn.Inst.MemSize); how == covers {
		e.From = o.storeNumber(c, t, pos)
	}
}

// storeNumber is that of a store in flight.
func (o *observer) storeNumber(c *Core, t *thread, pos uint64) uint64 {
	if id, u := c.pool.live(t.stores.at(pos).owner); u != nil {
		return o.number(c, id)
	}
	return NoUop
}
