package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
)

// The keys of a run that scripts rely on.
func TestRunJSON(t *testing.T) {
	out := succeed(t, "run", "aluloop@test", "--format", "json", exits(t, 3), "--threads", "3")
	var keys map[string]json.RawMessage
	decode(t, out, &keys)
	for _, key := range []string{"schema", "machine", "scheduler", "end", "cycles", "instructions", "ipc", "utilization", "programs", "threads", "stats", "host"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("no key %q", key)
		}
	}
	var r results.Record
	decode(t, out, &r)
	if r.Schema != results.Schema || r.Machine != "default" || !strings.HasPrefix(r.Scheduler, "icount:") || r.End != "all" || r.Cycles == 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Programs) != 2 || len(r.Threads) != 3 || r.Threads[2].Program != nil {
		t.Fatalf("%d programs, threads %+v", len(r.Programs), r.Threads)
	}
	if code := r.Programs[1].ExitCode; code == nil || *code != 3 || r.Programs[1].Instructions != 3 {
		t.Errorf("second program: %+v", r.Programs[1])
	}
	if code := r.Programs[0].ExitCode; code == nil || *code != 0 || len(r.Programs[0].Stdout) == 0 {
		t.Errorf("first program: %+v", r.Programs[0])
	}
	if sum := r.Threads[0].Instructions + r.Threads[1].Instructions; sum != r.Instructions || r.Stats.Of("committed") != r.Instructions {
		t.Errorf("%d instructions, threads have %d, statistics %d", r.Instructions, sum, r.Stats.Of("committed"))
	}
	if err := results.CheckLedger(&r); err != nil {
		t.Error(err)
	}
	if r.Utilization != results.Utilization(r.Stats) {
		t.Errorf("utilization %v", r.Utilization)
	}
}

// Several programs under single are one record of runs back to back.
func TestRunSingle(t *testing.T) {
	var both, first, second results.Record
	decode(t, succeed(t, "run", "aluloop@test", "fpchain@test", "--scheduler", "single", "--format", "json"), &both)
	decode(t, succeed(t, "run", "aluloop@test", "--scheduler", "single", "--format", "json"), &first)
	decode(t, succeed(t, "run", "fpchain@test", "--scheduler", "single", "--format", "json"), &second)
	if both.Setup.Contexts != 1 || both.Cycles != first.Cycles+second.Cycles || both.Instructions != first.Instructions+second.Instructions {
		t.Errorf("%d contexts, %d cycles for %d + %d", both.Setup.Contexts, both.Cycles, first.Cycles, second.Cycles)
	}
	// The context's own is what the programs together have: means over their
	// slots and cycles.
	context, a, b := &both.Threads[0], &first.Threads[0], &second.Threads[0]
	for category, share := range context.TopDown {
		want := (float64(a.TopDown[category])*float64(a.Cycles) + float64(b.TopDown[category])*float64(b.Cycles)) / float64(context.Cycles)
		if math.Abs(float64(share)-want) > 1e-9 {
			t.Errorf("%s is %v of the slots, want %v", category, share, want)
		}
	}
	if len(context.TopDown) == 0 || len(context.TopDown) != len(a.TopDown) || context.Account == nil || math.Abs(float64(context.Account.Base-a.Account.Base-b.Account.Base)) > 1e-6 {
		t.Errorf("top-down %v and account %+v of %+v and %+v", context.TopDown, context.Account, a.Account, b.Account)
	}
	if low, high := min(a.MLP, b.MLP), max(a.MLP, b.MLP); !(low > 0 && low <= context.MLP && context.MLP <= high) {
		t.Errorf("MLP %v of %v and %v", context.MLP, a.MLP, b.MLP)
	}
	out := succeed(t, "run", "aluloop@test", "fpchain@test", "--scheduler", "single")
	if !strings.Contains(out, "program 0  program 1") {
		t.Errorf("the table does not say whose slots it has:\n%s", out)
	}
}

