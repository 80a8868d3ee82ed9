package plot

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

var setShapes = []resultstest.Shape{
	{Windows: []int{128}, Disciplines: 1, Mixes: 1, Seeds: 1},
	{Windows: []int{64, 128, 256}, Disciplines: 4, Mixes: 6, Seeds: 2},
	{Windows: []int{128}, Disciplines: 8, Mixes: 28, Seeds: 1},
	{Windows: []int{128}, Disciplines: 3, Mixes: 4, Seeds: 1, Sizes: []int{1, 2, 4}, Caches: []string{"16K", "64K"}},
}

// Drawings of sets of all sizes and shapes are well-formed, and their labels
// lie inside and do not overlap.
func TestSetSVG(t *testing.T) {
	for i, shape := range setShapes {
		set := resultstest.Set(shape)
		set.Runs[0].Setup.Interval = 100
		figures, _ := OfSet(set, Options{Intervals: sawtooth})
		names := map[string]bool{}
		for _, f := range figures {
			if names[f.Name] {
				t.Errorf("two figures are called %s", f.Name)
			}
			names[f.Name] = true
			for _, size := range Sizes {
				t.Run(fmt.Sprintf("%s/%s/%d", f.Name, size.Name, i), func(t *testing.T) {
					svg, err := f.SVG(size)
					if err != nil {
						t.Fatal(err)
					}
					checkDrawing(t, f, size, parseSVG(t, svg))
					if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
						t.Error("a coordinate is no number")
					}
				})
			}
		}
	}
}

// What has no data is left out with a reason.
func TestOmissions(t *testing.T) {
	sets := 0
	for i := range Catalog {
		if !Catalog[i].OfComparison() {
			sets++
		}
	}
	figures, omitted := OfSet(&results.Set{}, Options{})
	if len(figures) > 0 || len(omitted) != sets {
		t.Errorf("of nothing: %d figures, %v", len(figures), omitted)
	}
	figures, omitted = OfSet(resultstest.Set(setShapes[1]), Options{Metrics: []string{"spt"}})
	if len(omitted) == 0 || !strings.Contains(omitted[0].String(), `"spt"`) {
		t.Errorf("an unknown metric: %v", omitted)
	}
	for _, f := range figures {
		if strings.HasPrefix(f.Name, "means") {
			t.Errorf("%s is drawn", f.Name)
		}
	}
}

// reasonOf is why a set has no figure of a kind.
func reasonOf(t *testing.T, set *results.Set, name string) string {
	t.Helper()
	_, omitted := OfSet(set, Options{Metrics: []string{"stp"}}) // fairness is the same in all windows
	for _, o := range omitted {
		if o.Name == name {
			return o.Reason
		}
	}
	t.Fatalf("figure %s is drawn", name)
	return ""
}

// A reason is true of what it names: each group of mixes has its own, and
// settings under which no programs run together do not hide what pairs lack.
func TestReasons(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128, 256}, Disciplines: 8, Mixes: 4, Seeds: 1, Sizes: []int{2, 4}})
	ends := map[string]bool{} // the first two mixes of four
	set.Runs = slices.DeleteFunc(set.Runs, func(r *results.Record) bool {
		if len(r.Programs) == 4 && len(ends) < 2 {
			ends[r.Mix()] = true
		}
		return len(r.Programs) == 4 && !ends[r.Mix()]
	})
	if got, want := reasonOf(t, set, "gains"), "mixes of 2 programs: 23 settings, of which a legend tells 16 apart; mixes of 4 programs: of 2 mixes 2 were measured under every setting, and a curve needs three"; got != want {
		t.Errorf("gains: %q, want %q", got, want)
	}
	if got, want := reasonOf(t, set, "tradeoff"), "24 settings, of which a legend tells 16 apart"; got != want {
		t.Errorf("tradeoff: %q, want %q", got, want)
	}
	one := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 2, Mixes: 1, Seeds: 1})
	slices.Reverse(one.Runs) // programs one after another come last
	if got, want := reasonOf(t, one, "pairs"), "the pairs are of 2 programs, and a table needs three"; got != want {
		t.Errorf("pairs: %q, want %q", got, want)
	}
	for _, r := range one.Runs {
		r.Metrics = nil
	}
	if got := reasonOf(t, one, "pairs"); !strings.Contains(got, "needs its solo run") {
		t.Errorf("pairs without baselines: %q", got)
	}
}

