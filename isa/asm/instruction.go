package asm

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// modifier says which part of its expression an instruction takes.
type modifier uint8

const (
	whole    modifier = iota
	relative          // the distance from the instruction
	hi                // %hi: the upper 20 bits, so that adding the signed %lo gives the whole
	lo                // %lo: the lower 12 bits, signed
	pcrelHi           // %pcrel_hi: as hi, of the distance from the instruction
	pcrelLo           // %pcrel_lo: the lower bits that belong to the %pcrel_hi at a label
)

var modifiers = map[string]modifier{"hi": hi, "lo": lo, "pcrel_hi": pcrelHi, "pcrel_lo": pcrelLo}

// instruction is one machine instruction.
type instruction struct {
	pos
	row    *rv64.Row
	values []int64 // of the row's operands; that of expr is known after layout
	expr   *expr   // nil when it has none
	index  int     // of the operand that is expr
	modifier
}

func (i *instruction) size(*layout, uint64) uint64 { return uint64(i.row.Size()) }

func (i *instruction) emit(l *layout, addr uint64, out []byte) error {
	at := i.pos
	if i.expr != nil {
		at = i.expr.pos
		n, err := i.immediate(l, addr)
		if err != nil {
			return err
		}
		i.values[i.index] = n
	}
	raw, err := i.row.Encode(i.values...)
	if err != nil {
		return mistakef(at, "%s", i.explain(err))
	}
	put(out, raw)
	return nil
}

// explain says what the table's error means for a target.
func (i *instruction) explain(err error) string {
	if i.modifier != relative {
		return err.Error()
	}
	lo, hi, step := i.row.Operands[i.index].Range()
	n := i.values[i.index]
	if n%step != 0 {
		return plural(uint64(n), "byte") + " away is no place for an instruction"
	}
	name := i.row.Name
	return mistakef(i.pos, "%s reaches %d … %d bytes, and the target is %d away", name, lo, hi, n).Error()
}

// put writes an instruction of 2 or 4 bytes.
func put(out []byte, raw uint32) {
	if len(out) == 2 {
		binary.LittleEndian.PutUint16(out, uint16(raw))
		return
	}
	binary.LittleEndian.PutUint32(out, raw)
}

// immediate evaluates the expression of an instruction.
func (i *instruction) immediate(l *layout, addr uint64) (int64, error) {
	switch i.modifier {
	case relative:
		n, err := i.expr.number(l)
		return int64(n - addr), err
	case hi:
		n, err := i.expr.number(l)
		if err == nil && !reaches(n) {
			err = mistakef(i.expr.pos, "%#x is beyond the 2 GiB around 0 that %%hi can reach", n)
		}
		return upper(n), err
	case lo:
		n, err := i.expr.number(l)
		return lower(n), err
	case pcrelHi:
		n, err := i.distance(l, addr)
		return upper(n), err
	case pcrelLo:
		return i.pcrelLower(l)
	}
	n, err := i.expr.constant(l)
	if err != nil && i.expr.isAddress(l) {
		err = mistakef(i.expr.pos, "an address does not fit in an immediate; take %%lo of it, or load it with la first")
	}
	return int64(n), err
}

// distance is how far the target of a %pcrel_hi is from the instruction.
func (i *instruction) distance(l *layout, addr uint64) (uint64, error) {
	n, err := i.expr.number(l)
	if err == nil && !reaches(n-addr) {
		err = mistakef(i.expr.pos, "%#x is beyond the 2 GiB around the instruction", n)
	}
	return n - addr, err
}

// pcrelLower goes from the label in %pcrel_lo to the %pcrel_hi there.
func (i *instruction) pcrelLower(l *layout) (int64, error) {
	d := i.expr.sym
	if d == nil || d.kind == equated {
		return 0, mistakef(i.expr.pos, "%%pcrel_lo takes the label of the instruction with the %%pcrel_hi")
	}
	if _, err := d.eval(i.expr.pos, l); err != nil {
		return 0, err
	}
	upper, ok := d.at.section.itemAt(d.at).(*instruction)
	if !ok || upper.modifier != pcrelHi {
		return 0, mistakef(i.expr.pos, "there is no %%pcrel_hi at %s", d.name)
	}
	n, err := upper.distance(l, d.at.address())
	return lower(n), err
}

func (e *expr) isAddress(l *layout) bool {
	v, err := e.eval(l)
	return err == nil && v.addresses == 1
}

// reaches reports whether upper and lower make up n.
func reaches(n uint64) bool {
	return int64(n) >= math.MinInt32-0x800 && int64(n) < math.MaxInt32+1-0x800
}

// upper and lower split n: upper(n) << 12 + lower(n) = n, modulo 2^32.
func upper(n uint64) int64 { return int64((n + 0x800) >> 12 & 0xfffff) }
func lower(n uint64) int64 { return int64(n<<52) >> 52 }

// branch is a conditional branch, or when its target is too far the inverse
// branch over a jump.
type branch struct {
	instruction
	long bool
}

const (
	branchOpcode = 0x63
	// branchSense is the bit that inverts the condition of a branch.
	branchSense = 1 << 12
	// branchReach is the distance that a branch reaches backward, and just
	// not forward.
	branchReach = 4096
)

