package plot

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	paper = color.White
	ink   = color.Gray{0x1a}
	faint = color.Gray{0x4d} // 8:1 on white: small type stays readable
	rule  = color.Gray{0xdd} // grid lines
)

// fill is how an area looks: a colour, and lines over it that tell it from
// its neighbours when the colour is gone.
type fill struct {
	color color.Color
	hatch hatch
	lines color.Color // of the hatching
}

func rgb(hex uint32) color.Color {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// The palette survives a black-and-white printer: two fills of one hatching are
// a quarter of the way from black to white apart. The hues of the first eight
// are from the colour-blind-safe set of Okabe and Ito (2008), darkened or
// lightened to their step.
var seriesFills = []fill{
	{rgb(0x0b3c6b), solid, nil},
	{rgb(0xd55e00), rising, rgb(0xffffff)},
	{rgb(0x56b4e9), falling, rgb(0x0b3c6b)},
	{rgb(0xf0e442), crossed, rgb(0x6b6400)},
	{rgb(0x00644b), upright, rgb(0xffffff)},
	{rgb(0xcc79a7), level, rgb(0x4d1f38)},
	{rgb(0xb8dcd0), dotted, rgb(0x00442f)},
	{rgb(0xf4f4f4), rising, rgb(0x777777)},
	{rgb(0x8c8c8c), solid, nil},
	{rgb(0x4a2f12), falling, rgb(0xffffff)},
	{rgb(0xfdebd0), level, rgb(0x8a5a14)},
	{rgb(0x9ccc3c), upright, rgb(0x33470a)},
	{rgb(0x4b2a7a), dotted, rgb(0xffffff)},
	{rgb(0x2a5a66), crossed, rgb(0xffffff)},
	{rgb(0xf4b06a), gridded, rgb(0x6b3c05)},
	{rgb(0x7a1020), gridded, rgb(0xffffff)},
}

// seriesFill is the fill of series i; beyond the palette it repeats.
func seriesFill(i int) fill { return seriesFills[i%len(seriesFills)] }

// issueFills are the fills of the parts of the issue ledger by key: work is
// dark, work thrown away is hatched, emptiness is light.
var issueFills = map[string]fill{
	"retired":    {rgb(0x0b3c6b), solid, nil},
	"inflight":   {rgb(0x56b4e9), solid, nil},
	"replayed":   {rgb(0xf0e442), crossed, rgb(0x6b6400)},
	"wrongpath":  {rgb(0xd55e00), rising, rgb(0xffffff)},
	"horizontal": {rgb(0xd5d5d5), level, rgb(0x8a8a8a)},
	"vertical":   {rgb(0xfafafa), falling, rgb(0xa8a8a8)},
}

// stroke is how a curve looks: colour, dashes and marker, any one of which
// is enough to tell it from the others.
type stroke struct {
	color  color.Color
	dashes []float64 // in line widths
	glyph  draw.GlyphDrawer
}

var seriesStrokes = []stroke{
	{rgb(0x0b3c6b), nil, draw.CircleGlyph{}},
	{rgb(0xd55e00), []float64{5, 2}, open{draw.BoxGlyph{}}},
	{rgb(0x3a8fc4), []float64{1.5, 1.5}, open{draw.PyramidGlyph{}}},
	{rgb(0x8a7f00), []float64{7, 2, 1.5, 2}, open{draw.CircleGlyph{}}},
	{rgb(0x00644b), []float64{3, 3}, draw.PyramidGlyph{}},
	{rgb(0xa0447a), []float64{9, 3}, draw.BoxGlyph{}},
	{rgb(0x555555), []float64{4, 1.5, 1, 1.5, 1, 1.5}, strokes{{{-1, 0}, {1, 0}}, {{0, -1}, {0, 1}}}},
	{rgb(0x000000), []float64{2, 4}, strokes{{{-1, -1}, {1, 1}}, {{-1, 1}, {1, -1}}}},
	{rgb(0x7a1020), nil, diamond{}},
	{rgb(0x4b2a7a), []float64{5, 2}, open{diamond{}}},
	{rgb(0x2a5a66), []float64{1.5, 1.5}, wedge{}},
	{rgb(0xb06a10), []float64{7, 2, 1.5, 2}, open{wedge{}}},
	{rgb(0x5f8a00), []float64{3, 3}, strokes{{{-1, 0}, {1, 0}}, {{-0.5, -0.9}, {0.5, 0.9}}, {{-0.5, 0.9}, {0.5, -0.9}}}},
	{rgb(0x8c8c8c), []float64{9, 3}, hourglass{}},
	{rgb(0x4a2f12), []float64{4, 1.5, 1, 1.5, 1, 1.5}, strokes{{{0, -1.2}, {0, 1.2}}}},
	{rgb(0xd55e00), []float64{2, 4}, strokes{{{-1.2, 0}, {1.2, 0}}}},
}

func seriesStroke(i int) stroke { return seriesStrokes[i%len(seriesStrokes)] }

// polygon fills the corners, in units of the radius around at.
func polygon(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point, corners ...[2]vg.Length) {
	var p vg.Path
	for i, k := range corners {
		pt := vg.Point{X: at.X + k[0]*sty.Radius, Y: at.Y + k[1]*sty.Radius}
		if i == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	p.Close()
	c.SetColor(sty.Color)
	c.Fill(p)
}

// diamond is a square on its corner.
type diamond struct{}

func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	polygon(c, sty, at, [2]vg.Length{0, 1.3}, [2]vg.Length{1.1, 0}, [2]vg.Length{0, -1.3}, [2]vg.Length{-1.1, 0})
}

// wedge is a triangle on its corner.
type wedge struct{}

func (wedge) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	polygon(c, sty, at, [2]vg.Length{0, -1.2}, [2]vg.Length{1.1, 0.8}, [2]vg.Length{-1.1, 0.8})
}

