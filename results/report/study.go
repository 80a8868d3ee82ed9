package report

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
	"golang.org/x/sync/errgroup"
)

// study is what runs of mixes of one number of programs show of one metric: over
// mixes of several a mean would say more about the mixes than about the settings.
type study struct {
	set      *results.Set // runs of these mixes alone
	programs int
	only     bool // the set has no others
	metric   *results.Metric
	labels   map[results.Setting]string
	settings []results.Setting
	table    *summary.Table
	common   []string // mixes that all settings have
	means    []summary.Estimate
	ref      int              // of settings: that the others are compared with
	changes  []summary.Paired // from it
	effects  []summary.Effect
	best     int // of settings; -1: none
}

// newStudies are those of a set, by the number of programs, ascending.
func newStudies(s *results.Set, metric *results.Metric, labels map[results.Setting]string, reference *results.Setting) (list []*study) {
	of := make(map[int]*results.Set)
	for _, r := range s.Runs {
		n := len(r.Programs)
		if of[n] == nil {
			of[n] = &results.Set{Configurations: s.Configurations}
		}
		of[n].Runs = append(of[n].Runs, r)
	}
	for _, n := range slices.Sorted(maps.Keys(of)) {
		t := newStudy(of[n], metric, labels, reference)
		t.programs, t.only = n, len(of) == 1
		list = append(list, t)
	}
	return list
}

// newStudy compares the settings with a reference; nil: the first of them.
func newStudy(s *results.Set, metric *results.Metric, labels map[results.Setting]string, reference *results.Setting) *study {
	t := &study{set: s, metric: metric, labels: labels, best: -1}
	t.table = summary.NewTable(s, metric)
	t.settings = t.table.Settings
	if reference != nil {
		t.ref = max(0, slices.Index(t.settings, *reference))
	}
	t.common = t.table.Common(t.settings...)
	t.effects = summary.Effects(s, metric)
	t.means = make([]summary.Estimate, len(t.settings))
	t.changes = make([]summary.Paired, len(t.settings))
	var g errgroup.Group // resampling takes most of the time of a large report
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, setting := range t.settings {
		g.Go(func() error {
			t.means[i] = t.table.Estimate(setting, t.mixesOf(t.table, setting))
			t.changes[i] = t.table.Compare(t.settings[t.ref], setting)
			return nil
		})
	}
	_ = g.Wait() // nothing fails
	for i, e := range t.means {
		if len(t.common) == 0 || !e.Mean.Defined() {
			continue
		}
		if t.best < 0 || e.Mean > t.means[t.best].Mean != metric.Lower && e.Mean != t.means[t.best].Mean {
			t.best = i
		}
	}
	return t
}

// mixesOf are those that a mean is over: the ones that all settings have, or
// when there are none the setting's own.
func (t *study) mixesOf(table *summary.Table, setting results.Setting) []string {
	if len(t.common) > 0 {
		return t.common
	}
	return table.Common(setting)
}

// which says after the given words how many programs the mixes have; "" where
// the set has no others.
func (t *study) which(words string) string {
	if t.only {
		return ""
	}
	return words + results.Counted(t.programs, "program")
}

// id is the name of a grid of the study.
func (t *study) id(name string) string {
	if t.only {
		return name
	}
	return fmt.Sprintf("%s-%d", name, t.programs)
}

// note says over what the means are.
func (t *study) note() string {
	switch all := len(t.table.Mixes); {
	case len(t.common) == 0:
		return "No mix was run under every setting, so each mean is over other mixes and none is comparable with another."
	case len(t.common) < all:
		return fmt.Sprintf("Means are over the %d of %d mixes%s that every setting has.", len(t.common), all, t.which(" of "))
	}
	return fmt.Sprintf("Means are over %s%s.", countedMixes(len(t.common)), t.which(" of "))
}

