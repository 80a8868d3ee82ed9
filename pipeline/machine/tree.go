package machine

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/threadmill-sim/threadmill/cache"
	"github.com/threadmill-sim/threadmill/cache/dram"
	"github.com/threadmill-sim/threadmill/cache/prefetch"
	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
	"github.com/threadmill-sim/threadmill/pipeline"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// leaf is one value of the tree.
type leaf struct {
	path   string
	tables []table // from the root to the leaf's table
	doc    string
	kind   reflect.Type
	fields []int // from the root, through pointers, to the value
}

// of is the leaf's value in a configuration, addressable; invalid below a table
// that is absent.
func (l *leaf) of(c *Config) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for _, i := range l.fields {
		if v = v.Field(i); v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
	}
	return v
}

// table is an inner node.
type table struct {
	path, doc string
	optional  bool // may be absent: a pointer
}

// Path describes one value of the configuration.
type Path struct {
	Path, Type, Doc string
}

// Paths lists every path of the configuration in order.
func Paths() []Path {
	var out []Path
	for _, l := range leaves() {
		out = append(out, Path{l.path, typeName(l.kind), l.doc})
	}
	return out
}

func typeName(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.String:
		return "string"
	case reflect.PointerTo(t).Implements(textType):
		return "size"
	case t.Kind() == reflect.Int:
		return "integer"
	}
	return t.String()
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// leaves are those of the tree in the order of the structs; in each, values
// come before tables, as TOML wants them.
var leaves = sync.OnceValue(func() (out []leaf) {
	walk(reflect.TypeFor[Config](), nil, nil, &out)
	return out
})

// walk appends the leaves of one struct.
func walk(t reflect.Type, tables []table, fields []int, out *[]leaf) {
	prefix := ""
	if n := len(tables); n > 0 {
		prefix = tables[n-1].path + "."
	}
	var below []func()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("toml")
		if name == "" || name == "-" {
			continue
		}
		path, doc, kind := prefix+name, f.Tag.Get("doc"), f.Type
		to := append(fields[:len(fields):len(fields)], i)
		optional := kind.Kind() == reflect.Pointer
		if optional {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Struct {
			here := append(tables[:len(tables):len(tables)], table{path, doc, optional})
			below = append(below, func() { walk(kind, here, to, out) })
			continue
		}
		*out = append(*out, leaf{path, tables, doc, kind, to})
	}
	for _, walkTable := range below {
		walkTable()
	}
}

// find is the leaf at path, made to exist, and its value addressable.
func (c *Config) find(path string) (reflect.Value, error) {
	v := reflect.ValueOf(c).Elem()
	rest := path
	for {
		name, tail, more := strings.Cut(rest, ".")
		f, ok := fieldNamed(v.Type(), name)
		if !ok {
			return reflect.Value{}, unknownPath(path)
		}
		v = v.FieldByIndex(f.Index)
		if v.Kind() == reflect.Pointer && more {
			own := reflect.New(v.Type().Elem()) // clones share the table
			if !v.IsNil() {
				own.Elem().Set(v.Elem())
			}
			v.Set(own)
			v = own.Elem()
		}
		if !more {
			return v, nil
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}, unknownPath(path)
		}
		rest = tail
	}
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("toml") == name && name != "-" && name != "" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// CheckPath is the error of a path that no machine has.
func CheckPath(path string) error {
	known := allPaths()
	if slices.Contains(known, path) {
		return nil
	}
	return catalog.Unknown("key", path, known)
}

func unknownPath(path string) error { return catalog.Unknown("key", path, allPaths()) }

// allPaths are those of tables and values.
var allPaths = sync.OnceValue(func() (known []string) {
	for _, l := range leaves() {
		for _, t := range l.tables {
			if !slices.Contains(known, t.path) {
				known = append(known, t.path)
			}
		}
		known = append(known, l.path)
	}
	return known
})

// absent is the value that removes an optional table.
const absent = "none"

// open makes the table at path exist.
func (c *Config) open(path string) error {
	v, err := c.find(path)
	switch {
	case err != nil:
		return err
	case v.Kind() == reflect.Struct:
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
	default:
		return fmt.Errorf("%s: a table is not a value", path)
	}
	return nil
}

