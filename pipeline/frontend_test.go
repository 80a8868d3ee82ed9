package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
)

// A loop of three instructions is fetched in a cycle and ends it with its taken
// branch. On top of that cycle comes what it takes to know the target: nothing,
// the bubble of the second level of the BTB, or a misfetch.
func TestTargetDelay(t *testing.T) {
	const bubble, misfetch = 3, 5
	for _, c := range []struct {
		name   string
		branch bpred.Spec
		want   float64
	}{
		{"first level", bpred.Spec{BTB: bpred.BTBSpec{Entries: 4, Ways: 1}, BTB2: bpred.BTB2Spec{Entries: 16, Ways: 1, Bubble: bubble}}, 1},
		{"second level", bpred.Spec{BTB2: bpred.BTB2Spec{Entries: 16, Ways: 1, Bubble: bubble}}, 1 + bubble},
		{"no BTB", bpred.Spec{}, 1 + misfetch},
	} {
		r := newRig("single")
		c.branch.Direction = "taken"
		r.branch, r.core.Fetch.Misfetch = c.branch, misfetch
		core := r.build(t, loop(add(5, 6, 7)))
		near(t, c.name+": cycles per iteration", 3*cpi(t, core, 0, 2000, 20_000), c.want, 0.01)
		s := counters(core)
		if late, missed := s["branch.btb_late"], s["branch.btb_misses"]; late > 0 != (c.want == 1+bubble) || missed > 10 != (c.want == 1+misfetch) {
			t.Errorf("%s: %d late, %d missed", c.name, late, missed)
		}
	}
}

// An indirect jump whose target is predicted costs nothing where transfers are
// recognised at fetch, and a misfetch where decode must find it because the BTB
// has no entry for it.
func TestDiscoveryDelay(t *testing.T) {
	const misfetch = 5
	for _, c := range []struct {
		discovery bpred.Discovery
		entries   int
		want      float64
	}{
		{bpred.DiscoverAtFetch, 0, 1},
		{bpred.DiscoverAtDecode, 0, 1 + misfetch},
		{bpred.DiscoverAtDecode, 16, 1},
	} {
		r := newRig("single")
		r.core.Fetch.Misfetch = misfetch
		r.branch = bpred.Spec{Direction: "taken", Indirect: "16", Discovery: c.discovery, BTB: bpred.BTBSpec{Entries: c.entries, Ways: 1}}
		s := loop(add(5, 6, 7))
		s.body[len(s.body)-1].Control = isa.IndirectJump
		core := r.build(t, s)
		near(t, "cycles per iteration, discovery at "+string(c.discovery), 3*cpi(t, core, 0, 2000, 20_000), c.want, 0.01)
	}
}
