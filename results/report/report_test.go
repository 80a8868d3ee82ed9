package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func listDir(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "report")
	c := resultstest.Comparison(4, 4)
	if err := Write(dir, c); err != nil {
		t.Fatal(err)
	}
	want := []string{"baselines.csv", "comparison.json", "index.html", "runs.csv", "scaling.csv", "statistics.csv"}
	for _, f := range []string{"ipc", "misses", "scaling", "speedup", "topdown", "utilization"} {
		want = append(want, f+".pdf", f+"-double.pdf", f+"-slide.pdf", f+".png", f+".svg", f+"-double.png", f+"-double.svg", f+"-slide.png", f+"-slide.svg")
	}
	slices.Sort(want)
	if got := listDir(t, dir); !slices.Equal(got, want) {
		t.Errorf("files %q\nwant  %q", got, want)
	}
	data, err := os.ReadFile(filepath.Join(dir, "comparison.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back results.Comparison
	if err := json.Unmarshal(data, &back); err != nil || len(back.Runs) != 4 || back.Runs[3].IPC != c.Runs[3].IPC {
		t.Errorf("comparison.json: %v", err)
	}
	for name, lines := range map[string]int{"runs.csv": 1 + 4, "baselines.csv": 1 + 4, "scaling.csv": 1 + 4*3} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || len(rows) != lines {
			t.Errorf("%s: %d lines, want %d (%v)", name, len(rows), lines, err)
		}
	}
}

// The same comparison gives the same page; another one replaces an earlier
// report and leaves what is not its own alone.
func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	page := func(c *results.Comparison) []byte {
		if err := Write(dir, c); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := page(resultstest.Comparison(2, 2))
	if again := page(resultstest.Comparison(2, 2)); !bytes.Equal(first, again) {
		t.Error("the page differs from one time to the next")
	}
	one := page(resultstest.Comparison(2, 1)) // nothing to scale over
	if bytes.Equal(first, one) {
		t.Error("the page was not replaced")
	}
	names := listDir(t, dir)
	if slices.Contains(names, "scaling.png") || slices.Contains(names, "scaling-slide.svg") {
		t.Errorf("a figure of the earlier report is left: %q", names)
	}
	if !slices.Contains(names, "ipc.png") || slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, ".") }) {
		t.Errorf("files %q", names)
	}
	if data, err := os.ReadFile(notes); err != nil || string(data) != "mine" {
		t.Errorf("the reader's own file: %q, %v", data, err)
	}
}

// Where nothing can be written nothing is left behind.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, resultstest.Comparison(1, 1)); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("into a file: %v", err)
	}
	if err := Write(filepath.Join(file, "below"), resultstest.Comparison(1, 1)); err == nil {
		t.Error("below a file: no error")
	}
	// A directory where a file of the report belongs stops it, and the page
	// of the earlier report is still whole.
	report := filepath.Join(dir, "report")
	if err := Write(report, resultstest.Comparison(1, 1)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(report, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(report, "comparison.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(report, "comparison.json", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(report, resultstest.Comparison(2, 2)); err == nil {
		t.Error("over a directory: no error")
	}
	if after, err := os.ReadFile(filepath.Join(report, "index.html")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the page was touched (%v)", err)
	}
	if names := listDir(t, report); slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, ".") }) {
		t.Errorf("left behind: %q", names)
	}
}

var (
	idAttr   = regexp.MustCompile(`\sid="([^"]*)"`)
	linkAttr = regexp.MustCompile(`\s(?:href|src|aria-labelledby)="([^"]*)"`)
	outside  = regexp.MustCompile(`(?i)(?:href|src|url\(|@import|fetch\()[^>]{0,12}(?:https?:)?//`)
)

