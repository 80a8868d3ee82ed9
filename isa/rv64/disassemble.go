package rv64

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/arch/riscv64/riscv64asm"

	"github.com/threadmill-sim/threadmill/isa"
)

// Disassemble is the instruction raw, at pc, in GNU syntax, with the targets
// of branches as addresses. What is illegal is written as data.
func Disassemble(raw uint32, pc isa.Addr) string {
	s, row := decode(raw)
	if row == nil {
		if Compressed(raw) {
			return fmt.Sprintf(".half %#04x", raw&0xffff)
		}
		return fmt.Sprintf(".word %#08x", raw)
	}
	if row.hasTarget() {
		return row.text(raw, pc)
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], raw)
	inst, err := riscv64asm.Decode(b[:row.size])
	if err != nil || s.op == opFENCE {
		return row.text(raw, pc)
	}
	return riscv64asm.GNUSyntax(inst)
}

func (r *Row) hasTarget() bool {
	for _, o := range r.Operands {
		if o.Kind == Target {
			return true
		}
	}
	return false
}

// text writes the instruction from the table. It is what the library's text is
// replaced with where that rejects a legal instruction (compressed hints) or
// does not show a branch's target.
func (r *Row) text(raw uint32, pc isa.Addr) string {
	var b strings.Builder
	b.WriteString(r.Name)
	for i, o := range r.Operands {
		v := o.decode(raw)
		if o.Kind == Base {
			fmt.Fprintf(&b, "(%s)", intNames[v])
			continue
		}
		if o.Kind == Rounding && v == rmDynamic {
			continue
		}
		b.WriteString([]string{" ", ","}[min(i, 1)])
		b.WriteString(o.text(v, pc))
	}
	return b.String()
}

// intNames and fpNames are the registers' names in the calling convention.
var (
	intNames = strings.Fields("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6")
	fpNames  = strings.Fields("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11")
)

func (o *Operand) text(v int64, pc isa.Addr) string {
	switch o.Kind {
	case IntReg:
		return intNames[v]
	case FPReg:
		return fpNames[v]
	case Upper:
		return fmt.Sprintf("%#x", v&0xfffff)
	case Target:
		return fmt.Sprintf("%#x", pc+isa.Addr(v))
	case FenceSet:
		set := ""
		for i, c := range "iorw" {
			if v>>(3-i)&1 != 0 {
				set += string(c)
			}
		}
		return max(set, "0")
	}
	return fmt.Sprint(v)
}
