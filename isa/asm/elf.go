package asm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// Flags of a RISC-V ELF header: compressed instructions, hard-float doubles.
const elfFlags = 0x1 | 0x4

const (
	elfHeaderSize     = 64
	programHeaderSize = 56
	sectionHeaderSize = 64
)

// ELF is the program as a static RISC-V Linux executable, with section
// headers and a symbol table for disassemblers.
func (p *Program) ELF() []byte {
	var file bytes.Buffer
	write := func(v any) {
		if err := binary.Write(&file, binary.LittleEndian, v); err != nil {
			panic(err) // a buffer takes everything, and v has a fixed size
		}
	}
	offsets, end := p.fileOffsets()
	names := newStringTable()
	symbolNames := newStringTable()
	symbols, locals := p.elfSymbols(symbolNames)
	sections := p.elfSections(names, offsets)
	tables := []struct {
		name string
		elf.Section64
		data any
	}{
		{".symtab", elf.Section64{
			Type: uint32(elf.SHT_SYMTAB), Size: uint64(len(symbols) * elf.Sym64Size), Link: uint32(len(sections) + 1),
			Info: uint32(locals), Addralign: 8, Entsize: elf.Sym64Size,
		}, symbols},
		{".strtab", elf.Section64{Type: uint32(elf.SHT_STRTAB), Size: uint64(len(symbolNames.data)), Addralign: 1}, symbolNames.data},
		{".shstrtab", elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, nil},
	}
	for i := range tables {
		t := &tables[i]
		t.Name = names.add(t.name)
		if t.data == nil {
			t.Size, t.data = uint64(len(names.data)), names.data
		}
		t.Off = alignUp(end, t.Addralign)
		end = t.Off + t.Size
		sections = append(sections, t.Section64)
	}
	end = alignUp(end, 8)

	write(p.elfHeader(end, len(sections)))
	for i, s := range p.Segments {
		write(elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(s.Access), Off: offsets[i], Vaddr: s.Addr, Paddr: s.Addr,
			Filesz: uint64(len(s.Data)), Memsz: s.MemSize, Align: pageSize,
		})
	}
	pad := func(to uint64) { file.Write(make([]byte, to-uint64(file.Len()))) }
	for i, s := range p.Segments {
		pad(offsets[i])
		file.Write(s.Data)
	}
	for _, t := range tables {
		pad(t.Off)
		write(t.data)
	}
	pad(end)
	write(sections)
	return file.Bytes()
}

// elfHeader has the section headers at an offset, their names in the last.
func (p *Program) elfHeader(sectionHeaders uint64, sections int) elf.Header64 {
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_RISCV), Version: uint32(elf.EV_CURRENT),
		Entry: p.Entry, Phoff: elfHeaderSize, Shoff: sectionHeaders, Flags: elfFlags, Ehsize: elfHeaderSize,
		Phentsize: programHeaderSize, Phnum: uint16(len(p.Segments)),
		Shentsize: sectionHeaderSize, Shnum: uint16(sections), Shstrndx: uint16(sections - 1),
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	return header
}

// fileOffsets places the segments' contents in the file, each at its address
// modulo the page size, and says where they end.
func (p *Program) fileOffsets() (offsets []uint64, end uint64) {
	end = elfHeaderSize + uint64(len(p.Segments))*programHeaderSize
	for _, s := range p.Segments {
		end += (s.Addr - end) % pageSize
		offsets = append(offsets, end)
		end += uint64(len(s.Data))
	}
	return offsets, end
}

func (p *Program) elfSections(names *stringTable, offsets []uint64) []elf.Section64 {
	list := make([]elf.Section64, 1, len(p.Sections)+4)
	for _, s := range p.Sections {
		h := elf.Section64{
			Name: names.add(s.Name), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC),
			Addr: s.Addr, Off: offsets[s.segment] + s.Addr - p.Segments[s.segment].Addr, Size: s.Size, Addralign: 8,
		}
		if s.NoBits {
			h.Type = uint32(elf.SHT_NOBITS)
		}
		if s.Access&Write != 0 {
			h.Flags |= uint64(elf.SHF_WRITE)
		}
		if s.Access&Exec != 0 {
			h.Flags |= uint64(elf.SHF_EXECINSTR)
		}
		list = append(list, h)
	}
	return list
}

// elfSymbols lists the symbols, local ones first as ELF demands, and says how
// many these are.
func (p *Program) elfSymbols(names *stringTable) (list []elf.Sym64, locals int) {
	list = make([]elf.Sym64, 1, len(p.Symbols)+1)
	for _, global := range []bool{false, true} {
		for _, s := range p.Symbols {
			if s.Global != global {
				continue
			}
			kind, binding := elf.STT_NOTYPE, elf.STB_LOCAL
			if s.Func {
				kind = elf.STT_FUNC
			} else if s.Object {
				kind = elf.STT_OBJECT
			}
			if global {
				binding = elf.STB_GLOBAL
			}
			index := uint16(elf.SHN_ABS)
			for i, sec := range p.Sections {
				if sec.Name == s.Section {
					index = uint16(i + 1)
				}
			}
			list = append(list, elf.Sym64{
				Name: names.add(s.Name), Info: elf.ST_INFO(binding, kind), Shndx: index, Value: s.Value, Size: s.Size,
			})
		}
		if !global {
			locals = len(list)
		}
	}
	return list, locals
}

// stringTable is ELF's: strings that end in a zero byte, by offset.
type stringTable struct{ data []byte }

func newStringTable() *stringTable { return &stringTable{[]byte{0}} }

func (t *stringTable) add(s string) uint32 {
	offset := len(t.data)
	t.data = append(append(t.data, s...), 0)
	return uint32(offset)
}
