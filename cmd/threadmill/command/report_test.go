package command

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// The report of a store has a page, the table as CSV and its figures.
func TestReport(t *testing.T) {
	path := measuredStore(t, madeUp())
	dir := filepath.Join(t.TempDir(), "report")
	succeed(t, "report", path, "--out", dir, "--metric", "ipc", "--reference", "rob.size=256, single", "--quiet")
	for _, name := range []string{"index.html", "runs.csv"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil || !strings.Contains(string(page), "Best IPC") {
		t.Errorf("the page has no best IPC: %v", err)
	}
	for _, want := range []string{"against rob.size=256, single", "IPC of each mix, relative to rob.size=256, single"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The page says of a program's file that it has changed since, or is gone.
func TestReportChangedProgram(t *testing.T) {
	plan := writeFile(t, "plan.toml", []byte("machine = \"scalar\"\nworkloads = [\"./own.s\", \"aluloop@test\"]\ninsts = 100\n"))
	dir := filepath.Dir(plan)
	own, store := filepath.Join(dir, "own.s"), filepath.Join(dir, "runs.db")
	write := func(code string) {
		t.Helper()
		if err := os.WriteFile(own, []byte("_start:\tli a0, "+code+"\n\tli a7, 93\n\tecall\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("0")
	succeed(t, "sweep", plan, "--store", store)
	report := func() string {
		out := filepath.Join(t.TempDir(), "report")
		succeed(t, "report", store, "--out", out)
		page, err := os.ReadFile(filepath.Join(out, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	const changed, gone = "./own.s was no longer the program that ran", "workload ./own.s: no such file"
	if page := report(); strings.Contains(page, changed) || strings.Contains(page, gone) {
		t.Error("it has not changed")
	}
	write("1")
	if page := report(); strings.Count(page, changed) != 1 || strings.Contains(page, "aluloop@test was") {
		t.Error("the page does not say what has changed")
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	if page := report(); !strings.Contains(page, gone) {
		t.Error("the page does not say what is gone")
	}
}

// The command that the page has for a run gives its numbers, whatever has become
// of the machine's file, and the settings stand in the order of the plan.
func TestReportCommands(t *testing.T) {
	const text = "machine = \"own.toml\"\nthreads = 2\nschedulers = [\"rr\", \"single\", \"barrel\"]\nworkloads = [[\"fpchain@test\", \"sort 300\"], \"aluloop@test\"]\nwarmup = 1000\ninsts = 3000\nseed = 5\n"
	plan := writeFile(t, "plan.toml", []byte(text))
	own := filepath.Join(filepath.Dir(plan), "own.toml")
	write := func(size string) {
		t.Helper()
		if err := os.WriteFile(own, []byte("base = \"scalar\"\n[core.rob]\nsize = "+size+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("96")
	file, dir := filepath.Join(t.TempDir(), "runs.db"), filepath.Join(t.TempDir(), "report")
	succeed(t, "sweep", plan, "--store", file)
	write("8")
	succeed(t, "report", file, "--out", dir)
	html, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(html), "against rr<") {
		t.Error("the first scheduler of the plan is not what the others are compared with")
	}
	_, data, _ := strings.Cut(string(html), `<script type="application/json" id="data">`)
	data, _, _ = strings.Cut(data, "</script>")
	var page struct {
		Texts    []string
		Commands []int
	}
	if err := json.Unmarshal([]byte(data), &page); err != nil {
		t.Fatal(err)
	}
	rows := readCSV(t, succeed(t, "export", file))
	if len(page.Commands) != 12 || len(rows) != 6 {
		t.Fatalf("%d commands of %d runs", len(page.Commands)/2, len(rows))
	}
	for i, row := range rows {
		line := page.Texts[page.Commands[2*i]] + " 5 " + page.Texts[page.Commands[2*i+1]] + " --format csv"
		rest, ok := strings.CutPrefix(line, "threadmill compare --machine scalar --set core.rob.size=96 --scheduler "+row["scheduler"]+" ")
		if !ok {
			rest, ok = strings.CutPrefix(line, "threadmill run --machine scalar --set core.rob.size=96 --scheduler "+row["scheduler"]+" ")
		}
		if !ok || strings.Contains(rest, "own") {
			t.Fatalf("%q", line)
		}
		shell := exec.CommandContext(t.Context(), "sh", "-c", binaryPath+strings.TrimPrefix(line, "threadmill"))
		shell.Dir = t.TempDir()
		out, err := shell.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got := readCSV(t, string(out))
		for _, column := range []string{"cycles", "ipc", "stp", "antt", "fairness", "speedup"} {
			alone := strings.Contains(line, " run ") && column != "cycles" && column != "ipc" // which has no solo run
			if len(got) != 1 || got[0][column] != row[column] && !alone {
				t.Errorf("%s: %s is %v, want %s", line, column, got, row[column])
			}
		}
	}
}

// readCSV is a table as rows by column.
func readCSV(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range table[1:] {
		row := make(map[string]string)
		for i, name := range table[0] {
			row[name] = values[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// What no report can be made of is refused before anything is written.
func TestReportErrors(t *testing.T) {
	path := measuredStore(t, madeUp())
	many := measuredStore(t, resultstest.Set(resultstest.Shape{Windows: []int{64, 128, 256, 512, 1024}, Disciplines: 5, Mixes: 1, Seeds: 1}))
	dir := filepath.Join(t.TempDir(), "report")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "one store is wanted"},
		{[]string{"nowhere.db"}, "nowhere.db"},
		{[]string{path, "--metric", "stq"}, `did you mean "stp"?`},
		{[]string{path, "--plan", "windw"}, "windw"},
		{[]string{path, "--reference", "size=64, icont"}, `--reference: unknown setting "size=64, icont"`},
		{[]string{path, "--reference", "foo"}, `--reference: unknown setting "foo" (known: `},
		{[]string{many, "--reference", "foo"}, "; and 1 more, which a report without --reference has in its table of settings)"},
		{[]string{path, "--out", path}, "is not a directory"},
	} {
		o := threadmill(t, append([]string{"report", "--out", dir}, c.args...)...)
		if o.code != exitUsage || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%q: exit %d, %s; want %q", c.args, o.code, o.stderr, c.want)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a directory was made")
	}
}
