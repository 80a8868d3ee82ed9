// Package summary says what many runs show together: means of a metric over
// mixes with their confidence, comparisons of two settings over the same mixes,
// and how much each factor matters.
//
// A setting is what a run was under: machine, configuration, scheduler, contexts.
// A mix is the unit of observation. Runs of one mix under one setting that
// differ only in their seeds are repetitions and become one value first. Means,
// over seeds as over mixes, are those that a metric wants (results.Metric.Mean),
// and over the mixes that all settings have (Group).
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
// resamples repeat one another and the interval says too little. Of few it is
// still too narrow: of ten mixes about 90 of 100 intervals hold the true mean,
// of thirty 93, of a hundred 95.
const Fewest = 5

// Resamples is how many the bootstrap draws. Other draws would move a bound by
// 1 to 3 % of the interval's width (a standard deviation; the most where the
// tail is long).
const Resamples = 5000

// Mean is the mean of the defined values; undefined when there are none, or
// when one is not above 0 where the mean wants that.
func Mean(values []results.Number, mean results.Mean) results.Number {
	x := defined(values)
	if len(x) == 0 {
		return results.Undefined
	}
	return results.Number(newAverage(x, mean).of(everything(len(x))))
}

func defined(values []results.Number) (x []float64) {
	for _, v := range values {
		if v.Defined() {
			x = append(x, float64(v))
		}
	}
	return x
}

// everything is all places of n.
func everything(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

// NewEstimate is the mean of the defined values with its interval.
func NewEstimate(values []results.Number, mean results.Mean) Estimate {
	x := defined(values)
	return estimate(len(x), newAverage(x, mean).of)
}

// average is a mean of the values at some places: the arithmetic one of f(x),
// turned back.
type average struct {
	values []float64 // f(x)
	back   func(float64) float64
}

func newAverage(x []float64, mean results.Mean) *average {
	a := &average{slices.Clone(x), func(m float64) float64 { return m }}
	if mean == results.Arithmetic {
		return a
	}
	a.back = func(m float64) float64 { return 1 / m }
	if mean == results.Geometric {
		a.back = math.Exp
	}
	for i, v := range x {
		switch {
		case v <= 0:
			a.values[i] = math.NaN()
		case mean == results.Geometric:
			a.values[i] = math.Log(v)
		default:
			a.values[i] = 1 / v
		}
	}
	return a
}

func (a *average) of(places []int) float64 {
	sum := 0.0
	for _, i := range places {
		sum += a.values[i]
	}
	return a.back(sum / float64(len(places)))
}

// estimate is a statistic of n things with its interval by the bootstrap,
// bias-corrected and accelerated (Efron, JASA 1987; Efron and Tibshirani 1993,
// chapter 14). Which things are drawn follows from n alone, so the same values
// have the same interval.
func estimate(n int, statistic func(places []int) float64) Estimate {
	e := Estimate{results.Undefined, results.Undefined, results.Undefined, n}
	if n == 0 {
		return e
	}
	places := everything(n)
	m := statistic(places)
	if e.Mean = results.Number(m); n < Fewest || !e.Mean.Defined() {
		return e
	}
	acceleration := skew(places, statistic)
	rng := rand.New(rand.NewPCG(0x7472656164, uint64(n)))
	drawn := make([]float64, Resamples)
	below := 0.0
	for b := range drawn {
		for i := range places {
			places[i] = rng.IntN(n)
		}
		drawn[b] = statistic(places)
		switch {
		case drawn[b] < m:
			below++
		case drawn[b] == m:
			below += 0.5
		}
	}
	slices.Sort(drawn)
	if drawn[0] == drawn[Resamples-1] { // all values are equal
		e.Low, e.High = e.Mean, e.Mean
		return e
	}
	normal := distuv.UnitNormal
	bias := normal.Quantile(min(max(below, 0.5), Resamples-0.5) / Resamples)
	bound := func(p float64) results.Number {
		z := bias + normal.Quantile(p)
		at := normal.CDF(bias + z/(1-float64(acceleration*z)))
		return results.Number(stat.Quantile(min(max(at, 0), 1), stat.Empirical, drawn, nil))
	}
	e.Low, e.High = bound(0.025), bound(0.975)
	return e
}

// skew is the acceleration of the bootstrap, from the statistic without one
// thing each.
func skew(places []int, statistic func([]int) float64) float64 {
	without := make([]float64, len(places))
	rest := make([]int, 0, len(places))
	for i := range places {
		rest = append(append(rest[:0], places[:i]...), places[i+1:]...)
		without[i] = statistic(rest)
	}
	center := stat.Mean(without, nil)
	square, cube := 0.0, 0.0
	for _, w := range without {
		d := center - w
		square += float64(d * d)
		cube += float64(float64(d*d) * d)
	}
	if square == 0 {
		return 0
	}
	return cube / (6 * math.Pow(square, 1.5))
}

// Paired compares two settings over the mixes of a table. Change is what
// becomes of the mean: of metrics that are averaged geometrically or
// harmonically the mean under b over that under a, minus 1; of the others the
// difference b − a, which is the mean difference. The interval is over the
// mixes, each with both its values, so what mixes differ in is not in it.
type Paired struct {
	Change        Estimate
	Relative      bool // Change is a part of a's value, not in units of the metric
	Better, Worse int  // mixes for which b is better or worse than a
}

// Compare compares setting b with a.
func (t *Table) Compare(a, b results.Setting) Paired {
	p := Paired{Relative: t.Metric.Mean != results.Arithmetic}
	x, y := t.Values(a), t.Values(b)
	before, after := newAverage(defined(x), t.Metric.Mean), newAverage(defined(y), t.Metric.Mean)
	if len(before.values) != len(after.values) { // of one there are none
		p.Change = Estimate{results.Undefined, results.Undefined, results.Undefined, 0}
		return p
	}
	for i := range before.values {
		switch {
		case y[i] > x[i] != t.Metric.Lower && y[i] != x[i]:
			p.Better++
		case y[i] != x[i]:
			p.Worse++
		}
	}
	p.Change = estimate(len(before.values), func(places []int) float64 {
		if p.Relative {
			return after.of(places)/before.of(places) - 1
		}
		return after.of(places) - before.of(places)
	})
	return p
}
