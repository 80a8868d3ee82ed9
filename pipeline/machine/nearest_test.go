package machine

import (
	"slices"
	"strings"
	"testing"
)

// A machine is asked for by the nearest preset and what differs, whatever file
// it came from.
func TestNearest(t *testing.T) {
	for _, c := range []struct {
		base   string
		sets   []string
		preset string
		want   []string
	}{
		{"default", nil, "default", nil},
		{"zen3", []string{"core.rob.size=96", "branch.direction=gshare"}, "zen3", nil},
		{"default", []string{"cache.l3=none", "cache.l2.size=96K"}, "default", []string{"cache.l2.size=96K", "cache.l3=none"}},
		{"scalar", []string{"scheduler=rr", "threads=2"}, "scalar", nil},
	} {
		m, err := Load(c.base, c.sets)
		if err != nil {
			t.Fatal(err)
		}
		preset, sets, err := Nearest(m.String())
		if err != nil || preset != c.preset || c.want != nil && !slices.Equal(sets, c.want) || len(sets) != len(m.Changes()) && c.want == nil {
			t.Errorf("%s %q: %s %q, %v", c.base, c.sets, preset, sets, err)
		}
		again, err := Load(preset, sets)
		if err != nil || again.Digest() != m.Digest() {
			t.Errorf("%s %q is another machine: %v", preset, sets, err)
		}
	}
	for _, base := range presetNames {
		m, err := Load(base, nil)
		if err != nil {
			t.Fatal(err)
		}
		if preset, sets, err := Nearest(m.String()); err != nil || preset != base || len(sets) > 0 {
			t.Errorf("%s: %s %q, %v", base, preset, sets, err)
		}
		// One whole machine made of another, tables that it lacks included.
		for _, other := range presetNames {
			from, err := Load(other, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range m.changesFrom(from) {
				if err := from.Set(set); err != nil {
					t.Errorf("%s of %s: %v", base, other, err)
				}
			}
			if from.String() != m.String() {
				t.Errorf("%s made of %s is another machine", base, other)
			}
		}
	}
	if _, _, err := Nearest("threads = 2\nno-such = 1\n"); err == nil || !strings.Contains(err.Error(), "no-such") {
		t.Errorf("a text of another version: %v", err)
	}
}
