package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// addedOf is how many rows of a table were added or removed.
func addedOf(counts []Count, t *table) int {
	for _, c := range counts {
		if c.What == t.name {
			return c.Rows
		}
	}
	return -1
}

// stores are a set dealt out to n stores, which share some of it, as shards
// have baselines in common.
func stores(t *testing.T, set *results.Set, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		s := open(t, filepath.Join(dir, string(rune('a'+i))+".db"))
		var mine []*results.Record
		for k, r := range set.Runs {
			if k%n == i {
				mine = append(mine, r)
			}
		}
		must(t, putPlan(s, Plan{Name: "window", Text: "the same", Keys: keysOf(set.Runs)}))
		for _, r := range runsOf(&results.Set{Runs: mine, Baselines: set.Baselines, Configurations: set.Configurations}) {
			r.Record = onHost(r.Record, float64(i))
			must(t, s.Put(r))
		}
		must(t, s.Close())
		paths = append(paths, s.Path())
	}
	return paths
}

// onHost is a record as another host would have made it.
func onHost(r *results.Record, seconds float64) *results.Record {
	c := *r
	c.Host = results.Host{Seconds: seconds + 1, KIPS: 100}
	return &c
}

// hostless are records without metrics and without what they cost.
func hostless(list []*results.Record) []*results.Record {
	list = stripped(list)
	for _, r := range list {
		r.Host = results.Host{}
	}
	return list
}

// The stores of shards make the store of the whole, in any order, and merging
// again adds nothing.
func TestMerge(t *testing.T) {
	want := sample()
	paths := stores(t, want, 3)
	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}} {
		into := filepath.Join(t.TempDir(), "all.db")
		from := []string{paths[order[0]], paths[order[1]], paths[order[2]]}
		merged, err := Merge(into, from...)
		must(t, err)
		counts := merged.Counts
		if n := addedOf(counts, runs); n != len(want.Runs)+len(want.Baselines) {
			t.Errorf("%d runs were added, of %d", n, len(want.Runs)+len(want.Baselines))
		}
		s, err := OpenReadOnly(into)
		must(t, err)
		got := load(t, s, Filter{})
		if diff := cmp.Diff(hostless(want.Runs), hostless(got.Runs), equal); diff != "" {
			t.Errorf("(-whole +merged):\n%s", diff)
		}
		if diff := cmp.Diff(hostless(want.Baselines), hostless(got.Baselines), equal); diff != "" {
			t.Errorf("(-whole +merged):\n%s", diff)
		}
		s.Close()
		merged, err = Merge(into, from...)
		must(t, err)
		for _, c := range merged.Counts {
			if c.Rows != 0 {
				t.Errorf("merging again added %d %s", c.Rows, c.What)
			}
		}
	}
}

// Of two editions of a plan that which was swept last stays, in any order, and
// the other is named; the parts of one that an older version has stored make one.
func TestMergeEditions(t *testing.T) {
	set := sample()
	keys := keysOf(set.Runs)
	part := func(aged bool, p ...Plan) string {
		s := fresh(t)
		for _, r := range runsOf(set) {
			must(t, s.Put(r))
		}
		for i := range p {
			must(t, putPlan(s, p[i]))
		}
		if aged {
			age(t, s, 3, p...)
		}
		must(t, s.Close())
		return s.Path()
	}
	first := part(true, Plan{Name: "window", Text: "1", Keys: keys[:10]})
	second := part(true, Plan{Name: "window", Text: "1", Keys: keys[10:20]})
	third := part(false, Plan{Name: "window", Text: "1", Keys: keys[:20]})
	fourth := part(false, Plan{Name: "window", Text: "2", Keys: keys[30:]})
	fifth := part(false, Plan{Name: "window", Text: "2", Keys: keys[30:]})
	for _, c := range []struct {
		from []string
		keys []string
		want []Edition
	}{
		{[]string{first, second}, keys[:20], nil},
		{[]string{first, third, second}, keys[:20], nil},
		{[]string{third, fourth, fifth}, keys[30:], []Edition{{"window", fourth, third}}},
		{[]string{fifth, fourth, third}, keys[30:], []Edition{{"window", fifth, third}}},
		{[]string{fourth, second}, keys[30:], []Edition{{"window", fourth, second}}},
	} {
		into := filepath.Join(t.TempDir(), "all.db")
		merged, err := Merge(into, c.from...)
		must(t, err)
		if diff := cmp.Diff(c.want, merged.Editions); diff != "" {
			t.Error(diff)
		}
		if got := load(t, open(t, into), Filter{Plan: "window"}); !slices.Equal(keysOf(got.Runs), c.keys) {
			t.Errorf("%d runs, want %d", len(got.Runs), len(c.keys))
		}
	}
}

