package command

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// Two stores are compared run by run; what differs is said, first what differs
// most.
func TestDiffStores(t *testing.T) {
	before, after := madeUp(), madeUp()
	for i, r := range after.Runs {
		r.Setup.Model = "2"
		changed := map[string]uint64{"l2.misses": r.Stats.Of("l2.misses") * 3 / 2}
		if i == 3 {
			changed["l1d.misses"] = 3 * r.Stats.Of("l1d.misses")
		}
		resultstest.Count(r, changed)
	}
	after.Runs = after.Runs[1:]
	a, b := measuredStore(t, before), measuredStore(t, after)
	out := succeed(t, "diff", a, b)
	for _, want := range []string{"23 runs compared, 0 equal; 1 only in A, 0 only in B", before.Runs[0].Key()[:keyDigits], "model", "rob.size=64, "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if l1d, l2 := strings.Index(out, "\nl1d.misses "), strings.Index(out, "\nl2.misses "); l1d < 0 || l2 < l1d {
		t.Errorf("tripled at %d, half as many again at %d:\n%s", l1d, l2, out)
	}
	rows, err := csv.NewReader(strings.NewReader(succeed(t, "diff", a, b, "--format", "csv", "--threshold", "60%"))).ReadAll()
	if err != nil || len(rows) < 2 || rows[1][0] != "l1d.misses" || rows[1][4] != "2" {
		t.Errorf("%q (%v)", rows, err)
	}
	for _, row := range rows {
		if row[0] == "l2.misses" {
			t.Errorf("below the threshold: %q", row)
		}
	}
	var j struct {
		Pairs      int
		OnlyA      []struct{ Key string } `json:"only_a"`
		Statistics []struct {
			Name, Unit string
			Relative   float64
			Runs       int
		}
	}
	decode(t, succeed(t, "diff", a, b, "--format", "json", "--top", "1"), &j)
	if j.Pairs != 23 || len(j.OnlyA) != 1 || len(j.Statistics) != 1 || j.Statistics[0].Name != "l1d.misses" || j.Statistics[0].Unit == "" || j.Statistics[0].Runs != 1 || j.Statistics[0].Relative != 2 {
		t.Errorf("%+v", j)
	}
	if out := succeed(t, "diff", a, a, "--quiet"); !strings.Contains(out, "24 runs compared, 24 equal\n") {
		t.Errorf("a store and itself:\n%s", out)
	}
}

// A run of a store, and one that was printed, are compared whatever they are.
func TestDiffRuns(t *testing.T) {
	set := madeUp()
	path := measuredStore(t, set)
	x, y := set.Runs[0], set.Runs[len(set.Runs)-1]
	out := succeed(t, "diff", path+"#"+x.Key(), path+"#"+y.Key()[:keyDigits], "--top", "0")
	for _, want := range []string{"core.rob.size", "64", "256", "scheduler", "cycles"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	data, err := results.EncodeJSON(y)
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "run.json", data)
	if out := succeed(t, "diff", file, path+"#"+y.Key()); !strings.Contains(out, "1 run compared, 1 equal\n") {
		t.Errorf("a run and itself:\n%s", out)
	}
	guest := exits(t, 0)
	one := writeFile(t, "one.json", []byte(succeed(t, "run", guest, "--format", "json", "--quiet")))
	two := writeFile(t, "two.json", []byte(succeed(t, "run", guest, "--format", "json", "--quiet", "--set", "memory.model=fixed:latency=500")))
	o := threadmill(t, "diff", one, two)
	if o.code != 0 || !strings.Contains(o.out, "\nmemory.read_cycles ") || !strings.Contains(o.stderr, "configuration of 1 run differs") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.stderr)
	}
}

func TestDiffErrors(t *testing.T) {
	set := madeUp()
	path := measuredStore(t, set)
	text := writeFile(t, "x.json", []byte("{}"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{path}, "two runs or stores are wanted, not 1"},
		{[]string{path, "nosuch"}, "nosuch: there is no such file"},
		{[]string{path, text}, "neither a store nor"},
		{[]string{path, text + "#ab"}, "is no store"},
		{[]string{path, path + "#xyz"}, `no run has a key that begins with "xyz"`},
		{[]string{path, path + "#"}, "several runs have keys"},
		{[]string{path, path + "#" + set.Runs[0].Key()}, "which?"},
		{[]string{path, path, "--threshold", "-1"}, "--threshold: "},
		{[]string{path, path, "--top", "-1"}, "--top: "},
	} {
		o := threadmill(t, append([]string{"diff"}, c.args...)...)
		if o.code != 2 || o.out != "" || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("diff %q: exit code %d, want 2 and %q:\n%s%s", c.args, o.code, c.want, o.out, o.stderr)
		}
	}
}
