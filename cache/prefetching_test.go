package cache

import (
	"fmt"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// expectCounters compares some counters.
func expectCounters(t testing.TB, what string, h *Hierarchy, want map[string]uint64) {
	t.Helper()
	s := counters(h)
	for name, v := range want {
		if got, ok := s[name]; !ok || got != v {
			t.Errorf("%s: %s is %d, want %d", what, name, got, v)
		}
	}
	audit(h)
}

// A prefetch goes the way of a demand: its lookup ends when that of the access
// that caused it does, it takes its turn of each bank and of memory behind it,
// and a demand that finds it under way is answered when it comes.
func TestPrefetchTakesTheWayOfADemand(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Prefetcher = "next-line:degree=2"
	h, c := build(t, spec, 2)
	access(t, h, 100, Request{Addr: 0, Kind: Read, Thread: 1, Tag: 1})
	h.Tick(150)
	load(t, h, 150, 72, 2) // line 1 has been asked for and is not here
	settle(h)
	// Lines 0, 1, 2 arrive at L2 at 104, take its bank one cycle each and that
	// of L3 two cycles each, and memory's channel four.
	for tag, want := range map[uint64]string{1: "L1@104 L2@114 L3@140 filled@300", 2: "L1@154 L2@154 L3@154 filled@304"} {
		if got := c.of(tag); got != want {
			t.Errorf("access %d: %s, want %s", tag, got, want)
		}
	}
	if load(t, h, 308, 128, 3) != true {
		t.Error("line 2 has not come at 308")
	}
	settle(h)
	// 1 and 2 are proposed by the miss of 0, 2 and 3 by the late hit on 1, 3 and 4
	// by the first use of 2.
	expectCounters(t, "next line", h, map[string]uint64{
		"l1d.accesses": 3, "l1d.misses": 1, "l1d.merges": 1, "l1d.hits": 1,
		"l1d.prefetches": 4, "l1d.prefetch_late": 1, "l1d.prefetch_useful": 1, "l1d.prefetch_useless": 0,
		"l1d.prefetch_lookups": 6, "l1d.prefetch_redundant": 2, "l1d.prefetch_dropped": 0,
		"thread1.l1d.prefetches": 2, "thread0.l1d.prefetches": 2, "thread1.l1d.prefetch_late": 1, "thread1.l1d.prefetch_useful": 1,
		"l2.accesses": 1, "l2.misses": 1, "l2.prefetch_accesses": 4, "l2.prefetch_misses": 4, "l3.prefetch_misses": 4,
		"memory.reads": 5,
	})
}

// The whole of a walk through a page but its first line is prefetched in
// time, and nothing beyond it.
func TestPrefetchCoverage(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Prefetcher = "next-line"
	h, _ := build(t, spec, 1)
	now := isa.Cycle(0)
	const pages = 5
	for line := range pages * 64 {
		one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: Read})
	}
	expectCounters(t, "walk", h, map[string]uint64{
		"l1d.misses": pages, "l1d.hits": pages * 63, "l1d.prefetch_useful": pages * 63, "l1d.prefetches": pages * 63,
		"l1d.prefetch_useless": 0, "memory.reads": pages * 64,
	})
}

// Every prefetcher keeps most of a walk from missing wherever it stands, and
// the arrivals below are counted apart.
func TestEveryPrefetcherAtEveryLevel(t *testing.T) {
	for _, row := range prefetch.Catalog.Rows {
		for _, at := range []string{"l1d", "l2", "l3"} {
			spec := threeLevels()
			levels := map[string]*Level{"l1d": &spec.L1D, "l2": spec.L2, "l3": spec.L3}
			levels[at].Prefetcher = row.Name
			h, _ := build(t, spec, 1)
			now := isa.Cycle(0)
			const lines = 64 * 64
			for line := range lines {
				one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: Read, PC: 4})
			}
			audit(h)
			s := counters(h)
			covered := s[at+".prefetch_useful"]
			if row.Name == "none" {
				if covered != 0 || s[at+".misses"] != lines {
					t.Errorf("without a prefetcher %s covers %d, misses %d", at, covered, s[at+".misses"])
				}
				continue
			}
			if covered < lines*85/100 || s[at+".misses"]+covered != lines || s["memory.reads"] > lines*102/100 {
				t.Errorf("%s at %s: useful %d, misses %d, lines read %d of %d", row.Name, at, covered, s[at+".misses"], s["memory.reads"], lines)
			}
		}
	}
}

// A prefetch without an MSHR is dropped, and so is one for which only
// reserved ones are left; it keeps no demand out.
func TestPrefetchNeedsAnMSHR(t *testing.T) {
	for _, test := range []struct{ mshrs, reserve, prefetches, dropped int }{
		{4, 0, 3, 0},
		{3, 0, 2, 1},
		{1, 0, 0, 3},
		{4, 2, 1, 2},
		{4, 3, 0, 3},
	} {
		spec := threeLevels()
		spec.L1D.Prefetcher = "next-line:degree=3,on=miss"
		spec.L1D.MSHRs, spec.L1D.PrefetchReserve = test.mshrs, test.reserve
		h, _ := build(t, spec, 1)
		load(t, h, 100, 0, 1)
		settle(h)
		expectCounters(t, fmt.Sprint(test), h, map[string]uint64{
			"l1d.prefetches": uint64(test.prefetches), "l1d.prefetch_dropped": uint64(test.dropped), "memory.reads": uint64(test.prefetches) + 1,
		})
	}
}

