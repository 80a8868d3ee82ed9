package summary

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func numbers(x ...float64) (list []results.Number) {
	for _, v := range x {
		list = append(list, results.Number(v))
	}
	return list
}

func near(a results.Number, b float64) bool { return math.Abs(float64(a)-b) < 1e-12 }

// The means of 1, 2 and 4 in closed form; what is undefined does not count.
func TestMean(t *testing.T) {
	for mean, want := range map[results.Mean]float64{
		results.Arithmetic: 7. / 3, results.Geometric: 2, results.Harmonic: 12. / 7,
	} {
		if got := Mean(numbers(1, math.NaN(), 2, 4), mean); !near(got, want) {
			t.Errorf("%s: %v, want %v", mean, got, want)
		}
		if got := Mean(numbers(math.NaN()), mean); got.Defined() {
			t.Errorf("%s of nothing: %v", mean, got)
		}
	}
	if Mean(numbers(0, 1), results.Harmonic).Defined() || Mean(numbers(-1, 1), results.Geometric).Defined() {
		t.Error("a mean of what it is not defined for")
	}
}

// About 95 of 100 intervals hold the true mean, of a symmetric and of a skewed
// distribution.
func TestCoverage(t *testing.T) {
	const trials, n = 400, 40
	rng := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]struct {
		value func() float64
		mean  float64
	}{
		"normal":      {func() float64 { return 5 + rng.NormFloat64() }, 5},
		"exponential": {rng.ExpFloat64, 1},
	} {
		held := 0
		for range trials {
			x := make([]results.Number, n)
			for i := range x {
				x[i] = results.Number(draw.value())
			}
			e := NewEstimate(x, results.Arithmetic)
			if float64(e.Low) <= draw.mean && draw.mean <= float64(e.High) {
				held++
			}
			if e.Low > e.Mean || e.High < e.Mean {
				t.Fatalf("%s: %+v", name, e)
			}
		}
		// The share has a standard deviation of 1.1 %; small samples cover less.
		if share := float64(held) / trials; share < 0.90 || share > 0.985 {
			t.Errorf("%s: %.1f %% of the intervals hold the mean", name, 100*share)
		}
	}
}

func TestFewValues(t *testing.T) {
	if e := NewEstimate(numbers(1, 2, 3, 4), results.Arithmetic); e.Mean != 2.5 || e.N != 4 || e.Low.Defined() || e.High.Defined() {
		t.Errorf("%+v", e)
	}
	if e := NewEstimate(numbers(2, 2, 2, 2, 2), results.Harmonic); e.Low != 2 || e.High != 2 {
		t.Errorf("of equal values %+v", e)
	}
}

var shape = resultstest.Shape{Windows: []int{64, 256}, Disciplines: 4, Mixes: 8, Seeds: 2}

func metric(t *testing.T, key string) *results.Metric {
	t.Helper()
	m, ok := results.MetricOf(key)
	if !ok {
		t.Fatalf("no metric %s", key)
	}
	return m
}

// A comparison counts for whom a setting is better, the other way round the
// opposite, and with itself nothing.
func TestCompare(t *testing.T) {
	s := resultstest.Set(shape)
	for _, key := range []string{"stp", "antt", "fairness"} {
		table := NewTable(s, metric(t, key))
		if len(table.Settings) != 8 || len(table.Mixes) != 8 || table.Seeds != 2 {
			t.Fatalf("%d settings, %d mixes, %d seeds", len(table.Settings), len(table.Mixes), table.Seeds)
		}
		a, b := table.Settings[1], table.Settings[5] // one discipline, two windows
		there, back := table.Compare(a, b), table.Compare(b, a)
		if there.Better != back.Worse || there.Worse != back.Better || there.Change.N != 8 {
			t.Errorf("%s: %+v, back %+v", key, there, back)
		}
		if there.Relative {
			if product := float64((1 + there.Change.Mean) * (1 + back.Change.Mean)); math.Abs(product-1) > 1e-12 {
				t.Errorf("%s: there and back is %v", key, product)
			}
		} else if !near(there.Change.Mean+back.Change.Mean, 0) {
			t.Errorf("%s: %v and %v", key, there.Change.Mean, back.Change.Mean)
		}
		if same := table.Compare(a, a); same.Better+same.Worse != 0 || same.Change.Mean != 0 {
			t.Errorf("%s: with itself %+v", key, same)
		}
	}
	// A larger window is better for all, and the sign says so for lower-is-better.
	if p := NewTable(s, metric(t, "antt")); p.Compare(p.Settings[1], p.Settings[5]).Better != 8 {
		t.Errorf("ANTT: %+v", p.Compare(p.Settings[1], p.Settings[5]))
	}
}

// The effect of a factor is over the blocks that have all its levels.
func TestEffects(t *testing.T) {
	s := resultstest.Set(shape)
	stp := metric(t, "stp")
	list := Effects(s, stp)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	for _, e := range list {
		blocks := map[string]int{"scheduler": 2 * 8 * 2, "core.rob.size": 4 * 8 * 2}[e.Factor]
		if e.Blocks != blocks || e.Left != 0 || e.Range <= 0 {
			t.Errorf("%+v, want %d blocks", e, blocks)
		}
	}
	if list[0].Range < list[1].Range {
		t.Error("the weaker one is first")
	}
	s.Runs = s.Runs[1:]
	for _, e := range Effects(s, stp) {
		if e.Left != 1 {
			t.Errorf("one run is missing: %+v", e)
		}
	}
}
