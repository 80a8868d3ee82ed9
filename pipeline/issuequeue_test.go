package pipeline

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// Between two loads that miss stand k operations that wait for the first. The
// loads overlap if the operations and the second load have room in the issue
// queues: an iteration then takes one latency, and two with one operation more.
// Each queue's size is where that happens. A load takes an entry of the memory
// queue, or of the one for everything.
func TestIssueQueueSizes(t *testing.T) {
	kinds := map[string]isa.Inst{
		"integer":  {Class: isa.IntALU, Size: 4, Dst: 11, Src: [3]isa.Reg{5}},
		"multiply": {Class: isa.IntMul, Size: 4, Dst: 12, Src: [3]isa.Reg{5}},
		"fp":       {Class: isa.FPCvt, Size: 4, Dst: 40, Src: [3]isa.Reg{5}},
		"load":     {Class: isa.Load, Size: 4, MemSize: 8, Dst: 13, Src: [3]isa.Reg{5}},
		"fp load":  {Class: isa.Load, Size: 4, MemSize: 8, Dst: 41, Src: [3]isa.Reg{5}},
	}
	for _, q := range []struct {
		iq, mem, fp int
		most        map[string]int
	}{
		{24, 0, 0, map[string]int{"integer": 23, "multiply": 23, "fp": 23, "load": 23, "fp load": 23}},
		{24, 12, 16, map[string]int{"integer": 24, "multiply": 24, "fp": 16, "load": 11, "fp load": 11}},
		{32, 0, 32, map[string]int{"integer": 31, "fp": 32, "load": 31}}, // isca96's
		{20, 12, 0, map[string]int{"integer": 20, "fp": 20, "load": 11}},
	} {
		for kind, most := range q.most {
			for k, want := range map[int]float64{most: rigMemory, most + 1: 2 * rigMemory} {
				r := newRig("single")
				r.core.IQ.Size = q.iq
				r.core.MemIQ, r.core.FPIQ = Buffer{q.mem, "shared"}, Buffer{q.fp, "shared"}
				body := []isa.Inst{{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{20}}}
				for range k {
					body = append(body, kinds[kind])
				}
				body = append(body, isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 6, Src: [3]isa.Reg{21}}, add(20, 5, 6), add(21, 5, 6))
				s := loop(body...)
				s.mem = func(iteration uint64, i int) isa.Addr {
					if i == 0 || i == k+1 {
						return 1<<26 + isa.Addr(iteration%8192*128) + isa.Addr(i/(k+1)*64)
					}
					return 1 << 24
				}
				c := r.build(t, s)
				n := uint64(len(s.body))
				near(t, fmt.Sprintf("%+v: cycles per iteration with %d %s operations", q, k, kind), cpi(t, c, 0, 400*n, 600*n)*float64(n), want, 0.08)
			}
		}
	}
}
