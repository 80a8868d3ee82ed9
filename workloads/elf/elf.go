// Package elf reads what Linux would load of a RISC-V executable.
//
// It accepts 64-bit little-endian RISC-V files for System V or Linux: ET_EXEC,
// and ET_DYN with an entry point, which may be loaded anywhere: programs that
// relocate themselves (static PIE), those that name an interpreter to do it
// (the dynamic linker), and the interpreter itself.
// It reads the file header and the program headers, never sections or symbols,
// which a stripped file does not have. Every field is checked before it is
// used, so that no input makes it panic, allocate more than a few bytes per
// program header, or hand out a segment outside the user half of Sv48.
//
// Numbers and names are those of the System V ABI (gabi 4.1) and of the
// RISC-V ELF psABI 1.0; debug/elf supplies the names only.
package elf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// Image is a loadable program. Segment data alias the bytes given to Load.
// The addresses of a position-independent image are those of a load at 0.
type Image struct {
	Entry isa.Addr
	// PIE: the image may be loaded at any page; it relocates itself.
	PIE      bool
	Segments []Segment // by address, not overlapping, not empty
	// Phdr is the address of the program headers in the loaded image, 0 when
	// no segment holds them; Phnum is their number.
	Phdr  isa.Addr
	Phnum int
	// Interpreter is the path of the program that must be loaded too and gets
	// control first, the dynamic linker; "" for a static program.
	Interpreter string
	File        []byte // what was given to Load
}

// Segment is one PT_LOAD: Size bytes from Addr on, the first of them Data and
// the rest zero.
type Segment struct {
	Addr   isa.Addr
	Size   uint64
	Offset uint64 // of Data in the file
	Data   []byte
	Prot   mem.Prot
}

// End is the first address after the segment.
func (s *Segment) End() isa.Addr { return s.Addr + isa.Addr(s.Size) }

// End is the first address after the image.
func (m *Image) End() isa.Addr { return m.Segments[len(m.Segments)-1].End() }

// Sizes of the ELF64 file header and program header.
const (
	headerSize = 64
	// PhdrSize is the size in bytes of one program header.
	PhdrSize = 56
)

// Load reads an executable from the contents of its file.
func Load(file []byte) (*Image, error) {
	if err := identify(file); err != nil {
		return nil, err
	}
	var h elf.Header64
	if err := decode(file, 0, &h); err != nil {
		return nil, err
	}
	if err := checkHeader(&h); err != nil {
		return nil, err
	}
	headers, err := programHeaders(file, &h)
	if err != nil {
		return nil, err
	}
	m := &Image{Entry: isa.Addr(h.Entry), PIE: elf.Type(h.Type) == elf.ET_DYN, Phnum: len(headers), File: file}
	for i := range headers {
		if err := m.add(file, &headers[i]); err != nil {
			return nil, fmt.Errorf("program header %d: %w", i, err)
		}
	}
	if m.Interpreter, err = interpreter(file, headers); err != nil {
		return nil, err
	}
	if len(m.Segments) == 0 {
		return nil, errors.New("ELF file has no loadable segment")
	}
	if !m.executable(m.Entry) {
		if m.PIE && m.Entry == 0 {
			return nil, errors.New("shared library, not an executable")
		}
		return nil, fmt.Errorf("corrupt ELF file: entry point %#x is in no executable segment", uint64(m.Entry))
	}
	m.Phdr = m.locate(h.Phoff, uint64(len(headers))*PhdrSize, headers)
	return m, nil
}

// identify checks the sixteen identification bytes and whether the rest of the
// file header is there.
func identify(file []byte) error {
	switch {
	case len(file) == 0:
		return errors.New("empty file")
	case !bytes.HasPrefix(file, []byte(elf.ELFMAG[:min(len(file), len(elf.ELFMAG))])):
		return errors.New("not an ELF file")
	case len(file) < elf.EI_NIDENT:
		return truncated(file, "the identification", 0, elf.EI_NIDENT)
	}
	switch c := elf.Class(file[elf.EI_CLASS]); c {
	case elf.ELFCLASS64:
	case elf.ELFCLASS32:
		return fmt.Errorf("32-bit ELF file%s: only 64-bit RISC-V is supported", machineOf(file))
	default:
		return fmt.Errorf("corrupt ELF file: class %d", c)
	}
	switch d := elf.Data(file[elf.EI_DATA]); d {
	case elf.ELFDATA2LSB:
	case elf.ELFDATA2MSB:
		return fmt.Errorf("big-endian ELF file%s: only little-endian RISC-V is supported", machineOf(file))
	default:
		return fmt.Errorf("corrupt ELF file: byte order %d", d)
	}
	if v := elf.Version(file[elf.EI_VERSION]); v != elf.EV_CURRENT {
		return fmt.Errorf("corrupt ELF file: version %d", v)
	}
	if len(file) < headerSize {
		return truncated(file, "the file header", 0, headerSize)
	}
	switch abi := elf.OSABI(file[elf.EI_OSABI]); abi {
	case elf.ELFOSABI_NONE, elf.ELFOSABI_LINUX:
		return nil
	default:
		return fmt.Errorf("ELF file for another operating system (%s): only Linux is supported", abi)
	}
}

