package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// bimodal counts by the address of the branch alone.
type bimodal struct {
	table counters
	mask  uint64
}

var _ Direction = (*bimodal)(nil)

func newBimodal(a catalog.Args) (Direction, error) {
	b := bimodalOf(a.Int("bits"))
	return &b, nil
}

func bimodalOf(bits int) bimodal {
	return bimodal{table: newCounters(bits), mask: 1<<bits - 1}
}

func (b *bimodal) Predict(pc isa.Addr, _ uint64) (bool, uint16) {
	return b.table.taken(pcBits(pc) & b.mask), 0
}

func (b *bimodal) Train(pc isa.Addr, _ uint64, _ uint16, taken bool) {
	b.table.train(pcBits(pc)&b.mask, taken)
}
