package tlb

import (
	"errors"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

// MMU is the state of address translation.
type MMU struct{}

// New builds the TLBs and the walker for a number of hardware contexts.
func New(spec Spec, contexts int, seed uint64) (*MMU, error) {
	if errs := spec.Validate("tlb"); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &MMU{}, nil
}

// Attach names who is answered and where page tables are read.
func (m *MMU) Attach(client Client, memory Memory) {}

// SetInstance sets the key of the program instance that runs in an address space.
func (m *MMU) SetInstance(asid isa.ASID, key uint64) {}

// Translate asks for the translation of vaddr.
func (m *MMU) Translate(now isa.Cycle, p Port, ctx isa.Context, asid isa.ASID, vaddr isa.Addr, tag uint64) (paddr isa.Addr, s Status) {
	return vaddr, Hit
}

// Physical is the physical address of vaddr, whether or not a TLB knows it.
func (m *MMU) Physical(asid isa.ASID, vaddr isa.Addr) isa.Addr { return vaddr }

// Freed grows whenever the port can take a miss again.
func (m *MMU) Freed(p Port) uint64 { return 0 }

// Tick processes all events due at now.
func (m *MMU) Tick(now isa.Cycle) {}

// NextEvent is the next cycle at which anything can change by itself.
func (m *MMU) NextEvent() isa.Cycle { return isa.Never }

// Filled is the caches' answer to a page-table read.
func (m *MMU) Filled(now isa.Cycle, tag uint64) {}

// Missed is a step of a page-table read that the walker does not care about.
func (m *MMU) Missed(now isa.Cycle, tag uint64, level int) {}

// AddStats adds the counters of the TLBs and the walker.
func (m *MMU) AddStats(set *stats.Set) {}
