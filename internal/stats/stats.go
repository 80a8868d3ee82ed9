// Package stats turns tagged counters into named values.
//
// A number is declared once, where it is counted: a struct field with a name,
// a unit and a sentence.
//
//	type Level struct {
//		Misses uint64 `stat:"misses" unit:"accesses" doc:"demand accesses that allocated an MSHR"`
//	}
//
// JSON, CSV, tables, differences between two moments and the documentation
// derive from these tags. Counters are unsigned integers that only grow, so
// the value over an interval is the difference of two snapshots.
package stats

import (
	"fmt"
	"reflect"
)

// Desc describes one statistic.
type Desc struct {
	Name string // dotted path
	Unit string
	Doc  string
}

// Set is an ordered, fixed list of statistics bound to the counters behind
// them. Reading it does not reflect.
type Set struct {
	descs []Desc
	ptrs  []*uint64
}

// Named is an array of counters each of which has a name of its own: for
// counters that are found by a number while they count.
type Named interface {
	// Names describes the elements in order; an empty name is not bound.
	Names() []Desc
}

// Add binds every tagged counter of the struct that v points to, under
// prefix. Structs nest (an untagged embedded struct adds no name); an array
// that is Named brings its names; any other array or slice with the tag "name"
// becomes name0, name1 …, of which limit(name), when not nil, are kept. It
// panics on a field it cannot bind: that is the declaring package's mistake.
func (s *Set) Add(prefix string, v any, limit func(name string) int) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("stats: Add(%q) wants a pointer to a struct, got %T", prefix, v))
	}
	s.addStruct(prefix, rv.Elem(), limit)
}

func (s *Set) addStruct(prefix string, v reflect.Value, limit func(string) int) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name, tagged := f.Tag.Lookup("stat")
		if !tagged && !f.Anonymous {
			continue
		}
		s.addValue(prefix, name, f, v.Field(i), limit)
	}
}

func (s *Set) addValue(prefix, name string, f reflect.StructField, v reflect.Value, limit func(string) int) {
	switch v.Kind() {
	case reflect.Uint64:
		s.descs = append(s.descs, Desc{join(prefix, name), f.Tag.Get("unit"), f.Tag.Get("doc")})
		s.ptrs = append(s.ptrs, v.Addr().Interface().(*uint64))
	case reflect.Struct:
		s.addStruct(join(prefix, name), v, limit)
	case reflect.Array, reflect.Slice:
		if named, ok := v.Addr().Interface().(Named); ok {
			s.addNamed(join(prefix, name), named, v)
			return
		}
		n := v.Len()
		if limit != nil {
			if l := limit(name); l >= 0 && l < n {
				n = l
			}
		}
		for i := range n {
			s.addValue(prefix, fmt.Sprintf("%s%d", name, i), f, v.Index(i), limit)
		}
	default:
		panic(fmt.Sprintf("stats: field %s of kind %s cannot be a counter", f.Name, v.Kind()))
	}
}

func (s *Set) addNamed(prefix string, named Named, v reflect.Value) {
	for i, d := range named.Names() {
		if d.Name == "" {
			continue
		}
		d.Name = join(prefix, d.Name)
		s.descs = append(s.descs, d)
		s.ptrs = append(s.ptrs, v.Index(i).Addr().Interface().(*uint64))
	}
}

func join(prefix, name string) string {
	switch {
	case prefix == "":
		return name
	case name == "":
		return prefix
	}
	return prefix + "." + name
}

// Descs are the statistics, in the order of declaration.
func (s *Set) Descs() []Desc { return s.descs }

// Snapshot appends the current values, in the order of Descs, to buf.
func (s *Set) Snapshot(buf []uint64) []uint64 {
	for _, p := range s.ptrs {
		buf = append(buf, *p)
	}
	return buf
}
