package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var shapes = [][2]int{{1, 1}, {1, 8}, {4, 4}, {8, 1}, {8, 8}}

// Drawings of all sizes and shapes are well-formed, name themselves, and
// their labels lie inside and do not overlap.
func TestSVG(t *testing.T) {
	for _, shape := range shapes {
		c := resultstest.Comparison(shape[0], shape[1])
		for _, f := range Of(c) {
			for _, size := range Sizes {
				t.Run(fmt.Sprintf("%s/%s/%dx%d", f.Name, size.Name, shape[0], shape[1]), func(t *testing.T) {
					svg, err := f.SVG(size)
					if err != nil {
						t.Fatal(err)
					}
					checkDrawing(t, f, size, parseSVG(t, svg))
					if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
						t.Error("a coordinate is no number")
					}
					if link := regexp.MustCompile(`(href|src|url\()\s*=?\s*["']?(https?:)?//`).Find(svg); link != nil {
						t.Errorf("the drawing loads %s", link)
					}
				})
			}
		}
	}
}

func checkDrawing(t *testing.T, f *Figure, size Size, d *drawing) {
	t.Helper()
	w, h := f.extent(size)
	if math.Abs(d.width-w.Points()) > 0.05 || math.Abs(d.height-h.Points()) > 0.05 { // five digits
		t.Errorf("%g × %g points, want %g × %g", d.width, d.height, w.Points(), h.Points())
	}
	if d.titles[0] != f.Title || len(d.titles) < 2 {
		t.Errorf("title %q and %d tooltips", d.titles[0], len(d.titles)-1)
	}
	if got, want := d.desc, f.Caption+" "+f.Conditions; got != want {
		t.Errorf("description %q, want %q", got, want)
	}
	if titled := strings.Contains(strings.ReplaceAll(d.all, "\n", " "), f.Title); titled != size.titled {
		t.Errorf("title drawn: %v, want %v", titled, size.titled)
	}
	for i, a := range d.labels {
		if a.left < -0.01 || a.right > d.width+0.01 || a.top < -0.01 || a.bottom > d.height+0.01 {
			t.Errorf("%q is cut off: %+v in %g × %g", a.text, a, d.width, d.height)
		}
		for _, b := range d.labels[:i] {
			if a.overlaps(b) {
				t.Errorf("%q overlaps %q: %+v, %+v", a.text, b.text, a, b)
			}
		}
	}
}

// drawing is what the test reads of an SVG.
type drawing struct {
	width, height float64
	titles        []string // the first is the drawing's, the others tooltips
	desc          string
	labels        []label // those that are not turned
	all           string  // text of all labels
}

type label struct {
	text                     string
	left, right, top, bottom float64 // from the top left, in points
}

// overlaps allows letters to touch: the boxes are of the ascent, without
// descenders.
func (a label) overlaps(b label) bool {
	return a.left < b.right-0.1 && b.left < a.right-0.1 && a.top < b.bottom-0.1 && b.top < a.bottom-0.1
}

var fontSize = regexp.MustCompile(`font-size:([0-9.]+)px`)

func parseSVG(t *testing.T, svg []byte) *drawing {
	t.Helper()
	d := &drawing{}
	dec := xml.NewDecoder(bytes.NewReader(svg))
	var path []xml.StartElement
	content := ""
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path, content = append(path, token.Copy()), ""
			if token.Name.Local == "svg" {
				var x, y float64
				if _, err := fmt.Sscan(attr(token, "viewBox"), &x, &y, &d.width, &d.height); err != nil {
					t.Fatalf("viewBox: %v", err)
				}
			}
		case xml.CharData:
			content += string(token)
		case xml.EndElement:
			d.end(t, path, content)
			path, content = path[:len(path)-1], ""
		}
	}
}

