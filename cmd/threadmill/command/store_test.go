package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// ofModel is a set of some runs of another, of a version of the model.
func ofModel(set *results.Set, model string, runs ...*results.Record) *results.Set {
	out := &results.Set{Configurations: set.Configurations}
	for _, r := range runs {
		c := *r
		c.Setup.Model = model
		out.Runs = append(out.Runs, &c)
	}
	return out
}

func TestStore(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 4, Mixes: 2, Seeds: 1})
	old := measuredStore(t, ofModel(set, "0", set.Runs...))
	current := measuredStore(t, ofModel(set, machine.Model, set.Runs[1:]...))
	into := filepath.Join(t.TempDir(), "all.db")
	counts := func(args ...string) (n map[string]map[string]int) {
		t.Helper()
		if err := json.Unmarshal([]byte(succeed(t, append([]string{"store", "--format", "json"}, args...)...)), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := 2*len(set.Runs) - 1
	if n := counts("merge", into, old, current)["runs"]["added"]; n != all {
		t.Errorf("%d runs were merged, want %d", n, all)
	}
	if n := counts("verify", into)["runs"]; n["good"] != all || n["lost"] != 0 {
		t.Errorf("verified: %v", n)
	}
	if o := threadmill(t, "store", "gc", into, "--model", "none"); o.code != exitUsage || !strings.Contains(o.stderr, "none") || !strings.Contains(o.stderr, machine.Model) {
		t.Errorf("gc for a model that no run has: %+v", o)
	}
	if n := counts("gc", into, "--model", "0", "--dry-run")["runs"]["removed"]; n != len(set.Runs)-1 {
		t.Errorf("gc for another model would remove %d runs, want %d", n, len(set.Runs)-1)
	}
	for _, args := range [][]string{{"gc", into, "--dry-run"}, {"gc", into}} {
		if n := counts(args...)["runs"]["removed"]; n != len(set.Runs) {
			t.Errorf("%q: %d runs, want %d", args, n, len(set.Runs))
		}
	}
	if out := succeed(t, "store", "verify", into); !strings.Contains(out, "runs") || strings.Contains(out, "lost") {
		t.Error(out)
	}

	changed := *set.Runs[2]
	changed.Cycles++
	other := measuredStore(t, ofModel(set, machine.Model, &changed))
	if o := threadmill(t, "store", "merge", into, other); o.code != exitFailed || o.out != "" || !strings.Contains(o.stderr, "not deterministic") {
		t.Errorf("merging what differs: %+v", o)
	}
}

// A damaged store is named, and a merge saves the rest.
func TestStoreDamage(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 4, Mixes: 2, Seeds: 1})
	victim := *set.Runs[3]
	victim.Programs = slices.Clone(victim.Programs)
	victim.Programs[0].Stdout = []byte("as it was")
	set.Runs[3] = &victim
	path := measuredStore(t, ofModel(set, machine.Model, set.Runs...))
	victim.Setup.Model = machine.Model
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("as it was"), []byte("as it is!"))
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(t.TempDir(), "saved.db")
	for _, args := range [][]string{{"verify", path}, {"merge", into, path}} {
		o := threadmill(t, append([]string{"store"}, args...)...)
		if o.code != exitFailed || !strings.Contains(o.stderr, "run "+victim.Key()+": its checksum is wrong") || !strings.Contains(o.out, "lost") {
			t.Errorf("%q: %+v", args, o)
		}
	}
	if out := succeed(t, "store", "verify", into, "--format", "csv"); !strings.Contains(out, "runs,7\n") {
		t.Errorf("saved:\n%s", out)
	}
	if o := threadmill(t, "store", "gc", path); o.code != exitFailed || !strings.Contains(o.stderr, "merge NEW") {
		t.Errorf("gc of a damaged store: %+v", o)
	}
	if err := os.WriteFile(path, data[:len(data)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if o := threadmill(t, "store", "gc", path); o.code != exitFailed || !strings.Contains(o.stderr, path) || !strings.Contains(o.stderr, "merge NEW") {
		t.Errorf("gc of a store that is cut short: %+v", o)
	}
}
