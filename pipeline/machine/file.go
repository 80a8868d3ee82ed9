package machine

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/threadmill-sim/threadmill/internal/catalog"
)

//go:embed presets/*.toml
var presetFiles embed.FS

// presetNames in the order of listings.
var presetNames = []string{
	"default", "zen3", "zen2", "skylake", // modern
	"ev8", "power5", "pentium4-ht", "isca96", "isca95", // simultaneous multithreading, classic
	"montecito", "rs64-iv", "april", // coarse-grained
	"scalar", "niagara-t1", "xmos-xs1", "tera-mta", "hep", "cdc6600-pp", // barrels
	"gem5-o3", "champsim", // other simulators
}

// Preset is a machine that is built in.
type Preset struct {
	Name, Doc string
}

// Presets lists the built-in machines.
func Presets() []Preset {
	var out []Preset
	for _, name := range presetNames {
		c, err := open(name)
		if err != nil {
			panic(err)
		}
		out = append(out, Preset{name, c.Doc})
	}
	return out
}

// open reads a preset or a file.
func open(nameOrFile string) (*Config, error) {
	for _, name := range presetNames {
		if name == nameOrFile {
			data, err := presetFiles.ReadFile("presets/" + name + ".toml")
			if err != nil {
				panic(err)
			}
			return Parse(name+".toml", data)
		}
	}
	const maxFile = 1 << 20
	info, err := os.Stat(nameOrFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(nameOrFile, `/\`) && !strings.HasSuffix(nameOrFile, ".toml"):
		return nil, fmt.Errorf("%w, or the path of a TOML file", catalog.Unknown("machine", nameOrFile, presetNames))
	case err != nil:
		return nil, fmt.Errorf("machine %s: %w", nameOrFile, errors.Unwrap(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("machine %s: not a regular file", nameOrFile)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("machine %s: %d bytes are more than a configuration has (%d)", nameOrFile, info.Size(), maxFile)
	}
	data, err := os.ReadFile(nameOrFile)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", nameOrFile, errors.Unwrap(err))
	}
	return Parse(nameOrFile, data)
}

// Parse reads a machine's TOML; source is its file, for errors. The key base
// names a preset that the file changes; without it the file says everything.
// The key doc is one line on the machine. Parse does not validate values.
func Parse(source string, data []byte) (*Config, error) {
	entries, err := index(source, data)
	if err != nil {
		return nil, err
	}
	c := &Config{places: map[string]place{}, below: map[string]place{}}
	for _, e := range entries {
		if e.path != "base" {
			continue
		}
		if e.kind != text_ {
			return nil, fmt.Errorf("%s: base: %s is not the name of a machine", e.place, e.kind.quote(e.text))
		}
		if !isPreset(e.text) {
			return nil, fmt.Errorf("%s: base: %w", e.place, catalog.Unknown("machine", e.text, presetNames))
		}
		if c, err = open(e.text); err != nil {
			return nil, err
		}
	}
	c.Name = strings.TrimSuffix(filepath.Base(source), ".toml")
	c.Doc = ""
	for _, e := range entries {
		switch e.path {
		case "base":
			continue
		case "doc":
			if e.kind != text_ {
				return nil, fmt.Errorf("%s: doc: %s is not a string", e.place, e.kind.quote(e.text))
			}
			c.Doc = e.text
			continue
		}
		if e.kind == header {
			err = c.open(e.path)
		} else {
			err = c.assign(e.path, e.text, e.kind)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.place, err)
		}
		c.note(e.path, e.place)
	}
	return c, nil
}

func isPreset(name string) bool {
	for _, n := range presetNames {
		if n == name {
			return true
		}
	}
	return false
}

// Set changes one value, PATH=VALUE. VALUE is TOML of the path's type; a
// string needs no quotes.
func (c *Config) Set(assignment string) error {
	path, value, ok := strings.Cut(assignment, "=")
	path, value = strings.TrimSpace(path), strings.TrimSpace(value)
	at := place{source: "--set " + assignment}
	if strings.ContainsFunc(assignment, unicode.IsControl) {
		at.source = "--set " + strconv.Quote(assignment)
	}
	if !ok || path == "" {
		return fmt.Errorf("%s: not PATH=VALUE", at)
	}
	if entries, err := index("", []byte(path+" = 0")); err == nil && len(entries) == 1 {
		path = entries[0].path // without the quotes that TOML allows
	}
	text, kind := value, text_
	if entries, err := index("", []byte("x = "+value)); err == nil && len(entries) == 1 && entries[0].path == "x" {
		text, kind = entries[0].text, entries[0].kind
	}
	if err := c.assign(path, text, kind); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	c.note(path, at)
	return nil
}

// entry is one key of a file with its value.
type entry struct {
	path, text string
	kind       valueKind
	place      place
}

// valueKind is how a value was written.
type valueKind uint8

const (
	text_ valueKind = iota
	integer
	header // of a table: no value
	other  // a float, boolean, date or array
)

func (k valueKind) quote(text string) string {
	if k == text_ {
		return strconv.Quote(text)
	}
	return text
}

// index lists the keys of a TOML file in order, with their lines. A key may be
// dotted, quoted or in a table: core.rob.size and "core.rob.size" are the
// same.
func index(source string, data []byte) ([]entry, error) {
	var any map[string]any
	if err := toml.Unmarshal(data, &any); err != nil {
		var d *toml.DecodeError
		if errors.As(err, &d) {
			line, column := d.Position()
			return nil, fmt.Errorf("%s:%d:%d: %s", source, line, column, strings.TrimPrefix(d.Error(), "toml: "))
		}
		return nil, fmt.Errorf("%s: %s", source, strings.TrimPrefix(err.Error(), "toml: "))
	}
	x := indexer{source: source}
	x.parser.Reset(data)
	for x.parser.NextExpression() {
		e := x.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			x.table = x.key(e.Key())
			x.entries = append(x.entries, entry{path: strings.Join(x.table, "."), kind: header, place: x.at(e)})
		case unstable.ArrayTable:
			return nil, fmt.Errorf("%s: %s: a list of tables has no place in a machine", x.at(e), strings.Join(x.key(e.Key()), "."))
		case unstable.KeyValue:
			x.value(x.table, e)
		}
	}
	if err := x.parser.Error(); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	seen := map[string]place{}
	for _, e := range x.entries {
		if e.kind == header {
			continue // that no table is opened twice is TOML's rule
		}
		if first, ok := seen[e.path]; ok {
			return nil, fmt.Errorf("%s: %s is given again, after %s", e.place, e.path, first)
		}
		seen[e.path] = e.place
	}
	return x.entries, nil
}

type indexer struct {
	source  string
	parser  unstable.Parser
	table   []string
	entries []entry
}

// key is a dotted key; a quoted part with dots is split.
func (x *indexer) key(it unstable.Iterator) []string {
	var parts []string
	for it.Next() {
		parts = append(parts, strings.Split(string(it.Node().Data), ".")...)
	}
	return parts
}

func (x *indexer) at(n *unstable.Node) place {
	it := n.Key()
	if it.Next() {
		return place{x.source, x.parser.Shape(it.Node().Raw).Start.Line}
	}
	return place{source: x.source}
}

func (x *indexer) value(table []string, n *unstable.Node) {
	path := append(table[:len(table):len(table)], x.key(n.Key())...)
	v := n.Value()
	e := entry{path: strings.Join(path, "."), text: string(v.Data), place: x.at(n)}
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			x.value(path, it.Node())
		}
		return
	case unstable.String:
		e.kind = text_
	case unstable.Integer:
		e.kind = integer
		if n, err := strconv.ParseInt(strings.ReplaceAll(e.text, "_", ""), 0, 64); err == nil {
			e.text = strconv.FormatInt(n, 10)
		}
	default:
		e.kind = other
		if e.text == "" {
			e.text = "a list"
		}
	}
	x.entries = append(x.entries, e)
}
