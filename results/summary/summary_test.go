package summary

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
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

// Ten values of each of two settings, the first with a long tail.
var (
	before = numbers(1.31, 1.05, 2.40, 1.18, 1.77, 1.02, 3.95, 1.44, 1.26, 1.60)
	after  = numbers(1.40, 1.02, 2.95, 1.30, 1.80, 1.10, 3.90, 1.70, 1.22, 1.95)
)

// The intervals are those of SciPy 1.10.1, scipy.stats.bootstrap with
// method="BCa" and 400,000 resamples (200,000 of pairs), to a twentieth of
// their width.
func TestIntervals(t *testing.T) {
	metric := func(mean results.Mean) *results.Metric { return &results.Metric{Mean: mean} }
	pair := Table{Settings: []results.Setting{{Machine: "a"}, {Machine: "b"}}, cells: map[key]results.Number{}}
	for i := range before {
		mix := string(rune('a' + i))
		pair.Mixes = append(pair.Mixes, mix)
		pair.cells[key{pair.Settings[0], mix}], pair.cells[key{pair.Settings[1], mix}] = before[i], after[i]
	}
	change := func(mean results.Mean) Estimate {
		pair.Metric = metric(mean)
		return pair.Compare(pair.Settings[0], pair.Settings[1]).Change
	}
	for name, c := range map[string]struct {
		got             Estimate
		mean, low, high float64
	}{
		"arithmetic":            {NewEstimate(before, results.Arithmetic), 1.698, 1.336, 2.541},
		"geometric":             {NewEstimate(before, results.Geometric), 1.551164081502328, 1.28095, 2.15121},
		"harmonic":              {NewEstimate(before, results.Harmonic), 1.451065487527357, 1.23331, 1.85903},
		"difference of pairs":   {change(results.Arithmetic), 0.136, 0.044, 0.283},
		"ratio of the harmonic": {change(results.Harmonic), 0.0693303051176426, 0.01602, 0.12407},
	} {
		off := func(got results.Number, want float64) bool {
			return math.Abs(float64(got)-want) > (c.high-c.low)/20
		}
		if !near(c.got.Mean, c.mean) || off(c.got.Low, c.low) || off(c.got.High, c.high) || c.got.N != 10 {
			t.Errorf("%s: %+v, want %v in %v … %v", name, c.got, c.mean, c.low, c.high)
		}
	}
}

// The geometric mean of exp(x) and its interval are exp of the arithmetic mean
// of x, and of its interval but for the skewness.
func TestTransformed(t *testing.T) {
	exp := make([]results.Number, len(before))
	for i, x := range before {
		exp[i] = results.Number(math.Exp(float64(x)))
	}
	a, g := NewEstimate(before, results.Arithmetic), NewEstimate(exp, results.Geometric)
	for _, pair := range [][2]results.Number{{a.Mean, g.Mean}, {a.Low, g.Low}, {a.High, g.High}} {
		if x, y := float64(pair[0]), math.Log(float64(pair[1])); math.Abs(x-y) > 0.02 {
			t.Errorf("%v is log of %v", x, pair[1])
		}
	}
}

// About 95 of 100 intervals hold the true mean: of each mean, of a distribution
// of which it is known in closed form.
func TestCoverage(t *testing.T) {
	const trials, n = 250, 40
	rng := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]struct {
		value func() float64
		mean  results.Mean
		truth float64
	}{
		"normal":                 {func() float64 { return 5 + rng.NormFloat64() }, results.Arithmetic, 5},
		"exponential":            {rng.ExpFloat64, results.Arithmetic, 1},
		"log-normal":             {func() float64 { return math.Exp(1 + rng.NormFloat64()) }, results.Geometric, math.E},
		"inverse of an even one": {func() float64 { return 1 / (1 + 2*rng.Float64()) }, results.Harmonic, 0.5},
	} {
		held := 0
		for range trials {
			x := make([]results.Number, n)
			for i := range x {
				x[i] = results.Number(draw.value())
			}
			e := NewEstimate(x, draw.mean)
			if float64(e.Low) <= draw.truth && draw.truth <= float64(e.High) {
				held++
			}
			if e.Low > e.Mean || e.High < e.Mean {
				t.Fatalf("%s: %+v", name, e)
			}
		}
		// The share has a standard deviation of 1.4 %; small samples cover less.
		if share := float64(held) / trials; share < 0.90 || share > 0.985 {
			t.Errorf("%s: %.1f %% of the intervals hold the mean", name, 100*share)
		}
	}
}

