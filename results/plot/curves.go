package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curveChart shows points over a plane, joined or not, one curve for each
// series.
type curveChart struct {
	curves []curve
	x, y   axis
	mark   float64 // a reference value of y, 0: none
}

type curve struct {
	label  string
	stroke stroke
	points []point
	loose  bool     // the points are not joined
	scale  float64  // of the markers; 0: 1
	also   []string // labels of curves through the same points, which it stands for
}

// merged are the curves, one for all that go through the same points: the last
// that is drawn would hide the others. note says so where there are such, and why
// that those which are left are too many to be told apart.
func merged(curves []curve) (list []curve, note, why string) {
	minX, maxX, minY, maxY := extremes(curves)
	for i := range curves {
		k := slices.IndexFunc(list, func(c curve) bool { return c.coincides(&curves[i], maxX-minX, maxY-minY) })
		switch {
		case k >= 0:
			list[k].also = append(list[k].also, curves[i].label)
		case len(list) == len(seriesStrokes):
			return nil, "", fmt.Sprintf("%d settings, of which a legend tells %d apart", len(curves), len(seriesStrokes))
		default:
			list = append(list, curves[i])
		}
	}
	for i := range list {
		c := &list[i]
		if len(curves) > len(seriesStrokes) { // some have the same
			c.stroke = seriesStroke(i)
		}
		if c.also == nil {
			continue
		}
		note = " Settings with the same mark, or counted in the legend, coincide."
		c.points = slices.Clone(c.points)
		for n := range c.points {
			c.points[n].tip += " (also " + strings.Join(c.also, "; ") + ")"
		}
	}
	return list, note, ""
}

// names are those of the curve in a legend: of what it stands for what they have in
// common and their number, or each, when they are two of which others have that too.
func (cv *curve) names(others []curve) []string {
	all := cv.labels()
	if len(all) == 1 {
		return all
	}
	common := labelParts(cv.label)
	for _, label := range cv.also {
		parts := labelParts(label)
		common = slices.DeleteFunc(common, func(part string) bool { return !slices.Contains(parts, part) })
	}
	theirs := slices.ContainsFunc(others, func(o curve) bool {
		return o.label != cv.label && slices.ContainsFunc(o.labels(), func(label string) bool {
			parts := labelParts(label)
			return !slices.ContainsFunc(common, func(part string) bool { return !slices.Contains(parts, part) })
		})
	})
	switch {
	case theirs && len(all) == 2:
		return all
	case len(common) == 0:
		return []string{fmt.Sprintf("%s and %d more", cv.label, len(cv.also))}
	}
	return []string{fmt.Sprintf("%s (%d settings)", strings.Join(common, labelComma), len(all))}
}

// labels are those of the settings that the curve stands for.
func (cv *curve) labels() []string { return append([]string{cv.label}, cv.also...) }

// labelComma stands between the parts of a setting's label.
const labelComma = ", "

func labelParts(label string) []string { return strings.Split(label, labelComma) }

// coincides reports whether two curves are drawn in the same place, in a plane
// of the given width and height.
func (cv *curve) coincides(other *curve, width, height float64) bool {
	const invisible = 0.003 // in a column of a paper, half a point
	return slices.EqualFunc(cv.points, other.points, func(a, b point) bool {
		return math.Abs(a.x-b.x) <= invisible*width && math.Abs(a.y-b.y) <= invisible*height &&
			math.Abs(a.lo-b.lo) <= invisible*height && math.Abs(a.hi-b.hi) <= invisible*height
	})
}

// extremes are those of the points and their intervals.
func extremes(curves []curve) (minX, maxX, minY, maxY float64) {
	minX, maxX, minY, maxY = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, cv := range curves {
		for _, pt := range cv.points {
			minX, maxX = min(minX, pt.x), max(maxX, pt.x)
			minY, maxY = min(minY, pt.y), max(maxY, pt.y)
			if pt.lo < pt.hi {
				minY, maxY = min(minY, pt.lo), max(maxY, pt.hi)
			}
		}
	}
	return minX, maxX, minY, maxY
}

// point is a place with the ends of its interval in y; none where they are
// equal.
type point struct {
	x, y   float64
	lo, hi float64
	tip    string
}

// axis is a range with its ticks; both are chosen from the points when there
// are no ticks.
type axis struct {
	unit     string
	zero     bool // begins at zero
	min, max float64
	ticks    []plot.Tick
}

// counts makes an axis of whole numbers, as many ticks as are told apart.
func (a *axis) counts(from, to int) {
	step := 1
	for (to-from)/step > 10 {
		step = int(tickStep(float64(to - from)))
	}
	margin := 0.2 + 0.01*float64(to-from)
	a.min, a.max = float64(from)-margin, float64(to)+margin
	a.ticks = append(a.ticks, plot.Tick{Value: float64(from), Label: fmt.Sprint(from)})
	for k := (from/step + 1) * step; k <= to; k += step {
		a.ticks = append(a.ticks, plot.Tick{Value: float64(k), Label: fmt.Sprint(k)})
	}
}

