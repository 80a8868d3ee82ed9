package results_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func small() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{256, 64, 1024}, Disciplines: 3, Mixes: 4, Seeds: 2})
}

// The factors of a set are what its runs differ in, with sizes in order.
func TestFactors(t *testing.T) {
	s := small()
	var paths []string
	for _, f := range s.Factors() {
		paths = append(paths, f.Path)
	}
	if want := []string{"core.rob.size", "scheduler", "contexts", "mix", "seed"}; !slices.Equal(paths, want) {
		t.Errorf("factors %q, want %q", paths, want)
	}
	if got := s.Factors()[0].Values; !slices.Equal(got, []string{"64", "256", "1024"}) {
		t.Errorf("windows %q", got)
	}
}

// What failed was asked for: its values are among those of the factors, and in the
// labels of settings, unless it was to be a baseline alone.
func TestFactorsOfFailed(t *testing.T) {
	s := small()
	config := ""
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		if s.Value(r, "core.rob.size") == "1024" {
			config = r.Setup.Config
		}
		return s.Value(r, "core.rob.size") != "64"
	})
	failed := s.Runs[0].Identity()
	failed.Setup.Config = config
	for solo, want := range map[bool]string{true: "barrel", false: "rob.size=64, barrel"} {
		s.Failed = []results.FailedRun{{Identity: failed, Solo: solo}}
		if label := s.SettingLabels(s.Settings())[0]; label != want {
			t.Errorf("beside a failed one (a baseline %v) it is %q, want %q", solo, label, want)
		}
	}
	if f := s.Factors()[0]; !slices.Equal(f.Values, []string{"64", "1024"}) {
		t.Errorf("%+v", f)
	}
}

// The order of a set does not depend on that in which its runs came.
func TestSetOrder(t *testing.T) {
	a, b := small(), small()
	slices.Reverse(b.Runs)
	b.Sort()
	for i := range a.Runs {
		if a.Runs[i].Key() != b.Runs[i].Key() {
			t.Fatalf("run %d differs", i)
		}
	}
	if a.Value(a.Runs[0], "core.rob.size") != "64" || a.Value(a.Runs[len(a.Runs)-1], "core.rob.size") != "1024" {
		t.Error("not by the size of the window")
	}
}

// Settings and mixes stand as they come in a plan, also where the first run of
// one has failed.
func TestSetOrderOfPlan(t *testing.T) {
	s := small()
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool { return r.Setup.Seed != 1 })
	place := make(map[string]int)
	var want []string
	add := func(setting, mix int) {
		place[s.Runs[4*setting+mix].Key()] = len(place)
	}
	for _, mix := range []int{2, 0, 3, 1} { // the schedulers fastest, as in a plan
		for _, setting := range []int{7, 6, 8} {
			add(setting, mix)
		}
	}
	for _, mix := range []int{2, 0, 3, 1} {
		for _, setting := range []int{1, 0, 2} {
			add(setting, mix)
		}
	}
	for _, setting := range []int{7, 6, 8, 1, 0, 2} {
		for _, mix := range []int{2, 0, 3, 1} {
			want = append(want, s.Runs[4*setting+mix].Key())
		}
	}
	failed := s.Runs[4*7+2]
	// A solo run that failed comes last: no plan asks for it.
	s.Failed = []results.FailedRun{{Identity: s.Runs[11].Identity(), Solo: true}, {Identity: failed.Identity()}}
	s.Runs = slices.DeleteFunc(s.Runs, func(r *results.Record) bool {
		_, ok := place[r.Key()]
		return !ok || r == failed
	})
	s.SortRuns(place)
	var got []string
	for _, r := range s.Runs {
		got = append(got, r.Key())
	}
	if !slices.Equal(got, want[1:]) {
		t.Errorf("%q, want %q", got, want[1:])
	}
	if s.Failed[1].Solo != true || s.Failed[0].Key() != failed.Key() {
		t.Errorf("failures in the order %+v", s.Failed)
	}
	if f := s.Factors()[0]; f.Path != "core.rob.size" || !slices.Equal(f.Values, []string{"1024", "64"}) {
		t.Errorf("values of %s: %q", f.Path, f.Values)
	}
}

// Whatever a result may depend on makes another run; what does not, does not.
func TestKey(t *testing.T) {
	base := *small().Runs[0]
	key := base.Key()
	for name, change := range map[string]func(*results.Record){
		"machine":   func(r *results.Record) { r.Machine = "other" },
		"scheduler": func(r *results.Record) { r.Scheduler = "rr" },
		"program":   func(r *results.Record) { r.Programs[0].Digest = "0" },
		"order":     func(r *results.Record) { slices.Reverse(r.Programs) },
		"model":     func(r *results.Record) { r.Setup.Model = "0" },
		"config":    func(r *results.Record) { r.Setup.Config = "0" },
		"contexts":  func(r *results.Record) { r.Setup.Contexts++ },
		"warmup":    func(r *results.Record) { r.Setup.Warmup++ },
		"insts":     func(r *results.Record) { r.Setup.Insts++ },
		"until":     func(r *results.Record) { r.Setup.Until = "first" },
		"seed":      func(r *results.Record) { r.Setup.Seed++ },
		"memory":    func(r *results.Record) { r.Setup.Memory++ },
		"root":      func(r *results.Record) { r.Setup.Root = "/" },
		"interval":  func(r *results.Record) { r.Setup.Interval = 1000 },
	} {
		r := base
		r.Programs = slices.Clone(base.Programs)
		change(&r)
		if r.Key() == key {
			t.Errorf("%s: the same key", name)
		}
	}
	r := base
	r.Cycles, r.Host.Seconds = 1, 7
	if r.Key() != key {
		t.Error("what was measured changes the key")
	}
}