// A change that is the same for every mix is certain, however much mixes differ,
// and about 95 of 100 intervals of one that is not hold it.
func TestPairing(t *testing.T) {
	const trials, mixes = 250, 60
	rng := rand.New(rand.NewPCG(3, 4))
	compare := func(noise float64) Paired {
		table := Table{Metric: &results.Metric{Mean: results.Harmonic}, Settings: []results.Setting{{Machine: "a"}, {Machine: "b"}}, cells: map[key]results.Number{}}
		for i := range mixes {
			mix := strconv.Itoa(i)
			table.Mixes = append(table.Mixes, mix)
			v := 0.5 + 3*rng.Float64()
			table.cells[key{table.Settings[0], mix}] = results.Number(v)
			table.cells[key{table.Settings[1], mix}] = results.Number(v * 1.1 / (1 + noise*(rng.Float64()-0.5)))
		}
		return table.Compare(table.Settings[0], table.Settings[1])
	}
	if p := compare(0); math.Abs(float64(p.Change.Mean)-0.1) > 1e-12 || p.Change.High-p.Change.Low > 1e-12 || p.Better != mixes {
		t.Errorf("%+v", p)
	}
	held := 0
	for range trials {
		if p := compare(0.4); p.Change.Low <= 0.1 && 0.1 <= p.Change.High {
			held++
		}
	}
	if share := float64(held) / trials; share < 0.90 || share > 0.985 {
		t.Errorf("%.1f %% of the intervals hold the change", 100*share)
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
		table := NewTable(Groups(s)[0], metric(t, key))
		if len(table.Settings) != 8 || len(table.Mixes) != 8 {
			t.Fatalf("%d settings, %d mixes", len(table.Settings), len(table.Mixes))
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
	if p := NewTable(Groups(s)[0], metric(t, "antt")); p.Compare(p.Settings[1], p.Settings[5]).Better != 8 {
		t.Errorf("ANTT: %+v", p.Compare(p.Settings[1], p.Settings[5]))
	}
}

// The effect of a factor is over the blocks that have all its levels.
func TestEffects(t *testing.T) {
	s := resultstest.Set(shape)
	stp := metric(t, "stp")
	list := Effects(Groups(s)[0], stp)
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
	slices.Reverse(s.Runs)
	s.Planned = true // from the largest window down
	for _, e := range Effects(Groups(s)[0], stp) {
		if e.Factor == "core.rob.size" && (e.Levels[0].Value != "256" || e.Levels[1].Value != "64") {
			t.Errorf("not as in the plan: %+v", e.Levels)
		}
	}
	s = resultstest.Set(shape)
	s.Runs = s.Runs[1:]
	for _, e := range Effects(Groups(s)[0], stp) {
		if e.Left != 1 {
			t.Errorf("one run is missing: %+v", e)
		}
	}
}

// Factors that vary only together are one; of one that no block has whole, the
// design says nothing.
func TestLinkedAndConfounded(t *testing.T) {
	s := resultstest.Set(shape)
	stp := metric(t, "stp")
	for _, c := range s.Configurations {
		c.Values["core.iq.size"] = "q" + c.Values["core.rob.size"]
	}
	list := Effects(Groups(s)[0], stp)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	for _, e := range list {
		if e.Factor == "scheduler" {
			continue
		}
		if e.Factor != "core.iq.size, core.rob.size" || len(e.Levels) != 2 || e.Levels[0].Value != "q64, 64" || e.Blocks != 4*8*2 {
			t.Errorf("linked: %+v", e)
		}
	}
	first := s.Runs[0].Scheduler
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		return (r.Scheduler == first) != (s.Value(r, "core.rob.size") == "64")
	})
	for _, e := range Effects(Groups(s)[0], stp) { // the window is the larger one for all schedulers but one
		if e.Blocks != 0 || e.Left == 0 || e.Levels != nil || e.Range.Defined() {
			t.Errorf("confounded: %+v", e)
		}
	}
}

