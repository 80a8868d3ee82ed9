package bpred

import (
	"errors"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// tournament asks a bimodal predictor and a gshare, and a chooser by address
// which of them to believe. Both are trained with every branch; the chooser
// when exactly one of them was right.
type tournament struct {
	local   bimodal
	global  gshare
	chooser counters // taken: believe the global one; indexed as the local one
}

var _ Direction = (*tournament)(nil)

const (
	saidLocal uint16 = 1 << iota
	saidGlobal
)

func newTournament(a catalog.Args, s Shape) (Direction, error) {
	if err := checkHistory(a); err != nil {
		return nil, err
	}
	bits := a.Int("bits")
	local, err1 := bimodalOf(bits, s)
	global, err2 := gshareOf(bits, a.Int("history"), s)
	return &tournament{local, global, newCounters(bits)}, errors.Join(err1, err2)
}

func (p *tournament) Predict(t isa.Context, pc isa.Addr, history uint64) (bool, uint16) {
	local, _ := p.local.Predict(t, pc, history)
	global, _ := p.global.Predict(t, pc, history)
	var note uint16
	if local {
		note |= saidLocal
	}
	if global {
		note |= saidGlobal
	}
	if p.chooser.taken(p.local.index(t, pc)) {
		return global, note
	}
	return local, note
}

func (p *tournament) Train(t isa.Context, pc isa.Addr, history uint64, note uint16, taken bool) {
	p.local.Train(t, pc, history, 0, taken)
	p.global.Train(t, pc, history, 0, taken)
	if local, global := note&saidLocal != 0, note&saidGlobal != 0; local != global {
		p.chooser.train(p.local.index(t, pc), global == taken)
	}
}

func (p *tournament) Storage() Storage {
	return p.local.Storage().Plus(p.global.Storage()).Plus(p.chooser.storage())
}
