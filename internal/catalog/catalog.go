// Package catalog holds ordered tables of named, documented and strictly
// parameterised choices: thread schedulers, replacement policies, predictors,
// memories.
//
// A family declares one Table; a row is one choice. The command line, the
// documentation and the conformance tests iterate the same table, so a choice
// is listed, documented and tested by being a row. A family exports its row
// type by alias (type Row = catalog.Row[New]), so a package outside the
// family can add a row of its own.
//
// A choice is written name:key=value,key=value; lists inside a value use "+"
// (coarse:on=l2+tlb,penalty=3). A key that the row does not declare, a value
// out of range and a repeated key are errors that say what would be right.
package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the type of a parameter's value.
type Kind uint8

const (
	// Int is an integer within [Min, Max]; K, M and G suffixes are powers of 1024.
	Int Kind = iota
	// Choice is one of Choices. One that ends in ":N" is written with an
	// integer within [Min, Max] in place of N: "cycles:N" is cycles:15.
	Choice
	// List is one or more of Choices, joined with "+", without repetition.
	List
	// Ints is one or more integers within [Min, Max], joined with "+", or one
	// of Choices.
	Ints
)

// Param declares one parameter of a choice.
type Param struct {
	Name     string
	Doc      string
	Kind     Kind
	Default  string // in the syntax of the command line; must itself be valid
	Min, Max int64  // of integers
	Choices  []string
}

// Row is one named choice of a family. F is the family's constructor type.
type Row[F any] struct {
	Name   string
	Doc    string // one sentence with its source
	Params []Param
	// Short rewrites the family's abbreviated spellings of this row
	// ("icount.2.8") into name:key=value form; nil when there are none. It
	// gets what follows the name and reports whether it understood.
	Short func(suffix string) (args string, ok bool)
	// ShortForm is what Short understands, for messages: ".threads.width".
	ShortForm string
	New       F
}

// Table is the ordered list of a family's choices.
type Table[F any] struct {
	Family string // singular, as in messages: "scheduler"
	Rows   []Row[F]
}

// Names lists the rows' names in order.
func (t Table[F]) Names() []string {
	names := make([]string, len(t.Rows))
	for i, r := range t.Rows {
		names[i] = r.Name
	}
	return names
}

// With returns the table with rows appended; the receiver is unchanged.
func (t Table[F]) With(rows ...Row[F]) Table[F] {
	t.Rows = append(slices.Clip(slices.Clone(t.Rows)), rows...)
	return t
}

// Parse resolves spec to its row and arguments, every declared parameter
// present.
func (t Table[F]) Parse(spec string) (Row[F], Args, error) {
	name, list, hasList := strings.Cut(spec, ":")
	row, list, err := t.find(name, list, hasList)
	if err != nil {
		return Row[F]{}, Args{}, err
	}
	args := Args{Name: row.Name}
	for _, p := range row.Params {
		v, err := p.parse(p.Default)
		if err != nil {
			panic(fmt.Sprintf("catalog: %s %s: default of %s: %v", t.Family, row.Name, p.Name, err))
		}
		args.values = append(args.values, v)
	}
	if list == "" && !hasList {
		return row, args, nil
	}
	seen := make([]bool, len(row.Params))
	for _, item := range strings.Split(list, ",") {
		key, val, ok := strings.Cut(item, "=")
		if !ok {
			return Row[F]{}, Args{}, fmt.Errorf("%s %q: %q is not key=value%s", t.Family, spec, item, takes(row.Params))
		}
		i := slices.IndexFunc(row.Params, func(p Param) bool { return p.Name == key })
		if i < 0 {
			return Row[F]{}, Args{}, fmt.Errorf("%s %q: no parameter %q%s", t.Family, spec, key, takes(row.Params))
		}
		if seen[i] {
			return Row[F]{}, Args{}, fmt.Errorf("%s %q: parameter %q is given twice", t.Family, spec, key)
		}
		seen[i] = true
		v, err := row.Params[i].parse(val)
		if err != nil {
			return Row[F]{}, Args{}, fmt.Errorf("%s %q: %s: %w", t.Family, spec, key, err)
		}
		v.changed = v.text != args.values[i].text
		args.values[i] = v
	}
	return row, args, nil
}

func (t Table[F]) find(name, list string, hasList bool) (Row[F], string, error) {
	for _, r := range t.Rows {
		if r.Name == name {
			return r, list, nil
		}
	}
	if !hasList {
		for _, r := range t.Rows {
			if suffix, ok := strings.CutPrefix(name, r.Name); ok && r.Short != nil {
				if args, ok := r.Short(suffix); ok {
					return r, args, nil
				}
			}
		}
	}
	for _, r := range t.Rows {
		if suffix, ok := strings.CutPrefix(name, r.Name); ok && strings.HasPrefix(suffix, ".") {
			return Row[F]{}, "", t.wrongSuffix(&r, suffix, list, hasList)
		}
	}
	base, _, _ := strings.Cut(name, ".")
	return Row[F]{}, "", Unknown(t.Family, base, t.Names())
}

// wrongSuffix is the error of a row's name with a suffix that it does not
// understand, or not together with a list.
func (t Table[F]) wrongSuffix(r *Row[F], suffix, list string, hasList bool) error {
	spec := r.Name + suffix
	if hasList {
		spec += ":" + list
	}
	switch {
	case r.Short == nil:
		return fmt.Errorf("%s %q: %s takes no %q%s", t.Family, spec, r.Name, suffix, takes(r.Params))
	case hasList:
		return fmt.Errorf("%s %q: either %q or key=value, not both", t.Family, spec, suffix)
	}
	return fmt.Errorf("%s %q: %q is not %s", t.Family, spec, suffix, r.ShortForm)
}

