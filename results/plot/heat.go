package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heatChart is a square table of shares: dark is much.
type heatChart struct {
	names []string
	cells [][]results.Number // row, column; undefined: not measured
	tips  [][]string
}

// heatColor goes from white at 0 to navy at 1, evenly in lightness.
func heatColor(v float64) color.Color {
	v = max(0, min(1, v))
	mix := func(from, to uint8) uint8 { return uint8(math.Round(float64(from) + v*(float64(to)-float64(from)))) }
	return color.RGBA{mix(0xff, 0x0b), mix(0xff, 0x3c), mix(0xff, 0x6b), 0xff}
}

const heatLabels = 0.28 // of the width, at the most for the names

// sides are the room for the names and the side of a cell.
func (h *heatChart) sides(size Size) (names, cell vg.Length) {
	sty := textStyle(size, 1, regular, draw.XRight, draw.YCenter)
	for _, n := range h.names {
		names = max(names, sty.Width(n))
	}
	names = min(names, heatLabels*size.Width) + size.font/2
	cell = (size.Width - 2*margin(size) - names) / vg.Length(len(h.names))
	return names, min(cell, 5*size.font)
}

func (h *heatChart) height(size Size) vg.Length {
	names, cell := h.sides(size)
	return names + vg.Length(len(h.names))*h.rowHeight(cell, size) + size.font/2
}

// rowHeight is less than a cell's width where that is plenty.
func (h *heatChart) rowHeight(cell vg.Length, size Size) vg.Length {
	return max(min(cell, 2.6*size.font), min(cell, 1.3*size.font))
}

func (h *heatChart) draw(c *canvas) {
	names, cell := h.sides(c.size)
	row := h.rowHeight(cell, c.size)
	left, top := c.Min.X+names, c.Max.Y-names
	label := textStyle(c.size, 1, regular, draw.XRight, draw.YCenter)
	turned := textStyle(c.size, 1, regular, draw.XLeft, draw.YCenter)
	turned.Rotation = math.Pi / 2
	number := textStyle(c.size, 0.9, regular, draw.XCenter, draw.YCenter)
	if scale := float64(0.9*cell) / float64(number.Width("0.00")); scale < 1 {
		number.Font.Size *= vg.Length(scale)
	}
	for i, name := range h.names {
		name = cut(name, label, names-c.size.font/2)
		y := top - (vg.Length(i)+0.5)*row
		c.FillText(label, vg.Point{X: left - c.size.font/2, Y: y}, name)
		c.FillText(turned, vg.Point{X: left + (vg.Length(i)+0.5)*cell, Y: top + c.size.font/2}, name)
		for k := range h.names {
			x := left + vg.Length(k)*cell
			r := vg.Rectangle{Min: vg.Point{X: x, Y: y - row/2}, Max: vg.Point{X: x + cell, Y: y + row/2}}
			v := h.cells[i][k]
			if !v.Defined() {
				fillRect(c, r, fill{rgb(0xf4f4f4), rising, rgb(0xbbbbbb)})
				continue
			}
			fillRect(c, r, fill{heatColor(float64(v)), solid, nil})
			number.Color = ink
			if v > 0.65 {
				number.Color = paper
			}
			c.FillText(number, vg.Point{X: x + cell/2, Y: y}, v.Text(2))
			c.tip(r, "%s", h.tips[i][k])
		}
	}
}

// mostPrograms and mostHeats bound the heat maps: what a page can show.
const (
	mostPrograms = 24
	mostHeats    = 8
)

// pairs draws the progress of each program beside each other one.
func pairs(v *view) (figures []*Figure, why string) {
	left := 0
	var lacks lacks
	for _, g := range v.groups {
		if g.Programs != 2 {
			continue
		}
		for i, k := range g.Settings {
			if g.backToBack(k) {
				continue // no program runs beside another
			}
			f, why := g.pairs(i)
			switch {
			case f == nil:
				lacks.add(g, why)
			case len(figures) == mostHeats:
				left++
			default:
				figures = append(figures, f)
			}
		}
	}
	if left > 0 {
		return figures, fmt.Sprintf("%s beyond the first %d", results.Counted(left, "further setting"), mostHeats)
	}
	return lacks.unless(figures, "there are no mixes of two programs that run together")
}

// backToBack reports whether a setting runs the programs of a mix one after
// another.
func (g *group) backToBack(k results.Setting) bool {
	return !slices.ContainsFunc(g.Set.Runs, func(r *results.Record) bool { return r.Setting() == k && !r.BackToBack() })
}

func (g *group) pairs(setting int) (*Figure, string) {
	k := g.Settings[setting]
	type pair struct{ of, beside string }
	progress := map[pair][]results.Number{}
	var names []string
	for _, r := range g.Set.Runs {
		if r.Setting() != k || r.Metrics == nil || len(r.Metrics.Progress) != 2 || len(r.Unmeasured()) > 0 {
			continue
		}
		for i, p := range r.Metrics.Progress {
			if !p.Defined() {
				continue
			}
			at := pair{r.Programs[i].Workload, r.Programs[1-i].Workload}
			progress[at] = append(progress[at], p)
			for _, name := range []string{at.of, at.beside} {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	switch {
	case len(names) == 0:
		return nil, "no program of a pair has a progress, which needs its solo run and one software thread"
	case len(names) < 3:
		return nil, fmt.Sprintf("the pairs are of %s, and a table needs three", results.Counted(len(names), "program"))
	case len(names) > mostPrograms:
		return nil, fmt.Sprintf("%d programs, of which a figure shows %d", len(names), mostPrograms)
	}
	slices.SortFunc(names, results.Natural)
	h := &heatChart{names: names}
	pairs := 0
	for at := range progress {
		if _, both := progress[pair{at.beside, at.of}]; at.of <= at.beside || !both { // the two places are one pair
			pairs++
		}
	}
	for _, of := range names {
		var cells []results.Number
		var tips []string
		for _, beside := range names {
			v := summary.Mean(progress[pair{of, beside}], results.Harmonic)
			cells = append(cells, v)
			tips = append(tips, fmt.Sprintf("%s beside %s: progress %s", of, beside, v.Text(3)))
		}
		h.cells, h.tips = append(h.cells, cells), append(h.tips, tips)
	}
	f := &Figure{
		Name: "pairs", Title: "Progress of each program beside each other one: " + g.labels[setting],
		Caption: fmt.Sprintf("Progress of the program of the row beside that of the column, relative to running alone (1: as fast as alone; hatched: not measured), under %s, harmonic mean over seeds and places.", g.labels[setting]),
		Conditions: fmt.Sprintf("n = %s, %s; %s.", results.Counted(pairs, "pair"), results.Counted(g.Seeds, "seed"),
			measured(g.Set.Runs)),
		height: h.height, draw: h.draw,
	}
	if len(g.Settings) > 1 {
		f.Name += fmt.Sprintf("-%d", setting+1)
	}
	return f, ""
}
