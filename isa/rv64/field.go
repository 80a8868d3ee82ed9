package rv64

import "fmt"

// Kind is what an operand of an instruction is.
type Kind uint8

const (
	IntReg   Kind = iota // x0 … x31
	FPReg                // f0 … f31
	Base                 // x0 … x31, the address of a memory access: written (x) behind its offset, without a comma
	Const                // an integer
	Upper                // the upper 20 bits of a 32-bit constant: -0x80000 … 0xfffff
	Target               // a code address, encoded as its distance from the instruction
	CSR                  // the number of a control and status register
	Rounding             // a rounding mode; may be left out, then dynamic (7)
	FenceSet             // a set of i (8), o (4), r (2), w (1)
	Ordering             // aq (2), rl (1): written as suffixes of the mnemonic
)

// role is where the decoder puts the value of an operand.
type role uint8

const (
	inRd role = iota
	inRs1
	inRs2
	inRs3
	inRdRs1 // the same register is destination and first source
	inImm
	inRM
)

// piece is a run of bits of an encoding that is a run of bits of a value.
type piece struct{ at, width, to uint8 }

// Operand is one operand of an instruction: what it is, and where in the
// encoding.
type Operand struct {
	Name   string // as in the manual's tables
	Kind   Kind
	Signed bool
	role   role
	pieces []piece
	// base is added to a decoded value: 8 for the registers x8 … x15 of
	// compressed instructions.
	base uint8
	// not lists values that would make it another instruction or none.
	not []int64
}

// width is the number of bits of a value, of which the lowest align are zero.
func (o *Operand) width() (width, align uint8) {
	align = 64
	for _, p := range o.pieces {
		width = max(width, p.to+p.width)
		align = min(align, p.to)
	}
	return width, align
}

// Range is what values the operand can have: lo, lo+step, … hi.
func (o *Operand) Range() (lo, hi, step int64) {
	width, align := o.width()
	step = 1 << align
	hi = 1<<width - step
	if o.Signed {
		lo = -1 << (width - 1)
		hi = 1<<(width-1) - step
	}
	return lo + int64(o.base), hi + int64(o.base), step
}

// decode reads the value of the operand from an encoding.
func (o *Operand) decode(raw uint32) int64 {
	var v uint32
	for _, p := range o.pieces {
		v |= raw >> p.at & (1<<p.width - 1) << p.to
	}
	width, _ := o.width()
	if o.Signed {
		return int64(int32(v<<(32-width))>>(32-width)) + int64(o.base)
	}
	return int64(v) + int64(o.base)
}

// encode is the bits of an encoding in which the operand has the value v.
func (o *Operand) encode(v int64) (uint32, error) {
	lo, hi, step := o.Range()
	if o.Kind == Upper && v > hi && v>>20 == 0 {
		v -= 1 << 20 // 0xfffff and -1 are the same
	}
	if v < lo || v > hi {
		return 0, fmt.Errorf("%s is %d, outside %d … %d", o.Name, v, lo, hi)
	}
	if v&(step-1) != 0 {
		return 0, fmt.Errorf("%s is %d, not a multiple of %d", o.Name, v, step)
	}
	if o.excludes(v) {
		return 0, fmt.Errorf("%s cannot be %d here", o.Name, v)
	}
	var raw uint32
	v -= int64(o.base)
	for _, p := range o.pieces {
		raw |= uint32(v>>p.to) & (1<<p.width - 1) << p.at
	}
	return raw, nil
}

func (o *Operand) excludes(v int64) bool {
	for _, n := range o.not {
		if v == n {
			return true
		}
	}
	return false
}

func reg(name string, kind Kind, r role, at uint8) *Operand {
	return &Operand{Name: name, Kind: kind, role: r, pieces: []piece{{at, 5, 0}}}
}

func imm(name string, signed bool, pieces ...piece) *Operand {
	return &Operand{Name: name, Kind: Const, Signed: signed, role: inImm, pieces: pieces}
}

// as is the operand with another kind.
func (o *Operand) as(kind Kind) *Operand {
	c := *o
	c.Kind = kind
	return &c
}

// except is the operand without some of its values.
func (o *Operand) except(values ...int64) *Operand {
	c := *o
	c.not = values
	return &c
}

// The operands of 32-bit instructions.
var (
	rd   = reg("rd", IntReg, inRd, 7)
	rs1  = reg("rs1", IntReg, inRs1, 15)
	rs2  = reg("rs2", IntReg, inRs2, 20)
	fd   = reg("rd", FPReg, inRd, 7)
	fs1  = reg("rs1", FPReg, inRs1, 15)
	fs2  = reg("rs2", FPReg, inRs2, 20)
	fs3  = reg("rs3", FPReg, inRs3, 27)
	base = reg("rs1", Base, inRs1, 15)

	immI   = imm("imm", true, piece{20, 12, 0})
	immS   = imm("offset", true, piece{25, 7, 5}, piece{7, 5, 0})
	immB   = imm("target", true, piece{31, 1, 12}, piece{7, 1, 11}, piece{25, 6, 5}, piece{8, 4, 1}).as(Target)
	immU   = imm("imm", true, piece{12, 20, 0}).as(Upper)
	immJ   = imm("target", true, piece{31, 1, 20}, piece{12, 8, 12}, piece{20, 1, 11}, piece{21, 10, 1}).as(Target)
	shamt5 = imm("shamt", false, piece{20, 5, 0})
	shamt6 = imm("shamt", false, piece{20, 6, 0})
	csr    = imm("csr", false, piece{20, 12, 0}).as(CSR)
	uimm5  = &Operand{Name: "uimm", Kind: Const, role: inRs1, pieces: []piece{{15, 5, 0}}}
	pred   = &Operand{Name: "pred", Kind: FenceSet, role: inRs1, pieces: []piece{{24, 4, 0}}}
	succ   = &Operand{Name: "succ", Kind: FenceSet, role: inRs2, pieces: []piece{{20, 4, 0}}}
	aqrl   = &Operand{Name: "aqrl", Kind: Ordering, role: inRM, pieces: []piece{{25, 2, 0}}}
	rm     = (&Operand{Name: "rm", Kind: Rounding, role: inRM, pieces: []piece{{12, 3, 0}}}).except(5, 6)
)
