package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// BenchmarkCore is the speed of the core alone, on scripts: what it costs to
// simulate an instruction when executing it functionally costs next to nothing.
func BenchmarkCore(b *testing.B) {
	adds := func() *script {
		var body []isa.Inst
		for i := range 62 {
			body = append(body, add(isa.Reg(11+i%20), 6, 7))
		}
		return loop(body...)
	}
	for _, k := range []struct {
		name, policy string
		scripts      []*script
	}{
		{"adds", "single", []*script{adds()}},
		{"chain", "single", []*script{serial(isa.FPAdd, 30)}},
		{"mixed", "single", []*script{mixed(1, 1<<60)}},
		{"chase", "single", []*script{chase(1 << 17)}},
		{"smt4", "icount.2.8", []*script{adds(), mixed(1, 1<<60), serial(isa.FPAdd, 30), mixed(2, 1<<60)}},
	} {
		b.Run(k.name, func(b *testing.B) {
			c := newRig(k.policy).build(b, apart(k.scripts...)...)
			if err := c.Run(100_000); err != nil {
				b.Fatal(err)
			}
			start, cycles := total(c), c.Now()
			b.ResetTimer()
			for total(c)-start < uint64(b.N) {
				if err := c.Run(10_000); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(total(c)-start)/b.Elapsed().Seconds()/1e6, "Minst/s")
			b.ReportMetric(float64(c.Now()-cycles)/b.Elapsed().Seconds()/1e6, "Mcycle/s")
		})
	}
}

func total(c *Core) uint64 {
	n := uint64(0)
	for i := range c.threads {
		n += c.Committed(isa.ASID(i))
	}
	return n
}
