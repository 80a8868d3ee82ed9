package machine

import (
	"testing"
)

// A cycle allocates nothing once the guest has touched its pages.
func TestNoAllocation(t *testing.T) {
	for _, name := range []string{"coarse", "barrel", "icount"} {
		j := job(t, name, Limits{}, opened(t, "sort"), opened(t, "matmul"), opened(t, "lz"), opened(t, "queens"))
		s, err := New(j)
		if err != nil {
			t.Fatal(err)
		}
		step := func(cycles uint64) {
			if err := s.core.Run(cycles); err != nil {
				t.Fatal(err)
			}
		}
		step(1_000_000)
		if n := testing.AllocsPerRun(3, func() { step(20_000) }); n != 0 {
			t.Errorf("%s: %v allocations in 20,000 cycles", name, n)
		}
	}
}
