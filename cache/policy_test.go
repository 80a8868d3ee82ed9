package cache

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A full MSHR file refuses, changes nothing, and says through Freed when room
// has appeared. Merging needs no MSHR, up to the targets of one.
func TestMSHRLimits(t *testing.T) {
	spec := threeLevels()
	spec.L1D.MSHRs, spec.L1D.Targets = 2, 3
	h, c := build(t, spec, 1)
	load(t, h, 100, 0, 1)
	load(t, h, 100, 64, 2)
	before := counters(h)
	if _, why := h.Access(101, Request{Addr: 128, Kind: Read}); why != MSHRFull {
		t.Fatalf("third line: %v, want %v", why, MSHRFull)
	}
	if _, why := h.Access(101, Request{Addr: 128, Kind: Fetch, Tag: 9}); why != Accepted {
		t.Errorf("the instruction side has MSHRs of its own: %v", why)
	}
	before["l1d.refused_mshr"]++
	after := counters(h)
	for name, v := range before {
		if after[name] != v && name[:3] != "l1i" && name[:11] != "thread0.l1i" {
			t.Errorf("a refused access changed %s from %d to %d", name, v, after[name])
		}
	}
	load(t, h, 101, 8, 3)
	load(t, h, 101, 16, 4)
	if _, why := h.Access(101, Request{Addr: 24, Kind: Read}); why != MSHRFull {
		t.Errorf("fourth request of one MSHR: %v, want %v", why, MSHRFull)
	}
	freed := h.Freed(Read)
	for h.Freed(Read) == freed {
		h.Tick(h.NextEvent())
	}
	if at, _ := c.filled(1); at != 100+testMemory {
		t.Errorf("freed with the fill at %d, want %d", at, 100+testMemory)
	}
	if _, why := h.Access(100+testMemory, Request{Addr: 128, Kind: Read}); why != Accepted {
		t.Errorf("after Freed has grown: %v", why)
	}
}

// A request that waited below for an MSHR, or for room in one, is answered by
// the line that has come meanwhile and does not fetch it again.
func TestWaitingRequestFindsLine(t *testing.T) {
	spec := threeLevels()
	spec.L3 = nil
	spec.L2.Targets = 1
	h, c := build(t, spec, 1)
	load(t, h, 100, 0, 1)
	access(t, h, 100, Request{Addr: 0, Kind: Fetch, Tag: 2})
	settle(h)
	if got, want := c.of(2), fmt.Sprintf("L1@%d L2@%d filled@%d", 100+testL1, 101+testL2, 100+testMemory); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s := counters(h); s["l2.hits"] != 1 || s["l2.misses"] != 1 || s["memory.reads"] != 1 {
		t.Errorf("L2 hits %d misses %d, memory reads %d; want 1 each", s["l2.hits"], s["l2.misses"], s["memory.reads"])
	}
	audit(h)
}

// Ports and banks refuse the access that finds them taken in this cycle, and
// only that one.
func TestPortsAndBanks(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Ports, spec.L1D.Banks, spec.L1D.Interval = 2, 4, 1
	spec.L1D.MSHRs = 1
	h, _ := build(t, spec, 1)
	load(t, h, 100, 0, 1)
	settle(h)
	load(t, h, 999, 128, 2)
	const now = 1000
	steps := []struct {
		now  isa.Cycle
		addr isa.Addr
		want Refusal
	}{
		{now, 64, MSHRFull},     // takes neither port nor bank
		{now, 0, Accepted},      // bank 0
		{now, 32, BankBusy},     // bank 0 again
		{now, 8, Accepted},      // bank 1, last port
		{now, 16, PortBusy},     // bank 2, no port
		{now + 1, 32, Accepted}, // a new cycle
		{now + 1, 56, Accepted},
	}
	for i, s := range steps {
		if _, why := h.Access(s.now, Request{Addr: s.addr, Kind: Read}); why != s.want {
			t.Errorf("step %d: %v, want %v", i, why, s.want)
		}
	}
	if s := counters(h); s["l1d.refused_bank"] != 1 || s["l1d.refused_port"] != 1 || s["l1d.accesses"] != 6 {
		t.Errorf("refusals bank %d port %d, accesses %d; want 1, 1, 6", s["l1d.refused_bank"], s["l1d.refused_port"], s["l1d.accesses"])
	}
}

