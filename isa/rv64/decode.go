package rv64

import "github.com/threadmill-sim/threadmill/isa"

// slot is a decoded instruction as the instruction switch wants it, 16 bytes.
// A fence's sets stand in rs1 and rs2, a CSR's number in imm, an immediate
// CSR operand in rs1, aq and rl in rm.
type slot struct {
	op                    op
	rd, rs1, rs2, rs3, rm uint8
	step                  uint8 // half-words of the encoding
	imm                   int64
}

// buckets are the rows by the opcode bits that all rows' masks have.
var (
	wide   = bucket(rows[:], 128, func(raw uint32) uint32 { return raw & 0x7f })
	narrow = bucket(compressedRows[:], 32, compressedBucket)
)

func compressedBucket(raw uint32) uint32 { return raw>>13&7<<2 | raw&3 }

func bucket(rows []Row, n int, of func(uint32) uint32) [][]*Row {
	b := make([][]*Row, n)
	for i := range rows {
		k := of(rows[i].Match)
		b[k] = append(b[k], &rows[i])
	}
	return b
}

// Compressed reports whether raw starts a 16-bit instruction.
func Compressed(raw uint32) bool { return raw&3 != 3 }

// Decode finds the instruction that raw encodes (the high half does not count
// when the low one is a compressed instruction) and describes it for the
// timing model. ok is false for what is reserved or not in the table.
func Decode(raw uint32) (inst isa.Inst, row *Row, ok bool) {
	s, row := decode(raw)
	if row == nil {
		return isa.Inst{}, nil, false
	}
	return describe(raw, &s, row), row, true
}

// decode is the slot of raw; the row is nil when raw is illegal.
func decode(raw uint32) (slot, *Row) {
	rows, size := wide[raw&0x7f], uint8(4)
	if Compressed(raw) {
		raw &= 0xffff
		rows, size = narrow[compressedBucket(raw)], 2
	}
	for _, r := range rows {
		if raw&r.Mask != r.Match {
			continue
		}
		if s, ok := r.slot(raw); ok {
			return s, r
		}
	}
	return slot{op: opIllegal, step: size / 2, imm: int64(raw)}, nil
}

// slot is raw as an instance of r, unless an operand has an excluded value.
func (r *Row) slot(raw uint32) (slot, bool) {
	s := slot{op: r.op, step: r.size / 2, rd: r.link}
	for _, o := range r.Operands {
		v := o.decode(raw)
		if o.excludes(v) {
			return slot{}, false
		}
		switch o.role {
		case inRd:
			s.rd = uint8(v)
		case inRs1:
			s.rs1 = uint8(v)
		case inRs2:
			s.rs2 = uint8(v)
		case inRs3:
			s.rs3 = uint8(v)
		case inRdRs1:
			s.rd, s.rs1 = uint8(v), uint8(v)
		case inRM:
			s.rm = uint8(v)
		case inImm:
			if s.imm = v; o.Kind == Upper {
				s.imm = v << 12
			}
		}
	}
	return s, !s.isCSR() || s.legalCSR()
}

// describe is the instruction as the timing model sees it.
func describe(raw uint32, s *slot, r *Row) isa.Inst {
	if r.size == 2 {
		raw &= 0xffff
	}
	in := isa.Inst{Raw: raw, Class: r.Class, Size: r.size, MemSize: r.MemSize, Dst: isa.Reg(r.link)}
	for _, o := range r.Operands {
		v := isa.Reg(o.decode(raw))
		switch o.Kind {
		case FPReg:
			v += isa.FPReg0
		case IntReg, Base:
		default:
			continue
		}
		switch o.role {
		case inRd:
			in.Dst = v
		case inRs1:
			in.Src[0] = v
		case inRs2:
			in.Src[1] = v
		case inRs3:
			in.Src[2] = v
		case inRdRs1:
			in.Dst, in.Src[0] = v, v
		}
	}
	in.Control = s.control()
	in.Flags = s.flags(&in)
	return in
}

// link reports whether x is a link register to the return-address stack.
func link(x uint8) bool { return x == 1 || x == 5 }

// control classifies transfers by the return-address stack hints of the
// unprivileged ISA, chapter "RV32I". A jalr that both pops and pushes (a
// coroutine's) is an IndirectCall.
func (s *slot) control() isa.Control {
	switch s.op {
	case opBEQ, opBNE, opBLT, opBGE, opBLTU, opBGEU:
		return isa.CondBranch
	case opJAL:
		if link(s.rd) {
			return isa.Call
		}
		return isa.Jump
	case opJALR:
		switch {
		case link(s.rd):
			return isa.IndirectCall
		case link(s.rs1):
			return isa.Return
		}
		return isa.IndirectJump
	}
	return isa.NoControl
}

const release = 1 // the rl bit of a slot's rm

// flags is the ordering of an instruction. It also makes the class of a pause
// and of an ordered CSR access what it should be.
func (s *slot) flags(in *isa.Inst) isa.InstFlags {
	switch {
	case s.op == opFENCE:
		return s.fence(in)
	case s.isCSR() && s.imm >= csrCycle:
		in.Class = isa.System
		return isa.Serialising
	case in.Class == isa.Fence, in.Class == isa.System:
		return isa.Serialising | isa.DrainStores
	case s.op >= opLRW && s.op <= opAMOMAXUD:
		if s.rm&release != 0 {
			return isa.Serialising | isa.DrainStores
		}
		return isa.Serialising
	}
	return 0
}

// The sets of a fence: device input and output, reads, writes.
const (
	fenceW = 1 << iota
	fenceR
	fenceO
	fenceI
)

// fence is the ordering of a fence. Loads before it are done when the window has
// drained, so of the stores before it alone there is more to say: loads after
// it wait until they have been written, stores after it only keep behind them.
// There are no devices: their input and output is reading and writing. A fence
// with an empty set orders nothing; it is a hint, of which pause is one.
func (s *slot) fence(in *isa.Inst) isa.InstFlags {
	before, after := s.rs1|s.rs1>>2, s.rs2|s.rs2>>2
	tso := in.Raw>>28 == 8 && s.rs1 == fenceR|fenceW && s.rs2 == fenceR|fenceW
	switch {
	case s.isPause():
		in.Class = isa.IntALU
		return isa.Yield
	case !s.orders():
		in.Class = isa.IntALU
		return 0
	case before&fenceW == 0:
		return isa.Serialising
	case tso || after&fenceR == 0:
		return isa.Serialising | isa.OrderStores
	}
	return isa.Serialising | isa.DrainStores
}

// isMark reports whether a decoded instruction is a mark; its number is imm.
func (s *slot) isMark() bool {
	return s.op == opSLTI && s.rd == 0 && s.rs1 == 0 && (s.imm == 1 || s.imm == 2)
}

// orders reports whether a fence has both sets.
func (s *slot) orders() bool { return s.rs1 != 0 && s.rs2 != 0 }

// isPause reports whether a fence is the pause hint: pred = w, succ = 0.
func (s *slot) isPause() bool { return s.rs1 == 1 && s.rs2 == 0 && s.rd == 0 }
