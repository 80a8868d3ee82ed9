package tlb

import "github.com/threadmill-sim/threadmill/isa"

// Tables is where Warm reads page-table entries.
type Tables interface {
	// Warm reads the entry at a physical address, in no time and uncounted.
	Warm(addr isa.Addr, thread isa.Context)
}

// Warm translates in no time and uncounted: it leaves in both levels the
// entries and the order of their use that Translate and the events after it
// would have left when the last of them is over, had nothing else been under
// way, and reads the entries of the page tables that a walk would have read.
// It is for instructions that are executed functionally before a simulation
// goes on in detail, and may be called only while no request is under way.
func (m *MMU) Warm(tables Tables, p Port, ctx isa.Context, asid isa.ASID, vaddr isa.Addr) isa.Addr {
	k := m.key(asid, vaddr)
	l := &m.ports[p].level
	a := l.of(k)
	if i := a.find(a.tag(k, ctx)); i >= 0 {
		return a.pages[i] | within(k, vaddr)
	}
	if checking && m.misses.inUse() > 0 {
		panic("tlb: Warm with requests under way")
	}
	page := m.page(k)
	if second := &m.second; !second.lookUp(k, ctx) {
		m.warmWalk(tables, ctx, k)
		second.warmFill(k, page, ctx)
	}
	l.warmFill(k, page, ctx)
	return page | within(k, vaddr)
}

// warmWalk reads the entries that the walk for a page reads, from the root or
// from where the walk cache leads.
func (m *MMU) warmWalk(tables Tables, ctx isa.Context, k uint64) {
	if m.walker.fixed > 0 {
		return
	}
	asid, last := keyASID(k), leaf(k)
	in := m.instance(asid)
	for level := m.walker.start(k, ctx, false); level >= last; level-- {
		tables.Warm(in.entry(asid, keyVPN(k), int(level)), ctx)
		if c := &m.walker.cache[level]; level > last && !c.lookUp(prefix(k, level), ctx) {
			c.warmFill(prefix(k, level), 0, ctx)
		}
	}
}

// warmFill is fill without counts.
func (l *level) warmFill(k uint64, page isa.Addr, ctx isa.Context) {
	if len(l.of(k).keys) == 0 {
		return
	}
	if _, evicted := l.put(k, page, ctx); !evicted {
		l.warmed++
	}
}
