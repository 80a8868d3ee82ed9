package plot

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// Conditions says under what the figures were measured.
func Conditions(c *results.Comparison) string {
	if len(c.Runs) == 0 {
		return ""
	}
	r := c.Runs[0]
	contexts := 0
	for _, run := range c.Runs {
		contexts = max(contexts, run.Setup.Contexts)
	}
	length, before := "to their ends", results.ShortNumber(r.Setup.Warmup)+" of warm-up"
	if r.Setup.FastForward > 0 {
		before = results.ShortNumber(r.Setup.FastForward) + " fast-forwarded and " + before
	}
	if r.Setup.ROI {
		length, before = "to the ends of their regions of interest", "their beginnings, "+before
	}
	if r.Setup.Insts > 0 {
		length = fmt.Sprintf("%s instructions each", results.ShortNumber(r.Setup.Insts))
	}
	return fmt.Sprintf("Machine %s, %s, issue width %d; %s; %s after %s; n = 1 run (deterministic), seed %d.",
		r.Changed(), results.Counted(contexts, "context"), r.Setup.Width, strings.Join(c.Mix, " + "), length, before, r.Setup.Seed)
}

// leastShown is the share below which a part is too thin to be seen, so that
// the legend need not name it.
const leastShown = 0.0005

// timeShared says how programs that ran one after another are read, if any
// did.
func timeShared(c *results.Comparison) string {
	for i, label := range results.Labels(c.Runs) {
		if r := c.Runs[i]; r.BackToBack() {
			return " Under " + label + " the programs share the time equally."
		}
	}
	return ""
}

func utilization(c *results.Comparison) *Figure {
	chart := &barChart{unit: "issue slots (%)", max: 1, percent: true}
	shown := make([]bool, len(results.IssueShares))
	for i, label := range results.Labels(c.Runs) {
		if shares := c.Shares(c.Runs[i]); shares != nil {
			chart.bars = append(chart.bars, slotBar(label, shares, shown))
		}
	}
	if len(chart.bars) == 0 {
		return nil
	}
	return &Figure{
		Name: "utilization", Title: "Where the issue slots went",
		Caption: "Share of all issue slots (width × cycles), in percent; at the right the utilization: slots whose instruction retired." + timeShared(c),
		height:  chart.height, draw: chart.draw, legend: slotLegend(shown),
	}
}

// slotBar is the shares of issue slots as a bar; those that can be seen are
// noted in shown.
func slotBar(label string, shares []results.Number, shown []bool) bar {
	b := bar{label: label}
	for k, v := range shares {
		s := &results.IssueShares[k]
		if s.Key == "retired" {
			b.end = (100 * v).Text(1) + " %"
		}
		shown[k] = shown[k] || v >= leastShown
		b.segments = append(b.segments, segment{
			float64(v), issueFills[s.Key],
			fmt.Sprintf("%s: %s %s %% (%s)", label, s.Label, (100 * v).Text(1), s.Doc),
		})
	}
	return b
}

// slotLegend names the shares that can be seen.
func slotLegend(shown []bool) (legend []legendEntry) {
	for k := range results.IssueShares {
		if s := &results.IssueShares[k]; shown[k] {
			fill := issueFills[s.Key]
			legend = append(legend, legendEntry{label: s.Label, fill: &fill})
		}
	}
	return legend
}

func ipc(c *results.Comparison) *Figure {
	chart := &barChart{unit: "instructions per cycle"}
	for i, label := range results.Labels(c.Runs) {
		b := bar{label: label}
		var sum results.Number
		for k, v := range results.Contributions(c.Runs[i]) {
			sum += v
			b.segments = append(b.segments, segment{
				float64(v), seriesFill(k),
				fmt.Sprintf("%s: %s: %s IPC", label, whose(c, i, k), v.Text(2)),
			})
		}
		if !sum.Defined() {
			continue
		}
		b.end = sum.Text(2)
		chart.bars = append(chart.bars, b)
	}
	if len(chart.bars) == 0 {
		return nil
	}
	f := &Figure{
		Name: "ipc", Title: "Instructions per cycle, by thread",
		Caption: "Instructions per cycle of each thread over its own measured interval, stacked." + timeShared(c),
		height:  chart.height, draw: chart.draw,
	}
	if c.Parallel() {
		f.Title = "Instructions per cycle, by program"
		f.Caption = "Instructions per cycle of each program, all its threads together, over its own measured interval, stacked; those executed while threads wait for one another count as well." + timeShared(c)
	}
	for k, name := range c.Mix {
		fill := seriesFill(k)
		f.legend = append(f.legend, legendEntry{label: name, fill: &fill})
	}
	return f
}