// A mix that one setting lacks is no part of any mean.
func TestCommonMixes(t *testing.T) {
	set := resultstest.Set(setShapes[1])
	set.Runs = set.Runs[1:] // one of two seeds: the mix stays
	figures, _ := OfSet(set, Options{Metrics: []string{"stp"}})
	if want := "n = 6 mixes of 2 programs"; !strings.Contains(figures[0].Conditions, want) {
		t.Errorf("conditions %q, want %q", figures[0].Conditions, want)
	}
	gone := set.Runs[0].Mix()
	k := set.Runs[0].Setting()
	var runs []*results.Record
	for _, r := range set.Runs {
		if r.Setting() != k || r.Mix() != gone {
			runs = append(runs, r)
		}
	}
	set.Runs = runs
	figures, _ = OfSet(set, Options{Metrics: []string{"stp"}})
	if want := "n = 5 of 6 mixes of 2 programs (those that were measured under every setting)"; !strings.Contains(figures[0].Conditions, want) {
		t.Errorf("conditions %q, want %q", figures[0].Conditions, want)
	}
	_, values, err := figures[0].Inline(Column)
	if err != nil {
		t.Fatal(err)
	}
	// The mean over the five by hand.
	last := set.Runs[len(set.Runs)-1].Setting()
	inverse := map[string]float64{}
	for _, r := range set.Runs {
		if r.Setting() == last && r.Mix() != gone {
			inverse[r.Mix()] += 1 / float64(r.Metrics.STP) / 2
		}
	}
	sum := 0.0
	for _, v := range inverse {
		sum += v
	}
	if want := fmt.Sprintf("STP %.3f", 5/sum); !strings.Contains(values[len(values)-1], want) {
		t.Errorf("%q, want %q", values[len(values)-1], want)
	}
}

// A setting under which no mix was measured whole is undefined, and takes
// nothing from the others.
func TestUndefinedSetting(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 3, Mixes: 6, Seeds: 1})
	settings := set.Settings()
	labels := set.SettingLabels(settings)
	for _, r := range set.Runs {
		if r.Setting() == settings[1] {
			r.Programs[0].Instructions, r.Threads[0].Instructions = 0, 0
		}
	}
	figures, _ := OfSet(set, Options{})
	for _, f := range figures {
		_, values, err := f.Inline(Column)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(values, "\n"); strings.Contains(text, labels[1]) || !strings.Contains(f.Conditions, "n = ") || strings.HasPrefix(f.Name, "means") && !strings.Contains(f.Conditions, "n = 6 mixes") {
			t.Errorf("%s, %s: %s", f.Name, f.Conditions, text)
		}
	}
}

// Means of few mixes have no interval, and the caption says why.
func TestFewMixes(t *testing.T) {
	for mixes, want := range map[int]string{4: ", without a confidence interval, which takes 5 mixes", 6: " with its 95 % confidence interval"} {
		figures, _ := OfSet(resultstest.Set(resultstest.Shape{Windows: []int{128}, Disciplines: 3, Mixes: mixes, Seeds: 1}), Options{Metrics: []string{"stp"}})
		if got := figures[0].Caption; !strings.Contains(got, "mean over the mixes"+want) {
			t.Errorf("%d mixes: %s", mixes, got)
		}
	}
}

// Of means that overlap those behind are larger, and drawn first; one that
// nothing covers has the usual size.
func TestNest(t *testing.T) {
	at := func(x, y float64) curve { return curve{points: []point{{x: x, y: y}}} }
	means := []curve{at(0.5, 0.5), at(0.9, 0.5), at(0.51, 0.5), at(0.52, 0.52)}
	if note := nest(means, 1, 1); note == "" || means[0].scale <= means[2].scale || means[2].scale <= means[3].scale || means[1].scale != means[3].scale {
		t.Errorf("%q: %+v", note, means)
	}
	if note := nest(means[1:3], 1, 1); note != "" || means[1].scale != means[2].scale {
		t.Errorf("apart: %q: %+v", note, means)
	}
}

// The CPI stack of a program is the mean of its runs' CPIs.
func TestCPI(t *testing.T) {
	set := resultstest.Set(setShapes[1])
	k := set.Runs[0].Setting()
	sum, n := 0.0, 0
	for _, r := range set.Runs {
		for i := range r.Programs {
			if r.Setting() == k && r.Programs[i].Workload == "bfs" {
				sum, n = sum+1/float64(r.Programs[i].IPC()), n+1
			}
		}
	}
	shown := 0.0
	figures, _ := OfSet(set, Options{})
	for _, f := range figures {
		if !strings.HasPrefix(f.Name, "cpi") {
			continue
		}
		_, values, err := f.Inline(Column)
		if err != nil {
			t.Fatal(err)
		}
		label := set.SettingLabels(set.Settings())[0]
		for _, v := range values {
			var cpi float64
			if _, rest, ok := strings.Cut(v, "bfs, "+label+": "); ok {
				rest = rest[strings.IndexAny(rest, "0123456789"):]
				if _, err := fmt.Sscan(rest, &cpi); err != nil {
					t.Fatal(err)
				}
				shown += cpi
			}
		}
	}
	if want := sum / float64(n); n == 0 || math.Abs(shown-want) > 0.01 {
		t.Errorf("CPI %g, want %g over %d runs", shown, want, n)
	}
}