// A level's mean is the metric's own over the mixes that are compared.
func TestLevels(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 2, Mixes: 3, Seeds: 1})
	missing := s.Runs[0]
	s.Runs = s.Runs[1:]
	for _, e := range Effects(Groups(s)[0], metric(t, "antt")) {
		if e.Factor != "core.rob.size" {
			continue
		}
		for _, level := range e.Levels {
			sum, n := 0.0, 0
			for _, r := range s.Runs {
				if s.Value(r, e.Factor) == level.Value && r.Mix() != missing.Mix() {
					sum, n = sum+float64(r.Metrics.ANTT), n+1
				}
			}
			if n != 4 || !near(level.Mean, sum/float64(n)) {
				t.Errorf("%s: %v, want %v of %d", level.Value, level.Mean, sum/float64(n), n)
			}
		}
		return
	}
	t.Error("no effect of the window")
}

// unmeasure makes a run one of which a program had ended before the measurement.
func unmeasure(r *results.Record, program int) {
	r.Programs[program].Instructions, r.Programs[program].Cycles = 0, 0
	undefined := results.Undefined
	r.Metrics = &results.Metrics{STP: undefined, ANTT: undefined, Harmonic: undefined, Fairness: undefined, Jain: undefined, Speedup: undefined,
		Progress: slices.Repeat([]results.Number{undefined}, len(r.Programs))}
}

// Means are over the mixes that every setting has measured whole, whatever the
// metric; a setting that has none is undefined and takes none from the others.
func TestGroup(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 3, Mixes: 5, Seeds: 2})
	settings := s.Settings()
	mixes := Groups(s)[0].Mixes
	if len(mixes) != 5 {
		t.Fatal(mixes)
	}
	programs := map[string]bool{}
	seeds := 0
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		switch k, mix := r.Setting(), r.Mix(); {
		case k == settings[1] && mix == mixes[0]:
			return true // it failed
		case k == settings[2] && mix == mixes[3]:
			if seeds++; seeds == 1 { // the other seed is measured
				unmeasure(r, 1)
				programs[r.Programs[1].Workload] = true
			}
		case k == settings[4]:
			unmeasure(r, 0)
		}
		return false
	})
	g := Groups(s)[0]
	want := []string{mixes[1], mixes[2], mixes[4]}
	if !slices.Equal(g.Mixes, want) || g.All() != 5 || !slices.Equal(g.Undefined, settings[4:5]) {
		t.Fatalf("%q of %d, undefined %v", g.Mixes, g.All(), g.Undefined)
	}
	if l := g.LeftOut; len(l) != 2 || !slices.Equal(l[0].Missing, settings[1:2]) || !slices.Equal(l[1].Partly, settings[2:3]) || len(l[1].Programs) != 1 || !programs[l[1].Programs[0]] {
		t.Errorf("left out: %+v", l)
	}
	for _, key := range []string{"ipc", "stp", "l1d_mpki"} {
		m := metric(t, key)
		table := NewTable(g, m)
		if !slices.Equal(table.Mixes, want) {
			t.Errorf("%s: over %q", key, table.Mixes)
		}
		var values []results.Number // over mixes, of means over seeds
		for _, mix := range want {
			var seeds []results.Number
			for _, r := range s.Runs {
				if r.Setting() == settings[0] && r.Mix() == mix {
					seeds = append(seeds, m.Of(r))
				}
			}
			values = append(values, Mean(seeds, m.Mean))
		}
		if got := table.Mean(settings[0]); got != Mean(values, m.Mean) || table.Mean(settings[4]).Defined() || table.Compare(settings[0], settings[4]).Change.Mean.Defined() {
			t.Errorf("%s: %v, want %v; undefined %v", key, got, Mean(values, m.Mean), table.Mean(settings[4]))
		}
	}
	for _, e := range Effects(g, metric(t, "ipc")) {
		if e.Factor == "core.rob.size" && e.Blocks != 2*3*2 { // the disciplines but one, mixes, seeds
			t.Errorf("%+v", e)
		}
	}
}

