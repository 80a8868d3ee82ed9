package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/threadmill-sim/threadmill/internal/units"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/summary"
	"gonum.org/v1/plot"
)

// enough is how many mixes an interval takes.
var enough = fmt.Sprintf("%d or more", summary.Fewest)

func curveLegend(curves []curve) (legend []legendEntry) {
	for i := range curves {
		for _, label := range curves[i].names(curves) {
			legend = append(legend, legendEntry{label: label, curve: &curves[i].stroke, dot: curves[i].loose})
		}
	}
	return legend
}

// threads draws the throughput over the number of programs. Of settings that
// differ in the contexts alone, the one with the fewest stands for k programs.
func threads(v *view) ([]*Figure, string) {
	if len(v.groups) < 2 {
		return nil, "all mixes have the same number of programs"
	}
	curves := map[results.Setting]*curve{}
	var order []results.Setting
	n, most, longest := []string{}, 0, 0
	for _, g := range v.groups {
		best := map[results.Setting]results.Setting{}
		for _, k := range g.Settings {
			key := k
			key.Contexts = 0
			if b, ok := best[key]; !ok || k.Contexts < b.Contexts {
				best[key] = k
			}
		}
		table := g.table(&results.Metric{Mean: results.Harmonic, Of: results.Throughput})
		for _, k := range g.Settings {
			key := k
			key.Contexts = 0
			e := table.Estimate(k)
			if best[key] != k || !e.Mean.Defined() {
				continue
			}
			if curves[key] == nil {
				curves[key] = &curve{}
				order = append(order, key)
			}
			pt := point{x: float64(g.Programs), y: float64(e.Mean)}
			pt.lo, pt.hi = bounds(e)
			curves[key].points = append(curves[key].points, pt)
			longest = max(longest, len(curves[key].points))
		}
		n = append(n, fmt.Sprintf("%s of %s", summary.CountMixes(len(g.Mixes), g.All()), results.Counted(g.Programs, "program")))
		most = max(most, g.Programs)
	}
	if longest < 2 {
		return nil, "no setting has a throughput at two numbers of programs"
	}
	chart := &curveChart{x: axis{unit: "programs"}, y: axis{unit: "instructions per cycle", zero: true}}
	chart.x.counts(1, most)
	for i, label := range v.set.SettingLabels(order) {
		cv := curves[order[i]]
		cv.label, cv.stroke = label, seriesStroke(i)
		for k := range cv.points {
			pt := &cv.points[k]
			pt.tip = fmt.Sprintf("%s, %s: %.2f", label, results.Counted(int(pt.x), "program"), pt.y)
		}
		chart.curves = append(chart.curves, *cv)
	}
	var coincide, why string
	if chart.curves, coincide, why = merged(chart.curves); why != "" {
		return nil, why
	}
	return []*Figure{{
		Name: "threads", Title: "Throughput over the number of programs",
		Caption:    "Sum over the programs of each one's instructions per cycle in its own measured interval, harmonic mean over the mixes, with its 95 % confidence interval where there are " + enough + "; programs that ran one after another share the time equally." + coincide,
		Conditions: fmt.Sprintf("n = %s; %s.", strings.Join(n, ", "), measured(v.set.Runs)),
		height:     chart.height, draw: chart.draw, legend: curveLegend(chart.curves),
	}}, ""
}

// reference is the number of the setting that others are compared with.
func (g *group) reference() int {
	if k := g.view.options.Reference; k != nil {
		return max(0, slices.Index(g.Settings, *k))
	}
	return 0
}

// gains draws each metric of each mix relative to the reference.
func gains(v *view) (figures []*Figure, why string) {
	metrics, why := v.metrics()
	if why != "" {
		return nil, why
	}
	var lacks lacks
	for _, m := range metrics {
		for _, g := range v.groups {
			f, why := g.gains(m)
			if f == nil {
				lacks.add(g, why)
				continue
			}
			figures = append(figures, g.finish(f))
		}
	}
	return lacks.unless(figures, noRuns)
}

