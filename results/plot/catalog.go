package plot

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/results"
)

// Entry is a row of the catalog: a figure, or one of a kind of which there are
// several (one for each metric, each number of programs, each axis).
type Entry struct {
	Name string // of its files, up to what tells several of a kind apart
	Doc  string
	// Needs says what must have been measured.
	Needs string

	// Exactly one of the two is set. A figure without data is nil, or not in
	// the list, and then why says what is missing.
	comparison func(*results.Comparison) *Figure
	set        func(*view) (figures []*Figure, why string)
}

// OfComparison reports whether the figure is of one comparison; the others are
// of sets of runs.
func (e *Entry) OfComparison() bool { return e.comparison != nil }

// Catalog lists all figures: those of a comparison in the order of its argument
// (where the slots went, who used them, what it brought, what it cost, how it
// scales), then those of sets of runs.
var Catalog = []Entry{
	{Name: "utilization", Doc: "where the issue slots went, per discipline: retired, thrown away, horizontal and vertical waste", Needs: "a comparison", comparison: utilization},
	{Name: "ipc", Doc: "instructions per cycle of each thread, stacked, per discipline", Needs: "a comparison", comparison: ipc},
	{Name: "topdown", Doc: "where the dispatch slots of each thread went, per discipline, by the categories of top-down analysis", Needs: "a comparison", comparison: topDown},
	{Name: "speedup", Doc: "speedup of each discipline over running the programs one after another", Needs: "a comparison with baselines", comparison: speedup},
	{Name: "misses", Doc: "misses per thousand instructions of each structure, per discipline", Needs: "a comparison", comparison: misses},
	{Name: "scaling", Doc: "instructions per cycle over the number of threads, per discipline", Needs: "a comparison with scaling runs", comparison: scaling},
	{Name: "means", Doc: "a metric under each setting, mean over the mixes with its 95 % interval", Needs: "a set of runs, with baselines for all but IPC", set: means},
	{Name: "threads", Doc: "throughput over the number of programs that run together, mean over the mixes", Needs: "runs of mixes of at least two sizes", set: threads},
	{Name: "slots", Doc: "where the issue slots went under each setting, mean over the mixes", Needs: "a set of runs", set: slots},
	{Name: "cpi", Doc: "cycles per instruction of each program under each setting, by what they were spent on", Needs: "a set of runs", set: cpiStacks},
	{Name: "gains", Doc: "a metric of each mix relative to a reference setting, in ascending order (S-curve)", Needs: "two settings and three mixes", set: gains},
	{Name: "tradeoff", Doc: "two metrics against each other, a point for each mix and setting and their means: STP and fairness, or the first two that are asked for", Needs: "a set of runs with baselines", set: tradeoff},
	{Name: "pairs", Doc: "progress of each program beside each other one, relative to running alone, per setting", Needs: "runs of pairs of three programs, with baselines", set: pairs},
	{Name: "sizes", Doc: "misses of a cache or TLB over its size, mean over the mixes", Needs: "an axis that is the size of a cache or the entries of a TLB", set: sizes},
	{Name: "intervals", Doc: "instructions per cycle of each thread over the cycles of a run", Needs: "runs with interval series", set: intervals},
}

// Of draws every figure that the comparison has data for, in the order of the
// catalog.
func Of(c *results.Comparison) []*Figure {
	var figures []*Figure
	for i := range Catalog {
		if !Catalog[i].OfComparison() {
			continue
		}
		if f := Catalog[i].comparison(c); f != nil {
			f.Conditions = Conditions(c)
			figures = append(figures, f)
		}
	}
	return figures
}

// Options choose what is drawn of a set.
type Options struct {
	// Metrics are keys of results.MetricTable, of which means and gains
	// are drawn; none: the usual ones.
	Metrics []string
	// Reference is the setting that others are compared with; nil, or one that
	// no run is under: the first.
	Reference *results.Setting
	// Intervals answers for the interval series of a run, empty where it has
	// none; nil: no run has.
	Intervals func(*results.Record) ([]results.Interval, error)
}

// Omission is a figure that could not be drawn.
type Omission struct {
	Name   string // of the catalog
	Reason string
}

func (o Omission) String() string { return fmt.Sprintf("no figure %s: %s", o.Name, o.Reason) }

// OfSet draws every figure of the catalog that the set has data for, in its
// order, and says of the others what they lack.
func OfSet(set *results.Set, options Options) (figures []*Figure, omitted []Omission) {
	v := newView(set, options)
	for i := range Catalog {
		e := &Catalog[i]
		if e.OfComparison() {
			continue
		}
		list, why := e.set(v)
		figures = append(figures, list...)
		if why != "" {
			omitted = append(omitted, Omission{e.Name, why})
		}
	}
	return figures, omitted
}
