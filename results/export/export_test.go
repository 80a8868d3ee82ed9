package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/export"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func sample() *results.Set {
	return resultstest.Set(resultstest.Shape{Windows: []int{64, 1024}, Disciplines: 3, Mixes: 3, Seeds: 2})
}

func table(t *testing.T, s *results.Set, o export.Options) *export.Table {
	t.Helper()
	tab, err := export.New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func csvRows(t *testing.T, tab *export.Table) (rows []map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if err := tab.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := make(map[string]string)
		for i, name := range all[0] {
			if _, twice := row[name]; twice {
				t.Errorf("two columns %s", name)
			}
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func jsonRows(t *testing.T, tab *export.Table) (rows []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	if err := tab.WriteJSONL(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		var row map[string]any
		if err := dec.Decode(&row); err != nil {
			t.Fatalf("%v: %.200s", err, line)
		}
		rows = append(rows, row)
	}
	return rows
}

// A row reads back as the run, to the last digit.
func TestRowsAreRuns(t *testing.T) {
	s := sample()
	rows := csvRows(t, table(t, s, export.Options{Statistics: []string{"slots.*", "thread?.l1d.misses"}}))
	if len(rows) != len(s.Runs) {
		t.Fatalf("%d rows of %d runs", len(rows), len(s.Runs))
	}
	for i, r := range s.Runs {
		row := rows[i]
		want := map[string]string{
			"key": r.Key(), "baseline": "false", "machine": r.Machine, "core.rob.size": s.Value(r, "core.rob.size"),
			"scheduler": r.Scheduler, "contexts": strconv.Itoa(r.Setup.Contexts), "mix": r.Mix(), "seed": strconv.FormatUint(r.Setup.Seed, 10),
			"warmup": "200000", "insts": "1000000", "until": "all", "model": "1", "config": r.Setup.Config,
			"cycles": strconv.FormatUint(r.Cycles, 10), "program1.workload": r.Programs[1].Workload,
			"stats.slots.issue.vertical": strconv.FormatUint(r.Stats.Of("slots.issue.vertical"), 10),
			"stats.thread1.l1d.misses":   strconv.FormatUint(r.Stats.Of("thread1.l1d.misses"), 10),
		}
		for name, text := range want {
			if row[name] != text {
				t.Errorf("run %d: %s is %q, want %q", i, name, row[name], text)
			}
		}
		for _, m := range results.MetricTable {
			v := m.Of(r)
			got, err := strconv.ParseFloat(row[m.Key], 64)
			if v.Defined() && (err != nil || results.Number(got) != v) || !v.Defined() && row[m.Key] != "" {
				t.Errorf("run %d: %s is %q, want %v", i, m.Key, row[m.Key], v)
			}
		}
		if got, _ := strconv.ParseFloat(row["program0.progress"], 64); results.Number(got) != r.Metrics.Progress[0] {
			t.Errorf("run %d: progress %q, want %v", i, row["program0.progress"], r.Metrics.Progress[0])
		}
		if _, ok := row["stats.committed"]; ok {
			t.Error("a statistic that no pattern matches")
		}
	}
}

// Both formats and the schema have the same columns, and cells of the types that
// the schema says.
func TestFormatsAgree(t *testing.T) {
	s := sample()
	s.Runs[1].Metrics = nil // not known
	o := export.Options{Statistics: []string{"*"}, Baselines: true, Output: true}
	tab := table(t, s, o)
	rows, objects := csvRows(t, tab), jsonRows(t, tab)
	if len(rows) != len(s.Runs)+len(s.Baselines) || len(objects) != len(rows) {
		t.Fatalf("%d rows, %d objects of %d runs and %d baselines", len(rows), len(objects), len(s.Runs), len(s.Baselines))
	}
	types := make(map[string]export.Type)
	for _, c := range tab.Columns {
		types[c.Name] = c.Type
	}
	for i, row := range rows {
		if got := slices.Sorted(maps.Keys(objects[i])); !slices.Equal(got, slices.Sorted(maps.Keys(row))) {
			t.Fatalf("row %d: columns %q", i, got)
		}
		for name, v := range objects[i] {
			ok := false
			switch v := v.(type) {
			case nil:
				ok = row[name] == ""
			case string:
				ok = row[name] == v && types[name] == export.Text
			case bool:
				ok = row[name] == strconv.FormatBool(v) && types[name] == export.Boolean
			case json.Number:
				_, err := v.Int64()
				ok = row[name] == v.String() && (types[name] == export.Real || types[name] == export.Integer && err == nil)
			}
			if !ok {
				t.Errorf("row %d: %s is %q and %v, of type %s", i, name, row[name], v, types[name])
			}
		}
	}
	if rows[len(s.Runs)]["baseline"] != "true" || rows[len(s.Runs)]["program1.workload"] != "" || objects[1]["stp"] != nil {
		t.Error("no baselines, or something that is not there")
	}
	var csvSchema, jsonSchema bytes.Buffer
	if err := tab.WriteSchemaCSV(&csvSchema); err != nil {
		t.Fatal(err)
	}
	if err := tab.WriteSchemaJSONL(&jsonSchema); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&csvSchema).ReadAll()
	if err != nil || len(lines)-1 != len(rows[0]) || strings.Count(jsonSchema.String(), "\n") != len(rows[0]) {
		t.Errorf("%d columns in the schema, %d in the rows (%v)", len(lines)-1, len(rows[0]), err)
	}
	for _, line := range lines[1:] {
		if line[3] == "" && !strings.HasPrefix(line[0], "stats.") && line[0] != "core.rob.size" {
			t.Errorf("%s has no meaning", line[0])
		}
	}
}

// Neither the order in which runs came nor what they cost the host is in the
// bytes.
func TestSameRunsSameBytes(t *testing.T) {
	a, b := sample(), sample()
	slices.Reverse(b.Runs)
	b.Sort()
	for _, r := range b.Runs {
		r.Host = results.Host{Seconds: 99, KIPS: 1}
	}
	var x, y bytes.Buffer
	for _, write := range []func(*export.Table, *bytes.Buffer) error{
		func(t *export.Table, w *bytes.Buffer) error { return t.WriteCSV(w) },
		func(t *export.Table, w *bytes.Buffer) error { return t.WriteJSONL(w) },
	} {
		x.Reset()
		y.Reset()
		o := export.Options{Statistics: []string{"*"}, Baselines: true, Output: true}
		if err := write(table(t, a, o), &x); err != nil {
			t.Fatal(err)
		}
		if err := write(table(t, b, o), &y); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x.Bytes(), y.Bytes()) {
			t.Error("equal runs, other bytes")
		}
	}
}

// Axes are numbers where all their values are; outputs that are not UTF-8 are
// kept byte for byte.
func TestTypes(t *testing.T) {
	s := sample()
	types := func() map[string]export.Type {
		types := make(map[string]export.Type)
		for _, c := range table(t, s, export.Options{Output: true}).Columns {
			types[c.Name] = c.Type
		}
		return types
	}
	if got := types(); got["core.rob.size"] != export.Integer || got["program0.stdout_base64"] != "" {
		t.Errorf("types %v", got)
	}
	for _, r := range s.Runs[:1] {
		s.Configuration(r).Values["core.rob.size"] = "64K"
		r.Programs[0].Stdout = []byte("\xff\n")
	}
	if got := types(); got["core.rob.size"] != export.Text {
		t.Errorf("types %v", got)
	}
	row := jsonRows(t, table(t, s, export.Options{Output: true}))[0]
	if row["program0.stdout"] != nil || row["program0.stdout_base64"] != "/wo=" || row["program1.stdout"] != "checksum 0x1234 <ok>\n" {
		t.Errorf("outputs %v, %v", row["program0.stdout"], row["program0.stdout_base64"])
	}
}

// A pattern that says nothing is an error that names it.
func TestPatterns(t *testing.T) {
	for pattern, want := range map[string]string{"nosuch.*": "matches no statistic", "[": "is no pattern"} {
		_, err := export.New(sample(), export.Options{Statistics: []string{pattern}})
		if err == nil || !strings.Contains(err.Error(), pattern) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
