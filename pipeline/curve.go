package pipeline

import (
	"math"
	"slices"
)

// Point says that a program had committed so many instructions after so many
// cycles.
type Point struct {
	Instructions, Cycles uint64
}

// CurveSpec says how a program's progress is recorded.
type CurveSpec struct {
	From      uint64 // instruction with which the curve begins
	Measured  uint64 // instructions that are measured from then on; 0: all
	Tolerance uint64 // cycles by which it may be off
	Step      uint64 // instructions between points at most
}

// Curve is the progress of a program as a chain of straight lines: what it says
// of the cycle in which an instruction commits is off by the tolerance at most,
// and exact without one. Points lie where the program stalls and are few where
// it runs steadily (of fixed steps, the one in which a long miss falls tells
// nothing of when). A point once made stays, whatever comes after it.
//
// Each line ends at a commit, and begins where the one before ended. The next
// commit prolongs it unless its slope is none with which all commits since the
// beginning would be met within the tolerance; the slopes that would are an
// interval that narrows with every commit. Half of the tolerance is for that,
// half for commits close to one another, which are not looked at one by one.
type Curve struct {
	spec    CurveSpec
	half    uint64  // of the tolerance
	points  []Point // fixed; the last is where the line begins
	seen    Point   // the end of the line
	last    Point   // the latest commit
	lo, hi  float64 // slopes that the line may have, in cycles for each instruction
	quiet   uint64  // cycle up to which commits need no look
	forced  uint64  // instruction at which the line ends in any case
	measure uint64  // instruction at which the measured range ends
	begun   bool
}

// NewCurve is the curve of a program that is about to begin.
func NewCurve(spec CurveSpec) *Curve {
	c := &Curve{spec: spec, half: spec.Tolerance / 2}
	if spec.From == 0 {
		c.begin(Point{}, 0)
	}
	return c
}

// Points are those that are fixed: what comes later does not change the answers
// up to the last of them.
func (c *Curve) Points() []Point { return c.points }

// Ended are the points of a program that has ended, after the given cycles.
func (c *Curve) Ended(cycles uint64) []Point {
	if !c.begun {
		return nil
	}
	whole := *c
	whole.points = slices.Clone(c.points)
	whole.see(c.last)
	whole.fix()
	whole.seen.Cycles = cycles
	whole.fix()
	return whole.points
}

// commit is told that the program has committed count instructions in a cycle,
// to, so that there are as many in all as to says.
func (c *Curve) commit(to Point, count uint64) {
	switch {
	case to.Cycles <= c.quiet && to.Instructions < c.forced:
		c.last = to
		return
	case !c.begun:
		if to.Instructions >= c.spec.From {
			c.begin(Point{c.spec.From, to.Cycles}, to.Instructions)
			c.last = to
			c.see(to)
			c.fix()
		}
		return
	}
	due := to.Instructions >= c.forced
	c.see(c.last)
	c.see(Point{to.Instructions - count + 1, to.Cycles})
	c.see(to)
	c.last = to
	if due {
		c.fix()
	}
}

// begin makes the first point. The measurement begins after so many
// instructions.
func (c *Curve) begin(first Point, start uint64) {
	c.begun, c.seen, c.last = true, first, first
	if c.measure = start + c.spec.Measured; c.spec.Measured == 0 || c.measure < start {
		c.measure = math.MaxUint64
	}
	c.points = append(c.points, first)
	c.fix()
}

// see prolongs the line to a commit or, where that would be off, begins another
// at its end.
func (c *Curve) see(p Point) {
	if p == c.seen {
		return
	}
	if slope := c.slope(p, 0); slope < c.lo || slope > c.hi {
		c.fix()
	}
	half := float64(c.half)
	c.lo, c.hi = max(c.lo, c.slope(p, -half)), min(c.hi, c.slope(p, half))
	c.seen, c.quiet = p, p.Cycles+c.half
}

// slope is that of the line to a commit that was so many cycles later.
func (c *Curve) slope(p Point, later float64) float64 {
	from := c.points[len(c.points)-1]
	return (float64(p.Cycles-from.Cycles) + later) / float64(p.Instructions-from.Instructions)
}

// fix makes a point of the end of the line.
func (c *Curve) fix() {
	if p := c.points[len(c.points)-1]; p != c.seen {
		c.points = append(c.points, c.seen)
	}
	c.lo, c.hi, c.quiet = math.Inf(-1), math.Inf(1), c.seen.Cycles+c.half
	if c.forced = c.seen.Instructions + c.spec.Step; c.seen.Instructions < c.measure {
		c.forced = min(c.forced, c.measure)
	}
}
