package asm_test

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa/asm"
)

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(needs.Tool(t, name), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.Bytes())
	}
	return out
}

func assemble(t *testing.T, source string) *asm.Program {
	t.Helper()
	p, err := asm.Assemble("test.s", []byte(source), asm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// code is the contents of the first segment.
func code(t *testing.T, source string) []byte {
	t.Helper()
	return assemble(t, source).Segments[0].Data
}

// TestGNU compares the contents of every section with those that GNU as and
// ld make of the same source at the same addresses.
func TestGNU(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.s")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources:", err)
	}
	for _, source := range sources {
		t.Run(filepath.Base(source), func(t *testing.T) {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			p := assemble(t, string(text))
			compareWithGNU(t, source, p)
		})
	}
}

// gnu assembles and links a source with the GNU tools, sections at the same
// addresses as the program's.
func gnu(t *testing.T, source string, p *asm.Program) *elf.File {
	t.Helper()
	object, binary := filepath.Join(t.TempDir(), "a.o"), filepath.Join(t.TempDir(), "a")
	run(t, "riscv64-linux-gnu-as", "-march=rv64gc_zihintpause_zba_zbb_zbs", "-o", object, source)
	script := "ENTRY(_start)\nSECTIONS {\n"
	for _, s := range p.Sections {
		script += fmt.Sprintf("%s %#x : { *(%s) }\n", s.Name, s.Addr, s.Name)
	}
	script += "/DISCARD/ : { *(.riscv.attributes .comment) }\n}\n"
	scriptFile := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(scriptFile, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "riscv64-linux-gnu-ld", "--no-relax", "-T", scriptFile, "-o", binary, object)
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func compareWithGNU(t *testing.T, source string, p *asm.Program) {
	t.Helper()
	want := gnu(t, source, p)
	got, err := elf.NewFile(bytes.NewReader(p.ELF()))
	if err != nil {
		t.Fatal(err)
	}
	const mergeable = elf.SHF_MERGE | elf.SHF_STRINGS
	for _, s := range p.Sections {
		// GNU as pads sections to their alignment.
		w, g := want.Section(s.Name), got.Section(s.Name)
		if w == nil || w.Addr != g.Addr || w.Size < g.Size || w.Size >= g.Size+64 || w.Type != g.Type || w.Flags&^mergeable != g.Flags {
			t.Errorf("%s: header %+v, want %+v", s.Name, g.SectionHeader, w)
			continue
		}
		if s.NoBits {
			continue
		}
		gd, gerr := g.Data()
		wd, werr := w.Data()
		if err := cmp.Or(gerr, werr); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(gd); i += 4 {
			if end := min(i+4, len(gd)); !bytes.Equal(gd[i:end], wd[i:end]) {
				t.Fatalf("%s+%#x (address %#x): % x, want % x", s.Name, i, s.Addr+uint64(i), gd[i:end], wd[i:end])
			}
		}
	}
	compareSymbols(t, want, p)
	if p.Entry != want.Entry {
		t.Errorf("entry %#x, want %#x", p.Entry, want.Entry)
	}
}

// compareSymbols looks for every symbol of the source; the linker adds its
// own, whose names begin with an underscore or a dollar sign.
func compareSymbols(t *testing.T, want *elf.File, p *asm.Program) {
	t.Helper()
	symbols, err := want.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range symbols {
		own := w.Name == "" || w.Name[0] == '$' || w.Name[0] == '_' && w.Name != "_start"
		if own || elf.ST_TYPE(w.Info) == elf.STT_FILE {
			continue
		}
		if g, ok := p.Symbol(w.Name); !ok || g.Value != w.Value || g.Size != w.Size {
			t.Errorf("symbol %s = %#x size %d, want %#x size %d", w.Name, g.Value, g.Size, w.Value, w.Size)
		}
	}
}

// TestRun runs an assembled ELF file under an independent emulator.
func TestRun(t *testing.T) {
	p := assemble(t, `
	.equ	write, 64
	.equ	exit, 93
	.globl	_start
_start:	li	a0, 1
	la	a1, message
	li	a2, length
	li	a7, write
	ecall
	lw	t0, counter	# .bss starts as zero
	la	t1, table
	ld	t1, 8(t1)
	jalr	t1
	li	a7, exit
	ecall
code:	addi	a0, t0, 42
	ret
	.rodata
message: .ascii	"hello\n"
	.equ	length, . - message
	.data
	.balign 8
table:	.dword	0, code
	.bss
	.space	5000
counter: .word	0
`)
	binary := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(binary, p.ELF(), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(needs.Tool(t, "qemu-riscv64"), binary)
	out, err := cmd.Output()
	if string(out) != "hello\n" || cmd.ProcessState.ExitCode() != 42 {
		t.Errorf("output %q, exit code %d (%v), want \"hello\\n\" and 42", out, cmd.ProcessState.ExitCode(), err)
	}
}

// TestBranchReach puts targets at the ends of what a conditional branch
// reaches, and just beyond, where it is the inverse branch over a jump.
func TestBranchReach(t *testing.T) {
	for _, c := range []struct{ name, source, same string }{
		{"forward", "beqz a0, 1f; .space 4090; 1: nop", "beqz a0, . + 4094; .space 4090; nop"},
		{"forward, too far", "beqz a0, 1f; .space 4092; 1: nop", "bnez a0, . + 8; j . + 4096; .space 4092; nop"},
		{"backward", "1: .space 4096; bltu a0, a1, 1b", ".space 4096; bltu a0, a1, . - 4096"},
		{"backward, too far", "1: .space 4098; bltu a0, a1, 1b", ".space 4098; bgeu a0, a1, . + 8; j . - 4102"},
		{"only once the second has grown", // 4094 ahead at first
			"beqz a0, 1f; bgez a1, 2f; .space 4086; 1: nop; .space 8; 2: nop",
			"bnez a0, . + 8; j 1f; bltz a1, . + 8; j 2f; .space 4086; 1: nop; .space 8; 2: nop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := code(t, c.source), code(t, c.same); !bytes.Equal(got, want) {
				t.Errorf("%q is % x …, want % x …", c.source, trim(got), trim(want))
			}
		})
	}
}

