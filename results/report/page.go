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
	Funcs(template.FuncMap{"soft": soft}).ParseFS(sources, "page/page.html"))

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
	for _, part := range []struct {
		name string
		into func(string)
	}{
		{"page/style.css", func(s string) { v.Style = template.CSS(s) }},
		{"page/script.js", func(s string) { v.Script = template.JS(s) }},
	} {
		data, err := sources.ReadFile(part.name)
		if err != nil {
			return nil, err
		}
		part.into(string(data))
	}
	if err := v.addFigures(figures); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, &v); err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	return b.Bytes(), nil
}

// addFigures draws the figures and the fonts that they need. The drawings are
// our own, with every name in them escaped.
func (v *view) addFigures(figures []*plot.Figure) error {
	var drawings []string
	for _, f := range figures {
		svg, values, err := f.Inline(plot.Column)
		if err != nil {
			return err
		}
		drawings = append(drawings, svg)
		out := figure{Name: f.Name, Title: f.Title, Caption: f.Caption, SVG: template.HTML(svg), Values: values}
		for _, size := range plot.Sizes {
			for _, ext := range []string{".svg", ".png"} {
				out.Files = append(out.Files, figureFile(f.Name, size)+ext)
			}
		}
		v.Figures = append(v.Figures, out)
	}
	fonts, err := plot.FontFaces(drawings...)
	if err != nil {
		return err
	}
	v.Fonts = template.CSS(fonts)
	return nil
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
