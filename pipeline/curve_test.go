package pipeline

import (
	"math"
	"slices"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"
)

// Whatever commits when, a curve is off by its tolerance at most, has points
// where the measured range begins and ends and each so many instructions, and
// never changes one.
func TestCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := CurveSpec{
			From:      rapid.Uint64Range(0, 30).Draw(t, "from"),
			Measured:  rapid.Uint64Range(0, 60).Draw(t, "measured"),
			Tolerance: rapid.Uint64Range(0, 12).Draw(t, "tolerance"),
			Step:      rapid.Uint64Range(1, 100).Draw(t, "step"),
		}
		c := NewCurve(spec)
		commits := []uint64{0} // cycles after which each instruction had committed
		var before []Point
		var ends []uint64 // instructions that had committed at the end of a cycle
		now, n := uint64(0), uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "groups") {
			now += rapid.OneOf(rapid.Just(uint64(1)), rapid.Uint64Range(1, 30)).Draw(t, "cycles")
			count := rapid.Uint64Range(1, 5).Draw(t, "instructions")
			n += count
			commits = append(commits, slices.Repeat([]uint64{now}, int(count))...)
			ends = append(ends, n)
			c.commit(Point{n, now}, count)
			if !slices.Equal(before, c.Points()[:len(before)]) {
				t.Fatalf("after %d instructions %v have become %v", n, before, c.Points())
			}
			before = slices.Clone(c.Points())
			if k := len(before); k > 0 && n > before[k-1].Instructions && n-before[k-1].Instructions > spec.Step+5 {
				t.Fatalf("no point since %v at %d", before[k-1], n)
			}
		}
		whole := c.Ended(now + 7)
		if n < spec.From {
			if len(whole) > 0 {
				t.Fatalf("points before the curve begins: %v", whole)
			}
			return
		}
		if !slices.Equal(before, whole[:len(before)]) || whole[0].Instructions != spec.From || whole[len(whole)-1] != (Point{n, now + 7}) {
			t.Fatalf("from %d to %d: %v", spec.From, n, whole)
		}
		for i, to := range whole[1 : len(whole)-1] {
			from := whole[i]
			for k := from.Instructions; k <= to.Instructions; k++ {
				got := float64(from.Cycles) + float64(to.Cycles-from.Cycles)*float64(k-from.Instructions)/float64(to.Instructions-from.Instructions)
				if math.Abs(got-float64(commits[k])) > float64(spec.Tolerance) {
					t.Fatalf("instruction %d committed after %d cycles, not %v: %v", k, commits[k], got, whole)
				}
			}
		}
		start := uint64(0)
		if spec.From > 0 {
			i, _ := slices.BinarySearch(ends, spec.From)
			start = ends[i]
		}
		if i, _ := slices.BinarySearch(ends, start+spec.Measured); spec.Measured > 0 && i < len(ends) {
			for _, k := range []uint64{start, ends[i]} {
				if !slices.Contains(whole, Point{k, commits[k]}) {
					t.Fatalf("no point at %d, where the measured range begins or ends: %v", k, whole)
				}
			}
		}
	})
}

// A program that runs steadily needs few points, one that stalls two for each
// stall.
func TestCurvePoints(t *testing.T) {
	c := NewCurve(CurveSpec{Tolerance: 8, Step: 1 << 20})
	now, n := uint64(0), uint64(0)
	for i := range 100_000 {
		if now++; i%10_000 == 9_999 {
			now += 500
		}
		n += 4
		c.commit(Point{n, now}, 4)
	}
	if got := len(c.Points()); got < 20 || got > 24 {
		t.Errorf("%d points for ten stalls", got)
	}
}
