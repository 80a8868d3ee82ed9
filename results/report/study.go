package report

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
	"golang.org/x/sync/errgroup"
)

// study is what a group of runs shows of one metric.
type study struct {
	*summary.Group
	metric  *results.Metric
	labels  map[results.Setting]string
	table   *summary.Table
	others  []*summary.Table // of the columns besides that of the metric
	means   []summary.Estimate
	ref     int              // of Settings: that the others are compared with
	changes []summary.Paired // from it
	effects []summary.Effect
	best    []int // of Settings: those with the best mean
}

// newStudies are those of a set, by the number of programs, ascending.
func newStudies(s *results.Set, metric *results.Metric, labels map[results.Setting]string, reference *results.Setting) (list []*study) {
	for _, g := range summary.Groups(s) {
		list = append(list, newStudy(g, metric, labels, reference))
	}
	return list
}

// newStudy compares the settings with a reference; nil: the first of them.
func newStudy(g *summary.Group, metric *results.Metric, labels map[results.Setting]string, reference *results.Setting) *study {
	t := &study{Group: g, metric: metric, labels: labels, table: summary.NewTable(g, metric)}
	if reference != nil {
		t.ref = max(0, slices.Index(t.Settings, *reference))
	}
	for _, key := range gridMetrics {
		if m, ok := results.MetricOf(key); ok && key != metric.Key {
			t.others = append(t.others, summary.NewTable(g, m))
		}
	}
	t.effects = summary.Effects(g, metric)
	t.means = make([]summary.Estimate, len(t.Settings))
	t.changes = make([]summary.Paired, len(t.Settings))
	var workers errgroup.Group // resampling takes most of the time of a large report
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i, setting := range t.Settings {
		workers.Go(func() error {
			t.means[i] = t.table.Estimate(setting)
			t.changes[i] = t.table.Compare(t.Settings[t.ref], setting)
			return nil
		})
	}
	_ = workers.Wait() // nothing fails
	for i, e := range t.means {
		if !e.Mean.Defined() {
			continue
		}
		switch {
		case len(t.best) == 0 || same(e.Mean, t.means[t.best[0]].Mean):
			t.best = append(t.best, i)
		case e.Mean > t.means[t.best[0]].Mean != metric.Lower:
			t.best = []int{i}
		}
	}
	return t
}

// same reports whether two means differ by no more than rounding does.
func same(a, b results.Number) bool { return math.Abs(float64(a-b)) <= 1e-12*math.Abs(float64(b)) }

// which says after the given words how many programs the mixes have; "" where
// the set has no others.
func (t *study) which(words string) string {
	if t.Only {
		return ""
	}
	return words + results.Counted(t.Programs, "program")
}

// id is the name of a grid of the study.
func (t *study) id(name string) string {
	if t.Only {
		return name
	}
	return fmt.Sprintf("%s-%d", name, t.Programs)
}

// note says over what the means are, where a column has no other.
func (t *study) note() string {
	all := t.All()
	if len(t.Mixes) == 0 {
		return "No mix was measured under every setting, so their means are undefined: none would be comparable with another. The runs of one plan (--plan) may be."
	}
	text := fmt.Sprintf("Means are over %s%s", summary.CountMixes(len(t.table.Mixes), all), t.which(" of "))
	if len(t.table.Mixes) < all {
		text = fmt.Sprintf("Means are over the %s%s whose %s was measured under every setting", summary.CountMixes(len(t.table.Mixes), all), t.which(" of "), t.metric.Title)
	}
	for _, table := range t.others {
		if n := len(table.Mixes); n > 0 && n != len(t.table.Mixes) {
			text += fmt.Sprintf(", those of %s over %d", table.Metric.Title, n)
		}
	}
	text += "."
	if len(t.Undefined) > 0 {
		text += " Without any mix that was measured, and so undefined: " + t.names(t.Undefined) + "."
	}
	for _, f := range t.Failed {
		text += fmt.Sprintf(" Every run failed under %s: %s.", t.labels[f.Setting], strings.TrimSuffix(f.Error, "."))
	}
	return text
}

// gridMetrics are the columns of the table of settings.
var gridMetrics = []string{"ipc", "stp", "antt", "fairness", "utilization", "speedup"}

