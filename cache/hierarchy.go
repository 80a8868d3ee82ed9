package cache

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/internal/calendar"
	"github.com/threadmill-sim/threadmill/isa"
)

// Levels by index: the two L1s, then L2, L3 … The last one's next is memory.
const (
	l1i       = 0
	l1d       = 1
	memory    = -1
	maxLevels = 5
)

// Hierarchy is the state of all caches and of main memory. It is not safe for
// concurrent use.
type Hierarchy struct {
	levels []level
	memory dram.Model

	core, walker Client

	events     *calendar.Calendar[event]
	memoryNext isa.Cycle // the memory's next event
	answers    []uint32
	proposals  []isa.Addr // of a prefetcher, while they are looked up

	requests []request
	idle     []int32

	walkRefused int // reads of the walker refused in a row for want of an MSHR

	overlap []Overlap // of all threads, then by thread

	// For the conservation checks only.
	pendingMemory  uint64 // requests under way to memory, prefetches included
	storesToMemory uint64 // stores passed on as far as memory
	checks         uint64
}

// event is what happens to a request.
type event struct {
	kind eventKind
	id   int32
}

type eventKind uint8

const (
	lookedUp eventKind = iota // a core's access that missed: the L1 lookup has ended
	arrives                   // at the level below its from
	answered                  // the lookup of the level below its from has ended
	probed                    // the lookup of a prefetch has ended
	leaves                    // the write buffer entry id is free again
)

// New builds the caches for a number of hardware contexts. The seed is for
// replacement policies and memories that draw random numbers.
func New(spec Spec, contexts int, seed uint64) (*Hierarchy, error) {
	if errs := spec.Validate("cache"); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if contexts < 1 || contexts > isa.MaxContexts {
		return nil, fmt.Errorf("cache: %d contexts is outside 1 … %d", contexts, isa.MaxContexts)
	}
	row, args, err := dram.Catalog.Parse(spec.Memory)
	if err != nil {
		return nil, fmt.Errorf("memory.model: %w", err)
	}
	model, err := row.New(args, dram.Place{Upstream: spec.upstream(), MHz: spec.Frequency, Contexts: contexts, Seed: seed})
	if err != nil {
		return nil, fmt.Errorf("memory.model: %w", err)
	}
	h := &Hierarchy{memory: model, memoryNext: model.NextEvent(), overlap: make([]Overlap, 1+contexts)}
	longest := 0
	for i, l := range spec.levels() {
		h.levels = append(h.levels, newLevel(l.name, l.spec, i, contexts, seed))
		longest = max(longest, l.spec.Latency)
	}
	last := len(h.levels) - 1
	for i := range h.levels {
		l := &h.levels[i]
		l.next = max(i+1, firstShared)
		if l.next > last {
			l.next = memory
			l.delay = isa.Cycle(spec.upstream()) - l.latency
		}
		l.gives = l.next != memory && h.levels[l.next].exclusive
		l.lookup = l.latency
		if i >= firstShared { // latencies grow downwards; of L2 both L1s are above
			l.lookup -= max(h.levels[i-1].latency, h.levels[i-2].latency)
		}
	}
	h.events = calendar.New[event](2 * longest)
	return h, nil
}

// Attach names who is answered: walker for accesses of kind Walk, core for
// all others.
func (h *Hierarchy) Attach(core, walker Client) { h.core, h.walker = core, walker }

// Access is one access to a level-one cache at cycle now.
//
// A hit is answered at once: its data is usable after the L1's latency, and
// nothing else will be heard of it. So is a store that misses and does not
// allocate: it has been passed on. A miss that is accepted is answered through
// the client. A refused access has changed nothing.
func (h *Hierarchy) Access(now isa.Cycle, r Request) (hit bool, why Refusal) {
	c := l1d
	if r.Kind == Fetch {
		c = l1i
	}
	l := &h.levels[c]
	if l.gated {
		if why := l.gate(now, r.Addr); why != Accepted {
			return l.refuse(why, r.Again)
		}
	}
	line := uint64(r.Addr) >> l.shift
	i := l.guessed(line)
	if r.Kind == Write && (l.through || i < 0) {
		hit, why = h.store(now, line, i, r)
	} else if i >= 0 {
		l.hit(i, r.Thread, r.PC)
		if r.Kind == Write {
			l.state[i].dirty = true
		} else if r.Kind == Walk {
			l.stats.WalkAccesses++
		}
		hit = true
	} else {
		hit, why = h.miss(now, c, line, r)
	}
	if l.gated && why == Accepted {
		l.occupy(now, r.Addr)
	}
	if l.prefetcher != nil && why == Accepted {
		h.observe(now, c, i, line, &r)
	}
	return hit, why
}

