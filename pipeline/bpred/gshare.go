package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// gshare counts by the address exclusive-or the global history, so that one
// branch has a counter for each path that leads to it. A history shorter than
// the index meets its upper bits, as in McFarling's report.
type gshare struct {
	table   counters
	part    partition
	history uint8
	recent  uint64 // the outcomes of the history that take part
	shift   uint8  // … and where they meet the address
}

var _ Direction = (*gshare)(nil)

func newGshare(a catalog.Args, s Shape) (Direction, error) {
	if err := checkHistory(a); err != nil {
		return nil, err
	}
	g, err := gshareOf(a.Int("bits"), a.Int("history"), s)
	return &g, err
}

func gshareOf(bits, history int, s Shape) (gshare, error) {
	part, err := s.partition(bits)
	return gshare{
		table:   newCounters(bits),
		part:    part,
		history: uint8(history),
		recent:  1<<history - 1,
		shift:   uint8(bits - history),
	}, err
}

func (g *gshare) index(t isa.Context, pc isa.Addr, history uint64) uint64 {
	return g.part.index(t, pcBits(pc)^history&g.recent<<g.shift)
}

func (g *gshare) Predict(t isa.Context, pc isa.Addr, history uint64) (bool, uint16) {
	return g.table.taken(g.index(t, pc, history)), 0
}

func (g *gshare) Train(t isa.Context, pc isa.Addr, history uint64, _ uint16, taken bool) {
	g.table.train(g.index(t, pc, history), taken)
}

func (g *gshare) Storage() Storage {
	return g.table.storage().Plus(Storage{PerThread: uint64(g.history)})
}
