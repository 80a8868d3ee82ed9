package plot

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/results"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curveChart shows a quantity over the number of threads, one curve per
// discipline.
type curveChart struct {
	curves       []curve
	xUnit, yUnit string
}

type curve struct {
	label  string
	stroke stroke
	points []point
}

type point struct {
	x int
	y float64
}

func (*curveChart) height(size Size) vg.Length { return size.Width * 0.55 }

func (cc *curveChart) draw(c *canvas) {
	p := newPlot(c.size)
	most, top := 1, 0.0
	for _, cv := range cc.curves {
		for _, pt := range cv.points {
			most, top = max(most, pt.x), max(top, pt.y)
		}
	}
	top = niceCeil(top)
	p.X.Min, p.X.Max = 0.8, float64(most)+0.2
	p.Y.Min, p.Y.Max = 0, top
	p.X.Label.Text, p.Y.Label.Text = cc.xUnit, cc.yUnit
	var ticks []plot.Tick
	for k := 1; k <= most; k++ {
		ticks = append(ticks, plot.Tick{Value: float64(k), Label: fmt.Sprint(k)})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Marker = plot.ConstantTicks(axisTicks(top, false))
	p.Add(plotterFunc(func(dc draw.Canvas, p *plot.Plot) {
		cc.drawCurves(&canvas{Canvas: dc, size: c.size}, p, c)
	}))
	p.Draw(c.Canvas)
}

func (cc *curveChart) drawCurves(area *canvas, p *plot.Plot, c *canvas) {
	x, y := p.Transforms(&area.Canvas)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Value > 0 {
			area.StrokeLine2(draw.LineStyle{Color: rule, Width: c.size.line}, area.Min.X, y(t.Value), area.Max.X, y(t.Value))
		}
	}
	for _, cv := range cc.curves {
		var line []vg.Point
		for _, pt := range cv.points {
			line = append(line, vg.Point{X: x(float64(pt.x)), Y: y(pt.y)})
		}
		area.StrokeLines(cv.stroke.line(2*c.size.line), line)
		for i, at := range line {
			area.DrawGlyphNoClip(glyphStyle(cv.stroke, c.size), at)
			r := c.size.font * 0.7
			c.tip(vg.Rectangle{Min: vg.Point{X: at.X - r, Y: at.Y - r}, Max: vg.Point{X: at.X + r, Y: at.Y + r}},
				"%s, %s: %.2f", cv.label, results.Counted(cv.points[i].x, "thread"), cv.points[i].y)
		}
	}
}
