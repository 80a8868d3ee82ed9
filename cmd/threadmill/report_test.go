package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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

// What no report can be made of is refused before anything is written.
func TestReportErrors(t *testing.T) {
	path := measuredStore(t, madeUp())
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
