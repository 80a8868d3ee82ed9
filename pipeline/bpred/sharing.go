package bpred

import (
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
)

// Sharing is how the threads of a core use one table.
type Sharing string

const (
	// Shared tables do not know threads: one may use, and spoil, what another
	// has left.
	Shared Sharing = "shared"
	// Tagged tables are competed for, but a thread does not use what another
	// has left: its number takes part in index and tag. Where there are no
	// tags, threads meet only by accident.
	Tagged Sharing = "tagged"
	// Split tables have an equal part for each thread, rounded down to a
	// power of two, and registers of its own beside them.
	Split Sharing = "split"
	// PerThread structures exist once for each thread.
	PerThread Sharing = "per-thread"
)

// Shape is what a predictor must know of the core that it serves.
type Shape struct {
	Contexts int
	InFlight int     // most control transfers of a context that have been predicted and not committed
	Sharing  Sharing // of its tables: Shared, Tagged or Split
}

// partition maps hashes to the entries of a table.
type partition struct {
	mask    uint64
	regions []region // by context; nil: shared
	split   bool
}

// region is a thread's part of a table.
type region struct{ salt, base uint64 }

// partition of a table of 1<<bits entries.
func (s Shape) partition(bits int) (partition, error) {
	p := partition{mask: 1<<bits - 1, split: s.Sharing == Split}
	if s.Sharing != Tagged && !p.split {
		return p, nil
	}
	parts := 0
	if p.split {
		parts = log2Ceil(s.Contexts)
	}
	if parts > bits {
		return p, fmt.Errorf("a table of %d entries cannot be split among %d threads", 1<<bits, s.Contexts)
	}
	p.mask >>= parts
	p.regions = make([]region, s.Contexts)
	for t := range p.regions {
		if p.split {
			p.regions[t].base = uint64(t) << (bits - parts)
		} else {
			// Spread far apart; 0 for the first thread.
			p.regions[t].salt = uint64(t) * fibonacci >> 24
		}
	}
	return p, nil
}

// region is context t's part of the table.
func (p *partition) region(t isa.Context) (r region) {
	if len(p.regions) > 0 {
		r = p.regions[t]
	}
	return r
}

// index is the entry of hash h for context t.
func (p *partition) index(t isa.Context, h uint64) uint64 {
	if len(p.regions) == 0 {
		return h & p.mask
	}
	r := &p.regions[t]
	return (h^r.salt)&p.mask | r.base
}

// owner is whose registers beside the table context t uses: its own when the
// table is split, and else the first thread's.
func (p *partition) owner(t isa.Context) isa.Context {
	if p.split {
		return t
	}
	return 0
}

// owners is how many sets of registers there are.
func (p *partition) owners() int {
	if p.split {
		return len(p.regions)
	}
	return 1
}

// log2Ceil is the least n with 1<<n ≥ x.
func log2Ceil(x int) int { return bits.Len(uint(max(x, 1) - 1)) }
