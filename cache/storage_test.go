package cache

import (
	"slices"
	"testing"
)

// By hand: 32 KiB of 64-byte lines in 64 sets have 512 tags of 48 - 6 - 6 bits
// and a valid bit, and a dirty bit where stores stay.
func TestStorage(t *testing.T) {
	spec := threeLevels()
	spec.L1I.Size, spec.L1I.Ways, spec.L1I.MSHRs = 32<<10, 8, 8
	spec.L1D = spec.L1I
	spec.L2.Size, spec.L2.Ways, spec.L2.MSHRs, spec.L2.Prefetcher = 384<<10, 12, 10, "stream" // 512 sets
	spec.L3.Size, spec.L3.Ways, spec.L3.MSHRs, spec.L3.Write = 3<<20, 16, 1, WriteThrough     // 3072 sets
	want := []Storage{
		{Name: "l1i", Data: 32 << 13, Tags: 512 * 37, Owners: 512 * 2, Misses: 8 * 45},
		{Name: "l1d", Data: 32 << 13, Tags: 512 * 38, Owners: 512 * 2, Misses: 8 * 45},
		{Name: "l2", Data: 384 << 13, Tags: 6144 * (48 - 6 - 9 + 3), Owners: 6144 * 2, Misses: 10 * 45},
		{Name: "l3", Data: 3 << 23, Tags: 49152 * (48 - 6 - 11 + 1), Owners: 49152 * 2, Misses: 45},
	}
	if got := spec.Storage(4); !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for contexts, thread := range map[int]uint64{1: 0, 2: 1, 3: 2, 5: 3, 8: 3} {
		if got := spec.Storage(contexts)[0].Owners; got != 512*thread {
			t.Errorf("%d contexts: %d bits of owners, want %d a line", contexts, got, thread)
		}
	}
}
