package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// gshare counts by the address exclusive-or the global history, so that one
// branch has a counter for each path that leads to it. A history shorter than
// the index meets its upper bits, as in McFarling's report.
type gshare struct {
	table  counters
	mask   uint64
	recent uint64 // the outcomes of the history that take part
	shift  uint8  // … and where they meet the address
}

var _ Direction = (*gshare)(nil)

func newGshare(a catalog.Args) (Direction, error) {
	if err := checkHistory(a); err != nil {
		return nil, err
	}
	g := gshareOf(a.Int("bits"), a.Int("history"))
	return &g, nil
}

func gshareOf(bits, history int) gshare {
	return gshare{
		table:  newCounters(bits),
		mask:   1<<bits - 1,
		recent: 1<<history - 1,
		shift:  uint8(bits - history),
	}
}

func (g *gshare) index(pc isa.Addr, history uint64) uint64 {
	return (pcBits(pc) ^ history&g.recent<<g.shift) & g.mask
}

func (g *gshare) Predict(pc isa.Addr, history uint64) (bool, uint16) {
	return g.table.taken(g.index(pc, history)), 0
}

func (g *gshare) Train(pc isa.Addr, history uint64, _ uint16, taken bool) {
	g.table.train(g.index(pc, history), taken)
}
