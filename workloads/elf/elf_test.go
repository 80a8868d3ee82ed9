package elf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// file is an executable under construction; its zero value with sane() is
// the smallest one that loads.
type file struct {
	header   elf.Header64
	programs []elf.Prog64
	body     []byte
}

func sane() *file {
	f := &file{body: []byte{0x73, 0, 0, 0, 1, 2, 3, 4}}
	copy(f.header.Ident[:], "\x7fELF\x02\x01\x01")
	f.header.Type, f.header.Machine, f.header.Version = uint16(elf.ET_EXEC), uint16(elf.EM_RISCV), 1
	f.header.Ehsize, f.header.Phentsize, f.header.Phnum, f.header.Phoff = 64, 56, 2, 64
	f.header.Entry = 0x10000 + 64 + 112
	f.programs = []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: 0x10000, Filesz: 180, Memsz: 180},
		{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Off: 180, Vaddr: 0x20000, Filesz: 4, Memsz: 1 << 30},
	}
	return f
}

func (f *file) bytes() []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, &f.header)
	binary.Write(&b, binary.LittleEndian, f.programs)
	b.Write(f.body)
	return b.Bytes()
}

func TestLoad(t *testing.T) {
	data := sane().bytes()
	m, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if m.PIE || m.Entry != 0x100b0 || m.Phdr != 0x10040 || m.Phnum != 2 || len(m.Segments) != 2 {
		t.Fatalf("image %+v", m)
	}
	if s := m.Segments[1]; s.Addr != 0x20000 || s.Size != 1<<30 || s.Prot != mem.Read|mem.Write || !bytes.Equal(s.Data, []byte{1, 2, 3, 4}) {
		t.Errorf("data segment %+v", s)
	}
	if m.End() != 0x20000+1<<30 {
		t.Errorf("end %#x", m.End())
	}
}

func TestLoadRejects(t *testing.T) {
	with := func(change func(f *file)) []byte {
		f := sane()
		change(f)
		return f.bytes()
	}
	ident := func(i int, v byte) []byte {
		return with(func(f *file) { f.header.Ident[i] = v })
	}
	good := sane().bytes()
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "empty file", nil},
		{"text", "not an ELF file", []byte("#!/bin/sh\n")},
		{"magic only", "truncated ELF file: the identification", good[:4]},
		{"half a header", "truncated ELF file: the file header needs 64 bytes at offset 0, the file has 40", good[:40]},
		{"no program headers there", "truncated ELF file: the program headers needs 112 bytes", good[:100]},
		{"segment cut", "program header 1: truncated ELF file: the segment needs 4 bytes at offset 180, the file has 182", good[:182]},
		{"32-bit", "32-bit ELF file for RISC-V", ident(elf.EI_CLASS, 1)},
		{"big-endian", "big-endian ELF file", ident(elf.EI_DATA, 2)},
		{"class", "class 9", ident(elf.EI_CLASS, 9)},
		{"byte order", "byte order 7", ident(elf.EI_DATA, 7)},
		{"ident version", "version 2", ident(elf.EI_VERSION, 2)},
		{"other system", "another operating system (ELFOSABI_FREEBSD)", ident(elf.EI_OSABI, 9)},
		{"x86-64", "ELF file for x86-64: only 64-bit RISC-V", with(func(f *file) { f.header.Machine = uint16(elf.EM_X86_64) })},
		{"AArch64", "for AArch64", with(func(f *file) { f.header.Machine = uint16(elf.EM_AARCH64) })},
		{"unnamed machine", "for another architecture (ELF machine 4660)", with(func(f *file) { f.header.Machine = 0x1234 })},
		{"object file", "object file, not an executable", with(func(f *file) { f.header.Type = uint16(elf.ET_REL) })},
		{"core", "core dump", with(func(f *file) { f.header.Type = uint16(elf.ET_CORE) })},
		{"type", "type 77", with(func(f *file) { f.header.Type = 77 })},
		{"RV64E", "RV64E", with(func(f *file) { f.header.Flags = 8 })},
		{"header size", "file header of version 1 with 52 bytes", with(func(f *file) { f.header.Ehsize = 52 })},
		{"no headers", "no program headers", with(func(f *file) { f.header.Phnum = 0 })},
		{"header entry size", "program headers of 32 bytes", with(func(f *file) { f.header.Phentsize = 32 })},
		{"too many", "65535 program headers", with(func(f *file) { f.header.Phnum = 0xffff })},
		{"headers nowhere", "truncated ELF file: the program headers", with(func(f *file) { f.header.Phoff = ^uint64(0) - 8 })},
		{"nothing to load", "no loadable segment", with(func(f *file) { f.programs[0].Type, f.programs[1].Type = 0, 0 })},
		{"more in file", "4 bytes in the file but 3 in memory", with(func(f *file) { f.programs[1].Memsz = 3 })},
		{"offset wraps", "truncated ELF file: the segment", with(func(f *file) { f.programs[1].Off = ^uint64(0) - 1 })},
		{"kernel address", "does not fit below 0x800000000000", with(func(f *file) { f.programs[1].Vaddr = 1 << 63 })},
		{"absurd size", "segment of 0xffffffffffffffff bytes at 0x20000", with(func(f *file) { f.programs[1].Memsz = ^uint64(0) })},
		{"overlap", "segment at 0x100a0 overlaps", with(func(f *file) { f.programs[1].Vaddr = 0x100a0 })},
		{"descending", "segment at 0x1000 overlaps or precedes", with(func(f *file) { f.programs[1].Vaddr = 0x1000 })},
		{"entry nowhere", "entry point 0x0", with(func(f *file) { f.header.Entry = 0 })},
		{"entry in data", "entry point 0x20000", with(func(f *file) { f.header.Entry = 0x20000 })},
		{"odd entry", "entry point 0x10001", with(func(f *file) { f.header.Entry = 0x10001 })},
		{"interpreter without an end", "interpreter's name is", with(func(f *file) { f.programs[1].Type = uint32(elf.PT_INTERP) })},
		{"interpreter with two ends", "interpreter's name is", with(func(f *file) {
			f.programs[1].Type, f.body = uint32(elf.PT_INTERP), []byte("\x73\x00\x00\x00/\x00l\x00")
		})},
		{"interpreter cut", "the interpreter's name needs 99 bytes", with(func(f *file) { f.programs[1].Type, f.programs[1].Filesz = uint32(elf.PT_INTERP), 99 })},
		{"dynamic section cut", "the dynamic section", with(func(f *file) { f.programs[1].Type, f.programs[1].Filesz = uint32(elf.PT_DYNAMIC), 99 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Load(c.data)
			if err == nil {
				t.Fatalf("loaded as %+v", m)
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not say %q in one line", err, c.want)
			}
		})
	}
}

