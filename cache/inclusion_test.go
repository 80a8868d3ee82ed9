package cache

import (
	"testing"

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

// With a lower level that is inclusive the levels above never hold a line
// that it does not, after any accesses, and every dirty line reaches memory
// once it has left.
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
		lowest.Inclusion = Inclusive
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
