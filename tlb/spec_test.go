package tlb

import (
	"strings"
	"testing"
)

// Every mistake is reported with the path of its field.
func TestValidateNamesTheField(t *testing.T) {
	for _, test := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.I.Entries = 0 }, "tlb.i.entries: 0 is below 1"},
		{func(s *Spec) { s.I.Ways = 3 }, "tlb.i.entries: 16 is not a multiple of 3 ways"},
		{func(s *Spec) { s.D.Ways = 0 }, "tlb.d.ways: 0 is below 1"},
		{func(s *Spec) { s.D.Misses = 0 }, "tlb.d.misses: 0 is below 1"},
		{func(s *Spec) { s.D.Entries = 1 << 30 }, "tlb.d.entries: 1073741824 is above"},
		{func(s *Spec) { s.L2.Entries = -1 }, "tlb.l2.entries: -1 is below 1"},
		{func(s *Spec) { s.L2.Latency = 0 }, "tlb.l2.latency: 0 is below 1"},
		{func(s *Spec) { s.L2.Entries = 0 }, "tlb.l2.ways: 4 means nothing without entries"},
		{func(s *Spec) { s.L2 = SecondLevel{Sharing: "ways:0+1"} }, `tlb.l2.sharing: "ways:0+1" means nothing without entries`},
		{func(s *Spec) { s.L2 = SecondLevel{Sharing: "split"} }, `tlb.l2.sharing: "split" means nothing without entries`},
		{func(s *Spec) { s.Walker.Walks = 0 }, "tlb.walker.walks: 0 is below 1"},
		{func(s *Spec) { s.Pages = "1G" }, `tlb.pages: "1G" is none of 4K, 2M, mixed:N`},
		{func(s *Spec) { s.Pages = "mixed:100" }, `tlb.pages: "mixed:100": N in mixed:N is an integer of 1 … 99`},
		{func(s *Spec) { s.D.Large = Large{6, 4} }, "tlb.d.large.entries: 6 is not a multiple of 4 ways"},
		{func(s *Spec) { s.I.Large.Ways = 4 }, "tlb.i.large.ways: 4 means nothing without entries"},
		{func(s *Spec) { s.L2 = SecondLevel{Large: Large{8, 4}} }, "tlb.l2.large.entries: 8 means nothing without entries"},
		{func(s *Spec) { s.D.Sharing = "split" }, `tlb.d.sharing: "split" is none of shared, static, static-sets, cap:N, ways:A-B+C-D+... (a range for each thread)`},
		{func(s *Spec) { s.L2.Sharing = "cap:0" }, `tlb.l2.sharing: "cap:0": N in cap:N is an integer above 0`},
		{func(s *Spec) { s.I.Ways, s.I.Sharing = 1, "static" }, "tlb.i.sharing: static leaves 2 contexts no way of 1"},
		{func(s *Spec) { s.D.Sharing = "static-sets" }, "tlb.d.sharing: static-sets leaves 2 contexts no set of 1"},
		{func(s *Spec) { s.L2.Large, s.L2.Sharing = Large{4, 1}, "static" }, "tlb.l2.sharing: in tlb.l2.large static leaves 2 contexts no way of 1"},
		{func(s *Spec) { s.I.Sharing = "ways:0-1" }, "tlb.i.sharing: ways: has ranges for 1 of 2 contexts"},
		{func(s *Spec) { s.I.Sharing = "ways:0-1+2-4" }, "tlb.i.sharing: ways: way 4 of context 1 is above 3, the last"},
		{func(s *Spec) { s.I.Sharing = "ways:3-1+2" }, `tlb.i.sharing: "ways:3-1+2": "3-1" is not a range of ways`},
		{func(s *Spec) { s.I.Sharing = "ways:0-9223372036854775807+2" }, `"0-9223372036854775807" is not a range of ways`},
		{func(s *Spec) { s.Walker.Latency = -1 }, "tlb.walker.latency: -1 is below 0"},
		{func(s *Spec) { s.Walker.Latency = 8 }, "tlb.walker.latency: 8 is not above 8, the time of the lookups"},
		{func(s *Spec) { s.Walker.Latency, s.Walker.Cache.Level1 = 100, 8 }, "tlb.walker.latency: 100 makes walks read nothing that tlb.walker.cache could keep"},
		{func(s *Spec) { s.Walker.Cache.Level1 = -1 }, "tlb.walker.cache.level1: -1 is below 0"},
		{func(s *Spec) { s.Walker.Cache.Level2 = 2000 }, "tlb.walker.cache.level2: 2000 is above 1024"},
		{func(s *Spec) { s.Walker.Cache = WalkCache{Level3: 1, Sharing: "static"} }, "tlb.walker.cache.level3: static leaves 2 contexts no entry of 1"},
		{func(s *Spec) { s.Walker.Cache.Sharing = "ways:0+1" }, `tlb.walker.cache.sharing: "ways:0+1" is none of shared, static, cap:N`},
	} {
		spec := testSpec()
		test.change(&spec)
		_, err := New(spec, 2, 1)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	for _, contexts := range []int{0, 65} {
		if _, err := New(testSpec(), contexts, 1); err == nil {
			t.Errorf("%d contexts were accepted", contexts)
		}
	}
}