// A page of CPI stacks counts the mixes that its programs are in.
func TestCPIMixes(t *testing.T) {
	set := resultstest.Set(setShapes[1])
	for _, r := range set.Runs {
		for i := range r.Programs {
			if r.Programs[i].Workload == "bfs" { // a magnitude apart
				r.Programs[i].Cycles *= 100
				r.Threads[i].Cycles *= 100
			}
		}
	}
	with := map[string]bool{}
	for _, r := range set.Runs {
		if strings.Contains(r.Mix(), "bfs") {
			with[r.Mix()] = true
		}
	}
	figures, _ := OfSet(set, Options{})
	for _, f := range figures {
		if strings.HasPrefix(f.Name, "cpi") && !strings.Contains(f.Caption, "squashed instructions and their refills are bad speculation") {
			t.Errorf("%s: %s", f.Name, f.Caption) // memory waits of a thread that is squashed on a miss are there
		}
		if f.Name == "cpi" {
			if want := fmt.Sprintf("n = %d of 6 mixes of 2 programs (those with a program that is shown)", len(with)); len(with) == 6 || !strings.Contains(f.Conditions, want) {
				t.Errorf("conditions %q, want %q", f.Conditions, want)
			}
		}
	}
}

// sawtooth is an interval series in which thread 0 commits 3 instructions in
// two cycles.
func sawtooth(*results.Record) (list []results.Interval, err error) {
	for i := range uint64(1000) {
		list = append(list, results.Interval{
			Begin: 100 * i, End: 100 * (i + 1),
			Names: []string{"thread0.committed", "thread1.committed"}, Values: []int64{100 + 100*int64(i%2), 0},
		})
	}
	return list, nil
}

// tips are the texts of a figure's marks, or of the first whose name begins so.
func tips(t *testing.T, set *results.Set, options Options, name string) string {
	t.Helper()
	figures, _ := OfSet(set, options)
	for _, f := range figures {
		if f.Name == name || strings.HasSuffix(name, "-") && strings.HasPrefix(f.Name, name) {
			_, values, err := f.Inline(Column)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(values, "\n")
		}
	}
	t.Fatalf("no figure %s", name)
	return ""
}

// Sizes that change together with something else are one curve, told apart by
// what does not.
func TestLinkedSizes(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 2, Mixes: 4, Seeds: 1, Caches: []string{"16K", "32K", "64K"}})
	for _, c := range set.Configurations {
		c.Values["cache.l1d.ways"] = map[string]string{"16K": "4", "32K": "8", "64K": "8"}[c.Values["cache.l1d.size"]]
	}
	figures, _ := OfSet(set, Options{})
	i := slices.IndexFunc(figures, func(f *Figure) bool { return f.Name == "sizes-cache.l1d.size" })
	if i < 0 {
		t.Fatal("no figure of the sizes")
	}
	var curves []string
	for _, e := range figures[i].legend {
		curves = append(curves, e.label)
	}
	// The window does not matter to misses.
	if want := []string{"coarse (2 settings)", "single (2 settings)"}; !slices.Equal(slices.Sorted(slices.Values(curves)), want) {
		t.Errorf("curves %q, want %q", curves, want)
	}
	if c := figures[i].Caption; !strings.Contains(c, "(in bytes, logarithmic, with cache.l1d.ways that changes along)") {
		t.Error(c)
	}
}

