package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// Loads that all need one bank are served one each interval, and a refused one
// counts once, however often it tries again: of four that issue together three.
func TestBankConflictsCountOnce(t *testing.T) {
	const interval = 5
	// Each iteration's loads wait for the addition of what those of the last have
	// read, so they issue together.
	s := loop(load(11, 5), load(12, 5), load(13, 5), load(14, 5), add(5, 11, 14))
	s.mem = func(iteration uint64, i int) isa.Addr { return 1<<24 + isa.Addr(i)*64 }
	r := newRig("single")
	r.core.Units.Load.Count = 4
	r.caches.L1D.Banks, r.caches.L1D.Interval = 8, interval
	c := r.build(t, s)
	near(t, "cycles per iteration", cpi(t, c, 0, 700, 7000)*7, 3*interval+rigL1+1, 0.01)
	n := counters(c)
	if got, want := n["l1d.refused_bank"], n["loads"]*3/4; got+8 < want || got > want+8 {
		t.Errorf("%d accesses were refused, want %d of %d", got, want, n["loads"])
	}
}