func takes(ps []Param) string {
	if len(ps) == 0 {
		return "; it takes no parameters"
	}
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.Name
	}
	return "; it takes " + strings.Join(names, ", ")
}

type value struct {
	name    string
	text    string // canonical
	changed bool   // it is not the default
	word    string // Choice: what was chosen, without its integer
	n       int64
	list    []string
	ints    []int
}

func (p Param) parse(s string) (value, error) {
	v := value{name: p.Name, text: s}
	switch p.Kind {
	case Int:
		n, err := p.integer(s)
		if err != nil {
			return v, err
		}
		v.n, v.text = n, strconv.FormatInt(n, 10)
	case Choice:
		return p.choose(s)
	case List:
		for _, item := range strings.Split(s, "+") {
			if !slices.Contains(p.Choices, item) {
				return v, Unknown("value", item, p.Choices)
			}
			if slices.Contains(v.list, item) {
				return v, fmt.Errorf("%q is listed twice", item)
			}
			v.list = append(v.list, item)
		}
	case Ints:
		if slices.Contains(p.Choices, s) {
			v.word = s
			return v, nil
		}
		texts := strings.Split(s, "+")
		for i, item := range texts {
			n, err := p.integer(item)
			if err != nil {
				return v, p.orWord(err)
			}
			v.ints = append(v.ints, int(n))
			texts[i] = strconv.FormatInt(n, 10)
		}
		v.text = strings.Join(texts, "+")
	}
	return v, nil
}

// choose parses the value of a Choice.
func (p Param) choose(s string) (value, error) {
	v := value{name: p.Name, text: s, word: s}
	if slices.Contains(p.Choices, s) && !strings.HasSuffix(s, counted) {
		return v, nil
	}
	word, number, hasNumber := strings.Cut(s, ":")
	if !slices.Contains(p.Choices, word+counted) {
		return v, Unknown("value", s, p.Choices)
	}
	if !hasNumber {
		return v, fmt.Errorf("%q needs an integer: %s%s, N in %d … %d", s, word, counted, p.Min, p.Max)
	}
	n, err := p.integer(number)
	if err != nil {
		return v, fmt.Errorf("%s: %w", s, err)
	}
	v.word, v.n, v.text = word, n, word+":"+strconv.FormatInt(n, 10)
	return v, nil
}

// counted ends a choice that comes with an integer.
const counted = ":N"

// Integers reports whether a value can have integers, which Min and Max bound.
func (p *Param) Integers() bool {
	return p.Kind == Int || p.Kind == Ints ||
		p.Kind == Choice && slices.ContainsFunc(p.Choices, func(c string) bool { return strings.HasSuffix(c, counted) })
}

// integer parses an integer within the parameter's bounds.
func (p Param) integer(s string) (int64, error) {
	n, err := parseInt(s)
	if err == nil && (n < p.Min || n > p.Max) {
		err = fmt.Errorf("%s is outside %d … %d", s, p.Min, p.Max)
	}
	return n, err
}

// orWord adds to an error what a list of integers could be instead.
func (p Param) orWord(err error) error {
	if len(p.Choices) == 0 {
		return err
	}
	return fmt.Errorf("%w; or one of: %s", err, strings.Join(p.Choices, ", "))
}

func parseInt(s string) (int64, error) {
	shift := 0
	digits := s
	if s != "" {
		switch s[len(s)-1] {
		case 'K':
			shift = 10
		case 'M':
			shift = 20
		case 'G':
			shift = 30
		}
	}
	if shift > 0 {
		digits = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > (1<<62)>>shift || n < -(1<<62)>>shift {
		return 0, fmt.Errorf("%q is not an integer (suffixes K, M, G allowed)", s)
	}
	return n << shift, nil
}

// Args are the resolved arguments of one choice, defaults filled in.
type Args struct {
	Name   string
	values []value
}

func (a Args) get(name string) value {
	for _, v := range a.values {
		if v.name == name {
			return v
		}
	}
	panic(fmt.Sprintf("catalog: %s declares no parameter %q", a.Name, name))
}

// Int is the value of an Int parameter, or the integer of a Choice that comes
// with one. It panics on a parameter that the row does not declare: that is the
// row's own mistake.
func (a Args) Int(name string) int { return int(a.get(name).n) }

// Choice is the value of a Choice parameter, without its integer ("cycles" of
// cycles:15), or the word given for a list of integers, "" if there is none.
func (a Args) Choice(name string) string { return a.get(name).word }

// Ints is the value of an Ints parameter, in the order written; nil if it is
// one of the parameter's words.
func (a Args) Ints(name string) []int { return a.get(name).ints }

// List is the value of a List parameter, in the order written.
func (a Args) List(name string) []string { return a.get(name).list }

// Has reports whether a List parameter contains item.
func (a Args) Has(name, item string) bool { return slices.Contains(a.get(name).list, item) }

// String is the canonical spelling: every parameter, in declared order.
func (a Args) String() string {
	var b strings.Builder
	b.WriteString(a.Name)
	for i, v := range a.values {
		b.WriteByte(":,"[min(i, 1)])
		b.WriteString(v.name + "=" + v.text)
	}
	return b.String()
}

// Changes are the parameters that have not their defaults, key=value in declared
// order.
func (a Args) Changes() (list []string) {
	for _, v := range a.values {
		if v.changed {
			list = append(list, v.name+"="+v.text)
		}
	}
	return list
}