// Stores that disagree on a run are not merged, and the error names it.
func TestMergeConflict(t *testing.T) {
	set := sample()
	paths := stores(t, set, 2)
	changed := *set.Baselines[3]
	resultstest.Count(&changed, map[string]uint64{"committed": changed.Stats.Of("committed") + 1})
	other := open(t, filepath.Join(t.TempDir(), "other.db"))
	must(t, other.Put(Run{Record: &changed, Configuration: set.Configuration(&changed).Text}))
	must(t, other.Close())

	_, err := Merge(paths[0], paths[1], other.Path())
	var conflict *Conflict
	if !errors.As(err, &conflict) || conflict.Key != changed.Key() || !strings.Contains(err.Error(), other.Path()) || !strings.Contains(conflict.Difference, "committed is") {
		t.Fatalf("%v", err)
	}
	s := open(t, paths[0])
	if got := load(t, s, Filter{}); len(got.Runs) != len(set.Runs)/2 {
		t.Errorf("%d runs after a refused merge, %d before", len(got.Runs), len(set.Runs)/2)
	}
	if err := s.Put(Run{Record: &changed, Configuration: set.Configuration(&changed).Text}); !errors.As(err, &conflict) {
		t.Errorf("storing another result under the same key: %v", err)
	}
}

// A finished run wins over a failed one, whichever comes first.
func TestFailures(t *testing.T) {
	set := sample()
	r := runsOf(set)[0]
	id := r.Record.Identity()
	s := fresh(t)
	must(t, s.PutFailure(id, "", "it ran into a wall"))
	must(t, s.PutFailure(id, r.Configuration, "it timed out"))
	if got := load(t, s, Filter{}); len(got.Failed) != 1 || got.Failed[0].Error != "it timed out" || got.Failed[0].Key() != r.Record.Key() || got.Configurations[id.Setup.Config] == nil {
		t.Errorf("failures are %v, with %v", got.Failed, got.Configurations)
	}
	failed := s.Path()
	other := fresh(t)
	must(t, other.Put(r))
	must(t, other.PutFailure(id, "", "too late"))
	if got := load(t, other, Filter{}); len(got.Failed) != 0 || len(got.Runs) != 1 {
		t.Errorf("a finished run failed: %v", got.Failed)
	}
	must(t, s.Close())
	must(t, other.Close())
	for _, order := range [][]string{{failed, other.Path()}, {other.Path(), failed}} {
		into := filepath.Join(t.TempDir(), "all.db")
		_, err := Merge(into, order...)
		must(t, err)
		if got := load(t, open(t, into), Filter{}); len(got.Failed) != 0 || len(got.Runs) != 1 {
			t.Errorf("merged: %d runs, failures %v", len(got.Runs), got.Failed)
		}
	}
}

// Of solo curves the longest stays, and one that is no continuation is refused.
func TestCurves(t *testing.T) {
	points := func(cycles ...uint64) *results.Curve {
		c := &results.Curve{}
		for i, t := range cycles {
			c.Points = append(c.Points, results.CurvePoint{Instructions: 10 * uint64(i), Cycles: t})
		}
		return c
	}
	short, long := points(0, 5, 9), points(0, 5, 9, 13, 20)
	wrong, early := points(0, 5, 8, 13, 20, 21), points(0, 5, 9, 13)
	long.Ended, early.Ended = true, true
	for _, order := range [][]*results.Curve{{short, long}, {long, short}} {
		s := fresh(t)
		for _, c := range order {
			must(t, s.PutCurve("cafe", c))
		}
		got, err := s.Curve("cafe")
		must(t, err)
		if diff := cmp.Diff(long, got); diff != "" {
			t.Error(diff)
		}
		var conflict *Conflict
		for _, other := range []*results.Curve{wrong, early, points(0, 5, 9, 13, 20, 22)} {
			if err := s.PutCurve("cafe", other); !errors.As(err, &conflict) || conflict.Key != "cafe" {
				t.Errorf("curve %v: %v", other, err)
			}
		}
	}
	if none, err := fresh(t).Curve("cafe"); none != nil || err != nil {
		t.Errorf("a curve that is not there: %v, %v", none, err)
	}
}

func TestMergeErrors(t *testing.T) {
	s := fresh(t)
	must(t, s.Close())
	if _, err := Merge(s.Path(), s.Path()); err == nil || !strings.Contains(err.Error(), "into itself") {
		t.Errorf("into itself: %v", err)
	}
	into := filepath.Join(t.TempDir(), "new.db")
	if _, err := Merge(into, "no-such.db", s.Path(), "nor-this.db"); err == nil || !strings.Contains(err.Error(), "no-such.db") || !strings.Contains(err.Error(), "nor-this.db") {
		t.Errorf("missing stores: %v", err)
	}
	if _, err := os.Stat(into); err == nil {
		t.Error("a merge of nothing made a store")
	}
}

