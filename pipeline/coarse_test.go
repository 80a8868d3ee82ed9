package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
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

// With on=long the same holds of divisions: a run of R one-cycle operations and
// a division of latency L on which the next run depends. The switch is decided
// in the cycle after the division has issued.
func TestCoarseLongOperations(t *testing.T) {
	const (
		run, latency = 60, 150
		penalty      = 3
	)
	chain := func() *script {
		var body []isa.Inst
		for range run {
			body = append(body, add(5, 5, 6))
		}
		return loop(append(body, isa.Inst{Class: isa.IntDiv, Size: 4, Dst: 5, Src: [3]isa.Reg{5}})...)
	}
	for n := 1; n <= 6; n++ {
		r := newRig(fmt.Sprintf("coarse:on=long,penalty=%d,timer=0", penalty))
		r.core.Units.IntDiv = Unit{Count: 8, Latency: latency, Interval: latency}
		var scripts []*script
		for range n {
			scripts = append(scripts, chain())
		}
		c := r.build(t, apart(scripts...)...)
		switching := float64(penalty + r.core.Fetch.Depth + 1)
		period := float64(run + latency)
		if n > 1 {
			period = max(float64(run+latency)+switching, float64(n)*(float64(run+1)+switching))
		}
		const body = run + 3
		near(t, fmt.Sprintf("cycles per run of one of %d threads", n), cpi(t, c, 0, body*200, body*300)*body, period, 0.02)
	}
}

// By a quantum, threads that never miss have the core in turn for so many
// instructions each, and pay a switch for it.
func TestCoarseQuantum(t *testing.T) {
	const quantum, penalty = 400, 9
	r := newRig(fmt.Sprintf("coarse:penalty=%d,timer=0,quantum=%d", penalty, quantum))
	chain := func() *script {
		s := loop()
		s.body = nil
		for range 63 {
			s.body = append(s.body, add(5, 5, 6))
		}
		s.body = append(s.body, isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4})
		return s
	}
	c := r.build(t, apart(chain(), chain(), chain())...)
	if err := c.Run(300_000); err != nil {
		t.Fatal(err)
	}
	switches := float64(c.parts.Policy.(scheduler.Counting).Counters().TimerSwitches)
	for i := range 3 {
		// What was fetched before the switch still commits behind it.
		got := float64(c.Committed(isa.ASID(i))) / (switches / 3)
		if got < quantum || got > quantum+float64(r.core.Fetch.Buffer.Size/3+r.core.IQ.Size+r.core.ROB.Size) {
			t.Errorf("thread %d commits %.0f instructions a turn, the quantum is %d", i, got, quantum)
		}
		near(t, "share", float64(c.Committed(isa.ASID(i))), float64(total(c))/3, 0.02)
	}
}
