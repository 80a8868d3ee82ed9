package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// dcra is DCRA, dynamically controlled resource allocation (Cazorla, Ramírez,
// Valero and Fernández, MICRO 2004): on ICOUNT, threads that wait for memory may
// hold more of each resource than an equal part, but not without bound.
//
// A thread is slow while it has a load that misses the L1D, fast otherwise. It
// is active for a resource if it has held some of it in the last 256 cycles;
// of the integer resources every thread that runs is active. Of FA fast and SA
// slow active threads a slow one is entitled to
//
//	R / (FA + SA) × (1 + C × FA),  C = 1 / (T + 4)
//
// of the R entries, T threads running: its equal part and, of each fast thread,
// C of an equal part. A slow thread that holds as much or more does not fetch;
// fast threads are not bounded. The resources are the issue queues and the rename
// registers, whose use is counted at rename. The paper gives several values of
// C; this one is from memory.
type dcra struct {
	smt
	sizes [NumStructures]int
	idle  [NumStructures][isa.MaxContexts]isa.Cycle // since when a thread holds none; isa.Never while it does
}

// dcraResources are what is shared; rare tells that not every thread uses it.
var dcraResources = []struct {
	of   Structure
	rare bool
}{{IssueQueue, false}, {MemQueue, false}, {FPQueue, true}, {IntRegisters, false}, {FPRegisters, true}}

// dcraActivity is for how many cycles a thread counts as active after its last
// use of a resource.
const dcraActivity = 256

var _ Policy = (*dcra)(nil)

func newDCRA(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err == nil {
		err = e.sized(IssueQueue, IntRegisters, FPRegisters)
	}
	if err != nil {
		return nil, Traits{}, err
	}
	return &dcra{smt: s, sizes: e.Sizes}, Traits{}, nil
}

func (d *dcra) Plan(p *Plan, v *View) {
	var running, slow, gated isa.ContextSet
	for i := range v.Threads {
		t, c := &v.Threads[i], isa.Context(i)
		if t.State != Running {
			continue
		}
		running = running.With(c)
		if t.Misses[L1].Count > 0 {
			slow = slow.With(c)
		}
	}
	until := isa.Never
	for _, r := range dcraResources {
		if d.sizes[r.of] == 0 {
			continue // the machine has no such queue
		}
		active := running
		if r.rare {
			var changes isa.Cycle
			active, changes = d.active(v, r.of, running)
			until = min(until, changes)
		}
		share := dcraShare(d.sizes[r.of], size(active&^slow), size(active&slow), size(running))
		for rest := slow; rest != 0; rest &= rest - 1 {
			if c := first(rest); v.Threads[c].Occupancy[r.of] >= share {
				gated = gated.With(c)
			}
		}
	}
	d.order(p, v, gated, (*Thread).preIssue)
	p.Until = min(p.Until, until)
}

// active are the running threads that have held some of a structure lately,
// and the cycle in which one ceases to be.
func (d *dcra) active(v *View, of Structure, running isa.ContextSet) (set isa.ContextSet, changes isa.Cycle) {
	changes = isa.Never
	for i := range v.Threads {
		idle := &d.idle[of][i]
		switch holds := v.Threads[i].Occupancy[of] > 0; {
		case holds:
			*idle = isa.Never
			set = set.With(isa.Context(i))
			continue
		case *idle == isa.Never:
			*idle = v.Now
		}
		if *idle > 0 && v.Now < *idle+dcraActivity {
			set = set.With(isa.Context(i))
			changes = min(changes, *idle+dcraActivity)
		}
	}
	return set & running, changes
}

// dcraShare is what a slow thread is entitled to of r entries, among fast and
// slow active threads, rounded down, of threads running; all of it when no slow
// thread is active.
func dcraShare(r, fast, slow, threads int) int {
	if slow == 0 {
		return r
	}
	c := threads + 4
	return max(r*(c+fast)/(c*(fast+slow)), 1)
}
