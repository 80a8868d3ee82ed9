package asm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

// Error is a mistake in the source.
type Error struct {
	File         string
	Line, Column int // from 1; the column counts bytes
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// ErrorList is the mistakes found in a source, in source order, up to
// Options.MaxErrors of them.
type ErrorList []*Error

func (l ErrorList) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// pos is a place in the source.
type pos struct{ line, column int }

// mistake is an error at a place, on its way to the list.
type mistake struct {
	pos
	message string
	// undefined is the symbol that has no value; what to say of it takes a
	// search, and layout asks for values that are not there again and again.
	undefined *definition
}

func (m *mistake) Error() string { return m.message }

func mistakef(at pos, format string, args ...any) error {
	return &mistake{pos: at, message: fmt.Sprintf(format, args...)}
}

// unknown is the error for a name that is not among known.
func unknown(at pos, what, name string, known []string) error {
	if len(name) > maxSearched {
		known = nil
	}
	return mistakef(at, "%s", catalog.Unknown(what, name, known))
}

// maxSearched is the longest name for which a similar one is searched.
const maxSearched = 64

// errorSink collects errors; one for each place, since what follows a first
// is often its consequence.
type errorSink struct {
	file    string
	max     int
	symbols *symbolTable
	list    ErrorList
}

// add records err; at is its place when it knows no better.
func (s *errorSink) add(at pos, err error) {
	var m *mistake
	isMistake := errors.As(err, &m)
	if isMistake {
		at = m.pos
	}
	known := slices.ContainsFunc(s.list, func(e *Error) bool { return e.Line == at.line && e.Column == at.column })
	if known || s.full() {
		return
	}
	message := err.Error()
	if isMistake && m.undefined != nil {
		message = s.symbols.undefinedMessage(m.undefined)
	}
	s.list = append(s.list, &Error{s.file, at.line, at.column, message})
}

// full reports that nothing more will be recorded.
func (s *errorSink) full() bool { return len(s.list) >= s.max }

func (s *errorSink) sorted() ErrorList {
	slices.SortStableFunc(s.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return s.list
}