// What a store does under each policy, as counters after: a store that misses,
// a load of the same line, a store that hits, everything settled between.
func TestStorePolicies(t *testing.T) {
	for _, test := range []struct {
		write, miss string
		answers     string // of the first store
		want        map[string]uint64
	}{
		{WriteBack, Allocate, "L1@104 L2@114 filled@200", map[string]uint64{
			"l1d.misses": 1, "l1d.hits": 2, "l2.accesses": 1, "memory.reads": 1, "memory.writes": 0}},
		{WriteBack, NoAllocate, "", map[string]uint64{
			// The store fetches the line into L2, where the load finds it.
			"l1d.misses": 2, "l1d.hits": 1, "l2.accesses": 2, "l2.misses": 1, "l2.hits": 1, "memory.reads": 1}},
		{WriteThrough, NoAllocate, "", map[string]uint64{
			"l1d.misses": 2, "l1d.hits": 1, "l1d.written_through": 1, "l2.accesses": 3, "l2.misses": 1, "l2.hits": 2, "memory.reads": 1}},
		{WriteThrough, Allocate, "L1@104 L2@114 filled@200", map[string]uint64{
			// Both the line and the store of the first access go to L2.
			"l1d.misses": 1, "l1d.hits": 2, "l1d.written_through": 2, "l2.accesses": 3, "l2.misses": 1, "l2.merges": 1, "l2.hits": 1, "memory.reads": 1}},
	} {
		name := test.write + " " + test.miss
		spec := threeLevels()
		spec.L3 = nil
		spec.L1D.Write, spec.L1D.StoreMiss = test.write, test.miss
		if test.write == WriteThrough || test.miss == NoAllocate {
			spec.L1D.WriteBuffer = 2
		}
		h, c := build(t, spec, 1)
		hit := access(t, h, 0, Request{Addr: 0, Kind: Write, Tag: 1})
		settle(h)
		// Without an answer to come the store counts as done.
		if got := c.of(1); hit != (test.answers == "") || hit != (got == "") {
			t.Errorf("%s: store hit %v, answers %q", name, hit, got)
		}
		load(t, h, 1000, 8, 2)
		settle(h)
		access(t, h, 2000, Request{Addr: 16, Kind: Write, Tag: 3})
		settle(h)
		s := counters(h)
		for counter, want := range test.want {
			if s[counter] != want {
				t.Errorf("%s: %s is %d, want %d", name, counter, s[counter], want)
			}
		}
		audit(h)
	}
}

