package command

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/draws"
	"github.com/threadmill-sim/threadmill/results/store"
)

// smallestPlan is the smallest that there is.
const smallestPlan = `name = "window"
machine = "default"
schedulers = ["single", "icount"]
workloads = [["sort 2000", "chase 64"], ["fft", "queens"]]
insts = 50000
[axes]
"core.rob.size" = [64, 128, 256]
`

// A dry run lists the runs and does nothing; the sweep does them; again, it does
// nothing.
func TestSweep(t *testing.T) {
	plan := writeFile(t, "plan.toml", []byte(smallestPlan))
	file := filepath.Join(t.TempDir(), "runs.db")
	out := succeed(t, "sweep", plan, "--store", file, "--dry-run")
	for _, want := range []string{"core.rob.size", "256  icount:threads=2,width=8,issue=full,order=age         4     1  no      fft + queens", "window: 12 runs, 0 of them stored; 12 solo runs for their metrics, 0 of them stored.", "1.2 million instructions", "In 6 of them a program that has been measured runs on"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a dry run made a store")
	}
	o := threadmill(t, "sweep", plan, "--store", file)
	if o.code != 0 || o.out != "" || !strings.Contains(o.stderr, "24 of 24 done") || !strings.Contains(o.stderr, "window: 12 runs, 12 of them done now and 0 before") {
		t.Fatalf("%+v", o)
	}
	o = threadmill(t, "sweep", plan, "--store", file)
	if o.code != 0 || o.stderr != "threadmill: window: 12 runs, 0 of them done now and 12 before, in "+file+"\n" {
		t.Errorf("again: %+v", o)
	}
	var dry surveyJSON
	if err := json.Unmarshal([]byte(succeed(t, "sweep", plan, "--store", file, "--dry-run", "--shard", "3/3", "--format", "json")), &dry); err != nil {
		t.Fatal(err)
	}
	if first := dry.List[0]; dry.Runs != 4 || dry.Stored != 4 || dry.StoredBaselines != 4 || dry.Seconds != 0 || len(dry.List) != 4 || first.Run != 9 || first.Settings["core.rob.size"] != "256" || !first.Stored || len(first.Key) != 32 {
		t.Errorf("%+v", dry)
	}
	long := writeFile(t, "long.toml", []byte("workloads = [\"sort@test\"]\n[axes]\ncore.rob.size = {from = 32, to = 131, step = 1}\n"))
	if out := succeed(t, "sweep", long, "--dry-run"); strings.Count(out, "\n") > 30 || !strings.Contains(out, "…") || !strings.Contains(out, "--format csv or json has all of it") {
		t.Errorf("a long list:\n%s", out)
	}
	if out := succeed(t, "sweep", long, "--dry-run", "--format", "csv"); strings.Count(out, "\n") != 101 {
		t.Errorf("a long list as CSV:\n%s", out)
	}
}