// assign sets the value at path to what a file or --set gives.
func (c *Config) assign(path string, given tomltree.Value) error {
	v, err := c.find(path)
	if err != nil {
		return err
	}
	wrong := func(want string) error {
		return fmt.Errorf("%s: %s is not %s", path, given.Quoted(), want)
	}
	text, isInt, isText := given.Text, given.Kind == tomltree.Integer, given.Kind == tomltree.String
	switch {
	case v.Kind() == reflect.Pointer:
		if text != absent || isInt {
			return wrong(`a table; only "` + absent + `", which removes it, can be assigned`)
		}
		v.SetZero()
	case v.Kind() == reflect.Struct:
		return fmt.Errorf("%s: a table, not a value; it has %s", path, strings.Join(children(v.Type()), ", "))
	case !isInt && !isText:
		return wrong("an integer or a string")
	case v.CanAddr() && v.Addr().Type().Implements(textType):
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	case v.Kind() == reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !isInt {
			return wrong("an integer")
		}
		v.SetInt(n)
	case v.Kind() == reflect.String:
		if !isText {
			return wrong("a string")
		}
		v.SetString(text)
	default:
		panic("machine: " + path + " has a type that no value can be assigned to")
	}
	return nil
}

func children(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("toml"); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// String is the canonical text of the configuration: TOML, every value, in a
// fixed order, choices with every parameter spelled out. Equal machines have
// equal texts.
func (c *Config) String() string { return c.text(false) }

// Changes lists what Set has made different from the preset or the file, as
// PATH=VALUE in the order of the tree.
func (c *Config) Changes() (list []string) {
	if c.original == nil {
		return nil
	}
	for _, l := range c.differences(c.original) {
		list = append(list, l.path+"="+l.bare(l.of(c)))
	}
	return list
}

// differences are the leaves whose values are not those of another machine.
func (c *Config) differences(from *Config) (list []*leaf) {
	all := leaves()
	for i := range all {
		if l := &all[i]; l.bare(l.of(c)) != l.bare(l.of(from)) {
			list = append(list, l)
		}
	}
	return list
}

// bare is the canonical text of a value of the leaf without quotes; empty for
// the invalid one.
func (l *leaf) bare(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	text := literal(l.path, v)
	if bare, err := strconv.Unquote(text); err == nil {
		return bare
	}
	return text
}

// Commented is the canonical text with what each value means.
func (c *Config) Commented() string { return c.text(true) }

func (c *Config) text(comments bool) string {
	var b strings.Builder
	c.write(&b, leaves(), comments)
	return b.String()
}

// write appends the lines of leaves to b.
func (c *Config) write(b *strings.Builder, list []leaf, comments bool) {
	last := ""
	for i := range list {
		l := &list[i]
		v := l.of(c)
		if !v.IsValid() {
			continue
		}
		name := l.path
		if n := len(l.tables); n > 0 {
			t := l.tables[n-1]
			name = l.path[len(t.path)+1:]
			if t.path != last {
				b.WriteString("\n[")
				b.WriteString(t.path)
				b.WriteByte(']')
				if comments {
					b.WriteString(" # " + t.doc)
				}
				b.WriteByte('\n')
				last = t.path
			}
		}
		value := literal(l.path, v)
		if comments {
			fmt.Fprintf(b, "%-36s # %s\n", name+" = "+value, l.doc)
			continue
		}
		for _, part := range [...]string{name, " = ", value, "\n"} {
			b.WriteString(part)
		}
	}
}

// literal writes a value as TOML.
func literal(path string, v reflect.Value) string {
	if m, ok := v.Addr().Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			panic(err)
		}
		if _, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return string(text)
		}
		return strconv.Quote(string(text))
	}
	if v.Kind() == reflect.Int {
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.Quote(canonicalChoice(path, v.String()))
}

// canonicalChoice spells a catalog's choice with all its parameters.
func canonicalChoice(path, spec string) string {
	var args catalog.Args
	var err error
	switch {
	case path == "scheduler":
		_, args, err = scheduler.Parse(cmp.Or(spec, DefaultScheduler))
	case path == "memory.model":
		_, args, err = dram.Catalog.Parse(spec)
	case path == "branch.direction":
		_, args, err = bpred.Catalog.Parse(spec)
	case path == "core.lsq.disambiguation":
		_, args, err = memdep.Parse(spec)
	case strings.HasSuffix(path, ".replacement"):
		_, args, err = replacement.Catalog.Parse(spec)
	case strings.HasSuffix(path, ".prefetcher"):
		_, args, err = prefetch.Catalog.Parse(cmp.Or(spec, cache.NoPrefetcher))
	case path == "core.store-buffer.sharing":
		return cmp.Or(spec, "shared")
	case path == "core.store-buffer.coalesce":
		return cmp.Or(spec, pipeline.CoalesceNone)
	case path == "core.store-buffer.order":
		return cmp.Or(spec, pipeline.TotalStoreOrder)
	case strings.HasSuffix(path, ".partition"):
		return cmp.Or(spec, cache.NoPartition)
	case strings.HasSuffix(path, ".inclusion"):
		return cmp.Or(spec, cache.NoInclusion)
	default:
		return spec
	}
	if err != nil {
		return spec // Validate reports it
	}
	return args.String()
}
