package asm

import (
	"cmp"
	"slices"
)

// layout is the state of giving addresses to items.
type layout struct {
	*assembler
	pass     int
	sections []*section // those loaded, by rights and so by address
}

// pageSize separates sections of different rights.
const pageSize = 4096

// maxPasses bounds the layout. Branches and constants only grow, so only
// sizes that depend on each other in a circle run into it.
const maxPasses = 200

// link lays the sections out and builds the program; nil after errors.
func (a *assembler) link() *Program {
	if base := a.opts.TextBase; base%pageSize != 0 || base >= 1<<46 {
		a.errors.add(pos{1, 1}, mistakef(pos{1, 1}, "the base address %#x is not a multiple of %d below 2^46", base, pageSize))
		return nil
	}
	l := &layout{assembler: a}
	for _, s := range a.sections {
		s.starts = make([]uint64, len(s.items)+1)
		if s.loaded {
			l.sections = append(l.sections, s)
		}
	}
	slices.SortStableFunc(l.sections, func(s, t *section) int {
		return cmp.Or(cmp.Compare(s.rank(), t.rank()), cmp.Compare(s.access, t.access))
	})
	if err := l.settle(); err != nil {
		a.errors.add(pos{1, 1}, err)
		return nil
	}
	p := l.emit()
	p.Symbols = a.symbols.export(l, &a.errors)
	if len(a.errors.list) == 0 {
		p.Entry = l.entry(p)
	}
	if len(a.errors.list) > 0 {
		return nil
	}
	return p
}

// rank orders sections in memory: code, constants, data, and what has no
// contents last.
func (s *section) rank() int {
	switch {
	case s.noBits:
		return 3
	case s.access&Exec != 0:
		return 0
	case s.access&Write == 0:
		return 1
	}
	return 2
}

// settle repeats the layout until no address changes.
func (l *layout) settle() error {
	for l.pass = 1; l.pass <= maxPasses; l.pass++ {
		moved, err := l.place()
		if err != nil || moved == nil {
			return err
		}
		if l.pass == maxPasses {
			return mistakef(moved.place(), "sizes here depend on each other in a circle")
		}
	}
	return nil
}

// place is one pass; it returns the first item that moved the next, or nil
// when all is as before.
func (l *layout) place() (moved item, err error) {
	addr, data := l.opts.TextBase, uint64(0)
	var access Access
	for _, s := range l.sections {
		if s.access != access && access != 0 {
			addr = alignUp(addr, pageSize)
		}
		access = s.access
		addr = alignUp(addr, s.alignment())
		s.starts[0] = addr
		for i, it := range s.items {
			n := it.size(l, addr)
			if addr+n-l.opts.TextBase > l.opts.MaxMemory {
				return nil, mistakef(it.place(), "the program grows beyond %d bytes of memory here", l.opts.MaxMemory)
			}
			if !s.noBits {
				if data += n; data > l.opts.MaxData {
					return nil, mistakef(it.place(), "the program grows beyond %d bytes of contents here", l.opts.MaxData)
				}
			}
			addr += n
			if s.starts[i+1] != addr {
				s.starts[i+1] = addr
				if moved == nil {
					moved = it
				}
			}
		}
	}
	return moved, nil
}

func alignUp(addr, to uint64) uint64 { return (addr + to - 1) &^ (to - 1) }

// alignment of a section is the largest it asks for, 8 at least.
func (s *section) alignment() uint64 {
	to := uint64(8)
	for _, it := range s.items {
		if a, ok := it.(*alignment); ok {
			to = max(to, a.to)
		}
	}
	return to
}

// emit builds the segments. Sections without a load address are evaluated
// for their errors only when they are loaded.
func (l *layout) emit() *Program {
	p := &Program{}
	for _, s := range l.sections {
		if s.size() == 0 {
			l.contents(s, nil)
			continue
		}
		last := len(p.Segments) - 1
		if last < 0 || p.Segments[last].Access != s.access {
			p.Segments = append(p.Segments, Segment{Addr: s.starts[0], Access: s.access})
			last++
		}
		seg := &p.Segments[last]
		offset := s.starts[0] - seg.Addr
		seg.MemSize = offset + s.size()
		var out []byte
		if !s.noBits {
			seg.Data = append(seg.Data, make([]byte, seg.MemSize-uint64(len(seg.Data)))...)
			out = seg.Data[offset:]
		}
		l.contents(s, out)
		p.Sections = append(p.Sections, Section{
			Name: s.name, Addr: s.starts[0], Size: s.size(), Access: s.access, NoBits: s.noBits, segment: last,
		})
	}
	return p
}

// contents emits the items of a section to out.
func (l *layout) contents(s *section, out []byte) {
	for i, it := range s.items {
		if l.errors.full() {
			return
		}
		n := s.starts[i+1] - s.starts[i]
		var piece []byte
		if s.noBits {
			if err := l.empty(it); err != nil {
				l.errors.add(it.place(), err)
				continue
			}
		} else {
			piece, out = out[:n], out[n:]
		}
		if err := it.emit(l, s.starts[i], piece); err != nil {
			l.errors.add(it.place(), err)
		}
	}
}

// empty is an error when an item of a section without contents has some.
func (l *layout) empty(it item) error {
	switch it := it.(type) {
	case *alignment:
		return nil
	case *space:
		if it.value == 0 {
			return nil
		}
	case *rawBytes:
		if !slices.ContainsFunc(it.data, func(b byte) bool { return b != 0 }) {
			it.data = nil
			return nil
		}
	}
	return mistakef(it.place(), "a section without contents can only have space")
}

// entry is the address of the first instruction.
func (l *layout) entry(p *Program) uint64 {
	names := []string{"_start", "main"}
	if l.opts.Entry != "" {
		names = []string{l.opts.Entry}
	}
	for _, name := range names {
		if s, ok := p.Symbol(name); ok && s.Section != "" {
			return s.Value
		}
	}
	if l.opts.Entry != "" {
		l.errors.add(pos{1, 1}, mistakef(pos{1, 1}, "the entry point %s is not a label of this source", l.opts.Entry))
	}
	for _, s := range p.Sections {
		if s.Access&Exec != 0 {
			return s.Addr
		}
	}
	l.errors.add(pos{1, 1}, mistakef(pos{1, 1}, "the program has no instructions"))
	return 0
}
