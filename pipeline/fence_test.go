package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// What every kind of fence and atomic waits for. The loop is a store that
// misses, the instruction, and the loop's add and branch. Fetched in cycle 0, an
// instruction that takes a cycle is renamed in Depth, issues one later and
// commits in the cycle after that, in which the next can be fetched: front.
//
// The add and the branch are fetched in cycle 0, the store behind the branch in
// 1. It commits and is sent to the L1D in 1 + front. The instruction is fetched then
// if it waits for the window alone, and rigMemory cycles later if it waits for
// the store. It has committed front cycles after its fetch, an atomic rigL1 − 1
// later; then the next iteration begins.
func TestFences(t *testing.T) {
	amo := func(aq, rl uint32) uint32 { // amoadd.d x5, x7, (x6)
		return aq<<26 | rl<<25 | 7<<20 | 6<<15 | 3<<12 | 5<<7 | 0x2f
	}
	const (
		window  = iota // waits for the window
		ordered        // … and with a relaxed buffer for the stores
		stores         // … and for the stores
		nothing
	)
	for _, k := range []struct {
		name  string
		raw   uint32
		waits int
	}{
		{"fence rw,rw", 0x0330000f, stores}, {"fence iorw,iorw", 0x0ff0000f, stores}, {"fence w,r", 0x0120000f, stores},
		{"fence rw,w", 0x0310000f, ordered}, {"fence w,w", 0x0110000f, ordered}, {"fence.tso", 0x8330000f, ordered}, {"fence o,w", 0x0410000f, ordered},
		{"fence r,r", 0x0220000f, window}, {"fence r,rw", 0x0230000f, window}, {"fence i,r", 0x0820000f, window},
		{"fence.i", 0x0000100f, stores}, {"pause", 0x0100000f, nothing}, {"fence 0,rw", 0x0030000f, nothing},
		{"amoadd.d", amo(0, 0), window}, {"amoadd.d.aq", amo(1, 0), window}, {"amoadd.d.rl", amo(0, 1), stores}, {"amoadd.d.aqrl", amo(1, 1), stores},
	} {
		in, _, ok := rv64.Decode(k.raw)
		if !ok {
			t.Fatalf("%s: %#x is illegal", k.name, k.raw)
		}
		for _, b := range []StoreBuffer{{}, {Size: 40}, {Size: 40, Coalesce: CoalesceAdjacent}, {Size: 40, Order: RelaxedOrder}} {
			s := loop(store(6, 7), in)
			s.mem = func(iteration uint64, i int) isa.Addr {
				if i == 0 {
					return newLine(iteration)
				}
				return 1 << 30
			}
			r := misses(b)
			front := r.core.Fetch.Depth + 2
			cost := 1 + front + front
			if in.Class == isa.Atomic {
				cost += rigL1 - 1
			}
			if k.waits == stores || k.waits == ordered && b.Order == RelaxedOrder {
				cost += rigMemory
			}
			want := float64(cost)
			if k.waits == nothing {
				want = float64(rigMemory) / rigMSHRs
			}
			c := r.build(t, s)
			near(t, fmt.Sprintf("%s with %+v: cycles per iteration", k.name, b), cpi(t, c, 0, 4*(missLines+100), 4*500)*4, want, 0.01)
		}
	}
}