// A prefetch that leaves unused is useless, on the account of the thread that
// caused it; one that a prefetch of the level above has found is not.
func TestUselessPrefetches(t *testing.T) {
	spec := threeLevels()
	spec.L3 = nil
	spec.L1D.Size, spec.L1D.Ways = 128, 1 // two sets
	spec.L1D.Prefetcher = "next-line:on=miss"
	h, _ := build(t, spec, 2)
	now := isa.Cycle(0)
	one(t, h, &now, Request{Addr: 0, Kind: Read, Thread: 1})   // brings line 1
	one(t, h, &now, Request{Addr: 192, Kind: Read, Thread: 0}) // line 3 in its place, and line 4 in that of 0
	expectCounters(t, "evicted", h, map[string]uint64{
		"l1d.prefetches": 2, "l1d.prefetch_useless": 1, "thread1.l1d.prefetch_useless": 1, "thread0.l1d.prefetch_useless": 0,
		"thread1.l1d.evicted_by0": 2,
	})

	spec.L1D.Size, spec.L1D.Ways = 4<<10, 4
	spec.L2.Prefetcher = "next-line:degree=2,on=miss"
	h, _ = build(t, spec, 1)
	now = 0
	one(t, h, &now, Request{Addr: 0, Kind: Read})
	one(t, h, &now, Request{Addr: 128, Kind: Read})
	// Line 1 is fetched by L1D's prefetch, whose lookup in L2 ends before that of
	// L2's own; lines 2 and 3 by L2's: the demand finds one, L1D's prefetch the
	// other.
	expectCounters(t, "two levels", h, map[string]uint64{
		"l1d.prefetches": 2, "l1d.misses": 2, "l2.misses": 1, "l2.hits": 1,
		"l2.prefetch_accesses": 2, "l2.prefetch_misses": 1, "l2.prefetch_hits": 1, "l2.prefetches": 2, "l2.prefetch_useful": 2,
	})
}

// A prefetch takes its turn of the bank: the demand that comes to it in the
// same cycle waits.
func TestPrefetchTakesABank(t *testing.T) {
	spec := threeLevels()
	spec.L2.Interval = 9
	spec.L2.Prefetcher = "next-line"
	h, c := build(t, spec, 1)
	load(t, h, 100, 0, 1)
	h.Tick(110)
	load(t, h, 110, 64*64, 2) // arrives at 114, when the lookup for line 0 ends
	settle(h)
	// The prefetch is proposed at 114 as well, and first; the demand has the bank
	// nine cycles later.
	if got, want := c.of(2), "L1@114 L2@133 L3@159 filled@319"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	expectCounters(t, "bank", h, map[string]uint64{"l2.bank_cycles": 9})
	// In a first level with banks a prefetch refuses the core's access.
	spec = threeLevels()
	spec.L1D.Prefetcher, spec.L1D.Banks, spec.L1D.Interval = "next-line", 8, 3
	h, _ = build(t, spec, 1)
	load(t, h, 100, 0, 1) // line 1 is in the same bank: its turn is at 103
	for _, s := range []struct {
		now  isa.Cycle
		want Refusal
	}{{102, BankBusy}, {105, BankBusy}, {106, Accepted}} {
		h.Tick(s.now)
		if _, why := h.Access(s.now, Request{Addr: 128, Kind: Read}); why != s.want {
			t.Errorf("cycle %d: %v, want %v", s.now, why, s.want)
		}
	}
}

// A replacement policy is told which lines a prefetch brings that nobody
// waits for, at each level, and which come for a demand after all.
func TestCausesOfFills(t *testing.T) {
	spec := threeLevels()
	spec.L3 = nil
	spec.L1D.Prefetcher = "next-line:degree=2,on=miss"
	h, _ := build(t, spec, 1)
	policies := watch(h)
	load(t, h, 100, 0, 1)
	h.Tick(150)
	load(t, h, 150, 64, 2) // waits for what a prefetch has asked for, and proposes line 3
	settle(h)
	for c, want := range map[int][]replacement.Cause{
		l1d:         {replacement.Demand, replacement.Demand, replacement.Prefetch, replacement.Prefetch},
		firstShared: {replacement.Demand, replacement.Prefetch, replacement.Prefetch, replacement.Prefetch},
	} {
		var got []replacement.Cause
		for _, call := range policies[c].calls {
			if call.what == "fill" {
				got = append(got, call.access.Cause)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: causes %v, want %v", h.levels[c].name, got, want)
		}
	}
}

// Page-table reads use what was prefetched and cause nothing.
func TestWalksAndPrefetches(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Prefetcher = "next-line:on=always"
	h, _ := build(t, spec, 1)
	now := isa.Cycle(0)
	one(t, h, &now, Request{Addr: 0, Kind: Walk})
	expectCounters(t, "walk", h, map[string]uint64{"l1d.prefetch_lookups": 0})
	one(t, h, &now, Request{Addr: 0, Kind: Read})
	one(t, h, &now, Request{Addr: 64, Kind: Walk})
	expectCounters(t, "walk", h, map[string]uint64{"l1d.prefetches": 1, "l1d.prefetch_useful": 1})
}

// Where all lines come from memory, warming does with a prefetcher what time
// does.
func TestWarmTrainsPrefetchers(t *testing.T) {
	for _, row := range prefetch.Catalog.Rows {
		spec := threeLevels()
		spec.L2, spec.L3 = nil, nil
		spec.L1D.Prefetcher, spec.L1D.MSHRs = row.Name, 64
		var requests []Request
		x := uint64(1)
		for i := range 3000 {
			x = x*6364136223846793005 + 1442695040888963407
			r := Request{Addr: isa.Addr(i * 40), PC: isa.Addr(4 * (i % 3)), Thread: isa.Context(i & 1), Kind: Read + Kind(x>>33&1)}
			if x>>40%5 == 0 {
				r.Addr = isa.Addr(x >> 50)
			}
			requests = append(requests, r)
		}
		asTimed(t, spec, requests[:500], requests[500:2500], requests[2500:])
	}
}
