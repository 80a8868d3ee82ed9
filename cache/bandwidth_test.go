package cache

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// wide is threeLevels with room for many misses at once.
func wide() Spec {
	spec := threeLevels()
	spec.L1D.MSHRs, spec.L2.MSHRs, spec.L3.MSHRs = 64, 64, 64
	return spec
}

// stream loads n lines, one a cycle from cycle start, and checks when each is
// filled.
func stream(t *testing.T, h *Hierarchy, c *recorder, start isa.Cycle, n int, want func(k int) isa.Cycle) {
	t.Helper()
	for k := range n {
		now := start + isa.Cycle(k)
		h.Tick(now)
		if load(t, h, now, isa.Addr(k*64), uint64(1000+k)) {
			t.Fatalf("line %d hit", k)
		}
	}
	settle(h)
	for k := range n {
		got, _ := c.filled(uint64(1000 + k))
		if got != want(k) {
			t.Fatalf("line %d was filled at %d, want %d", k, got, want(k))
		}
	}
}

// warm loads n lines one by one, so that only lower levels keep the first ones.
func warm(t *testing.T, h *Hierarchy, n int) {
	for k := range n {
		now := isa.Cycle(k) * 1000
		h.Tick(now)
		load(t, h, now, isa.Addr(k*64), 0)
		settle(h)
	}
}

// Independent misses to memory cost line/bandwidth each: 64 bytes at 16 a
// cycle are 4 cycles.
func TestMemoryBandwidth(t *testing.T) {
	spec := wide()
	spec.L3.Interval = 1
	h, c := build(t, spec, 1)
	stream(t, h, c, 100, 50, func(k int) isa.Cycle { return isa.Cycle(100 + testMemory + 4*k) })
	if s := counters(h); s["memory.queue_cycles"] != 3*50*49/2 {
		t.Errorf("reads queued for %d cycles, want 3 for each one before: %d", s["memory.queue_cycles"], 3*50*49/2)
	}
}

// Hits in a lower level cost the interval of its bank each; banks work side
// by side.
func TestBankBandwidth(t *testing.T) {
	for _, test := range []struct {
		banks, interval int
		waited          uint64                // of 40, for their bank
		want            func(k int) isa.Cycle // after the first one
	}{
		{1, 1, 0, func(k int) isa.Cycle { return isa.Cycle(k) }},
		{0, 3, 39, func(k int) isa.Cycle { return isa.Cycle(3 * k) }},
		{4, 4, 0, func(k int) isa.Cycle { return isa.Cycle(k) }},
		{2, 4, 38, func(k int) isa.Cycle { return isa.Cycle(k/2*4 + k%2) }},
	} {
		spec := wide()
		spec.L2.Banks, spec.L2.Interval = test.banks, test.interval
		h, c := build(t, spec, 1)
		warm(t, h, 128) // the first 64 are out of the L1D, all are in L2
		stream(t, h, c, 1000000, 40, func(k int) isa.Cycle { return 1000000 + testL2 + test.want(k) })
		if n := counters(h)["l2.refused_bank"]; n != test.waited {
			t.Errorf("%d banks, interval %d: %d requests waited for their bank, want %d", test.banks, test.interval, n, test.waited)
		}
	}
}

// n MSHRs at L2 let n misses be under way: a later one starts below L2 when
// an earlier one has been filled. It does not ask again meanwhile.
func TestMSHRsOfLowerLevelLimitMisses(t *testing.T) {
	spec := wide()
	spec.L2.MSHRs = 4
	h, c := build(t, spec, 1)
	const n = 4
	stream(t, h, c, 100, 20, func(k int) isa.Cycle {
		return isa.Cycle(100 + testMemory + 4*(k%n) + k/n*(testMemory-testL2))
	})
	if s := counters(h); s["l2.wait_cycles"] == 0 {
		t.Error("no wait cycles")
	}
	expectCounters(t, "L2", h, map[string]uint64{"l2.accesses": 20, "l2.misses": 20, "l2.refused_mshr": 20 - n})
}

// Stores that miss in caches full of dirty lines move two lines through
// memory each, one in and one out: twice the 4 cycles of a load.
func TestWritebackTakesBandwidth(t *testing.T) {
	spec := wide()
	spec.L1D.Size, spec.L2.Size, spec.L3.Size = 1<<10, 2<<10, 4<<10
	h, c := build(t, spec, 1)
	now := isa.Cycle(0)
	store := func(k int) {
		h.Tick(now)
		access(t, h, now, Request{Addr: isa.Addr(k * 64), Kind: Write, Tag: uint64(k)})
	}
	for k := range 1000 {
		store(k)
		settle(h)
		now += 1000
	}
	const outstanding, m = 50, 2000
	k := 2000
	ends := make([]isa.Cycle, 0, m)
	c.said = c.said[:0]
	for range outstanding {
		store(k)
		k++
	}
	for len(ends) < m {
		now = h.NextEvent()
		h.Tick(now)
		for _, s := range c.said {
			if s.level == 0 {
				ends = append(ends, s.at)
				store(k)
				k++
			}
		}
		c.said = c.said[:0]
	}
	if got := ends[m-1] - ends[m-1001]; got != 8000 {
		t.Errorf("1000 stores took %d cycles in the steady state, want 8000", got)
	}
}

// The memory's own latency is the total of a read that finds its row open, and
// its clock is the core's divided: a closed row adds tRCD, here 22 memory
// clocks of two cycles each.
func TestDDRBehindCaches(t *testing.T) {
	spec := wide()
	spec.Memory, spec.Frequency = "ddr:latency=200,mhz=1600,trefi=0", 3200
	h, c := build(t, spec, 1)
	load(t, h, 1000, 0, 1)
	settle(h)
	load(t, h, 3000, 4*64, 2) // the next line in the same bank group
	settle(h)
	if first, _ := c.filled(1); first != 1000+200+2*22 {
		t.Errorf("the first line was filled at %d, want %d", first, 1000+200+2*22)
	}
	if second, _ := c.filled(2); second != 3000+200 {
		t.Errorf("the second line was filled at %d, want %d", second, 3000+200)
	}
	if s := counters(h); s["memory.row_hits"] != 1 || s["memory.row_misses"] != 1 || s["thread0.memory.read_cycles"] != s["memory.read_cycles"] {
		t.Errorf("row hits %d, misses %d, cycles of reads %d, of thread 0 %d", s["memory.row_hits"], s["memory.row_misses"], s["memory.read_cycles"], s["thread0.memory.read_cycles"])
	}
}
