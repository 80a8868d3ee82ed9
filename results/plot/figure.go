// Package plot draws figures of comparisons and of sets of runs, as PNG, SVG
// and PDF, from records alone.
//
// Every figure is made for print first: one column of a paper wide, told apart
// in grey by lightness and hatching, never by hue alone. The other sizes are the
// same drawing, on a slide with a title and larger type. An SVG carries its
// fonts (the glyphs that it uses), a title, a description and a tooltip on every
// mark, so it looks the same anywhere and can be read aloud.
//
// gonum/plot has axes, text and canvases; bars with hatching, the legend in
// rows and the SVG overlay are ours. Figures of results with no data (no
// baseline, no scaling run) are left out rather than drawn empty.
package plot

import (
	"bytes"
	"fmt"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size is a format that a figure is drawn in.
type Size struct {
	Name   string
	Width  vg.Length
	font   vg.Length // of tick labels; the rest is relative to it
	line   vg.Length // of axes
	row    vg.Length // of one bar with its gap
	dpi    int
	titled bool // a paper has its caption beside the figure, a slide needs a title
}

// Sizes are the formats: one column of a paper, both, and one slide.
var Sizes = []Size{
	{Name: "column", Width: 3.3 * vg.Inch, font: 7, line: 0.5, row: 17, dpi: 300},
	{Name: "double", Width: 7 * vg.Inch, font: 8, line: 0.5, row: 18, dpi: 300},
	{Name: "slide", Width: 10 * vg.Inch, font: 15, line: 1, row: 42, dpi: 144, titled: true},
}

// Column is the size that the report shows.
var Column = Sizes[0]

// Figure is one drawing, in any size.
type Figure struct {
	Name    string // file name without extension
	Title   string
	Caption string // what is shown, in which unit
	// Conditions are those of the measurement: machine, programs, number of runs.
	Conditions string
	// height is the height of the plot area, without legend and caption.
	height func(Size) vg.Length
	legend []legendEntry
	draw   func(c *canvas)
	bare   bool // without title and caption: they stand beside it
}

// canvas is what a figure's parts draw on: the drawing surface, the size with
// its fonts, and the tooltips of the marks drawn so far.
type canvas struct {
	draw.Canvas
	size Size
	tips []tip
}

// tip is a tooltip over an area of the drawing.
type tip struct {
	area vg.Rectangle
	text string
}

func (c *canvas) tip(area vg.Rectangle, format string, args ...any) {
	c.tips = append(c.tips, tip{area, fmt.Sprintf(format, args...)})
}

// crop is the canvas without the given margins; tooltips stay with c.
func (c *canvas) crop(left, right, bottom, top vg.Length) {
	c.Canvas = draw.Crop(c.Canvas, left, -right, bottom, -top)
}

// PNG draws the figure as a bitmap.
func (f *Figure) PNG(size Size) ([]byte, error) {
	w, h := f.extent(size)
	img := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(size.dpi))
	f.render(draw.New(img), size)
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&b); err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

// SVG draws the figure as a vector graphic that needs nothing from outside.
func (f *Figure) SVG(size Size) ([]byte, error) {
	body, _, err := f.vector(size)
	if err != nil {
		return nil, err
	}
	fonts, err := FontFaces(string(body))
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	style := []byte("<defs><style>" + fonts + "</style></defs>\n")
	const head = "</desc>"
	at := bytes.Index(body, []byte(head)) + len(head)
	return bytes.Join([][]byte{body[:at], style, body[at:]}, nil), nil
}

// Inline is the figure for a page that has the fonts already (FontFaces),
// writes the caption itself and wants no XML prolog in its middle. values are
// the texts of the tooltips: the numbers shown, for who cannot point at them.
func (f *Figure) Inline(size Size) (svg string, values []string, err error) {
	bare := *f
	bare.bare = true
	body, c, err := bare.vector(size)
	if err != nil {
		return "", nil, err
	}
	for _, t := range c.tips {
		values = append(values, t.text)
	}
	return string(body[bytes.Index(body, []byte("<svg")):]), values, nil
}

