package cache

import (
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// small has an L1D of four lines over an L2 of two one-line sets.
func small(inclusion string) Spec {
	spec := threeLevels()
	spec.L3 = nil
	spec.L1D.Size, spec.L1D.Ways = 256, 4
	spec.L2.Size, spec.L2.Ways = 128, 1
	spec.L2.Inclusion = inclusion
	return spec
}

// When a line leaves an inclusive level it leaves the levels above, and is
// written on if it was dirty in any of them.
func TestBackInvalidation(t *testing.T) {
	for _, test := range []struct {
		inclusion string
		kind      Kind
		hit       bool // of the first line, after another has taken its place below
		want      map[string]uint64
	}{
		{NoInclusion, Read, true, map[string]uint64{"l1d.invalidations": 0, "l2.evictions": 1}},
		{Inclusive, Read, false, map[string]uint64{"l1d.invalidations": 1, "thread1.l1d.invalidations": 1, "l2.evictions": 2, "l2.writebacks": 0, "memory.writes": 0}},
		{Inclusive, Write, false, map[string]uint64{"l1d.invalidations": 1, "l1d.writebacks": 0, "l2.writebacks": 1, "memory.writes": 1}},
	} {
		h, _ := build(t, small(test.inclusion), 2)
		now := isa.Cycle(0)
		one(t, h, &now, Request{Addr: 0, Kind: test.kind, Thread: 1})
		one(t, h, &now, Request{Addr: 128, Kind: Fetch})
		if hit := one(t, h, &now, Request{Addr: 0, Kind: Read, Thread: 1}); hit != test.hit {
			t.Errorf("%s: hit %v, want %v", test.inclusion, hit, test.hit)
		}
		expectCounters(t, test.inclusion, h, test.want)
	}
}

// A line of a level below holds several of the level above; all leave, from
// all levels above, whether the one between has them or not.
func TestBackInvalidationOfParts(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Line, spec.L1D.Size, spec.L1D.Ways = 16, 256, 16
	spec.L2.Size, spec.L2.Ways = 64, 1
	spec.L3.Size, spec.L3.Ways, spec.L3.Line = 256, 1, 128
	spec.L3.Inclusion = Inclusive
	h, _ := build(t, spec, 1)
	now := isa.Cycle(0)
	for _, a := range []isa.Addr{0, 16, 48, 64, 112} { // L3's line 0, of which L2 has only one half
		one(t, h, &now, Request{Addr: a, Kind: Write})
	}
	one(t, h, &now, Request{Addr: 128, Kind: Read}) // another line of L3, which stays
	one(t, h, &now, Request{Addr: 256, Kind: Read}) // takes the place of line 0
	expectCounters(t, "parts", h, map[string]uint64{
		"l1d.invalidations": 5, "l2.invalidations": 0, "l3.evictions": 1, "l3.writebacks": 1, "memory.writes": 1,
	})
	if !one(t, h, &now, Request{Addr: 128, Kind: Read}) {
		t.Error("a line of another set has left")
	}
}

// A write-back that was under way when its line left the inclusive level goes
// on to memory rather than into a level above that one.
func TestWritebackMeetsInvalidation(t *testing.T) {
	spec := threeLevels()
	spec.L1D.Size, spec.L1D.Ways = 64, 1
	spec.L2.Size, spec.L2.Ways, spec.L2.Interval = 128, 1, 1
	spec.L3.Size, spec.L3.Ways = 256, 1
	spec.L3.Inclusion = Inclusive
	h, _ := build(t, spec, 1)
	now := isa.Cycle(0)
	one(t, h, &now, Request{Addr: 0, Kind: Write})     // dirty in L1D, in L2 and L3
	one(t, h, &now, Request{Addr: 128, Kind: Fetch})   // takes its place in L2 alone
	access(t, h, 50000, Request{Addr: 64, Kind: Read}) // evicts it from L1D at 50200
	h.Tick(50004)
	access(t, h, 50004, Request{Addr: 256, Kind: Fetch}) // evicts it from L3 at 50204
	settle(h)
	// The write-back's lookup in L2 ends at 50210.
	expectCounters(t, "crossing", h, map[string]uint64{
		"l1d.writebacks": 1, "l1d.invalidations": 0, "l2.writes_passed": 1, "l3.writes_received": 1, "l3.evictions": 2,
	})
}

// With a last level that is inclusive the levels above never hold a line
// that it does not, and with one that is exclusive the level above none that it
// does, after any accesses.
func TestInclusionHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, accesses := traffic(t)
		if spec.L2 == nil {
			return
		}
		lowest := spec.L2
		if spec.L3 != nil {
			lowest = spec.L3
		}
		if lowest.Inclusion != Exclusive {
			lowest.Inclusion = Inclusive
		}
		h, err := New(spec, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		h.Attach(silent{}, silent{})
		now := isa.Cycle(1)
		for _, a := range accesses {
			now += a.gap
			h.Tick(now)
			h.Access(now, a.r)
			audit(h)
		}
	})
}