// A store that the L1D passes on makes the line below dirty, whether it finds
// it there, on its way or nowhere, unless that level passes it on as well; and
// one that needs no MSHR there does not wait for one.
func TestStoresBelow(t *testing.T) {
	for _, test := range []struct {
		name   string
		below  func(l2 *Level)
		before []Request // one by one, settled
		with   []Request // in one cycle with the store after them, settled
		evict  []Request
		want   map[string]uint64
	}{
		{"nowhere", nil, nil, nil, []Request{{Addr: 128, Kind: Fetch}},
			map[string]uint64{"l2.misses": 2, "l2.writebacks": 1, "memory.writes": 1}},
		{"there", nil, []Request{{Addr: 0, Kind: Fetch}}, nil, []Request{{Addr: 128, Kind: Fetch}},
			map[string]uint64{"l2.misses": 2, "l2.hits": 1, "l2.writebacks": 1, "memory.writes": 1}},
		{"on its way, no other MSHR", func(l2 *Level) { l2.MSHRs = 1 }, nil, []Request{{Addr: 0, Kind: Fetch}}, []Request{{Addr: 128, Kind: Fetch}},
			map[string]uint64{"l2.misses": 2, "l2.merges": 1, "l2.wait_cycles": 0, "l2.writebacks": 1, "memory.writes": 1}},
		{"there, written through", func(l2 *Level) { l2.Write = WriteThrough }, []Request{{Addr: 0, Kind: Fetch}}, nil, []Request{{Addr: 128, Kind: Fetch}},
			map[string]uint64{"l2.hits": 1, "l2.written_through": 1, "l2.writebacks": 0, "memory.writes": 1}},
		{"on its way, written through", func(l2 *Level) { l2.Write = WriteThrough }, nil, []Request{{Addr: 0, Kind: Fetch}}, []Request{{Addr: 128, Kind: Fetch}},
			map[string]uint64{"l2.merges": 1, "l2.written_through": 1, "l2.writebacks": 0, "memory.writes": 1}},
		{"nowhere, not allocated, MSHRs full", func(l2 *Level) { l2.MSHRs, l2.StoreMiss = 1, NoAllocate }, nil, []Request{{Addr: 64, Kind: Fetch}}, nil,
			map[string]uint64{"l2.misses": 2, "l2.wait_cycles": 0, "l2.fills": 1, "memory.writes": 1, "memory.reads": 1}},
		{"nowhere, MSHRs full", func(l2 *Level) { l2.MSHRs = 1 }, nil, []Request{{Addr: 64, Kind: Fetch}}, nil,
			// Both arrive at 5004; the store's lookup ends a cycle later, at
			// 5015, and the MSHR is free at 5200.
			map[string]uint64{"l2.misses": 2, "l2.wait_cycles": 185, "l2.fills": 2, "memory.reads": 2}},
	} {
		spec := threeLevels()
		spec.L3 = nil
		spec.L2.Size, spec.L2.Ways = 128, 1 // two sets
		spec.L1D.Write, spec.L1D.StoreMiss, spec.L1D.WriteBuffer = WriteThrough, NoAllocate, 2
		if test.below != nil {
			test.below(spec.L2)
		}
		h, _ := build(t, spec, 1)
		for i, r := range test.before {
			access(t, h, isa.Cycle(i+1)*1000, r)
			settle(h)
		}
		for _, r := range append(test.with, Request{Addr: 0, Kind: Write}) {
			access(t, h, 5000, r)
		}
		settle(h)
		for i, r := range test.evict {
			access(t, h, isa.Cycle(i+10)*1000, r)
			settle(h)
		}
		s := counters(h)
		for counter, want := range test.want {
			if s[counter] != want {
				t.Errorf("%s: %s is %d, want %d", test.name, counter, s[counter], want)
			}
		}
		audit(h)
	}
}

// Stores passed on fill the write buffer, join an entry of their line, are
// refused when there is none, and leave as the bank below takes them.
func TestWriteBuffer(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Write, spec.L1D.StoreMiss, spec.L1D.WriteBuffer = WriteThrough, NoAllocate, 2
	spec.L2.Interval = 10
	h, _ := build(t, spec, 1)
	put := func(now isa.Cycle, addr isa.Addr, want Refusal) {
		t.Helper()
		h.Tick(now)
		if hit, why := h.Access(now, Request{Addr: addr, Kind: Write}); why != want || hit != (want == Accepted) {
			t.Errorf("cycle %d, address %#x: %v, %v; want %v", now, addr, hit, why, want)
		}
	}
	put(100, 0, Accepted)  // arrives at 104 and is taken at once
	put(101, 64, Accepted) // arrives at 105 and is taken at 114
	put(102, 128, BufferFull)
	put(102, 72, Accepted) // joins line 64
	freed := h.Freed(Write)
	put(104, 128, Accepted) // line 0 has left
	if h.Freed(Write) == freed {
		t.Error("Freed has not grown with the entry that left")
	}
	put(113, 192, BufferFull)
	put(114, 192, Accepted)
	settle(h)
	s := counters(h)
	if s["l1d.coalesced"] != 1 || s["l1d.refused_buffer"] != 2 || s["l2.accesses"] != 4 {
		t.Errorf("coalesced %d, refused %d, arrived %d; want 1, 2, 4", s["l1d.coalesced"], s["l1d.refused_buffer"], s["l2.accesses"])
	}
}

