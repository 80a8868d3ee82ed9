package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// hatch is a pattern of lines or dots over an area.
type hatch uint8

const (
	solid   hatch = iota
	rising        // ////
	falling       // \\\\
	crossed       // xxxx
	level         // ----
	upright       // ||||
	dotted        // ....
	gridded       // ++++
)

// fillRect fills r: colour, pattern, outline. Patterns are anchored to the
// page, so that they run on through neighbouring areas of the same series.
func fillRect(c *canvas, r vg.Rectangle, f fill) {
	if r.Max.X <= r.Min.X || r.Max.Y <= r.Min.Y {
		return
	}
	c.SetColor(f.color)
	c.Fill(r.Path())
	gap := c.size.font * 0.42
	width := gap * 0.22
	sty := draw.LineStyle{Color: f.lines, Width: width}
	switch f.hatch {
	case rising:
		hatchLines(c, r, sty, math.Pi/4, gap)
	case falling:
		hatchLines(c, r, sty, -math.Pi/4, gap)
	case crossed:
		hatchLines(c, r, sty, math.Pi/4, 1.3*gap)
		hatchLines(c, r, sty, -math.Pi/4, 1.3*gap)
	case level:
		hatchLines(c, r, sty, 0, gap)
	case upright:
		hatchLines(c, r, sty, math.Pi/2, gap)
	case gridded:
		hatchLines(c, r, sty, 0, 1.2*gap)
		hatchLines(c, r, sty, math.Pi/2, 1.2*gap)
	case dotted:
		hatchDots(c, r, f, gap)
	}
	c.StrokeLines(draw.LineStyle{Color: ink, Width: c.size.line * 0.8}, []vg.Point{
		r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min,
	})
}

// hatchLines draws parallel lines at the angle, gap apart, inside r. A line is
// the set of points whose distance from the page's origin, along the normal,
// is a multiple of gap.
func hatchLines(c *canvas, r vg.Rectangle, sty draw.LineStyle, angle float64, gap vg.Length) {
	sin, cos := math.Sincos(angle)
	nx, ny := vg.Length(-sin), vg.Length(cos)
	lo, hi := vg.Length(math.Inf(1)), vg.Length(math.Inf(-1))
	for _, p := range []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}} {
		d := p.X*nx + p.Y*ny
		lo, hi = min(lo, d), max(hi, d)
	}
	for k := math.Ceil(float64(lo / gap)); vg.Length(k)*gap < hi; k++ {
		foot := vg.Point{X: vg.Length(k) * gap * nx, Y: vg.Length(k) * gap * ny}
		if a, b, ok := clipLine(foot, vg.Point{X: vg.Length(cos), Y: vg.Length(sin)}, r); ok {
			c.StrokeLine2(sty, a.X, a.Y, b.X, b.Y)
		}
	}
}

// clipLine is the part of the line p + t·d inside r (Liang and Barsky 1984).
func clipLine(p, d vg.Point, r vg.Rectangle) (a, b vg.Point, ok bool) {
	t0, t1 := math.Inf(-1), math.Inf(1)
	for _, e := range [][3]vg.Length{{d.X, r.Min.X - p.X, r.Max.X - p.X}, {d.Y, r.Min.Y - p.Y, r.Max.Y - p.Y}} {
		dir, lo, hi := float64(e[0]), float64(e[1]), float64(e[2])
		if math.Abs(dir) < 1e-12 {
			if lo > 0 || hi < 0 {
				return a, b, false
			}
			continue
		}
		near, far := lo/dir, hi/dir
		t0, t1 = max(t0, min(near, far)), min(t1, max(near, far))
	}
	if t0 >= t1 {
		return a, b, false
	}
	at := func(t float64) vg.Point { return vg.Point{X: p.X + vg.Length(t)*d.X, Y: p.Y + vg.Length(t)*d.Y} }
	return at(t0), at(t1), true
}

// hatchDots draws a grid of dots inside r, those that fit whole.
func hatchDots(c *canvas, r vg.Rectangle, f fill, gap vg.Length) {
	radius := gap * 0.2
	c.SetColor(f.lines)
	first := func(lo vg.Length) vg.Length { return vg.Length(math.Ceil(float64((lo+radius)/gap))) * gap }
	for x := first(r.Min.X); x+radius <= r.Max.X; x += gap {
		for y := first(r.Min.Y); y+radius <= r.Max.Y; y += gap {
			var dot vg.Path
			dot.Move(vg.Point{X: x + radius, Y: y})
			dot.Arc(vg.Point{X: x, Y: y}, radius, 0, 2*math.Pi)
			dot.Close()
			c.Fill(dot)
		}
	}
}
