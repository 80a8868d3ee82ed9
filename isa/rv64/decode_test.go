package rv64

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/arch/riscv64/riscv64asm"

	"github.com/threadmill-sim/threadmill/isa"
)

// theirs is what riscv64asm makes of raw, as "name operand operand …", with
// aq and rl as an operand, compressed instructions expanded, and operands that
// it does not print (a rounding mode) absent; ok is false when it is none of
// RV64GC's.
func theirs(raw uint32) (text string, ok bool) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], raw)
	inst, err := riscv64asm.Decode(b[:])
	if err != nil {
		return "", false
	}
	name := strings.ToLower(inst.Op.String())
	ordering := ""
	for i, suffix := range []string{".aqrl", ".aq", ".rl"} {
		if n, found := strings.CutSuffix(name, suffix); found && ordering == "" {
			name, ordering = n, fmt.Sprint(" ", 3-i)
		}
	}
	row, known := Lookup(name)
	if !known {
		return "", false
	}
	if ordering == "" && row.op >= opLRW && row.op <= opAMOMAXUD {
		ordering = " 0"
	}
	text = name
	for _, arg := range inst.Args {
		switch a := arg.(type) {
		case nil:
		case riscv64asm.Reg:
			text += fmt.Sprint(" ", uint16(a-riscv64asm.X0)%32)
		case riscv64asm.RegPtr:
			text += fmt.Sprint(" ", strings.Trim(a.String(), "()"))
		case riscv64asm.RegOffset:
			text += fmt.Sprint(" ", a.Ofs.Imm, " ", uint16(a.OfsReg-riscv64asm.X0)%32)
		case riscv64asm.Simm:
			text += fmt.Sprint(" ", a.Imm)
		case riscv64asm.Uimm: // sign-extended to 32 bits in a c.lui
			if row.op == opLUI {
				a.Imm &= 0xfffff
			}
			text += fmt.Sprint(" ", a.Imm)
		case riscv64asm.CSR:
			text += fmt.Sprint(" ", uint16(a))
		case riscv64asm.MemOrder:
			text += fmt.Sprint(" ", uint8(a))
		}
	}
	return text + ordering, true
}

// ours is the same of the decoder here.
func ours(raw uint32) (text string, ok bool) {
	s, row := decode(raw)
	if row == nil {
		return "", false
	}
	full := rowOf(s.op)
	text = full.Name
	for _, o := range full.Operands {
		switch {
		case o.Kind == Rounding:
		case o.Kind == Upper:
			text += fmt.Sprint(" ", s.imm>>12&0xfffff)
		case o.Kind == Base && row.op >= opLRW && row.op <= opAMOMAXUD:
			text += fmt.Sprint(" ", riscv64asm.X0+riscv64asm.Reg(s.rs1))
		case o.role == inRd:
			text += fmt.Sprint(" ", s.rd)
		case o.role == inRs1:
			text += fmt.Sprint(" ", s.rs1)
		case o.role == inRs2:
			text += fmt.Sprint(" ", s.rs2)
		case o.role == inRs3:
			text += fmt.Sprint(" ", s.rs3)
		case o.role == inRM:
			text += fmt.Sprint(" ", s.rm)
		default:
			text += fmt.Sprint(" ", s.imm)
		}
	}
	return text, true
}

func rowOf(o op) *Row {
	for i := range rows {
		if rows[i].op == o {
			return &rows[i]
		}
	}
	return nil
}

// differs says why the library may disagree about raw; "" when it must not.
func differs(raw uint32, text string, ok bool) string {
	switch {
	case ok && raw&0xe003 == 0xa001 && strings.HasPrefix(text, "jal 0 "):
		return "it takes the target of c.j from the wrong bits; isa/asm's tests compare with GNU as"
	case ok && Compressed(raw) && isHint(raw):
		return "it rejects legal compressed hints"
	case !ok && raw&0xffff == 0:
		return "it takes the encoding that is defined to be illegal"
	case !ok && raw&0x7f == 0x73:
		return "it takes every CSR"
	case !ok && reservedRounding(raw):
		return "it does not look at the rounding mode"
	}
	return ""
}

// isHint reports whether a compressed instruction is a hint of the C
// extension: a computation into x0, of nothing, or a shift by nothing.
func isHint(raw uint32) bool {
	rd, imm := raw>>7&31, raw>>2&31|raw>>7&32
	switch raw & 0xe003 {
	case 0x0001: // c.nop with an immediate, c.addi of 0
		return rd == 0 || imm == 0
	case 0x4001, 0x6001: // c.li, c.lui
		return rd == 0
	case 0x8001: // c.srli and c.srai of 0
		return raw&0x0800 == 0 && imm == 0
	case 0x0002: // c.slli
		return rd == 0 || imm == 0
	case 0x8002: // c.mv, c.add
		return rd == 0 && raw>>2&31 != 0
	}
	return false
}

