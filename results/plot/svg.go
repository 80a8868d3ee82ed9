package plot

import (
	"bytes"
	"fmt"
	"html"

	"gonum.org/v1/plot/vg"
)

// overlay makes a plain vgsvg drawing accessible: a title and a description
// for the whole, a transparent area with a tooltip over every mark. height is
// the drawing's, for SVG's axis points down.
func overlay(svg []byte, f *Figure, size Size, height vg.Length, tips []tip) ([]byte, error) {
	open := bytes.Index(svg, []byte("<svg"))
	end := bytes.LastIndex(svg, []byte("</svg>"))
	if open < 0 || end < open {
		return nil, fmt.Errorf("figure %s: the SVG canvas wrote no <svg> element", f.Name)
	}
	tag := open + bytes.IndexByte(svg[open:], '>')
	id := f.Name + "-" + size.Name
	var b bytes.Buffer
	b.Write(svg[:tag])
	fmt.Fprintf(&b, ` role="img" aria-labelledby="%s-title %s-desc">`+"\n", id, id)
	fmt.Fprintf(&b, `<title id="%s-title">%s</title>`+"\n", id, html.EscapeString(f.Title))
	fmt.Fprintf(&b, `<desc id="%s-desc">%s</desc>`, id, html.EscapeString(f.text()))
	b.Write(svg[tag+1 : end])
	b.WriteString(`<g fill="#fff" fill-opacity="0">` + "\n")
	for _, t := range tips {
		r := t.area.Size()
		fmt.Fprintf(&b, `<rect x="%.5g" y="%.5g" width="%.5g" height="%.5g"><title>%s</title></rect>`+"\n",
			t.area.Min.X.Points(), (height - t.area.Max.Y).Points(), r.X.Points(), r.Y.Points(), html.EscapeString(t.text))
	}
	b.WriteString("</g>\n")
	b.Write(svg[end:])
	return b.Bytes(), nil
}