// The curves show what the records have.
func TestSetValues(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{128}, Disciplines: 3, Mixes: 4, Seeds: 1, Sizes: []int{1, 2}, Caches: []string{"16K", "64K"}})
	settings := set.Settings()
	find := func(k results.Setting, mix string) *results.Record {
		for _, r := range set.Runs {
			if r.Setting() == k && r.Mix() == mix {
				return r
			}
		}
		t.Fatalf("no run of %s under %v", mix, k)
		return nil
	}
	labels := set.SettingLabels(settings)
	const mix = "sort + bfs"
	a, b := find(settings[0], mix), find(settings[1], mix)
	for figure, want := range map[string]string{
		"gains-stp-2":            fmt.Sprintf("%s, %s: STP, %s times that of %s", labels[0], mix, (a.Metrics.STP / b.Metrics.STP).Text(3), labels[1]),
		"tradeoff-2":             fmt.Sprintf("%s, %s: STP %s, fairness %s", labels[0], mix, a.Metrics.STP.Text(3), a.Metrics.Fairness.Text(3)),
		"pairs-1":                fmt.Sprintf("bfs beside sort: progress %s", a.Metrics.Progress[1].Text(3)),
		"sizes-cache.l1d.size-2": labels[0] + ": ",
		"threads":                labels[0] + ", 2 programs: ",
	} {
		if got := tips(t, set, Options{Reference: &settings[1]}, figure); !strings.Contains(got, want) {
			t.Errorf("%s does not say %q: %s", figure, want, got)
		}
	}
	set.Runs[0].Setup.Interval = 100
	if r := set.Runs[0]; len(r.Threads) != 2 || r.Threads[1].Instructions > 0 {
		t.Fatal("no idle thread") // which is to have no curve
	}
	for line := range strings.Lines(tips(t, set, Options{Intervals: sawtooth}, "intervals-")) {
		// Steps of four intervals: the teeth are gone.
		if !strings.HasSuffix(strings.TrimSpace(line), ": 1.50") {
			t.Errorf("over time: %s", line)
		}
	}
}

// A structure's misses are drawn over its own size, of caches and TLBs alike.
func TestSizes(t *testing.T) {
	for path, want := range map[string]struct{ stat, label string }{
		"cache.l1i.size":      {"l1i.misses", "L1I misses"},
		"cache.l4.size":       {"l4.misses", "L4 misses"},
		"tlb.i.entries":       {"tlb.i.misses", "I-TLB misses"},
		"tlb.d.entries":       {"tlb.d.misses", "D-TLB misses"},
		"tlb.d.large.entries": {"tlb.d.misses", "D-TLB misses"},
		"tlb.l2.entries":      {"tlb.l2.misses", "L2 TLB misses (page walks)"},
	} {
		set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 1, Mixes: 2, Seeds: 1})
		for digest, c := range set.Configurations {
			sized, err := results.ParseConfiguration(fmt.Sprintf("%s = %q", path, c.Values["core.rob.size"]))
			if err != nil {
				t.Fatal(err)
			}
			set.Configurations[digest] = sized
		}
		for _, r := range set.Runs {
			misses := map[string]uint64{}
			for i, p := range r.Programs {
				for _, name := range []string{"l1i.misses", "l4.misses", "tlb.i.misses", "tlb.d.misses", "tlb.l2.misses"} {
					misses[fmt.Sprintf("thread%d.%s", i, name)] = 7 * p.Instructions / 1000
				}
				n := uint64(3)
				if set.Value(r, path) == "64" {
					n = 5
				}
				misses[fmt.Sprintf("thread%d.%s", i, want.stat)] = n * p.Instructions / 1000
			}
			resultstest.Count(r, misses)
		}
		if got := tips(t, set, Options{}, "sizes-"+path); !strings.Contains(got, "64: 5.00 MPKI") || !strings.Contains(got, "128: 3.00 MPKI") {
			t.Errorf("%s: %s", path, got)
		}
		figures, _ := OfSet(set, Options{})
		for _, f := range figures {
			if strings.HasPrefix(f.Name, "sizes") && f.Title != want.label+" over "+path {
				t.Errorf("%s: %s", path, f.Title)
			}
		}
	}
}

// Pairs are counted once, whichever of the two is in the row; a program beside
// itself is a pair as well.
func TestPairs(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 4, Mixes: 6, Seeds: 2})
	conditions := func() string {
		figures, _ := OfSet(set, Options{})
		for _, f := range figures {
			if strings.HasPrefix(f.Name, "pairs") {
				return f.Conditions
			}
		}
		return ""
	}
	if got := conditions(); !strings.HasPrefix(got, "n = 6 pairs, 2 seeds;") {
		t.Error(got)
	}
	inverse, n := results.Number(0), 0
	for _, r := range set.Runs {
		if r.Setting() == set.Settings()[1] && r.Mix() == "sort + bfs" {
			r.Metrics.Progress[0] *= results.Number(r.Setup.Seed) // seeds that differ much
			inverse, n = inverse+1/r.Metrics.Progress[0], n+1
		}
	}
	if got, want := tips(t, set, Options{}, "pairs-2"), "sort beside bfs: progress "+(2/inverse).Text(3); n != 2 || !strings.Contains(got, want) {
		t.Errorf("%s does not say %q", got, want)
	}
	for _, r := range set.Runs {
		r.Programs[1] = r.Programs[0]
	}
	if got := conditions(); !strings.HasPrefix(got, "n = 3 pairs, 2 seeds;") { // six mixes of four programs have three first ones
		t.Error(got)
	}
}

