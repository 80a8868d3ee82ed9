package asm

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

// symbolKind says how a symbol came by its value.
type symbolKind uint8

const (
	undefined symbolKind = iota
	label                // an address
	equated              // .equ, .set, =
)

// definition is a symbol of the source, from its first mention.
type definition struct {
	name string
	pos  // of the definition, or of the first mention
	kind symbolKind
	at   location // of a label
	expr *expr    // of an equated symbol

	// size is the operand of .size.
	size                   *expr
	global, function, data bool

	visiting bool // being evaluated: to be seen again is to be circular
	pass     int  // of the layout in which cached was computed
	cached   value
}

// eval is the value of the symbol as mentioned at a place.
func (d *definition) eval(at pos, l *layout) (value, error) {
	switch {
	case d.kind == undefined && l == nil:
		return value{}, mistakef(at, "%s is not defined before this; only a constant can stand here", d.name)
	case d.kind == undefined:
		return value{}, &mistake{pos: at, undefined: d}
	case d.kind == label && l == nil:
		return value{}, mistakef(at, "%s is an address; only a constant can stand here", d.name)
	case d.kind == label && !d.at.section.loaded:
		return value{}, mistakef(at, "%s is in section %s, which is not loaded (its flags want an \"a\")", d.name, d.at.section.name)
	case d.kind == label:
		return value{d.at.address(), 1}, nil
	case l != nil && d.pass == l.pass:
		return d.cached, nil
	case d.visiting:
		return value{}, mistakef(at, "%s is defined in terms of itself", d.name)
	}
	d.visiting = true
	v, err := d.expr.eval(l)
	d.visiting = false
	switch {
	case err != nil:
		return value{}, err
	case l == nil: // made of constants, which stay
		d.expr = &expr{pos: d.expr.pos, value: v.n}
	default:
		d.pass, d.cached = l.pass, v
	}
	return v, nil
}

// symbolTable holds the symbols by name and, since a numeric label may be
// defined again and again, the last and the next of each number.
type symbolTable struct {
	named map[string]*definition
	order []*definition // of first mention; a redefined constant once
	last  map[string]*definition
	next  map[string]*definition
	ahead []*definition // every next ever mentioned
}

func newSymbolTable() *symbolTable {
	return &symbolTable{
		named: map[string]*definition{},
		last:  map[string]*definition{},
		next:  map[string]*definition{},
	}
}

// use is the symbol that a name means at this point of the source.
func (t *symbolTable) use(name token) *definition {
	d, ok := t.named[name.text]
	if !ok {
		d = &definition{name: name.text, pos: name.pos}
		t.named[name.text] = d
		t.order = append(t.order, d)
	}
	return d
}

// local is the symbol that 1f or 1b means at this point of the source.
func (t *symbolTable) local(name token) (*definition, error) {
	n := len(name.text) - 1
	num := canonical(name.text[:n])
	if name.text[n] == 'b' {
		if d, ok := t.last[num]; ok {
			return d, nil
		}
		return nil, mistakef(name.pos, "no label %s: before this", num)
	}
	d, ok := t.next[num]
	if !ok {
		d = &definition{name: name.text, pos: name.pos}
		t.next[num] = d
		t.ahead = append(t.ahead, d)
	}
	return d, nil
}

// canonical strips the leading zeros of a decimal number.
func canonical(num string) string {
	if n, err := strconv.ParseUint(num, 10, 64); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return num
}

// defineLocal defines a numeric label.
func (t *symbolTable) defineLocal(name token, at location) {
	num := canonical(name.text)
	d, ok := t.next[num]
	if !ok {
		d = &definition{name: num}
	}
	delete(t.next, num)
	d.pos, d.kind, d.at = name.pos, label, at
	t.last[num] = d
}

// defineLabel defines a named label.
func (t *symbolTable) defineLabel(name token, at location) error {
	d := t.use(name)
	if d.kind != undefined {
		return mistakef(name.pos, "%s is already defined on line %d", d.name, d.line)
	}
	d.pos, d.kind, d.at = name.pos, label, at
	return nil
}

// equate gives a name a value. A constant may be given another later: what
// has been read so far keeps the old one.
func (t *symbolTable) equate(name token, e *expr) error {
	d := t.use(name)
	switch d.kind {
	case label:
		return mistakef(name.pos, "%s is already a label, on line %d", d.name, d.line)
	case equated:
		old := d
		d = &definition{name: old.name, size: old.size, global: old.global, function: old.function, data: old.data}
		t.named[d.name] = d
		t.order[slices.Index(t.order, old)] = d
	}
	if n, err := e.constant(nil); err == nil {
		e = &expr{pos: e.pos, value: n}
	}
	d.pos, d.kind, d.expr = name.pos, equated, e
	return nil
}

// undefinedMessage says what is wrong with a symbol that never was defined.
func (t *symbolTable) undefinedMessage(d *definition) string {
	if num, ok := cutForward(d.name); ok {
		return "no label " + num + ": after this"
	}
	var known []string
	for _, d := range t.order {
		if d.kind != undefined && len(d.name) <= maxSearched {
			known = append(known, d.name)
		}
	}
	if near := catalog.Nearest(d.name, known); len(d.name) <= maxSearched && near != "" {
		return d.name + " is not defined, did you mean " + near + "?"
	}
	return d.name + " is not defined"
}

func cutForward(name string) (num string, ok bool) {
	if isDigit(name[0]) {
		return name[:len(name)-1], true
	}
	return "", false
}

// export lists the defined symbols by address. Names that begin with .L are
// private to a source, as in GNU as.
func (t *symbolTable) export(l *layout, sink *errorSink) []Symbol {
	var list []Symbol
	for _, d := range t.order {
		if d.kind == undefined {
			if d.global {
				sink.add(d.pos, &mistake{pos: d.pos, undefined: d})
			}
			continue
		}
		if d.kind == label && !d.at.section.loaded {
			continue
		}
		s := Symbol{Name: d.name, Global: d.global, Func: d.function, Object: d.data}
		v, err := d.eval(d.pos, l)
		if err == nil && d.size != nil {
			s.Size, err = d.size.constant(l)
		}
		if err != nil {
			sink.add(d.pos, err)
			continue
		}
		s.Value = v.n
		if d.kind == label {
			s.Section = d.at.section.name
		}
		if !strings.HasPrefix(d.name, ".L") {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Symbol) int { return cmp.Compare(a.Value, b.Value) })
	return list
}