// A dirty victim goes to the next level, which keeps a whole line without
// fetching it, passes on what is less than its own line, and marks a line that
// it has or expects.
func TestWritebackBelow(t *testing.T) {
	oneLine := func() Spec {
		spec := threeLevels()
		spec.L3 = nil
		spec.L1D.Size, spec.L1D.Ways = 64, 1
		spec.L2.Size, spec.L2.Ways = 128, 1 // two sets
		return spec
	}
	run := func(spec Spec, accesses ...Request) map[string]uint64 {
		h, _ := build(t, spec, 1)
		for i, r := range accesses {
			now := isa.Cycle(i+1) * 1000
			access(t, h, now, r)
			settle(h)
		}
		audit(h)
		return counters(h)
	}
	expect := func(what string, s, want map[string]uint64) {
		t.Helper()
		for name, v := range want {
			if s[name] != v {
				t.Errorf("%s: %s is %d, want %d", what, name, s[name], v)
			}
		}
	}
	store := func(a isa.Addr) Request { return Request{Addr: a, Kind: Write} }
	read := func(a isa.Addr) Request { return Request{Addr: a, Kind: Read} }

	// Line 0 dirty in L1D and in L2; line 1 pushes it out of L1D only.
	expect("line kept below", run(oneLine(), store(0), read(64)),
		map[string]uint64{"l1d.writebacks": 1, "l2.writes_received": 1, "l2.fills": 2, "memory.writes": 0})
	// A fetch of line 2 takes line 0's place in L2 before L1D gives line 0 up:
	// the write-back allocates, which pushes line 2 out; nothing is fetched.
	expect("line not below", run(oneLine(), store(0), Request{Addr: 128, Kind: Fetch}, read(64)),
		map[string]uint64{"l2.writes_received": 1, "l2.writes_passed": 0, "l2.fills": 4, "l2.evictions": 2, "memory.reads": 3, "memory.writes": 0})
	// With lines of half the size it goes on to memory, as half a line.
	half := oneLine()
	half.L1D.Line, half.L1D.Size = 32, 32
	expect("part of a line", run(half, store(0), Request{Addr: 128, Kind: Fetch}, read(64)),
		map[string]uint64{"l2.writes_passed": 1, "memory.writes": 1, "memory.write_bytes": 32, "memory.reads": 3})
	// A write-through L2 keeps nothing dirty.
	through := oneLine()
	through.L2.Write = WriteThrough
	expect("write-through below", run(through, store(0), read(64), read(128)),
		map[string]uint64{"l2.writes_passed": 1, "l2.writebacks": 0, "memory.writes": 1})
	// The victim reaches L2 while the line is on its way there for the
	// instruction side: it is dirty when it arrives, and leaves dirty.
	h, _ := build(t, oneLine(), 1)
	access(t, h, 1000, store(0))
	settle(h)
	access(t, h, 2000, Request{Addr: 128, Kind: Fetch}) // line 0 leaves L2
	settle(h)
	access(t, h, 3000, read(64))
	h.Tick(3100)
	access(t, h, 3100, Request{Addr: 0, Kind: Fetch})
	settle(h) // read fills at 3200, its victim looks L2 up at 3210, the fetch fills at 3300
	access(t, h, 4000, Request{Addr: 256, Kind: Fetch})
	settle(h)
	expect("line on its way", counters(h), map[string]uint64{"l2.writes_received": 1, "l2.writes_passed": 0, "l2.writebacks": 1, "memory.writes": 1})
}