// miss takes an MSHR of level-one cache c for an access, or joins the one
// that its line has.
func (h *Hierarchy) miss(now isa.Cycle, c int, line uint64, r Request) (hit bool, why Refusal) {
	l := &h.levels[c]
	m := l.mshrs.find(line)
	if m < 0 && c == l1d && r.Kind != Walk && l.mshrs.used == len(l.mshrs.lines)-1 && h.keepsForWalk() {
		return l.refuse(MSHRFull, r.Again)
	}
	if why := l.mshrs.admits(m, r.Thread); why != Accepted {
		return l.refuse(why, r.Again)
	}
	primary := m < 0
	if primary {
		m = h.allocate(now, c, line, r.Thread, r.PC, false)
	} else {
		l.countMerge(r.Thread)
	}
	if r.Kind == Walk {
		l.stats.WalkAccesses++
		if primary {
			l.stats.WalkMisses++
		}
	}
	e := &l.mshrs.entries[m]
	l.join(e, false)
	e.dirty = e.dirty || r.Kind == Write && !l.through
	id := h.newRequest(request{
		op: coreAccess, from: uint8(c), mshr: int32(m),
		addr: r.Addr, pc: r.PC, tag: r.Tag, thread: r.Thread,
		walk: r.Kind == Walk, primary: primary,
	})
	e.targets++
	h.push(&e.waiters, id)
	h.at(now, now+l.latency, event{kind: lookedUp, id: id})
	return false, Accepted
}

// store is a store that is written through or misses; i is the index of its
// line, -1 when it misses.
func (h *Hierarchy) store(now isa.Cycle, line uint64, i int, r Request) (hit bool, why Refusal) {
	l := &h.levels[l1d]
	if i < 0 && (l.allocate || !l.through && l.mshrs.find(line) >= 0) {
		if l.through && !l.buffer.takes(line) {
			return l.refuse(BufferFull, r.Again)
		}
		if hit, why = h.miss(now, l1d, line, r); why == Accepted && l.through {
			l.stats.WrittenThrough++
			h.passOn(now, line, r)
		}
		return hit, why
	}
	if !l.buffer.takes(line) {
		return l.refuse(BufferFull, r.Again)
	}
	if i >= 0 {
		l.hit(i, r.Thread, r.PC)
		l.stats.WrittenThrough++
	} else {
		l.countMiss(r.Thread)
	}
	h.passOn(now, line, r)
	return true, Accepted
}

// Tick processes all events due at now.
func (h *Hierarchy) Tick(now isa.Cycle) {
	for {
		next := h.NextEvent()
		if next > now {
			break
		}
		if h.memoryNext == next {
			h.takeAnswers(next)
			continue
		}
		e, when, _ := h.events.Pop(uint64(next))
		h.happen(isa.Cycle(when), e)
	}
	if checking {
		h.check()
	}
}

// NextEvent is the next cycle at which anything can change by itself.
func (h *Hierarchy) NextEvent() isa.Cycle {
	return min(isa.Cycle(h.events.Next()), h.memoryNext)
}

// Freed grows whenever the L1 that serves k has room for a miss, or for a
// store in its write buffer, that it may have refused before.
func (h *Hierarchy) Freed(k Kind) uint64 {
	if k == Fetch {
		return h.levels[l1i].freed
	}
	return h.levels[l1d].freed
}

// Levels is the number of the last cache level before memory.
func (h *Hierarchy) Levels() int { return h.levels[len(h.levels)-1].number }

// walkPatience is how often in a row the walker may find no MSHR free. It asks
// at its own times, so others that wait for one could be served before it for
// ever. Then the last free MSHR is kept for it. Chosen: rare where nobody is
// kept out.
const walkPatience = 128

// keepsForWalk reports whether the last free MSHR of the L1D is the walker's.
func (h *Hierarchy) keepsForWalk() bool { return h.walkRefused > walkPatience }

// WalkPort is where a page-table walker reads: the L1D, with accesses of kind
// Walk.
type WalkPort struct{ h *Hierarchy }

// WalkPort returns the walker's port.
func (h *Hierarchy) WalkPort() WalkPort { return WalkPort{h} }

// Access reads a page-table entry. The data of a hit is usable at cycle
// ready; a refused read may be repeated then, as one that is made again.
func (p WalkPort) Access(now isa.Cycle, addr isa.Addr, thread isa.Context, tag uint64, again bool) (hit bool, ready isa.Cycle, accepted bool) {
	hit, why := p.h.Access(now, Request{Addr: addr, Thread: thread, Kind: Walk, Tag: tag, Again: again})
	switch why {
	case Accepted:
		if p.h.keepsForWalk() {
			p.h.levels[l1d].freed++ // whom the kept one was refused may have it
		}
		p.h.walkRefused = 0
		return hit, now + p.h.levels[l1d].latency, true
	case MSHRFull, ShareFull:
		if why == MSHRFull {
			p.h.walkRefused++
		}
		// Nothing is freed but by an event.
		return false, max(now+1, p.h.NextEvent()), false
	}
	return false, now + 1, false
}
