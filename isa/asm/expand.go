package asm

import "slices"

// expansion is a pseudo-instruction that becomes several instructions, or a
// number of them that depends on a value.
type expansion struct {
	name  string
	usage string
	min   int // operands
	max   int
	run   func(s *statement, name token) error
}

var expansions = []expansion{
	{"li", "a register and a constant", 2, 2, loadConstant},
	{"la", "a register and a symbol", 2, 2, loadAddress},
	{"lla", "a register and a symbol", 2, 2, loadAddress},
	{"call", "a symbol, or a link register and a symbol", 1, 2, call},
	{"tail", "a symbol", 1, 1, tail},
	{"jump", "a symbol and a scratch register", 2, 2, jumpVia},
}

// symbolLoads and symbolStores also take a symbol in place of a memory
// operand; all but integer loads then want a scratch register as well.
var (
	symbolLoads  = []string{"lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"}
	symbolStores = []string{"sb", "sh", "sw", "sd", "fsw", "fsd", "flw", "fld"}
)

// expansionOf finds what an instruction with these operands expands to.
func expansionOf(name string, operands [][]token) (func(*statement, token) error, bool) {
	n := len(operands)
	i := slices.IndexFunc(expansions, func(e expansion) bool { return e.name == name && e.min <= n && n <= e.max })
	switch {
	case i >= 0:
		return expansions[i].run, true
	case n == 2 && slices.Contains(symbolLoads, name) && !isMemory(operands[1]):
		return loadSymbol, true
	case n == 3 && slices.Contains(symbolStores, name) && !isMemory(operands[1]):
		return storeSymbol, true
	}
	return nil, false
}

// constant is li: as many instructions as its value needs, as GNU as chooses
// them. When the value does not settle soon it can only grow, with nops at
// the end.
type constant struct {
	pos
	rd    int64
	expr  *expr
	steps int
}

func loadConstant(s *statement, name token) error {
	rd, err := s.registerThenComma()
	if err != nil {
		return err
	}
	e, err := s.expression()
	if err != nil {
		return err
	}
	s.section.items = append(s.section.items, &constant{pos: name.pos, rd: rd, expr: e})
	return s.end()
}

// settling is the passes of the layout in which a constant may shrink.
const settling = 10

// step is one instruction of a constant: op rd, rd (or x0), imm; lui rd, imm.
type step struct {
	mnemonic string
	fromZero bool
	imm      int64
}

func constantSteps(n int64) []step {
	if n == lower(uint64(n)) {
		return []step{{"addi", true, n}}
	}
	return longConstant(n)
}

// longConstant builds a 32-bit number from its halves, and a longer one from
// the number that is left without its low 12 bits and the zeros above them.
func longConstant(n int64) []step {
	low := lower(uint64(n))
	high := n - low
	if n == int64(int32(n)) {
		var steps []step
		if high != 0 {
			steps = append(steps, step{"lui", false, high >> 12 & 0xfffff})
		}
		if low != 0 || high == 0 {
			steps = append(steps, step{"addiw", high == 0, low})
		}
		return steps
	}
	shift := 12
	for high>>shift&1 == 0 {
		shift++
	}
	steps := append(longConstant(high>>shift), step{"slli", false, int64(shift)})
	if low != 0 {
		steps = append(steps, step{"addi", false, low})
	}
	return steps
}

func (c *constant) size(l *layout, _ uint64) uint64 {
	n, err := c.expr.constant(l)
	if err == nil {
		steps := len(constantSteps(int64(n)))
		if l.pass > settling {
			steps = max(steps, c.steps)
		}
		c.steps = steps
	}
	return 4 * uint64(c.steps)
}

func (c *constant) emit(l *layout, _ uint64, out []byte) error {
	n, err := c.expr.constant(l)
	if err != nil {
		if c.expr.isAddress(l) {
			err = mistakef(c.expr.pos, "li takes a constant; la takes an address")
		}
		return err
	}
	for _, st := range constantSteps(int64(n)) {
		operands := []int64{c.rd, c.rd, st.imm}
		switch {
		case st.mnemonic == "lui":
			operands = []int64{c.rd, st.imm}
		case st.fromZero:
			operands[1] = 0
		}
		put(out[:4], mustEncode(st.mnemonic, operands...))
		out = out[4:]
	}
	for ; len(out) > 0; out = out[4:] {
		put(out[:4], mustEncode("addi", 0, 0, 0))
	}
	return nil
}

// pair is auipc and an instruction that adds the lower half of the distance.
type pair struct {
	pos
	base   int64 // the register that auipc sets
	second string
	data   int64 // the other register of the second instruction
	target *expr
}

func (p *pair) size(*layout, uint64) uint64 { return 8 }

func (p *pair) emit(l *layout, addr uint64, out []byte) error {
	n, err := p.target.number(l)
	if err != nil {
		return err
	}
	if !reaches(n - addr) {
		return mistakef(p.target.pos, "%#x is beyond the 2 GiB around the instruction", n)
	}
	put(out[:4], mustEncode("auipc", p.base, upper(n-addr)))
	operands := []int64{p.data, lower(n - addr), p.base}
	if p.second == "addi" {
		operands = []int64{p.data, p.base, lower(n - addr)}
	}
	put(out[4:], mustEncode(p.second, operands...))
	return nil
}

// pairTo parses the target and appends the pair; after takes what follows it.
func (s *statement) pairTo(name token, p pair, after func(*pair) error) error {
	var err error
	if p.target, err = s.expression(); err != nil {
		return err
	}
	if after != nil {
		if err := after(&p); err != nil {
			return err
		}
	}
	p.pos = name.pos
	s.section.items = append(s.section.items, &p)
	return s.end()
}

func loadAddress(s *statement, name token) error {
	rd, err := s.registerThenComma()
	if err != nil {
		return err
	}
	return s.pairTo(name, pair{base: rd, second: "addi", data: rd}, nil)
}

const (
	linkRegister = 1 // ra
	tailRegister = 6 // t1
)

func call(s *statement, name token) error {
	link := int64(linkRegister)
	if s.tokens[s.index+1].is(",") {
		var err error
		if link, err = s.registerThenComma(); err != nil {
			return err
		}
	}
	return s.pairTo(name, pair{base: link, second: "jalr", data: link}, nil)
}

func tail(s *statement, name token) error {
	return s.pairTo(name, pair{base: tailRegister, second: "jalr"}, nil)
}

func jumpVia(s *statement, name token) error {
	return s.pairTo(name, pair{second: "jalr"}, s.scratch)
}

// scratch parses ", register", which becomes the pair's base.
func (s *statement) scratch(p *pair) error {
	if err := s.expect(","); err != nil {
		return err
	}
	var err error
	p.base, err = s.register(false)
	return err
}

func loadSymbol(s *statement, name token) error {
	rd, err := s.registerThenComma()
	if err != nil {
		return err
	}
	return s.pairTo(name, pair{base: rd, second: name.text, data: rd}, nil)
}

// storeSymbol is a store, or a floating-point load, by way of a scratch
// register.
func storeSymbol(s *statement, name token) error {
	data, err := s.register(name.text[0] == 'f')
	if err != nil {
		return err
	}
	if err := s.expect(","); err != nil {
		return err
	}
	return s.pairTo(name, pair{second: name.text, data: data}, s.scratch)
}

// registerThenComma parses "register,".
func (s *statement) registerThenComma() (int64, error) {
	r, err := s.register(false)
	if err != nil {
		return 0, err
	}
	return r, s.expect(",")
}
