package linux

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// The layout of an address space: the program where it wants to be, the heap
// behind it, the stack at the top, mappings downwards from below the stack,
// the dynamic linker first.
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

// loaded is a program in memory and what its start needs.
type loaded struct {
	image *elf.Image
	bias  isa.Addr
	pc    isa.Addr // where execution begins: in the interpreter, if there is one
	base  isa.Addr // where the interpreter is; 0: there is none
}

// loadProgram maps a program, and the interpreter that it names.
func (p *Process) loadProgram(m *elf.Image) (loaded, error) {
	l := loaded{image: m}
	if m.PIE {
		l.bias = pieBase
	}
	end, err := p.loadImage(m, l.bias, p.executable)
	if err != nil {
		return loaded{}, err
	}
	p.heapStart, p.heapEnd = end, end
	l.pc = m.Entry + l.bias
	if m.Interpreter == "" {
		return l, nil
	}
	interpreter, err := p.readInterpreter(m.Interpreter)
	if err != nil {
		return loaded{}, err
	}
	if interpreter.PIE {
		size, _ := pages(uint64(interpreter.End()))
		at, ok := p.place(size)
		if !ok {
			return loaded{}, fmt.Errorf("interpreter %s: no place for its %d bytes", m.Interpreter, size)
		}
		l.base = isa.Addr(at)
	}
	if _, err := p.loadImage(interpreter, l.base, m.Interpreter); err != nil {
		return loaded{}, fmt.Errorf("interpreter %s: %w", m.Interpreter, err)
	}
	l.pc = interpreter.Entry + l.base
	return l, nil
}

// readInterpreter finds the dynamic linker in the guest's root directory.
func (p *Process) readInterpreter(name string) (*elf.Image, error) {
	const maxSize = 64 << 20
	if p.options.Root == nil {
		return nil, fmt.Errorf("it is dynamically linked (interpreter %s): it needs --root SYSROOT, a directory with that and its libraries, e.g. /usr/riscv64-linux-gnu", name)
	}
	n, err := p.fs.Find(p.fs.Root(), name, true)
	if err != nil {
		return nil, fmt.Errorf("interpreter %s is not in the root directory %s: %w", name, p.options.Root.Name(), err)
	}
	if n.Size() > maxSize {
		return nil, fmt.Errorf("interpreter %s has %d bytes, at most %d are possible", name, n.Size(), maxSize)
	}
	data := make([]byte, n.Size())
	if _, err := n.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("interpreter %s: %w", name, err)
	}
	m, err := elf.Load(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("interpreter %s: %w", name, err)
	case m.Interpreter != "":
		return nil, fmt.Errorf("interpreter %s wants an interpreter itself", name)
	}
	return m, nil
}

// inFile is how many bytes of a program come from its file.
func inFile(m *elf.Image) (n int) {
	for i := range m.Segments {
		n += len(m.Segments[i].Data)
	}
	return n
}

// loadImage maps an image at bias and copies its contents. It returns the
// first address after its pages. The name is the file's.
func (p *Process) loadImage(m *elf.Image, bias isa.Addr, name string) (end uint64, err error) {
	mapped, last := isa.Addr(0), mem.Prot(0) // end of what is mapped, protection of its last page
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.End() > mem.End-bias {
			return 0, fmt.Errorf("segment at %#x does not fit below %#x when loaded at %#x", s.Addr, mem.End, bias)
		}
		first := (s.Addr + bias) &^ (pageSize - 1)
		end := (s.End() + bias + pageSize - 1) &^ (pageSize - 1)
		if first < mapped {
			// The page that two segments share allows what both do.
			last |= s.Prot
			if err := p.space.Protect(first, pageSize, last); err != nil {
				return 0, err
			}
			first = mapped
		}
		if first < end {
			if err := p.space.Map(first, uint64(end-first), s.Prot); err != nil {
				return 0, err
			}
			mapped, last = end, s.Prot
		}
		if err := p.space.Poke(s.Addr+bias, s.Data); err != nil {
			return 0, fmt.Errorf("program %w of %d bytes: it has %d in its file: %w", ErrMemory, p.options.Memory, inFile(m), err)
		}
		if filled, _ := pages(uint64(s.Addr+bias) + uint64(len(s.Data))); uint64(first) < filled {
			p.names.set(mapName{uint64(first), filled, (s.Offset - uint64(s.Addr+bias-first)) &^ (pageSize - 1), 0, name})
		}
	}
	return uint64(mapped), nil
}
