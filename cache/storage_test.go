package cache

import (
	"slices"
	"testing"
)

// By hand: 32 KiB of 64-byte lines in 64 sets have 512 tags of 48 - 6 - 6 bits
// and a valid bit, and a dirty bit where stores stay; an MSHR has a line
// address of 42 bits, a valid bit and the thread.
func TestStorage(t *testing.T) {
	spec := threeLevels()
	spec.L1I.Size, spec.L1I.Ways, spec.L1I.MSHRs, spec.L1I.Replacement = 32<<10, 8, 8, "plru"
	spec.L1D = spec.L1I
	spec.L1D.Replacement = "srrip"
	spec.L2.Size, spec.L2.Ways, spec.L2.MSHRs, spec.L2.Prefetcher = 384<<10, 12, 10, "stream" // 512 sets
	spec.L3.Size, spec.L3.Ways, spec.L3.MSHRs, spec.L3.Write = 3<<20, 16, 1, WriteThrough     // 3072 sets
	spec.L3.Replacement = "drrip:by=thread,bits=3"
	stream := uint64(64 * (36 + 2 + 2*6 + 2 + 2 + 6))
	want := []Storage{
		{Name: "l1i", Data: 32 << 13, Tags: 512 * 37, Misses: 8 * 45, Replacement: 64 * 7, ThreadTags: 8 * 2, Owners: 512 * 2},
		{Name: "l1d", Data: 32 << 13, Tags: 512 * 38, Misses: 8 * 45, Replacement: 512 * 2, ThreadTags: 8 * 2, Owners: 512 * 2},
		{
			Name: "l2", Data: 384 << 13, Tags: 6144 * (48 - 6 - 9 + 3), Misses: 10 * 45, Replacement: 6144 * 4,
			Prefetcher: stream, ThreadTags: 10*2 + 64*2, Owners: 6144 * 2,
		},
		{
			Name: "l3", Data: 3 << 23, Tags: 49152 * (48 - 6 - 11 + 1), Misses: 45, Replacement: 49152*3 + 64 + 4*10,
			ThreadTags: 2, PerThread: 10, Owners: 49152 * 2,
		},
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
