package command

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
)

// Wrong usage and wrong input: exit code 2, one line on standard error that
// says what would be right, nothing on standard output, nothing written.
func TestWrongUsage(t *testing.T) {
	empty := writeFile(t, "empty", nil)
	text := writeFile(t, "text", []byte("#!/bin/sh\n"))
	whole, err := os.ReadFile(exits(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	truncated := writeFile(t, "truncated", whole[:100])
	host, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	badTOML := writeFile(t, "bad.toml", []byte("threads = 4\n\n[core.rob]\nsizes = 12\n"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"comprae"}, `unknown command "comprae", did you mean "compare"?`},
		{[]string{"help", "comprae"}, `unknown command "comprae", did you mean "compare"?`},
		{[]string{"help", "run", "sort"}, "help: one command at a time, not 2"},
		{[]string{"run"}, "run: no workload given"},
		{[]string{"run", "sort", "--schedular", "rr"}, "run: unknown flag --schedular, did you mean --scheduler?"},
		{[]string{"run", "sort", "--insts", "-5"}, `run: --insts: "-5" is not a whole number`},
		{[]string{"run", "sort", "--insts"}, "run: --insts needs a value"},
		{[]string{"run", "srot"}, `did you mean "sort"?`},
		{[]string{"run", "sort@tset"}, `did you mean "test"?`},
		{[]string{"run", "sort", "--machine", "defualt"}, `did you mean "default"?`},
		{[]string{"run", "sort", "--machine", "./none.toml"}, "none.toml"},
		{[]string{"run", "sort", "--machine", badTOML}, badTOML + ":4:"},
		{[]string{"run", "sort", "--scheduler", "icont"}, `did you mean "icount"?`},
		{[]string{"run", "sort", "--scheduler", "coarse:penalty=x"}, "penalty"},
		{[]string{"run", "sort", "--scheduler", "rr", "--scheduler", "rr"}, "--scheduler is given 2 times"},
		{[]string{"run", "sort", "--set", "core.rob.sise=4"}, "core.rob.size"},
		{[]string{"run", "sort", "--set", "core.rob.size=0"}, "core.rob.size: 0 is below 1"},
		{[]string{"run", "sort", "--set", "core.rob.size"}, "core.rob.size"},
		{[]string{"run", "sort", "--threads", "0"}, "--threads: 0 is below 1"},
		{[]string{"run", "sort", "--threads", "65"}, "--threads: 65 is above 64"},
		{[]string{"run", "sort", "--threads", "64", "--set", "core.rob.size=8", "--set", "core.rob.sharing=static"}, "machine default with threads = 64: core.rob.sharing: "},
		{[]string{"run", "sort", "sort", "--threads", "1"}, "2 programs"},
		{[]string{"run", "sort", "--until", "al"}, `did you mean "all"?`},
		{[]string{"run", "sort", "--format", "yaml"}, `run: unknown format "yaml"`},
		{[]string{"run", "./no-such-file"}, "no-such-file"},
		{[]string{"run", t.TempDir()}, "directory"},
		{[]string{"run", empty}, empty},
		{[]string{"run", text}, text},
		{[]string{"run", truncated}, truncated},
		{[]string{"run", host}, host},
		{[]string{"view"}, "view: no workload given"},
		{[]string{"view", "sort", "--format", "svg"}, `view: unknown format "svg"`},
		{[]string{"view", "sort", "--format", "txt"}, `did you mean "text"?`},
		{[]string{"view", "sort", "--cycles", "a:b"}, `view: --cycles: "a:b" is no window: A:B, A: or N`},
		{[]string{"view", "sort", "--cycles", "1:2:3"}, "is no window"},
		{[]string{"view", "sort", "--insts", "-3"}, "is no window"},
		{[]string{"view", "sort", "--insts", ""}, "is no window"},
		{[]string{"view", "sort", "--insts", "7:7"}, `"7:7" has nothing in it: it begins at 7 and ends before 7`},
		{[]string{"view", "sort", "--insts", "0"}, "has nothing in it"},
		{[]string{"view", "sort", "--insts", "1000"}, "1000 instructions are more than 200, the most that text shows; choose a smaller one with"},
		{[]string{"view", "sort@test", "--cycles", "0:100000"}, "the window has more than 200 instructions, the most that text shows"},
		{[]string{"view", "sort@test", "--cycles", "100000"}, "--format html"},
		{[]string{"view", "sort", "--format", "html", "--insts", "0:9999999"}, "the most that html shows"},
		{[]string{"view", "sort", "--out", ""}, "--out: no file is named"},
		{[]string{"view", "sort", "--out", "."}, "--out: . is a directory"},
		{[]string{"view", "sort", "--out", "none/x.html"}, "there is no directory none"},
		{[]string{"view", "sort", "--scheduler", "icont"}, `did you mean "icount"?`},
		{[]string{"view", "sort", "sort", "--scheduler", "single"}, "2 programs need as many hardware threads"},
		{[]string{"store"}, "store: merge, verify or gc?"},
		{[]string{"store", "mrege", "a.db", "b.db"}, `did you mean "merge"?`},
		{[]string{"store", "merge", "a.db"}, "which stores into which?"},
		{[]string{"store", "merge", "a.db", "none.db"}, "none.db: there is no such store"},
		{[]string{"store", "merge", "a.db", text}, text + " is no store of runs"},
		{[]string{"store", "verify"}, "store: verify: no store given"},
		{[]string{"store", "verify", "a.db", "b.db"}, "one store at a time, not 2"},
		{[]string{"store", "verify", "none.db"}, "none.db: there is no such store"},
		{[]string{"store", "verify", "a.db", "--dry-run"}, "--dry-run is of gc, not of verify"},
		{[]string{"store", "gc", "none.db"}, "none.db"},
		{[]string{"store", "gc", t.TempDir()}, "is a directory"},
		{[]string{"exec"}, "exec: no program given"},
		{[]string{"exec", "./no-such-file"}, "no-such-file"},
		{[]string{"exec", truncated}, truncated},
		{[]string{"compare", "--jobs", "0"}, "--jobs: 0 is below 1"},
		{[]string{"compare", "--scheduler", "rr", "--scheduler", "rr.2.8"}, "is listed twice"},
		{[]string{"compare", "--out", text}, text},
		{[]string{"compare", "srot"}, `did you mean "sort"?`},
		{[]string{"list", "machine"}, `did you mean "machines"?`},
		{[]string{"list", "machines", "figures"}, "one family"},
		{[]string{"validate", "rob-capacty"}, `validate: unknown kernel "rob-capacty", did you mean "rob-capacity"?`},
		{[]string{"validate", "--jobs", "0"}, "--jobs: 0 is below 1"},
		{[]string{"show"}, "show: no name given"},
		{[]string{"show", "defalt"}, `did you mean "default"?`},
		{[]string{"show", "sort@tset"}, `did you mean "test"?`},
		{[]string{"show", "icount@test"}, `unknown name "icount@test"`},
		{[]string{"show", "sort", "--set", "core.rob.size=4"}, "--set changes a machine, and sort is a workload"},
		{[]string{"show", "./missing.c"}, "show: workload ./missing.c: no such file"},
		{[]string{"show", t.TempDir()}, "directory without package main"},
		{[]string{"show", truncated}, "truncated ELF file"},
		{[]string{"show", truncated, "--set", "core.rob.size=4"}, "--set changes a machine, and "},
		{[]string{"show", "sort", "--format", ""}, `unknown format ""`},
		{[]string{"run", "so\nrt"}, `unknown workload "so"`},
		{[]string{"run", "./so'\n'rt"}, `./so\nrt`},
		{[]string{"run", "sort", "--set", "core.rob.size=4\nthreads=2"}, `--set "core.rob.size=4\nthreads=2": `},
		{[]string{"run", "sort", "--set", "frequency=0", "--set", "core.rob.size=0"}, "(and 1 more: core.rob.size)"},
		{[]string{"compare", "--out", ""}, "--out: no directory is named"},
		{[]string{"compare", "--out", text + "/report"}, "--out: "},
		{[]string{"exec", "--threads", "0", "sort"}, "exec: --threads: 0 is below 1"},
		{[]string{"exec", "--threads", "65", "sort"}, "exec: --threads: 65 is above 64"},
		{[]string{"exec", "--memory", "4T", "sort"}, `exec: --memory: "4T" is no size`},
		{[]string{"exec", "--memory", "1000", "sort"}, "does not fit in the guest's memory"},
		{[]string{"exec", "--root", "", "sort"}, "exec: --root: no directory is named"},
		{[]string{"run", "sort", "--memory", "-1"}, `run: --memory: "-1" is no size`},
		{[]string{"run", "sort", "--memory", "G"}, `run: --memory: "G" is no size`},
		{[]string{"run", "sort", "--memory", "0"}, `run: --memory: "0" leaves a program no memory`},
		{[]string{"run", "sort", "--memory", "99999999999G"}, `run: --memory: "99999999999G" is more than any program can have`},
		{[]string{"run", "sort", "--root", "./no-such-directory"}, "run: --root: ./no-such-directory: no such file or directory"},
		{[]string{"run", "sort", "--root", text}, "run: --root: " + text + ": not a directory"},
		{[]string{"run", "sort", "--fast-forward", "-1"}, `run: --fast-forward: "-1" is not a whole number`},
		{[]string{"run", "sort", "--roi=maybe"}, `run: --roi: "maybe" is neither true nor false`},
		{[]string{"compare", "--memory", ""}, `compare: --memory: "" is no size`},
		{[]string{"compare", "--root", text}, "compare: --root: " + text},
		{[]string{"compare", "--fast-forward", "x"}, `compare: --fast-forward: "x" is not a whole number`},
	} {
		o := threadmill(t, c.args...)
		if o.code != 2 || o.out != "" || !strings.Contains(o.stderr, c.want) ||
			!strings.HasPrefix(o.stderr, "threadmill: ") || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %d bytes of output, want 2 and one line with %q:\n%s", c.args, o.code, len(o.out), c.want, o.stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	if out := succeed(t, "--version"); !strings.HasPrefix(out, "threadmill version ") || strings.Count(out, "\n") != 1 {
		t.Errorf("--version: %q", out)
	}
	help := succeed(t, "--help")
	for _, name := range []string{"compare", "run", "view", "exec", "list", "show"} {
		if !strings.Contains(help, name) {
			t.Errorf("--help does not name %s", name)
		}
		if out := succeed(t, name, "--help"); !strings.Contains(out, "threadmill "+name) {
			t.Errorf("%s --help:\n%s", name, out)
		}
	}
	for line, same := range map[string]string{"help": "--help", "help run": "run --help"} {
		if got := succeed(t, strings.Fields(line)...); got != succeed(t, strings.Fields(same)...) {
			t.Errorf("%s is not %s:\n%s", line, same, got)
		}
	}
	// Help wins over whatever else stands there.
	for _, line := range []string{
		"run sort --help", "run -h sort", "--help run sort", "run sort --insts 5 --nonsense -h", "exec --help sort", "show default --help", "--quiet list --help machines",
	} {
		args := strings.Fields(line)
		if out := succeed(t, args...); !strings.Contains(out, "USAGE:") || !strings.Contains(out, "OPTIONS:") {
			t.Errorf("%s:\n%s", line, out)
		}
	}
	if out := succeed(t, "--quiet", "--help"); !strings.Contains(out, "COMMANDS:") {
		t.Errorf("--quiet --help:\n%s", out)
	}
}

// Every family can be listed in every format, and everything listed shown.
func TestListAndShow(t *testing.T) {
	var all []struct{ Family string }
	decode(t, succeed(t, "list", "--format", "json"), &all)
	if len(all) < 8 {
		t.Errorf("%d families", len(all))
	}
	for _, f := range all {
		var listed struct {
			Family  string
			Entries []struct{ Name, Doc string }
		}
		decode(t, succeed(t, "--format=json", "list", f.Family), &listed)
		if len(listed.Entries) == 0 {
			t.Errorf("%s: nothing listed", f.Family)
		}
		for _, format := range formats {
			if out := succeed(t, "list", f.Family, "--format", format); !strings.Contains(out, strings.ReplaceAll(listed.Entries[0].Name, "_", "")) && !strings.Contains(out, listed.Entries[0].Name) {
				t.Errorf("list %s as %s does not name %s:\n%s", f.Family, format, listed.Entries[0].Name, out)
			}
		}
		for i, e := range listed.Entries {
			if e.Name == "" || e.Doc == "" {
				t.Errorf("list %s: %+v", f.Family, e)
			}
			if i%40 != 0 && (f.Family == "statistics" || !needs.CI()) {
				continue // hundreds of one kind; of the others CI shows all
			}
			if out := succeed(t, "show", e.Name); !strings.Contains(out, e.Name) {
				t.Errorf("show %s:\n%s", e.Name, out)
			}
			if out := succeed(t, "show", e.Name, "--format", "csv"); strings.Contains(out, "\n,") {
				t.Errorf("show %s as CSV has a row of nobody:\n%s", e.Name, out)
			}
			var any map[string]any
			decode(t, succeed(t, "show", e.Name, "--format", "json"), &any)
		}
	}
}

// A shown machine is a machine file.
func TestShownMachineRuns(t *testing.T) {
	toml := succeed(t, "show", "default", "--set", "core.rob.size=96")
	path := writeFile(t, "mine.toml", []byte(toml))
	if again := succeed(t, "show", path); !strings.Contains(again, "size = 96") {
		t.Errorf("show of the shown machine:\n%s", again)
	}
	succeed(t, "run", exits(t, 0), "--machine", path)
}

// With a machine is shown what it costs, in every format the same; with one
// thread nothing of it is for threads.
func TestShowStorage(t *testing.T) {
	var shown struct{ Storage costs }
	decode(t, succeed(t, "show", "default", "--format", "json"), &shown)
	total := shown.Storage.Total
	var sum cost
	rows := csvOf(t, succeed(t, "show", "default", "--format", "csv"))
	for _, s := range shown.Storage.Structures {
		sum.plus(s.cost)
		for suffix, n := range map[string]uint64{".bits": s.Bits, ".thread_tags": s.ThreadTags, ".replicated": s.Replicated} {
			if path := "storage." + s.Name + suffix; rows[path] != number(n) {
				t.Errorf("%s is %q as CSV and %d as JSON", path, rows[path], n)
			}
		}
	}
	if sum != total || total.ThreadTags == 0 || total.Replicated == 0 {
		t.Errorf("total %+v, sum %+v", total, sum)
	}
	if rows["core.rob.size"] == "" {
		t.Error("the CSV has no core.rob.size any more")
	}
	share := 100 * float64(total.ThreadTags+total.Replicated) / float64(total.Bits)
	for _, format := range []string{"table", "markdown"} {
		out := succeed(t, "show", "default", "--format", format)
		last := strings.Fields(strings.NewReplacer("|", " ", "#", " ").Replace(out[strings.LastIndex(strings.TrimSpace(out), "\n"):]))
		want := []string{"total", number(total.Bits), number(total.ThreadTags), number(total.Replicated), fmt.Sprintf("%.2f", share)}
		if !slices.Equal(last, want) {
			t.Errorf("%s ends with %q, want %q", format, last, want)
		}
	}
	decode(t, succeed(t, "show", "default", "--set", "threads=1", "--format", "json"), &shown)
	if one := shown.Storage.Total; one.ThreadTags != 0 || one.Replicated != 0 || one.Bits == 0 || one.Bits != total.Bits-total.ThreadTags-total.Replicated {
		t.Errorf("one thread: %+v, four %+v", one, total)
	}
}

// csvOf is the second column of a table by its first.
func csvOf(t *testing.T, text string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows {
		out[row[0]] = row[1]
	}
	return out
}

// A program of the user's is shown by its path, built if it is a source.
func TestShowProgram(t *testing.T) {
	for _, path := range []string{exits(t, 0), writeFile(t, "exits.s", []byte("_start: li a7, 93\n\tecall\n"))} {
		out := succeed(t, "show", path)
		if !strings.HasPrefix(out, "program "+filepath.Base(path)+": statically linked\n") || !strings.Contains(out, "r-x") {
			t.Errorf("show:\n%s", out)
		}
		var shown programJSON
		decode(t, succeed(t, "show", path, "--format", "json"), &shown)
		var run struct{ Programs []struct{ Digest string } }
		decode(t, succeed(t, "run", path, "--format", "json", "--quiet"), &run)
		if shown.Kind != "program" || len(shown.Segments) != 1 || shown.Digest != run.Programs[0].Digest {
			t.Errorf("show: %+v, run: %+v", shown, run)
		}
	}
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v:\n%.400s", err, text)
	}
}

// A statistic of threads is listed once for all, and shown for any.
func TestShowThreadStatistic(t *testing.T) {
	for name, listed := range map[string]string{
		"thread1.slots.issue.other_thread": "threadN.slots.issue.other_thread",
		"joint.0_2.miss_issue":             "joint.N_M.miss_issue",
		"thread3.l2.evicted_by0":           "threadN.l2.evicted_byN",
	} {
		if out := succeed(t, "show", name); !strings.HasPrefix(out, "statistic "+listed+":") {
			t.Errorf("%s: %s", name, out)
		} else if strings.Contains(out, "under single with several programs") != strings.HasPrefix(name, "thread") {
			t.Errorf("%s does not say whose it is: %s", name, out)
		}
	}
}
