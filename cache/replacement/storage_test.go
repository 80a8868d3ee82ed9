package replacement

import "testing"

// By hand, for 64 sets of 12 ways: a place among 12 takes 4 bits, a tree over
// 12 ways has 11 nodes, a draw 64 bits, a counter 10.
func TestStorage(t *testing.T) {
	g := Geometry{Sets: 64, Ways: 12, Contexts: 4}
	for spec, want := range map[string]Storage{
		"lru":                    {Tables: 64 * 12 * 4},
		"plru":                   {Tables: 64 * 11},
		"random":                 {Tables: 64},
		"srrip":                  {Tables: 64 * 12 * 2},
		"brrip:bits=3":           {Tables: 64*12*3 + 64},
		"drrip":                  {Tables: 64*12*2 + 64 + 10},
		"drrip:by=thread,bits=1": {Tables: 64*12 + 64, PerThread: 10},
	} {
		if got := build(t, spec, g).Storage(); got != want {
			t.Errorf("%s: %+v, want %+v", spec, got, want)
		}
	}
}
