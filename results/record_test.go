package results

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() *Record {
	zero, first := 0, 0
	return &Record{
		Schema: Schema, Machine: "default", Scheduler: "icount:threads=2,width=8", End: "all",
		Cycles: 1000, Instructions: 1500, IPC: 1.5, Utilization: Undefined,
		Programs: []Program{
			{Workload: "sort", Digest: "d0", ExitCode: &zero, Stdout: []byte("ok <é>\n"), Stderr: []byte("so <so>\n"), Start: 10, Instructions: 1000, Cycles: 900},
			{Workload: "chase 64", Digest: "d1", Stdout: []byte{0xff, 0x00}, Stderr: []byte{0xfe}, Instructions: 500, Cycles: 1000},
		},
		Threads: []Thread{{ID: 0, Program: &first, Instructions: 1000, Cycles: 900, IPC: Ratio(1000, 900)}, {ID: 1, IPC: Undefined}},
		Stats:   NewStats(map[string]uint64{"cycles": 1000, "thread10.committed": 1, "thread9.committed": 2}),
		Setup:   Setup{Model: "1", Config: "c", Contexts: 2, Width: 8, Warmup: 10, Insts: 1000, Until: "all", Seed: 1},
	}
}

var equateUndefined = cmp.Comparer(func(a, b Number) bool {
	return a == b || !a.Defined() && !b.Defined()
})

// The keys that scripts rely on, with their JSON types.
func TestRecordSchema(t *testing.T) {
	data, err := EncodeJSON(sample())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"schema": float64(Schema), "machine": "default", "scheduler": "icount:threads=2,width=8", "end": "all",
		"cycles": 1000.0, "instructions": 1500.0, "ipc": 1.5, "utilization": nil,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v, want %v", key, v, want)
		}
	}
	programs := got["programs"].([]any)
	p0, p1 := programs[0].(map[string]any), programs[1].(map[string]any)
	if p0["workload"] != "sort" || p0["exit_code"] != 0.0 || p0["stdout"] != "ok <é>\n" || p0["instructions"] != 1000.0 || p0["start"] != 10.0 {
		t.Errorf("program 0: %v", p0)
	}
	if v, ok := p1["exit_code"]; !ok || v != nil || p1["stdout_base64"] != "/wA=" {
		t.Errorf("program 1: %v", p1)
	}
	if _, ok := p1["stdout"]; ok {
		t.Error("program 1 has stdout that is not UTF-8")
	}
	threads := got["threads"].([]any)
	if len(threads) != 2 || threads[0].(map[string]any)["program"] != 0.0 || threads[1].(map[string]any)["program"] != nil {
		t.Errorf("threads: %v", threads)
	}
	if got["stats"].(map[string]any)["cycles"] != 1000.0 {
		t.Errorf("stats: %v", got["stats"])
	}
	host := got["host"].(map[string]any)
	if _, ok := host["seconds"]; !ok {
		t.Errorf("host: %v", host)
	}
	if _, ok := host["kips"]; !ok {
		t.Errorf("host: %v", host)
	}
	if !strings.Contains(string(data), "<é>") {
		t.Error("HTML escapes in JSON")
	}
}

func TestRecordRoundTrip(t *testing.T) {
	r := sample()
	m := Measure(r, nil)
	r.Metrics = &m
	data, err := EncodeJSON(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back, equateUndefined); diff != "" {
		t.Error(diff)
	}
	again, err := EncodeJSON(&back)
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("second encoding differs (%v)", err)
	}
}

func TestStatsNames(t *testing.T) {
	s := NewStats(map[string]uint64{"thread10.committed": 1, "thread9.committed": 1, "l2.misses": 1, "l10.misses": 1, "l2": 1, "thread9.l1d.misses": 1})
	want := []string{"l2", "l2.misses", "l10.misses", "thread9.committed", "thread9.l1d.misses", "thread10.committed"}
	if diff := cmp.Diff(want, s.Names()); diff != "" {
		t.Error(diff)
	}
}

// Records that share the names of their counters have their own values, and
// statistics are equal by what they hold.
func TestStatsShared(t *testing.T) {
	names := NewStatNames([]string{"a", "b"})
	x, y := names.Stats([]uint64{1, 2}), names.Stats([]uint64{1, 3})
	if x.Of("b") != 2 || y.Of("b") != 3 || x.Equal(y) || !x.Equal(NewStats(map[string]uint64{"b": 2, "a": 1})) {
		t.Errorf("%v and %v", x, y)
	}
	if n, ok := x.Lookup("c"); ok || n != 0 {
		t.Errorf("a counter that is not there is %d", n)
	}
	var none Stats
	if _, ok := none.Sum("a"); ok || none.Of("a") != 0 || none.Names() != nil || none.Equal(x) {
		t.Error("a record without statistics has some")
	}
}

func TestLabels(t *testing.T) {
	var records []*Record
	for _, s := range []string{"single", "barrel:rotate=strict,inflight=0", "barrel:rotate=skip,inflight=0", "icount:threads=2,width=8"} {
		records = append(records, &Record{Scheduler: s})
	}
	want := []string{"single", "barrel:rotate=strict", "barrel:rotate=skip", "icount"}
	if diff := cmp.Diff(want, Labels(records)); diff != "" {
		t.Error(diff)
	}
	// What is not the default is named, with no namesake to tell it from.
	alone := []*Record{{Scheduler: "barrel:rotate=strict,inflight=0", SchedulerChanges: []string{"rotate=strict"}}}
	if got := Labels(alone)[0]; got != "barrel:rotate=strict" {
		t.Errorf("a strict barrel is called %s", got)
	}
}

func TestTableAndCSV(t *testing.T) {
	records := []*Record{sample(), sample()}
	records[0].Changes = []string{"core.rob.size=128"}
	records[1].Scheduler = "single"
	cols := Columns()
	header, rows := Table(records, cols)
	if len(rows) != 2 || len(rows[0]) != len(header) || rows[0][0] != "icount" {
		t.Errorf("table: %v %v", header, rows)
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, records, cols); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], `default,core.rob.size=128,"icount:threads=2,width=8",sort + chase 64,2,1,0,false,10,1000,all,1500,1000,1.5,,`) {
		t.Errorf("CSV:\n%s", b.String())
	}
	b.Reset()
	if err := WriteStatsCSV(&b, records[:1]); err != nil {
		t.Fatal(err)
	}
	if want := "statistic,value\n"; !strings.Contains(b.String(), want) || strings.Count(b.String(), "\n") != 4 {
		t.Errorf("statistics CSV:\n%s", b.String())
	}
}

// A context that ran several programs one after another has a row for each,
// with the number that its statistics have;
// an empty one has a row of dashes.
func TestThreadTable(t *testing.T) {
	_, rows := ThreadTable(sample())
	want := [][]string{{"0", "sort", "0", "1000", "900", "1.111", "–"}, {"1", "–", "–", "0", "0", "–", "–"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	r := sample()
	r.Setup.Contexts, r.Threads = 1, []Thread{{ID: 0, Instructions: 1500, Cycles: 1900}}
	_, rows = ThreadTable(r)
	want = [][]string{{"0", "sort", "0", "1000", "900", "1.111", "–"}, {"1", "chase 64", "not ended", "500", "1000", "0.500", "–"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}
