package cache

import (
	"fmt"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

func TestPartitions(t *testing.T) {
	for _, test := range []struct {
		spec           string
		ways, contexts int
		want           string
	}{
		{"", 8, 2, "[{0 8} {0 8}]"},
		{"none", 8, 1, "[{0 8}]"},
		{"static", 8, 1, "[{0 8}]"},
		{"static", 8, 4, "[{0 2} {2 4} {4 6} {6 8}]"},
		{"static", 7, 3, "[{0 2} {2 4} {4 7}]"},
		{"static", 2, 4, "[{0 1} {0 1} {1 2} {1 2}]"},
		{"0-3+4-7", 8, 2, "[{0 4} {4 8}]"},
		{"0-3+4-7", 8, 1, "[{0 4}]"},
		{"0-5+6+2-7", 8, 5, "[{0 6} {6 7} {2 8} {0 6} {6 7}]"},
	} {
		got, err := partition(test.spec, test.ways, test.contexts)
		if err != nil || fmt.Sprint(got) != test.want {
			t.Errorf("%q, %d ways, %d threads: %v, %v; want %s", test.spec, test.ways, test.contexts, got, err, test.want)
		}
	}
}

// lcg is a sequence of numbers that looks random.
type lcg uint64

func (x *lcg) below(n int) int {
	*x = *x*6364136223846793005 + 1442695040888963407
	return int(uint64(*x) >> 33 % uint64(n))
}

// In a share of its own a thread hits and misses as in a cache of that many
// ways, whatever others do, under every policy whose sets depend on nothing
// but what happens in them.
func TestShareIsACacheOfItsOwn(t *testing.T) {
	for _, row := range replacement.Catalog.Rows {
		if slices.Contains([]string{"random", "brrip", "drrip"}, row.Name) {
			continue // they draw or duel across sets
		}
		for _, share := range []struct {
			partition string
			ways      int
		}{{"0-3+4-7", 4}, {"4-7+0-3", 4}, {"5+0-7", 0}, {"6-7+0-5", 2}} {
			spec := threeLevels()
			spec.L1D.Size, spec.L1D.Ways = 4<<10, 8 // eight sets
			spec.L1D.Replacement, spec.L1D.Partition = row.Name, share.partition
			h, _ := build(t, spec, 2)
			alone := spec
			alone.L1D.Ways = max(share.ways, 1)
			alone.L1D.Size, alone.L1D.Partition = Bytes(8*64*alone.L1D.Ways), ""
			solo, _ := build(t, alone, 1)
			now, soloNow := isa.Cycle(0), isa.Cycle(0)
			x := lcg(1)
			for range 3000 {
				r := Request{Addr: isa.Addr(x.below(60) * 64), Kind: Read + Kind(x.below(2))}
				one(t, h, &now, Request{Addr: 1<<20 + isa.Addr(x.below(200)*64), Kind: Read, Thread: 1})
				hit, want := one(t, h, &now, r), one(t, solo, &soloNow, r)
				if share.ways > 0 && hit != want {
					t.Fatalf("%s, %s: hit %v, alone in %d ways %v", row.Name, share.partition, hit, share.ways, want)
				}
			}
			audit(h)
		}
	}
}

// A thread's lines never fill more than its share, and nobody outside it
// evicts them, under every policy; hits are found in all ways.
func TestShareLimits(t *testing.T) {
	for _, row := range replacement.Catalog.Rows {
		spec := threeLevels()
		spec.L1D.Size, spec.L1D.Ways = 512, 8 // one set
		spec.L1D.Replacement, spec.L1D.Partition = row.Name, "0-2+3-7"
		h, _ := build(t, spec, 2)
		now := isa.Cycle(0)
		x := lcg(7)
		for range 2000 {
			thread := isa.Context(x.below(2))
			one(t, h, &now, Request{Addr: isa.Addr(x.below(30)*64) + isa.Addr(thread)<<20, Kind: Read, Thread: thread})
			var lines [2]int
			for _, st := range contents(&h.levels[l1d]) {
				lines[st.owner]++
			}
			if lines[0] > 3 || lines[1] > 5 {
				t.Fatalf("%s: the threads have %v lines", row.Name, lines)
			}
		}
		expectCounters(t, row.Name, h, map[string]uint64{
			"thread0.l1d.evicted_by1": 0, "thread1.l1d.evicted_by0": 0, "l1d.shared_hits": 0,
		})
		one(t, h, &now, Request{Addr: 99 * 64, Kind: Read})
		if !one(t, h, &now, Request{Addr: 99 * 64, Kind: Read, Thread: 1}) {
			t.Errorf("%s: thread 1 does not hit in thread 0's ways", row.Name)
		}
	}
}

// Overlapping ranges compete for the ways that they have in common alone.
func TestSharedWays(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Size, spec.L1D.Ways = 256, 4
	spec.L1D.Partition = "0-2+2-3"
	h, _ := build(t, spec, 2)
	now := isa.Cycle(0)
	for line := range 3 {
		one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: Read})
	}
	for line := range 6 {
		one(t, h, &now, Request{Addr: isa.Addr(1000+line) * 64, Kind: Read, Thread: 1})
	}
	expectCounters(t, "overlap", h, map[string]uint64{"thread0.l1d.evicted_by1": 1, "thread1.l1d.evicted_by1": 4})
}
