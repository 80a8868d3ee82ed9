package machine

import (
	"fmt"
	"strings"
)

// place is where a value was given: a line of a file, or a --set.
type place struct {
	source string
	line   int // 0: none
}

func (p place) String() string {
	if p.line > 0 {
		return fmt.Sprintf("%s:%d", p.source, p.line)
	}
	return p.source
}

// places are where the values of a configuration were given. Those of a clone
// lie over those of what it was cloned from.
type places struct {
	at    map[string]place // by path: where a value or a table was given
	below map[string]place // by path of a table: where the last of its values was
	under *places
}

func newPlaces(under *places) *places {
	return &places{map[string]place{}, map[string]place{}, under}
}

// note keeps where the value at path was given.
func (p *places) note(path string, at place) {
	p.at[path] = at
	for i := strings.LastIndexByte(path, '.'); i >= 0; i = strings.LastIndexByte(path[:i], '.') {
		p.below[path[:i]] = at
	}
}

// find is the place of a value or table, or of the last value below it.
func (p *places) find(path string) (at place, ok bool) {
	for ; p != nil && !ok; p = p.under {
		if at, ok = p.below[path]; !ok {
			at, ok = p.at[path]
		}
	}
	return at, ok
}

// located adds to an error that starts with a path where its value was given:
// that of the last one below it, of the path, or of the table that it is in;
// otherwise the machine's name.
func (p *places) located(machine string, err error) error {
	path, _, _ := strings.Cut(err.Error(), ":")
	if at, ok := p.find(path); ok {
		return fmt.Errorf("%s: %w", at, err)
	}
	for ; p != nil; p = p.under {
		for above := path; ; {
			i := strings.LastIndexByte(above, '.')
			if i < 0 {
				break
			}
			above = above[:i]
			if at, ok := p.at[above]; ok {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	}
	return fmt.Errorf("machine %s: %w", machine, err)
}
