package cache

import (
	"errors"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

const (
	l1i = 0
	l1d = 1
)

// Hierarchy is the state of all caches and of main memory.
type Hierarchy struct{}

// New builds the caches for a number of hardware contexts.
func New(spec Spec, contexts int, seed uint64) (*Hierarchy, error) {
	if errs := spec.Validate("cache"); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Hierarchy{}, nil
}

// Attach names who is answered: walker for Walk, core for everything else.
func (h *Hierarchy) Attach(core, walker Client) {}

// Access is one access to a level-one cache.
func (h *Hierarchy) Access(now isa.Cycle, r Request) (hit bool, why Refusal) { return true, Accepted }

// Tick processes all events due at now.
func (h *Hierarchy) Tick(now isa.Cycle) {}

// NextEvent is the next cycle at which anything can change by itself.
func (h *Hierarchy) NextEvent() isa.Cycle { return isa.Never }

// Freed grows whenever the L1 that serves k can take a miss again.
func (h *Hierarchy) Freed(k Kind) uint64 { return 0 }

// Levels is the number of the last cache level.
func (h *Hierarchy) Levels() int { return 1 }

// AddStats adds the counters of all caches and of memory.
func (h *Hierarchy) AddStats(set *stats.Set) {}

// WalkPort is where a page-table walker reads: the L1D, with accesses of kind Walk.
type WalkPort struct{ h *Hierarchy }

// WalkPort returns the walker's port.
func (h *Hierarchy) WalkPort() WalkPort { return WalkPort{h} }

// Access reads a page-table entry. A hit is ready at the given cycle; a
// refused read may be repeated then.
func (p WalkPort) Access(now isa.Cycle, addr isa.Addr, thread isa.Context, tag uint64) (hit bool, ready isa.Cycle, accepted bool) {
	return true, now + 1, true
}