// settingsGrid has a row for each setting with the means of the metrics.
func (t *study) settingsGrid() grid {
	g := grid{ID: t.id("settings"), Caption: "One row for each setting: means over mixes" + t.which(" of "), Header: []heading{{Title: "setting"}}}
	main, ref := t.metric, t.labels[t.Settings[t.ref]]
	g.Header = append(g.Header,
		heading{main.Title, main.Doc, true},
		heading{"95 % interval", "of the " + string(main.Mean) + " mean over mixes", true},
		heading{"against " + ref, "change of " + main.Title + " from that of " + ref + ", over the same mixes", true},
		heading{"better in", "mixes for which it is better than " + ref, true})
	for _, table := range t.others {
		g.Header = append(g.Header, heading{table.Metric.Title, table.Metric.Doc, true})
	}
	for i, setting := range t.Settings {
		e := t.means[i]
		mean := number(e.Mean, main.Decimals)
		mean.Best = slices.Contains(t.best, i) && len(t.best) < len(t.Settings)
		row := []cell{{Text: t.labels[setting], Value: t.labels[setting]}, mean, {Text: bounds(e, main.Decimals), Value: exact(e.Low)}}
		if i == t.ref {
			row = append(row, cell{Text: "–"}, cell{Text: "–"})
		} else {
			p := t.changes[i]
			row = append(row, cell{t.change(p), exact(p.Change.Mean), false}, cell{fmt.Sprintf("%d of %d", p.Better, p.Change.N), fmt.Sprint(p.Better), false})
		}
		for _, table := range t.others {
			row = append(row, number(table.Mean(setting), table.Metric.Decimals))
		}
		g.Rows = append(g.Rows, row)
	}
	for _, f := range t.Failed {
		row := []cell{{Text: t.labels[f.Setting], Value: t.labels[f.Setting]}, {Text: fmt.Sprintf("failed: %d of %d", f.Runs, f.Runs)}}
		for len(row) < len(g.Header) {
			row = append(row, cell{Text: "–"})
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

// leftOut says of each mix that is not compared why.
func (t *study) leftOut() (list []string) {
	for _, left := range t.LeftOut {
		var why []string
		if len(left.Partly) > 0 {
			why = append(why, fmt.Sprintf("%s had ended before the measurement began, or committed nothing in it, under %s", strings.Join(left.Programs, " or "), t.names(left.Partly)))
		}
		switch n := len(left.Missing); {
		case n == len(t.Settings):
			why = append(why, "no finished run")
		case n > 0:
			why = append(why, "no finished run under "+t.names(left.Missing))
		}
		if why == nil {
			why = append(why, "not measured under any setting")
		}
		list = append(list, left.Mix+": "+strings.Join(why, "; "))
	}
	return append(list, t.lacking()...)
}

// lacking says of each mix that was measured but is not in the means of some
// metric why. What no mix has is told for the main metric alone: of the others it
// is a column without a number.
func (t *study) lacking() (list []string) {
	metrics := make(map[string][]string) // titles by what is said of them
	for _, table := range slices.Concat([]*summary.Table{t.table}, t.others) {
		if table != t.table && len(table.Mixes) == 0 {
			continue
		}
		for _, left := range table.Lacking {
			text := " under " + t.names(left.Missing) + t.reason(table.Metric, left)
			said := left.Mix + "\x00" + text
			if metrics[said] == nil {
				list = append(list, said)
			}
			metrics[said] = append(metrics[said], table.Metric.Title)
		}
	}
	for i, said := range list {
		mix, text, _ := strings.Cut(said, "\x00")
		list[i] = mix + ": no " + strings.Join(metrics[said], ", ") + text
	}
	return list
}

// reason says why a mix has no value of a metric, with the words before it.
func (t *study) reason(metric *results.Metric, left summary.LeftOut) string {
	if !metric.Solo {
		return ": the runs do not say"
	}
	var runs []*results.Record
	for _, setting := range left.Missing {
		runs = append(runs, t.Runs(setting, left.Mix)...)
	}
	var why []string
	parallel, withoutSolo := t.Set.Incomparable(runs)
	if len(parallel) > 0 {
		why = append(why, strings.Join(parallel, " and ")+" has several software threads, whose instructions do not say how far it has come")
	}
	if len(withoutSolo) > 0 {
		why = append(why, "no run of "+strings.Join(withoutSolo, " or ")+" alone goes as far")
	}
	if why == nil {
		return ""
	}
	return ": " + strings.Join(why, "; ")
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

// winner is the setting with the best mean, or those that share it.
func (t *study) winner() (title, text string) {
	defined := 0
	for _, e := range t.means {
		if e.Mean.Defined() {
			defined++
		}
	}
	if defined == 0 || len(t.Settings) < 2 {
		return
	}
	m, best := t.metric, t.best[0]
	e := t.means[best]
	mean := fmt.Sprintf("%s mean over %s", m.Mean, summary.CountMixes(e.N, t.All()))
	if len(t.best) == defined && defined > 1 {
		return "No best " + m.Title + t.which(" of mixes of "),
			fmt.Sprintf("The %d settings that have a %s all have the same, %s.", defined, mean, e.Mean.Text(m.Decimals))
	}
	title = "Best " + m.Title + t.which(" of mixes of ") + ": " + t.labels[t.Settings[best]]
	text = fmt.Sprintf("Its %s is %s", mean, e.Mean.Text(m.Decimals))
	if e.Low.Defined() {
		text += fmt.Sprintf(" (95 %% interval %s)", bounds(e, m.Decimals))
	}
	text += "."
	if equal := t.best[1:]; len(equal) > 0 {
		var settings []results.Setting
		for _, i := range equal {
			settings = append(settings, t.Settings[i])
		}
		title += fmt.Sprintf(" and %d equal", len(equal))
		text += fmt.Sprintf(" The same has %s.", t.names(settings))
	}
	switch {
	case slices.Contains(t.best, t.ref):
		return title, text + fmt.Sprintf(" The others are compared with %s.", t.labels[t.Settings[t.ref]])
	case t.changes[best].Change.Mean.Defined():
		p := t.changes[best]
		text += fmt.Sprintf(" Against %s that is %s, better in %d of %d mixes.", t.labels[t.Settings[t.ref]], t.change(p), p.Better, p.Change.N)
	}
	return title, text
}

// mostSettings is how many settings a sentence names.
const mostSettings = 8

// names are those of settings in a sentence.
func (t *study) names(settings []results.Setting) string {
	if len(settings) == len(t.Settings) {
		return "every setting"
	}
	shown, more := firstOf(settings, mostSettings)
	var list []string
	for _, k := range shown {
		list = append(list, t.labels[k])
	}
	text := strings.Join(list, "; ")
	if more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// leastRange is the range of a factor that is written as more than nothing.
const leastRange = 0.0005

// sensitivity is the factor that matters most.
func (t *study) sensitivity() (title, text string) {
	if len(t.effects) == 0 || !t.effects[0].Range.Defined() {
		return
	}
	e := t.effects[0]
	if e.Range < leastRange {
		var names []string
		for _, o := range t.effects {
			if o.Range.Defined() {
				names = append(names, o.Factor)
			}
		}
		return "Nothing matters" + t.which(" in mixes of "), fmt.Sprintf("Averaged over everything else, %s is the same, to less than %s, at all values of %s.",
			t.metric.Title, percent(2*leastRange), strings.Join(names, "; of "))
	}
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
		t.metric.Title, least.Mean.Text(t.metric.Decimals), t.named(e.Factor, least.Value), most.Mean.Text(t.metric.Decimals), t.named(e.Factor, most.Value), percent(e.Range))
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

// named is a value of a factor in a sentence: of a discipline the short name.
func (t *study) named(factor, value string) string {
	if factor != results.FactorScheduler {
		return value
	}
	return t.Set.SchedulerLabels(t.Settings)[value]
}

// sufferer is the program that keeps the least of its solo speed under the best
// setting, the first of those that share the best mean, over the mixes that are
// compared.
func (t *study) sufferer() (title, text string) {
	if len(t.best) == 0 {
		return
	}
	best := t.Settings[t.best[0]]
	progress := map[string][]results.Number{}
	for _, r := range t.Set.Runs {
		if r.Setting() != best || !slices.Contains(t.table.Mixes, r.Mix()) || r.Metrics == nil || r.BackToBack() || len(r.Programs) < 2 {
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
	worst, least := names[0], names[len(names)-1]
	return "Slowed down most" + t.which(" in mixes of ") + ": " + worst, fmt.Sprintf("Under %s it keeps on average %s of its speed alone, in %s; %s keeps %s.",
		t.labels[best], percent(mean(worst)), results.Counted(len(progress[worst]), "run"), least, percent(mean(least)))
}
