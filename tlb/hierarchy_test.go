package tlb_test

import (
	"testing"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/tlb"
)

const (
	l1Latency     = 4
	l2Latency     = 14
	memoryLatency = 200
	secondLatency = 8
)

// core answers for the pipeline.
type core struct{ translated map[uint64]isa.Cycle }

func (c *core) Filled(isa.Cycle, uint64)                  {}
func (c *core) Missed(isa.Cycle, uint64, int)             {}
func (c *core) Walking(isa.Cycle, uint64)                 {}
func (c *core) Translated(now isa.Cycle, tag uint64)      { c.translated[tag] = now }
func (c *core) take(tag uint64) (at isa.Cycle, done bool) { at, done = c.translated[tag]; return }

func machine(t *testing.T, mshrs int) (*tlb.MMU, *cache.Hierarchy, *core) {
	t.Helper()
	l1 := cache.Level{Size: 32 << 10, Ways: 8, Line: 64, Latency: l1Latency, MSHRs: mshrs, Replacement: "lru"}
	caches, err := cache.New(cache.Spec{
		L1I: l1, L1D: l1,
		L2:     &cache.Level{Size: 1 << 20, Ways: 16, Line: 64, Latency: l2Latency, MSHRs: 16, Interval: 1, Replacement: "lru"},
		Memory: "fixed:latency=200,bytes=64,cycles=1",
	}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	mmu, err := tlb.New(tlb.Spec{
		I:      tlb.FirstLevel{Entries: 64, Ways: 64, Misses: 8},
		D:      tlb.FirstLevel{Entries: 64, Ways: 64, Misses: 8},
		L2:     tlb.SecondLevel{Entries: 1024, Ways: 8, Latency: secondLatency},
		Walker: tlb.Walker{Walks: 4},
	}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &core{translated: map[uint64]isa.Cycle{}}
	caches.Attach(c, mmu)
	mmu.Attach(c, caches.WalkPort())
	return mmu, caches, c
}

// until runs both from event to event until nothing is left.
func until(mmu *tlb.MMU, caches *cache.Hierarchy) {
	for {
		now := min(mmu.NextEvent(), caches.NextEvent())
		if now == isa.Never {
			return
		}
		mmu.Tick(now)
		caches.Tick(now)
	}
}

// A walk is four dependent reads through the caches: from memory when the
// tables are cold, from the L1D when they are warm, and what lies between for
// a page whose upper tables are warm.
func TestWalkThroughCaches(t *testing.T) {
	mmu, caches, c := machine(t, 8)
	steps := []struct {
		name  string
		vaddr isa.Addr
		cost  isa.Cycle
	}{
		{"all tables cold", 0, 4 * memoryLatency},
		{"entry in the same line", 1 << 12, 4 * l1Latency},
		{"another line of the leaf table", 8 << 12, 3*l1Latency + memoryLatency},
		{"another leaf table", 1 << 21, 3*l1Latency + memoryLatency},
		{"another tree below the root's line", 1 << 39, l1Latency + 3*memoryLatency},
	}
	for i, s := range steps {
		now := isa.Cycle(i) * 10000
		if _, status := mmu.Translate(now, tlb.Data, 0, 1, s.vaddr, uint64(i)); status != tlb.Pending {
			t.Fatalf("%s: status %d", s.name, status)
		}
		until(mmu, caches)
		at, ok := c.take(uint64(i))
		if want := now + secondLatency + s.cost; !ok || at != want {
			t.Errorf("%s: translated after %d cycles, want %d", s.name, at-now, want-now)
		}
	}
	var set stats.Set
	mmu.AddStats(&set)
	caches.AddStats(&set)
	values := set.Snapshot(nil)
	for i, d := range set.Descs() {
		if d.Name == "l1d.walk_accesses" && values[i] != uint64(4*len(steps)) {
			t.Errorf("%d reads of page-table entries in the L1D, want %d", values[i], 4*len(steps))
		}
	}
}

// A walker that finds the L1D's MSHRs taken waits for the caches' next event
// and gets through.
func TestWalkWaitsForMSHR(t *testing.T) {
	mmu, caches, c := machine(t, 1)
	if _, why := caches.Access(0, cache.Request{Addr: 1 << 40, Kind: cache.Read}); why != cache.Accepted {
		t.Fatal(why)
	}
	mmu.Translate(0, tlb.Data, 0, 1, 0, 1)
	mmu.Translate(0, tlb.Data, 0, 1, 1<<30, 2)
	until(mmu, caches)
	first, ok1 := c.take(1)
	second, ok2 := c.take(2)
	if !ok1 || !ok2 {
		t.Fatalf("walks ended: %v, %v", ok1, ok2)
	}
	// One read at a time: the load, then five different lines of tables for
	// both walks (they share the root's and part).
	if least := isa.Cycle(5 * memoryLatency); max(first, second) < least {
		t.Errorf("walks ended at %d and %d, before %d", first, second, least)
	}
}
