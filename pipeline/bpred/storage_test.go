package bpred

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/storage"
)

// What the structures cost is what one counts by hand.
func TestStorage(t *testing.T) {
	spec := Spec{
		Direction: "gshare:bits=10,history=8",
		BTB:       BTBSpec{Entries: 64, Ways: 4},
		BTB2:      BTB2Spec{Entries: 512, Ways: 8},
		Indirect:  "tagged:entries=32",
		RAS:       16,
	}
	got, err := spec.Storage(4)
	if err != nil {
		t.Fatal(err)
	}
	want := []storage.Structure{
		{Name: "direction", Cost: Storage{Tables: 2048, PerThread: 8}},
		{Name: "btb", Cost: Storage{Tables: 64 * (16 + 47 + 2 + 2), Tags: 64 * 2}},
		{Name: "btb2", Cost: Storage{Tables: 512 * (16 + 47 + 3 + 2), Tags: 512 * 2}},
		{Name: "indirect", Cost: Storage{Tables: 32 * (16 + 47 + 2 + 2), Tags: 32 * 2, PerThread: 32}},
		{Name: "ras", Cost: Storage{PerThread: 16*47 + 4}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if total := got[0].Total(4); total != 2048+32 {
		t.Errorf("%d bits for four threads", total)
	}
	spec.Sharing = SharingSpec{BTB: Split, Indirect: Shared, RAS: Shared}
	spec.BTB2 = BTB2Spec{}
	if got, err = spec.Storage(4); err != nil {
		t.Fatal(err)
	}
	want = []storage.Structure{
		want[0],
		{Name: "btb", Cost: Storage{Tables: 64 * (16 + 47 + 2)}},
		{Name: "indirect", Cost: Storage{Tables: 32 * (16 + 47 + 2), PerThread: 32}},
		{Name: "ras", Cost: Storage{Tables: 16*47 + 4}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	spec.RAS = -1
	if _, err := spec.Storage(4); err == nil {
		t.Error("a stack of -1 entries has a cost")
	}
}

// The direction predictors: tables by hand, and the championship's budgets,
// which are used and not exceeded.
func TestDirectionStorage(t *testing.T) {
	for spec, want := range map[string]Storage{
		"taken":                         {},
		"bimodal:bits=10":               {Tables: 2 << 10},
		"tournament:bits=10,history=10": {Tables: 6 << 10, PerThread: 10},
		"perceptron:bits=3,history=20":  {Tables: 8 * 8 * 21, PerThread: 20},
		"tage:tables=3,bits=5,base=6,tag=7,min=2,max=30": {
			Tables:    2<<6 + 32*(7+7+8+3*5) + 4, // three tags, counters of 3 and 2 bits, use-alternate
			PerThread: 30 + 16,
		},
	} {
		if got := newDirection(t, spec).Storage(); got != want {
			t.Errorf("%s: %+v, want %+v", spec, got, want)
		}
	}
	for size, budget := range map[string]uint64{"8": 8 << 13, "64": 64 << 13} {
		got := newDirection(t, "tage-sc-l:size="+size).Storage().Total(1)
		if got > budget || got < budget*94/100 {
			t.Errorf("tage-sc-l of %s KB: %d bits of %d", size, got, budget)
		}
		t.Logf("tage-sc-l of %s KB: %d bits of %d", size, got, budget)
	}
}

// What four threads cost beyond one is tags and what each has for itself. With
// split tables that is also the registers beside them: TAGE's counter for fresh
// entries of 4 bits; ITTAGE's, a counter of 10 and a random number of 32.
func TestStorageOfThreads(t *testing.T) {
	perThread := func(direction string, sharing Sharing, i int) uint64 {
		spec := Spec{Direction: direction, Indirect: "ittage", Sharing: SharingSpec{Direction: sharing, Indirect: sharing}}
		list, err := spec.Storage(4)
		if err != nil {
			t.Fatal(err)
		}
		return list[i].PerThread
	}
	for i, want := range []uint64{4, 4 + 10 + 32} {
		if got := perThread("tage", Split, i) - perThread("tage", Shared, i); got != want {
			t.Errorf("%d bits beside the split table of structure %d, want %d", got, i, want)
		}
	}
	for _, direction := range []string{"gshare", "tournament", "perceptron", "tage", "tage-sc-l"} {
		for _, sharing := range []Sharing{Shared, Tagged, Split} {
			spec := Spec{
				Direction: direction, BTB: BTBSpec{Entries: 64, Ways: 4}, Indirect: "ittage", RAS: 16,
				Sharing: SharingSpec{Direction: sharing, BTB: sharing, Indirect: sharing},
			}
			one, err := spec.Storage(1)
			if err != nil {
				t.Fatal(err)
			}
			four, err := spec.Storage(4)
			if err != nil {
				t.Fatal(err)
			}
			for i := range four {
				if one[i].Tags != 0 || four[i].Total(4) != one[i].Total(1)+four[i].Tags+four[i].Replicated(4) {
					t.Errorf("%s, %s: one thread %+v, four %+v", direction, sharing, one[i], four[i])
				}
			}
		}
	}
}
