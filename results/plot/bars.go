package plot

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is one row of a bar chart: segments from left to right.
type bar struct {
	label    string
	segments []segment
	end      string // written after the bar: its total
	// heading is set on a row without a bar: label is over those that follow.
	heading bool
	below   bool // the heading belongs to one above, and is set in plain type
	// lo and hi are the ends of its interval; none where they are equal.
	lo, hi float64
}

// segment is a part of a bar.
type segment struct {
	value float64
	fill  fill
	tip   string
}

func (b *bar) total() float64 {
	sum := 0.0
	for _, s := range b.segments {
		sum += s.value
	}
	return sum
}

// plotterFunc is a function as a gonum plotter.
type plotterFunc func(draw.Canvas, *plot.Plot)

func (f plotterFunc) Plot(c draw.Canvas, p *plot.Plot) { f(c, p) }

// barChart is a horizontal bar chart: names of disciplines are long, so they
// stand beside their bars and need no turning.
type barChart struct {
	bars []bar
	unit string
	max  float64 // of the axis; 0: chosen
	mark float64 // a reference line, 0: none
	// percent writes the axis in percent.
	percent bool
}

// labelShare is the part of the width that the names may take.
const labelShare = 0.34

// labels are the names of the bars, broken into lines.
func (b *barChart) labels(size Size) []string {
	sty := textStyle(size, 1, regular, draw.XRight, draw.YCenter)
	labels := make([]string, len(b.bars))
	for i := range b.bars {
		if b.bars[i].heading {
			continue
		}
		labels[i] = strings.Join(breakName(b.bars[i].label, sty, labelShare*size.Width), "\n")
	}
	return labels
}

// row is the height of a bar with its gap: all the same, as the longest name
// needs it.
func (b *barChart) row(size Size) vg.Length {
	sty := textStyle(size, 1, regular, draw.XRight, draw.YCenter)
	row := b.thickness(size)
	for _, label := range b.labels(size) {
		row = max(row, sty.Height(label)+0.6*size.font)
	}
	return row
}

// manyBars is where rows become as narrow as their names allow.
const manyBars = 24

// thickness is the height of a row with a name of one line.
func (b *barChart) thickness(size Size) vg.Length {
	if len(b.bars) > manyBars {
		return 1.6 * size.font
	}
	return size.row
}

func (b *barChart) height(size Size) vg.Length {
	return vg.Length(len(b.bars))*b.row(size) + axisHeight(size)
}

func (b *barChart) draw(c *canvas) {
	p := newPlot(c.size)
	longest := 0.0
	room := vg.Length(0) // for the totals after the bars
	endStyle := textStyle(c.size, 1, regular, draw.XLeft, draw.YCenter)
	var names []plot.Tick
	n, labels := len(b.bars), b.labels(c.size)
	for i := range b.bars {
		longest = max(longest, b.bars[i].total(), b.bars[i].hi)
		room = max(room, endStyle.Width(b.bars[i].end))
		names = append(names, plot.Tick{Value: float64(n-i) - 0.5, Label: labels[i]})
	}
	top := b.max
	if top == 0 {
		top = niceCeil(max(longest, b.mark))
	}
	p.X.Min, p.X.Max = 0, top
	p.Y.Min, p.Y.Max = 0, float64(n)
	p.X.Label.Text = b.unit
	p.X.Tick.Marker = plot.ConstantTicks(axisTicks(top, b.percent))
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.LineStyle.Width = 0
	p.Y.Tick.Length = c.size.font / 3
	p.Add(plotterFunc(func(dc draw.Canvas, p *plot.Plot) {
		b.drawBars(&canvas{Canvas: dc, size: c.size}, p, c)
	}))
	area := *c
	area.crop(0, room+c.size.font*0.6, 0, 0)
	p.Draw(area.Canvas)
}

