package bpred

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// BenchmarkPredict is the whole way of a conditional branch, from prediction to
// commit, with each direction predictor: 64 branches, half of them random.
func BenchmarkPredict(b *testing.B) {
	for _, row := range Catalog.Rows {
		b.Run(row.Name, func(b *testing.B) {
			u := newUnit(b, Spec{Direction: row.Name, BTB: BTBSpec{Entries: 1024, Ways: 4}}, 1)
			in := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
			var p Prediction
			random := lfsr(1)
			b.ReportAllocs()
			for i := range b.N {
				pc := isa.Addr(0x1000 + i%64*12)
				taken := i%64 < 32 || random.next()&1 != 0
				u.Predict(0, pc, &in, pc+0x40, &p)
				if p.Taken != taken {
					u.Repair(0, pc, &in, &p, taken, pc+0x40)
				}
				u.Commit(0, pc, &in, &p, taken, pc+0x40)
			}
		})
	}
}
