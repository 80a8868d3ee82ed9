package tlb

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

// Stats are the counters of one TLB.
type Stats struct {
	Accesses  uint64 `stat:"accesses" unit:"accesses" doc:"translations looked up: hits + merges + misses"`
	Hits      uint64 `stat:"hits" unit:"accesses" doc:"translations found"`
	Merges    uint64 `stat:"merges" unit:"accesses" doc:"translations of a page that was already on its way here"`
	Misses    uint64 `stat:"misses" unit:"accesses" doc:"translations that had to go on, to the second level or to a walk"`
	Refused   uint64 `stat:"refused" unit:"accesses" doc:"translations refused at first because too many misses were outstanding"`
	Fills     uint64 `stat:"fills" unit:"entries" doc:"entries put in"`
	Evictions uint64 `stat:"evictions" unit:"entries" doc:"entries that gave way to another"`
}

// ThreadStats are the counters of one TLB for one hardware context.
type ThreadStats struct {
	Accesses  uint64   `stat:"accesses" unit:"accesses" doc:"translations of the thread looked up"`
	Hits      uint64   `stat:"hits" unit:"accesses" doc:"translations of the thread found"`
	Merges    uint64   `stat:"merges" unit:"accesses" doc:"translations of the thread for a page that was already on its way"`
	Misses    uint64   `stat:"misses" unit:"accesses" doc:"translations of the thread that had to go on"`
	EvictedBy []uint64 `stat:"evicted_by" unit:"entries" doc:"entries of the thread that gave way to one of the thread with this number"`
}

// WalkerStats are the counters of the page-table walker.
type WalkerStats struct {
	Walks       uint64 `stat:"walks" unit:"walks" doc:"page-table walks started"`
	Reads       uint64 `stat:"reads" unit:"accesses" doc:"page-table entries read"`
	Refused     uint64 `stat:"refused" unit:"accesses" doc:"reads that the cache refused at first"`
	Cycles      uint64 `stat:"cycles" unit:"cycles" doc:"cycles from the start of a walk to its end, summed over walks"`
	QueueCycles uint64 `stat:"queue_cycles" unit:"cycles" doc:"cycles that misses waited for the walker, summed over walks"`
}

// level is one TLB and its counters.
type level struct {
	array       // of pages of either size, or of 4 KiB pages
	large array // of 2 MiB pages, when they have one of their own
	split bool  // … have

	name    string
	stats   Stats
	threads []ThreadStats

	warmed uint64 // entries that were filled without being counted; for the conservation checks only
}

func newLevel(name string, entries, ways int, large Large, text string, contexts int) level {
	l := level{
		array: newArray(entries, ways), large: newArray(large.Entries, large.Ways), split: large.Entries > 0,
		name: name, threads: make([]ThreadStats, contexts),
	}
	s, err := parseSharing(text)
	if err != nil {
		panic("tlb: " + err.Error()) // Validate has parsed it
	}
	l.share(s, contexts)
	if l.split {
		l.large.share(s.within(large.Ways), contexts)
	}
	for i := range l.threads {
		l.threads[i].EvictedBy = make([]uint64, contexts)
	}
	return l
}

// of is the array that a page is kept in.
func (l *level) of(k uint64) *array {
	if l.split && k&largeKey != 0 {
		return &l.large
	}
	return &l.array
}

// lookUp reports whether a page is there for a context, and makes it the most
// recently used.
func (l *level) lookUp(k uint64, ctx isa.Context) bool {
	a := l.of(k)
	return len(a.keys) > 0 && a.find(a.tag(k, ctx)) >= 0
}

// put inserts a page for a context.
func (l *level) put(k uint64, page isa.Addr, ctx isa.Context) (victim isa.Context, evicted bool) {
	a := l.of(k)
	return a.insert(a.tag(k, ctx), page, ctx)
}

func (l *level) countHit(ctx isa.Context) {
	t := &l.threads[ctx]
	l.stats.Accesses++
	l.stats.Hits++
	t.Accesses++
	t.Hits++
}

func (l *level) countMerge(ctx isa.Context) {
	t := &l.threads[ctx]
	l.stats.Accesses++
	l.stats.Merges++
	t.Accesses++
	t.Merges++
}

func (l *level) countMiss(ctx isa.Context) {
	t := &l.threads[ctx]
	l.stats.Accesses++
	l.stats.Misses++
	t.Accesses++
	t.Misses++
}

// fill inserts a page, where there is a TLB.
func (l *level) fill(k uint64, page isa.Addr, ctx isa.Context) {
	if len(l.of(k).keys) == 0 {
		return
	}
	l.stats.Fills++
	if victim, evicted := l.put(k, page, ctx); evicted {
		l.stats.Evictions++
		l.threads[victim].EvictedBy[ctx]++
	}
}

// AddStats adds the counters of the TLBs (tlb.i, tlb.d, tlb.l2), of the
// walker (tlb.walker), of its cache (tlb.walker.level1 …) where there is one,
// and of each thread in each of them.
func (m *MMU) AddStats(set *stats.Set) {
	levels := m.levels()
	for _, l := range levels {
		set.Add("tlb."+l.name, &l.stats, nil)
	}
	set.Add("tlb.walker", &m.walker.stats, nil)
	for t := range m.ports[Fetch].threads {
		for _, l := range levels {
			set.Add(fmt.Sprintf("thread%d.tlb.%s", t, l.name), &l.threads[t], nil)
		}
	}
}

func (m *MMU) levels() []*level {
	levels := make([]*level, 0, numPorts+1)
	for p := range m.ports {
		levels = append(levels, &m.ports[p].level)
	}
	levels = append(levels, &m.second)
	for i := range m.walker.cache {
		if l := &m.walker.cache[i]; len(l.keys) > 0 {
			levels = append(levels, l)
		}
	}
	return levels
}
