package tlb

import "github.com/threadmill-sim/threadmill/isa"

// walker reads page tables: a limited number of walks at a time, the others
// queue in the order in which they were asked for. The reads of one walk
// depend on each other, so each begins when the data of the one before is
// there.
type walker struct {
	walks  pool[walk]
	limit  int
	fixed  isa.Cycle // duration of a walk that reads nothing; 0: walks read page tables
	active int
	queue  list
	all    []int32 // active and queued, to merge with
	cache  [walkLevels]level
	stats  WalkerStats
}

// walk is the translation of one page.
type walk struct {
	key    uint64    // tag in the second-level TLB
	since  isa.Cycle // queued: when it joined the queue; active: when it began
	misses int32     // first of the misses that it answers
	next   int32     // in the queue
	level  int8      // of the page table that is read: walkLevels-1 … that of the leaf
	again  bool      // the cache has refused this read before
	ctx    isa.Context
}

// newWalker builds the walker behind lookups that have taken the given time.
func newWalker(spec Walker, lookups isa.Cycle, contexts int) walker {
	k := walker{limit: spec.Walks, queue: emptyList(), cache: newWalkCache(spec.Cache, contexts)}
	if spec.Latency > 0 {
		k.fixed = isa.Cycle(spec.Latency) - lookups
	}
	return k
}

// walkFor makes a miss wait for the walk of its page.
func (m *MMU) walkFor(now isa.Cycle, id int32) {
	o := &m.misses.items[id]
	k := &m.walker
	page := untag(o.key)
	tag := m.second.of(page).tag(page, o.ctx)
	for _, w := range k.all {
		if wk := &k.walks.items[w]; wk.key == tag {
			m.second.countMerge(o.ctx)
			o.next, wk.misses = wk.misses, id
			return
		}
	}
	m.second.countMiss(o.ctx)
	w := k.walks.take(walk{key: tag, since: now, misses: id, next: -1, ctx: o.ctx})
	k.all = append(k.all, w)
	if k.active < k.limit {
		m.begin(now, w)
		return
	}
	if k.queue.tail < 0 {
		k.queue.head = w
	} else {
		k.walks.items[k.queue.tail].next = w
	}
	k.queue.tail = w
}

// begin starts a walk at the root, or where the walk cache leads.
func (m *MMU) begin(now isa.Cycle, id int32) {
	k := &m.walker
	w := &k.walks.items[id]
	k.active++
	k.stats.Walks++
	k.stats.QueueCycles += uint64(now - w.since)
	if w.since = now; k.fixed > 0 {
		m.at(now, now+k.fixed, event{walked, id})
		return
	}
	w.level = k.start(untag(w.key), w.ctx, true)
	m.read(now, id)
}

// read reads the entry of the present level.
func (m *MMU) read(now isa.Cycle, id int32) {
	w := &m.walker.walks.items[id]
	asid := keyASID(w.key)
	addr := m.instance(asid).entry(asid, keyVPN(w.key), int(w.level))
	hit, ready, accepted := m.memory.Access(now, addr, w.ctx, uint64(id), w.again)
	ready = max(ready, now+1)
	if !accepted && !w.again {
		m.walker.stats.Refused++
	}
	w.again = !accepted
	switch {
	case !accepted:
		m.at(now, ready, event{readsAgain, id})
	case hit:
		m.walker.stats.Reads++
		m.at(now, ready, event{entryRead, id})
	default:
		m.walker.stats.Reads++
	}
}

// Filled is the caches' answer to a read that missed.
func (m *MMU) Filled(now isa.Cycle, tag uint64) { m.advance(now, int32(tag)) }

// Missed is part of being a client of the caches; the walker only waits.
func (m *MMU) Missed(isa.Cycle, uint64, int) {}

// advance goes on with a walk whose present entry is there.
func (m *MMU) advance(now isa.Cycle, id int32) {
	w := &m.walker.walks.items[id]
	if page := untag(w.key); w.level > leaf(page) {
		if c := &m.walker.cache[w.level]; !c.lookUp(prefix(page, w.level), w.ctx) {
			c.fill(prefix(page, w.level), 0, w.ctx)
		}
		w.level--
		m.read(now, id)
		return
	}
	m.end(now, id)
}

// end fills the TLBs with the page of a walk, answers, and begins the next
// walk of the queue.
func (m *MMU) end(now isa.Cycle, id int32) {
	k := &m.walker
	w := k.walks.items[id]
	k.walks.give(id)
	k.active--
	k.stats.Cycles += uint64(now - w.since)
	for i, other := range k.all {
		if other == id {
			k.all[i] = k.all[len(k.all)-1]
			k.all = k.all[:len(k.all)-1]
			break
		}
	}
	m.second.fill(untag(w.key), m.page(untag(w.key)), w.ctx)
	for o := w.misses; o >= 0; {
		next := m.misses.items[o].next
		m.finish(now, o)
		o = next
	}
	if first := k.queue.head; first >= 0 && k.active < k.limit {
		if k.queue.head = k.walks.items[first].next; k.queue.head < 0 {
			k.queue.tail = -1
		}
		m.begin(now, first)
	}
}
