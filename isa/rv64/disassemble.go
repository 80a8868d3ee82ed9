package rv64

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/arch/riscv64/riscv64asm"

	"github.com/threadmill-sim/threadmill/isa"
)

// library guards riscv64asm.Decode, which writes to a variable of its package.
var library sync.Mutex

// Disassemble is the instruction raw, at pc, in GNU syntax with numbered
// registers, the targets of branches as addresses. What is illegal is written
// as data.
func Disassemble(raw uint32, pc isa.Addr) string {
	_, row := decode(raw)
	if row == nil {
		if Compressed(raw) {
			return fmt.Sprintf(".half %#04x", raw&0xffff)
		}
		return fmt.Sprintf(".word %#08x", raw)
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], raw)
	library.Lock()
	inst, err := riscv64asm.Decode(b[:row.size])
	library.Unlock()
	if err != nil || row.replaced() {
		return row.text(raw, pc)
	}
	return riscv64asm.GNUSyntax(inst)
}

// replaced reports whether text is to be preferred to the library's: targets
// of branches, which it writes as distances (and c.j's wrongly), and c.lui,
// whose constant it extends to 32 bits.
func (r *Row) replaced() bool {
	return slices.ContainsFunc(r.Operands, func(o *Operand) bool {
		return o.Kind == Target || o.Kind == Upper && r.size == 2
	})
}

// text writes the instruction from the table. What the library rejects and so
// ends up here are compressed hints, none of which has a rounding mode or an
// ordering.
func (r *Row) text(raw uint32, pc isa.Addr) string {
	var b strings.Builder
	b.WriteString(r.Name)
	for i, o := range r.Operands {
		v := o.decode(raw)
		if o.Kind == Base {
			fmt.Fprintf(&b, "(x%d)", v)
			continue
		}
		b.WriteString([]string{" ", ","}[min(i, 1)])
		b.WriteString(o.text(v, pc))
	}
	return b.String()
}

func (o *Operand) text(v int64, pc isa.Addr) string {
	switch o.Kind {
	case IntReg:
		return fmt.Sprintf("x%d", v)
	case FPReg:
		return fmt.Sprintf("f%d", v)
	case Upper:
		return fmt.Sprintf("%#x", v&0xfffff)
	case Target:
		return fmt.Sprintf("%#x", pc+isa.Addr(v))
	}
	return fmt.Sprint(v)
}
