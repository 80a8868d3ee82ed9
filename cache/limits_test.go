package cache

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A thread with its share of an L1's MSHRs is refused with that reason, merges
// all the same, and keeps no other thread out; when its line has come it may
// go on.
func TestThreadMSHRs(t *testing.T) {
	spec := threeLevels()
	spec.L1D.MSHRs, spec.L1D.ThreadMSHRs = 4, 2
	h, _ := build(t, spec, 3)
	try := func(now isa.Cycle, thread isa.Context, line int, want Refusal) {
		t.Helper()
		h.Tick(now)
		if _, why := h.Access(now, Request{Addr: isa.Addr(line * 64), Kind: Read, Thread: thread}); why != want {
			t.Errorf("cycle %d, thread %d, line %d: %v, want %v", now, thread, line, why, want)
		}
	}
	try(100, 0, 1, Accepted)
	try(101, 0, 2, Accepted)
	try(101, 0, 3, ShareFull)
	try(101, 0, 2, Accepted) // joins
	try(102, 1, 3, Accepted)
	try(102, 0, 3, Accepted) // joins the other's
	try(103, 1, 4, Accepted)
	try(103, 2, 5, MSHRFull)
	freed := h.Freed(Read)
	try(100+testMemory-1, 0, 6, MSHRFull)
	if h.Freed(Read) != freed {
		t.Error("freed before the first line has come")
	}
	try(100+testMemory, 0, 6, Accepted)
	if h.Freed(Read) == freed {
		t.Error("the line that came has freed nothing")
	}
	settle(h)
	expectCounters(t, "shares", h, map[string]uint64{"l1d.refused_share": 1, "l1d.refused_mshr": 2, "l1d.misses": 5, "l1d.merges": 2})
}

// Below, a thread's misses go in groups of its share, and another's pass
// those that wait.
func TestThreadMSHRsBelow(t *testing.T) {
	spec := wide()
	spec.L2.ThreadMSHRs = 2
	h, c := build(t, spec, 2)
	for k := range 6 {
		load(t, h, 100, isa.Addr(k*64), uint64(k))
	}
	access(t, h, 100, Request{Addr: 1 << 20, Kind: Read, Thread: 1, Tag: 9})
	settle(h)
	// Arrivals at L2 one a cycle, at L3 and memory two and four; a later group
	// leaves L2 when one before has come: testMemory - testL2 after it.
	other, _ := c.filled(9)
	third, _ := c.filled(2)
	fifth, _ := c.filled(4)
	if other >= third || third != 100+testMemory+testMemory-testL2 || fifth != third+testMemory-testL2 {
		t.Errorf("the other thread's line came at %d, the third at %d, the fifth at %d", other, third, fifth)
	}
	audit(h)
}

// What waits at L2 is counted once, by what it waits for at first.
func TestWaitingIsCountedOnce(t *testing.T) {
	spec := wide()
	spec.L2.ThreadMSHRs = 2
	h, _ := build(t, spec, 2)
	line := 0
	miss := func(now isa.Cycle, thread isa.Context, n int) {
		h.Tick(now)
		for range n {
			access(t, h, now, Request{Addr: isa.Addr(line * 64), Kind: Read, Thread: thread})
			line++
		}
	}
	for k := range isa.Cycle(6) {
		miss(100+k, 0, 1) // the last four wait for one of their thread's two MSHRs
	}
	miss(110, 1, 2) // the second for the bank
	miss(112, 0, 2) // the first for an MSHR, the second for the bank and then for an MSHR
	settle(h)
	expectCounters(t, "L2", h, map[string]uint64{"l2.accesses": 10, "l2.refused_share": 5, "l2.refused_bank": 2, "l2.bank_cycles": 2, "l2.refused_mshr": 0})
}

