package command

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
	"github.com/threadmill-sim/threadmill/results/store"
)

// measuredStore writes a set into a store of the test's, its runs and those that
// failed those of the plan "window".
func measuredStore(t *testing.T, set *results.Set) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runs.db")
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plan := store.Plan{Name: "window", Text: "name = \"window\"\n"}
	for _, r := range set.Runs {
		plan.Keys = append(plan.Keys, r.Key())
	}
	for i := range set.Failed {
		plan.Keys = append(plan.Keys, set.Failed[i].Key())
	}
	if _, err := s.PutPlan(plan); err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Concat(set.Runs, set.Baselines) {
		run := store.Run{Record: r, Configuration: set.Configuration(r).Text}
		if len(r.Programs) == 1 {
			run.Curve = resultstest.Curve(r.Programs[0].Digest)
		}
		if err := s.Put(run); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range set.Failed {
		if err := s.PutFailure(f.Identity, "", f.Error); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func madeUp() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{64, 256}, Disciplines: 3, Mixes: 4, Seeds: 1})
}

// The runs of a store are rows with their metrics; a failed one is no row and
// no error, but is named.
func TestExport(t *testing.T) {
	set := madeUp()
	failed := set.Runs[0].Identity()
	failed.Setup.Seed = 77
	set.Failed = []results.FailedRun{{Identity: failed, Error: "it took too long"}}
	path := measuredStore(t, set)
	o := threadmill(t, "export", path, "--stats", "l1d.*", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(o.out)).ReadAll()
	if err != nil || o.code != 0 || len(rows) != 1+len(set.Runs) {
		t.Fatalf("exit code %d, %d rows (%v)\n%s", o.code, len(rows), err, o.stderr)
	}
	if !strings.Contains(o.stderr, failed.Key()) || !strings.Contains(o.stderr, "it took too long") {
		t.Errorf("the failed run is not named:\n%s", o.stderr)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	for i, r := range set.Runs {
		if got := rows[i+1][column("key")]; got != r.Key() {
			t.Fatalf("row %d is %s", i, got)
		}
		if rows[i+1][column("stp")] == "" || rows[i+1][column("core.rob.size")] != set.Value(r, "core.rob.size") {
			t.Errorf("row %d: %q", i, rows[i+1])
		}
	}
	if column("stats.l1d.misses") < 0 || column("stats.l2.misses") >= 0 {
		t.Errorf("columns %q", rows[0])
	}
	all := succeed(t, "export", path, "--format", "jsonl", "--baselines")
	if n := strings.Count(all, "\n"); n != len(set.Runs)+len(set.Baselines) {
		t.Errorf("%d lines with baselines", n)
	}
	var row map[string]any
	decode(t, all[:strings.IndexByte(all, '\n')], &row)
	if row["stats.l2.misses"] == nil || row["program0.stdout"] == nil {
		t.Errorf("not everything is in %v", row)
	}
}

// A version of the model that no run is of is an error that names those there
// are, as a plan is that there is not.
func TestExportUnknown(t *testing.T) {
	path := measuredStore(t, madeUp())
	for flag, name := range map[string]string{"--model": "unknown version of the model", "--plan": "unknown plan"} {
		o := threadmill(t, "export", path, flag, "99")
		if o.code != 2 || o.out != "" || !strings.Contains(o.stderr, name+` "99" (known: `) {
			t.Errorf("%s: exit code %d, %q, %s", flag, o.code, o.out, o.stderr)
		}
	}
}

// The schema has the columns of the rows, with units.
func TestExportSchema(t *testing.T) {
	path := measuredStore(t, madeUp())
	var row map[string]any
	first, _, _ := strings.Cut(succeed(t, "export", path, "--format", "jsonl"), "\n")
	decode(t, first, &row)
	columns := 0
	for line := range strings.Lines(succeed(t, "export", path, "--schema", "--format", "jsonl")) {
		var c struct{ Column, Type, Unit, Meaning string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if _, ok := row[c.Column]; !ok {
			t.Errorf("no row has %s", c.Column)
		}
		columns++
		if c.Column == "stats.thread1.l1d.misses" && (c.Unit == "" || c.Meaning == "") || c.Column == "core.rob.size" && c.Meaning == "" || c.Type == "" {
			t.Errorf("%+v", c)
		}
	}
	if columns != len(row) {
		t.Errorf("%d columns in the schema, %d in a row", columns, len(row))
	}
}

func TestExportErrors(t *testing.T) {
	path := measuredStore(t, madeUp())
	text := writeFile(t, "runs.txt", []byte("no store, as one sees\n"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "one store is wanted, not 0"},
		{[]string{path, path}, "one store is wanted, not 2"},
		{[]string{"nosuch.db"}, "nosuch.db: there is no such"},
		{[]string{text}, "runs.txt"},
		{[]string{path, "--plan", "windows"}, `did you mean "window"?`},
		{[]string{path, "--stats", "l9.*"}, `--stats: "l9.*" matches no statistic`},
		{[]string{path, "--format", "json"}, "unknown format"},
	} {
		o := threadmill(t, append([]string{"export"}, c.args...)...)
		if o.code != 2 || o.out != "" || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("export %q: exit code %d, want 2 and %q:\n%s%s", c.args, o.code, c.want, o.out, o.stderr)
		}
	}
}

// Of a damaged store the good runs are rows, and the exit code says that there
// are others.
func TestExportDamaged(t *testing.T) {
	set := madeUp()
	path := measuredStore(t, set)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := []byte(set.Runs[3].Key())
	i := strings.LastIndex(string(data), string(key))
	data[i+len(key)+40] ^= 0xff
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	o := threadmill(t, "export", path)
	if n := strings.Count(o.out, "\n"); o.code != 1 || n < 2 || n > len(set.Runs)+1 || !strings.Contains(o.stderr, "damaged") {
		t.Errorf("exit code %d, %d lines\n%s", o.code, n, o.stderr)
	}
}
