package cache

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/stats"
)

// Stats are the counters of one cache. Demand accesses are those of the core
// and of the walker, at lower levels what remains of them: the lines that the
// level above fetches and the stores that it passes on. Write-backs and
// prefetches are counted apart.
type Stats struct {
	Accesses   uint64 `stat:"accesses" unit:"accesses" doc:"demand accesses looked up: hits + merges + misses"`
	Hits       uint64 `stat:"hits" unit:"accesses" doc:"demand accesses that found their line"`
	Merges     uint64 `stat:"merges" unit:"accesses" doc:"demand accesses to a line that was already on its way here"`
	Misses     uint64 `stat:"misses" unit:"accesses" doc:"demand accesses that had to go to the next level"`
	SharedHits uint64 `stat:"shared_hits" unit:"accesses" doc:"hits on a line that another thread brought in"`

	WalkAccesses uint64 `stat:"walk_accesses" unit:"accesses" doc:"accesses that read page-table entries; they are in accesses"`
	WalkMisses   uint64 `stat:"walk_misses" unit:"accesses" doc:"reads of page-table entries that missed; they are in misses"`

	Fills          uint64 `stat:"fills" unit:"lines" doc:"lines put into the cache"`
	Evictions      uint64 `stat:"evictions" unit:"lines" doc:"lines that gave way to another"`
	Invalidations  uint64 `stat:"invalidations" unit:"lines" doc:"lines that left because an inclusive level below evicted them"`
	MovedUp        uint64 `stat:"moved_up" unit:"lines" doc:"lines that left this exclusive level because the level above has them"`
	CleanVictims   uint64 `stat:"clean_victims" unit:"lines" doc:"evicted lines that were clean and went to the next level, which is exclusive"`
	CleanReceived  uint64 `stat:"clean_received" unit:"lines" doc:"clean victims of the level above looked up in this exclusive level"`
	Writebacks     uint64 `stat:"writebacks" unit:"lines" doc:"evicted lines that were dirty, here or where their eviction invalidated them, and went to the next level"`
	WritesReceived uint64 `stat:"writes_received" unit:"lines" doc:"write-backs of the level above looked up here"`
	WritesPassed   uint64 `stat:"writes_passed" unit:"lines" doc:"received write-backs that went on to the next level"`
	WrittenThrough uint64 `stat:"written_through" unit:"accesses" doc:"stores of a write-through cache passed on to the next level, besides those that missed without allocating"`
	Coalesced      uint64 `stat:"coalesced" unit:"accesses" doc:"stores passed on together with an earlier one in the write buffer"`

	Prefetches        uint64 `stat:"prefetches" unit:"lines" doc:"lines that this cache's prefetcher has fetched or is fetching; (useful + late) / prefetches is its accuracy, (useful + late) / (useful + late + misses) its coverage"`
	PrefetchUseful    uint64 `stat:"prefetch_useful" unit:"lines" doc:"prefetched lines that were here when they were first asked for"`
	PrefetchLate      uint64 `stat:"prefetch_late" unit:"lines" doc:"prefetched lines that were asked for while they were on their way"`
	PrefetchUseless   uint64 `stat:"prefetch_useless" unit:"lines" doc:"prefetched lines that left before anybody asked for them"`
	PrefetchLookups   uint64 `stat:"prefetch_lookups" unit:"lines" doc:"lines proposed by this cache's prefetcher within the page"`
	PrefetchRedundant uint64 `stat:"prefetch_redundant" unit:"lines" doc:"proposed lines that were here or on their way"`
	PrefetchDropped   uint64 `stat:"prefetch_dropped" unit:"lines" doc:"proposed lines for which no MSHR was free that is not reserved for demands"`
	PrefetchCycles    uint64 `stat:"prefetch_cycles" unit:"cycles" doc:"cycles from allocation to fill, summed over MSHRs taken for prefetches, here or above"`

	PrefetchAccesses uint64 `stat:"prefetch_accesses" unit:"accesses" doc:"lines that prefetches of the levels above ask for, looked up: hits + merges + misses; they are not in accesses"`
	PrefetchHits     uint64 `stat:"prefetch_hits" unit:"accesses" doc:"lines that prefetches of the levels above found"`
	PrefetchMerges   uint64 `stat:"prefetch_merges" unit:"accesses" doc:"lines for prefetches of the levels above that were already on their way here"`
	PrefetchMisses   uint64 `stat:"prefetch_misses" unit:"accesses" doc:"lines for prefetches of the levels above that went to the next level"`

	RefusedMSHR   uint64 `stat:"refused_mshr" unit:"accesses" doc:"demand accesses that were not taken at once, at first because no MSHR could take them; a first level refuses them, below it they wait"`
	RefusedShare  uint64 `stat:"refused_share" unit:"accesses" doc:"demand accesses that were not taken at once, at first because their thread held all MSHRs that one thread may hold"`
	RefusedBank   uint64 `stat:"refused_bank" unit:"accesses" doc:"demand accesses that were not taken at once, at first because their bank was busy"`
	RefusedPort   uint64 `stat:"refused_port" unit:"accesses" doc:"accesses refused at first because all ports were taken; 0 below the first level, which alone has ports"`
	RefusedBuffer uint64 `stat:"refused_buffer" unit:"accesses" doc:"stores refused at first because the write buffer was full; 0 below the first level, which alone has one"`

	BankCycles uint64 `stat:"bank_cycles" unit:"cycles" doc:"cycles that requests from above waited for a bank, summed over requests"`
	WaitCycles uint64 `stat:"wait_cycles" unit:"cycles" doc:"cycles that requests from above waited for an MSHR, summed over requests"`
	MSHRCycles uint64 `stat:"mshr_cycles" unit:"cycles" doc:"cycles from allocation to fill, summed over MSHRs taken for demands; divided by misses it is their mean latency"`
}

