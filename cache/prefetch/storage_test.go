package prefetch

import "testing"

// By hand, for lines of 64 bytes and four threads.
func TestStorage(t *testing.T) {
	for spec, want := range map[string]Storage{
		"next-line": {},
		// 47 bits of the PC less 6 of the place, thread, state, 52 of the address, a stride
		// with its sign, and 0 … 5 steps ahead.
		"stride:entries=64": {Tables: 64 * (41 + 2 + 2 + 52 + 13 + 3), Tags: 64 * 2},
		// 40 bits of the page, thread, two of 64 lines, side, state, order.
		"stream:streams=16": {Tables: 16 * (40 + 2 + 12 + 2 + 2 + 4), Tags: 16 * 2},
		// As in the paper but for the offsets: 26 scores of 5 bits, two offsets
		// out of 26 and none, 100 rounds.
		"best-offset": {Tables: 256*13 + 26*5 + 2*5 + 7},
	} {
		if got := build(t, spec, Geometry{Line: line, Contexts: 4}).Storage(); got != want {
			t.Errorf("%s: %+v, want %+v", spec, got, want)
		}
	}
}
