package asm

import (
	"slices"
	"strings"
)

// section is a named run of items that share their access rights.
type section struct {
	name   string
	access Access
	loaded bool // part of the program; notes and debugging data are not
	noBits bool // no contents, zero when the program starts

	items  []item
	starts []uint64 // address of each item, and of the end
}

// location is a place in a section: a byte of an item, or the end when item
// is their number.
type location struct {
	section *section
	item    int
	offset  uint64
}

func (p location) address() uint64 { return p.section.starts[p.item] + p.offset }

// end is where the next byte goes.
func (s *section) end() location {
	if last := len(s.items) - 1; last >= 0 {
		if b, ok := s.items[last].(*rawBytes); ok {
			return location{s, last, uint64(len(b.data))}
		}
	}
	return location{s, len(s.items), 0}
}

// itemAt is the item that begins at a location, or nil.
func (s *section) itemAt(p location) item {
	if p.offset != 0 {
		if b, ok := s.items[p.item].(*rawBytes); !ok || p.offset != uint64(len(b.data)) {
			return nil
		}
		p.item++
	}
	if p.item >= len(s.items) {
		return nil
	}
	return s.items[p.item]
}

func (s *section) appendBytes(at pos, data ...byte) {
	if last := len(s.items) - 1; last >= 0 {
		if b, ok := s.items[last].(*rawBytes); ok {
			b.data = append(b.data, data...)
			return
		}
	}
	s.items = append(s.items, &rawBytes{at, slices.Clone(data)})
}

// size is the number of bytes laid out.
func (s *section) size() uint64 { return s.starts[len(s.items)] - s.starts[0] }

// wellKnown sections have their rights from their names, which may go on with
// a dot and more: .text.hot.
var wellKnown = []section{
	{name: ".text", access: Read | Exec, loaded: true},
	{name: ".rodata", access: Read, loaded: true},
	{name: ".srodata", access: Read, loaded: true},
	{name: ".data", access: Read | Write, loaded: true},
	{name: ".sdata", access: Read | Write, loaded: true},
	{name: ".bss", access: Read | Write, loaded: true, noBits: true},
	{name: ".sbss", access: Read | Write, loaded: true, noBits: true},
}

// newSection is an empty section with the rights that its name implies.
func newSection(name string) *section {
	s := &section{name: name}
	for _, k := range wellKnown {
		if name == k.name || strings.HasPrefix(name, k.name+".") {
			*s = k
			s.name = name
		}
	}
	return s
}

// enter makes the named section current, creating it when it is new.
func (a *assembler) enter(name string) *section {
	i := slices.IndexFunc(a.sections, func(s *section) bool { return s.name == name })
	if i < 0 {
		i = len(a.sections)
		a.sections = append(a.sections, newSection(name))
	}
	a.section = a.sections[i]
	return a.section
}

// sectionDirective is .section name[, "flags"[, @type[, …]]].
func sectionDirective(s *statement) error {
	t := s.next()
	if t.kind != identifier && t.kind != quoted {
		return mistakef(t.pos, "%s stands where the name of a section should", t.describe())
	}
	name := t.text
	for s.peek().is("-") || s.peek().kind == identifier { // .note.GNU-stack
		name += s.next().text
	}
	known := len(s.sections)
	sec := s.enter(name)
	if !s.accept(",") {
		return s.end()
	}
	given := *sec
	if err := s.sectionFlags(&given); err != nil {
		return err
	}
	if len(s.sections) == known && len(sec.items) > 0 &&
		(given.access != sec.access || given.loaded != sec.loaded || given.noBits != sec.noBits) {
		return mistakef(t.pos, "section %s has other flags or another type than before", name)
	}
	sec.access, sec.loaded, sec.noBits = given.access, given.loaded, given.noBits
	return nil
}

func (s *statement) sectionFlags(sec *section) error {
	flags := s.next()
	if flags.kind != quoted {
		return mistakef(flags.pos, "%s stands where the section's flags should, such as \"ax\"", flags.describe())
	}
	sec.access, sec.loaded, sec.noBits = Read, false, false
	for _, c := range flags.text {
		switch c {
		case 'a':
			sec.loaded = true
		case 'w':
			sec.access |= Write
		case 'x':
			sec.access |= Exec
		case 'M', 'S', 'G', 'o', '?': // merging and grouping are a linker's business
		case 'T':
			return mistakef(flags.pos, "thread-local storage is not supported")
		default:
			return mistakef(flags.pos, "unknown section flag %q (known: a, w, x)", c)
		}
	}
	if !s.accept(",") {
		return s.end()
	}
	if !s.accept("@") && !s.accept("%") {
		return mistakef(s.peek().pos, "%s stands where the section's type should, @progbits or @nobits", s.peek().describe())
	}
	t := s.next()
	switch t.text {
	case "nobits":
		sec.noBits = true
	case "progbits", "note", "init_array", "fini_array":
	default:
		return mistakef(t.pos, "unknown section type %q (known: progbits, nobits, note)", t.text)
	}
	s.skip() // entry size, group
	return nil
}
