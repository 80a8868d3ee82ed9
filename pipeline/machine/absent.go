package machine

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// completed are the faults of a configuration without those that an optional table,
// such as cache.l4, has only because the machine that was changed had none: for
// each such table it is one that lists the keys which are to be given, too, with
// values that go with the others. The values are those of the same table above it
// (cache.l3), numbers doubled where they must be greater.
func (c *Config) completed(contexts int, faults []error) []error {
	before := cmp.Or(c.preset, c.original)
	if before == nil {
		return faults
	}
	whole := c.Clone()
	lacking := make(map[string]*leaf)
	all := leaves()
	for i := range all {
		l := &all[i]
		if _, given := c.places.find(l.path); given || l.of(before).IsValid() || !l.of(c).IsValid() || !blamed(faults, l.path) {
			continue
		}
		like := whole.above(l)
		if v, err := whole.find(l.path); err == nil && like.IsValid() {
			v.Set(like)
			lacking[l.path] = l
		}
	}
	if len(lacking) == 0 {
		return faults
	}
	const most = 8
	for range most {
		raised := false
		for path, l := range lacking {
			if v := l.of(whole); v.Kind() == reflect.Int && blamed(whole.faults(contexts, nil), path) {
				v.SetInt(2 * v.Int())
				raised = true
			}
		}
		if !raised {
			break
		}
	}
	var out []error
	var wants []string
	for i := range all {
		l := &all[i]
		if lacking[l.path] == nil {
			continue
		}
		wants = append(wants, l.path+"="+l.bare(l.of(whole)))
		table := l.tables[len(l.tables)-1].path
		if i+1 == len(all) || !slices.ContainsFunc(all[i+1:], func(o leaf) bool { return lacking[o.path] != nil && strings.HasPrefix(o.path, table+".") }) {
			out = append(out, fmt.Errorf("%s: machine %s has none, and a new one needs more keys: %s (or other values)", table, before.Name, strings.Join(wants, ", ")))
			wants = nil
		}
	}
	return append(out, whole.faults(contexts, nil)...)
}

// blamed reports whether one of the faults is of the value at path.
func blamed(faults []error, path string) bool {
	return slices.ContainsFunc(faults, func(err error) bool { return strings.HasPrefix(err.Error(), path+":") })
}

// above is the value that the leaf has in the last table before its own that has
// one of the name, in the same table; invalid without one.
func (c *Config) above(l *leaf) (v reflect.Value) {
	name := l.path[strings.LastIndexByte(l.path, '.'):]
	all := leaves()
	for i := range all {
		o := &all[i]
		if o.path == l.path {
			break
		}
		if len(o.tables) == len(l.tables) && len(l.tables) > 1 && o.kind == l.kind && strings.HasSuffix(o.path, name) &&
			o.tables[len(o.tables)-2].path == l.tables[len(l.tables)-2].path && o.of(c).IsValid() {
			v = o.of(c)
		}
	}
	return v
}
