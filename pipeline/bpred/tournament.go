package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// tournament asks a bimodal predictor and a gshare, and a chooser by address
// which of them to believe. Both are trained with every branch; the chooser
// when exactly one of them was right.
type tournament struct {
	local   bimodal
	global  gshare
	chooser counters // taken: believe the global one
	mask    uint64
}

var _ Direction = (*tournament)(nil)

const (
	saidLocal uint16 = 1 << iota
	saidGlobal
)

func newTournament(a catalog.Args) (Direction, error) {
	if err := checkHistory(a); err != nil {
		return nil, err
	}
	bits := a.Int("bits")
	return &tournament{
		local:   bimodalOf(bits),
		global:  gshareOf(bits, a.Int("history")),
		chooser: newCounters(bits),
		mask:    1<<bits - 1,
	}, nil
}

func (p *tournament) Predict(pc isa.Addr, history uint64) (bool, uint16) {
	local, _ := p.local.Predict(pc, history)
	global, _ := p.global.Predict(pc, history)
	var meta uint16
	if local {
		meta |= saidLocal
	}
	if global {
		meta |= saidGlobal
	}
	if p.chooser.taken(pcBits(pc) & p.mask) {
		return global, meta
	}
	return local, meta
}

func (p *tournament) Train(pc isa.Addr, history uint64, meta uint16, taken bool) {
	p.local.Train(pc, history, 0, taken)
	p.global.Train(pc, history, 0, taken)
	if local, global := meta&saidLocal != 0, meta&saidGlobal != 0; local != global {
		p.chooser.train(pcBits(pc)&p.mask, global == taken)
	}
}