// machineOf names the architecture of a file whose class or byte order is not
// ours, for the message; it is at the same place in every class.
func machineOf(file []byte) string {
	const machine = 18
	if len(file) < machine+2 {
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(file[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	return fmt.Sprintf(" for %s", architecture(elf.Machine(order.Uint16(file[machine:]))))
}

func architecture(m elf.Machine) string {
	switch m {
	case elf.EM_386:
		return "x86"
	case elf.EM_X86_64:
		return "x86-64"
	case elf.EM_ARM:
		return "Arm"
	case elf.EM_AARCH64:
		return "AArch64"
	case elf.EM_PPC64:
		return "PowerPC 64"
	case elf.EM_S390:
		return "S/390"
	case elf.EM_MIPS:
		return "MIPS"
	case elf.EM_LOONGARCH:
		return "LoongArch"
	case elf.EM_RISCV:
		return "RISC-V"
	}
	return fmt.Sprintf("another architecture (ELF machine %d)", m)
}

// rve is the e_flags bit of the embedded base with 16 registers.
const rve = 0x8

func checkHeader(h *elf.Header64) error {
	if m := elf.Machine(h.Machine); m != elf.EM_RISCV {
		return fmt.Errorf("ELF file for %s: only 64-bit RISC-V is supported", architecture(m))
	}
	switch t := elf.Type(h.Type); t {
	case elf.ET_EXEC, elf.ET_DYN:
	case elf.ET_REL:
		return errors.New("object file, not an executable: link it first")
	case elf.ET_CORE:
		return errors.New("core dump, not an executable")
	default:
		return fmt.Errorf("corrupt ELF file: type %d", h.Type)
	}
	if h.Flags&rve != 0 {
		return errors.New("ELF file for RV64E: only RV64I with 32 registers is supported")
	}
	if h.Version != uint32(elf.EV_CURRENT) || h.Ehsize != headerSize {
		return fmt.Errorf("corrupt ELF file: file header of version %d with %d bytes, want 1 and %d", h.Version, h.Ehsize, headerSize)
	}
	return nil
}

// maxPhnum bounds the program headers to 64 KiB, as Linux does. It excludes
// 0xffff, which would mean that the number stands in a section header.
const maxPhnum = 65536 / PhdrSize

func programHeaders(file []byte, h *elf.Header64) ([]elf.Prog64, error) {
	switch {
	case h.Phnum == 0:
		return nil, errors.New("ELF file has no program headers: not an executable")
	case h.Phentsize != PhdrSize:
		return nil, fmt.Errorf("corrupt ELF file: program headers of %d bytes, want %d", h.Phentsize, PhdrSize)
	case h.Phnum > maxPhnum:
		return nil, fmt.Errorf("corrupt ELF file: %d program headers, at most %d are possible", h.Phnum, maxPhnum)
	}
	size := uint64(h.Phnum) * PhdrSize
	if !within(h.Phoff, size, uint64(len(file))) {
		return nil, truncated(file, "the program headers", h.Phoff, size)
	}
	headers := make([]elf.Prog64, h.Phnum)
	return headers, decode(file, h.Phoff, headers)
}

// add appends what a program header loads.
func (m *Image) add(file []byte, p *elf.Prog64) error {
	if elf.ProgType(p.Type) != elf.PT_LOAD || p.Memsz == 0 {
		return nil
	}
	switch {
	case p.Filesz > p.Memsz:
		return fmt.Errorf("corrupt ELF file: %d bytes in the file but %d in memory", p.Filesz, p.Memsz)
	case !within(p.Off, p.Filesz, uint64(len(file))):
		return truncated(file, "the segment", p.Off, p.Filesz)
	case !within(p.Vaddr, p.Memsz, uint64(mem.End)):
		return fmt.Errorf("corrupt ELF file: segment of %#x bytes at %#x does not fit below %#x", p.Memsz, p.Vaddr, uint64(mem.End))
	}
	if n := len(m.Segments); n > 0 && isa.Addr(p.Vaddr) < m.Segments[n-1].End() {
		return fmt.Errorf("corrupt ELF file: segment at %#x overlaps or precedes the one before it, which ends at %#x", p.Vaddr, uint64(m.Segments[n-1].End()))
	}
	m.Segments = append(m.Segments, Segment{
		Addr:   isa.Addr(p.Vaddr),
		Size:   p.Memsz,
		Offset: p.Off,
		Data:   file[p.Off : p.Off+p.Filesz : p.Off+p.Filesz],
		Prot:   protection(elf.ProgFlag(p.Flags)),
	})
	return nil
}

func protection(f elf.ProgFlag) mem.Prot {
	var p mem.Prot
	if f&elf.PF_R != 0 {
		p |= mem.Read
	}
	if f&elf.PF_W != 0 {
		p |= mem.Write | mem.Read
	}
	if f&elf.PF_X != 0 {
		p |= mem.Exec
	}
	return p
}

// interpreter is the path of the interpreter that a file names, "" when it
// names none. A file that needs libraries and has nobody to load them is
// refused.
func interpreter(file []byte, headers []elf.Prog64) (string, error) {
	needs := false
	for i := range headers {
		p := &headers[i]
		switch elf.ProgType(p.Type) {
		case elf.PT_INTERP:
			if !within(p.Off, p.Filesz, uint64(len(file))) {
				return "", truncated(file, "the interpreter's name", p.Off, p.Filesz)
			}
			return interpreterName(file[p.Off : p.Off+p.Filesz])
		case elf.PT_DYNAMIC:
			if !within(p.Off, p.Filesz, uint64(len(file))) {
				return "", truncated(file, "the dynamic section", p.Off, p.Filesz)
			}
			needs = needs || needsLibrary(file[p.Off:p.Off+p.Filesz])
		}
	}
	if needs {
		return "", errors.New("shared library, not an executable: it needs other libraries and names no interpreter to load them")
	}
	return "", nil
}

// interpreterName checks a path with its zero byte.
func interpreterName(b []byte) (string, error) {
	const maxPath = 4096
	if len(b) < 2 || len(b) > maxPath || bytes.IndexByte(b, 0) != len(b)-1 {
		return "", fmt.Errorf("corrupt ELF file: the interpreter's name is %.40q, want a path and one zero byte", b)
	}
	return string(b[:len(b)-1]), nil
}

// needsLibrary reports whether a dynamic section has a DT_NEEDED entry.
func needsLibrary(dynamic []byte) bool {
	const entry = 16 // tag and value
	for d := dynamic; len(d) >= entry; d = d[entry:] {
		switch elf.DynTag(binary.LittleEndian.Uint64(d)) {
		case elf.DT_NULL:
			return false
		case elf.DT_NEEDED:
			return true
		}
	}
	return false
}

func (m *Image) executable(a isa.Addr) bool {
	for i := range m.Segments {
		if s := &m.Segments[i]; a >= s.Addr && a < s.End() {
			return s.Prot&mem.Exec != 0 && a%2 == 0
		}
	}
	return false
}

// locate is the address at which size bytes at a file offset are loaded, 0 if
// they are not.
func (m *Image) locate(off, size uint64, headers []elf.Prog64) isa.Addr {
	for i := range headers {
		p := &headers[i]
		if elf.ProgType(p.Type) == elf.PT_LOAD && off >= p.Off && within(off-p.Off, size, p.Filesz) {
			return isa.Addr(p.Vaddr + off - p.Off)
		}
	}
	return 0
}

// within reports whether size bytes at off lie below end.
func within(off, size, end uint64) bool { return off <= end && size <= end-off }

func truncated(file []byte, what string, off, size uint64) error {
	return fmt.Errorf("truncated ELF file: %s needs %d bytes at offset %d, the file has %d", what, size, off, len(file))
}

// decode reads little-endian data at an offset that the caller has checked.
func decode(file []byte, off uint64, v any) error {
	_, err := binary.Decode(file[off:], binary.LittleEndian, v)
	return err
}