// victims has an L2 of two lines in one set over an exclusive L3.
func victims() Spec {
	spec := threeLevels()
	spec.L1D.Size, spec.L1D.Ways = 64, 1
	spec.L2.Size, spec.L2.Ways = 128, 2
	spec.L3.Size, spec.L3.Ways = 256, 4
	spec.L3.Inclusion = Exclusive
	return spec
}

// What L2 gives up, clean or dirty, is in L3; what it asks for leaves L3; what
// comes from memory passes L3 by.
func TestExclusiveLevel(t *testing.T) {
	h, c := build(t, victims(), 2)
	now := isa.Cycle(0)
	tag := uint64(0)
	latency := func(line int, kind Kind) isa.Cycle {
		tag++
		if one(t, h, &now, Request{Addr: isa.Addr(line * 64), Kind: kind, Tag: tag}) {
			return testL1
		}
		at, _ := c.filled(tag)
		return at - now
	}
	for i, s := range []struct {
		line int
		kind Kind
		want isa.Cycle
	}{
		{0, Write, testMemory}, // L2: 0
		{1, Read, testMemory},  // L2: 0 1; L1D gives 0 up, dirty
		{2, Read, testMemory},  // L2: 1 2 or 0 2; one of the first two is in L3
		{3, Read, testMemory},  // L2: 2 3; L3: 0 1
		{0, Read, testL3},      // L2: 3 0; L3: 1 2
		{0, Read, testL1},
		{1, Read, testL3},     // L2: 0 1; L3: 2 3
		{4, Read, testMemory}, // L2: 1 4; L3: 2 3 0
		{3, Read, testL3},     // L2: 4 3; L3: 2 0 1
		{2, Read, testL3},     // L2: 3 2; L3: 0 1 4
		{0, Read, testL3},
	} {
		if got := latency(s.line, s.kind); got != s.want {
			t.Errorf("access %d, line %d: answered after %d, want %d", i, s.line, got, s.want)
		}
	}
	expectCounters(t, "victims", h, map[string]uint64{
		"l3.moved_up": 5, "l2.writebacks": 2, "l2.clean_victims": 6, "l3.clean_received": 6, "l3.writes_received": 2,
		"l3.fills": 8, "l3.evictions": 0, "memory.reads": 5, "memory.writes": 0,
	})
}

// An exclusive pair holds as many lines as both together; without exclusion
// the larger holds them all.
func TestExclusiveCapacity(t *testing.T) {
	for _, test := range []struct {
		inclusion string
		lines     int // that a loop can use and miss no more
	}{{Exclusive, 6}, {NoInclusion, 4}} {
		for _, lines := range []int{test.lines, test.lines + 1} {
			spec := victims()
			spec.L3.Inclusion = test.inclusion
			h, _ := build(t, spec, 1)
			now := isa.Cycle(0)
			loop := func(times int) uint64 {
				before := counters(h)["memory.reads"]
				for i := range times * lines {
					one(t, h, &now, Request{Addr: isa.Addr(i % lines * 64), Kind: Read})
				}
				return counters(h)["memory.reads"] - before
			}
			loop(3)
			if got, fits := loop(3), lines <= test.lines; fits != (got == 0) {
				t.Errorf("%s: a loop over %d lines reads memory %d times", test.inclusion, lines, got)
			}
			audit(h)
		}
	}
}

// A line that L1D writes back into L2 while L3 has what L2 gave up of it
// leaves L3, which would hold an old copy.
func TestWritebackOverVictim(t *testing.T) {
	h, _ := build(t, victims(), 1)
	now := isa.Cycle(0)
	one(t, h, &now, Request{Addr: 0, Kind: Write})
	one(t, h, &now, Request{Addr: 64, Kind: Fetch})
	one(t, h, &now, Request{Addr: 128, Kind: Fetch}) // line 0 goes from L2 to L3, clean there
	one(t, h, &now, Request{Addr: 192, Kind: Read})  // and dirty from L1D to L2
	if s := contents(&h.levels[2]); !s[0].dirty {
		t.Errorf("L2 has %v, want line 0, dirty", s)
	}
	if s := contents(&h.levels[3]); len(s) == 0 || s[0] != (lineState{}) {
		t.Errorf("L3 has %v, want lines but not line 0", s)
	}
	expectCounters(t, "over", h, map[string]uint64{"l3.moved_up": 1})
}