// The page needs nothing but itself: its anchors lead somewhere, its links to
// files of the report, and nothing is loaded.
func TestPageIsWhole(t *testing.T) {
	for _, n := range []int{1, 4, 8} {
		files, err := build(resultstest.Comparison(n, n))
		if err != nil {
			t.Fatal(err)
		}
		page := string(files[len(files)-1].data)
		if files[len(files)-1].name != "index.html" {
			t.Fatalf("the page is not the last of the files: %s", files[len(files)-1].name)
		}
		ids := map[string]bool{}
		for _, m := range idAttr.FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("id %q is there twice", m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range linkAttr.FindAllStringSubmatch(page, -1) {
			for _, target := range strings.Fields(m[1]) {
				anchor, isAnchor := strings.CutPrefix(target, "#")
				known := slices.ContainsFunc(files, func(f file) bool { return f.name == target })
				if isAnchor && !ids[anchor] || !isAnchor && !ids[target] && !known {
					t.Errorf("%d: %q leads nowhere", n, target)
				}
			}
		}
		if m := outside.FindString(page); m != "" {
			t.Errorf("the page loads something: %q", m)
		}
		if strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "NaN") || strings.Contains(page, "<no value>") {
			t.Error("a value was not rendered")
		}
	}
}

var (
	tableElement = regexp.MustCompile(`(?s)<table id="([^"]*)".*?</table>`)
	rowElement   = regexp.MustCompile(`(?s)<tr>.*?</tr>`)
	cellElement  = regexp.MustCompile(`<t[hd][ >]`)
)

// Every table of every page has as many headings as each of its rows has cells.
func TestHeadingsStandOverCells(t *testing.T) {
	files, err := build(resultstest.Comparison(4, 4))
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range map[string]string{
		"comparison": string(files[len(files)-1].data),
		"set":        readPage(t, writeSet(t, smallSet(), SetOptions{})),
	} {
		checked := 0
		for _, table := range tableElement.FindAllStringSubmatch(page, -1) {
			rows := rowElement.FindAllString(table[0], -1)
			if len(rows) == 0 {
				continue // the script fills it
			}
			checked++
			headings := len(cellElement.FindAllString(rows[0], -1))
			for i, row := range rows[1:] {
				if n := len(cellElement.FindAllString(row, -1)); n != headings {
					t.Errorf("%s, table %q: %d headings over the %d cells of row %d", name, table[1], headings, n, i)
				}
			}
		}
		if checked < 2 {
			t.Errorf("%s: %d tables with rows", name, checked)
		}
	}
}

