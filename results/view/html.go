package view

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

//go:embed page
var sources embed.FS

var pageTemplate = template.Must(template.ParseFS(sources, "page/view.html"))

// HTML writes a page that shows a diagram and loads nothing: zoom and pan,
// search by address and disassembly, and of each instruction its stages and why
// it waited.
func HTML(w io.Writer, d *Diagram) error {
	text := func(name string) string {
		data, err := sources.ReadFile("page/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		return string(data)
	}
	data, err := json.Marshal(newPageData(d))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, struct {
		*Diagram
		Style        template.CSS
		Script, Data template.JS
	}{d, template.CSS(text("style.css")), template.JS(text("script.js")), template.JS(data)})
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// pageData is a diagram for the page's script. Texts are indices into Texts,
// since most occur often; what never happened is -1.
type pageData struct {
	*Diagram
	From, Until uint64
	Stages      []pageStage
	Fates       []string
	Texts       []string
	Rows        []pageRow

	index map[string]int
}

type pageStage struct{ Name, Letter, Doc string }

type pageRow struct {
	N, T, S, P int64 // number, threads, program
	A, I       int   // address, instruction
	F          Fate
	R          int64      // first cycle in which it has its operands
	G          []int64    // stage, from, until …
	O          [][2]int64 `json:",omitempty"` // producer, cycle
	Q          [][]int64  `json:",omitempty"` // wait: from, until, code, text, uop
	X          []int      `json:",omitempty"` // notes
}

func newPageData(d *Diagram) *pageData {
	p := &pageData{Diagram: d, Fates: fateNames[:], index: map[string]int{}}
	p.From, p.Until = d.bounds()
	for _, s := range stages {
		p.Stages = append(p.Stages, pageStage{s.Name, string(s.letter), s.Doc})
	}
	for i := range d.Uops {
		p.Rows = append(p.Rows, p.row(&d.Uops[i]))
	}
	return p
}

func (p *pageData) row(u *Uop) pageRow {
	r := pageRow{
		N: int64(u.Number), T: int64(u.Thread), S: int64(u.Software), P: int64(u.Program),
		A: p.text(fmt.Sprintf("%x", u.PC)), I: p.text(u.Text), F: u.Fate, R: orNone(u.Ready),
	}
	for _, s := range u.spans(p.Until) {
		r.G = append(r.G, int64(s.stage), int64(s.from), int64(s.until))
	}
	for _, s := range u.Sources {
		r.O = append(r.O, [2]int64{orNone(s.Uop), orNone(s.Until)})
	}
	for _, w := range u.Waits {
		r.Q = append(r.Q, []int64{int64(w.From), int64(min(w.Until, p.Until)), int64(p.text(w.Code)), int64(p.text(w.Text)), orNone(w.Uop)})
	}
	for _, n := range u.Notes {
		r.X = append(r.X, p.text(n))
	}
	return r
}

// text is the index of a text.
func (p *pageData) text(s string) int {
	i, ok := p.index[s]
	if !ok {
		i = len(p.Texts)
		p.index[s] = i
		p.Texts = append(p.Texts, s)
	}
	return i
}

// orNone is a cycle or a number, -1 for Never.
func orNone(n uint64) int64 {
	if n == Never {
		return -1
	}
	return int64(n)
}
