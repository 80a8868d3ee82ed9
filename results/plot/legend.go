package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legendEntry names one series: an area or a curve.
type legendEntry struct {
	label string
	fill  *fill
	curve *stroke
	dot   bool // the curve's marker alone
}

// legendRows places the entries in as few rows as the width of the figure
// allows, and evenly among them.
func legendRows(entries []legendEntry, size Size) [][]legendEntry {
	width := size.Width - 2*margin(size)
	rows := fillRows(entries, size, width)
	for {
		width -= size.font
		even := fillRows(entries, size, width)
		if len(even) > len(rows) || width <= 0 {
			return rows
		}
		rows = even
	}
}

// fillRows fills rows of the given width one after another.
func fillRows(entries []legendEntry, size Size, width vg.Length) [][]legendEntry {
	var rows [][]legendEntry
	used := vg.Length(0)
	for _, e := range entries {
		w := entryWidth(e, size)
		// The last of a row needs no gap behind it.
		if len(rows) == 0 || used+w-legendGap*size.font > width {
			rows, used = append(rows, nil), 0
		}
		last := len(rows) - 1
		rows[last] = append(rows[last], e)
		used += w
	}
	return rows
}

const (
	legendLine = 1.6 // height of a row, in fonts
	legendGap  = 1.2 // between two entries of a row, in fonts
)

func keyWidth(e legendEntry, size Size) vg.Length {
	if e.curve != nil && !e.dot {
		return 3 * size.font
	}
	return 1.6 * size.font
}

func entryWidth(e legendEntry, size Size) vg.Length {
	sty := textStyle(size, 1, regular, draw.XLeft, draw.YCenter)
	return keyWidth(e, size) + 0.4*size.font + sty.Width(legendLabel(e, size)) + legendGap*size.font
}

// legendLabel is the entry's name, cut when it is wider than the figure.
func legendLabel(e legendEntry, size Size) string {
	sty := textStyle(size, 1, regular, draw.XLeft, draw.YCenter)
	return cut(e.label, sty, size.Width-2*margin(size)-keyWidth(e, size)-0.4*size.font)
}

func legendHeight(entries []legendEntry, size Size) vg.Length {
	if len(entries) == 0 {
		return 0
	}
	return (vg.Length(len(legendRows(entries, size)))*legendLine + 0.3) * size.font
}

// drawLegend writes the legend at the top and crops it off.
func drawLegend(c *canvas, entries []legendEntry) {
	sty := textStyle(c.size, 1, regular, draw.XLeft, draw.YCenter)
	font := c.size.font
	y := c.Max.Y - legendLine/2*font
	for _, row := range legendRows(entries, c.size) {
		x := c.Min.X
		for _, e := range row {
			w := keyWidth(e, c.size)
			if e.fill != nil {
				fillRect(c, vg.Rectangle{Min: vg.Point{X: x, Y: y - font/2}, Max: vg.Point{X: x + w, Y: y + font/2}}, *e.fill)
			}
			if e.curve != nil {
				if !e.dot {
					c.StrokeLine2(e.curve.line(2*c.size.line), x, y, x+w, y)
				}
				c.DrawGlyphNoClip(glyphStyle(*e.curve, c.size), vg.Point{X: x + w/2, Y: y})
			}
			c.FillText(sty, vg.Point{X: x + w + 0.4*font, Y: y}, legendLabel(e, c.size))
			x += entryWidth(e, c.size)
		}
		y -= legendLine * font
	}
	c.crop(0, 0, 0, legendHeight(entries, c.size))
}

func glyphStyle(s stroke, size Size) draw.GlyphStyle {
	return draw.GlyphStyle{Color: s.color, Radius: size.font * 0.36, Shape: s.glyph}
}
