package pipeline

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// Why a thread does not use a slot. The causes go back along the pipeline:
// what its oldest instruction waits for that has not issued; failing that, why
// none was dispatched in the last cycle: what the next one lacks; failing that,
// why there is none (fetchcause.go).

// live reports whether the thread has something to run.
func (t *thread) live() bool { return t.stream != nil && !t.parked() }

// listLive makes the list of live threads anew.
func (c *Core) listLive() {
	c.live = c.live[:0]
	for i := range c.threads {
		t := &c.threads[i]
		if t.runs = t.live(); t.runs {
			c.live = append(c.live, t.ctx)
		}
	}
}

// notLive is the class of the slots of a thread that has nothing to run.
func (t *thread) notLive() slotClass {
	if t.stream != nil && t.hold == holdBlocked {
		return slotBlocked
	}
	return slotIdle
}

// issueClass is the class of issue slots that a thread does not use in a cycle
// whose instructions have been selected.
func (c *Core) issueClass(t *thread) slotClass {
	if !t.runs {
		return t.notLive()
	}
	pos := t.firstQueued()
	if pos == t.renamed {
		return t.share[atDispatch].class // of the last cycle
	}
	id := t.at(pos)
	u := &c.pool.uops[id]
	switch {
	case u.pending > 0:
		return c.waitsFor(u)
	case u.flags&selectable != 0 && !c.plan.Issue.Has(t.ctx):
		return slotGated
	case u.flags&selectable != 0:
		if c.inOrder {
			if class, ok := c.scoreboardClass(t, u); ok {
				return class
			}
		}
		return waitUnit
	case u.flags&waitsStore != 0:
		return waitStore
	}
	return waitShortInt // its operands come from operations of one cycle
}

// waitsFor is what a uop waits for that has not all its operands: the first of
// their producers. That has issued when u is the oldest that has not.
func (c *Core) waitsFor(u *uop) slotClass {
	missing := u.linked
	if u.store() {
		missing &^= 1 << storeData
	}
	if missing == 0 {
		return waitShortInt
	}
	return c.resultClass(u.source[bits.TrailingZeros8(missing)])
}

// resultClass is the class of waiting for what has issued to be done.
func (c *Core) resultClass(id uopID) slotClass {
	p := &c.pool.uops[id]
	if p.load() {
		return c.waitsOf(id, p)
	}
	return resultClasses[p.dyn.Inst.Class]
}

// resultClasses are the classes of waiting for what is not a load.
var resultClasses = [isa.NumClasses]slotClass{
	isa.IntALU: waitShortInt, isa.IntMul: waitShortInt, isa.IntDiv: waitLongInt, isa.Branch: waitShortInt,
	isa.Load: waitShortInt, isa.Store: waitStore, isa.Atomic: waitShortInt,
	isa.FPAdd: waitShortFP, isa.FPMul: waitShortFP, isa.FPFMA: waitShortFP, isa.FPCvt: waitShortFP,
	isa.FPDiv: waitLongFP, isa.FPSqrt: waitLongFP,
	isa.Fence: waitShortInt, isa.System: waitShortInt,
}

// waitsOf is what a load that has issued waits for.
func (c *Core) waitsOf(id uopID, u *uop) slotClass {
	m := &c.pool.mems[id]
	switch {
	case u.flags&waitsStore != 0:
		return waitStore
	case u.doneAt != isa.Never || m.missed == 0 && m.translated != 0:
		return waitL1
	case m.translated == 0:
		return waitDTLB
	case int(m.missed) >= c.lastLevel:
		return waitMemory
	}
	return waitL1 + slotClass(m.missed)
}

// dispatchClass is the class of dispatch slots that a thread does not use in a
// cycle whose instructions have been renamed. arrived says whether its next
// instruction has left the front end.
func (c *Core) dispatchClass(t *thread, arrived bool) slotClass {
	switch {
	case !t.runs:
		return t.notLive()
	case !arrived:
		class, _ := t.causes.atDispatch(c.now)
		return class
	case t.lacks < scheduler.NumStructures:
		return c.fullClass(t, t.lacks)
	case !c.plan.Rename.Has(t.ctx):
		return slotGated
	}
	return noFetch // others took what it had instructions for
}

// headIsLong reports whether the thread's oldest instruction is a load that has
// missed and not been answered, or a division or square root that is not done.
func (c *Core) headIsLong(t *thread) bool {
	if t.head == t.renamed {
		return false
	}
	id := t.at(t.head)
	u := &c.pool.uops[id]
	if u.stage != issued || u.doneAt < c.now {
		return false
	}
	class := c.resultClass(id)
	return class >= waitL2 && class <= waitDTLB || class == waitLongInt || class == waitLongFP
}

// arrived reports whether the thread's next instruction has left the front
// end.
func (c *Core) arrived(t *thread) bool {
	return t.waiting != isa.Never && t.waiting+c.fetchDepth <= c.now
}

// fullClass is why a structure has no entry for a thread: others hold it, or
// its own do, and those do not leave because the oldest instruction waits for
// memory, or for another reason.
func (c *Core) fullClass(t *thread, s scheduler.Structure) slotClass {
	if c.limitOf(t, s) > t.held[s] {
		return fullOther + slotClass(s)
	}
	class := fullOwn + slotClass(s)
	if s.IssueQueue() {
		class = t.share[atIssue].class
	} else if t.head < t.renamed {
		id := t.at(t.head)
		u := &c.pool.uops[id]
		switch {
		case u.stage == inQueue && u.pending > 0:
			class = c.waitsFor(u)
		case u.stage == issued && u.load() && u.doneAt >= c.now:
			class = c.waitsOf(id, u)
		case u.stage == issued && u.store() && c.pool.mems[id].translated == 0:
			class = waitDTLB
		}
	}
	if class >= waitL1 && class <= waitStore {
		return class
	}
	return fullOwn + slotClass(s)
}
