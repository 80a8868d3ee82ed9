package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A run of R cycles (a chain of adds) ends in a load of latency L from memory,
// on which the next run depends. With a switch cost of C, one
// thread takes R + L a run and never switches; N threads up to saturation
// R + C + L each, beyond it one run ends every R + D + C, D being the cycles
// until the miss is detected and the switch decided.
func TestCoarseClosedForm(t *testing.T) {
	const (
		run     = 60
		penalty = 5
	)
	chain := func(ctx int) *script {
		var body []isa.Inst
		for range run {
			body = append(body, add(5, 5, 6))
		}
		body = append(body, isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{5}})
		s := loop(body...)
		const lines = 2048 // 128 KiB, twice the last level
		s.mem = func(iteration uint64, _ int) isa.Addr {
			return 1<<32 + isa.Addr(ctx*lines*64) + isa.Addr(iteration%lines*64)
		}
		return s
	}
	for n := 1; n <= 8; n++ {
		r := newRig(fmt.Sprintf("coarse:on=llc,penalty=%d,timer=0", penalty))
		r.caches.L1D.Size, r.caches.L2.Size = 16<<10, 64<<10
		var scripts []*script
		for ctx := range n {
			scripts = append(scripts, chain(ctx))
		}
		c := r.build(t, apart(scripts...)...)
		// The load issues a cycle after the last add; a refill is the front
		// end and the queue.
		refill := r.core.Fetch.Depth + 1
		detect := rigL2 + 1
		switching := float64(penalty + refill)
		period := float64(run + rigMemory)
		if n > 1 {
			period = max(float64(run+rigMemory)+switching, float64(n)*(float64(run+detect)+switching))
		}
		const body = run + 3
		got := cpi(t, c, 0, body*2500, body*500) * body
		near(t, fmt.Sprintf("cycles per run of one of %d threads", n), got, period, 0.02)
	}
}
