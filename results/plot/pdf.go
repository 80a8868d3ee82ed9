package plot

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgpdf"
)

// PDF draws the figure as a vector graphic that needs no fonts: its text is
// outlines, to be seen and not to be searched.
func (f *Figure) PDF(size Size) ([]byte, error) {
	plainPDF()
	w, h := f.extent(size)
	pdf := vgpdf.New(w, h)
	f.render(draw.NewCanvas(outlined{pdf}, w, h), size)
	var b bytes.Buffer
	if _, err := pdf.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

// plainPDF makes equal drawings equal files: without the time, and with what is
// in them in a fixed order. The library has it as a setting for all documents.
var plainPDF = sync.OnceFunc(func() {
	fpdf.SetDefaultCatalogSort(true)
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
})

// outlined is a canvas that fills the outlines of letters. vgpdf's own text
// knows only the Windows code page, which has no Σ, and no bold type.
type outlined struct{ *vgpdf.Canvas }

// perEm is the resolution of outlines, a power of two for exact division.
const perEm = 1 << 12

// FillString implements vg.Canvas.
func (o outlined) FillString(face font.Face, at vg.Point, text string) {
	var b sfnt.Buffer
	scale := face.Font.Size / perEm
	var last sfnt.GlyphIndex
	for i, r := range text {
		glyph, err := face.Face.GlyphIndex(&b, r)
		if err != nil {
			panic(err) // the fonts are ours
		}
		if kern, err := face.Face.Kern(&b, last, glyph, fixed.I(perEm), xfont.HintingNone); err == nil && i > 0 {
			at.X += vg.Length(kern) / 64 * scale
		}
		segments, err := face.Face.LoadGlyph(&b, glyph, fixed.I(perEm), nil)
		if err != nil {
			panic(err)
		}
		if path := outline(segments, at, scale); len(path) > 0 {
			o.Fill(path)
		}
		advance, err := face.Face.GlyphAdvance(&b, glyph, fixed.I(perEm), xfont.HintingNone)
		if err != nil {
			panic(err)
		}
		at.X += vg.Length(advance) / 64 * scale
		last = glyph
	}
}

// outline is a glyph as a path; its axis points down.
func outline(segments sfnt.Segments, at vg.Point, scale vg.Length) (path vg.Path) {
	pt := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)/64*scale, Y: at.Y - vg.Length(p.Y)/64*scale}
	}
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			path.Move(pt(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(pt(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(pt(s.Args[0]), pt(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(pt(s.Args[0]), pt(s.Args[1]), pt(s.Args[2]))
		}
	}
	if len(path) > 0 {
		path.Close()
	}
	return path
}