// An interpreter's name is told, and what a dynamic program loads besides.
func TestInterpreter(t *testing.T) {
	f := sane()
	f.programs[1].Type, f.body = uint32(elf.PT_INTERP), []byte("\x73\x00\x00\x00/ld\x00")
	data := f.bytes()
	m, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if m.Interpreter != "/ld" || len(m.Segments) != 1 || !bytes.Equal(m.File, data) {
		t.Errorf("interpreter %q, %d segments, %d bytes", m.Interpreter, len(m.Segments), len(m.File))
	}
}

// TestTruncated: every prefix of a good file that loses part of a segment is
// refused.
func TestTruncated(t *testing.T) {
	good := sane().bytes()
	for n := range len(good) {
		if _, err := Load(good[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes load", n, len(good))
		}
	}
}

// TestCompiled loads what the cross compiler's linker writes: static
// executables, static PIE, dynamic ones; a shared library and an object are
// none.
func TestCompiled(t *testing.T) {
	gcc := needs.Tool(t, "riscv64-linux-gnu-gcc")
	dir := t.TempDir()
	src := filepath.Join(dir, "main.c")
	if err := os.WriteFile(src, []byte("int puts(char *);\n#ifdef ALONE\nvoid _start(void) { for (;;); }\n#else\nvoid _start(void) { puts(\"\"); }\nint main(void) { return 0; }\n#endif\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		flags      []string
	}{
		{"static", "", []string{"-static", "-nostartfiles", "-fno-pie"}},
		{"static-pie", "", []string{"-pie", "-Wl,--no-dynamic-linker", "-nostdlib", "-fPIE", "-DALONE"}},
		{"dynamic", "", []string{"-nostartfiles"}},
		{"no-pie", "", []string{"-no-pie", "-nostartfiles", "-fno-pie"}},
		{"shared", "shared library", []string{"-shared", "-fPIC"}},
		{"object", "object file", []string{"-c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(dir, c.name)
			if msg, err := exec.Command(gcc, slices.Concat(c.flags, []string{"-o", out, src})...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, msg)
			}
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Load(data)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if pie := c.name == "static-pie" || c.name == "dynamic"; m.PIE != pie || m.Phdr == 0 || m.Phdr != m.Segments[0].Addr+headerSize {
				t.Errorf("image: PIE %v, program headers at %#x", m.PIE, m.Phdr)
			}
			want := ""
			if c.name == "dynamic" || c.name == "no-pie" {
				want = "/lib/ld-linux-riscv64-lp64d.so.1"
			}
			if m.Interpreter != want {
				t.Errorf("interpreter %q, want %q", m.Interpreter, want)
			}
		})
	}
}

// FuzzLoad: no input panics, and what loads keeps Image's promises.
func FuzzLoad(f *testing.F) {
	good := sane().bytes()
	f.Add(good)
	f.Add(good[:70])
	pie := sane()
	pie.header.Type = uint16(elf.ET_DYN)
	pie.programs[1].Type = uint32(elf.PT_DYNAMIC)
	f.Add(pie.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(data)
		if err != nil {
			return
		}
		inside := false
		for i := range m.Segments {
			s := &m.Segments[i]
			if s.Size == 0 || uint64(len(s.Data)) > s.Size || s.End() <= s.Addr || s.End() > mem.End {
				t.Fatalf("segment %d: %d data bytes, %#x … %#x", i, len(s.Data), s.Addr, s.End())
			}
			if i > 0 && s.Addr < m.Segments[i-1].End() {
				t.Fatalf("segments %d and %d overlap", i-1, i)
			}
			inside = inside || s.Prot&mem.Exec != 0 && m.Entry >= s.Addr && m.Entry < s.End()
		}
		if !inside {
			t.Fatalf("entry %#x is not executable", m.Entry)
		}
	})
}