// One curve serves every mix: no discipline is in its name, but what is
// measured.
func TestSoloKey(t *testing.T) {
	id := small().Runs[0].Identity()
	key := id.SoloKey(0)
	other := id
	other.Scheduler, other.Setup.Contexts, other.Setup.Until = "rr", 4, "first"
	if other.SoloKey(0) != key || id.SoloKey(1) == key {
		t.Error("solo keys differ by discipline, or do not by program")
	}
	for what, change := range map[string]func(*results.Setup){
		"a fast-forward": func(s *results.Setup) { s.FastForward++ },
		"a warm-up":      func(s *results.Setup) { s.Warmup++ },
		"a length":       func(s *results.Setup) { s.Insts++ },
	} {
		other := id
		if change(&other.Setup); other.SoloKey(0) == key {
			t.Errorf("%s makes no other curve", what)
		}
	}
}

// The labels of settings are unique.
func TestSettingLabels(t *testing.T) {
	s := small()
	labels := s.SettingLabels(s.Settings())
	if len(labels) != 9 || labels[0] != "rob.size=64, barrel" {
		t.Errorf("%q", labels)
	}
	slices.Sort(labels)
	if len(slices.Compact(labels)) != 9 {
		t.Errorf("not unique: %q", labels)
	}
}

// Among settings, too, a discipline is named by what of it is not the default.
func TestSettingLabelsNameChanges(t *testing.T) {
	s := small()
	for _, r := range s.Runs {
		if strings.HasPrefix(r.Scheduler, "coarse:") {
			r.SchedulerChanges = []string{"timer=2000"}
		}
	}
	labels := s.SettingLabels(s.Settings())
	if !slices.Contains(labels, "rob.size=64, coarse:timer=2000") || !slices.Contains(labels, "rob.size=64, barrel") {
		t.Errorf("%q", labels)
	}
}

// What settings do not tell apart is said.
func TestUnlike(t *testing.T) {
	s := small()
	if list := s.Unlike(); list != nil {
		t.Errorf("%q differ in a set of one experiment", list)
	}
	s.Runs[1].Setup.Insts++
	s.Runs[2].Setup.Model = "other"
	s.Runs[3].Programs[0].Digest = "rebuilt"
	if list, want := s.Unlike(), []string{"contents of " + s.Runs[3].Programs[0].Workload, "insts", "model"}; !slices.Equal(list, want) {
		t.Errorf("%q, want %q", list, want)
	}
}

// A choice goes by its name where that is enough, and an axis by the end of its
// path where that is.
func TestShortLabels(t *testing.T) {
	s := small()
	for i, c := range []string{"gshare:bits=15", "tage:size=64", "tage:size=8"} {
		config := slices.Sorted(maps.Keys(s.Configurations))[i]
		s.Configurations[config].Values["branch.direction"] = c
		s.Configurations[config].Values["cache.l1d.size"] = []string{"8K", "16K", "32K"}[i]
		s.Configurations[config].Values["tlb.l1d.size"] = []string{"8", "16", "32"}[i]
	}
	label := s.SettingLabels(s.Settings())[0]
	if want := "branch.direction=gshare:bits=15, cache.l1d.size=8K, rob.size=64, tlb.l1d.size=8, barrel"; label != want {
		t.Errorf("%q, want %q", label, want)
	}
	for _, c := range s.Configurations { // the cache has an l1d, if one size of it
		c.Values["cache.l1d.size"] = "8K"
	}
	if label := s.SettingLabels(s.Settings())[0]; !strings.Contains(label, ", tlb.l1d.size=8, ") || strings.Contains(label, "8K") {
		t.Errorf("%q", label)
	}
	for _, c := range s.Configurations {
		if c.Values["branch.direction"] == "tage:size=8" {
			c.Values["branch.direction"] = "bimodal:bits=10"
		}
	}
	if label := s.SettingLabels(s.Settings())[0]; !strings.HasPrefix(label, "branch.direction=gshare, ") {
		t.Errorf("%q", label)
	}
}

// A program that was measured before it made threads needs no solo run.
func TestWithoutSolo(t *testing.T) {
	of := func(threads int) *results.Record {
		return &results.Record{Programs: []results.Program{{Digest: "d", Threads: threads, Instructions: 9}}, Metrics: &results.Metrics{Progress: []results.Number{results.Undefined}}}
	}
	for threads, want := range map[int]int{1: 1, 2: 0} {
		s := &results.Set{Runs: []*results.Record{of(1)}, Baselines: []*results.Record{of(threads)}}
		if n := s.WithoutSolo(); n != want {
			t.Errorf("alone it has %d threads: %d runs want for a solo run, not %d", threads, n, want)
		}
	}
}