// timeCaption is what times of programs of several software threads are
// compared with.
const timeCaption = "Time that the programs take one after another, each alone on one hardware thread,"

// whose names program k of run i, with its thread where that is one.
func whose(c *results.Comparison, i, k int) string {
	p := &c.Runs[i].Programs[k]
	if p.Threads > 1 {
		return p.Workload
	}
	return fmt.Sprintf("thread %d, %s", k, p.Workload)
}

func speedup(c *results.Comparison) *Figure {
	chart := &barChart{unit: "speedup over one after another", mark: 1}
	for i, label := range results.Labels(c.Runs) {
		m := c.Runs[i].Metrics
		if m == nil || !m.Speedup.Defined() {
			continue
		}
		chart.bars = append(chart.bars, bar{
			label: label, end: m.Speedup.Text(2),
			segments: []segment{{float64(m.Speedup), seriesFill(0), fmt.Sprintf("%s: speedup %s, STP %s, ANTT %s", label, m.Speedup.Text(3), m.STP.Text(3), m.ANTT.Text(3))}},
		})
	}
	if len(chart.bars) == 0 {
		return nil
	}
	f := &Figure{
		Name: "speedup", Title: "Speedup over running the programs one after another",
		Caption: "Solo cycles of the measured instructions, summed over the programs, divided by the cycles of the run; dashed: no gain.",
		height:  chart.height, draw: chart.draw,
	}
	if c.Parallel() {
		f.Title, f.Caption = "Speedup in time over one hardware thread", timeCaption+" divided by that of the run; dashed: no gain."
	}
	return f
}

func misses(c *results.Comparison) *Figure {
	chart := &panelChart{names: results.Labels(c.Runs)}
	for i := range results.Structures {
		s := &results.Structures[i]
		p := panel{title: s.Label, doc: s.Doc}
		any := false
		for _, r := range c.Runs {
			v := s.MPKI(r)
			any = any || v.Defined()
			p.texts = append(p.texts, missesText(v))
			if !v.Defined() {
				v = -1
			}
			p.values = append(p.values, float64(v))
		}
		if any {
			chart.panels = append(chart.panels, p)
		}
	}
	if len(chart.panels) == 0 {
		return nil
	}
	f := &Figure{
		Name: "misses", Title: "Misses per thousand instructions",
		Caption: "Misses per thousand committed instructions (MPKI) of each thread, averaged over the threads, or over the programs when they ran one after another; every panel has its own scale; I-TLB and D-TLB: the first level, TLB: page walks; branch: mispredictions.",
		height:  chart.height, draw: chart.draw,
	}
	for i, name := range chart.names {
		fill := seriesFill(i)
		f.legend = append(f.legend, legendEntry{label: name, fill: &fill})
	}
	return f
}

// missesText writes three digits, or that there is next to nothing.
func missesText(mpki results.Number) string {
	switch {
	case mpki > 0 && mpki < 0.005:
		return "<0.01"
	case mpki < 10:
		return mpki.Text(2)
	}
	return mpki.Text(1)
}

func scaling(c *results.Comparison) *Figure {
	chart := &curveChart{x: axis{unit: "threads"}, y: axis{unit: "instructions per cycle", zero: true}}
	f := &Figure{
		Name: "scaling", Title: "Instructions per cycle over the number of threads",
		height: chart.height, draw: chart.draw,
	}
	longest, most := 0, 1
	for i, label := range results.Labels(c.Runs) {
		cv := curve{label: label, stroke: seriesStroke(i)}
		for _, p := range c.ScalingOf(c.Runs[i].Scheduler) {
			if p.Value.Defined() {
				cv.points = append(cv.points, point{x: float64(p.Threads), y: float64(p.Value), tip: fmt.Sprintf("%s, %s: %s", label, results.Counted(p.Threads, "thread"), p.Value.Text(2))})
				most = max(most, p.Threads)
			}
		}
		longest = max(longest, len(cv.points))
		chart.curves = append(chart.curves, cv)
		f.legend = append(f.legend, legendEntry{label: label, curve: &cv.stroke})
	}
	if longest < 2 {
		return nil // a single point is no curve
	}
	chart.x.counts(1, most)
	if c.Parallel() {
		chart.x.unit, chart.y.unit = "hardware threads", "speedup"
		f.Title, f.Caption = "Speedup in time over the number of hardware threads", timeCaption+" divided by that of the mix on k hardware threads."
		return f
	}
	f.Caption = "Sum over the threads of each one's instructions per cycle in its own measured interval; k threads are the first k programs on k contexts, so that the mix changes with k." + timeShared(c)
	return f
}
