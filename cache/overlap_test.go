package cache

import "testing"

// Reads that overlap count in each cycle that they share; cycles without any
// do not count.
func TestOverlap(t *testing.T) {
	var o Overlap
	o.change(100, 1)
	o.change(110, 1) // 10 cycles of one
	o.change(130, -1)
	o.change(135, 0)  // 20 of two, 5 of one
	o.change(150, -1) // 15 of one
	o.change(400, 1)
	o.change(410, -1) // 10 of one
	if o.Outstanding != 10+40+5+15+10 || o.MissCycles != 60 {
		t.Errorf("%d read-cycles in %d", o.Outstanding, o.MissCycles)
	}
}
