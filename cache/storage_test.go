package cache

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/storage"
)

// By hand: 32 KiB of 64-byte lines in 64 sets have 512 lines of 512 bits, a tag
// of 52 - 6 - 6 bits and a valid bit, and a dirty bit where stores stay; an MSHR
// has a line address of 46 bits, a valid bit and the thread.
func TestStorage(t *testing.T) {
	spec := threeLevels()
	spec.L1I.Size, spec.L1I.Ways, spec.L1I.MSHRs, spec.L1I.Replacement = 32<<10, 8, 8, "plru"
	spec.L1D = spec.L1I
	spec.L1D.Replacement, spec.L1D.Write, spec.L1D.WriteBuffer = "srrip", WriteThrough, 4
	spec.L2.Size, spec.L2.Ways, spec.L2.MSHRs, spec.L2.Prefetcher = 384<<10, 12, 10, "stream" // 512 sets
	spec.L3.Size, spec.L3.Ways, spec.L3.MSHRs, spec.L3.Write = 3<<20, 16, 1, WriteThrough     // 3072 sets
	spec.L3.Replacement = "drrip:by=thread,bits=3"
	want := []storage.Structure{
		{Name: "l1i", Cost: storage.Cost{Tables: 512*(512+41) + 64*7}},
		{Name: "l1i.mshrs", Cost: storage.Cost{Tables: 8 * 49, Tags: 8 * 2}},
		{Name: "l1d", Cost: storage.Cost{Tables: 512 * (512 + 41 + 2)}},
		{Name: "l1d.mshrs", Cost: storage.Cost{Tables: 8 * 49, Tags: 8 * 2}},
		{Name: "l1d.write-buffer", Cost: storage.Cost{Tables: 4 * (46 + 1 + 512 + 64)}},
		{Name: "l2", Cost: storage.Cost{Tables: 6144 * (512 + 52 - 6 - 9 + 3 + 4)}},
		{Name: "l2.mshrs", Cost: storage.Cost{Tables: 10 * 49, Tags: 10 * 2}},
		{Name: "l2.prefetcher", Cost: storage.Cost{Tables: 64 * (40 + 2 + 2*6 + 2 + 2 + 6), Tags: 64 * 2}},
		{Name: "l3", Cost: storage.Cost{Tables: 49152*(512+52-6-11+1+3) + 64, PerThread: 10}},
		{Name: "l3.mshrs", Cost: storage.Cost{Tables: 49, Tags: 2}},
	}
	if diff := cmp.Diff(want, spec.Storage(4)); diff != "" {
		t.Error(diff)
	}
	for contexts, thread := range map[int]uint64{1: 0, 2: 1, 3: 2, 5: 3, 8: 3} {
		if got := spec.Storage(contexts)[1].Tags; got != 8*thread {
			t.Errorf("%d contexts: %d bits of threads, want %d an MSHR", contexts, got, thread)
		}
	}
}
