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

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/tomltree"
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
			c, err := Parse(name+".toml", data)
			if err != nil {
				return nil, err
			}
			changed := c.Clone()
			changed.preset = c
			return changed, nil
		}
	}
	const maxFile = 1 << 20
	info, err := os.Stat(nameOrFile)
	switch {
	case strings.ContainsFunc(nameOrFile, unicode.IsControl):
		return nil, fmt.Errorf("machine %q: a name has no control characters, nor has that of a machine's file", nameOrFile)
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
	c := &Config{places: newPlaces(nil)}
	for _, e := range entries {
		if e.Path != "base" {
			continue
		}
		at := place{source, e.Line}
		if e.Kind != tomltree.String {
			return nil, fmt.Errorf("%s: base: %s is not the name of a machine", at, e.Quoted())
		}
		if !IsPreset(e.Text) {
			return nil, fmt.Errorf("%s: base: %w", at, catalog.Unknown("machine", e.Text, presetNames))
		}
		if c, err = open(e.Text); err != nil {
			return nil, err
		}
	}
	c.Name = strings.TrimSuffix(filepath.Base(source), ".toml")
	c.Doc = ""
	for _, e := range entries {
		at := place{source, e.Line}
		switch e.Path {
		case "base":
			continue
		case "doc":
			if e.Kind != tomltree.String {
				return nil, fmt.Errorf("%s: doc: %s is not a string", at, e.Quoted())
			}
			c.Doc = e.Text
			continue
		}
		if e.Kind == tomltree.Header {
			err = c.open(e.Path)
		} else {
			err = c.assign(e.Path, e.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		c.places.note(e.Path, at)
	}
	return c, nil
}

// IsPreset reports whether a machine of the name is built in.
func IsPreset(name string) bool {
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
	c.keepOriginal()
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
		path = entries[0].Path // without the quotes that TOML allows
	}
	v := tomltree.Value{Text: value}
	if entries, err := index("", []byte("x = "+value)); err == nil && len(entries) == 1 && entries[0].Path == "x" {
		v = entries[0].Value
	}
	if err := c.assign(path, v); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	c.places.note(path, at)
	return nil
}

// keepOriginal remembers the configuration before its first assignment.
func (c *Config) keepOriginal() {
	if c.original == nil {
		original := *c
		c.original, c.places = &original, newPlaces(c.places)
	}
}

// Assign gives the path a value that stands in a line of a file of another
// kind, an experiment's.
func (c *Config) Assign(path string, v tomltree.Value, source string) error {
	c.keepOriginal()
	if err := c.assign(path, v); err != nil {
		return err
	}
	c.places.note(path, place{source, v.Line})
	return nil
}

// index lists the keys of a machine's file in order. A list of tables has no
// place in one.
func index(source string, data []byte) ([]tomltree.Entry, error) {
	entries, err := tomltree.Read(source, data)
	for _, e := range entries {
		if err == nil && e.Element > 0 {
			err = fmt.Errorf("%s:%d: %s: a list of tables has no place in a machine", source, e.Line, e.Path)
		}
	}
	return entries, err
}