// Garbage collection keeps the runs of the model that plans ask for, and what
// they need.
func TestGC(t *testing.T) {
	set := sample()
	s := fresh(t)
	fill(t, s, set)
	old := *set.Runs[0]
	old.Setup.Model = "0"
	old.Setup.Config = strings.Repeat("0", 64)
	old.Stats = results.NewStats(map[string]uint64{"a.counter.of.its.own": 1})
	lonely := *set.Baselines[0]
	lonely.Setup.Seed = 99
	must(t, putPlan(s, Plan{Name: "old", Text: "old", Keys: []string{old.Key(), set.Runs[0].Key()}}))
	must(t, putPlan(s, Plan{Name: "older", Text: "older", Keys: []string{old.Key()}}))
	interval := results.Interval{End: 5, Names: []string{"a.series.of.its.own"}, Values: []int64{3}}
	must(t, s.Put(Run{Record: &old, Configuration: "threads = 9\n", Intervals: []results.Interval{interval}}))
	must(t, s.Put(Run{Record: &lonely, Configuration: set.Configuration(&lonely).Text, Curve: &results.Curve{}}))
	kept := set.Runs[1].Identity()
	must(t, s.PutCurve(kept.SoloKey(0), &results.Curve{}))
	must(t, s.PutFailure(results.Identity{Machine: "default"}, "", "no"))

	needed := keysOf(load(t, s, Filter{Plan: "window"}).Baselines)
	want := map[*table]int{runs: 2 + len(set.Baselines) - len(needed), configurations: 1, lists: 2, copies: 2, series: 1, curves: 1, failures: 1, plans: 1}
	for _, dry := range []bool{true, false} {
		before := load(t, s, Filter{})
		removed, err := s.GC(Garbage{Model: set.Runs[0].Setup.Model, Dry: dry})
		must(t, err)
		counts := removed.Counts
		for _, table := range tables {
			if got := addedOf(counts, table); got != want[table] {
				t.Errorf("dry run %v: %d %s removed, want %d", dry, got, table.name, want[table])
			}
		}
		if after := load(t, s, Filter{}); dry && len(after.Runs) != len(before.Runs) {
			t.Error("a dry run has removed runs")
		}
	}
	got := load(t, s, Filter{})
	if !slices.Equal(keysOf(got.Runs), keysOf(set.Runs)) || len(got.Failed) > 0 {
		t.Errorf("%d runs are left, want %d; failures %v", len(got.Runs), len(set.Runs), got.Failed)
	}
	if !slices.Equal(keysOf(got.Baselines), needed) || len(needed) == 0 {
		t.Errorf("baselines %q are left, want %q", keysOf(got.Baselines), needed)
	}
	if old := load(t, s, Filter{Plan: "old"}); !slices.Equal(keysOf(old.Runs), keysOf(set.Runs[:1])) {
		t.Errorf("plan old has %q", keysOf(old.Runs))
	}
	if _, err := s.Verify(); err != nil {
		t.Error(err)
	}
}

// Runs that have left their plan stay until they are said to be garbage, when
// they are of several programs, and how many of each kind is said.
func TestGCUnplanned(t *testing.T) {
	set := sample()
	s := fresh(t)
	all := append(keysOf(set.Runs), keysOf(set.Baselines)...)
	for _, r := range runsOf(set) {
		must(t, s.Put(r))
	}
	must(t, putPlan(s, Plan{Name: "window", Text: "1", Keys: all}))
	must(t, putPlan(s, Plan{Name: "window", Text: "2", Keys: keysOf(set.Runs[:4])}))
	lonely := *set.Baselines[0]
	lonely.Setup.Seed = 99
	must(t, s.Put(Run{Record: &lonely, Configuration: set.Configuration(&lonely).Text}))
	for _, c := range []struct {
		what Garbage
		left int
	}{{Garbage{Model: "1"}, len(set.Runs)}, {Garbage{Model: "1", Unplanned: true}, 4}} {
		removed, err := s.GC(c.what)
		must(t, err)
		if got := addedOf(removed.Counts, runs); removed.Unplanned != len(set.Runs)-4 || got != removed.Solo+(len(set.Runs)-c.left) || removed.Solo == 0 && !c.what.Unplanned {
			t.Errorf("%+v: %+v, %d runs", c.what, removed, got)
		}
		if got := load(t, s, Filter{}); len(got.Runs)+got.Unplanned != c.left || len(got.Runs) != 4 {
			t.Errorf("%+v: %d runs and %d of no plan are left, want %d", c.what, len(got.Runs), got.Unplanned, c.left)
		}
	}
}
