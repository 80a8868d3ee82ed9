package linux

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// The layout of an address space: the program where it wants to be, the heap
// behind it, the stack at the top, mappings downwards from below the stack.
const (
	// pieBase is where a position-independent program is loaded: two thirds
	// of the smallest user half that RISC-V Linux has (Sv39), which is where
	// Linux loads it when it does not randomise.
	pieBase = 0x2aaaaaa000
	// stackTop leaves a page unmapped at the end of the user half.
	stackTop  = uint64(mem.End) - pageSize
	stackSize = 8 << 20
	// mapTop leaves a gap below the stack, as Linux does for its growth.
	mapTop = stackTop - 128<<20
)

// loadImage maps a program at bias and copies its contents.
func (p *Process) loadImage(m *elf.Image, bias isa.Addr) error {
	mapped, last := isa.Addr(0), mem.Prot(0) // end of what is mapped, protection of its last page
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.End() > mem.End-bias {
			return fmt.Errorf("segment at %#x does not fit below %#x when loaded at %#x", s.Addr, mem.End, bias)
		}
		first := (s.Addr + bias) &^ (pageSize - 1)
		end := (s.End() + bias + pageSize - 1) &^ (pageSize - 1)
		if first < mapped {
			// The page that two segments share allows what both do.
			last |= s.Prot
			if err := p.space.Protect(first, pageSize, last); err != nil {
				return err
			}
			first = mapped
		}
		if first < end {
			if err := p.space.Map(first, uint64(end-first), s.Prot); err != nil {
				return err
			}
			mapped, last = end, s.Prot
		}
		if err := p.space.Poke(s.Addr+bias, s.Data); err != nil {
			return fmt.Errorf("program does not fit in the guest's memory: %w", err)
		}
	}
	p.heapStart = uint64(mapped)
	p.heapEnd = p.heapStart
	return nil
}
