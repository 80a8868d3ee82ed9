package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// finding is one statement of the summary.
type finding struct{ Title, Text string }

// findings say in words what the runs show. Every one is computed; one whose
// numbers are undefined is left out. When disciplines are missing, none is best.
func findings(c *results.Comparison) []finding {
	var list []finding
	if c.Canceled {
		return nil
	}
	for _, f := range []func(*results.Comparison) (string, string){speed, throughput, occupancy, turnaround, fairness, interference, scaling} {
		if title, text := f(c); text != "" {
			list = append(list, finding{title, text})
		}
	}
	return list
}

// entry is a discipline with a value.
type entry struct {
	label string
	value results.Number
}

// rank lists the disciplines with a defined value, the highest first; ties
// keep their order.
func rank(c *results.Comparison, value func(*results.Record) results.Number) []entry {
	var list []entry
	for i, label := range results.Labels(c.Runs) {
		if v := value(c.Runs[i]); v.Defined() {
			list = append(list, entry{label, v})
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return 0
	})
	return list
}

func rankMetric(c *results.Comparison, get func(*results.Metrics) results.Number) []entry {
	return rank(c, func(r *results.Record) results.Number {
		if r.Metrics == nil {
			return results.Undefined
		}
		return get(r.Metrics)
	})
}

// others lists entries with their values: "barrel 1.20, coarse 1.02"; of many
// the first few and the last.
func others(list []entry, text func(results.Number) string) string {
	const many = 5
	var parts []string
	for i, e := range list {
		if len(list) > many && i >= many-2 && i < len(list)-1 {
			if i == many-2 {
				parts = append(parts, "…")
			}
			continue
		}
		parts = append(parts, e.label+" "+text(e.value))
	}
	return strings.Join(parts, ", ")
}

func twoDecimals(n results.Number) string { return n.Text(2) }

func percent(n results.Number) string { return (100 * n).Text(1) + "\u00a0%" }

// lead is how far the first of a ranking is before the second.
func lead(list []entry) string {
	if len(list) < 2 {
		return ""
	}
	a, b := list[0], list[1]
	ahead := math.Abs(float64(a.value/b.value) - 1)
	if ahead < 0.005 {
		return fmt.Sprintf(" %s is level with it.", b.label)
	}
	return fmt.Sprintf(" That is %.0f %% ahead of %s.", 100*ahead, b.label)
}

func speed(c *results.Comparison) (title, text string) {
	list := rankMetric(c, func(m *results.Metrics) results.Number { return m.Speedup })
	if len(list) == 0 {
		return
	}
	best := list[0]
	reference := "one program after another"
	if c.Parallel() {
		reference = "one hardware thread"
	}
	if best.value < 1.005 {
		title = "No gain in time"
		text = fmt.Sprintf("No discipline does the work sooner than %s: the best speedup is %s, of %s.", reference, twoDecimals(best.value), best.label)
	} else {
		title = "Soonest done: " + best.label
		text = fmt.Sprintf("The work is done %s times as fast as by %s.", twoDecimals(best.value), reference) + lead(list)
	}
	if len(list) > 1 {
		text += " Speedups: " + others(list, twoDecimals) + "."
	}
	return title, text
}

func throughput(c *results.Comparison) (title, text string) {
	list := rankMetric(c, func(m *results.Metrics) results.Number { return m.STP })
	if len(list) == 0 {
		return
	}
	text = fmt.Sprintf("The core makes as much progress as %s such cores with one thread each.%s", twoDecimals(list[0].value), lead(list))
	if len(list) > 1 {
		text += " STP: " + others(list, twoDecimals) + "."
	}
	return "Most throughput: " + list[0].label, text
}

func occupancy(c *results.Comparison) (title, text string) {
	list := rank(c, func(r *results.Record) results.Number {
		if shares := c.Shares(r); shares != nil {
			return shares[0]
		}
		return results.Undefined
	})
	if len(list) == 0 {
		return
	}
	text = fmt.Sprintf("%s of the issue slots did work that was kept.", percent(list[0].value))
	if waste := largestWaste(c, list[0].label); waste != "" {
		text += " Most of the rest went to " + waste + "."
	}
	if len(list) > 1 {
		text += " Utilization: " + others(list, percent) + "."
	}
	return "Best filled: " + list[0].label, text
}

