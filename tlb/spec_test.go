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
		{func(s *Spec) { s.Walker.Walks = 0 }, "tlb.walker.walks: 0 is below 1"},
	} {
		spec := testSpec()
		test.change(&spec)
		_, err := New(spec, 1, 1)
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
