package store

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
	"pgregory.net/rapid"
)

// equal compares records, curves and sets; an undefined number equals itself.
var equal = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b results.Number) bool { return a == b || !a.Defined() && !b.Defined() }),
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fresh(t testing.TB) *Store { return open(t, filepath.Join(t.TempDir(), "runs.db")) }

// sample is a made-up set of runs.
func sample() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 4, Mixes: 3, Seeds: 2})
}

// runsOf are the runs of a set as they are stored.
func runsOf(set *results.Set) (list []Run) {
	for _, r := range slices.Concat(set.Runs, set.Baselines) {
		list = append(list, Run{Record: r, Configuration: set.Configuration(r).Text})
	}
	return list
}

func keysOf(list []*results.Record) (keys []string) {
	for _, r := range list {
		keys = append(keys, r.Key())
	}
	return keys
}

// fill stores a set, its runs as those of a plan.
func fill(t testing.TB, s *Store, set *results.Set) {
	t.Helper()
	must(t, putPlan(s, Plan{Name: "window", Text: "name = \"window\"\n", Keys: keysOf(set.Runs)}))
	for _, r := range runsOf(set) {
		must(t, s.Put(r))
	}
}

func putPlan(s *Store, p Plan) error {
	_, err := s.PutPlan(p)
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, s *Store, f Filter) *results.Set {
	t.Helper()
	set, err := s.Load(f)
	must(t, err)
	return set
}

// stripped are records without metrics.
func stripped(list []*results.Record) (out []*results.Record) {
	for _, r := range list {
		c := *r
		c.Metrics = nil
		out = append(out, &c)
	}
	return out
}

// A set comes back as it was stored, by the handle that stored it and by
// another.
func TestSetRoundTrip(t *testing.T) {
	want := sample()
	s := fresh(t)
	fill(t, s, want)
	readonly, err := OpenReadOnly(s.Path())
	must(t, err)
	defer readonly.Close()
	for _, s := range []*Store{s, readonly} {
		got := load(t, s, Filter{})
		for name, lists := range map[string][2][]*results.Record{"runs": {want.Runs, got.Runs}, "baselines": {want.Baselines, got.Baselines}} {
			if diff := cmp.Diff(stripped(lists[0]), stripped(lists[1]), equal); diff != "" {
				t.Errorf("%s (-stored +loaded):\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(want.Configurations, got.Configurations); diff != "" {
			t.Error(diff)
		}
	}
}

// Whatever a record, a curve or intervals hold comes back.
func TestRoundTrip(t *testing.T) {
	s := fresh(t)
	number := 0
	rapid.Check(t, func(t *rapid.T) {
		want := Run{Record: anyRecord(t), Configuration: "threads = 2\n", Intervals: anyIntervals(t), Curve: anyCurve(t)}
		number++
		want.Record.Setup.Model = strconv.Itoa(number) // each a run of its own
		key, solo := want.Record.Key(), want.Record.Identity().SoloKey(0)
		if err := s.Put(want); err != nil {
			t.Fatal(err)
		}
		got := Run{Configuration: want.Configuration}
		var err error
		if got.Record, err = s.Record(key); err != nil {
			t.Fatal(err)
		}
		if got.Intervals, err = s.Intervals(key); err != nil {
			t.Fatal(err)
		}
		if got.Curve, err = s.Curve(solo); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Fatalf("(-stored +read):\n%s", diff)
		}
	})
}

func anyRecord(t *rapid.T) *results.Record {
	text := rapid.StringN(0, 12, -1)
	number := rapid.Uint64()
	r := &results.Record{
		Schema: results.Schema, Machine: text.Draw(t, "machine"), Scheduler: text.Draw(t, "scheduler"), End: "all",
		Cycles: number.Draw(t, "cycles"), Instructions: number.Draw(t, "instructions"),
		IPC: anyNumber(t), Utilization: anyNumber(t),
		Stats: results.NewStats(rapid.MapOf(rapid.StringMatching(`[a-z0-9.]{1,12}`), number).Draw(t, "stats")),
		Setup: results.Setup{
			Config:   rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "config"),
			Contexts: 2, Insts: number.Draw(t, "insts"), Seed: number.Draw(t, "seed"), Root: text.Draw(t, "root"),
		},
		Host: results.Host{Seconds: rapid.Float64().Draw(t, "seconds"), KIPS: 1},
	}
	for range rapid.IntRange(1, 3).Draw(t, "programs") {
		p := results.Program{
			Workload: text.Draw(t, "workload"), Digest: text.Draw(t, "digest"), Start: number.Draw(t, "start"), Whole: rapid.Bool().Draw(t, "whole"),
			Stdout: rapid.SliceOf(rapid.Byte()).Draw(t, "stdout"), Stderr: rapid.SliceOf(rapid.Byte()).Draw(t, "stderr"),
		}
		if code := rapid.IntRange(-1, 255).Draw(t, "exit code"); code >= 0 {
			p.ExitCode = &code
		}
		r.Programs = append(r.Programs, p)
		r.Threads = append(r.Threads, results.Thread{ID: len(r.Threads), IPC: anyNumber(t), MLP: anyNumber(t), TopDown: map[string]results.Number{"retiring": anyNumber(t)}})
	}
	return r
}