// end reads the element that ends: the last of path.
func (d *drawing) end(t *testing.T, path []xml.StartElement, content string) {
	e := path[len(path)-1]
	switch e.Name.Local {
	case "title":
		d.titles = append(d.titles, content)
	case "desc":
		d.desc = content
	case "text":
		d.all += content + "\n"
		if turned := len(path) > 3; turned {
			return
		}
		style := attr(e, "style")
		points, err := strconv.ParseFloat(fontSize.FindStringSubmatch(style)[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		weight := regular
		if strings.Contains(style, "font-weight:bold") {
			weight = bold
		}
		sty := textStyle(Size{font: vg.Length(points)}, 1, weight, draw.XLeft, text.YBottom)
		x, errX := strconv.ParseFloat(attr(e, "x"), 64)
		y, errY := strconv.ParseFloat(attr(e, "y"), 64)
		if err := errors.Join(errX, errY); err != nil {
			t.Fatal(err)
		}
		base := d.height + y // y is minus the height above the bottom
		d.labels = append(d.labels, label{content, x, x + sty.Width(content).Points(), base - 0.72*points, base})
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// A drawing is a function of the comparison, to the last byte.
func TestDeterministic(t *testing.T) {
	a, b := Of(resultstest.Comparison(4, 4)), Of(resultstest.Comparison(4, 4))
	var names []string
	for i := range Catalog {
		if Catalog[i].OfComparison() {
			names = append(names, Catalog[i].Name)
		}
	}
	if len(a) != len(names) {
		t.Fatalf("%d figures, want %d", len(a), len(names))
	}
	for i := range a {
		if a[i].Name != names[i] {
			t.Errorf("figure %d is %s, listed as %s", i, a[i].Name, names[i])
		}
		for _, draw := range []func(*Figure) ([]byte, error){
			func(f *Figure) ([]byte, error) { return f.SVG(Column) },
			func(f *Figure) ([]byte, error) { return f.PNG(Column) },
			func(f *Figure) ([]byte, error) { return f.PDF(Column) },
		} {
			one, err := draw(a[i])
			two, err2 := draw(b[i])
			if err := errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(one, two) {
				t.Errorf("%s differs from one time to the next", a[i].Name)
			}
		}
	}
}

// Bitmaps have the resolution of their format and something on them.
func TestPNG(t *testing.T) {
	for _, f := range Of(resultstest.Comparison(4, 4)) {
		for _, size := range Sizes {
			data, err := f.PNG(size)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			w, h := f.extent(size)
			dots := func(l vg.Length) int { return int(math.Round(l.Dots(float64(size.dpi)))) }
			if b := img.Bounds(); abs(b.Dx()-dots(w)) > 1 || abs(b.Dy()-dots(h)) > 1 {
				t.Errorf("%s %s: %v, want %d × %d", f.Name, size.Name, b, dots(w), dots(h))
			}
			dark, light := 0, 0
			for y := range img.Bounds().Dy() {
				for x := range img.Bounds().Dx() {
					if r, g, b, _ := img.At(x, y).RGBA(); r+g+b < 3*0x8000 {
						dark++
					} else {
						light++
					}
				}
			}
			if share := float64(dark) / float64(dark+light); share < 0.01 || share > 0.6 {
				t.Errorf("%s %s: %.1f %% is dark", f.Name, size.Name, 100*share)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// What has no data is left out, and the rest is drawn.
func TestUndefined(t *testing.T) {
	names := func(c *results.Comparison) string {
		var list []string
		for _, f := range Of(c) {
			for _, size := range Sizes {
				if _, err := f.SVG(size); err != nil {
					t.Error(err)
				}
			}
			list = append(list, f.Name)
		}
		return strings.Join(list, " ")
	}
	if got := names(&results.Comparison{}); got != "" {
		t.Errorf("nothing: %s", got)
	}
	c := resultstest.Comparison(4, 4)
	for _, r := range c.Runs {
		r.Metrics = nil
	}
	c.Scaling = nil
	if got := names(c); got != "utilization ipc topdown misses" {
		t.Errorf("without baselines and scaling: %s", got)
	}
	c = resultstest.Comparison(4, 4)
	for _, r := range c.Runs {
		r.Stats = results.Stats{}
	}
	c.Baselines = nil
	c.Runs[2].Metrics.Speedup = results.Undefined
	c.Runs[3].Programs[1].Cycles = 0 // not measured
	if got := names(c); got != "ipc speedup scaling" {
		t.Errorf("without statistics: %s", got)
	}
	for _, f := range Of(c) {
		_, values, err := f.Inline(Column)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if f.Name == "speedup" && strings.HasPrefix(v, "barrel") || f.Name == "ipc" && strings.HasPrefix(v, "icount") || strings.Contains(v, "NaN") {
				t.Errorf("%s shows what is undefined: %s", f.Name, v)
			}
		}
	}
}

// The numbers that a figure shows are those of the records.
func TestValues(t *testing.T) {
	c := resultstest.Comparison(4, 4)
	shown := map[string][]string{}
	for _, f := range Of(c) {
		svg, values, err := f.Inline(Column)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(svg, "<svg") || strings.Contains(svg, f.Caption+"</text>") {
			t.Errorf("%s: not for the middle of a page", f.Name)
		}
		shown[f.Name] = values
	}
	icount := c.Runs[3]
	for figure, want := range map[string]string{
		"utilization": fmt.Sprintf("icount: retired %s %%", (100 * icount.Utilization).Text(1)),
		"ipc":         fmt.Sprintf("icount: thread 1, matmul: %s IPC", icount.Programs[1].IPC().Text(2)),
		"speedup":     fmt.Sprintf("icount: speedup %s,", icount.Metrics.Speedup.Text(3)),
		"misses":      fmt.Sprintf("icount, L1D: %s MPKI", results.MPKI(icount, "l1d").Text(1)),
		"scaling":     fmt.Sprintf("icount, 4 threads: %s", results.Throughput(icount).Text(2)),
	} {
		if !strings.Contains(strings.Join(shown[figure], "\n"), want) {
			t.Errorf("%s does not say %q: %q", figure, want, shown[figure])
		}
	}
}

// Sixteen curves are told apart without their colours.
func TestStrokes(t *testing.T) {
	if len(seriesStrokes) < 16 || len(seriesFills) < 16 {
		t.Fatalf("%d strokes, %d fills", len(seriesStrokes), len(seriesFills))
	}
	seen := map[string]int{}
	for i, s := range seriesStrokes {
		look := fmt.Sprintf("%#v", s.glyph)
		if k, ok := seen[look]; ok {
			t.Errorf("series %d and %d have one marker", k, i)
		}
		seen[look] = i
	}
}

// Fills differ in grey or in hatching.
func TestFillsInGrey(t *testing.T) {
	grey := func(f fill) float64 {
		r, g, b, _ := f.color.RGBA()
		return (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 0xffff
	}
	for i, a := range seriesFills {
		for k, b := range seriesFills[:i] {
			if a.hatch == b.hatch && math.Abs(grey(a)-grey(b)) < 0.25 {
				t.Errorf("series %d and %d look alike in grey", k, i)
			}
			if a.color == b.color {
				t.Errorf("series %d and %d have one colour", k, i)
			}
		}
	}
	var parts []fill
	for i := range results.IssueShares {
		f, ok := issueFills[results.IssueShares[i].Key]
		if !ok {
			t.Fatalf("no fill for %s", results.IssueShares[i].Key)
		}
		for k, other := range parts {
			if f.hatch == other.hatch && math.Abs(grey(f)-grey(other)) < 0.2 {
				t.Errorf("%s and %s look alike in grey", results.IssueShares[k].Key, results.IssueShares[i].Key)
			}
		}
		parts = append(parts, f)
	}
}

// Names break between parameters, and nothing of them is lost unless a part
// is too wide alone.
func TestBreakName(t *testing.T) {
	sty := textStyle(Column, 1, regular, draw.XRight, draw.YCenter)
	name := "coarse:on=l1+l2+llc+tlb,action=drain,penalty=3,timer=100000"
	lines := breakName(name, sty, 86)
	if strings.Join(lines, "") != name || len(lines) != 3 {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if sty.Width(l) > 86 {
			t.Errorf("%q is %v wide", l, sty.Width(l))
		}
	}
	if lines := breakName("icount", sty, 86); len(lines) != 1 || lines[0] != "icount" {
		t.Errorf("%q", lines)
	}
	for _, l := range breakName("policy:"+strings.Repeat("x", 80), sty, 86) {
		if sty.Width(l) > 86 {
			t.Errorf("%q is %v wide", l, sty.Width(l))
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		top     float64
		percent bool
		want    string
	}{
		{1, true, "0 20 40 60 80 100"},
		{5, false, "0 1 2 3 4 5"},
		{0.06, false, "0.00 0.02 0.04 0.06"},
		{8, false, "0 2 4 6 8"},
	} {
		var got []string
		for _, tick := range axisTicks(c.top, c.percent) {
			got = append(got, tick.Label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("to %g: %q, want %s", c.top, got, c.want)
		}
	}
	for _, v := range []float64{0, 1e-9, 0.3, 1, 1.01, 7.3, 1e12} {
		if top := niceCeil(v); top < v || top > 2*v+1 {
			t.Errorf("axis to %g for %g", top, v)
		}
	}
}

// Programs of several threads are drawn by time.
func TestParallel(t *testing.T) {
	c := resultstest.Comparison(4, 1)
	for _, list := range [][]*results.Record{c.Runs, c.Baselines, c.Scaling} {
		for _, r := range list {
			for i := range r.Programs {
				r.Programs[i].Threads, r.Programs[i].Whole = 2, true
			}
		}
	}
	c.Measure(func(string) *results.Curve { return nil })
	want := map[string]string{"ipc": "by program", "speedup": "Speedup in time over one hardware thread"}
	for _, f := range Of(c) {
		if w := want[f.Name]; !strings.Contains(f.Title, w) {
			t.Errorf("%s: title %q, want %q", f.Name, f.Title, w)
		}
		delete(want, f.Name)
		svg, err := f.SVG(Column)
		if err != nil {
			t.Fatal(err)
		}
		checkDrawing(t, f, Column, parseSVG(t, svg))
		if bytes.Contains(svg, []byte("STP 1")) {
			t.Errorf("%s shows an STP", f.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not drawn: %v", want)
	}
}

// No point of a plane lies on its edge, where the other axis or the mark of a
// neighbour hides it; zero is one.
func TestAxisMargins(t *testing.T) {
	for _, c := range []struct{ lo, hi float64 }{{1, 2.03}, {0.4, 1}, {1, 1}, {0.95, 1.05}, {-2, 2}} {
		a := axis{}
		a.fit(c.lo, c.hi)
		room := 0.019 * (a.max - a.min)
		if c.lo-a.min < room || a.max-c.hi < room {
			t.Errorf("%g … %g on an axis from %g to %g", c.lo, c.hi, a.min, a.max)
		}
		for _, tick := range a.ticks {
			if tick.Value < a.min || tick.Value > a.max {
				t.Errorf("%g … %g: a tick at %g", c.lo, c.hi, tick.Value)
			}
		}
	}
	zero := axis{zero: true}
	if zero.fit(0, 3.2); zero.min != 0 {
		t.Errorf("from zero: %g", zero.min)
	}
}
