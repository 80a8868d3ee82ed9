package results

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"github.com/threadmill-sim/threadmill/internal/units"
)

// Configuration is a machine as values by dotted path.
type Configuration struct {
	Text   string            // canonical TOML
	Values map[string]string // by path, as the text has them, strings without quotes
}

// ParseConfiguration reads the canonical text of a machine.
func ParseConfiguration(text string) (*Configuration, error) {
	var tree map[string]any
	if err := toml.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c := &Configuration{text, make(map[string]string)}
	c.flatten("", tree)
	return c, nil
}

func (c *Configuration) flatten(prefix string, tree map[string]any) {
	for key, v := range tree {
		if t, ok := v.(map[string]any); ok {
			c.flatten(prefix+key+".", t)
			continue
		}
		c.Values[prefix+key] = fmt.Sprint(v)
	}
}

// Difference is a path with its value in two configurations; "" where it has
// none.
type Difference struct {
	Path, A, B string
}

// Differences lists the paths in which two configurations differ, in natural
// order.
func Differences(a, b *Configuration) (list []Difference) {
	paths := maps.Clone(a.Values)
	maps.Copy(paths, b.Values)
	for _, path := range slices.SortedFunc(maps.Keys(paths), Natural) {
		if va, vb := a.Values[path], b.Values[path]; va != vb {
			list = append(list, Difference{path, va, vb})
		}
	}
	return list
}

// compareValues orders two values of one path: sizes by what they are, so that
// 64K comes before 1M, other things with their numbers as numbers.
func compareValues(a, b string) int {
	if x, err := units.Parse(a); err == nil {
		if y, err := units.Parse(b); err == nil && x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return Natural(a, b)
}
