// Package summary says what many runs show together: means of a metric over
// mixes with their confidence, comparisons of two settings over the same mixes,
// and how much each factor matters.
//
// A setting is what a run was under: machine, configuration, scheduler, contexts.
// A mix is the unit of observation. Runs of one mix under one setting that
// differ only in their seeds are repetitions and become one value first. Means
// are those that a metric wants (results.Metric.Mean).
package summary

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a mean with its 95 % confidence interval.
type Estimate struct {
	Mean, Low, High results.Number // the bounds are undefined for less than Fewest values
	N               int            // values
}

// Fewest is the least number of values of which an interval is given: of fewer,
// resamples repeat one another and the interval says too little.
const Fewest = 5

// resamples of the bootstrap. Twice as many move a bound by less than a tenth
// of the interval's width.
const resamples = 2000

// Mean is the mean of the defined values; undefined when there are none, or
// when one is not above 0 where the mean wants that.
func Mean(values []results.Number, mean results.Mean) results.Number {
	x := defined(values)
	if len(x) == 0 {
		return results.Undefined
	}
	return results.Number(meanOf(x, mean))
}

func defined(values []results.Number) (x []float64) {
	for _, v := range values {
		if v.Defined() {
			x = append(x, float64(v))
		}
	}
	return x
}

func meanOf(x []float64, mean results.Mean) float64 {
	if mean != results.Arithmetic && slices.Min(x) <= 0 {
		return math.NaN()
	}
	switch mean {
	case results.Harmonic:
		return stat.HarmonicMean(x, nil)
	case results.Geometric:
		return stat.GeometricMean(x, nil)
	}
	return stat.Mean(x, nil)
}

// NewEstimate is the mean of values with its interval by the bootstrap,
// bias-corrected and accelerated (Efron, JASA 1987; Efron and Tibshirani 1993,
// chapter 14). The resamples are the same for the same number of values.
func NewEstimate(values []results.Number, mean results.Mean) Estimate {
	x := defined(values)
	e := Estimate{results.Undefined, results.Undefined, results.Undefined, len(x)}
	if len(x) == 0 {
		return e
	}
	m := meanOf(x, mean)
	if e.Mean = results.Number(m); len(x) < Fewest || math.IsNaN(m) {
		return e
	}
	if slices.Min(x) == slices.Max(x) {
		e.Low, e.High = e.Mean, e.Mean
		return e
	}
	low, high := interval(x, m, mean)
	e.Low, e.High = results.Number(low), results.Number(high)
	return e
}

// interval is the 95 % interval of the mean m of x.
func interval(x []float64, m float64, mean results.Mean) (low, high float64) {
	rng := rand.New(rand.NewPCG(0x7472656164, uint64(len(x))))
	sample := make([]float64, len(x))
	means := make([]float64, resamples)
	below := 0.0
	for b := range means {
		for i := range sample {
			sample[i] = x[rng.IntN(len(x))]
		}
		means[b] = meanOf(sample, mean)
		switch {
		case means[b] < m:
			below++
		case means[b] == m:
			below += 0.5
		}
	}
	slices.Sort(means)
	normal := distuv.UnitNormal
	bias := normal.Quantile(min(max(below, 0.5), resamples-0.5) / resamples)
	acceleration := skew(x, mean)
	bound := func(p float64) float64 {
		z := bias + normal.Quantile(p)
		at := normal.CDF(bias + z/(1-float64(acceleration*z)))
		return stat.Quantile(min(max(at, 0), 1), stat.Empirical, means, nil)
	}
	return bound(0.025), bound(0.975)
}

// skew is the acceleration of the bootstrap, from the means without one value
// each.
func skew(x []float64, mean results.Mean) float64 {
	without := make([]float64, len(x))
	for i := range x {
		without[i] = meanOf(slices.Concat(x[:i], x[i+1:]), mean)
	}
	center := stat.Mean(without, nil)
	square, cube := 0.0, 0.0
	for _, w := range without {
		d := center - w
		square += float64(d * d)
		cube += float64(d * d * d)
	}
	if square == 0 {
		return 0
	}
	return cube / (6 * math.Pow(square, 1.5))
}

