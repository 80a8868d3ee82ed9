package plot

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/results"
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

// means draws a bar for each setting, a figure for each metric.
func means(v *view) (figures []*Figure, why string) {
	metrics, why := v.metrics()
	why = orElse(why, "no run has a value")
	for _, m := range metrics {
		for _, g := range v.groups {
			if len(g.mixes) == 0 {
				why = noMix
				continue
			}
			if f := g.means(m); f != nil {
				figures = append(figures, g.finish(f))
			}
		}
	}
	if len(figures) > 0 {
		why = ""
	}
	return figures, why
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

func (g *group) means(m *results.Metric) *Figure {
	chart := &barChart{unit: unit(m)}
	any := false
	for i, k := range g.settings {
		b := bar{label: g.labels[i]}
		if v := mean(g.values(k, m.Of), m.Mean); v.Defined() {
			any = true
			b.end = v.Text(m.Decimals)
			b.segments = []segment{{float64(v), seriesFill(0), fmt.Sprintf("%s: %s %s", b.label, m.Title, b.end)}}
		} else {
			b.end = "undefined"
		}
		chart.bars = append(chart.bars, b)
	}
	if !any {
		return nil
	}
	return &Figure{
		Name: "means-" + m.Key, Title: m.Title + " under each setting",
		Caption: fmt.Sprintf("%s: %s; %s mean over the mixes.", m.Title, m.Doc, m.Mean),
		height:  chart.height, draw: chart.draw,
	}
}

// slots draws where the issue slots of each setting went.
func slots(v *view) (figures []*Figure, why string) {
	why = "no run has the statistics slots.issue"
	for _, g := range v.groups {
		if len(g.mixes) == 0 {
			why = noMix
			continue
		}
		if f := g.slots(); f != nil {
			figures = append(figures, g.finish(f))
		}
	}
	if len(figures) > 0 {
		why = ""
	}
	return figures, why
}

func (g *group) slots() *Figure {
	chart := &barChart{unit: "issue slots (%)", max: 1, percent: true}
	shown := make([]bool, len(results.IssueShares))
	for i, k := range g.settings {
		shares, defined := make([]results.Number, len(shown)), true
		for n := range shares {
			shares[n] = mean(g.values(k, results.IssueShares[n].Of), results.Arithmetic)
			defined = defined && shares[n].Defined()
		}
		if !defined {
			continue
		}
		chart.bars = append(chart.bars, slotBar(g.labels[i], shares, shown))
	}
	if len(chart.bars) == 0 {
		return nil
	}
	return &Figure{
		Name: "slots", Title: "Where the issue slots went",
		Caption: "Share of all issue slots (width × cycles), in percent, arithmetic mean over the mixes; at the right the utilization: slots whose instruction retired.",
		height:  chart.height, draw: chart.draw, legend: slotLegend(shown),
	}
}