// Page-table reads go through the L1D, are answered to the walker, and are
// counted as walks.
func TestWalkPort(t *testing.T) {
	spec := threeLevels()
	spec.L1D.MSHRs = 1
	h, err := New(spec, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	core, walker := &recorder{}, &recorder{}
	h.Attach(core, walker)
	p := h.WalkPort()
	if hit, _, ok := p.Access(100, 0x1000, 0, 7, false); hit || !ok {
		t.Fatalf("first read: hit %v accepted %v", hit, ok)
	}
	// No MSHR is free: the next thing that happens is the end of the lookup.
	if _, ready, ok := p.Access(101, 0x2000, 0, 8, false); ok || ready != 100+testL1 {
		t.Errorf("second read: accepted %v, ready %d, want a refusal until %d", ok, ready, 100+testL1)
	}
	p.Access(102, 0x2000, 0, 8, true) // refused again
	if n := counters(h)["l1d.refused_mshr"]; n != 1 {
		t.Errorf("one read is counted as refused %d times", n)
	}
	settle(h)
	if got, want := walker.of(7), fmt.Sprintf("L1@%d L2@%d L3@%d filled@%d", 100+testL1, 100+testL2, 100+testL3, 100+testMemory); got != want {
		t.Errorf("walker: %s, want %s", got, want)
	}
	if len(core.said) != 0 {
		t.Errorf("the core was told %v", core.said)
	}
	if hit, ready, ok := p.Access(1000, 0x1008, 0, 9, false); !hit || !ok || ready != 1000+testL1 {
		t.Errorf("read of a line that is there: hit %v accepted %v ready %d", hit, ok, ready)
	}
	if s := counters(h); s["l1d.walk_accesses"] != 2 || s["l1d.walk_misses"] != 1 || s["l1d.accesses"] != 2 {
		t.Errorf("walk accesses %d misses %d, accesses %d; want 2, 1, 2", s["l1d.walk_accesses"], s["l1d.walk_misses"], s["l1d.accesses"])
	}
}

// Lines belong to the thread that brought them in: others' hits on them and
// evictions are booked to the pair.
func TestInterference(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Size, spec.L1D.Ways = 128, 2 // one set
	h, _ := build(t, spec, 3)
	now := isa.Cycle(0)
	by := func(thread isa.Context, line int) {
		now += 1000
		access(t, h, now, Request{Addr: isa.Addr(line * 64), Kind: Read, Thread: thread})
		settle(h)
	}
	by(0, 0)
	by(1, 0) // shared hit
	by(0, 1)
	by(2, 2) // evicts line 0 of thread 0
	by(0, 3) // evicts line 1, its own
	by(1, 4) // evicts line 2 of thread 2
	s := counters(h)
	for name, want := range map[string]uint64{
		"l1d.shared_hits": 1, "thread1.l1d.shared_hits": 1, "thread0.l1d.shared_hits": 0,
		"thread0.l1d.evicted_by2": 1, "thread0.l1d.evicted_by0": 1, "thread2.l1d.evicted_by1": 1,
		"thread0.l1d.evicted_by1": 0, "l1d.evictions": 3,
	} {
		if s[name] != want {
			t.Errorf("%s is %d, want %d", name, s[name], want)
		}
	}
}

// chaser asks for the next line whenever one has come, from within the answer.
type chaser struct {
	h     *Hierarchy
	next  isa.Addr
	fills int
}

func (c *chaser) Missed(isa.Cycle, uint64, int) {}
func (c *chaser) Filled(now isa.Cycle, tag uint64) {
	c.fills++
	c.next += 64
	c.h.Access(now, Request{Addr: c.next & (1<<20 - 1), Kind: Kind(c.next>>6&1) + Read})
}

// A client may access from within an answer, and nothing allocates once the
// pools have grown.
func TestAccessFromAnswerAndNoAllocations(t *testing.T) {
	h, err := New(threeLevels(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &chaser{h: h}
	h.Attach(c, c)
	for k := range 4 {
		h.Access(0, Request{Addr: isa.Addr(k) << 16, Kind: Read})
	}
	run := func() {
		for range 500 {
			h.Tick(h.NextEvent())
		}
	}
	run()
	run()
	before := c.fills
	if n := testing.AllocsPerRun(50, run); n != 0 {
		t.Errorf("%v allocations in 500 events, want 0", n)
	}
	if c.fills == before {
		t.Error("the chain of accesses has ended")
	}
	audit(h)
}
