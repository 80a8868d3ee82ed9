package asm

import (
	"fmt"
	"strings"
)

// assembler is the state of one assembly.
type assembler struct {
	opts     Options
	errors   errorSink
	symbols  *symbolTable
	sections []*section
	section  *section // the current one

	repetition *repetition // the open .rept, or nil
	repeated   int         // statements
}

func newAssembler(filename string, opts Options) *assembler {
	a := &assembler{opts: opts, symbols: newSymbolTable()}
	a.errors = errorSink{file: filename, max: opts.MaxErrors, symbols: a.symbols}
	a.enter(".text")
	return a
}

// parse reads the whole source into sections and symbols.
func (a *assembler) parse(source []byte) {
	lex := newLexer(source)
	for more := true; more && !a.errors.full(); {
		var tokens []token
		var err error
		tokens, more, err = lex.statement()
		if err == nil {
			err = a.statement(tokens)
		}
		if err != nil {
			a.errors.add(lex.here(), err)
		}
	}
	if r := a.repetition; r != nil {
		a.errors.add(r.pos, mistakef(r.pos, ".rept is not closed with .endr"))
	}
}

// statement is a statement being parsed.
type statement struct {
	*assembler
	tokens []token
	index  int
	terms  int // of its expressions so far
}

func (a *assembler) statement(tokens []token) error {
	if a.repetition != nil {
		return a.record(tokens)
	}
	s := &statement{assembler: a, tokens: tokens}
	for s.tokens[s.index].kind != endOfStatement && s.tokens[s.index+1].is(":") {
		if err := s.label(s.next()); err != nil {
			return err
		}
		s.next()
	}
	t := s.peek()
	switch {
	case t.kind == endOfStatement:
		return nil
	case t.kind == identifier && s.tokens[s.index+1].is("="):
		s.index += 2
		return s.equate(t)
	case t.kind == identifier && t.text[0] == '.':
		s.next()
		return s.directive(t)
	case t.kind == identifier:
		s.next()
		return s.instruction(t)
	}
	return mistakef(t.pos, "%s stands where a label, a directive or an instruction should", t.describe())
}

func (s *statement) label(t token) error {
	switch {
	case t.kind == integer && strings.Trim(t.text, "0123456789") == "":
		s.symbols.defineLocal(t, s.section.end())
		return nil
	case t.kind == identifier && t.text != ".":
		if _, isRegister := registers[t.text]; isRegister {
			return mistakef(t.pos, "%s is a register and cannot be a label", t.text)
		}
		return s.symbols.defineLabel(t, s.section.end())
	}
	return mistakef(t.pos, "%s cannot be a label", t.describe())
}

// equate is name = expression, from the expression on. A wrong one counts as
// 0, so that its uses are not errors as well.
func (s *statement) equate(name token) error {
	if _, isRegister := registers[name.text]; isRegister || name.text == "." {
		return mistakef(name.pos, "%s cannot be given a value", name.text)
	}
	e, err := s.expression()
	if err == nil {
		err = s.end()
	}
	if err != nil {
		e = &expr{pos: name.pos}
	}
	if err2 := s.symbols.equate(name, e); err == nil {
		err = err2
	}
	return err
}

func (s *statement) peek() token { return s.tokens[s.index] }

// next takes a token; the end of the statement stays.
func (s *statement) next() token {
	t := s.tokens[s.index]
	if t.kind != endOfStatement {
		s.index++
	}
	return t
}

// accept takes the operator or delimiter op when it comes next.
func (s *statement) accept(op string) bool {
	if !s.peek().is(op) {
		return false
	}
	s.next()
	return true
}

func (s *statement) expect(op string) error {
	if t := s.peek(); !s.accept(op) {
		return mistakef(t.pos, "%s stands where %q should", t.describe(), op)
	}
	return nil
}

// end is an error when something is left of the statement.
func (s *statement) end() error {
	if t := s.peek(); t.kind != endOfStatement {
		return mistakef(t.pos, "%s stands after the end of the statement", t.describe())
	}
	return nil
}

// skip takes the rest of the statement.
func (s *statement) skip() { s.index = len(s.tokens) - 1 }

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
