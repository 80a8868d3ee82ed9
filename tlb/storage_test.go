package tlb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/storage"
)

// Each entry has a valid bit, 16 bits of address space, and
//
//	d:        36 + 1 (size) - 0 (index) of tag, 40 + 7 of data, 4 of age
//	i:        36 - 2 (four sets) of tag, 40 + 7 of data, 2 of age
//	i.large:  27 - 1 of tag, 31 + 7 of data, 1 of age
//	l2:       36 + 1 - 5 of tag, 40 + 7 of data, 2 of age, 3 of five threads
//	misses:   36 of the page, 3 of five threads
//	walks:    36 of the page, 2 of the level, 40 of the table, 3 of five threads
//	level 1:  27 of tag, 40 of data, 3 of age; level 3: 9 of tag, 40, 1
func TestStorage(t *testing.T) {
	spec := testSpec() // I 16 entries of 4 ways, D of 16, L2 128 of 4
	spec.I.Large = Large{4, 2}
	spec.I.Sharing = "static"
	spec.I.Misses, spec.D.Misses, spec.Walker.Walks = 2, 8, 3
	spec.L2.Sharing = "cap:2"
	spec.Walker.Cache = WalkCache{Level3: 2, Level1: 8}
	want := []storage.Structure{
		{Name: "i", Cost: storage.Cost{Tables: 16 * (17 + 34 + 47 + 2)}},
		{Name: "i.large", Cost: storage.Cost{Tables: 4 * (17 + 26 + 38 + 1)}},
		{Name: "i.misses", Cost: storage.Cost{Tables: 2 * (17 + 36 + 3), Tags: 2 * 3}},
		{Name: "d", Cost: storage.Cost{Tables: 16 * (17 + 37 + 47 + 4)}},
		{Name: "d.misses", Cost: storage.Cost{Tables: 8 * (17 + 36 + 3), Tags: 8 * 3}},
		{Name: "l2", Cost: storage.Cost{Tables: 128 * (17 + 32 + 47 + 2 + 3), Tags: 128 * 3}},
		{Name: "walker.walks", Cost: storage.Cost{Tables: 3 * (17 + 36 + 2 + 40 + 3), Tags: 3 * 3}},
		{Name: "walker.cache.level1", Cost: storage.Cost{Tables: 8 * (17 + 27 + 40 + 3)}},
		{Name: "walker.cache.level3", Cost: storage.Cost{Tables: 2 * (17 + 9 + 40 + 1)}},
	}
	if diff := cmp.Diff(want, spec.Storage(5)); diff != "" {
		t.Error(diff)
	}
	spec.L2 = SecondLevel{}
	if n := len(spec.Storage(5)); n != 8 {
		t.Errorf("%d structures without a second level, want 8", n)
	}
}
