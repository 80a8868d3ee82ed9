package machine

import (
	"fmt"
	"strings"
	"sync"
)

// Nearest says how the machine with a canonical text (Config.String) is asked
// for without its file: the preset with the fewest changes, and these as Set
// takes them. The error is that this version of the simulator has not written the
// text.
func Nearest(text string) (preset string, sets []string, err error) {
	c, err := Parse("machine", []byte(text))
	if err != nil {
		return "", nil, err
	}
	own := c.bares()
	best := -1
	for _, p := range presetValues() {
		n := 0
		for i, v := range p.values {
			if v != own[i] {
				n++
			}
		}
		if best < 0 || n < best {
			preset, best = p.name, n
		}
	}
	near, err := open(preset)
	if err != nil {
		return "", nil, err
	}
	for _, set := range c.changesFrom(near) {
		if err := near.Set(set); err != nil {
			return "", nil, err
		}
		sets = append(sets, set)
	}
	if near.String() != text {
		return "", nil, fmt.Errorf("%s with %s is another machine", preset, strings.Join(sets, ", "))
	}
	return preset, sets, nil
}

// bares are the canonical texts of all leaves.
func (c *Config) bares() []string {
	all := leaves()
	list := make([]string, len(all))
	for i := range all {
		list[i] = all[i].bare(all[i].of(c))
	}
	return list
}

// changesFrom are the assignments that make this machine of another one.
func (c *Config) changesFrom(from *Config) (list []string) {
	removed := make(map[string]bool)
	for _, l := range c.differences(from) {
		if v := l.of(c); v.IsValid() {
			list = append(list, l.path+"="+l.bare(v))
			continue
		}
		for _, t := range l.tables {
			if !t.optional || !c.lacks(t.path) {
				continue
			}
			if !removed[t.path] {
				removed[t.path] = true
				list = append(list, t.path+"="+absent)
			}
			break
		}
	}
	return list
}

// lacks reports whether an optional table is absent.
func (c *Config) lacks(path string) bool {
	all := leaves()
	for i := range all {
		if strings.HasPrefix(all[i].path, path+".") && all[i].of(c).IsValid() {
			return false
		}
	}
	return true
}

// presetValues are the values of all presets, by leaf.
var presetValues = sync.OnceValue(func() (list []struct {
	name   string
	values []string
}) {
	for _, name := range presetNames {
		c, err := open(name)
		if err != nil {
			panic(err)
		}
		list = append(list, struct {
			name   string
			values []string
		}{name, c.bares()})
	}
	return list
})
