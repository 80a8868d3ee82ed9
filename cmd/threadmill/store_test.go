package main

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
	"github.com/threadmill-sim/threadmill/results/store"
)

// storeOf is a store of runs, of this model or another.
func storeOf(t *testing.T, model string, runs []*results.Record, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runs.db")
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, r := range runs {
		c := *r
		c.Setup.Model = model
		if err := s.Put(store.Run{Record: &c, Configuration: text}); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestStore(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64}, Disciplines: 4, Mixes: 2, Seeds: 1})
	text := set.Configuration(set.Runs[0]).Text
	old, current := storeOf(t, "0", set.Runs, text), storeOf(t, machine.Model, set.Runs[1:], text)
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
	other := storeOf(t, machine.Model, []*results.Record{&changed}, text)
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
	path := storeOf(t, machine.Model, set.Runs, set.Configuration(&victim).Text)
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
}
