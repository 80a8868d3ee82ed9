package diff_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/diff"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func sample() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 3, Mixes: 2, Seeds: 2})
}

func find(t *testing.T, r *diff.Result, name string) diff.Statistic {
	t.Helper()
	for _, s := range r.Statistics {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("%s has not changed", name)
	return diff.Statistic{}
}

// A set differs in nothing from itself, in whatever order.
func TestSame(t *testing.T) {
	a, b := sample(), sample()
	slices.Reverse(b.Runs)
	r := diff.Sets(a, b)
	if len(r.Pairs) != len(a.Runs) || r.Equal != len(a.Runs) || len(r.OnlyA)+len(r.OnlyB)+len(r.Settings)+len(r.Statistics)+len(r.OneSided)+len(r.Outputs) != 0 {
		t.Errorf("%+v", r)
	}
}

// The relatively largest change comes first, from nothing before all others.
func TestOrder(t *testing.T) {
	a, b := sample(), sample()
	set := func(name string, x, y uint64) {
		resultstest.Count(a.Runs[0], map[string]uint64{name: x})
		resultstest.Count(b.Runs[0], map[string]uint64{name: y})
	}
	set("tenth", 1000, 1100)
	set("halved", 10, 5)
	set("nothing", 0, 1)
	set("more", 0, 2)
	set("same", 7, 7)
	resultstest.Count(a.Runs[0], map[string]uint64{"gone": 1})
	r := diff.Runs(a, a.Runs[0], b, b.Runs[0])
	var names []string
	for _, s := range r.Statistics {
		names = append(names, s.Name)
	}
	if want := []string{"more", "nothing", "halved", "tenth"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if !slices.Equal(r.OneSided, []string{"gone"}) || r.Equal != 0 {
		t.Errorf("one-sided %q, %d equal", r.OneSided, r.Equal)
	}
	if c := r.Statistics[2].Largest; c.Relative() != -0.5 {
		t.Errorf("halved: %v", c.Relative())
	}
}

// Of several runs a statistic has its largest change, and the mean of all.
func TestSeveral(t *testing.T) {
	a, b := sample(), sample()
	for i := range a.Runs {
		resultstest.Count(a.Runs[i], map[string]uint64{"s": 100})
		resultstest.Count(b.Runs[i], map[string]uint64{"s": 100})
	}
	resultstest.Count(b.Runs[3], map[string]uint64{"s": 200})
	resultstest.Count(b.Runs[5], map[string]uint64{"s": 50})
	r := diff.Sets(a, b)
	s := find(t, r, "s")
	if s.Runs != 2 || s.Largest.B != 200 || math.Abs(float64(s.Ratio)-1) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if r.Equal != len(a.Runs)-2 || s.Largest.Run != r.Pairs[3].Label {
		t.Errorf("%d equal, largest in %q", r.Equal, s.Largest.Run)
	}
}

// reconfigure gives every machine of a set another value of a path.
func reconfigure(t *testing.T, s *results.Set, old, new string) {
	t.Helper()
	digests := make(map[string]string)
	for digest, c := range maps.Clone(s.Configurations) {
		changed, err := results.ParseConfiguration(strings.Replace(c.Text, old, new, 1))
		if err != nil || changed.Text == c.Text {
			t.Fatalf("%q is not there (%v)", old, err)
		}
		digests[digest] = digest + "x"
		s.Configurations[digest+"x"] = changed
		delete(s.Configurations, digest)
	}
	for _, r := range s.Runs {
		r.Setup.Config = digests[r.Setup.Config]
	}
}

// The runs of two machines are paired by their places in the experiment, and
// what differs between the machines is said.
func TestPairs(t *testing.T) {
	a, b := sample(), sample()
	reconfigure(t, b, "ways = 12", "ways = 6")
	for _, r := range b.Runs {
		r.Setup.Model = "2"
		r.Programs[0].Digest = "rebuilt" + r.Programs[0].Digest
	}
	only := b.Runs[2]
	only.Setup.Insts = 5 // another experiment
	r := diff.Sets(a, b)
	if len(r.Pairs) != len(a.Runs)-1 || len(r.OnlyA) != 1 || len(r.OnlyB) != 1 || r.OnlyB[0].Run != only {
		t.Fatalf("%d pairs, %d and %d left", len(r.Pairs), len(r.OnlyA), len(r.OnlyB))
	}
	for _, p := range r.Pairs {
		for _, path := range []string{"core.rob.size", "scheduler", "mix", "seed"} {
			if x, y := a.Value(p.A, path), b.Value(p.B, path); x != y {
				t.Errorf("%s: %s and %s are a pair", path, x, y)
			}
		}
		if !strings.Contains(p.Label, "rob.size="+a.Value(p.A, "core.rob.size")) || !strings.Contains(p.Label, fmt.Sprintf("seed %d", p.A.Setup.Seed)) {
			t.Errorf("label %q", p.Label)
		}
	}
	said := map[string]int{}
	for _, s := range r.Settings {
		said[s.Path+" "+s.A+" "+s.B] = s.Runs
	}
	for _, want := range []string{"cache.l1d.ways 12 6", "model 1 2"} {
		if said[want] != len(r.Pairs) {
			t.Errorf("%q is said of %d of %d pairs; %v", want, said[want], len(r.Pairs), said)
		}
	}
	for name := range said {
		if strings.HasPrefix(name, "core.") {
			t.Errorf("%q does not differ within pairs", name)
		}
	}
}

// Where several runs fit, none is chosen.
func TestAmbiguous(t *testing.T) {
	a, b := sample(), sample()
	for _, r := range b.Runs {
		r.Setup.Model = "3"
	}
	twin := *a.Runs[0]
	twin.Setup.Model = "2"
	a.Runs = append(a.Runs, &twin)
	r := diff.Sets(a, b)
	if len(r.Pairs) != len(b.Runs)-1 || len(r.OnlyA) != 2 || len(r.OnlyB) != 1 {
		t.Errorf("%d pairs, %d and %d left", len(r.Pairs), len(r.OnlyA), len(r.OnlyB))
	}
}

// A program that writes something else is a difference though no counter is.
func TestOutput(t *testing.T) {
	a, b := sample(), sample()
	b.Runs[1].Programs[0].Stdout = []byte("wrong\n")
	one := 1
	b.Runs[2].Programs[1].ExitCode = &one
	r := diff.Sets(a, b)
	if len(r.Outputs) != 2 || r.Outputs[0].A != a.Runs[1] || r.Outputs[1].A != a.Runs[2] || r.Equal != len(a.Runs)-2 {
		t.Errorf("%d outputs differ, %d equal", len(r.Outputs), r.Equal)
	}
}