func (g *group) gains(m *results.Metric) (*Figure, string) {
	if len(g.Settings) < 2 {
		return nil, "there is one setting"
	}
	table := g.table(m)
	if len(table.Mixes) < 3 {
		return nil, fmt.Sprintf("of %d mixes %d were measured under every setting, and a curve needs three", g.All(), len(table.Mixes))
	}
	ref := g.reference()
	base := table.Values(g.Settings[ref])
	chart := &curveChart{x: axis{unit: "mix, in ascending order"}, y: axis{unit: "relative " + m.Title}, mark: 1}
	chart.x.counts(1, len(table.Mixes))
	for i, k := range g.Settings {
		if i == ref {
			continue
		}
		cv := curve{label: g.labels[i], stroke: seriesStroke(len(chart.curves))}
		for n, v := range table.Values(k) {
			if ratio := v / base[n]; ratio.Defined() {
				cv.points = append(cv.points, point{y: float64(ratio), tip: fmt.Sprintf("%s, %s: %s, %s times that of %s", g.labels[i], table.Mixes[n], m.Title, ratio.Text(3), g.labels[ref])})
			}
		}
		slices.SortStableFunc(cv.points, func(a, b point) int { return cmp.Compare(a.y, b.y) })
		for n := range cv.points {
			cv.points[n].x = float64(n + 1)
		}
		if len(cv.points) > 0 {
			chart.curves = append(chart.curves, cv)
		}
	}
	if len(chart.curves) == 0 {
		return nil, "no run has a value"
	}
	var coincide, why string
	if chart.curves, coincide, why = merged(chart.curves); why != "" {
		return nil, why
	}
	f := &Figure{
		Name: "gains-" + m.Key, Title: m.Title + " of each mix, relative to " + g.labels[ref],
		Caption:    fmt.Sprintf("%s of each mix divided by that under %s (dashed: equal), the mixes of each setting in its own ascending order", capital(m.Title), g.labels[ref]),
		Conditions: g.conditions(table.Mixes, valued),
		height:     chart.height, draw: chart.draw, legend: curveLegend(chart.curves),
	}
	if m.Lower {
		f.Caption += "; lower is better"
	}
	f.Caption += "." + coincide
	return f, ""
}

// capital is a text as the beginning of a sentence.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// tradeoff draws two metrics against each other.
func tradeoff(v *view) (figures []*Figure, why string) {
	keys := []string{"stp", "fairness"}
	if len(v.options.Metrics) >= 2 {
		keys = v.options.Metrics[:2]
	}
	x, okX := results.MetricOf(keys[0])
	y, okY := results.MetricOf(keys[1])
	if !okX || !okY {
		return nil, fmt.Sprintf("there is no metric %q or none %q", keys[0], keys[1])
	}
	var lacks lacks
	for _, g := range v.groups {
		if len(g.Mixes) == 0 {
			lacks.add(g, noMix)
			continue
		}
		f, why := g.tradeoff(x, y)
		if f == nil {
			lacks.add(g, why)
			continue
		}
		figures = append(figures, g.finish(f))
	}
	return lacks.unless(figures, noRuns)
}

