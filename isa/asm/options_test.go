package asm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/asm"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

func ExampleAssemble() {
	source := `
	.globl	_start
_start:	li	a0, 42
	li	a7, 93		# exit
	ecall
`
	p, err := asm.Assemble("exit.s", []byte(source), asm.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	text := p.Segments[0]
	for i := 0; i < len(text.Data); i += 4 {
		raw := uint32(text.Data[i]) | uint32(text.Data[i+1])<<8 | uint32(text.Data[i+2])<<16 | uint32(text.Data[i+3])<<24
		fmt.Printf("%#x: %08x\n", text.Addr+uint64(i), raw)
	}
	// Output:
	// 0x10000: 02a00513
	// 0x10004: 05d00893
	// 0x10008: 00000073
}

func TestOptions(t *testing.T) {
	source := "nop\nmain: nop\nother: nop\n.equ constant, 1\n.data\n.word 1"
	for _, c := range []struct {
		opts  asm.Options
		entry uint64
		err   string
	}{
		{asm.Options{}, 0x10004, ""},
		{asm.Options{Entry: "other"}, 0x10008, ""},
		{asm.Options{TextBase: 0x400000}, 0x400004, ""},
		{asm.Options{Entry: "constant"}, 0, "the entry point constant is not a label"},
		{asm.Options{TextBase: 0x400001}, 0, "not a multiple of 4096"},
		{asm.Options{MaxMemory: 4099}, 0, "beyond 4099 bytes of memory"},
		{asm.Options{MaxData: 15}, 0, "beyond 15 bytes of contents"},
		{asm.Options{MaxMemory: 4100, MaxData: 16}, 0x10004, ""},
	} {
		p, err := asm.Assemble("t.s", []byte(source), c.opts)
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%+v: %v, want %q", c.opts, err, c.err)
			}
		case err != nil || p.Entry != c.entry:
			t.Errorf("%+v: entry %v, error %v, want %#x", c.opts, p, err, c.entry)
		}
	}
}

// TestMisspelt: an unknown mnemonic is told a near one.
func TestMisspelt(t *testing.T) {
	for row := range rv64.Rows() {
		_, err := asm.Assemble("t.s", []byte(row.Name+"x 1, 2, 3"), asm.Options{})
		if err == nil || !strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%sx: %v", row.Name, err)
		}
	}
}