// A thread's prefetches are in its share.
func TestThreadMSHRsLimitPrefetches(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Prefetcher, spec.L1D.ThreadMSHRs = "next-line:degree=4", 3
	h, _ := build(t, spec, 2)
	load(t, h, 100, 0, 1)
	settle(h)
	expectCounters(t, "prefetches", h, map[string]uint64{"l1d.prefetches": 2, "l1d.prefetch_dropped": 2})
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// A walk with a stride of s words over b banks uses b/gcd(b, s) of them, each
// once an interval; so many accesses take as many rounds.
func TestBankConflicts(t *testing.T) {
	for _, banks := range []int{1, 4, 6, 8} {
		for _, stride := range []int{1, 2, 3, 4, 6, 8, 12} {
			for _, interval := range []int{1, 2, 3} {
				spec := threeLevels()
				spec.L1D.Banks, spec.L1D.Interval = banks, interval
				h, _ := build(t, spec, 1)
				const n = 24 * 8
				for line := range isa.Addr(64) {
					h.Warm(Request{Addr: line * 64, Kind: Read})
				}
				words := 512 / banks * banks // what the walk turns round in
				now := isa.Cycle(1000)
				for k := range n {
					r := Request{Addr: isa.Addr(k * stride % words * 8), Kind: Read}
					hit, why := h.Access(now, r)
					for ; why == BankBusy; hit, why = h.Access(now, r) {
						now++
					}
					if !hit {
						t.Fatalf("word %d: %v", k, why)
					}
				}
				used := banks / gcd(banks, stride)
				if got, want := int(now-1000), (n/used-1)*interval; got != want || counters(h)["l1d.refused_bank"] != uint64(want) {
					t.Errorf("%d banks, stride %d, interval %d: the last access is %d cycles after the first, want %d", banks, stride, interval, got, want)
				}
			}
		}
	}
}

// A line that comes in keeps the banks that it is written into, and they are
// late by that.
func TestFillTakesItsBanks(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Banks, spec.L1D.Interval, spec.L1D.FillInterval = 16, 1, 3
	h, c := build(t, spec, 1)
	load(t, h, 100, 64, 1) // the line fills banks 8 … 15
	at := isa.Cycle(100 + testMemory)
	h.Tick(at)
	if filled, _ := c.filled(1); filled != at {
		t.Fatalf("filled at %d, want %d", filled, at)
	}
	for _, s := range []struct {
		now  isa.Cycle
		addr isa.Addr
		want Refusal
	}{
		{at, 64, BankBusy}, {at, 120, BankBusy}, {at, 0, Accepted}, {at, 56, Accepted},
		{at + 2, 64, BankBusy}, {at + 3, 64, Accepted}, {at + 3, 120, Accepted},
	} {
		if _, why := h.Access(s.now, Request{Addr: s.addr, Kind: Read}); why != s.want {
			t.Errorf("cycle %d, address %d: %v, want %v", s.now, s.addr, why, s.want)
		}
	}

	// Below, a line that comes in at 1200 keeps the bank to 1203, and a hit that
	// arrives at 1201 is answered two cycles later than else.
	spec = wide()
	spec.L2.FillInterval = 3
	h, c = build(t, spec, 1)
	load(t, h, 100, 0, 1)
	h.Tick(1000)
	load(t, h, 1000, 64, 2)
	h.Tick(1201 - testL1)
	access(t, h, 1201-testL1, Request{Addr: 0, Kind: Fetch, Tag: 3})
	settle(h)
	if in, _ := c.filled(2); in != 1200 {
		t.Fatalf("filled at %d, want 1200", in)
	}
	if hit, _ := c.filled(3); hit != 1201-testL1+testL2+2 {
		t.Errorf("the hit was answered at %d, want %d", hit, 1201-testL1+testL2+2)
	}
}

// The eviction matrix adds up to the evictions under every kind of eviction,
// per pair of threads.
func TestEvictionMatrix(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Size, spec.L1D.Ways = 512, 2
	spec.L2.Size, spec.L2.Ways, spec.L2.Inclusion = 1024, 2, Inclusive
	spec.L1D.Prefetcher = "next-line"
	h, _ := build(t, spec, 3)
	now := isa.Cycle(0)
	x := lcg(3)
	for range 3000 {
		one(t, h, &now, Request{Addr: isa.Addr(x.below(100) * 64), Kind: Read + Kind(x.below(2)), Thread: isa.Context(x.below(3))})
	}
	s := counters(h)
	for _, level := range []string{"l1d", "l2", "l3"} {
		sum := uint64(0)
		for _, victim := range []string{"0", "1", "2"} {
			for _, by := range []string{"0", "1", "2"} {
				n := s["thread"+victim+"."+level+".evicted_by"+by]
				if level != "l3" && n == 0 {
					t.Errorf("%s: thread %s evicts nothing of thread %s: the test shows little", level, by, victim)
				}
				sum += n
			}
		}
		if sum != s[level+".evictions"] {
			t.Errorf("%s: the matrix has %d evictions of %d", level, sum, s[level+".evictions"])
		}
	}
	audit(h)
}

// Niagara's first levels: a write-through L1D of 8 KB in lines of 16 bytes that
// does not allocate for stores, over an L2 of longer lines that has all of them.
func TestNiagara(t *testing.T) {
	spec := threeLevels()
	spec.L1I = Level{Size: 16 << 10, Ways: 4, Line: 32, Latency: 3, MSHRs: 8, Replacement: "random"}
	spec.L1D = Level{
		Size: 8 << 10, Ways: 4, Line: 16, Latency: 3, MSHRs: 4, Replacement: "random",
		Write: WriteThrough, StoreMiss: NoAllocate, WriteBuffer: 8,
	}
	spec.L2 = &Level{Size: 384 << 10, Ways: 12, Line: 64, Latency: 22, MSHRs: 16, Interval: 1, Banks: 4, Replacement: "lru"}
	spec.L3 = nil
	h, _ := build(t, spec, 4)
	now := isa.Cycle(0)
	const lines = 100 // of L2
	// A load of each 16 bytes misses in L1D, and one of four in L2.
	for a := isa.Addr(0); a < lines*64; a += 16 {
		one(t, h, &now, Request{Addr: a, Kind: Read, Thread: isa.Context(a / 16 % 4)})
	}
	expectCounters(t, "loads", h, map[string]uint64{
		"l1d.misses": 4 * lines, "l1d.fills": 4 * lines, "l2.accesses": 4 * lines, "l2.misses": lines, "memory.reads": lines,
	})
	// A store of each 8 bytes hits, and goes on to L2 as well; nothing is dirty
	// above.
	for a := isa.Addr(0); a < lines*64; a += 8 {
		if !one(t, h, &now, Request{Addr: a, Kind: Write}) {
			t.Fatalf("the store to %#x missed", a)
		}
	}
	expectCounters(t, "stores that hit", h, map[string]uint64{
		"l1d.hits": 8 * lines, "l1d.written_through": 8 * lines, "l1d.writebacks": 0, "l2.hits": 3*lines + 8*lines, "memory.reads": lines, "memory.writes": 0,
	})
	// Stores elsewhere miss, are not waited for, and bring their line into L2
	// alone: a load of it misses in L1D and hits in L2.
	for k := range lines {
		addr := isa.Addr(1<<20 + k*64)
		if !one(t, h, &now, Request{Addr: addr, Kind: Write}) {
			t.Fatal("a store that does not allocate is to be answered at once")
		}
		if one(t, h, &now, Request{Addr: addr, Kind: Read}) {
			t.Fatal("the store has brought its line into L1D")
		}
	}
	expectCounters(t, "stores that miss", h, map[string]uint64{
		"l1d.misses": 4*lines + 2*lines, "l1d.fills": 5 * lines, "l1d.written_through": 8 * lines,
		"l2.misses": 2 * lines, "l2.hits": 11*lines + lines, "memory.reads": 2 * lines,
	})
	for _, st := range contents(&h.levels[l1d]) {
		if st.dirty {
			t.Fatal("a line of the write-through L1D is dirty")
		}
	}
}
