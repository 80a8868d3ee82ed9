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
	k := key(asid, vpn(vaddr))
	l := &m.ports[p].level
	i := l.find(k)
	if i >= 0 {
		return l.pages[i] | vaddr&(1<<pageBits-1)
	}
	if checking && m.misses.inUse() > 0 {
		panic("tlb: Warm with requests under way")
	}
	page := m.page(k)
	if second := &m.second; len(second.keys) == 0 {
		m.warmWalk(tables, ctx, k)
	} else if second.find(k) < 0 {
		m.warmWalk(tables, ctx, k)
		second.warmFill(k, page, ctx)
	}
	l.warmFill(k, page, ctx)
	return page | vaddr&(1<<pageBits-1)
}

// warmWalk reads the entries that the walk for a page reads, root first.
func (m *MMU) warmWalk(tables Tables, ctx isa.Context, k uint64) {
	asid := keyASID(k)
	in := m.instance(asid)
	for level := walkLevels - 1; level >= 0; level-- {
		tables.Warm(in.entry(asid, keyVPN(k), level), ctx)
	}
}

// warmFill is fill without counts.
func (l *level) warmFill(k uint64, page isa.Addr, ctx isa.Context) {
	if _, evicted := l.insert(k, page, ctx); !evicted {
		l.warmed++
	}
}