func TestRunText(t *testing.T) {
	for format, want := range map[string][]string{
		"table":    {"IPC", "aluloop", "standard output of program 0"},
		"markdown": {"| thread", "```"},
		"csv":      {"machine,changes,scheduler,programs,", "\ndefault,"},
	} {
		out := succeed(t, "run", "aluloop@test", "--format", format)
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", format, w, out)
			}
		}
	}
}

// comparison is a small one.
func comparison(more ...string) []string {
	return append([]string{"compare", "--warmup", "2000", "--insts", "20000", "--machine", "scalar", "aluloop@test", "fpchain@test", "--threads", "2", "--format", "json"}, more...)
}

// A comparison has the runs, the baselines and the metrics, and the same bytes
// with any number of workers; its directory has the files.
func TestCompare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "report")
	one := succeed(t, comparison("--jobs", "1", "--out", dir)...)
	two := succeed(t, comparison("--jobs", "2", "--quiet")...)
	if a, b := withoutHost(t, one), withoutHost(t, two); a != b {
		t.Errorf("one worker and two differ:\n%s\n%s", a, b)
	}
	var c results.Comparison
	decode(t, one, &c)
	var names []string
	for _, r := range c.Runs {
		name, _, _ := strings.Cut(r.Scheduler, ":")
		names = append(names, name)
		if m := r.Metrics; m == nil || !m.STP.Defined() || !m.ANTT.Defined() || !m.Fairness.Defined() || !m.Speedup.Defined() {
			t.Errorf("%s: metrics %+v", r.Scheduler, r.Metrics)
		}
		if err := results.CheckLedger(r); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(names, defaultSchedulers) || len(c.Baselines) != 2 || !slices.Equal(c.Mix, []string{"aluloop@test", "fpchain@test"}) {
		t.Errorf("runs %q, %d baselines, mix %q", names, len(c.Baselines), c.Mix)
	}
	for _, r := range c.Runs {
		if points := c.ScalingOf(r.Scheduler); len(points) != 2 {
			t.Errorf("%s: scaling %v", r.Scheduler, points)
		}
	}
	for _, name := range []string{"index.html", "comparison.json", "utilization.svg", "utilization.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The command in the record gives the record.
	words := strings.Fields(c.Command)
	again := succeed(t, append(words[1:], "--format", "json", "--quiet")...)
	if withoutHost(t, again) != withoutHost(t, one) {
		t.Errorf("%s gives something else", c.Command)
	}
}

// withoutHost is JSON without what the host contributed.
func withoutHost(t *testing.T, text string) string {
	t.Helper()
	var v any
	decode(t, text, &v)
	var strip func(any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "host")
			for _, e := range v {
				strip(e)
			}
		case []any:
			for _, e := range v {
				strip(e)
			}
		}
	}
	strip(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A program that dies is in the record and does not stop the others.
func TestCompareWithDeadGuest(t *testing.T) {
	o := threadmill(t, "compare", "aluloop@test", guest(t, loadZero), "--insts", "5000", "--warmup", "0", "--threads", "2", "--scheduler", "rr", "--format", "json", "--quiet")
	if o.code != 1 || !strings.Contains(o.stderr, "SIGSEGV") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("exit code %d\n%s", o.code, o.stderr)
	}
	var c results.Comparison
	decode(t, o.out, &c)
	if len(c.Runs) != 1 || len(c.Failures) == 0 || c.Runs[0].Programs[0].Instructions < 5000 {
		t.Errorf("%d runs, %d failures", len(c.Runs), len(c.Failures))
	}
}