// Settings that are drawn in one place have one mark, which the legend gives to
// both.
func TestCoinciding(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 4, Seeds: 1})
	settings := set.Settings()
	by := map[string]*results.Metrics{}
	for _, r := range set.Runs { // neither of single, which always coincides
		switch r.Setting() {
		case settings[1]:
			by[r.Mix()] = r.Metrics
		case settings[3]:
			r.Metrics = by[r.Mix()]
		}
	}
	labels := set.SettingLabels(settings)
	figures, _ := OfSet(set, Options{Metrics: []string{"stp", "fairness"}})
	drawn := 0
	for _, f := range figures {
		if f.Name != "tradeoff" && f.Name != "gains-stp" {
			continue
		}
		drawn++
		marks := map[string]*stroke{}
		for _, e := range f.legend {
			marks[e.label] = e.curve
		}
		if marks[labels[1]] == nil || marks[labels[1]] != marks[labels[3]] || marks[labels[1]] == marks[labels[4]] || !strings.HasSuffix(f.Caption, "Settings with the same mark, or counted in the legend, coincide.") {
			t.Errorf("%s: %v, %s", f.Name, marks, f.Caption)
		}
		if got := tips(t, set, Options{Metrics: []string{"stp", "fairness"}}, f.Name); !strings.Contains(got, "(also "+labels[3]+")") || strings.Contains(got, "\n"+labels[3]) {
			t.Errorf("%s: %s", f.Name, got)
		}
	}
	if drawn != 2 {
		t.Errorf("%d figures", drawn)
	}
}

// Of many settings that coincide a legend says what they have in common, and
// settings are too many only when their curves are.
func TestManyCoincide(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128, 192, 256, 320, 384, 448, 512, 576}, Disciplines: 3, Mixes: 4, Seeds: 1})
	if got, want := reasonOf(t, set, "gains"), "26 settings, of which a legend tells 16 apart"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	metrics := map[string]*results.Metrics{}
	for _, r := range set.Runs { // the window does not matter
		if key := r.Scheduler + r.Mix(); metrics[key] == nil {
			metrics[key] = r.Metrics
		} else {
			r.Metrics = metrics[key]
		}
	}
	figures, _ := OfSet(set, Options{Metrics: []string{"stp"}})
	var got []string
	for _, f := range figures {
		if f.Name == "gains-stp" {
			for _, e := range f.legend {
				got = append(got, e.label)
			}
		}
	}
	// The reference is one that runs under the first discipline.
	if want := []string{"barrel (8 settings)", "coarse (9 settings)", "single (9 settings)"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A CPI figure names each program, then what settings have in common but the
// discipline, and so has names of one line.
func TestCPIHeadings(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 2, Mixes: 1, Seeds: 1})
	g := newView(set, Options{}).groups[0]
	p := g.stacks()[0]
	chart := &barChart{bars: []bar{{label: p.name, heading: true}}}
	g.rows(chart, func(_, _ int, label string) *bar { return &bar{label: label} })
	var got []string
	for _, b := range chart.bars {
		switch {
		case b.below:
			b.label = "- " + b.label
		case !b.heading:
			b.label = "-- " + b.label
		}
		got = append(got, b.label)
	}
	if want := []string{p.name, "- rob.size=64", "-- coarse", "-- single", "- rob.size=128", "-- coarse", "-- single"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Programs that ran one after another stand one after another over time.
func TestIntervalsBackToBack(t *testing.T) {
	var list []results.Interval
	for part, ends := range [][]uint64{{100, 200}, {100, 200, 300}} {
		for _, end := range ends {
			list = append(list, results.Interval{
				Part: part, Begin: end - 100, End: end, Names: []string{"thread0.committed"}, Values: []int64{int64(end)},
			})
		}
	}
	at, end := starts(list)
	if at[0] != 0 || at[1] != 200 || end != 500 {
		t.Errorf("parts at %v, the end at %d", at, end)
	}
	var got []string
	for part := range 2 {
		for _, p := range rates(list, part, 0, 100, func(cycle float64) float64 { return float64(at[part]) + cycle }, "x") {
			got = append(got, fmt.Sprintf("%g: %g", p.x, p.y))
		}
	}
	if want := "50: 1, 150: 2, 250: 1, 350: 2, 450: 3"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}
