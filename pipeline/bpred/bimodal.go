package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// bimodal counts by the address of the branch alone.
type bimodal struct {
	table counters
	part  partition
}

var _ Direction = (*bimodal)(nil)

func newBimodal(a catalog.Args, s Shape) (Direction, error) {
	b, err := bimodalOf(a.Int("bits"), s)
	return &b, err
}

func bimodalOf(bits int, s Shape) (bimodal, error) {
	part, err := s.partition(bits)
	return bimodal{newCounters(bits), part}, err
}

func (b *bimodal) index(t isa.Context, pc isa.Addr) uint64 { return b.part.index(t, pcBits(pc)) }

func (b *bimodal) Predict(t isa.Context, pc isa.Addr, _ uint64) (bool, uint16) {
	return b.table.taken(b.index(t, pc)), 0
}

func (b *bimodal) Train(t isa.Context, pc isa.Addr, _ uint64, _ uint16, taken bool) {
	b.table.train(b.index(t, pc), taken)
}

func (b *bimodal) Storage() Storage { return b.table.storage() }