// A setting of which every run failed takes part in no comparison and is named; a
// mix that has failed everywhere counts among those that there are.
func TestGroupOfFailed(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 2, Mixes: 5, Seeds: 1})
	settings, mixes := s.Settings(), Groups(s)[0].Mixes
	var list []*results.Record
	for _, r := range s.Runs {
		if r.Setting() == settings[3] || r.Mix() == mixes[4] {
			s.Failed = append(s.Failed, results.FailedRun{Identity: r.Identity(), Error: "it broke on " + r.Mix()})
			continue
		}
		list = append(list, r)
	}
	s.Runs = list
	s.Failed = append(s.Failed, results.FailedRun{Identity: s.Baselines[0].Identity(), Solo: true})
	first := s.Failed[slices.IndexFunc(s.Failed, func(f results.FailedRun) bool { return f.Setting() == settings[3] })]
	groups := Groups(s)
	g := groups[0]
	if len(groups) != 1 || !slices.Equal(g.Mixes, mixes[:4]) || g.All() != 5 || len(g.Undefined) != 0 || !slices.Equal(g.Settings, settings[:3]) {
		t.Fatalf("%d groups, %q of %d mixes, settings %v, undefined %v", len(groups), g.Mixes, g.All(), g.Settings, g.Undefined)
	}
	if len(g.Failed) != 1 || g.Failed[0] != (FailedSetting{settings[3], 5, first.Error}) {
		t.Errorf("%+v, want %s", g.Failed, first.Error)
	}
	if l := g.LeftOut; len(l) != 1 || l[0].Mix != mixes[4] || len(l[0].Missing) != 3 {
		t.Errorf("left out: %+v", l)
	}
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		failed := r.Setting() == settings[2]
		if failed {
			s.Failed = append(s.Failed, results.FailedRun{Identity: r.Identity()})
		}
		return failed
	})
	// A value that none has finished with has no effect, and does not hide others.
	if list := Effects(Groups(s)[0], metric(t, "ipc")); len(list) != 1 || list[0].Factor != "scheduler" || list[0].Blocks != 4 {
		t.Errorf("%+v", list)
	}
}

// A program whose solo run failed is no setting of mixes of one program.
func TestGroupOfFailedSolo(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 3, Mixes: 2, Seeds: 1, Sizes: []int{1}})
	solo := s.Baselines[0].Identity()
	solo.Setup.Contexts = 7
	for _, asked := range []bool{true, false} {
		s.Failed = []results.FailedRun{{Identity: solo, Solo: !asked}}
		if g := Groups(s)[0]; (len(g.Failed) == 1) != asked {
			t.Errorf("asked for %v: %+v", asked, g.Failed)
		}
	}
}

// Where a metric is undefined in a mix, it is so for its means alone.
func TestMetricOfSomeMixes(t *testing.T) {
	s := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 3, Mixes: 5, Seeds: 1})
	lost := s.Runs[7]
	lost.Metrics.STP = results.Undefined // without its solo run
	g := Groups(s)[0]
	if stp, ipc := NewTable(g, metric(t, "stp")), NewTable(g, metric(t, "ipc")); len(stp.Mixes) != 4 || slices.Contains(stp.Mixes, lost.Mix()) || len(ipc.Mixes) != 5 {
		t.Errorf("STP over %q, IPC over %q", stp.Mixes, ipc.Mixes)
	}
}