// size of a branch only grows; in the first pass nothing is known.
func (b *branch) size(l *layout, addr uint64) uint64 {
	if !b.long && l.pass > 1 {
		n, err := b.expr.number(l)
		distance := int64(n - addr)
		b.long = err == nil && (distance < -branchReach || distance >= branchReach)
	}
	if b.long {
		return 8
	}
	return 4
}

func (b *branch) emit(l *layout, addr uint64, out []byte) error {
	if !b.long {
		return b.instruction.emit(l, addr, out)
	}
	b.values[b.index] = 8
	raw, err := b.row.Encode(b.values...)
	if err != nil {
		return err
	}
	put(out[:4], raw^branchSense)
	jump := instruction{pos: b.pos, row: mustLookup("jal"), values: make([]int64, 2), expr: b.expr, index: 1, modifier: relative}
	return jump.emit(l, addr+4, out[4:])
}

func mustLookup(mnemonic string) *rv64.Row {
	row, ok := rv64.Lookup(mnemonic)
	if !ok {
		panic("asm: no instruction " + mnemonic)
	}
	return row
}

// mustEncode encodes an instruction whose operands are known to be in range.
func mustEncode(mnemonic string, operands ...int64) uint32 {
	raw, err := mustLookup(mnemonic).Encode(operands...)
	if err != nil {
		panic("asm: " + err.Error())
	}
	return raw
}

// instruction parses the operands of a mnemonic and appends its item.
func (s *statement) instruction(name token) error {
	operands := s.operandList()
	if p, ok := findTemplate(name.text, operands); ok {
		for _, tokens := range p.expand(name, operands) {
			if err := s.expanded(tokens); err != nil {
				return err
			}
		}
		return nil
	}
	if run, ok := expansionOf(name.text, operands); ok {
		return run(s, name)
	}
	mnemonic := name.text
	if last := len(operands) - 1; last >= 0 && !isRegister(operands[last]) {
		if m, ok := immediateForms[mnemonic]; ok {
			mnemonic = m
		}
	}
	row, order, ok := lookup(mnemonic)
	if !ok {
		return s.unknown(name, len(operands))
	}
	ins := &instruction{pos: name.pos, row: row, values: make([]int64, len(row.Operands))}
	if err := s.operands(ins, order); err != nil {
		return err
	}
	if row.Match&0x7f == branchOpcode {
		s.section.items = append(s.section.items, &branch{instruction: *ins})
	} else {
		s.section.items = append(s.section.items, ins)
	}
	return nil
}

// expanded parses a statement that a pseudo-instruction stands for. What is
// missing of an operand is missing where the whole statement ends.
func (s *statement) expanded(tokens []token) error {
	tokens[len(tokens)-1].pos = s.tokens[len(s.tokens)-1].pos
	inner := &statement{assembler: s.assembler, tokens: tokens, index: 1}
	if tokens[0].text[0] == '.' {
		return inner.directive(tokens[0])
	}
	return inner.instruction(tokens[0])
}

// lookup finds a mnemonic, which may have a suffix for the memory order.
func lookup(mnemonic string) (row *rv64.Row, order int64, ok bool) {
	if row, ok = rv64.Lookup(mnemonic); ok {
		return row, 0, true
	}
	for order, suffix := range []string{"", ".rl", ".aq", ".aqrl"} {
		stem, cut := strings.CutSuffix(mnemonic, suffix)
		if row, ok := rv64.Lookup(stem); cut && order > 0 && ok && isOrdered(row) {
			return row, int64(order), true
		}
	}
	return nil, 0, false
}

func isOrdered(row *rv64.Row) bool {
	return slices.ContainsFunc(row.Operands, func(o *rv64.Operand) bool { return o.Kind == rv64.Ordering })
}

// unknown is the error for a mnemonic that does not exist, or not with so
// many operands.
func (s *statement) unknown(name token, operands int) error {
	var takes, known []string
	for _, p := range pseudos {
		if known = append(known, p.name); p.name == name.text {
			takes = append(takes, plural(uint64(p.operands), "operand"))
		}
	}
	for _, e := range expansions {
		if known = append(known, e.name); e.name == name.text {
			takes = append(takes, e.usage)
		}
	}
	if len(takes) > 0 {
		return mistakef(name.pos, "%s takes %s, not %s", name.text, strings.Join(takes, " or "), plural(uint64(operands), "operand"))
	}
	var names []string
	for row := range rv64.Rows() {
		names = append(names, row.Name)
	}
	return unknown(name.pos, "instruction", name.text, append(names, known...))
}

// isRegister reports whether an operand is the name of a register.
func isRegister(operand []token) bool {
	if len(operand) != 1 || operand[0].kind != identifier {
		return false
	}
	_, ok := registers[operand[0].text]
	return ok
}

// isMemory reports whether an operand ends in a register in parentheses.
func isMemory(operand []token) bool {
	n := len(operand)
	return n >= 3 && operand[n-3].is("(") && isRegister(operand[n-2:n-1]) && operand[n-1].is(")")
}
