package asm_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/asm"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// sample is an instruction of the table with operands: as it is written and
// as the table encodes it.
type sample struct {
	row  *rv64.Row
	text string
	raw  uint32
}

var (
	orders = []string{"", ".rl", ".aq", ".aqrl"}
	modes  = []string{"rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"}
)

// samples draws instructions of every row: operands at the ends of their
// ranges and random ones.
func samples(perRow int) []sample {
	random := rand.New(rand.NewPCG(1, 2))
	var list []sample
	for row := range rv64.Rows() {
		for n := 0; n < perRow; {
			values := make([]int64, len(row.Operands))
			for i, o := range row.Operands {
				lo, hi, step := o.Range()
				switch v := lo + step*random.Int64N((hi-lo)/step+1); random.IntN(4) {
				case 0:
					values[i] = lo
				case 1:
					values[i] = hi
				default:
					values[i] = v
				}
				if o.Kind == rv64.FenceSet {
					values[i] = max(values[i], 1) // GNU as has no empty set
				}
			}
			raw, err := row.Encode(values...)
			if err != nil {
				continue // excluded values
			}
			list = append(list, sample{row, write(row, values), raw})
			n++
		}
	}
	return list
}

// write is the instruction in assembly language.
func write(row *rv64.Row, values []int64) string {
	name, operands := row.Name, ""
	separate := func(s string) {
		if operands != "" {
			operands += ", "
		}
		operands += s
	}
	for i, o := range row.Operands {
		switch v := values[i]; o.Kind {
		case rv64.IntReg:
			separate(fmt.Sprintf("x%d", v))
		case rv64.FPReg:
			separate(fmt.Sprintf("f%d", v))
		case rv64.Base:
			if i > 0 && row.Operands[i-1].Kind == rv64.Const {
				operands += fmt.Sprintf("(x%d)", v)
			} else {
				separate(fmt.Sprintf("(x%d)", v))
			}
		case rv64.Const, rv64.CSR:
			separate(fmt.Sprint(v))
		case rv64.Upper:
			separate(fmt.Sprintf("%#x", v&0xfffff))
		case rv64.Target:
			separate(fmt.Sprintf(". + %d", v))
		case rv64.Rounding:
			separate(modes[v])
		case rv64.FenceSet:
			set := ""
			for bit, c := range []string{"i", "o", "r", "w"} {
				if v>>(3-bit)&1 != 0 {
					set += c
				}
			}
			separate(set)
		case rv64.Ordering:
			name += orders[v]
		}
	}
	return name + " " + operands
}

// TestTable assembles every instruction of the table.
func TestTable(t *testing.T) {
	var source strings.Builder
	list := samples(20)
	for _, s := range list {
		source.WriteString(s.text + "\n")
	}
	text := code(t, source.String())
	for i, s := range list {
		var raw uint32
		if s.row.Size() == 2 {
			raw = uint32(binary.LittleEndian.Uint16(text))
		} else {
			raw = binary.LittleEndian.Uint32(text)
		}
		text = text[s.row.Size():]
		if raw != s.raw {
			t.Errorf("line %d: %s = %#x, want %#x", i+1, s.text, raw, s.raw)
		}
	}
}

// shiftsByZero reports a compressed shift that does nothing, which GNU as
// refuses.
func shiftsByZero(text string) bool {
	return strings.HasPrefix(text, "c.s") && strings.HasSuffix(text, ", 0")
}

// tooNew reports an instruction of Zicond, which GNU as has from 2.41 on; the
// tests of rv64 compare it with riscv64asm and with the manual.
func tooNew(text string) bool { return strings.HasPrefix(text, "czero.") }

// TestTableGNU compares the same with GNU as.
func TestTableGNU(t *testing.T) {
	list := samples(8)
	var b strings.Builder
	b.WriteString(".option norvc\nnop\n")
	list = slices.DeleteFunc(list, func(s sample) bool { return shiftsByZero(s.text) || tooNew(s.text) })
	for i, s := range list {
		option := "norvc"
		if s.row.Size() == 2 {
			option = "rvc"
		}
		if name := s.row.Name; name == "fcvt.d.w" || name == "fcvt.d.wu" || name == "fcvt.d.s" { // no mode there
			list[i].text = s.text[:strings.LastIndex(s.text, ",")]
		}
		fmt.Fprintf(&b, ".option %s\n%s\n", option, list[i].text)
	}
	source := filepath.Join(t.TempDir(), "table.s")
	if err := os.WriteFile(source, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := asm.Assemble(source, []byte(b.String()), asm.Options{TextBase: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	want, err := gnu(t, source, p).Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	got := p.Segments[0].Data
	at := 4
	for _, s := range list {
		end := at + s.row.Size()
		if len(want) < end || !bytes.Equal(got[at:end], want[at:end]) {
			t.Fatalf("%s: % x, want % x", s.text, got[at:end], want[at:])
		}
		at = end
	}
}

// TestDisassembled assembles what the disassembler writes. That leaves out
// rounding modes and the difference between short and long encodings, and
// names some instructions for what they are used for.
func TestDisassembled(t *testing.T) {
	const pc = 0x10000
	for _, s := range samples(20) {
		text := rv64.Disassemble(s.raw, pc)
		rounds := slices.ContainsFunc(s.row.Operands, func(o *rv64.Operand) bool { return o.Kind == rv64.Rounding })
		renamed := strings.HasPrefix(text, "prefetch.") || s.row.Name == "add" && strings.HasPrefix(text, "mv ")
		if s.row.Size() == 2 || rounds || renamed {
			continue
		}
		want := binary.LittleEndian.AppendUint32(nil, s.raw)
		if got := code(t, text); !bytes.Equal(got, want) {
			t.Errorf("%s, disassembled as %s: % x, want % x", s.text, text, got, want)
		}
	}
}
