package tlb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each entry has a valid bit, 16 bits of address space, and
//
//	d:        36 + 1 (size) - 0 (index) of tag, 44 + 7 of data, 4 of age
//	i:        36 - 2 (four sets) of tag, 44 + 7 of data, 2 of age
//	i.large:  27 - 1 of tag, 35 + 7 of data, 1 of age
//	l2:       36 + 1 - 5 of tag, 44 + 7 of data, 2 of age, 3 of five threads
//	level 1:  27 of tag, 44 of data, 3 of age; level 3: 9 of tag, 44, 1
func TestStorage(t *testing.T) {
	spec := testSpec() // I 16 entries of 4 ways, D of 16, L2 128 of 4
	spec.I.Large = Large{4, 2}
	spec.I.Sharing = "static"
	spec.L2.Sharing = "cap:2"
	spec.Walker.Cache = WalkCache{Level3: 2, Level1: 8}
	want := []Storage{
		{"i", 16, 16 * (1 + 16 + 34 + 51 + 2), 16 * 16, 0},
		{"i.large", 4, 4 * (1 + 16 + 26 + 42 + 1), 4 * 16, 0},
		{"d", 16, 16 * (1 + 16 + 37 + 51 + 4), 16 * 16, 0},
		{"l2", 128, 128 * (1 + 16 + 32 + 51 + 2 + 3), 128 * 16, 128 * 3},
		{"walker.level1", 8, 8 * (1 + 16 + 27 + 44 + 3), 8 * 16, 0},
		{"walker.level3", 2, 2 * (1 + 16 + 9 + 44 + 1), 2 * 16, 0},
	}
	if diff := cmp.Diff(want, spec.Storage(5)); diff != "" {
		t.Error(diff)
	}
	spec.L2 = SecondLevel{}
	if n := len(spec.Storage(5)); n != 5 {
		t.Errorf("%d structures without a second level, want 5", n)
	}
}