// largestWaste names the largest part of a discipline's slots that was not
// retired.
func largestWaste(c *results.Comparison, discipline string) string {
	for i, label := range results.Labels(c.Runs) {
		if label != discipline {
			continue
		}
		shares := c.Shares(c.Runs[i])
		most := 1
		for k := range shares {
			if k > 0 && shares[k] > shares[most] {
				most = k
			}
		}
		return fmt.Sprintf("%s (%s)", results.IssueShares[most].Label, percent(shares[most]))
	}
	return ""
}

func turnaround(c *results.Comparison) (title, text string) {
	list := rankMetric(c, func(m *results.Metrics) results.Number { return -m.ANTT })
	if len(list) == 0 {
		return
	}
	text = fmt.Sprintf("A program takes on average %s times as long as alone.", twoDecimals(-list[0].value))
	if len(list) > 1 {
		text += " ANTT: " + others(list, func(n results.Number) string { return twoDecimals(-n) }) + "."
	}
	return "Least waiting: " + list[0].label, text
}

// fairness leaves out programs one after another, which are fair by the way
// they are read.
func fairness(c *results.Comparison) (title, text string) {
	list := rank(c, func(r *results.Record) results.Number {
		if r.Metrics == nil || r.BackToBack() || len(r.Programs) < 2 {
			return results.Undefined
		}
		return r.Metrics.Fairness
	})
	if len(list) == 0 {
		return
	}
	text = fmt.Sprintf("The program that suffers most gets %s of the relative speed of the one that suffers least.", percent(list[0].value))
	if len(list) > 1 {
		last := list[len(list)-1]
		text += fmt.Sprintf(" Under %s it is %s.", last.label, percent(last.value))
	}
	return "Fairest: " + list[0].label, text
}

// interference is what sharing the caches costs the discipline that does the
// most work: the structure whose misses grow most over running alone.
func interference(c *results.Comparison) (title, text string) {
	list := rankMetric(c, func(m *results.Metrics) results.Number { return m.STP })
	if len(list) == 0 || len(c.Mix) < 2 {
		return
	}
	var worst *results.Structure
	var alone, together results.Number
	for i := range results.Structures {
		s := &results.Structures[i]
		a, b := soloMPKI(c, s), mpkiUnder(c, list[0].label, s)
		if a.Defined() && b.Defined() && (worst == nil || b-a > together-alone) {
			worst, alone, together = s, a, b
		}
	}
	if worst == nil || together-alone < 0.005 {
		return
	}
	text = fmt.Sprintf("%s misses rise from %s per thousand instructions alone to %s under %s, more than those of any other structure.",
		worst.Label, twoDecimals(alone), twoDecimals(together), list[0].label)
	return "The price of sharing: " + worst.Label, text
}

// soloMPKI is the mean over the programs of the mix, alone.
func soloMPKI(c *results.Comparison, s *results.Structure) results.Number {
	var sum results.Number
	for i := range c.Runs[0].Programs {
		solo := c.Baseline(c.Runs[0].Programs[i].Digest)
		if solo == nil {
			return results.Undefined
		}
		sum += s.MPKI(solo)
	}
	return sum / results.Number(len(c.Runs[0].Programs))
}

func mpkiUnder(c *results.Comparison, discipline string, s *results.Structure) results.Number {
	for i, label := range results.Labels(c.Runs) {
		if label == discipline {
			return s.MPKI(c.Runs[i])
		}
	}
	return results.Undefined
}

// scaling says how the throughput, or the speedup, grows from one thread to
// all.
func scaling(c *results.Comparison) (title, text string) {
	type growth struct {
		label    string
		from, to results.Point
	}
	var best *growth
	for i, label := range results.Labels(c.Runs) {
		points := c.ScalingOf(c.Runs[i].Scheduler)
		if len(points) < 2 || points[0].Threads != 1 || points[0].Value <= 0 {
			continue
		}
		last := points[len(points)-1]
		if last.Value.Defined() && (best == nil || last.Value > best.to.Value) {
			best = &growth{label, points[0], last}
		}
	}
	if best == nil {
		return
	}
	what := "throughput (the sum of the threads' IPC, each in its own measured interval) goes"
	if c.Parallel() {
		what = "speedup goes"
	}
	text = fmt.Sprintf("Under %s the %s from %s with one thread to %s with %d.",
		best.label, what, twoDecimals(best.from.Value), twoDecimals(best.to.Value), best.to.Threads)
	return "Over the number of threads", text
}