// drawBars draws grid, bars and totals into the data area; tooltips go to c.
func (b *barChart) drawBars(area *canvas, p *plot.Plot, c *canvas) {
	x, y := p.Transforms(&area.Canvas)
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if t.Value > 0 {
			area.StrokeLine2(draw.LineStyle{Color: rule, Width: c.size.line}, x(t.Value), area.Min.Y, x(t.Value), area.Max.Y)
		}
	}
	if b.mark > 0 {
		dashes := []vg.Length{3 * c.size.line, 3 * c.size.line}
		area.StrokeLine2(draw.LineStyle{Color: ink, Width: c.size.line * 1.5, Dashes: dashes}, x(b.mark), area.Min.Y, x(b.mark), area.Max.Y)
	}
	for i := range b.bars {
		mid := y(float64(len(b.bars)-i) - 0.5)
		if b.bars[i].heading {
			drawHeading(area, vg.Point{X: area.Min.X + c.size.font*0.4, Y: mid - c.size.font*0.1}, b.bars[i].label, b.bars[i].below)
			continue
		}
		half := b.thickness(c.size) * 0.32
		at := 0.0
		for _, s := range b.bars[i].segments {
			r := vg.Rectangle{
				Min: vg.Point{X: x(at), Y: mid - half},
				Max: vg.Point{X: x(at + s.value), Y: mid + half},
			}
			fillRect(area, r, s.fill)
			if s.value > 0 {
				c.tip(r, "%s", s.tip)
			}
			at += s.value
		}
		if lo, hi := b.bars[i].lo, b.bars[i].hi; lo < hi {
			drawInterval(area, x(lo), x(hi), mid, half*0.6)
			at = max(at, hi)
		}
		drawEnd(area, vg.Point{X: x(at) + c.size.font*0.4, Y: mid}, b.bars[i].end)
	}
}

// drawHeading writes what the bars below have in common, over the grid.
func drawHeading(c *canvas, at vg.Point, text string, plain bool) {
	weight := bold
	if plain {
		weight = regular
	}
	sty := textStyle(c.size, 1, weight, draw.XLeft, draw.YCenter)
	text = cut(text, sty, c.Max.X-at.X)
	c.SetColor(paper)
	c.Fill(vg.Rectangle{
		Min: vg.Point{X: at.X - c.size.line, Y: at.Y - c.size.font*0.6},
		Max: vg.Point{X: at.X + sty.Width(text) + c.size.line, Y: at.Y + c.size.font*0.6},
	}.Path())
	c.FillText(sty, at, text)
}

// drawInterval draws a line with caps from lo to hi, dark on a light rim so
// that it can be seen over any fill.
func drawInterval(c *canvas, lo, hi, y, half vg.Length) {
	for _, sty := range []draw.LineStyle{{Color: paper, Width: 4.5 * c.size.line}, {Color: ink, Width: 1.8 * c.size.line}} {
		c.StrokeLine2(sty, lo, y, hi, y)
		c.StrokeLine2(sty, lo, y-half, lo, y+half)
		c.StrokeLine2(sty, hi, y-half, hi, y+half)
	}
}

// drawEnd writes a total after its bar, over whatever line runs there.
func drawEnd(c *canvas, at vg.Point, text string) {
	sty := textStyle(c.size, 1, regular, draw.XLeft, draw.YCenter)
	c.SetColor(paper)
	c.Fill(vg.Rectangle{
		Min: vg.Point{X: at.X, Y: at.Y - c.size.font*0.55},
		Max: vg.Point{X: at.X + sty.Width(text), Y: at.Y + c.size.font*0.55},
	}.Path())
	at.Y += c.size.font * 0.08 // digits have no descender
	c.FillText(sty, at, text)
}

// axisTicks are four to six round values from 0 to top.
func axisTicks(top float64, percent bool) []plot.Tick {
	step := tickStep(top)
	var ticks []plot.Tick
	for k := 0; float64(k)*step <= top*(1+1e-9); k++ {
		v := float64(k) * step
		label := strconv.FormatFloat(v, 'f', decimalsOf(step), 64)
		if percent {
			label = strconv.FormatFloat(100*v, 'f', 0, 64)
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// tickStep is 1, 2 or 5 times a power of ten, so that 0 … top has about five
// steps.
func tickStep(top float64) float64 {
	raw := top / 5
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if raw <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// niceCeil is the first tick at or above v.
func niceCeil(v float64) float64 {
	if v <= 0 {
		return 1
	}
	step := tickStep(v)
	return step * math.Ceil(v/step-1e-9)
}

// decimalsOf is how many decimals a multiple of step needs.
func decimalsOf(step float64) int {
	return max(0, int(-math.Floor(math.Log10(step)+1e-9)))
}