// vector is the SVG with title and tooltips, without fonts.
func (f *Figure) vector(size Size) ([]byte, *canvas, error) {
	w, h := f.extent(size)
	svg := vgsvg.NewWith(vgsvg.UseWH(w, h))
	c := f.render(draw.New(svg), size)
	var b bytes.Buffer
	if _, err := svg.WriteTo(&b); err != nil {
		return nil, nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	body, err := overlay(b.Bytes(), f, size, h, c.tips)
	return body, c, err
}

// extent is the size of the whole drawing: what the parts need, stacked.
func (f *Figure) extent(size Size) (w, h vg.Length) {
	h = f.height(size) + legendHeight(f.legend, size)
	if !f.bare {
		h += captionHeight(f.text(), size)
	}
	if f.titled(size) {
		h += f.titleHeight(size)
	}
	return size.Width, h + 2*margin(size)
}

// text is the whole caption.
func (f *Figure) text() string { return strings.TrimSpace(f.Caption + " " + f.Conditions) }

func (f *Figure) titled(size Size) bool { return size.titled && !f.bare }

func margin(size Size) vg.Length { return size.font / 2 }

// render draws title, legend, plot and caption from top to bottom.
func (f *Figure) render(dc draw.Canvas, size Size) *canvas {
	dc.SetColor(paper)
	dc.Fill(dc.Rectangle.Path())
	c := &canvas{Canvas: dc, size: size}
	m := margin(size)
	c.crop(m, m, m, m)
	if f.titled(size) {
		sty := titleStyle(size)
		for i, line := range f.titleLines(size) {
			c.FillText(sty, vg.Point{X: c.Min.X, Y: c.Max.Y - vg.Length(i)*1.2*sty.Font.Size}, cut(line, sty, c.Max.X-c.Min.X))
		}
		c.crop(0, 0, 0, f.titleHeight(size))
	}
	if !f.bare {
		drawCaption(c, f.text())
	}
	drawLegend(c, f.legend)
	f.draw(c)
	return c
}

func titleStyle(size Size) text.Style {
	return textStyle(size, 1.25, bold, draw.XLeft, draw.YTop)
}

func (f *Figure) titleLines(size Size) []string {
	return wrap(f.Title, titleStyle(size), size.Width-2*margin(size))
}

func (f *Figure) titleHeight(size Size) vg.Length {
	more := vg.Length(len(f.titleLines(size)) - 1)
	return 2*size.font + more*1.2*titleStyle(size).Font.Size
}

// captionStyle is smaller than the labels: it is read last.
func captionStyle(size Size) text.Style {
	return textStyle(size, 0.85, regular, draw.XLeft, draw.YTop)
}

func captionHeight(caption string, size Size) vg.Length {
	sty := captionStyle(size)
	lines := wrap(caption, sty, size.Width-2*margin(size))
	return vg.Length(len(lines))*sty.Font.Size*1.2 + size.font/2
}

// drawCaption writes the caption at the bottom and crops it off.
func drawCaption(c *canvas, caption string) {
	sty := captionStyle(c.size)
	sty.Color = faint
	h := captionHeight(caption, c.size)
	y := c.Min.Y + h - c.size.font/2
	for _, line := range wrap(caption, sty, c.Max.X-c.Min.X) {
		c.FillText(sty, vg.Point{X: c.Min.X, Y: y}, line)
		y -= sty.Font.Size * 1.2
	}
	c.crop(0, 0, h, 0)
}

// axisHeight is what a horizontal axis takes: ticks, their labels, the unit.
func axisHeight(size Size) vg.Length { return 3.4 * size.font }

// breakName breaks the name of a discipline or setting after colons and commas
// into lines no wider than width; a part that is still too wide is cut.
func breakName(name string, sty text.Style, width vg.Length) []string {
	var lines []string
	line := ""
	for name != "" {
		end := strings.IndexAny(name, ":,") + 1
		if end == 0 {
			end = len(name)
		}
		word := name[:end]
		name = name[end:]
		if line != "" && sty.Width(line+word) > width {
			lines, line = append(lines, cut(line, sty, width)), ""
			word = strings.TrimLeft(word, " ")
		}
		line += word
	}
	return append(lines, cut(line, sty, width))
}

// cut shortens s to the width, with an ellipsis for what is missing.
func cut(s string, sty text.Style, width vg.Length) string {
	if sty.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; sty.Width(short) <= width {
			return short
		}
	}
	return "…"
}

// wrap breaks s into lines no wider than width; n = 1 stays together.
func wrap(s string, sty text.Style, width vg.Length) []string {
	const equals, whole = " = ", "\u00a0=\u00a0"
	var lines []string
	line := ""
	for _, word := range strings.Split(strings.ReplaceAll(s, equals, whole), " ") {
		word = strings.ReplaceAll(word, whole, equals)
		next := strings.TrimSpace(line + " " + word)
		if line != "" && sty.Width(next) > width {
			lines = append(lines, line)
			next = word
		}
		line = next
	}
	return append(lines, line)
}