// A plan in a store is what its file said when it was last swept, whatever was
// swept of it: what it no longer asks for is left out, stays, and is found again.
func TestSweepEdited(t *testing.T) {
	const text = "name = \"edited\"\nschedulers = [\"single\", \"icount\"]\nworkloads = [[\"sort 2000\", \"chase 64\"]]\ninsts = 2000\n"
	plan := writeFile(t, "plan.toml", []byte(text+"[axes]\n\"core.rob.size\" = [64, 128, 256]\n"))
	dir := t.TempDir()
	file := filepath.Join(dir, "runs.db")
	succeed(t, "sweep", plan, "--store", file)
	rows := func(args ...string) (list []string) {
		t.Helper()
		o := threadmill(t, append([]string{"export", file}, args...)...)
		if o.code != 0 || strings.Contains(o.stderr, "differ") {
			t.Errorf("%+v", o)
		}
		table, err := csv.NewReader(strings.NewReader(o.out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := func(name string) int { return slices.Index(table[0], name) }
		for _, row := range table[1:] {
			scheduler, _, _ := strings.Cut(row[column("scheduler")], ":")
			list = append(list, row[column("core.rob.size")]+" "+scheduler)
		}
		return list
	}
	for _, c := range []struct {
		insts, axis string
		shard       string
		done, gone  int
		want        []string
	}{
		{"2000", "128, 32", "1/1", 2, 4, []string{"128 single", "128 icount", "32 single", "32 icount"}},
		{"2000", "256, 64", "1/2", 0, 4, []string{"256 single", "256 icount", "64 single", "64 icount"}},
		{"3000", "128, 32", "1/1", 4, 4, []string{"128 single", "128 icount", "32 single", "32 icount"}},
		{"3000\ninterval = 500", "128, 32", "1/1", 4, 4, []string{"128 single", "128 icount", "32 single", "32 icount"}},
	} {
		edited := strings.Replace(text, "2000\n", c.insts+"\n", 1)
		if err := os.WriteFile(plan, []byte(edited+"[axes]\n\"core.rob.size\" = ["+c.axis+"]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		o := threadmill(t, "sweep", plan, "--store", file, "--shard", c.shard)
		for _, want := range []string{fmt.Sprintf("%d of them done now", c.done), fmt.Sprintf("no longer asks for, which stay in %s and are not reported with it: %d\n", file, c.gone)} {
			if o.code != 0 || !strings.Contains(o.stderr, want) {
				t.Errorf("%q is not in %+v", want, o)
			}
		}
		for _, filter := range [][]string{nil, {"--plan", "edited"}} {
			if got := rows(filter...); !slices.Equal(got, c.want) {
				t.Errorf("%s %s, %v: %q, want %q", c.insts, c.axis, filter, got, c.want)
			}
		}
	}
	if o := threadmill(t, "export", file); !strings.Contains(o.stderr, "12 runs left out that no plan asks for") {
		t.Errorf("%+v", o)
	}

	if o := threadmill(t, "export", file); strings.Contains(o.stderr, "not done yet") {
		t.Errorf("nothing is left to do: %+v", o)
	}
	half := filepath.Join(dir, "half.db")
	succeed(t, "sweep", plan, "--store", half, "--shard", "2/2")
	if o := threadmill(t, "export", half); !strings.Contains(o.stderr, "2 runs not done yet that the plan asks for") {
		t.Errorf("%+v", o)
	}

	other := filepath.Join(dir, "other.db")
	if err := os.WriteFile(plan, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "sweep", plan, "--store", other)
	all := filepath.Join(dir, "all.db")
	o := threadmill(t, "store", "merge", all, other, file)
	if want := fmt.Sprintf("plan \"edited\" is not the same in %s and in %s, where it was swept later", file, other); o.code != 0 || !strings.Contains(o.stderr, want) {
		t.Errorf("%q is not in %+v", want, o)
	}
	if o := threadmill(t, "store", "gc", all, "--dry-run"); o.code != 0 || !strings.Contains(o.stderr, "other runs that no plan asks for, kept without --unplanned: 16") {
		t.Errorf("%+v", o)
	}
	if o := threadmill(t, "store", "gc", all, "--unplanned"); o.code != 0 || !strings.Contains(o.stderr, "removed: 16") {
		t.Errorf("%+v", o)
	}
	if o := threadmill(t, "export", all, "--format", "jsonl"); o.code != 0 || o.stderr != "" || strings.Count(o.out, "\n") != 2 {
		t.Errorf("%+v", o)
	}
}

// What is wrong with a plan, or with the command line, is said before anything
// runs.
func TestSweepUsage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.db")
	good := writeFile(t, "good.toml", []byte(smallestPlan))
	bad := writeFile(t, "bad.toml", []byte("machine = \"defalt\"\nworklods = []\ninsts = 1.5\n"))
	wide := writeFile(t, "wide.toml", []byte("machine = \"scalar\"\nthreads = 1\nschedulers = [\"rr\"]\nworkloads = [[\"sort\", \"fft\"], \"srot\"]\n"))
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{bad, "--store", file}, []string{
			bad + `:1: machine: unknown machine "defalt", did you mean "default"?`, bad + `:2: unknown key "worklods", did you mean "workloads"?`, bad + ":3: insts: 1.5 is no whole number",
		}},
		{[]string{wide, "--store", file}, []string{
			"threadmill: " + wide + `:4: workloads: unknown workload "srot"`, "\nthreadmill: " + wide + ":4: workloads: the 2 programs of sort + fft need",
		}},
		{[]string{"none.toml", "--store", file}, []string{"sweep: none.toml: no such file"}},
		{[]string{good}, []string{"sweep: --store FILE"}},
		{[]string{good, "--engine", "slurm", "--dry-run"}, []string{"sweep: --store FILE"}},
		{[]string{"none.toml"}, []string{"threadmill: sweep: --store FILE", "\nthreadmill: sweep: none.toml: no such file"}},
		{[]string{wide}, []string{
			"threadmill: sweep: --store FILE", "\nthreadmill: " + wide + `:4: workloads: unknown workload "srot"`, "\nthreadmill: " + wide + ":4: workloads: the 2 programs of sort + fft need",
		}},
		{[]string{"--store", file}, []string{"sweep: no plan given"}},
		{[]string{good, bad, "--store", file}, []string{"sweep: one plan at a time, not 2"}},
		{[]string{good, "--store", bad}, []string{"is no store of runs"}},
		{[]string{good, "--store", file, "--shard", "4/3"}, []string{`sweep: --shard: "4/3" is no shard`}},
		{[]string{good, "--store", file, "--shard", "4611686018427387904/9223372036854775807"}, []string{"and n is at most 1000000"}},
		{[]string{good, "--store", file, "--timeout", "5"}, []string{`sweep: --timeout: "5" is no duration`}},
		{[]string{good, "--store", file, "--jobs", "0"}, []string{"sweep: --jobs: 0 is below 1"}},
		{[]string{good, "--store", file, "--format", "csv"}, []string{"sweep: --format is of what --dry-run lists"}},
	} {
		o := threadmill(t, append([]string{"sweep"}, c.args...)...)
		if o.code != exitUsage || o.out != "" {
			t.Errorf("%q: exit code %d, %q", c.args, o.code, o.out)
		}
		for _, want := range c.want {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("%q: %q is not in\n%s", c.args, want, o.stderr)
			}
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a refused sweep made a store")
	}
}

// Runs that fail or take too long are named, and the exit code says so.
func TestSweepFailure(t *testing.T) {
	killed := guest(t, loadZero)
	plan := writeFile(t, "plan.toml", []byte("workloads = [\"sort@test\", \""+killed+"\"]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	o := threadmill(t, "sweep", plan, "--store", file)
	if strings.Contains(o.stderr, "done: "+killed) || !strings.Contains(o.stderr, " of 4 over: "+killed+", icount failed: ") {
		t.Errorf("progress: %s", o.stderr)
	}
	if o := threadmill(t, "export", file); o.code != 0 || !strings.Contains(o.stderr, "1 run of "+killed+" and 1 of "+killed+" alone failed and are left out: ") {
		t.Errorf("export: %+v", o)
	}
	if o := threadmill(t, "report", file, "--model", "0", "--out", t.TempDir()); o.code != exitUsage || !strings.Contains(o.stderr, `unknown version of the model "0" (known: `) {
		t.Errorf("report: %+v", o)
	}
	if o.code != exitFailed || !strings.Contains(o.stderr, "SIGSEGV") || !strings.Contains(o.stderr, "2 runs failed; the same command tries again") {
		t.Errorf("%+v", o)
	}
}

// However many runs fail for one cause, the report and the export have one warning.
func TestSweepFailuresOfOneCause(t *testing.T) {
	killed := guest(t, loadZero)
	plan := writeFile(t, "plan.toml", []byte("schedulers = [\"rr\", \"icount\"]\nworkloads = [[\"sort@test\", \""+killed+"\"]]\ninsts = 2000\n[axes]\ncore.rob.size = [64, 128]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	threadmill(t, "sweep", plan, "--store", file)
	want := "threadmill: warning: 4 runs of sort@test + " + killed + " and 2 of " + killed + " alone failed and are left out: "
	for _, args := range [][]string{{"export", file}, {"report", file, "--out", t.TempDir()}} {
		if o := threadmill(t, args...); o.code != 0 || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, killed) != 3 {
			t.Errorf("%s: %+v", args[0], o)
		}
	}
}

// A failed run that the edited plan no longer asks for is in no report and in no
// export, nor is the solo run that it needed.
func TestSweepFailureEdited(t *testing.T) {
	killed := guest(t, loadZero)
	plan := writeFile(t, "plan.toml", []byte("name = \"p\"\nworkloads = [\"sort@test\", \""+killed+"\"]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	threadmill(t, "sweep", plan, "--store", file)
	said := func() (said []bool) {
		for _, args := range [][]string{{"export", file}, {"export", file, "--plan", "p"}, {"report", file, "--out", t.TempDir()}} {
			said = append(said, strings.Contains(threadmill(t, args...).stderr, killed))
		}
		return said
	}
	if got := said(); !slices.Equal(got, []bool{true, true, true}) {
		t.Errorf("the failures are named: %v", got)
	}
	if err := os.WriteFile(plan, []byte("name = \"p\"\nworkloads = [\"sort@test\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "sweep", plan, "--store", file)
	if got := said(); !slices.Equal(got, []bool{false, false, false}) {
		t.Errorf("the failures of the plan before are named: %v", got)
	}
}

// A program's own exit code is a warning, when it ends, at the end and of the
// report.
func TestSweepExitCode(t *testing.T) {
	three := writeFile(t, "three.s", []byte("_start:\tli t0, 2000\nloop:\taddi t0, t0, -1\n\tbnez t0, loop\n\tli a0, 3\n\tli a7, 93\n\tecall\n"))
	plan := writeFile(t, "plan.toml", []byte("schedulers = [\"single\", \"icount\"]\nworkloads = [\"sort@test\", [\""+three+"\", \""+three+"\"]]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	o := threadmill(t, "sweep", plan, "--store", file)
	first, end := "threadmill: warning: "+three+" ended with exit code 3\n", "threadmill: warning: "+three+" ended with exit code 3 in 3 runs\n"
	if o.code != 0 || strings.Count(o.stderr, first) != 1 || strings.Count(o.stderr, end) != 1 || strings.Count(o.stderr, "warning") != 2 {
		t.Errorf("%+v", o)
	}
	dir := t.TempDir()
	if o := threadmill(t, "report", file, "--out", dir); !strings.Contains(o.stderr, end) {
		t.Errorf("report: %+v", o)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "three.s: 3, in 3 runs") {
		t.Error("the page does not say so")
	}
}

// A program that had ended before the measurement began is a warning at the end
// of the sweep, of the report and of the export.
func TestSweepUnmeasured(t *testing.T) {
	plan := writeFile(t, "plan.toml", []byte("schedulers = [\"icount\"]\nwarmup = 100_000\ninsts = 2000\nworkloads = [[\"sort@test\", \"chase@test\"], \"sort@test\"]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	const want = "threadmill: warning: in 1 run a program had ended before the measurement began"
	for _, args := range [][]string{
		{"sweep", plan, "--store", file}, {"report", file, "--out", t.TempDir()}, {"export", file},
	} {
		if o := threadmill(t, args...); o.code != 0 || strings.Count(o.stderr, want) != 1 || !strings.Contains(o.stderr, ": sort@test in 1 run of sort@test") {
			t.Errorf("%s: exit code %d\n%s", args[0], o.code, o.stderr)
		}
	}
}

// A sweep over regions of interest measures what run --roi does.
func TestSweepROI(t *testing.T) {
	marked := writeFile(t, "marked.s", []byte("_start:\tli t0, 300\n1:\taddi t0, t0, -1\n\tbnez t0, 1b\n\tslti x0, x0, 1\n\tli t0, 2000\n"+
		"2:\tmul t1, t0, t0\n\taddi t0, t0, -1\n\tbnez t0, 2b\n\tslti x0, x0, 2\n\tli t0, 900\n3:\taddi t0, t0, -1\n\tbnez t0, 3b\n\tli a0, 0\n\tli a7, 93\n\tecall\n"))
	plan := writeFile(t, "plan.toml", []byte("machine = \"scalar\"\nthreads = 2\nschedulers = [\"single\", \"rr\"]\nworkloads = [[\""+marked+"\", \""+marked+"\"]]\nroi = true\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	succeed(t, "sweep", plan, "--store", file)
	rows, err := csv.NewReader(strings.NewReader(succeed(t, "export", file))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	for _, row := range rows[1:] {
		field := func(name string) string { return row[slices.Index(rows[0], name)] }
		args := []string{"run", "--machine", "scalar", "--scheduler", field("scheduler"), "--roi", "--format", "json", marked, marked}
		if field("contexts") == "2" {
			args = append(args, "--threads", "2")
		}
		var run struct{ Cycles, Instructions uint64 }
		if err := json.Unmarshal([]byte(succeed(t, args...)), &run); err != nil {
			t.Fatal(err)
		}
		// The loop between the marks, and a mark.
		if got := fmt.Sprint(run.Cycles, run.Instructions); got != field("cycles")+" "+field("instructions") || run.Instructions < 12000 || run.Instructions > 12010 {
			t.Errorf("%s: the sweep measured %s cycles and %s instructions, run %s", field("scheduler"), field("cycles"), field("instructions"), got)
		}
	}
}

// A sweep that is killed again and again loses nothing that it had stored, and
// ends as one that nobody disturbed.
func TestSweepKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	plan := writeFile(t, "plan.toml", []byte(`machine = "scalar"
threads = 2
schedulers = ["single", "barrel", "rr"]
workloads = [["aluloop@test", "fpchain@test"], ["fpchain@test", "sort@test"], ["queens@test", "sort@test"], "sha256@test", ["lz@test", "packets@test"]]
warmup = 500
insts = 5000
repetitions = 5
[axes]
"cache.l1d.size" = ["4K", "8K", "16K", "32K"]
`))
	dir := t.TempDir()
	undisturbed, file := filepath.Join(dir, "undisturbed.db"), filepath.Join(dir, "killed.db")
	began := time.Now()
	succeed(t, "sweep", plan, "--store", undisturbed, "--quiet")
	whole := time.Since(began)
	rng := rand.New(rand.NewPCG(draws.Seed(t), 0))
	before, kills := 0, 0
	for range 20 {
		cmd := exec.CommandContext(t.Context(), binaryPath, "sweep", plan, "--store", file, "--quiet")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rng.Int64N(int64(whole/8))), func() { _ = cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			kills++
		}
		timer.Stop()
		now := before
		if s, err := store.Open(file); err == nil {
			finished, err := s.Finished()
			if err := errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
			now = len(finished)
		}
		if now < before {
			t.Errorf("%d runs of %d are left", now, before)
		}
		before = now
	}
	t.Logf("%d of 20 were killed; %d runs were stored then", kills, before)
	o := threadmill(t, "sweep", plan, "--store", file)
	if o.code != 0 {
		t.Fatalf("%+v", o)
	}
	for _, format := range []string{"csv", "jsonl"} {
		if diff := cmp.Diff(succeed(t, "export", undisturbed, "--baselines", "--format", format), succeed(t, "export", file, "--baselines", "--format", format)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

// Ctrl-C ends a sweep, whose runs so far stay, and it says how to go on.
func TestSweepInterrupted(t *testing.T) {
	plan := writeFile(t, "plan.toml", []byte("schedulers = [\"rr\"]\nworkloads = [\"sort@test\", \"chase@ref\"]\n"))
	file := filepath.Join(t.TempDir(), "runs.db")
	cmd := exec.CommandContext(t.Context(), binaryPath, "sweep", plan, "--store", file, "--jobs", "1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "1 of 4 done: sort@test, rr") {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(said.String(), "interrupted; 1 of 2 runs are in "+file+", and the same command does the rest") {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
	if s, err := store.OpenReadOnly(file); err != nil {
		t.Error(err)
	} else {
		finished, err := s.Finished()
		if err != nil || len(finished) == 0 || len(finished) > 2 {
			t.Errorf("%d runs are stored, %v", len(finished), err)
		}
		s.Close()
	}
}
