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
				s := twoMisses(k, kinds[kind])
				c := r.build(t, s)
				n := uint64(len(s.body))
				near(t, fmt.Sprintf("%+v: cycles per iteration with %d %s operations", q, k, kind), cpi(t, c, 0, 400*n, 600*n)*float64(n), want, 0.08)
			}
		}
	}
}

// twoMisses is a loop of two loads that miss, with k operations of a kind
// between them. Both are needed for the addresses of the next iteration's.
func twoMisses(k int, between isa.Inst) *script {
	body := []isa.Inst{{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{20}}}
	for range k {
		body = append(body, between)
	}
	body = append(body, isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 6, Src: [3]isa.Reg{21}}, add(20, 5, 6), add(21, 5, 6))
	s := loop(body...)
	s.mem = func(iteration uint64, i int) isa.Addr {
		if i == 0 || i == k+1 {
			return 1<<26 + isa.Addr(iteration%8192*128) + isa.Addr(i/(k+1)*64)
		}
		return 1 << 24
	}
	return s
}

// The same with operations that wait for nothing: what they hold until the
// first load commits is the reorder buffer, a register, the load or the store
// queue. The loads hold an entry each of all but the store queue and the
// floating-point registers.
func TestWindowSizes(t *testing.T) {
	for _, k := range []struct {
		what    string
		set     func(s *Spec, b Buffer)
		between isa.Inst
		loads   int // entries that the two loads hold
	}{
		{"rob", func(s *Spec, b Buffer) { s.ROB = b }, isa.Inst{Class: isa.Branch, Size: 4}, 2},
		{"lq", func(s *Spec, b Buffer) { s.LQ = b }, isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 11, Src: [3]isa.Reg{7}}, 2},
		{"sq", func(s *Spec, b Buffer) { s.SQ = b }, isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{7, 8}}, 0},
		{"int-registers", func(s *Spec, b Buffer) { s.IntRegs = b }, add(11, 7, 8), 2},
		{"fp-registers", func(s *Spec, b Buffer) { s.FPRegs = b }, isa.Inst{Class: isa.FPAdd, Size: 4, Dst: 40, Src: [3]isa.Reg{41}}, 0},
	} {
		for _, size := range []int{12, 48} {
			for _, sharing := range []string{"shared", "static", "cap:48", "watermark:3", "static+active"} {
				for over, want := range []float64{rigMemory, 2 * rigMemory} {
					r := newRig("single")
					k.set(&r.core, Buffer{size, sharing})
					s := twoMisses(size-k.loads+over, k.between)
					c := r.build(t, s)
					n := uint64(len(s.body))
					what := fmt.Sprintf("%s of %d, %s: cycles per iteration with %d more operations than fit", k.what, size, sharing, over)
					near(t, what, cpi(t, c, 0, 200*n, 300*n)*float64(n), want, 0.08)
				}
			}
		}
	}
}
