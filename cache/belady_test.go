package cache

import (
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// optimal is how often Belady's rule misses on a sequence of lines: evict the
// line whose next use is the furthest (IBM Systems Journal 5(2), 1966). No
// policy that puts in every line that it fetches misses less.
func optimal(stream []uint64, sets, ways int) (misses int) {
	next := make([]int, len(stream)) // index of the next use of the same line
	later := map[uint64]int{}
	for i := len(stream) - 1; i >= 0; i-- {
		next[i] = len(stream)
		if j, ok := later[stream[i]]; ok {
			next[i] = j
		}
		later[stream[i]] = i
	}
	resident := make([]map[uint64]int, sets) // line to its next use
	for i, line := range stream {
		set := resident[line%uint64(sets)]
		if set == nil {
			set = map[uint64]int{}
			resident[line%uint64(sets)] = set
		}
		if _, ok := set[line]; !ok {
			misses++
			if len(set) == ways {
				var victim uint64
				furthest := -1
				for l, n := range set { // next uses differ, but for those that have none
					if n > furthest || n == furthest && l < victim {
						victim, furthest = l, n
					}
				}
				delete(set, victim)
			}
		}
		set[line] = next[i]
	}
	return misses
}

// fewest tries every choice of victim for one set.
func fewest(stream []uint64, ways int, resident []uint64) int {
	for i, line := range stream {
		found := false
		for _, l := range resident {
			found = found || l == line
		}
		if found {
			continue
		}
		if len(resident) < ways {
			return 1 + fewest(stream[i+1:], ways, append(resident[:len(resident):len(resident)], line))
		}
		best := len(stream)
		for v := range resident {
			tried := append([]uint64(nil), resident...)
			tried[v] = line
			best = min(best, 1+fewest(stream[i+1:], ways, tried))
		}
		return best
	}
	return 0
}

func TestOptimalIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		stream := make([]uint64, 12)
		for i := range stream {
			stream[i] = r.Uint64N(6)
		}
		ways := 1 + r.IntN(4)
		if got, want := optimal(stream, 1, ways), fewest(stream, ways, nil); got != want {
			t.Fatalf("%v in %d ways: %d, want %d", stream, ways, got, want)
		}
	}
}

// patterns are sequences of lines that policies differ on.
func patterns() map[string][]uint64 {
	r := rand.New(rand.NewPCG(3, 4))
	p := map[string][]uint64{}
	for i := range 6000 {
		p["loop"] = append(p["loop"], uint64(i%400))
		p["random"] = append(p["random"], r.Uint64N(600))
		// Often used lines, and scans of lines that are used once.
		line := r.Uint64N(150)
		if i/200%2 == 1 {
			line = uint64(10000 + i)
		}
		p["scans"] = append(p["scans"], line)
		p["skewed"] = append(p["skewed"], r.Uint64N(1+r.Uint64N(1000)))
	}
	return p
}

// The demands that reach the L2 depend on the L1 alone. On that one sequence
// every policy of the catalog misses at least as often as Belady's rule.
func TestNothingBeatsBelady(t *testing.T) {
	beaten := 0
	for name, lines := range patterns() {
		for _, row := range replacement.Catalog.Rows {
			spec := threeLevels()
			spec.L3 = nil
			spec.L1D.Size, spec.L1D.Ways = 1<<10, 4
			spec.L2.Replacement = row.Name
			h, _ := build(t, spec, 1)
			now := isa.Cycle(0)
			var demands []uint64
			for _, line := range lines {
				if !one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: Read}) {
					demands = append(demands, line)
				}
			}
			s := counters(h)
			if got := s["l2.accesses"]; got != uint64(len(demands)) {
				t.Fatalf("%s: %d demands reached L2, %d missed the L1D", row.Name, got, len(demands))
			}
			least := optimal(demands, int(spec.L2.Size)/spec.L2.Ways/spec.L2.Line, spec.L2.Ways)
			if got := int(s["l2.misses"]); got < least {
				t.Errorf("%s on %s: %d misses of %d, Belady's rule has %d", row.Name, name, got, len(demands), least)
			} else if got > least {
				beaten++
			}
		}
	}
	if beaten == 0 {
		t.Error("every policy is optimal: the test shows nothing")
	}
}

// A scan of lines used once costs the lines that are in use under LRU, and
// not under the RRIP policies.
func TestScansThroughTheHierarchy(t *testing.T) {
	lines := patterns()["scans"]
	misses := map[string]uint64{}
	for _, name := range []string{"lru", "srrip", "drrip"} {
		spec := threeLevels()
		spec.L3 = nil
		spec.L1D.Size, spec.L1D.Ways = 512, 1
		spec.L2.Replacement = name
		h, _ := build(t, spec, 1)
		now := isa.Cycle(0)
		for _, line := range lines {
			one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: Read})
		}
		misses[name] = counters(h)["l2.misses"]
	}
	for _, name := range []string{"srrip", "drrip"} {
		if misses[name]*10 > misses["lru"]*9 {
			t.Errorf("%s misses %d times, lru %d", name, misses[name], misses["lru"])
		}
	}
}
