package command

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/diff"
)

// diffJSON is a comparison as JSON.
type diffJSON struct {
	A        string        `json:"a"`
	B        string        `json:"b"`
	Pairs    int           `json:"pairs"`
	Equal    int           `json:"equal"`
	OnlyA    []runJSON     `json:"only_a"`
	OnlyB    []runJSON     `json:"only_b"`
	Settings []settingJSON `json:"settings"`
	// Unknown is how many pairs differ in a configuration that is not known.
	Unknown    int             `json:"unknown_configurations"`
	Outputs    []runJSON       `json:"outputs"`
	Statistics []statisticJSON `json:"statistics"`
	OneSided   []string        `json:"one_sided"`
}

type runJSON struct {
	Key string `json:"key"` // of the run in A, when it is in both
	Run string `json:"run"`
}

type settingJSON struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
	Runs int    `json:"runs"`
}

type statisticJSON struct {
	Name string         `json:"name"`
	Unit string         `json:"unit"`
	A    results.Number `json:"a"`
	B    results.Number `json:"b"`
	// Relative is null when A is 0.
	Relative results.Number `json:"relative"`
	Run      string         `json:"run,omitempty"`
	Runs     int            `json:"runs"`
	Ratio    results.Number `json:"ratio"`
}

// printDiff prints what a comparison has found: as CSV the statistics alone.
func (t *tool) printDiff(format string, a, b *diffSource, r *diff.Result, threshold float64, top int) error {
	describe, err := statisticDocs()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(r.Statistics, func(s diff.Statistic) bool { return math.Abs(s.Largest.Relative()) < threshold })
	shown := list
	if top > 0 {
		shown = list[:min(top, len(list))]
	}
	for i := range shown {
		if shown[i].Unit == "" {
			shown[i].Unit, _ = describe(shown[i].Name)
		}
	}
	switch format {
	case formatJSON:
		return writeJSON(t.out, newDiffJSON(a, b, r, shown))
	case formatCSV:
		return t.print(exactTable(shown), format)
	}
	fmt.Fprintf(t.out, "A: %s\nB: %s\n%s compared, %d equal", a.name, b.name, results.Counted(len(r.Pairs), "run"), r.Equal)
	if n, m := len(r.OnlyA), len(r.OnlyB); n+m > 0 {
		fmt.Fprintf(t.out, "; %d only in A, %d only in B", n, m)
	}
	fmt.Fprintln(t.out)
	for _, part := range []*table{onlyTable(a, b, r, top), settingTable(r), outputTable(r, top), statisticTable(r, shown)} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintln(t.out)
		if err := t.print(part, format); err != nil {
			return err
		}
	}
	t.noteDiff(r, len(list)-len(shown), len(r.Statistics))
	return nil
}

// noteDiff says what the tables leave out.
func (t *tool) noteDiff(r *diff.Result, more, differ int) {
	if more > 0 {
		t.note("%s more (--top 0 shows all)", results.Counted(more, "statistic"))
	}
	if n := len(r.OneSided); n > 0 {
		t.note("%s on one side only (--format json names them)", results.Counted(n, "statistic"))
	}
	if r.Unknown > 0 {
		t.note("the configuration of %s differs and is not in the file", results.Counted(r.Unknown, "run"))
	}
	if differ == 0 && len(r.Pairs) > 0 {
		t.note("no statistic differs")
	}
}

func newDiffJSON(a, b *diffSource, r *diff.Result, list []diff.Statistic) *diffJSON {
	j := &diffJSON{A: a.name, B: b.name, Pairs: len(r.Pairs), Equal: r.Equal, Unknown: r.Unknown,
		OnlyA: []runJSON{}, OnlyB: []runJSON{}, Settings: []settingJSON{}, Outputs: []runJSON{}, Statistics: []statisticJSON{}, OneSided: append([]string{}, r.OneSided...)}
	for _, one := range r.OnlyA {
		j.OnlyA = append(j.OnlyA, runJSON{one.Run.Key(), one.Label})
	}
	for _, one := range r.OnlyB {
		j.OnlyB = append(j.OnlyB, runJSON{one.Run.Key(), one.Label})
	}
	for _, s := range r.Settings {
		j.Settings = append(j.Settings, settingJSON{s.Path, s.A, s.B, s.Runs})
	}
	for _, p := range r.Outputs {
		j.Outputs = append(j.Outputs, runJSON{p.A.Key(), p.Label})
	}
	for _, s := range list {
		j.Statistics = append(j.Statistics, statisticJSON{s.Name, s.Unit, s.Largest.A, s.Largest.B, results.Number(s.Largest.Relative()), s.Largest.Run, s.Runs, s.Ratio})
	}
	return j
}

