package tlb

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// one makes a data translation, lets it end, and returns its time and how many
// page-table entries it read.
func one(mem *tables, now isa.Cycle, vaddr isa.Addr) (cycles isa.Cycle, reads int) {
	before := len(mem.reads)
	c := mem.m.client.(*recorder)
	c.told = c.told[:0]
	if _, s := mem.m.Translate(now, Data, 0, 1, vaddr, 1); s == Hit {
		return 0, 0
	}
	run(mem, now+1, now+99)
	return c.told[len(c.told)-1].at - now, len(mem.reads) - before
}

// A walk reads one entry for each level from where the walk cache leads down to
// the leaf: 4, 3, 2 or 1 for a page of 4 KiB, which has its leaf at level 0; up
// to 3 for one of 2 MiB. Without a cache it reads them all.
func TestWalkCacheCost(t *testing.T) {
	type step struct {
		name       string
		vaddr      isa.Addr
		small, big int // reads
	}
	steps := []step{
		{"nothing known", 0, 4, 3},
		{"same 1 GiB", 5 << 21, 2, 1},
		{"same 2 MiB as before", 5<<21 | 1<<12, 1, 0},
		{"same 512 GiB", 3 << 30, 3, 2},
		{"another half of the root", 1 << 47, 4, 3},
		{"same 2 MiB as the first", 2 << 12, 1, 0},
	}
	for _, pages := range []string{"4K", "2M"} {
		for _, on := range []bool{false, true} {
			spec := testSpec()
			spec.Pages = pages
			if on {
				spec.Walker.Cache = WalkCache{Level3: 4, Level2: 8, Level1: 16}
			}
			m, _, mem := build(t, spec, 1)
			skipped := uint64(0)
			for i, s := range steps {
				want, full := s.small, 4
				if pages == "2M" {
					want, full = s.big, 3
				}
				if !on && want > 0 {
					want = full
				}
				cycles, reads := one(mem, isa.Cycle(1000*i+1000), s.vaddr)
				if reads != want || want > 0 && cycles != isa.Cycle(testSecond+want*testRead) || want == 0 && cycles != 0 {
					t.Errorf("%s, walk cache %v, %s: %d reads in %d cycles, want %d reads", pages, on, s.name, reads, cycles, want)
				}
				if want > 0 {
					skipped += uint64(full - want)
				}
			}
			audit(m)
			s := counters(m)
			saved := s["tlb.walker.level3.hits"] + 2*s["tlb.walker.level2.hits"] + 3*s["tlb.walker.level1.hits"]
			if saved != skipped {
				t.Errorf("%s, walk cache %v: hits save %d reads, want %d", pages, on, saved, skipped)
			}
			if _, listed := s["tlb.walker.level1.hits"]; listed != on {
				t.Errorf("%s, walk cache %v: its statistics are listed: %v", pages, on, listed)
			}
		}
	}
}

// A level holds as many entries as it is given: walks in a cycle over so many
// regions find theirs, over one more none.
func TestWalkCacheCapacity(t *testing.T) {
	const entries = 6
	for _, test := range []struct {
		cache  WalkCache
		region uint // log2 of what one entry maps
		hit    int  // reads of a walk that finds it
	}{
		{WalkCache{Level1: entries}, 21, 1},
		{WalkCache{Level2: entries}, 30, 2},
		{WalkCache{Level3: entries}, 39, 3},
	} {
		for _, regions := range []int{entries, entries + 1} {
			spec := testSpec()
			spec.Walker.Cache = test.cache
			spec.I.Entries, spec.D.Entries, spec.D.Ways, spec.L2 = 4, 1, 1, SecondLevel{}
			_, _, mem := build(t, spec, 1)
			for i := range 5 * regions {
				vaddr := isa.Addr(i%regions)<<test.region | isa.Addr(i)<<pageBits
				want := test.hit
				if i < regions || regions > entries {
					want = 4
				}
				if _, reads := one(mem, isa.Cycle(i)*100+100, vaddr); reads != want {
					t.Fatalf("%+v, %d regions, walk %d: %d reads, want %d", test.cache, regions, i, reads, want)
				}
			}
		}
	}
}

// An entry is of one address space.
func TestWalkCacheIsTagged(t *testing.T) {
	spec := testSpec()
	spec.Walker.Cache = WalkCache{Level1: 8}
	m, _, mem := build(t, spec, 1)
	m.SetInstance(2, 77)
	one(mem, 100, 0)
	m.Translate(300, Data, 0, 2, page(1), 1)
	run(mem, 301, 399)
	if len(mem.reads) != 8 {
		t.Errorf("%d entries were read for one region of two address spaces, want 8", len(mem.reads))
	}
}
