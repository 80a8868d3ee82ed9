package replacement

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/storage"
)

// Storage is what a policy's state costs in hardware.
type Storage = storage.Cost

// generatorBits is the state of the generator that policies draw from.
const generatorBits = 64

// Storage is the place of each line in the order of its set.
func (p *LRU) Storage() Storage {
	return Storage{Tables: uint64(len(p.last)) * storage.Width(p.ways)}
}

// Storage is a bit for each node of the trees that has two ways below it.
func (p *plru) Storage() Storage {
	return Storage{Tables: uint64(len(p.upper)/p.leaves) * uint64(p.ways-1)}
}

func (*random) Storage() Storage { return Storage{Tables: generatorBits} }

func (p *srrip) Storage() Storage {
	return Storage{Tables: uint64(len(p.rrpv)) * uint64(bits.Len8(p.distant))}
}

func (p *brrip) Storage() Storage {
	s := p.srrip.Storage()
	s.Tables += generatorBits
	return s
}

// Storage has the counters besides; which sets lead is wiring.
func (p *drrip) Storage() Storage {
	s := p.brrip.Storage()
	if counter := uint64(bits.Len(pselMax)); p.byThread {
		s.PerThread = counter
	} else {
		s.Tables += counter
	}
	return s
}