// What a cell of the table of threads shows is what its heading says.
func TestThreadsGrid(t *testing.T) {
	c := resultstest.Comparison(4, 4)
	g := threadsGrid(c)
	titles := map[string]int{}
	for k, h := range g.Header {
		titles[h.Title] = k
	}
	// One after another under single, then four contexts at once: row 6 is
	// the third program beside others.
	for i, program := range c.Mix {
		if row := g.Rows[i]; row[titles["thread"]].Text != fmt.Sprint(i) || row[titles["program"]].Text != program {
			t.Errorf("row %d under single: %v", i, row)
		}
	}
	row, r := g.Rows[6], c.Runs[1]
	for title, want := range map[string]string{
		"thread": "2", "program": c.Mix[2], "IPC": r.Programs[2].IPC().Text(3), "MLP": results.MLP(r, 2).Text(2),
		"IPC alone": c.Baselines[2].IPC.Text(3), "progress": r.Metrics.Progress[2].Text(3),
	} {
		if got := row[titles[title]].Text; got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
}

// Names from outside stay text, in the page as in the figures.
func TestHostileNames(t *testing.T) {
	const name = `<script>alert("x")</script>&amp;`
	c := resultstest.Comparison(3, 3)
	c.Mix[1] = name
	for _, list := range [][]*results.Record{c.Runs, c.Scaling, c.Baselines} {
		for _, r := range list {
			for i := range r.Programs {
				r.Programs[i].Workload = name
			}
			r.Machine = name
			r.Warnings = []string{name}
		}
	}
	c.Runs[1].Scheduler = "coarse:on=" + name
	c.Command, c.Configuration = name, name
	c.Failures = []results.Failure{{Scheduler: name, Programs: []string{name}, Error: name}}
	files, err := build(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if ext := filepath.Ext(f.name); (ext == ".html" || ext == ".svg") && bytes.Contains(f.data, []byte("<script>alert")) {
			t.Errorf("%s has the name as markup", f.name)
		}
	}
	page := string(files[len(files)-1].data)
	if got := strings.Count(page, "<script"); got != 1 {
		t.Errorf("%d scripts, want 1", got)
	}
	if !strings.Contains(page, "What went wrong") {
		t.Error("the failure is not shown")
	}
}

// A comparison that was interrupted, or of which nothing came, gives a page
// that says so.
func TestPageOfLittle(t *testing.T) {
	c := &results.Comparison{Schema: results.Schema, Canceled: true, Mix: []string{"sort"}, Failures: []results.Failure{{Scheduler: "icount", Programs: []string{"sort"}, Error: "sort: signal 11"}}}
	files, err := build(c)
	if err != nil {
		t.Fatal(err)
	}
	page := string(files[len(files)-1].data)
	for _, want := range []string{"Interrupted.", "sort: signal 11", `id="definitions"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, no := range []string{`href="#figures"`, `href="#summary"`, "<table"} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %s", no)
		}
	}
}

// An interrupted comparison says which disciplines lack their metrics.
func TestPageOfInterrupted(t *testing.T) {
	c := resultstest.Comparison(3, 2)
	page := func() string {
		files, err := build(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(files[len(files)-1].data)
	}
	const lacks = "had not yet run alone as far as they were measured under barrel, so speedup,"
	c.Runs[2].Metrics.Speedup = results.Undefined
	if strings.Contains(page(), lacks) {
		t.Error("the page of one that was not interrupted says so")
	}
	c.Canceled = true
	if !strings.Contains(page(), lacks) {
		t.Error("the page does not say what is missing")
	}
}

func TestFindings(t *testing.T) {
	c := resultstest.Comparison(4, 4)
	for i, m := range []results.Metrics{
		{Speedup: 1, STP: 1, ANTT: 4, Fairness: 1},
		{Speedup: 1.2, STP: 1.5, ANTT: 2.9, Fairness: 0.4},
		{Speedup: 1.604, STP: 2, ANTT: 2.1, Fairness: 0.8},
		{Speedup: 2, STP: 2.5, ANTT: 1.8, Fairness: 0.5},
	} {
		c.Runs[i].Metrics = &m
	}
	want := map[string]string{
		"Soonest done: icount":       "2.00 times as fast as by one program after another. That is 25 % ahead of barrel. Speedups: icount 2.00, barrel 1.60, coarse 1.20, single 1.00.",
		"Most throughput: icount":    "as 2.50 such cores",
		"Best filled: icount":        percent(c.Runs[3].Utilization) + " of the issue slots",
		"Least waiting: icount":      "1.80 times as long as alone. ANTT: icount 1.80, barrel 2.10, coarse 2.90, single 4.00.",
		"Fairest: barrel":            "gets 80.0\u00a0% of the relative speed of the one that suffers least. Under coarse it is 40.0\u00a0%.",
		"The price of sharing: L1D":  "under icount",
		"Over the number of threads": "with 4.",
	}
	for _, f := range findings(c) {
		text, ok := want[f.Title]
		if !ok || !strings.Contains(f.Text, text) {
			t.Errorf("%s: %s (want %q)", f.Title, f.Text, text)
		}
		delete(want, f.Title)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
	c.Runs = c.Runs[:1]
	c.Runs[0].Metrics.Speedup = 1
	if got := findings(c); got[0].Title != "No gain in time" {
		t.Errorf("single alone: %v", got)
	}
	if got := findings(&results.Comparison{}); len(got) > 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// What is written alike is best together; the undefined is never.
func TestMarkBest(t *testing.T) {
	g := grid{}
	for _, text := range []string{"1.20", "–", "1.90", "1.90"} {
		g.Rows = append(g.Rows, []cell{{}, {Text: text}})
	}
	marked := func() string {
		s := ""
		for _, row := range g.Rows {
			s += fmt.Sprint(row[1].Best) + " "
		}
		return s
	}
	none := func(int) bool { return false }
	if g.markBest(1, +1, none); marked() != "false false true true " {
		t.Errorf("highest: %s", marked())
	}
	if g.markBest(1, +1, func(row int) bool { return row >= 2 }); marked() != "true false false false " {
		t.Errorf("highest of the first two: %s", marked())
	}
	if g.markBest(1, -1, none); marked() != "true false false false " {
		t.Errorf("lowest: %s", marked())
	}
}
