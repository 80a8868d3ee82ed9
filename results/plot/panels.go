package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panelChart shows several quantities of different magnitude side by side:
// each panel has its own scale and writes its values at the bars, so that no
// axis is needed and a small quantity is not flattened by a large one.
type panelChart struct {
	panels []panel
	names  []string // of the bars, the same in each panel
}

type panel struct {
	title  string
	values []float64 // negative: undefined
	texts  []string
	doc    string
}

const panelsPerRow = 3

// leastScale is the value that a full bar stands for at the least: what is
// next to nothing should look so.
const leastScale = 0.1

func (p *panelChart) barHeight(size Size) vg.Length { return size.font * 1.35 }

func (p *panelChart) panelHeight(size Size) vg.Length {
	return vg.Length(len(p.names))*p.barHeight(size) + 2.6*size.font
}

func (p *panelChart) height(size Size) vg.Length {
	rows := (len(p.panels) + panelsPerRow - 1) / panelsPerRow
	return vg.Length(rows) * p.panelHeight(size)
}

func (p *panelChart) draw(c *canvas) {
	width := (c.Max.X - c.Min.X) / panelsPerRow
	for i := range p.panels {
		left := c.Min.X + vg.Length(i%panelsPerRow)*width
		top := c.Max.Y - vg.Length(i/panelsPerRow)*p.panelHeight(c.size)
		p.drawPanel(c, &p.panels[i], left, top, width-c.size.font)
	}
}

func (p *panelChart) drawPanel(c *canvas, panel *panel, left, top, width vg.Length) {
	font := c.size.font
	c.FillText(textStyle(c.size, 1, bold, draw.XLeft, draw.YTop), vg.Point{X: left, Y: top}, panel.title)
	valueStyle := textStyle(c.size, 0.95, regular, draw.XLeft, draw.YCenter)
	longest, room := leastScale, vg.Length(0)
	for i, v := range panel.values {
		longest = max(longest, v)
		room = max(room, valueStyle.Width(panel.texts[i]))
	}
	scale := (width - room - 0.4*font) / vg.Length(longest)
	y := top - 1.6*font
	for i, v := range panel.values {
		h := p.barHeight(c.size)
		r := vg.Rectangle{
			Min: vg.Point{X: left, Y: y - 0.88*h},
			Max: vg.Point{X: left + vg.Length(max(v, 0))*scale, Y: y - 0.12*h},
		}
		fillRect(c, r, seriesFill(i))
		c.FillText(valueStyle, vg.Point{X: r.Max.X + 0.35*font, Y: y - h/2}, panel.texts[i])
		c.tip(vg.Rectangle{Min: vg.Point{X: left, Y: y - h}, Max: vg.Point{X: left + width, Y: y}},
			"%s, %s: %s MPKI (%s)", p.names[i], panel.title, panel.texts[i], panel.doc)
		y -= h
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: c.size.line}, left, top-1.6*font, left, y)
}