// fit chooses range and ticks for values from lo to hi.
func (a *axis) fit(lo, hi float64) {
	if a.ticks != nil {
		return
	}
	if a.zero {
		a.min, a.max = 0, niceCeil(hi)
		a.ticks = axisTicks(a.max, false)
		return
	}
	if room := 0.01 * math.Abs(hi); hi-lo < room { // so that noise is not blown up
		lo, hi = lo-room, hi+room
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	step := tickStep(hi - lo)
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	a.min, a.max = first*step, last*step
	// What is at an end would lie on the other axis, or be cut.
	span := a.max - a.min
	if lo-a.min < 0.02*span {
		a.min -= 0.05 * span
	}
	if a.max-hi < 0.02*span {
		a.max += 0.05 * span
	}
	for k := first; k <= last; k++ {
		a.ticks = append(a.ticks, plot.Tick{Value: k * step, Label: strconv.FormatFloat(k*step+0, 'f', decimalsOf(step), 64)})
	}
}

func (*curveChart) height(size Size) vg.Length {
	return min(size.Width*0.55, 36*size.font)
}

func (cc *curveChart) draw(c *canvas) {
	p := newPlot(c.size)
	minX, maxX, minY, maxY := extremes(cc.curves)
	if cc.mark != 0 {
		minY, maxY = min(minY, cc.mark), max(maxY, cc.mark)
	}
	x, y := cc.x, cc.y
	x.fit(minX, maxX)
	y.fit(minY, maxY)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = x.min, x.max, y.min, y.max
	p.X.Label.Text, p.Y.Label.Text = x.unit, y.unit
	p.X.Tick.Marker = plot.ConstantTicks(readable(x.ticks, c.size, x.max-x.min))
	p.Y.Tick.Marker = plot.ConstantTicks(y.ticks)
	p.Add(plotterFunc(func(dc draw.Canvas, p *plot.Plot) {
		cc.drawCurves(&canvas{Canvas: dc, size: c.size}, p, c)
	}))
	area := *c
	// The label of the last tick is centred on it, beyond the axis.
	last := x.ticks[len(x.ticks)-1]
	area.crop(0, textStyle(c.size, 1, regular, draw.XCenter, draw.YTop).Width(last.Label)/2, 0, c.size.font/2)
	p.Draw(area.Canvas)
}

// readable are the ticks of a horizontal axis without the labels that would
// stand in those before them.
func readable(ticks []plot.Tick, size Size, span float64) []plot.Tick {
	sty := textStyle(size, 1, regular, draw.XCenter, draw.YTop)
	perUnit := 0.8 * float64(size.Width) / span
	end := math.Inf(-1)
	list := make([]plot.Tick, len(ticks))
	for i, t := range ticks {
		half := float64(sty.Width(t.Label)) / 2
		if at := t.Value * perUnit; at-half < end {
			t.Label = ""
		} else {
			end = at + half + float64(size.font)/2
		}
		list[i] = t
	}
	return list
}

func (cc *curveChart) drawCurves(area *canvas, p *plot.Plot, c *canvas) {
	x, y := p.Transforms(&area.Canvas)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Value > p.Y.Min {
			area.StrokeLine2(draw.LineStyle{Color: rule, Width: c.size.line}, area.Min.X, y(t.Value), area.Max.X, y(t.Value))
		}
	}
	if cc.mark != 0 {
		dashes := []vg.Length{3 * c.size.line, 3 * c.size.line}
		area.StrokeLine2(draw.LineStyle{Color: ink, Width: c.size.line * 1.5, Dashes: dashes}, area.Min.X, y(cc.mark), area.Max.X, y(cc.mark))
	}
	for i := range cc.curves {
		shifted := x
		if cc.hasIntervals() { // side by side, so that they can be told apart
			shift := 0.3 * c.size.font * (vg.Length(i) - vg.Length(len(cc.curves)-1)/2)
			shifted = func(v float64) vg.Length { return x(v) + shift }
		}
		cc.drawCurve(&cc.curves[i], area, shifted, y, c)
	}
}

func (cc *curveChart) hasIntervals() bool {
	for i := range cc.curves {
		for _, pt := range cc.curves[i].points {
			if pt.lo < pt.hi {
				return true
			}
		}
	}
	return false
}

// marked is how many points with markers a curve has about, of a joined one
// with many more.
const marked = 12

func (cc *curveChart) drawCurve(cv *curve, area *canvas, x, y func(float64) vg.Length, c *canvas) {
	var line []vg.Point
	for _, pt := range cv.points {
		line = append(line, vg.Point{X: x(pt.x), Y: y(pt.y)})
		if pt.lo < pt.hi {
			sty := draw.LineStyle{Color: cv.stroke.color, Width: 1.5 * c.size.line}
			half := c.size.font * 0.25
			area.StrokeLine2(sty, x(pt.x), y(pt.lo), x(pt.x), y(pt.hi))
			area.StrokeLine2(sty, x(pt.x)-half, y(pt.lo), x(pt.x)+half, y(pt.lo))
			area.StrokeLine2(sty, x(pt.x)-half, y(pt.hi), x(pt.x)+half, y(pt.hi))
		}
	}
	if !cv.loose {
		area.StrokeLines(cv.stroke.line(2*c.size.line), line)
	}
	glyph := glyphStyle(cv.stroke, c.size)
	if cv.scale > 0 {
		glyph.Radius *= vg.Length(cv.scale)
	}
	every := 1
	if !cv.loose && len(line) > 2*marked {
		every = len(line) / marked
	}
	for i, at := range line {
		if i%every == every/2 {
			area.DrawGlyphNoClip(glyph, at)
		}
		r := c.size.font * 0.7
		c.tip(vg.Rectangle{Min: vg.Point{X: at.X - r, Y: at.Y - r}, Max: vg.Point{X: at.X + r, Y: at.Y + r}}, "%s", cv.points[i].tip)
	}
}