func reservedRounding(raw uint32) bool {
	r := raw >> 12 & 7
	op := raw & 0x7f
	return (r == 5 || r == 6) && (op == 0x53 || op == 0x43 || op == 0x47 || op == 0x4b || op == 0x4f)
}

func checkDecode(tb testing.TB, raw uint32) {
	want, known := theirs(raw)
	got, ok := ours(raw)
	if (got != want || ok != known) && differs(raw, got, ok) == "" {
		tb.Errorf("%#08x: %q, the library has %q", raw, got, want)
	}
	if ok != (Disassemble(raw, 0)[0] != '.') {
		tb.Errorf("%#08x disassembles as %q", raw, Disassemble(raw, 0))
	}
	inst, row, legal := Decode(raw)
	if legal != ok || legal && (int(inst.Size) != row.Size() || inst.Dst >= isa.NumRegs) {
		tb.Errorf("%#08x: %+v", raw, inst)
	}
	if ok {
		checkEncode(tb, raw, row)
	}
}

// checkEncode: the operands that an encoding decodes to encode to one that
// decodes the same.
func checkEncode(tb testing.TB, raw uint32, row *Row) {
	values := make([]int64, len(row.Operands))
	for i, o := range row.Operands {
		values[i] = o.decode(raw)
	}
	again, err := row.Encode(values...)
	if err != nil {
		tb.Errorf("%#08x: %v", raw, err)
		return
	}
	a, _ := decode(raw)
	if b, r := decode(again); a != b || r != row {
		tb.Errorf("%#08x decodes to %+v, %#08x of the same operands to %+v", raw, a, again, b)
	}
}

func TestDecodeCompressed(t *testing.T) {
	legal := 0
	for raw := range uint32(1 << 16) {
		if !Compressed(raw) {
			continue
		}
		checkDecode(t, raw)
		if _, row := decode(raw); row != nil {
			legal++
		}
	}
	t.Logf("%d legal", legal)
}

func TestDecode(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range rows {
		for range 500 {
			checkDecode(t, rows[i].Match|rng.Uint32()&^rows[i].Mask)
		}
	}
	for range 100_000 {
		checkDecode(t, rng.Uint32()|3)
	}
}

// TestDecodeComputations: every encoding in the space of computations on
// integers, whatever its registers are; most of it is reserved.
func TestDecodeComputations(t *testing.T) {
	legal := 0
	for _, opcode := range []uint32{0x13, 0x1b, 0x33, 0x3b} {
		for funct := range uint32(1 << 15) { // funct7, rs2 and funct3
			raw := funct>>3<<20 | funct&7<<12 | opcode | 11<<15 | 10<<7
			checkDecode(t, raw)
			if _, row := decode(raw); row != nil {
				legal++
			}
		}
	}
	t.Logf("%d legal", legal)
}

func FuzzDecode(f *testing.F) {
	for i := range rows {
		f.Add(rows[i].Match)
	}
	for i := range compressedRows {
		f.Add(compressedRows[i].Match)
	}
	f.Fuzz(func(t *testing.T, raw uint32) { checkDecode(t, raw) })
}

// TestFenceTSO: a fence that has a name of its own orders stores behind stores.
func TestFenceTSO(t *testing.T) {
	want := isa.Inst{Raw: 0x8330000f, Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.OrderStores}
	if got, _, ok := Decode(want.Raw); !ok || got != want {
		t.Errorf("fence.tso is %+v, want %+v", got, want)
	}
}

