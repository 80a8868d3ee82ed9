package cache

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// An undisturbed access is answered after exactly the latency of the level
// that has the line, and each level's miss is known when its lookup ends.
func TestUndisturbedLatency(t *testing.T) {
	h, c := build(t, threeLevels(), 1)
	const x = 0x10000
	now := isa.Cycle(1000)

	if load(t, h, now, x, 1) {
		t.Fatal("hit in an empty cache")
	}
	settle(h)
	if got, want := c.of(1), fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", now+testL1, now+testL2, now+testL3, now+testMemory); got != want {
		t.Errorf("from memory: %s, want %s", got, want)
	}

	now = 5000
	if !load(t, h, now, x+56, 2) || c.of(2) != "" {
		t.Error("second access to the line is not a silent hit")
	}
	// The instruction side has its own L1 and finds the line in L2.
	if access(t, h, now, Request{Addr: x, Kind: Fetch, Tag: 3}) {
		t.Error("the L1I has a line that only data accesses fetched")
	}
	settle(h)
	if got, want := c.of(3), fmt.Sprintf("L1@%d filled@%d", now+testL1, now+testL2); got != want {
		t.Errorf("from L2: %s, want %s", got, want)
	}

	// 8 lines that share x's L2 set (32 sets of 64 bytes) push it out there
	// and from L1, but not from the 64 sets of L3.
	now = 10000
	for i := range 8 {
		load(t, h, now, x+isa.Addr(i+1)*32*64, uint64(100+i))
		now = settle(h) + 1000
	}
	load(t, h, now, x, 4)
	settle(h)
	if got, want := c.of(4), fmt.Sprintf("L1@%d L2@%d filled@%d", now+testL1, now+testL2, now+testL3); got != want {
		t.Errorf("from L3: %s, want %s", got, want)
	}
}

// With one level only, both L1s are in front of memory, whatever their own
// latencies.
func TestMemoryBehindL1(t *testing.T) {
	spec := threeLevels()
	spec.L2, spec.L3 = nil, nil
	spec.L1I.Latency = 2
	h, c := build(t, spec, 1)
	load(t, h, 100, 0, 1)
	access(t, h, 500, Request{Addr: 0x4000, Kind: Fetch, Tag: 2})
	settle(h)
	if got, want := c.of(1), fmt.Sprintf("L1@104 filled@%d", 100+testMemory); got != want {
		t.Errorf("load: %s, want %s", got, want)
	}
	if got, want := c.of(2), fmt.Sprintf("L1@502 filled@%d", 500+testMemory); got != want {
		t.Errorf("fetch: %s, want %s", got, want)
	}
	// A store on its way leaves the write buffer when memory takes it.
	spec.L1I.Latency, spec.L1D.Latency = 4, 2
	spec.L1D.Write, spec.L1D.StoreMiss, spec.L1D.WriteBuffer = WriteThrough, NoAllocate, 1
	h, _ = build(t, spec, 1)
	access(t, h, 100, Request{Addr: 0, Kind: Write})
	for freed := h.Freed(Write); h.Freed(Write) == freed; h.Tick(h.NextEvent()) {
		if h.NextEvent() != 104 {
			t.Fatalf("the store is on its way until %d, want 104", h.NextEvent())
		}
	}
	if h.Levels() != 1 {
		t.Errorf("last level is %d, want 1", h.Levels())
	}
}

// A request that merges hears what its primary has found when its own lookup
// has ended, the rest as it happens, and is never answered before its own L1
// latency has passed.
func TestMergedRequestsHear(t *testing.T) {
	h, c := build(t, threeLevels(), 1)
	const now = 1000
	load(t, h, now, 0x10000, 1)
	for cycle := isa.Cycle(now); cycle <= now+testMemory+testL1; cycle++ {
		h.Tick(cycle)
		switch cycle - now {
		case 2: // before anything is known
			load(t, h, cycle, 0x10008, 2)
		case 12: // L2 will have missed before its own lookup has ended
			load(t, h, cycle, 0x10020, 5)
		case 20: // L2 has missed, L3 not yet
			load(t, h, cycle, 0x10010, 3)
		case testMemory - 1: // the line comes before the own lookup has ended
			load(t, h, cycle, 0x10018, 4)
		}
	}
	want := map[uint64]string{
		2: fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", now+2+testL1, now+testL2, now+testL3, now+testMemory),
		3: fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", now+20+testL1, now+20+testL1, now+testL3, now+testMemory),
		4: fmt.Sprintf("filled@%d", now+testMemory-1+testL1),
		5: fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", now+12+testL1, now+12+testL1, now+testL3, now+testMemory),
	}
	for tag, w := range want {
		if got := c.of(tag); got != w {
			t.Errorf("request %d: %s, want %s", tag, got, w)
		}
	}
	s := counters(h)
	if s["l1d.misses"] != 1 || s["l1d.merges"] != 4 || s["l1d.accesses"] != 5 || s["l2.accesses"] != 1 {
		t.Errorf("misses %d merges %d accesses %d, L2 accesses %d; want 1, 4, 5, 1",
			s["l1d.misses"], s["l1d.merges"], s["l1d.accesses"], s["l2.accesses"])
	}
}

// Instructions and data that miss on one line have an MSHR each in their L1
// and share one in L2; the later one learns of L3 what the earlier one found.
func TestBothSidesMergeInL2(t *testing.T) {
	h, c := build(t, threeLevels(), 1)
	load(t, h, 1000, 0x10000, 1)
	for cycle := isa.Cycle(1000); cycle < 1100; cycle++ {
		h.Tick(cycle)
		if cycle == 1050 {
			access(t, h, cycle, Request{Addr: 0x10000, Kind: Fetch, Tag: 2})
		}
	}
	settle(h)
	if got, want := c.of(2), fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", 1050+testL1, 1050+testL2, 1050+testL2, 1000+testMemory); got != want {
		t.Errorf("fetch: %s, want %s", got, want)
	}
	s := counters(h)
	if s["l2.misses"] != 1 || s["l2.merges"] != 1 || s["memory.reads"] != 1 {
		t.Errorf("L2 misses %d merges %d, memory reads %d; want 1 each", s["l2.misses"], s["l2.merges"], s["memory.reads"])
	}
}