// An interrupted comparison writes what has finished and says so.
func TestCompareInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	// The guest that ends at once has its baseline soon; the other never.
	cmd := exec.CommandContext(t.Context(), binaryPath, "compare", exits(t, 0), guest(t, loopForever), "--insts", "0",
		"--warmup", "0", "--threads", "2", "--jobs", "2", "--scheduler", "single", "--out", dir)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "1 of ") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(rest), "interrupted") || !strings.Contains(string(rest), dir) {
		t.Errorf("exit code %d, want 1\n%s", code, rest)
	}
	data, err := os.ReadFile(filepath.Join(dir, "comparison.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c results.Comparison
	decode(t, string(data), &c)
	if out.Len() != 0 {
		t.Errorf("tables of no run:\n%s", out.String())
	}
	if !c.Canceled || len(c.Baselines) != 1 {
		t.Errorf("canceled %v, %d baselines", c.Canceled, len(c.Baselines))
	}
}

// Files of others in the directory stay.
func TestCompareKeepsOtherFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		succeed(t, "compare", "aluloop@test", "--insts", "2000", "--warmup", "0", "--threads", "1", "--scheduler", "single", "--out", dir, "--quiet")
	}
	if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(dir) {
			t.Errorf("left beside it: %s", e.Name())
		}
	}
}