// TestDescribe: what the timing model is told.
func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		line line
		want isa.Inst
	}{
		{in("sd", 10, 8, 2), isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Src: [3]isa.Reg{2, 10}}},
		{in("c.fsdsp", 9, 8, 2), isa.Inst{Class: isa.Store, Size: 2, MemSize: 8, Src: [3]isa.Reg{2, 41}}},
		{in("c.lw", 10, 4, 11), isa.Inst{Class: isa.Load, Size: 2, MemSize: 4, Dst: 10, Src: [3]isa.Reg{11}}},
		{in("c.add", 10, 11), isa.Inst{Class: isa.IntALU, Size: 2, Dst: 10, Src: [3]isa.Reg{10, 11}}},
		{in("fmadd.d", 1, 2, 3, 4, 7), isa.Inst{Class: isa.FPFMA, Size: 4, Dst: 33, Src: [3]isa.Reg{34, 35, 36}}},
		{in("fcvt.d.l", 1, 2, 0), isa.Inst{Class: isa.FPCvt, Size: 4, Dst: 33, Src: [3]isa.Reg{2}}},
		{in("feq.s", 1, 2, 3), isa.Inst{Class: isa.FPAdd, Size: 4, Dst: 1, Src: [3]isa.Reg{34, 35}}},
		{in("amoadd.w", 5, 6, 7, 1), isa.Inst{Class: isa.Atomic, Size: 4, MemSize: 4, Dst: 5, Src: [3]isa.Reg{7, 6},
			Flags: isa.Serialising | isa.DrainStores}},
		{in("lr.d", 5, 7, 2), isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{7}, Flags: isa.Serialising}},
		{in("sc.d", 5, 6, 7, 0), isa.Inst{Class: isa.Store, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{7, 6}, Flags: isa.Serialising}},
		{in("sh3add.uw", 5, 6, 7), isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6, 7}}},
		{in("rori", 5, 6, 63), isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6}}},
		{in("cpop", 5, 6), isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6}}},
		{in("czero.nez", 5, 6, 7), isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6, 7}}},
		{in("fence", 15, 15), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.DrainStores}},
		{in("fence", 2, 3), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising}},
		{in("fence", 3, 1), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.OrderStores}},
		{in("fence", 4, 1), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.OrderStores}},
		{in("fence", 1, 8), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.DrainStores}},
		{in("fence", 0, 3), isa.Inst{Class: isa.IntALU, Size: 4}},
		{in("fence", 1, 0), isa.Inst{Class: isa.IntALU, Size: 4, Flags: isa.Yield}}, // pause
		{in("fence.i"), isa.Inst{Class: isa.Fence, Size: 4, Flags: isa.Serialising | isa.DrainStores}},
		{in("ecall"), isa.Inst{Class: isa.System, Size: 4, Flags: isa.Serialising | isa.DrainStores}},
		{in("c.ebreak"), isa.Inst{Class: isa.System, Size: 2, Flags: isa.Serialising | isa.DrainStores}},
		{in("csrrs", 5, csrCycle, 0), isa.Inst{Class: isa.System, Size: 4, Dst: 5, Flags: isa.Serialising}},
		{in("csrrw", 5, csrFRM, 6), isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6}}},
		{in("beq", 5, 6, 8), isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4, Src: [3]isa.Reg{5, 6}}},
		{in("c.j", 8), isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 2}},
		{in("jal", 1, 8), isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4, Dst: 1}},
		{in("jal", 5, 8), isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4, Dst: 5}},
		{in("jal", 6, 8), isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4, Dst: 6}},
		{in("jalr", 0, 0, 1), isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 4, Src: [3]isa.Reg{1}}},
		{in("c.jr", 5), isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 2, Src: [3]isa.Reg{5}}},
		{in("c.jr", 6), isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 2, Src: [3]isa.Reg{6}}},
		{in("c.jalr", 6), isa.Inst{Class: isa.Branch, Control: isa.IndirectCall, Size: 2, Dst: 1, Src: [3]isa.Reg{6}}},
		{in("jalr", 1, 0, 1), isa.Inst{Class: isa.Branch, Control: isa.IndirectCall, Size: 4, Dst: 1, Src: [3]isa.Reg{1}}},
		{in("jalr", 6, 0, 7), isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4, Dst: 6, Src: [3]isa.Reg{7}}},
	} {
		code := append(assemble(t, c.line), 0, 0)
		got, _, ok := Decode(binary.LittleEndian.Uint32(code))
		c.want.Raw = got.Raw
		if !ok || got != c.want {
			t.Errorf("%v: %+v, want %+v", c.line, got, c.want)
		}
	}
}

func TestDisassemble(t *testing.T) {
	for _, c := range []struct {
		raw  uint32
		want string
	}{
		{0x00a12423, "sw x10,8(x2)"},
		{0x02a5f543, "fmadd.d f10,f11,f10,f0"},
		{0x00b50463, "beq x10,x11,0x10008"},
		{0xffdff0ef, "jal x1,0xfffc"},
		{0x0000a009, "c.j 0x10002"},
		{0x0000c119, "c.beqz x10,0x10006"},
		{0x00007085, "c.lui x1,0xfffe1"},
		{0x00000101, "c.addi x2,0"}, // a hint
		{0x00004505, "li x10,1"},
		{0x0100000f, "pause"},
		{0x0ff0000f, "fence"},
		{0x8330000f, "fence.tso"},
		{0x06a5a52f, "amoadd.w.aqrl x10,x10,(x11)"},
		{0x0e7352b3, "czero.eqz x5,x6,x7"},
		{0x207342bb, "sh2add.uw x5,x6,x7"},
		{0x6b835293, "rev8 x5,x6"},
		{0x48035293 | 40<<20, "bexti x5,x6,0x28"},
		{0x00000000, ".half 0x0000"},
		{0xffffffff, ".word 0xffffffff"},
	} {
		if got := Disassemble(c.raw, codeBase); got != c.want {
			t.Errorf("%#08x: %q, want %q", c.raw, got, c.want)
		}
	}
}
