package plot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
)

// usualMetrics are those that figures are drawn of when none are asked for.
var usualMetrics = []string{"ipc", "stp", "antt", "fairness"}

// metrics are those that the figures are drawn of; why names an unknown one.
func (v *view) metrics() (list []*results.Metric, why string) {
	keys := v.options.Metrics
	if len(keys) == 0 {
		keys = usualMetrics
	}
	for _, key := range keys {
		m, ok := results.MetricOf(key)
		if !ok {
			return nil, fmt.Sprintf("there is no metric %q", key)
		}
		list = append(list, m)
	}
	return list, ""
}

// unit is a metric with its unit, as on an axis.
func unit(m *results.Metric) string {
	if m.Unit == "" {
		return m.Title
	}
	return m.Title + " (" + m.Unit + ")"
}

// mostBars is the number up to which the bars of a figure are read one by one.
const mostBars = 40

// bars draws figures with a bar for each setting, of each group that they can be
// drawn of; without any it answers why, which is none of a group that could be
// drawn.
func (v *view) bars(none string, draw func(*group) []*Figure) (figures []*Figure, why string) {
	var lacks lacks
	for _, g := range v.groups {
		if why := g.noBars(); why != "" {
			lacks.add(g, why)
			continue
		}
		list := draw(g)
		if len(list) == 0 {
			lacks.add(g, none)
		}
		figures = append(figures, list...)
	}
	return lacks.unless(figures, none)
}

// finished is a figure that is not nil with what all figures of the group have.
func (g *group) finished(f *Figure) []*Figure {
	if f == nil {
		return nil
	}
	return []*Figure{g.finish(f)}
}

// noBars is why no bar for each setting can be drawn; empty when it can.
func (g *group) noBars() string {
	switch n := len(g.Settings); {
	case len(g.Mixes) == 0:
		return noMix
	case n > mostBars:
		return fmt.Sprintf("%d settings, of which a page shows %d: choose some by --plan, or see the table", n, mostBars)
	}
	return ""
}

// means draws a bar for each setting, a figure for each metric.
func means(v *view) (figures []*Figure, why string) {
	metrics, why := v.metrics()
	for _, m := range metrics {
		list, lacks := v.bars("no run has a value", func(g *group) []*Figure { return g.finished(g.means(m)) })
		figures, why = append(figures, list...), cmp.Or(why, lacks)
	}
	if len(figures) > 0 {
		why = ""
	}
	return figures, why
}

func (g *group) means(m *results.Metric) *Figure {
	chart := &barChart{unit: unit(m)}
	any, intervals := false, false
	table := g.table(m)
	g.rows(chart, func(i, place int, label string) *bar {
		b := &bar{label: label}
		e := table.Estimate(g.Settings[i])
		if !e.Mean.Defined() {
			b.end = "undefined"
			return b
		}
		any = true
		b.lo, b.hi = bounds(e)
		tip := ""
		if b.lo < b.hi {
			intervals = true
			tip = fmt.Sprintf(", 95 %% interval %s to %s", results.Number(b.lo).Text(m.Decimals), results.Number(b.hi).Text(m.Decimals))
		}
		b.end = e.Mean.Text(m.Decimals)
		b.segments = []segment{{float64(e.Mean), seriesFill(place), fmt.Sprintf("%s: %s %s%s", g.labels[i], m.Title, b.end, tip)}}
		return b
	})
	if !any {
		return nil
	}
	f := &Figure{
		Name: "means-" + m.Key, Title: m.Title + " under each setting",
		Caption:    fmt.Sprintf("%s: %s; %s mean over the mixes", capital(m.Title), m.Doc, m.Mean),
		Conditions: g.conditions(table.Mixes, valued),
		height:     chart.height, draw: chart.draw,
	}
	switch {
	case intervals:
		f.Caption += " with its 95 % confidence interval"
	case len(table.Mixes) < summary.Fewest:
		f.Caption += fmt.Sprintf(", without a confidence interval, which takes %d mixes", summary.Fewest)
	}
	if m.Lower {
		f.Caption += "; lower is better"
	}
	f.Caption += "."
	return f
}

// rows adds a bar for each setting, family by family, under headings, which are
// below that which the chart has. place is the number of the discipline in its
// family, so that it has one fill in all.
func (g *group) rows(chart *barChart, of func(setting, place int, label string) *bar) {
	places, below := map[string]int{}, len(chart.bars) > 0
	for _, f := range g.families() {
		first := len(chart.bars)
		for n, i := range f.members {
			place := 0
			if f.heading != "" {
				scheduler := g.Settings[i].Scheduler
				if _, ok := places[scheduler]; !ok {
					places[scheduler] = len(places)
				}
				place = places[scheduler]
			}
			if b := of(i, place, f.labels[n]); b != nil {
				chart.bars = append(chart.bars, *b)
			}
		}
		if f.heading != "" && len(chart.bars) > first {
			chart.bars = slices.Insert(chart.bars, first, bar{label: f.heading, heading: true, below: below})
		}
	}
}

// slots draws where the issue slots of each setting went.
func slots(v *view) (figures []*Figure, why string) {
	return v.bars("no run has the statistics slots.issue", func(g *group) []*Figure { return g.finished(g.slots()) })
}

func (g *group) slots() *Figure {
	chart := &barChart{unit: "issue slots (%)", max: 1, percent: true}
	shown := make([]bool, len(results.IssueShares))
	tables := make([]*summary.Table, len(shown))
	for n := range tables {
		tables[n] = g.table(&results.Metric{Mean: results.Arithmetic, Of: results.IssueShares[n].Of})
	}
	g.rows(chart, func(i, _ int, label string) *bar {
		shares := make([]results.Number, len(shown))
		for n := range shares {
			shares[n] = tables[n].Mean(g.Settings[i])
			if !shares[n].Defined() {
				return nil
			}
		}
		b := slotBar(g.labels[i], shares, shown)
		b.label = label
		return &b
	})
	if len(chart.bars) == 0 {
		return nil
	}
	return &Figure{
		Name: "slots", Title: "Where the issue slots went",
		Caption:    "Share of all issue slots (width × cycles), in percent, arithmetic mean over the mixes; at the right the utilization: slots whose instruction retired.",
		Conditions: g.conditions(tables[0].Mixes, valued),
		height:     chart.height, draw: chart.draw, legend: slotLegend(shown),
	}
}