// ThreadStats are the counters of one cache for one hardware context.
type ThreadStats struct {
	Accesses   uint64 `stat:"accesses" unit:"accesses" doc:"demand accesses of the thread"`
	Hits       uint64 `stat:"hits" unit:"accesses" doc:"demand accesses of the thread that found their line"`
	Merges     uint64 `stat:"merges" unit:"accesses" doc:"demand accesses of the thread to a line that was already on its way"`
	Misses     uint64 `stat:"misses" unit:"accesses" doc:"demand accesses of the thread that had to go to the next level"`
	SharedHits uint64 `stat:"shared_hits" unit:"accesses" doc:"hits of the thread on a line that another thread brought in"`

	Prefetches      uint64 `stat:"prefetches" unit:"lines" doc:"lines prefetched because of the thread's accesses"`
	PrefetchUseful  uint64 `stat:"prefetch_useful" unit:"lines" doc:"of these, lines that were here when they were first asked for"`
	PrefetchLate    uint64 `stat:"prefetch_late" unit:"lines" doc:"of these, lines that were asked for while they were on their way"`
	PrefetchUseless uint64 `stat:"prefetch_useless" unit:"lines" doc:"of these, lines that left before anybody asked for them"`

	Invalidations uint64   `stat:"invalidations" unit:"lines" doc:"lines of the thread that left because an inclusive level below evicted them"`
	EvictedBy     []uint64 `stat:"evicted_by" unit:"lines" doc:"lines of the thread that gave way to one of the thread with this number"`
}

func newThreadStats(contexts int) []ThreadStats {
	threads := make([]ThreadStats, contexts)
	for i := range threads {
		threads[i].EvictedBy = make([]uint64, contexts)
	}
	return threads
}

// refuse returns a refusal and counts it, if it is the first of its access.
func (l *level) refuse(why Refusal, again bool) (bool, Refusal) {
	if !again {
		l.countRefusal(why)
	}
	return false, why
}

// delayed counts why a demand from above is not taken at once, if it has not
// waited at this level before.
func (l *level) delayed(r *request, why Refusal) {
	if !r.waited && !r.prefetch && r.op != writeLine {
		l.countRefusal(why)
	}
	r.waited = true
}

func (l *level) countRefusal(why Refusal) {
	switch why {
	case MSHRFull:
		l.stats.RefusedMSHR++
	case ShareFull:
		l.stats.RefusedShare++
	case BankBusy:
		l.stats.RefusedBank++
	case PortBusy:
		l.stats.RefusedPort++
	case BufferFull:
		l.stats.RefusedBuffer++
	}
}

// AddStats adds the counters of all caches (l1i, l1d, l2 …), of memory, and
// of each thread in each cache.
func (h *Hierarchy) AddStats(set *stats.Set) {
	for i := range h.levels {
		set.Add(h.levels[i].name, &h.levels[i].stats, nil)
	}
	set.Add("memory", h.memory.Stats(), nil)
	set.Add("memory", &h.overlap[0], nil)
	if detail := h.memory.Detail(); detail != nil {
		set.Add("memory", detail, nil)
	}
	for t := range h.levels[l1i].threads {
		for i := range h.levels {
			set.Add(fmt.Sprintf("thread%d.%s", t, h.levels[i].name), &h.levels[i].threads[t], nil)
		}
		set.Add(fmt.Sprintf("thread%d.memory", t), &h.memory.Threads()[t], nil)
		set.Add(fmt.Sprintf("thread%d.memory", t), &h.overlap[1+t], nil)
	}
}
