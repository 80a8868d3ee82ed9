package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/plot"
)

//go:embed page
var sources embed.FS

var pageTemplate = template.Must(template.New("page.html").
	Funcs(template.FuncMap{"soft": soft}).ParseFS(sources, "page/parts.html", "page/page.html"))

// soft lets a long name break after its punctuation.
func soft(name string) template.HTML {
	return template.HTML(softBreaks.Replace(template.HTMLEscapeString(name)))
}

var softBreaks = strings.NewReplacer(",", ",<wbr>", ":", ":<wbr>", "/", "/<wbr>")

// view is what the page's template shows.
type view struct {
	*results.Comparison
	Title       string
	Style       template.CSS
	Fonts       template.CSS
	Script      template.JS
	Findings    []finding
	Warnings    []string
	Disciplines []discipline
	Runs        grid
	Note        string // under the table of runs
	Threads     grid
	Figures     []figure
	Conditions  string // of all figures
	Definitions []definition
	Setup       []definition
	Files       []string
}

// discipline is the short name of a scheduler and what it stands for.
type discipline struct{ Label, Scheduler string }

// definition is a term and what it means.
type definition struct{ Term, Text string }

// grid is a sortable table.
type grid struct {
	ID, Caption string
	Header      []heading
	Rows        [][]cell
}

type heading struct {
	Title, Doc string
	Number     bool
}

type cell struct {
	Text  string
	Value string // sorts; empty: undefined, last
	Best  bool
}

// figure is a drawing with what stands below it.
type figure struct {
	Name, Title, Caption string
	SVG                  template.HTML
	Values               []string
	Files                []string
}

// page is the HTML of the report: one file that loads nothing.
func page(c *results.Comparison, figures []*plot.Figure) ([]byte, error) {
	v := view{
		Comparison:  c,
		Title:       title(c),
		Findings:    findings(c),
		Warnings:    warnings(c),
		Runs:        runsGrid(c),
		Note:        backToBackNote(c),
		Threads:     threadsGrid(c),
		Definitions: definitions(),
		Conditions:  plot.Conditions(c),
		Setup:       setup(c),
		Files:       []string{"runs.csv", "baselines.csv", "scaling.csv", "statistics.csv", "comparison.json"},
	}
	for i, label := range results.Labels(c.Runs) {
		v.Disciplines = append(v.Disciplines, discipline{label, c.Runs[i].Scheduler})
	}
	v.Style, v.Script = template.CSS(source("style.css")), template.JS(source("script.js"))
	var err error
	if v.Figures, v.Fonts, err = inline(figures, plot.Sizes); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, &v); err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	return b.Bytes(), nil
}

// source is an embedded file.
func source(name string) string {
	data, err := sources.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// inline draws figures for a page, and the fonts that they need. The drawings
// are our own, with every name in them escaped.
func inline(figures []*plot.Figure, sizes []plot.Size) (list []figure, fonts template.CSS, err error) {
	var drawings []string
	for _, f := range figures {
		svg, values, err := f.Inline(plot.Column)
		if err != nil {
			return nil, "", err
		}
		drawings = append(drawings, svg)
		out := figure{Name: f.Name, Title: f.Title, Caption: f.Caption, SVG: template.HTML(svg), Values: values}
		for _, size := range sizes {
			for _, ext := range extensions {
				out.Files = append(out.Files, figureFile(f.Name, size)+ext)
			}
		}
		list = append(list, out)
	}
	faces, err := plot.FontFaces(drawings...)
	return list, template.CSS(faces), err
}

func title(c *results.Comparison) string {
	mix := ""
	for i, name := range c.Mix {
		if i > 0 {
			mix += " + "
		}
		mix += name
	}
	return mix
}

// warnings are those of the records, each once.
func warnings(c *results.Comparison) []string {
	var list []string
	seen := map[string]bool{}
	for _, records := range [][]*results.Record{c.Runs, c.Baselines, c.Scaling} {
		for _, r := range records {
			for _, w := range r.Warnings {
				if !seen[w] {
					seen[w] = true
					list = append(list, w)
				}
			}
		}
	}
	return list
}

// setup lists what the runs were asked to do.
func setup(c *results.Comparison) []definition {
	records := append(append([]*results.Record{}, c.Runs...), c.Baselines...)
	if len(records) == 0 {
		return nil
	}
	r := records[0]
	contexts := 0
	for _, other := range records {
		contexts = max(contexts, other.Setup.Contexts)
	}
	begin, insts := "the beginning of the programs", "to the end of the programs"
	if r.Setup.ROI {
		begin, insts = "the beginning of the region of interest", "to the end of the region of interest"
	}
	if r.Setup.FastForward > 0 {
		begin = strconv.FormatUint(r.Setup.FastForward, 10) + " instructions after " + begin
	}
	if r.Setup.Insts > 0 {
		insts = strconv.FormatUint(r.Setup.Insts, 10)
	}
	return []definition{
		{"machine", r.Changed()},
		{"configuration", r.Setup.Config},
		{"hardware contexts", strconv.Itoa(contexts)},
		{"issue width", strconv.Itoa(r.Setup.Width)},
		{"simulated from", begin},
		{"warm-up, instructions of each program", strconv.FormatUint(r.Setup.Warmup, 10)},
		{"measured, instructions of each program", insts},
		{"run until", r.Setup.Until},
		{"seed", strconv.FormatUint(r.Setup.Seed, 10)},
		{"simulator's model", r.Setup.Model},
	}
}