// When every program ends before it is warm there is nothing to show.
func TestNothingMeasured(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	for _, line := range [][]string{
		{"run", exits(t, 0), "--warmup", "1000"},
		{"compare", exits(t, 0), exits(t, 3), "--warmup", "1000", "--threads", "2", "--quiet", "--out", dir},
	} {
		o := threadmill(t, line...)
		const want = "threadmill: every program ended before it had committed --warmup 1000 instructions; use a larger size or a smaller --warmup\n"
		if o.code != 1 || o.out != "" || o.stderr != want {
			t.Errorf("%q: exit code %d, output %q\n%s", line[0], o.code, o.out, o.stderr)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the report's directory was made")
	}
}

// A program may have ended, warm long ago, when the slowest begins.
func TestNothingMeasuredOfTheSlowest(t *testing.T) {
	o := threadmill(t, "run", "--machine", "isca96", "--scheduler", "priority:levels=7+0+0", "--insts", "3000", "--until", "first", "--warmup", "500", "aluloop@test", "fpchain@test")
	const want = "threadmill: nothing was measured under --until first: aluloop@test ended after "
	if o.code != 1 || o.out != "" || !strings.HasPrefix(o.stderr, want) || !strings.Contains(o.stderr, "before the slowest program had committed --warmup 500;") {
		t.Errorf("exit code %d, output %q\n%s", o.code, o.out, o.stderr)
	}
}

// A value that fits the threads asked for need not fit the machine's own.
func TestRunThreadsBeforeSet(t *testing.T) {
	succeed(t, "run", "aluloop@test", "--insts", "1000", "--threads", "1", "--set", "core.rob.size=3")
}

// What a program writes to its standard error is in the record, and how it
// failed in a warning.
func TestRunStandardError(t *testing.T) {
	// write(2, sp, 1), where argc is; exit(3)
	path := guest(t, li(a0, 2), moveSPtoA1, li(a2, 1), li(a7, 64), ecall, li(a0, 3), li(a7, 93), ecall)
	o := threadmill(t, "run", path, "--format", "json")
	var r results.Record
	decode(t, o.out, &r)
	if o.code != 0 || !strings.Contains(o.stderr, "guest ended with exit code 3\n") || string(r.Programs[0].Stderr) != "\x01" {
		t.Errorf("exit code %d, %+v\n%s", o.code, r.Programs[0], o.stderr)
	}
	if out := succeed(t, "run", path); !strings.Contains(out, "standard error of program 0, "+path) {
		t.Error(out)
	}
}

// Without workloads a machine of few threads gets the first of the default
// mix.
func TestCompareDefaultMix(t *testing.T) {
	out := succeed(t, "compare", "--threads", "1", "--scheduler", "icount", "--warmup", "0", "--insts", "1000", "--quiet", "--format", "json")
	var c results.Comparison
	decode(t, out, &c)
	if !slices.Equal(c.Mix, defaultMix[:1]) || len(c.Runs) != 1 {
		t.Errorf("mix %q, %d runs", c.Mix, len(c.Runs))
	}
}

// A program under two spellings has one baseline and both names.
func TestCompareSpellings(t *testing.T) {
	args := []string{"compare", "fpchain@test", "fpchain 4000", "--threads", "2", "--scheduler", "single", "--warmup", "0", "--insts", "2000", "--quiet"}
	out := succeed(t, args...)
	for _, name := range []string{"fpchain@test", "fpchain 4000"} {
		if !regexp.MustCompile(name + ` +\d\.\d\d +\d\.\d\d \(0\.50\)\n`).MatchString(out) {
			t.Errorf("%s has no IPC alone:\n%s", name, out)
		}
	}
}

// A warning of a comparison names its run, or how many runs it is of, and is
// given once.
func TestCompareWarnings(t *testing.T) {
	o := threadmill(t, "compare", "aluloop@test", "aluloop@test", "--warmup", "0", "--insts", "1000", "--threads", "2", "--scheduler", "single", "--scheduler", "rr")
	warnings := 0
	for line := range strings.Lines(o.stderr) {
		if strings.Contains(line, "warning") {
			warnings++
			if !strings.Contains(line, "warning: alone: aluloop@test: ") && !strings.Contains(line, ", 2 programs on 2 threads: aluloop@test: ") && !strings.Contains(line, " runs: aluloop@test: ") {
				t.Error(line)
			}
		}
	}
	if o.code != 0 || warnings == 0 || warnings > 3 {
		t.Errorf("%d warnings:\n%s", warnings, o.stderr)
	}
}

// Without --scheduler a run has the machine's own discipline, and a comparison
// has it beside the usual ones when it is none of them.
func TestOwnScheduler(t *testing.T) {
	own := writeFile(t, "own.toml", []byte("base = \"scalar\"\nscheduler = \"rr.1.8\"\n"))
	scheduler := func(args ...string) string {
		var r struct{ Scheduler string }
		decode(t, succeed(t, append(args, "aluloop@test", "--insts", "1000", "--format", "json", "--quiet")...), &r)
		return strings.SplitN(r.Scheduler, ":", 2)[0]
	}
	if got := scheduler("run"); got != "icount" {
		t.Errorf("default runs %s", got)
	}
	if got := scheduler("run", "--machine", "scalar"); got != "barrel" {
		t.Errorf("scalar runs %s", got)
	}
	if got := scheduler("run", "--machine", "scalar", "--scheduler", "coarse"); got != "coarse" {
		t.Errorf("scalar with --scheduler coarse runs %s", got)
	}
	for machine, want := range map[string]string{own: "single coarse barrel icount rr", "scalar": "single coarse barrel icount"} {
		var c struct{ Runs []struct{ Scheduler string } }
		decode(t, succeed(t, "compare", "aluloop@test", "--machine", machine, "--threads", "2", "--warmup", "0", "--insts", "1000", "--format", "json", "--quiet", "--out", t.TempDir()), &c)
		var got []string
		for _, r := range c.Runs {
			got = append(got, strings.SplitN(r.Scheduler, ":", 2)[0])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: compared %v, want %s", machine, got, want)
		}
	}
}

// A discipline with other than default parameters is not shown as the plain one.
func TestSchedulerLabel(t *testing.T) {
	for spec, want := range map[string]string{"barrel": "barrel", "barrel:rotate=strict": "barrel:rotate=strict", "icount.2.8": "icount", "icount.1.8": "icount:threads=1"} {
		out := succeed(t, "compare", "aluloop@test", "--warmup", "0", "--insts", "1000", "--scheduler", spec, "--format", "markdown", "--quiet", "--out", t.TempDir())
		if !strings.Contains(out, "| "+want+" ") {
			t.Errorf("%s is not called %s:\n%s", spec, want, out)
		}
	}
}