func anyNumber(t *rapid.T) results.Number {
	if rapid.Bool().Draw(t, "undefined") {
		return results.Undefined
	}
	return results.Number(rapid.Float64().Draw(t, "number"))
}

func anyIntervals(t *rapid.T) (list []results.Interval) {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z.]{1,8}`), 1, 6, rapid.ID[string]).Draw(t, "names")
	for range rapid.IntRange(0, 20).Draw(t, "intervals") {
		list = append(list, results.Interval{
			Part: rapid.IntRange(0, 3).Draw(t, "part"), Begin: rapid.Uint64().Draw(t, "begin"), End: rapid.Uint64().Draw(t, "end"),
			Names: names, Values: rapid.SliceOfN(rapid.Int64(), len(names), len(names)).Draw(t, "values"),
		})
	}
	return list
}

func anyCurve(t *rapid.T) *results.Curve {
	c := &results.Curve{Points: []results.CurvePoint{}, Ended: rapid.Bool().Draw(t, "ended")}
	p := results.CurvePoint{}
	for range rapid.IntRange(0, 50).Draw(t, "points") {
		p.Instructions += rapid.Uint64Range(0, 1<<40).Draw(t, "instructions")
		p.Cycles += rapid.Uint64Range(0, 1<<40).Draw(t, "cycles")
		c.Points = append(c.Points, p)
	}
	return c
}

// What a run is measured against comes from the store: the curve of each
// program alone, and the solo run for those of several threads.
func TestMeasured(t *testing.T) {
	set := sample()
	s := fresh(t)
	fill(t, s, set)
	r := set.Runs[0]
	without := load(t, s, Filter{})
	if m := without.Runs[0].Metrics; m.STP.Defined() || without.WithoutSolo() != len(without.Runs) {
		t.Fatalf("STP is %v without a curve, and %d runs have none", m.STP, without.WithoutSolo())
	}
	id := r.Identity()
	solo := make([]*results.Curve, len(r.Programs))
	for i := range r.Programs {
		solo[i] = &results.Curve{Points: []results.CurvePoint{{Instructions: 0, Cycles: 0}, {Instructions: 1_000_000, Cycles: 3_000_000}, {Instructions: 2_000_000, Cycles: 7_000_000}, {Instructions: 3_000_000, Cycles: 9_000_000}}}
		must(t, s.PutCurve(id.SoloKey(i), solo[i]))
	}
	want := results.Measure(r, solo)
	with := load(t, s, Filter{})
	lack := 0
	for _, r := range with.Runs {
		if !r.Metrics.STP.Defined() {
			lack++
		}
	}
	if n := with.WithoutSolo(); n != lack || n == len(with.Runs) {
		t.Errorf("%d of %d runs have no STP, not %d", n, len(with.Runs), lack)
	}
	if got := with.Runs[0]; got.Key() != r.Key() || !want.STP.Defined() || !cmp.Equal(*got.Metrics, want, equal) {
		t.Errorf("metrics are %v, want %v", got.Metrics, want)
	}
}

// A plan is what was asked for last, in its order, also in a store that an older
// version has made, which kept neither.
func TestEditions(t *testing.T) {
	set := sample()
	s := fresh(t)
	fill(t, s, set)
	keys := keysOf(set.Runs)
	age(t, s, 3, Plan{Name: "window", Text: "1", Keys: keys[:20]}, Plan{Name: "window", Text: "2", Keys: keys[10:30]})
	must(t, s.Close())
	s = open(t, s.Path())
	if got := load(t, s, Filter{Plan: "window"}); !slices.Equal(keysOf(got.Runs), keys[:30]) {
		t.Errorf("of an older version there are %d runs, want 30", len(got.Runs))
	}
	last := slices.Concat(keys[30:36], keys[24:30])
	for _, c := range []struct {
		keys []string
		left int
	}{{keys[:5], 25}, {last, 5}, {last, 0}, {last[:9], 3}, {last, 0}} {
		left, err := s.PutPlan(Plan{Name: "window", Text: "3", Keys: c.keys})
		must(t, err)
		got := load(t, s, Filter{Plan: "window"})
		if !slices.Equal(keysOf(got.Runs), c.keys) || left != c.left {
			t.Errorf("the plan has\n%q, want\n%q; %d have left it, want %d", keysOf(got.Runs), c.keys, left, c.left)
		}
	}
	if got := load(t, s, Filter{}); !slices.Equal(keysOf(got.Runs), last) || got.Unplanned != len(keys)-len(last) {
		t.Errorf("the store has %d runs of its plan and %d of none", len(got.Runs), got.Unplanned)
	}
	must(t, putPlan(s, Plan{Name: "other", Text: "3", Keys: keys[:1]}))
	if got := load(t, s, Filter{}); !slices.Equal(keysOf(got.Runs), append(keys[:1:1], keys[24:36]...)) {
		t.Errorf("of two plans: %q", keysOf(got.Runs))
	}
	if _, err := s.Verify(); err != nil {
		t.Error(err)
	}
}

// Where there are plans the failures are those of runs that a chosen plan asks for,
// and of the solo runs that these need; in a store without plans all are.
func TestPlansOfFailures(t *testing.T) {
	set := sample()
	s := fresh(t)
	fail := func(r *results.Record) (keys []string) {
		id := r.Identity()
		must(t, s.PutFailure(id, "", "it ran into a wall"))
		keys = append(keys, id.Key())
		for _, program := range id.Programs {
			solo := id
			solo.Programs, solo.Scheduler, solo.Setup.Contexts = []results.ProgramID{program}, single, 1
			must(t, s.PutFailure(solo, "", "it ran into a wall"))
			keys = append(keys, solo.Key())
		}
		return keys
	}
	check := func(f Filter, want ...[]string) {
		t.Helper()
		var got []string
		for _, f := range load(t, s, f).Failed {
			got = append(got, f.Key())
		}
		slices.Sort(got)
		all := slices.Concat(want...)
		slices.Sort(all)
		if all = slices.Compact(all); !slices.Equal(got, all) {
			t.Errorf("%+v: the failures are\n%q, want\n%q", f, got, all)
		}
	}
	mix := func(i int) *results.Record {
		r := *set.Runs[0]
		r.Programs = slices.Clone(r.Programs)
		for p := range r.Programs {
			r.Programs[p].Digest = fmt.Sprint(i, p)
		}
		return &r
	}
	first, second, finished := fail(mix(1)), fail(mix(2)), fail(mix(3))
	check(Filter{}, first, second, finished)
	must(t, s.Put(Run{Record: mix(3), Configuration: set.Configuration(mix(3)).Text}))
	finished = finished[1:]
	must(t, putPlan(s, Plan{Name: "one", Text: "first", Keys: []string{first[0]}}))
	check(Filter{}, first)
	must(t, putPlan(s, Plan{Name: "other", Text: "second", Keys: []string{second[0], mix(3).Key()}}))
	check(Filter{}, first, second, finished)
	check(Filter{Plan: "one"}, first)
	check(Filter{Plan: "other"}, second, finished)
	check(Filter{Plan: "other", Model: mix(3).Setup.Model}, second, finished)
}

// Plans decide which runs are results, and a filter which of them.
func TestPlans(t *testing.T) {
	set := sample()
	s := fresh(t)
	for _, r := range runsOf(set) {
		must(t, s.Put(r))
	}
	mix, solo := set.Runs[0], set.Baselines[0]
	if all := load(t, s, Filter{}); len(all.Runs) != len(set.Runs) || all.Unplanned != 0 {
		t.Errorf("without a plan %d runs of %d, %d left out", len(all.Runs), len(set.Runs), all.Unplanned)
	}
	must(t, putPlan(s, Plan{Name: "one", Text: "first", Keys: keysOf(set.Runs[:3])}))
	must(t, putPlan(s, Plan{Name: "other", Text: "second", Keys: []string{solo.Key(), mix.Key(), fmt.Sprintf("%032x", 1)}}))

	all := load(t, s, Filter{})
	if len(all.Runs) != 4 || all.Unplanned != len(set.Runs)-3 || len(all.Baselines) >= len(set.Baselines)-1 || slices.Contains(keysOf(all.Baselines), solo.Key()) {
		t.Errorf("%d runs, %d left out and %d baselines", len(all.Runs), all.Unplanned, len(all.Baselines))
	}
	one := load(t, s, Filter{Plan: "one"})
	if want := keysOf(set.Runs[:3]); !slices.Equal(keysOf(one.Runs), want) {
		t.Errorf("plan one has %q, want %q", keysOf(one.Runs), want)
	}
	for _, b := range all.Baselines {
		if !slices.Contains(keysOf(one.Baselines), b.Key()) {
			t.Errorf("baseline %s is of runs that are left out", b.Key())
		}
	}
	needed := make(map[string]bool)
	for _, r := range set.Runs[:3] {
		for _, p := range r.Programs {
			for _, b := range set.Baselines {
				if b.Programs[0].Digest == p.Digest && b.Setup.Config == r.Setup.Config && b.Setup.Seed == r.Setup.Seed {
					needed[b.Key()] = true
				}
			}
		}
	}
	if got, want := slices.Sorted(slices.Values(keysOf(one.Baselines))), slices.Sorted(maps.Keys(needed)); !slices.Equal(got, want) {
		t.Errorf("baselines of plan one are %q, want %q", got, want)
	}
	if _, err := s.Load(Filter{Model: "none"}); err == nil || !strings.Contains(err.Error(), `unknown version of the model "none" (known: 1)`) {
		t.Errorf("a model that no run is of: %v", err)
	}
	if _, err := s.Load(Filter{Plan: "oen"}); err == nil || !strings.Contains(err.Error(), `unknown plan "oen", did you mean "one"?`) {
		t.Errorf("plan oen: %v", err)
	}
}
