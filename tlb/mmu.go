package tlb

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/calendar"
	"github.com/threadmill-sim/threadmill/isa"
)

// MMU is the state of address translation. It is not safe for concurrent use.
type MMU struct {
	ports         [numPorts]port
	second        level
	secondLatency isa.Cycle
	walker        walker
	large         uint64 // of 100 aligned 2 MiB regions, how many are one page

	client Client
	memory Memory
	events *calendar.Calendar[event]

	misses  pool[miss]
	waiters pool[waiter]

	seed      uint64
	instances []instance  // by address space
	recent    []pageEntry // pages translated lately, by hash of their key; no part of the model
	checks    uint64
}

// port is a first-level TLB and the misses that it has outstanding.
type port struct {
	level
	// plain: all pages are of 4 KiB and the threads have no private parts, so a
	// key is its tag. Measured to save a hit 1.7 of 6.7 ns (BenchmarkHit).
	plain  bool
	misses []int32
	limit  int
	freed  uint64
}

// miss is one page on its way to a first-level TLB.
type miss struct {
	key     uint64 // tag in the first-level TLB
	waiters list
	next    int32 // in the list of its walk
	ctx     isa.Context
	port    Port
	walking bool // the second level has missed
}

// waiter is one translation request that waits for a miss.
type waiter struct {
	tag  uint64
	miss int32
	next int32
	// A request that joins a miss that is already being walked hears so in
	// the next cycle, by an event of its own; done when it has been answered
	// before.
	toHear, done bool
}

type event struct {
	kind eventKind
	id   int32
}

type eventKind uint8

const (
	secondLookedUp eventKind = iota // of a miss
	hears                           // a waiter, that its miss is being walked
	entryRead                       // by a walk
	readsAgain                      // a walk, what was refused
	walked                          // by a walk of fixed time
)

type pageEntry struct {
	key  uint64
	page isa.Addr
}

const recentPages = 1024

// New builds the TLBs and the walker for a number of hardware contexts. The
// seed goes into the physical place of every page.
func New(spec Spec, contexts int, seed uint64) (*MMU, error) {
	if contexts < 1 || contexts > isa.MaxContexts {
		return nil, fmt.Errorf("tlb: %d contexts is outside 1 … %d", contexts, isa.MaxContexts)
	}
	if errs := spec.Validate("tlb", contexts); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	m := &MMU{
		second:        newLevel("l2", spec.L2.Entries, spec.L2.Ways, spec.L2.Large, spec.L2.Sharing, contexts),
		secondLatency: isa.Cycle(max(spec.L2.Latency, 1)),
		walker:        newWalker(spec.Walker, isa.Cycle(max(spec.L2.Latency, 1)), contexts),
		events:        calendar.New[event](2 * spec.L2.Latency),
		seed:          seed,
		recent:        make([]pageEntry, recentPages),
	}
	m.large, _ = parsePages(spec.Pages) // Validate has parsed it
	m.ports[Fetch] = newPort("i", spec.I, contexts)
	m.ports[Data] = newPort("d", spec.D, contexts)
	for p := range m.ports {
		l := &m.ports[p]
		l.plain = m.large == 0 && !l.private
	}
	m.forget()
	return m, nil
}

func newPort(name string, spec FirstLevel, contexts int) port {
	return port{
		level:  newLevel(name, spec.Entries, spec.Ways, spec.Large, spec.Sharing, contexts),
		misses: make([]int32, 0, spec.Misses),
		limit:  spec.Misses,
	}
}

// Attach names who is answered and where page tables are read.
func (m *MMU) Attach(client Client, memory Memory) { m.client, m.memory = client, memory }

// SetInstance sets the key of the program instance that runs in an address
// space of at most MaxASID. It is set before anything is translated there; an
// address space without one has the key 0.
func (m *MMU) SetInstance(asid isa.ASID, key uint64) {
	m.instance(asid)
	m.instances[asid] = newInstance(m.seed, key)
	m.forget()
}

// instance is the layout of an address space.
func (m *MMU) instance(asid isa.ASID) *instance {
	if asid > MaxASID {
		panic(fmt.Sprintf("tlb: address space %d is above %d", asid, MaxASID))
	}
	for len(m.instances) <= int(asid) {
		m.instances = append(m.instances, newInstance(m.seed, 0))
	}
	return &m.instances[asid]
}

// forget empties the memo of translated pages.
func (m *MMU) forget() {
	for i := range m.recent {
		m.recent[i].key = noKey
	}
}

// Translate asks for the physical address of vaddr in address space asid at
// cycle now, on behalf of context ctx. A hit costs nothing beyond the cache
// access. What is pending is answered under tag.
func (m *MMU) Translate(now isa.Cycle, p Port, ctx isa.Context, asid isa.ASID, vaddr isa.Addr, tag uint64) (paddr isa.Addr, s Status) {
	l := &m.ports[p]
	if l.plain {
		k := vpn(vaddr)<<pageShift | uint64(asid)
		if i := l.find(k); i >= 0 {
			l.countHit(ctx)
			return l.pages[i] | vaddr&(1<<pageBits-1), Hit
		}
		return 0, m.miss(now, p, ctx, k, tag)
	}
	k := m.key(asid, vaddr)
	a := l.of(k)
	if i := a.find(a.tag(k, ctx)); i >= 0 {
		l.countHit(ctx)
		return a.pages[i] | within(k, vaddr), Hit
	}
	return 0, m.miss(now, p, ctx, a.tag(k, ctx), tag)
}

