package storage

import "testing"

func TestWidth(t *testing.T) {
	for n, want := range map[int]uint64{0: 0, 1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 8: 3, 9: 4, 512: 9} {
		if got := Width(n); got != want {
			t.Errorf("%d things: %d bits, want %d", n, got, want)
		}
	}
}

// Ten entries of seven bits and a tag of two, and five bits for each of four
// threads.
func TestCost(t *testing.T) {
	c := Entries(10, 7, 2).Plus(Cost{PerThread: 5})
	if want := (Cost{Tables: 90, Tags: 20, PerThread: 5}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	if c.Total(4) != 110 || c.Replicated(4) != 15 || c.Replicated(1) != 0 {
		t.Errorf("%d bits, %d replicated, of one thread %d", c.Total(4), c.Replicated(4), c.Replicated(1))
	}
}