func (g *group) tradeoff(x, y *results.Metric) (*Figure, string) {
	chart := &curveChart{x: axis{unit: unit(x)}, y: axis{unit: unit(y)}}
	xs, ys := g.table(x), g.table(y)
	xs.Mixes = slices.DeleteFunc(xs.Mixes, func(mix string) bool { return !slices.Contains(ys.Mixes, mix) })
	ys.Mixes = xs.Mixes
	var all []curve // the mean is the last point
	for i, k := range g.Settings {
		meanX, meanY := xs.Mean(k), ys.Mean(k)
		if !meanX.Defined() || !meanY.Defined() {
			continue
		}
		cv := curve{label: g.labels[i], stroke: seriesStroke(i), loose: true, scale: 0.55}
		at := func(a, b results.Number, of string) point {
			return point{x: float64(a), y: float64(b), tip: fmt.Sprintf("%s, %s: %s %s, %s %s", cv.label, of, x.Title, a.Text(x.Decimals), y.Title, b.Text(y.Decimals))}
		}
		for _, mix := range xs.Mixes {
			cv.points = append(cv.points, at(xs.Of(k, mix), ys.Of(k, mix), mix))
		}
		cv.points = append(cv.points, at(meanX, meanY, "mean"))
		all = append(all, cv)
	}
	if len(all) == 0 {
		return nil, fmt.Sprintf("no setting has %s and %s of the same mixes", x.Title, y.Title)
	}
	all, coincide, why := merged(all)
	if why != "" {
		return nil, why
	}
	var middles []curve
	for _, cv := range all {
		middle, last := cv, len(cv.points)-1
		middle.points = cv.points[last:]
		middles = append(middles, middle)
		if len(xs.Mixes) > 1 {
			cv.points = cv.points[:last]
			chart.curves = append(chart.curves, cv)
		}
	}
	minX, maxX, minY, maxY := extremes(all)
	covered := nest(middles, maxX-minX, maxY-minY)
	legend := curveLegend(middles)
	over := slices.Clone(middles) // over the points, the smallest over the others
	slices.SortStableFunc(over, func(a, b curve) int { return cmp.Compare(b.scale, a.scale) })
	chart.curves = append(chart.curves, over...)
	return &Figure{
		Name: "tradeoff", Title: "Trade-off between " + x.Title + " and " + y.Title,
		Caption:    fmt.Sprintf("%s against %s: small, each mix; large, the mean over the mixes (%s and %s).%s%s", capital(y.Title), x.Title, y.Mean, x.Mean, covered, coincide),
		Conditions: g.conditions(xs.Mixes, valued),
		height:     chart.height, draw: chart.draw, legend: legend,
	}, ""
}

// nest sizes the marks of means in a plane of the given width and height, so
// that one under others looks out from behind them; note says so where there
// are such.
func nest(means []curve, width, height float64) (note string) {
	const near, high = 0.05, 0.09 // within which two marks overlap
	const usual, most, step = 1.5, 4.5, 0.6
	above := make([]int, len(means)) // the longest pile over each
	deepest := 0
	for i := len(means) - 1; i >= 0; i-- {
		a := means[i].points[0]
		for k := i + 1; k < len(means); k++ {
			b := means[k].points[0]
			if math.Abs(a.x-b.x) <= near*width && math.Abs(a.y-b.y) <= high*height {
				above[i] = max(above[i], above[k]+1)
			}
		}
		deepest = max(deepest, above[i])
	}
	if deepest > 0 {
		note = " Of means that overlap, those behind have larger marks."
	}
	for i := range means {
		means[i].scale = usual + float64(above[i])*min(step, (most-usual)/float64(max(deepest, 1)))
	}
	return note
}

// sizes draws misses over the size of what missed.
func sizes(v *view) (figures []*Figure, why string) {
	var lacks lacks
	for _, g := range v.groups {
		for _, path := range g.Set.Axes() {
			s := results.SizedBy(path)
			if s == nil {
				continue
			}
			f, why := g.sizeCurves(path, s)
			if f == nil {
				lacks.add(g, why)
				continue
			}
			figures = append(figures, g.finish(f))
		}
	}
	return lacks.unless(figures, "the runs do not differ in the size of a cache or TLB")
}