func countedMixes(n int) string {
	if n == 1 {
		return "1 mix"
	}
	return fmt.Sprintf("%d mixes", n)
}

// gridMetrics are the columns of the table of settings.
var gridMetrics = []string{"ipc", "stp", "antt", "fairness", "utilization", "speedup"}

// settingsGrid has a row for each setting with the means of the metrics.
func (t *study) settingsGrid() grid {
	g := grid{ID: t.id("settings"), Caption: "One row for each setting: means over mixes" + t.which(" of "), Header: []heading{{Title: "setting"}}}
	main, ref := t.metric, t.labels[t.settings[t.ref]]
	g.Header = append(g.Header,
		heading{main.Title, main.Doc, true},
		heading{"95 % interval", "of the " + string(main.Mean) + " mean over mixes", false},
		heading{"against " + ref, "change of " + main.Title + " from that of " + ref + ", over the same mixes", true},
		heading{"better in", "mixes for which it is better than " + ref, true})
	var others []*summary.Table
	for _, key := range gridMetrics {
		if m, ok := results.MetricOf(key); ok && key != main.Key {
			others = append(others, summary.NewTable(t.set, m))
			g.Header = append(g.Header, heading{m.Title, m.Doc, true})
		}
	}
	for i, setting := range t.settings {
		e := t.means[i]
		mean := number(e.Mean, main.Decimals)
		mean.Best = i == t.best && len(t.settings) > 1
		row := []cell{{Text: t.labels[setting], Value: t.labels[setting]}, mean, {Text: bounds(e, main.Decimals), Value: exact(e.Low)}}
		if i == t.ref {
			row = append(row, cell{Text: "–"}, cell{Text: "–"})
		} else {
			p := t.changes[i]
			row = append(row, cell{t.change(p), exact(p.Change.Mean), false}, cell{fmt.Sprintf("%d of %d", p.Better, p.Change.N), fmt.Sprint(p.Better), false})
		}
		for _, table := range others {
			m := table.Mean(setting, t.mixesOf(table, setting))
			row = append(row, number(m, table.Metric.Decimals))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func bounds(e summary.Estimate, decimals int) string {
	if !e.Low.Defined() {
		return "–"
	}
	return e.Low.Text(decimals) + " … " + e.High.Text(decimals)
}

// change is that of a paired comparison with its interval.
func (t *study) change(p summary.Paired) string {
	text := func(n results.Number) string { return signed(n, t.metric.Decimals) }
	if p.Relative {
		text = func(n results.Number) string { return signed(100*n, 1) }
	}
	if !p.Change.Mean.Defined() {
		return "–"
	}
	out := text(p.Change.Mean)
	if p.Change.Low.Defined() {
		out += " (" + text(p.Change.Low) + " … " + text(p.Change.High) + ")"
	}
	if p.Relative {
		out += " %"
	}
	return out
}

func signed(n results.Number, decimals int) string {
	if n >= 0 {
		return "+" + n.Text(decimals)
	}
	return strings.Replace(n.Text(decimals), "-", "−", 1)
}

// effectsGrid has a row for each value of each factor.
func (t *study) effectsGrid() grid {
	g := grid{ID: t.id("effects"), Caption: "One row for each value of a factor" + t.which(", mixes of "), Header: []heading{
		{Title: "factor"}, {Title: "value"},
		{"mean " + t.metric.Title, "over everything else", true},
		{"blocks", "combinations of everything else that have all values of the factor", true},
	}}
	for _, e := range t.effects {
		blocks := fmt.Sprint(e.Blocks)
		if e.Left > 0 {
			blocks += fmt.Sprintf(" of %d", e.Blocks+e.Left)
		}
		levels := e.Levels
		if len(levels) == 0 {
			levels = []summary.Level{{Value: "–", Mean: results.Undefined}} // the design says nothing
		}
		for _, level := range levels {
			g.Rows = append(g.Rows, []cell{
				{Text: e.Factor, Value: e.Factor}, {Text: level.Value, Value: level.Value},
				number(level.Mean, t.metric.Decimals), {Text: blocks, Value: fmt.Sprint(e.Blocks)},
			})
		}
	}
	return g
}

// findings say in words what the set shows.
func (t *study) findings() (list []finding) {
	for _, f := range []func() (string, string){t.winner, t.sensitivity, t.sufferer} {
		if title, text := f(); text != "" {
			list = append(list, finding{title, text})
		}
	}
	return list
}

// winner is the setting with the best mean.
func (t *study) winner() (title, text string) {
	if t.best < 0 || len(t.settings) < 2 {
		return
	}
	m, e := t.metric, t.means[t.best]
	title = "Best " + m.Title + t.which(" of mixes of ") + ": " + t.labels[t.settings[t.best]]
	text = fmt.Sprintf("Its %s mean over %s is %s", m.Mean, countedMixes(e.N), e.Mean.Text(m.Decimals))
	if e.Low.Defined() {
		text += fmt.Sprintf(" (95 %% interval %s)", bounds(e, m.Decimals))
	}
	text += "."
	if t.best == t.ref {
		return title, text + " It is the setting that the others are compared with."
	}
	p := t.changes[t.best]
	if p.Change.Mean.Defined() {
		text += fmt.Sprintf(" Against %s that is %s, better in %d of %d mixes.", t.labels[t.settings[t.ref]], t.change(p), p.Better, p.Change.N)
	}
	return title, text
}

// sensitivity is the factor that matters most.
func (t *study) sensitivity() (title, text string) {
	if len(t.effects) == 0 || !t.effects[0].Range.Defined() {
		return
	}
	e := t.effects[0]
	least, most := e.Levels[0], e.Levels[0]
	for _, level := range e.Levels {
		if level.Mean < least.Mean {
			least = level
		}
		if level.Mean > most.Mean {
			most = level
		}
	}
	text = fmt.Sprintf("Averaged over everything else, %s goes from %s at %s to %s at %s: a range of %s.",
		t.metric.Title, least.Mean.Text(t.metric.Decimals), least.Value, most.Mean.Text(t.metric.Decimals), most.Value, percent(e.Range))
	var others []string
	for _, o := range t.effects[1:] {
		if o.Range.Defined() {
			others = append(others, o.Factor+" "+percent(o.Range))
		}
	}
	if len(others) > 0 {
		text += " Others: " + strings.Join(others, ", ") + "."
	}
	return "What matters most" + t.which(" in mixes of ") + ": " + e.Factor, text
}

// sufferer is the program that keeps the least of its solo speed under the best
// setting, over its mixes.
func (t *study) sufferer() (title, text string) {
	if t.best < 0 {
		return
	}
	progress := map[string][]results.Number{}
	for _, r := range t.set.Runs {
		if r.Setting() != t.settings[t.best] || r.Metrics == nil || r.BackToBack() || len(r.Programs) < 2 {
			continue
		}
		for i, np := range r.Metrics.Progress {
			if np.Defined() {
				progress[r.Programs[i].Workload] = append(progress[r.Programs[i].Workload], np)
			}
		}
	}
	if len(progress) < 2 {
		return
	}
	var names []string
	for name := range progress {
		names = append(names, name)
	}
	mean := func(name string) results.Number { return summary.Mean(progress[name], results.Harmonic) }
	slices.SortFunc(names, func(a, b string) int {
		switch x, y := mean(a), mean(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return results.Natural(a, b)
	})
	worst, best := names[0], names[len(names)-1]
	return "Slowed down most" + t.which(" in mixes of ") + ": " + worst, fmt.Sprintf("Under %s it keeps on average %s of its speed alone, in %s; %s keeps %s.",
		t.labels[t.settings[t.best]], percent(mean(worst)), results.Counted(len(progress[worst]), "run"), best, percent(mean(best)))
}