// trim leaves the bytes of an image that are not zero.
func trim(b []byte) []byte {
	return slices.DeleteFunc(slices.Clone(b), func(x byte) bool { return x == 0 })
}

// TestLateConstants has sizes and constants that only the layout decides.
func TestLateConstants(t *testing.T) {
	for source, same := range map[string]string{
		"li a0, 2f - 1f; 1: .space 4000; 2:":               "lui a0, 1; addiw a0, a0, -96; .space 4000",
		".equ n, end - 1f; 1: .space 10; end: .half n":     ".space 10; .half 10",
		"nop; .space 32 - (. - start)":                     "nop; .space 28",
		".set x, 1; .byte x; .set x, x + 1; .byte x":       ".byte 1, 2",
		".byte y; .equ y, 7":                               ".byte 7",
		".rept 3; .byte 1; .rept 2; .byte 2; .endr; .endr": ".byte 1, 2, 2, 1, 2, 2, 1, 2, 2",
		".rept 2; 1: .byte 1f - 1b; .endr; 1:":             ".byte 1, 1",
		".rept 0; .byte 1; .endr; .rept 9; .endr; .byte 2": ".byte 2",
		".byte 1; 1: .byte 2; .byte 1f - 1b; 1:":           ".byte 1, 2, 2",
	} {
		if got, want := code(t, "start: "+source), code(t, "start: "+same); !bytes.Equal(got, want) {
			t.Errorf("%q is % x, want % x", source, trim(got), trim(want))
		}
	}
}

func TestSections(t *testing.T) {
	p := assemble(t, `
	.data
d:	.byte	1
	.text
	nop
	.section .text.hot, "ax", @progbits
	ret
	.section .note.GNU-stack, "", @progbits
	.section .debug_stuff
	.string "not in the program"
	.bss
	.space 10
	.section .rodata.str1.8, "aMS", @progbits, 1
	.string "x"
	.data
	.byte	2
	.comm	common, 24, 16
`)
	var got []string
	for _, s := range p.Sections {
		got = append(got, fmt.Sprintf("%s %#x+%d %d", s.Name, s.Addr, s.Size, s.Access))
	}
	want := []string{
		".text 0x10000+4 5", ".text.hot 0x10008+4 5", ".rodata.str1.8 0x11000+2 4", ".data 0x12000+2 6", ".bss 0x12010+40 6",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sections %q\nwant     %q", got, want)
	}
	for _, s := range p.Segments {
		if uint64(len(s.Data)) > s.MemSize || s.Addr%4096 != 0 {
			t.Errorf("segment at %#x: %d bytes of contents, %d in memory", s.Addr, len(s.Data), s.MemSize)
		}
	}
	if len(p.Segments) != 3 || p.Segments[2].MemSize != 0x10+40 {
		t.Errorf("segments %+v", p.Segments)
	}
	if c, ok := p.Symbol("common"); !ok || c.Value != 0x12020 || c.Size != 24 || !c.Object {
		t.Errorf("common = %+v", c)
	}
}

// FuzzAssemble: no source makes the assembler panic, and what it accepts it
// accepts again, with the same result.
func FuzzAssemble(f *testing.F) {
	for _, pattern := range []string{"testdata/*.s", "testdata/*.txt"} {
		sources, _ := filepath.Glob(pattern)
		for _, s := range sources {
			text, err := os.ReadFile(s)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
			for line := range bytes.Lines(text) {
				f.Add(line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		opts := asm.Options{MaxData: 1 << 20}
		p, err := asm.Assemble("fuzz.s", source, opts)
		if (p == nil) == (err == nil) {
			t.Fatalf("program %v and error %v", p, err)
		}
		if err != nil {
			return
		}
		again, err := asm.Assemble("fuzz.s", source, opts)
		if err != nil || !bytes.Equal(p.ELF(), again.ELF()) {
			t.Fatalf("the second time differs: %v", err)
		}
	})
}
