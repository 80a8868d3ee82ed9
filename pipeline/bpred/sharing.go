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
	mask      uint64
	of        []region      // by context
	registers []isa.Context // by context: whose registers beside the table it uses
}

// region is a thread's part of a table. Threads that share have all of it, and
// use the first thread's registers.
type region struct{ salt, base uint64 }

// partition of a table of 1<<bits entries.
func (s Shape) partition(bits int) (partition, error) {
	p := partition{mask: 1<<bits - 1, of: make([]region, s.Contexts), registers: make([]isa.Context, s.Contexts)}
	switch s.Sharing {
	case Tagged:
		for t := range p.of {
			p.of[t].salt = threadSalt(isa.Context(t))
		}
	case Split:
		parts := log2Ceil(s.Contexts)
		if parts > bits {
			return p, fmt.Errorf("a table of %d entries cannot be split among %d threads", 1<<bits, s.Contexts)
		}
		p.mask >>= parts
		for t := range p.of {
			p.of[t].base = uint64(t) << (bits - parts)
			p.registers[t] = isa.Context(t)
		}
	}
	return p, nil
}

// threadSalt spreads the number of a context; that of the first is 0.
func threadSalt(t isa.Context) uint64 { return uint64(t) * fibonacci >> 24 }

// index is the entry of hash h for context t.
func (p *partition) index(t isa.Context, h uint64) uint64 {
	r := &p.of[t]
	return (h^r.salt)&p.mask | r.base
}

// owner is whose registers context t uses.
func (p *partition) owner(t isa.Context) isa.Context { return p.registers[t] }

// owners is how many sets of registers there are.
func (p *partition) owners() int { return int(p.registers[len(p.registers)-1]) + 1 }

// salt is what makes tags of context t differ from those of others.
func (p *partition) salt(t isa.Context) uint64 { return p.of[t].salt }

// log2Ceil is the least n with 1<<n ≥ x.
func log2Ceil(x int) int { return bits.Len(uint(max(x, 1) - 1)) }