// onlyTable lists the runs that are in one set.
func onlyTable(a, b *diffSource, r *diff.Result, top int) *table {
	out := &table{header: []string{"only in", "run"}}
	for _, side := range []struct {
		name string
		list []diff.One
	}{{a.name, r.OnlyA}, {b.name, r.OnlyB}} {
		for i, one := range side.list {
			if top > 0 && i == top {
				out.add(side.name, fmt.Sprintf("and %d more", len(side.list)-top))
				break
			}
			out.add(side.name+"#"+one.Run.Key()[:keyDigits], one.Label)
		}
	}
	return out
}

// keyDigits of a key are enough to name a run of thousands.
const keyDigits = 12

func settingTable(r *diff.Result) *table {
	out := &table{header: []string{"what differs", "in A", "in B"}}
	several := len(r.Pairs) > 1
	if several {
		out.header = append(out.header, "runs")
	}
	for _, s := range r.Settings {
		row := []string{s.Path, dashed(s.A), dashed(s.B)}
		if several {
			row = append(row, strconv.Itoa(s.Runs))
		}
		out.add(row...)
	}
	return out
}

func dashed(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// outputTable lists the runs whose programs wrote something else.
func outputTable(r *diff.Result, top int) *table {
	out := &table{header: []string{"wrote something else, or ended otherwise"}}
	for i, p := range r.Outputs {
		if top > 0 && i == top {
			out.add(fmt.Sprintf("… and %d more", len(r.Outputs)-top))
			break
		}
		label := p.Label
		if label == "" {
			label = p.A.Mix()
		}
		out.add(label)
	}
	return out
}

// statisticTable lists the changes; of several runs the largest, and what
// became of the statistic in all.
func statisticTable(r *diff.Result, list []diff.Statistic) *table {
	out := &table{header: []string{"statistic", "in A", "in B", "change", "unit"}}
	several := len(r.Pairs) > 1
	if several {
		out.header = []string{"statistic", "runs", "mean ratio", "largest change", "from", "to", "unit", "in"}
	}
	for _, s := range list {
		c := s.Largest
		if !several {
			out.add(s.Name, shortValue(c.A), shortValue(c.B), change(c), s.Unit)
			continue
		}
		out.add(s.Name, strconv.Itoa(s.Runs), s.Ratio.Text(4), change(c), shortValue(c.A), shortValue(c.B), s.Unit, c.Run)
	}
	return out
}

// exactTable lists the changes in full precision, with empty cells for what is
// undefined.
func exactTable(list []diff.Statistic) *table {
	exact := func(n results.Number) string {
		if !n.Defined() {
			return ""
		}
		return strconv.FormatFloat(float64(n), 'f', -1, 64)
	}
	out := &table{header: []string{"statistic", "unit", "a", "b", "relative", "run", "runs", "ratio"}}
	for _, s := range list {
		c := s.Largest
		out.add(s.Name, s.Unit, exact(c.A), exact(c.B), exact(results.Number(c.Relative())), c.Run, strconv.Itoa(s.Runs), exact(s.Ratio))
	}
	return out
}

// change writes a relative change.
func change(c diff.Change) string {
	percent := 100 * c.Relative()
	switch size := math.Abs(percent); {
	case math.IsInf(percent, 0):
		return "from 0"
	case size >= 10:
		return fmt.Sprintf("%+.0f %%", percent)
	case size >= 0.1:
		return fmt.Sprintf("%+.2f %%", percent)
	}
	return fmt.Sprintf("%+.1g %%", percent)
}

// shortValue is a counter as it is, and a ratio to four digits behind the point.
func shortValue(n results.Number) string {
	if v := float64(n); v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return n.Text(4)
}
