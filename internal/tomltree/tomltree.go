// Package tomltree reads a TOML file as a list of its keys, in their order and
// each with its line, so that what is wrong with a value can be said where it
// stands. A key may be dotted, quoted or in a table: core.rob.size and
// "core.rob.size" are the same path.
package tomltree

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Kind is how a value was written.
type Kind uint8

// The kinds.
const (
	String Kind = iota
	Integer
	Float
	Bool
	List
	Header // of a table, or of one in a list of tables: no value
	Other  // a date or time
)

// Value is a value of a file.
type Value struct {
	Kind  Kind
	Text  string  // an integer in decimal, a string without quotes; "a list" for one
	Items []Value // of a list
	Line  int     // from 1
}

// Quoted is the value as an error names it.
func (v *Value) Quoted() string {
	if v.Kind == String {
		return strconv.Quote(v.Text)
	}
	return v.Text
}

// Entry is a key with its value.
type Entry struct {
	Path string // dotted
	// Element counts the tables of the list of tables that the entry is in,
	// from 1 over all lists of the file; 0 outside of any.
	Element int
	Value   // its line is the key's
}

// Read lists the entries of a file. Errors are of TOML, or of a path that is
// given twice, and name source and line.
func Read(source string, data []byte) ([]Entry, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // with which some editors mark UTF-8
	var any map[string]any
	if err := toml.Unmarshal(data, &any); err != nil {
		var d *toml.DecodeError
		if errors.As(err, &d) {
			line, column := d.Position()
			return nil, fmt.Errorf("%s:%d:%d: %s", source, line, column, strings.TrimPrefix(d.Error(), "toml: "))
		}
		return nil, fmt.Errorf("%s: %s", source, strings.TrimPrefix(err.Error(), "toml: "))
	}
	r := reader{lines: starts(data)}
	r.parser.Reset(data)
	for r.parser.NextExpression() {
		switch e := r.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			r.open(e)
		case unstable.KeyValue:
			r.entry(r.table, e)
		}
	}
	if err := r.parser.Error(); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return r.entries, twice(source, r.entries)
}

// twice finds a path that is given in two ways, which TOML takes for two keys.
func twice(source string, entries []Entry) error {
	type key struct {
		path    string
		element int
	}
	seen := map[key]int{}
	for i := range entries {
		e := &entries[i]
		if e.Kind == Header {
			continue // that no table is opened twice is TOML's rule
		}
		k := key{e.Path, e.Element}
		if line, ok := seen[k]; ok {
			return fmt.Errorf("%s:%d: %s is given again, after %s:%d", source, e.Line, e.Path, source, line)
		}
		seen[k] = e.Line
	}
	return nil
}

type reader struct {
	parser   unstable.Parser
	lines    []uint32 // where each begins
	table    []string // that is open
	list     []string // the list of tables that is open, or was last
	element  int      // of the open table
	elements int
	entries  []Entry
}

// open takes note of a header. A table below that of a list belongs to the
// last one in it.
func (r *reader) open(e *unstable.Node) {
	r.table = key(e.Key())
	switch {
	case e.Kind == unstable.ArrayTable:
		r.elements++
		r.element, r.list = r.elements, r.table
	case r.list == nil || !below(r.table, r.list):
		r.element = 0
	default:
		r.element = r.elements
	}
	r.entries = append(r.entries, Entry{strings.Join(r.table, "."), r.element, Value{Kind: Header, Line: r.line(e)}})
}

// below reports whether a path begins with another.
func below(path, prefix []string) bool {
	return len(path) > len(prefix) && strings.Join(path[:len(prefix)], ".") == strings.Join(prefix, ".")
}

// key is a dotted key; a quoted part with dots is split.
func key(it unstable.Iterator) []string {
	var parts []string
	for it.Next() {
		parts = append(parts, strings.Split(string(it.Node().Data), ".")...)
	}
	return parts
}

// line is that of the node's key.
func (r *reader) line(n *unstable.Node) int {
	it := n.Key()
	it.Next()
	return r.lineAt(it.Node().Raw)
}

// starts are the offsets at which the lines of a text begin.
func starts(data []byte) []uint32 {
	lines := []uint32{0}
	for i, b := range data {
		if b == '\n' {
			lines = append(lines, uint32(i)+1)
		}
	}
	return lines
}

// lineAt is the line in which something begins. The parser can tell, too, but
// reads from the beginning of the file for it, which takes time of a square
// order in a long list.
func (r *reader) lineAt(at unstable.Range) int {
	after, _ := slices.BinarySearch(r.lines, at.Offset+1)
	return after
}

// entry appends a key with its value, or those of an inline table.
func (r *reader) entry(table []string, n *unstable.Node) {
	path := append(table[:len(table):len(table)], key(n.Key())...)
	v := n.Value()
	if v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			r.entry(path, it.Node())
		}
		return
	}
	r.entries = append(r.entries, Entry{strings.Join(path, "."), r.element, r.value(v, r.line(n))})
}

func (r *reader) value(n *unstable.Node, line int) Value {
	v := Value{Kind: Other, Text: string(n.Data), Line: line}
	switch n.Kind {
	case unstable.String:
		v.Kind = String
	case unstable.Integer:
		v.Kind = Integer
		if i, err := strconv.ParseInt(strings.ReplaceAll(v.Text, "_", ""), 0, 64); err == nil {
			v.Text = strconv.FormatInt(i, 10)
		}
	case unstable.Float:
		v.Kind = Float
	case unstable.Bool:
		v.Kind = Bool
	case unstable.Array:
		v.Kind, v.Text = List, "a list"
		for it := n.Children(); it.Next(); {
			if item := it.Node(); item.Kind != unstable.Comment {
				v.Items = append(v.Items, r.value(item, r.lineOf(item, line)))
			}
		}
	case unstable.InlineTable:
		v.Text = "a table"
	}
	return v
}

// lineOf is the line of an item of a list, or otherwise that of what precedes
// it: a list itself has no place.
func (r *reader) lineOf(n *unstable.Node, otherwise int) int {
	for n.Kind == unstable.Array {
		it := n.Children()
		if !it.Next() {
			return otherwise
		}
		n = it.Node()
	}
	if n.Raw.Length == 0 {
		return otherwise
	}
	return r.lineAt(n.Raw)
}
