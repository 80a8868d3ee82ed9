package asm

import "slices"

// value is what an expression comes to: a number made of so many addresses,
// each adding 1 and each subtracted -1. A constant has 0, an address 1.
type value struct {
	n         uint64
	addresses int
}

// expr is a node of an expression: a constant, a symbol, or an operator with
// one or two operands.
type expr struct {
	pos
	op    string // empty for a constant or a symbol
	x, y  *expr  // y is nil for a unary operator
	sym   *definition
	value uint64
}

// precedence of binary operators, strongest last. GNU as's order, which is
// not C's: shifts bind like products and bitwise operators tighter than sums.
var precedence = [][]string{{"+", "-"}, {"|", "&", "^"}, {"*", "/", "%", "<<", ">>"}}

// maxTerms bounds the operands and operators of one statement, and so the
// depth of recursion.
const maxTerms = 10_000

// expression parses a whole expression.
func (s *statement) expression() (*expr, error) { return s.binary(0) }

func (s *statement) binary(level int) (*expr, error) {
	if level == len(precedence) {
		return s.unary()
	}
	x, err := s.binary(level + 1)
	for err == nil && s.peek().kind == operator && slices.Contains(precedence[level], s.peek().text) {
		op := s.next()
		var y *expr
		if y, err = s.binary(level + 1); err == nil {
			x = fold(&expr{pos: op.pos, op: op.text, x: x, y: y})
		}
	}
	return x, err
}

func (s *statement) unary() (*expr, error) {
	t := s.peek()
	if s.terms++; s.terms > maxTerms {
		return nil, mistakef(t.pos, "expression is longer than %d terms", maxTerms)
	}
	switch {
	case t.is("-") || t.is("~") || t.is("+"):
		s.next()
		x, err := s.unary()
		if err != nil {
			return nil, err
		}
		return fold(&expr{pos: t.pos, op: t.text, x: x}), nil
	case t.is("("):
		s.next()
		x, err := s.expression()
		if err != nil {
			return nil, err
		}
		return x, s.expect(")")
	case t.kind == integer:
		s.next()
		return &expr{pos: t.pos, value: t.value}, nil
	case t.kind == localName:
		s.next()
		d, err := s.symbols.local(t)
		return &expr{pos: t.pos, sym: d}, err
	case t.kind == identifier:
		if _, isRegister := registers[t.text]; isRegister {
			return nil, mistakef(t.pos, "register %s stands where a number or a symbol should", t.text)
		}
		s.next()
		if t.text == "." {
			return &expr{pos: t.pos, sym: &definition{name: ".", pos: t.pos, kind: label, at: s.section.end()}}, nil
		}
		return &expr{pos: t.pos, sym: s.symbols.use(t)}, nil
	case t.is("%"):
		return nil, mistakef(t.pos, "%%hi, %%lo, %%pcrel_hi and %%pcrel_lo must be the whole of an instruction's immediate")
	}
	return nil, mistakef(t.pos, "%s stands where a number or a symbol should", t.describe())
}

// fold evaluates an operator whose operands are constants, when it can.
func fold(e *expr) *expr {
	if e.x.op != "" || e.x.sym != nil || e.y != nil && (e.y.op != "" || e.y.sym != nil) {
		return e
	}
	if v, err := e.eval(nil); err == nil {
		return &expr{pos: e.pos, value: v.n}
	}
	return e
}

// eval evaluates with the addresses of a layout; with none, labels have no
// address yet.
func (e *expr) eval(l *layout) (value, error) {
	switch {
	case e.sym != nil:
		return e.sym.eval(e.pos, l)
	case e.op == "":
		return value{n: e.value}, nil
	}
	x, err := e.x.eval(l)
	if err != nil {
		return value{}, err
	}
	if e.y == nil {
		return e.negate(x)
	}
	y, err := e.y.eval(l)
	if err != nil {
		return value{}, err
	}
	switch e.op {
	case "+":
		return value{x.n + y.n, x.addresses + y.addresses}, nil
	case "-":
		return value{x.n - y.n, x.addresses - y.addresses}, nil
	}
	if x.addresses != 0 || y.addresses != 0 {
		return value{}, mistakef(e.pos, "%s takes constants, not addresses", e.op)
	}
	n, err := e.combine(x.n, y.n)
	return value{n: n}, err
}

func (e *expr) negate(x value) (value, error) {
	switch {
	case e.op == "-":
		return value{-x.n, -x.addresses}, nil
	case e.op == "+":
		return x, nil
	case x.addresses != 0:
		return value{}, mistakef(e.pos, "~ takes a constant, not an address")
	}
	return value{n: ^x.n}, nil
}

// combine is x op y in 64 bits; quotients are signed, shifts logical, as in
// GNU as.
func (e *expr) combine(x, y uint64) (uint64, error) {
	switch e.op {
	case "*":
		return x * y, nil
	case "/", "%":
		if y == 0 {
			return 0, mistakef(e.pos, "division by zero")
		}
		if y == ^uint64(0) { // -1: the one quotient that may overflow
			return map[string]uint64{"/": -x, "%": 0}[e.op], nil
		}
		if e.op == "/" {
			return uint64(int64(x) / int64(y)), nil
		}
		return uint64(int64(x) % int64(y)), nil
	case "<<":
		return x << y, nil
	case ">>":
		return x >> y, nil
	case "&":
		return x & y, nil
	case "|":
		return x | y, nil
	}
	return x ^ y, nil
}

// constant evaluates an expression that may not depend on an address.
func (e *expr) constant(l *layout) (uint64, error) {
	v, err := e.eval(l)
	if err == nil && v.addresses != 0 {
		err = mistakef(e.pos, "a constant is wanted here, not an address")
	}
	return v.n, err
}

// number evaluates an expression that is a constant or an address.
func (e *expr) number(l *layout) (uint64, error) {
	v, err := e.eval(l)
	if err == nil && v.addresses != 0 && v.addresses != 1 {
		err = mistakef(e.pos, "a sum of addresses or a negated one means nothing")
	}
	return v.n, err
}