// Table is a metric by setting and mix, the mean over seeds in each cell.
type Table struct {
	Metric   *results.Metric
	Settings []results.Setting
	Mixes    []string
	Seeds    int // the most that a cell is a mean of

	cells map[key]results.Number
}

type key struct {
	setting results.Setting
	mix     string
}

// NewTable gathers a metric of the runs of a set.
func NewTable(s *results.Set, metric *results.Metric) *Table {
	t := &Table{Metric: metric, Settings: s.Settings(), cells: make(map[key]results.Number)}
	values := make(map[key][]results.Number)
	seen := make(map[string]bool)
	for _, r := range s.Runs {
		mix := r.Mix()
		if !seen[mix] {
			seen[mix] = true
			t.Mixes = append(t.Mixes, mix)
		}
		k := key{r.Setting(), mix}
		values[k] = append(values[k], metric.Of(r))
		t.Seeds = max(t.Seeds, len(values[k]))
	}
	slices.SortFunc(t.Mixes, results.Natural)
	for k, v := range values {
		t.cells[k] = Mean(v, metric.Mean)
	}
	return t
}

// Of is the value of a mix under a setting; undefined when it was not run.
func (t *Table) Of(setting results.Setting, mix string) results.Number {
	v, ok := t.cells[key{setting, mix}]
	if !ok {
		return results.Undefined
	}
	return v
}

// Common are the mixes that have a value under each of the settings: only over
// these are their means comparable.
func (t *Table) Common(settings ...results.Setting) (mixes []string) {
	for _, mix := range t.Mixes {
		all := true
		for _, s := range settings {
			all = all && t.Of(s, mix).Defined()
		}
		if all {
			mixes = append(mixes, mix)
		}
	}
	return mixes
}

// row is the values of mixes under a setting.
func (t *Table) row(setting results.Setting, mixes []string) (values []results.Number) {
	for _, mix := range mixes {
		values = append(values, t.Of(setting, mix))
	}
	return values
}

// Mean is the mean over the given mixes under a setting.
func (t *Table) Mean(setting results.Setting, mixes []string) results.Number {
	return Mean(t.row(setting, mixes), t.Metric.Mean)
}

// Estimate is the mean over the given mixes under a setting, with its interval.
func (t *Table) Estimate(setting results.Setting, mixes []string) Estimate {
	return NewEstimate(t.row(setting, mixes), t.Metric.Mean)
}

// Paired compares two settings over the mixes that both have. Of metrics that
// are averaged geometrically or harmonically Change is the geometric mean of
// b over a, minus 1; of the others the mean difference b − a.
type Paired struct {
	Change        Estimate
	Relative      bool // Change is a part of a's value, not in units of the metric
	Better, Worse int  // mixes for which b is better or worse than a
}

// Compare compares setting b with a.
func (t *Table) Compare(a, b results.Setting) Paired {
	p := Paired{Relative: t.Metric.Mean != results.Arithmetic}
	var changes []results.Number
	for _, mix := range t.Common(a, b) {
		x, y := t.Of(a, mix), t.Of(b, mix)
		switch {
		case y > x != t.Metric.Lower && y != x:
			p.Better++
		case y != x:
			p.Worse++
		}
		if p.Relative {
			changes = append(changes, y/x)
		} else {
			changes = append(changes, y-x)
		}
	}
	if !p.Relative {
		p.Change = NewEstimate(changes, results.Arithmetic)
		return p
	}
	p.Change = NewEstimate(changes, results.Geometric)
	p.Change.Mean, p.Change.Low, p.Change.High = p.Change.Mean-1, p.Change.Low-1, p.Change.High-1
	return p
}