// Retry is Translate for a request that has been refused before: another
// refusal is not counted.
func (m *MMU) Retry(now isa.Cycle, p Port, ctx isa.Context, asid isa.ASID, vaddr isa.Addr, tag uint64) (paddr isa.Addr, s Status) {
	refused := &m.ports[p].stats.Refused
	before := *refused
	paddr, s = m.Translate(now, p, ctx, asid, vaddr, tag)
	*refused = before
	return paddr, s
}

// Physical is the physical address of vaddr, whether or not a TLB has it.
func (m *MMU) Physical(asid isa.ASID, vaddr isa.Addr) isa.Addr {
	k := m.key(asid, vaddr)
	return m.page(k) | within(k, vaddr)
}

// page is the physical address of a page.
func (m *MMU) page(k uint64) isa.Addr {
	e := &m.recent[(k>>pageShift^k*0x9e3779b1)&(recentPages-1)]
	if e.key != k {
		*e = pageEntry{k, m.instance(keyASID(k)).frame(k)}
	}
	return e.page
}

// Freed grows whenever the port has room for a miss that it may have refused
// before.
func (m *MMU) Freed(p Port) uint64 { return m.ports[p].freed }

// miss is a request that missed in its first-level TLB, where k is its tag.
func (m *MMU) miss(now isa.Cycle, p Port, ctx isa.Context, k, tag uint64) Status {
	l := &m.ports[p]
	id := int32(-1)
	for _, o := range l.misses {
		if m.misses.items[o].key == k {
			id = o
			break
		}
	}
	switch {
	case id >= 0:
		l.countMerge(ctx)
	case len(l.misses) == l.limit:
		l.stats.Refused++
		return Refused
	default:
		l.countMiss(ctx)
		id = m.misses.take(miss{key: k, port: p, ctx: ctx, waiters: emptyList(), next: -1})
		l.misses = append(l.misses, id)
		m.at(now, now+m.secondLatency, event{secondLookedUp, id})
	}
	o := &m.misses.items[id]
	w := m.waiters.take(waiter{tag: tag, miss: id, next: -1, toHear: o.walking})
	if o.waiters.tail < 0 {
		o.waiters.head = w
	} else {
		m.waiters.items[o.waiters.tail].next = w
	}
	o.waiters.tail = w
	if o.walking {
		m.at(now, now+1, event{hears, w})
	}
	return Pending
}

// lookUpSecond is the end of a miss's lookup in the second level.
func (m *MMU) lookUpSecond(now isa.Cycle, id int32) {
	o := &m.misses.items[id]
	if m.second.lookUp(untag(o.key), o.ctx) {
		m.second.countHit(o.ctx)
		m.finish(now, id)
		return
	}
	o.walking = true
	for w := o.waiters.head; w >= 0; w = m.waiters.items[w].next {
		if wt := &m.waiters.items[w]; !wt.toHear {
			m.client.Walking(now, wt.tag)
		}
	}
	m.walkFor(now, id)
}

// hear tells a request that joined a walk what it joined.
func (m *MMU) hear(now isa.Cycle, id int32) {
	w := &m.waiters.items[id]
	if w.done {
		m.waiters.give(id)
		return
	}
	w.toHear = false
	m.client.Walking(now, w.tag)
}

// finish answers a miss: its page is in the second level.
func (m *MMU) finish(now isa.Cycle, id int32) {
	o := m.misses.items[id]
	m.misses.give(id)
	l := &m.ports[o.port]
	for i, other := range l.misses {
		if other == id {
			l.misses[i] = l.misses[len(l.misses)-1]
			l.misses = l.misses[:len(l.misses)-1]
			break
		}
	}
	l.freed++
	l.fill(untag(o.key), m.page(untag(o.key)), o.ctx)
	for w := o.waiters.head; w >= 0; {
		wt := &m.waiters.items[w]
		next, tag := wt.next, wt.tag
		if wt.toHear {
			wt.done = true
		} else {
			m.waiters.give(w)
		}
		m.client.Translated(now, tag)
		w = next
	}
}

func (m *MMU) at(now, when isa.Cycle, e event) { m.events.At(uint64(now), uint64(when), e) }

// Tick processes all events due at now.
func (m *MMU) Tick(now isa.Cycle) {
	for {
		e, when, ok := m.events.Pop(uint64(now))
		if !ok {
			break
		}
		switch at := isa.Cycle(when); e.kind {
		case secondLookedUp:
			m.lookUpSecond(at, e.id)
		case hears:
			m.hear(at, e.id)
		case entryRead:
			m.advance(at, e.id)
		case readsAgain:
			m.read(at, e.id)
		case walked:
			m.end(at, e.id)
		}
	}
	if checking {
		m.check()
	}
}

// NextEvent is the next cycle at which anything can change by itself; what
// waits for the caches is their event.
func (m *MMU) NextEvent() isa.Cycle { return isa.Cycle(m.events.Next()) }