func (g *group) sizeCurves(path string, s *results.Structure) (*Figure, string) {
	if len(g.Mixes) == 0 {
		return nil, noMix
	}
	chart := &curveChart{x: axis{unit: path}, y: axis{unit: s.Events + "/1000 instructions", zero: true}}
	curves := map[string]int{}
	ticks := map[float64]string{}
	linked := g.following(path)
	labels := g.Set.SettingLabels(g.Settings, append(linked, path)...)
	table := g.table(&results.Metric{Mean: results.Arithmetic, Of: s.MPKI})
	for i, k := range g.Settings {
		c := g.Set.Configurations[k.Config]
		if c == nil {
			continue
		}
		bytes, err := units.Parse(c.Values[path])
		e := table.Estimate(k)
		if err != nil || bytes == 0 || !e.Mean.Defined() {
			continue
		}
		// The series is the rest of the setting.
		label := labels[i]
		n, known := curves[label]
		if !known {
			n = len(chart.curves)
			curves[label] = n
			chart.curves = append(chart.curves, curve{label: label, stroke: seriesStroke(n)})
		}
		pt := point{x: math.Log2(float64(bytes)), y: float64(e.Mean), tip: fmt.Sprintf("%s: %s MPKI", g.labels[i], e.Mean.Text(2))}
		pt.lo, pt.hi = bounds(e)
		ticks[pt.x] = c.Values[path]
		chart.curves[n].points = append(chart.curves[n].points, pt)
	}
	if len(ticks) < 2 {
		return nil, "no statistics of " + s.Events + " at two sizes"
	}
	chart.x.min, chart.x.max = math.Inf(1), math.Inf(-1)
	for at, label := range ticks {
		chart.x.ticks = append(chart.x.ticks, plot.Tick{Value: at, Label: label})
		chart.x.min, chart.x.max = min(chart.x.min, at-0.15), max(chart.x.max, at+0.15)
	}
	slices.SortFunc(chart.x.ticks, func(a, b plot.Tick) int { return cmp.Compare(a.Value, b.Value) })
	for i := range chart.curves {
		slices.SortFunc(chart.curves[i].points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	}
	var coincide, why string
	if chart.curves, coincide, why = merged(chart.curves); why != "" {
		return nil, why
	}
	unit := "in entries"
	if strings.HasPrefix(path, "cache.") {
		unit = "in bytes"
	}
	with := ""
	if len(linked) > 0 {
		with = ", with " + strings.Join(linked, ", ") + " that changes along"
	}
	return &Figure{
		Name: "sizes-" + path, Title: s.Events + " over " + path,
		Caption:    fmt.Sprintf("%s per thousand committed instructions of each thread (%s), arithmetic mean over the threads and the mixes, with its 95 %% confidence interval where there are %s, over %s (%s, logarithmic%s).%s", s.Events, s.Doc, enough, path, unit, with, coincide),
		Conditions: g.conditions(table.Mixes, valued),
		height:     chart.height, draw: chart.draw, legend: curveLegend(chart.curves),
	}, ""
}

// following are the axes whose values follow from that of another, on each machine:
// those that are linked with it.
func (g *group) following(path string) (axes []string) {
	for _, axis := range g.Set.Axes() {
		values := map[[2]string]string{} // by machine and value of the other
		moves := slices.ContainsFunc(g.Settings, func(k results.Setting) bool {
			a, b := g.Set.Configurations[g.Settings[0].Config], g.Set.Configurations[k.Config]
			return a != nil && b != nil && a.Values[axis] != b.Values[axis]
		})
		if axis != path && moves && !slices.ContainsFunc(g.Settings, func(k results.Setting) bool {
			c := g.Set.Configurations[k.Config]
			if c == nil {
				return false
			}
			at := [2]string{k.Machine, c.Values[path]}
			first, known := values[at]
			values[at] = c.Values[axis]
			return known && first != c.Values[axis]
		}) {
			axes = append(axes, axis)
		}
	}
	return axes
}

// mostSeries is how many runs' interval series are drawn.
const mostSeries = 12

// intervals draws the IPC of each thread over time.
func intervals(v *view) (figures []*Figure, why string) {
	if v.options.Intervals == nil {
		return nil, "no run has an interval series"
	}
	settings := v.set.Settings()
	labels := v.set.SettingLabels(settings)
	left := 0
	for _, r := range v.set.Runs {
		if r.Setup.Interval == 0 {
			continue
		}
		if len(figures) == mostSeries {
			left++
			continue
		}
		list, err := v.options.Intervals(r)
		if err != nil {
			return figures, fmt.Sprintf("run %s: %v", r.Key(), err)
		}
		if f := intervalCurves(r, list, labels[slices.Index(settings, r.Setting())]); f != nil {
			figures = append(figures, f)
		}
	}
	switch {
	case left > 0:
		why = fmt.Sprintf("%s beyond the first %d", results.Counted(left, "further run"), mostSeries)
	case len(figures) == 0:
		why = "no run has an interval series"
	}
	return figures, why
}

// mostPoints is how many points of a curve over time a page tells apart.
const mostPoints = 300

func intervalCurves(r *results.Record, list []results.Interval, label string) *Figure {
	if len(list) == 0 {
		return nil
	}
	starts, end := starts(list)
	scale, unit := 1.0, "cycles"
	switch {
	case end >= 2_000_000:
		scale, unit = 1e6, "million cycles"
	case end >= 2_000:
		scale, unit = 1e3, "thousand cycles"
	}
	from, of, order := " from the start of measurement", "thread", ""
	if r.BackToBack() {
		from, of = " measured, of one program after another", "program"
		order = " The programs ran one after another, each measured after a warm-up of its own: the axis puts their measured cycles together."
	}
	chart := &curveChart{x: axis{unit: unit + from, zero: true}, y: axis{unit: "instructions per cycle", zero: true}}
	every := (end + mostPoints - 1) / mostPoints
	for _, s := range r.Slots() {
		n, part := s.Thread, 0
		if r.BackToBack() {
			part = s.Index
		}
		name := fmt.Sprintf("thread %d", n)
		if s.Program != nil {
			name = fmt.Sprintf("%d %s", n, s.Program.Workload)
		}
		cv := curve{label: name, stroke: seriesStroke(len(chart.curves))}
		column := slices.Index(list[0].Names, fmt.Sprintf("thread%d.committed", n))
		if column < 0 && r.BackToBack() {
			column = slices.Index(list[0].Names, "thread0.committed")
		}
		if column < 0 || s.Instructions == 0 || part >= len(starts) {
			continue
		}
		cv.points = rates(list, part, column, every, func(cycle float64) float64 { return (float64(starts[part]) + cycle) / scale }, name)
		if len(cv.points) > 0 {
			chart.curves = append(chart.curves, cv)
		}
	}
	if len(chart.curves) == 0 || len(chart.curves) > len(seriesStrokes) {
		return nil
	}
	return &Figure{
		Name: "intervals-" + r.Key()[:12], Title: "IPC over time: " + r.Mix() + ", " + label,
		Caption: fmt.Sprintf("Committed instructions per cycle of each %s, in steps of at least %s.%s", of, results.Counted(int(max(every, r.Setup.Interval)), "cycle"), order),
		Conditions: fmt.Sprintf("%s; %s; n = 1 run, seed %d; %s.", label, r.Mix(), r.Setup.Seed,
			measured([]*results.Record{r})),
		height: chart.height, draw: chart.draw, legend: curveLegend(chart.curves),
	}
}

// starts are the cycles at which the parts of a series begin when they stand one
// after another, and end that of the last.
func starts(list []results.Interval) (at []uint64, end uint64) {
	var lengths []uint64 // by part
	for i := range list {
		for len(lengths) <= list[i].Part {
			lengths = append(lengths, 0)
		}
		lengths[list[i].Part] = max(lengths[list[i].Part], list[i].End)
	}
	for _, length := range lengths {
		at = append(at, end)
		end += length
	}
	return at, end
}

// rates sums intervals of a part up to steps of so many cycles and divides; x
// is where a cycle of the part is on the axis.
func rates(list []results.Interval, part, column int, every uint64, x func(float64) float64, name string) (points []point) {
	var sum int64
	begin, open := uint64(0), false
	for i := range list {
		v := &list[i]
		if v.Part != part {
			continue
		}
		if !open {
			begin, sum, open = v.Begin, 0, true
		}
		sum += v.Values[column]
		last := i+1 == len(list) || list[i+1].Part != part
		if cycles := v.End - begin; cycles > 0 && (cycles >= every || last) {
			rate := float64(sum) / float64(cycles)
			points = append(points, point{
				x: x(float64(begin) + float64(cycles)/2), y: rate,
				tip: fmt.Sprintf("%s, cycles %d to %d: %s", name, begin, v.End, strconv.FormatFloat(rate, 'f', 2, 64)),
			})
			open = false
		}
	}
	return points
}
