package asm

import (
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// operands parses the operands of an instruction, as its row lists them, to
// the end of the statement. order is the memory order that the mnemonic says.
func (s *statement) operands(ins *instruction, order int64) error {
	for i, o := range ins.row.Operands {
		behindOffset := o.Kind == rv64.Base && i > 0 && ins.row.Operands[i-1].Kind == rv64.Const
		switch {
		case o.Kind == rv64.Ordering:
			ins.values[i] = order
			continue
		case o.Kind == rv64.Rounding && !s.peek().is(","):
			ins.values[i] = defaultRounding(ins.row)
			continue
		case i > 0 && !behindOffset:
			if t := s.peek(); !s.accept(",") {
				return mistakef(t.pos, "%s stands where a comma and %s should; %s", t.describe(), spell(o), usage(ins.row))
			}
		}
		if t := s.peek(); t.kind == endOfStatement {
			return mistakef(t.pos, "%s is missing; %s", spell(o), usage(ins.row))
		}
		if err := s.operand(ins, i); err != nil {
			return err
		}
	}
	if err := s.end(); err != nil {
		return mistakef(s.peek().pos, "%s; %s", err, usage(ins.row))
	}
	return nil
}

// defaultRounding is the mode of an instruction that says none: the dynamic
// one, but GNU as writes 0 where the result is exact anyway.
func defaultRounding(row *rv64.Row) int64 {
	const dynamic = 7
	if slices.Contains([]string{"fcvt.d.w", "fcvt.d.wu", "fcvt.d.s"}, row.Name) {
		return 0
	}
	return dynamic
}

// usage is what an instruction takes, for messages.
func usage(row *rv64.Row) string {
	var b strings.Builder
	for i, o := range row.Operands {
		switch {
		case o.Kind == rv64.Ordering:
		case i > 0 && o.Kind == rv64.Base && row.Operands[i-1].Kind == rv64.Const:
			b.WriteString(spell(o))
		case i > 0:
			b.WriteString(", " + spell(o))
		default:
			b.WriteString(spell(o))
		}
	}
	if b.Len() == 0 {
		return row.Name + " takes no operands"
	}
	return row.Name + " takes " + b.String()
}

// spell is an operand as a manual writes it: f before the name of a floating-
// point register, brackets around what may be left out.
func spell(o *rv64.Operand) string {
	switch o.Kind {
	case rv64.FPReg:
		return "f" + o.Name
	case rv64.Base:
		return "(" + o.Name + ")"
	case rv64.Rounding:
		return "[" + o.Name + "]"
	}
	return o.Name
}

// operand parses one operand that is there.
func (s *statement) operand(ins *instruction, i int) (err error) {
	o, value := ins.row.Operands[i], &ins.values[i]
	switch o.Kind {
	case rv64.IntReg, rv64.FPReg:
		*value, err = s.registerOf(o)
	case rv64.Base:
		*value, err = s.base(o)
	case rv64.Const, rv64.Upper:
		ins.index = i
		if next := i + 1; next < len(ins.row.Operands) && ins.row.Operands[next].Kind == rv64.Base {
			return s.offset(ins)
		}
		err = s.immediate(ins)
	case rv64.Target:
		ins.index, ins.modifier = i, relative
		ins.expr, err = s.expression()
	case rv64.CSR:
		*value, err = s.csr()
	case rv64.FenceSet:
		*value, err = s.fenceSet()
	case rv64.Rounding:
		*value, err = s.roundingMode()
	}
	return err
}

// register parses the name of an integer or floating-point register.
func (s *statement) register(fp bool) (int64, error) {
	t := s.next()
	r, ok := registers[t.text]
	what := "an integer register"
	if fp {
		what = "a floating-point register"
	}
	if t.kind != identifier || !ok {
		return 0, mistakef(t.pos, "%s stands where %s should", t.describe(), what)
	}
	if r.fp != fp {
		return 0, mistakef(t.pos, "register %s stands where %s should", t.text, what)
	}
	return int64(r.number), nil
}

// registerOf parses a register of those that the operand can be.
func (s *statement) registerOf(o *rv64.Operand) (int64, error) {
	t := s.peek()
	r, err := s.register(o.Kind == rv64.FPReg)
	if err != nil {
		return 0, err
	}
	first, last, _ := o.Range()
	switch {
	case first <= r && r <= last:
		return r, nil
	case first == last:
		return 0, mistakef(t.pos, "register %s stands where sp should", t.text)
	}
	return 0, mistakef(t.pos, "register %s stands where one of the registers %d … %d should", t.text, first, last)
}

// immediate parses an expression, or one of %hi and its like.
func (s *statement) immediate(ins *instruction) error {
	if !s.peek().is("%") {
		var err error
		ins.expr, err = s.expression()
		return err
	}
	s.next()
	t := s.next()
	m, ok := modifiers[t.text]
	if !ok {
		return unknown(t.pos, "modifier", "%"+t.text, []string{"%hi", "%lo", "%pcrel_hi", "%pcrel_lo"})
	}
	takesUpper := ins.row.Operands[ins.index].Kind == rv64.Upper
	switch {
	case takesUpper && m != hi && m != pcrelHi:
		return mistakef(t.pos, "%%%s stands where %%hi or %%pcrel_hi should: %s takes the upper 20 bits", t.text, ins.row.Name)
	case !takesUpper && m != lo && m != pcrelLo:
		return mistakef(t.pos, "%%%s stands where %%lo or %%pcrel_lo should: %s takes the lower 12 bits", t.text, ins.row.Name)
	}
	ins.modifier = m
	if err := s.expect("("); err != nil {
		return err
	}
	var err error
	if ins.expr, err = s.expression(); err != nil {
		return err
	}
	return s.expect(")")
}

// offset parses what stands before the base register of a memory operand;
// without any it is 0.
func (s *statement) offset(ins *instruction) error {
	t := s.peek()
	if isRegister(s.tokens[s.index : s.index+1]) {
		return mistakef(t.pos, "register %s stands where a memory operand should, such as 0(%s)", t.text, t.text)
	}
	if t.is("(") && isRegister(s.tokens[s.index+1:s.index+2]) {
		return nil
	}
	return s.immediate(ins)
}

// base parses a register in parentheses, before which a 0 may stand when the
// instruction takes no offset.
func (s *statement) base(o *rv64.Operand) (int64, error) {
	if t := s.peek(); !t.is("(") {
		n, err := s.constantOperand()
		if err != nil {
			return 0, mistakef(t.pos, "%s stands where %s should", t.describe(), spell(o))
		}
		if n != 0 {
			return 0, mistakef(t.pos, "the instruction takes no offset, only %s", spell(o))
		}
	}
	if err := s.expect("("); err != nil {
		return 0, err
	}
	r, err := s.registerOf(o)
	if err != nil {
		return 0, err
	}
	return r, s.expect(")")
}

func (s *statement) csr() (int64, error) {
	t := s.peek()
	var known []string
	for _, r := range csrs {
		if t.kind == identifier && t.text == r.name {
			s.next()
			return r.number, nil
		}
		known = append(known, r.name)
	}
	if _, defined := s.symbols.named[t.text]; t.kind == identifier && !defined {
		return 0, mistakef(t.pos, "%s; others go by number", unknown(t.pos, "control and status register", t.text, known))
	}
	n, err := s.constantOperand()
	if err == nil && n > 0xfff {
		err = mistakef(t.pos, "%d is not the number of a control and status register, 0 … 0xfff", int64(n))
	}
	return int64(n), err
}

// fenceSet parses a set such as rw, or 0.
func (s *statement) fenceSet() (int64, error) {
	const order = "wroi" // from bit 0
	t := s.next()
	if t.kind == integer && t.value == 0 {
		return 0, nil
	}
	var set int64
	for _, c := range t.text {
		bit := strings.IndexRune(order, c)
		if t.kind != identifier || bit < 0 || set&(2<<bit-1) != 0 {
			set = 0
			break
		}
		set |= 1 << bit
	}
	if set == 0 {
		return 0, mistakef(t.pos, "%s stands where the letters of iorw should, in that order, or 0", t.describe())
	}
	return set, nil
}

func (s *statement) roundingMode() (int64, error) {
	t := s.next()
	i := slices.Index(roundingModes, t.text)
	if i < 0 || t.kind != identifier {
		return 0, mistakef(t.pos, "%s stands where a rounding mode should: rne, rtz, rdn, rup, rmm or dyn", t.describe())
	}
	return int64(i), nil
}