// hourglass is two triangles that meet.
type hourglass struct{}

func (hourglass) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	polygon(c, sty, at, [2]vg.Length{-1, 1.2}, [2]vg.Length{1, 1.2}, [2]vg.Length{-1, -1.2}, [2]vg.Length{1, -1.2})
}

// open is a glyph with a hole of paper: what gonum draws as an outline is of
// one width in every size.
type open struct{ solid draw.GlyphDrawer }

func (o open) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	o.solid.DrawGlyph(c, sty, at)
	sty.Color = paper
	c.SetColor(paper)
	sty.Radius *= 0.55
	o.solid.DrawGlyph(c, sty, at)
}

// strokes is a glyph of lines, in units of the radius.
type strokes [][2][2]float64

func (s strokes) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	for _, l := range s {
		c.StrokeLine2(draw.LineStyle{Color: sty.Color, Width: sty.Radius * 0.55},
			at.X+vg.Length(l[0][0])*sty.Radius, at.Y+vg.Length(l[0][1])*sty.Radius,
			at.X+vg.Length(l[1][0])*sty.Radius, at.Y+vg.Length(l[1][1])*sty.Radius)
	}
}

// line is the stroke's line at the given width.
func (s stroke) line(width vg.Length) draw.LineStyle {
	sty := draw.LineStyle{Color: s.color, Width: width}
	for _, d := range s.dashes {
		sty.Dashes = append(sty.Dashes, vg.Length(d)*width)
	}
	return sty
}

var (
	regular = xfont.WeightNormal
	bold    = xfont.WeightBold
)

// fonts is our own cache: the drawing does not depend on what another package
// makes the default.
var fonts = text.Plain{Fonts: font.NewCache(liberation.Collection())}

func textStyle(size Size, scale float64, weight xfont.Weight, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size.font * vg.Length(scale)},
		XAlign:  x,
		YAlign:  y,
		Handler: fonts,
	}
}

// newPlot is an empty gonum plot in our type and lines.
func newPlot(size Size) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: ink, Width: size.line}
		axis.Tick.LineStyle = draw.LineStyle{Color: ink, Width: size.line}
		axis.Tick.Length = size.font / 2.5
		axis.Padding = 0
		axis.Label.Padding = size.font / 3
	}
	p.X.Label.TextStyle = textStyle(size, 1, regular, draw.XCenter, draw.YBottom)
	p.X.Tick.Label = textStyle(size, 1, regular, draw.XCenter, draw.YTop)
	p.Y.Label.TextStyle = textStyle(size, 1, regular, draw.XCenter, draw.YBottom) // gonum turns it
	p.Y.Tick.Label = textStyle(size, 1, regular, draw.XRight, draw.YCenter)
	return p
}
