package experiment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/workloads"
)

// options is a small comparison of the given programs.
func options(t *testing.T, specs ...string) CompareOptions {
	t.Helper()
	cfg, err := machine.Load("scalar", nil)
	if err != nil {
		t.Fatal(err)
	}
	o := CompareOptions{
		Config: cfg, Schedulers: []string{"single", "barrel", "rr"}, Seed: 1, Threads: 2,
		Limits: machine.Limits{Warmup: 1000, Insts: 10000, Until: machine.UntilAll},
	}
	for _, spec := range specs {
		p, err := workloads.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		o.Programs = append(o.Programs, p)
	}
	return o
}

// text is a comparison without what the host contributed.
func text(t *testing.T, c *results.Comparison) string {
	t.Helper()
	for _, list := range [][]*results.Record{c.Runs, c.Baselines, c.Scaling} {
		for _, r := range list {
			r.Host = results.Host{}
		}
	}
	data, err := results.EncodeJSON(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The number of workers changes nothing.
func TestCompareWorkers(t *testing.T) {
	var texts []string
	for _, jobs := range []int{1, 3} {
		o := options(t, "aluloop@test", "fpchain@test")
		o.Jobs = jobs
		var reports []Progress
		o.Progress = func(p Progress) { reports = append(reports, p) }
		c, err := Compare(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text(t, c))
		// Two baselines; k = 1 and 2 under two schedulers.
		if last := reports[len(reports)-1]; len(reports) != 7 || last.Done != 6 || last.Total != 6 {
			t.Errorf("%d workers: %d reports, the last %+v", jobs, len(reports), last)
		}
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Error(diff)
	}
}

// Every run has its metrics, so the baselines cover what the mixes measured;
// single is the baselines one after another, which is no speedup.
func TestCompareMetrics(t *testing.T) {
	c, err := Compare(t.Context(), options(t, "aluloop@test", "fpchain@test"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Runs) != 3 || len(c.Baselines) != 2 || len(c.Scaling) != 3 || c.Canceled || len(c.Failures) != 0 {
		t.Fatalf("%d runs, %d baselines, %d scaling runs, failures %v", len(c.Runs), len(c.Baselines), len(c.Scaling), c.Failures)
	}
	for _, r := range slices.Concat(c.Runs, c.Baselines, c.Scaling) {
		if m := r.Metrics; m == nil || !m.STP.Defined() || !m.Speedup.Defined() {
			t.Errorf("%s on %d contexts: metrics %+v", r.Scheduler, r.Setup.Contexts, r.Metrics)
		}
		if err := results.CheckLedger(r); err != nil {
			t.Error(err)
		}
	}
	single := c.Runs[0]
	if want := c.Baselines[0].Cycles + c.Baselines[1].Cycles; single.Cycles != want || single.Setup.Contexts != 1 || single.Metrics.Speedup != 1 {
		t.Errorf("single: %d cycles, want %d; %d contexts; speedup %v", single.Cycles, want, single.Setup.Contexts, single.Metrics.Speedup)
	}
	for _, r := range c.Runs {
		if points := c.ScalingOf(r.Scheduler); len(points) != 2 {
			t.Errorf("%s: scaling %v", r.Scheduler, points)
		}
	}
	// The faster program ran on while the slower one warmed up.
	if p := c.Runs[2].Programs[0]; p.Start < 1000 || p.Start+p.Instructions <= 11000 {
		t.Errorf("%+v", p)
	}
}

// A program named twice has one baseline, and with more threads than programs
// the scaling repeats the mix.
func TestCompareRepeats(t *testing.T) {
	o := options(t, "fpchain@test", "fpchain 4000")
	o.Schedulers, o.Threads = []string{"rr", "single"}, 3
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Baselines) != 1 || !slices.Equal(c.Mix, []string{"fpchain@test", "fpchain 4000"}) {
		t.Errorf("%d baselines, mix %q", len(c.Baselines), c.Mix)
	}
	var contexts []int
	for _, r := range c.Runs {
		if r.Mix() != "fpchain@test + fpchain 4000" {
			t.Errorf("%s: programs %s", r.Scheduler, r.Mix())
		}
	}
	for _, r := range c.Scaling {
		if r.Scheduler == "single" {
			continue
		}
		if len(r.Programs) != r.Setup.Contexts {
			t.Errorf("%d programs on %d contexts", len(r.Programs), r.Setup.Contexts)
		}
		contexts = append(contexts, r.Setup.Contexts)
	}
	if !slices.Equal(contexts, []int{1, 2, 3}) || c.Runs[0].Setup.Contexts != 3 {
		t.Errorf("scaling over %v, whole mix on %d", contexts, c.Runs[0].Setup.Contexts)
	}
}

// A canceled comparison keeps what had finished, with what it is measured
// against.
func TestCompareCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, "aluloop@test", "fpchain@test")
	o.Jobs = 1
	o.Progress = func(p Progress) {
		if p.Done == 3 {
			cancel()
		}
	}
	c, err := Compare(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	// The baselines came first, then a mix: that of single is made of them.
	if !c.Canceled || len(c.Runs) != 2 || len(c.Scaling) != 1 || len(c.Baselines) != 2 || len(c.Failures) != 0 {
		t.Errorf("canceled %v, %d runs, %d baselines, failures %v", c.Canceled, len(c.Runs), len(c.Baselines), c.Failures)
	}
	for _, r := range slices.Concat(c.Runs, c.Baselines) {
		if !r.Metrics.Speedup.Defined() || !r.Metrics.STP.Defined() {
			t.Errorf("%s of %s: %+v", r.Scheduler, r.Mix(), r.Metrics)
		}
	}
	if note := c.InterruptNote(); note != "" {
		t.Errorf("nothing is missing: %q", note)
	}
}

// What cannot be simulated is an error before anything is.
func TestCompareErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*CompareOptions)
		want   string
	}{
		{func(o *CompareOptions) { o.Schedulers = []string{"rr", "rr.2.8"} }, "listed twice"},
		{func(o *CompareOptions) { o.Schedulers = []string{"icont"} }, `did you mean "icount"?`},
		{func(o *CompareOptions) { o.Programs = nil }, "no program"},
		{func(o *CompareOptions) { o.Threads = 1; o.Schedulers = []string{"rr"} }, "2 programs"},
		{func(o *CompareOptions) { o.Limits.Until = "al" }, `did you mean "all"?`},
	} {
		o := options(t, "aluloop@test", "fpchain@test")
		o.Progress = func(Progress) { t.Error("something was begun") }
		c.change(&o)
		if res, err := Compare(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v; want %q", res, err, c.want)
		}
	}
}

// Several programs under single are as many simulations; the record has them
// all.
func TestRunSingle(t *testing.T) {
	o := options(t, "aluloop@test", "fpchain@test")
	run, err := Prepare(machine.Job{Config: o.Config, Scheduler: "single", Programs: o.Programs, Limits: o.Limits, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r, failures, err := run.Do(t.Context(), 2)
	if err != nil || len(failures) != 0 {
		t.Fatal(err, failures)
	}
	if len(r.Programs) != 2 || r.Setup.Contexts != 1 || r.Cycles != r.Programs[0].Cycles+r.Programs[1].Cycles {
		t.Errorf("%d programs, %d contexts, %d cycles", len(r.Programs), r.Setup.Contexts, r.Cycles)
	}
}

// The misses of programs that ran one after another are averaged over the
// programs, as those of threads are, whatever each one's length.
func TestCompareMisses(t *testing.T) {
	o := options(t, "sort@test", "aluloop@test")
	o.Schedulers, o.Limits = []string{"single", "rr"}, machine.Limits{Until: machine.UntilAll}
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	sort, alu := c.Baselines[0], c.Baselines[1]
	want := (results.MPKI(sort, "branch") + results.MPKI(alu, "branch")) / 2
	if got := results.MPKI(c.Runs[0], "branch"); got != want || sort.Instructions == alu.Instructions {
		t.Errorf("single: %v branch MPKI, want %v", got, want)
	}
	if got := c.Runs[0].Stats.Of("thread1.committed"); got != alu.Instructions {
		t.Errorf("second program: %d instructions, want %d", got, alu.Instructions)
	}
}

// threaded is a program of two threads that each count down from n and wait for
// a product in each turn; the first waits for the second.
func threaded(t *testing.T, n int) *workloads.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "threaded.s")
	source := fmt.Sprintf(`
_start:	li s1, 3
	li a0, 0x10f00	# CLONE_VM|FS|FILES|SIGHAND|THREAD
	la a1, top
	li a7, 220
	ecall
	beqz a0, second
	li s0, %[1]d
1:	mul s1, s1, s1
	addi s0, s0, -1
	bnez s0, 1b
	la a0, done
2:	lw a1, 0(a0)
	bnez a1, 3f
	li a1, 0	# FUTEX_WAIT while it is 0
	li a2, 0
	li a3, 0
	li a7, 98
	ecall
	la a0, done
	j 2b
3:	li a0, 0
	li a7, 94
	ecall
second:	li s0, %[1]d
1:	mul s1, s1, s1
	addi s0, s0, -1
	bnez s0, 1b
	la a0, done
	li a1, 1
	sw a1, 0(a0)
	li a2, 1	# FUTEX_WAKE
	li a7, 98
	ecall
	li a0, 0
	li a7, 93
	ecall
	.data
	.align 3
done:	.dword 0
	.zero 256
top:	.dword 0
`, n)
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := workloads.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Programs of several threads are compared by time: against one hardware
// thread, and over the number of hardware threads.
func TestCompareThreads(t *testing.T) {
	o := options(t)
	o.Programs = []*workloads.Program{threaded(t, 10_000)}
	o.Schedulers, o.Threads = []string{"single", "barrel", "coarse:timer=500"}, 4
	o.Limits = machine.Limits{Until: machine.UntilAll}
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Failures) > 0 || len(c.Runs) != 3 || len(c.Baselines) != 1 || len(c.Scaling) != 6 {
		t.Fatalf("%d runs, %d baselines, %d scaling runs, failures %v", len(c.Runs), len(c.Baselines), len(c.Scaling), c.Failures)
	}
	for _, r := range slices.Concat(c.Runs, c.Baselines, c.Scaling) {
		if len(r.Programs) != 1 || r.Programs[0].Threads != 2 || !r.Programs[0].Whole || r.Metrics.STP.Defined() || !r.Metrics.Speedup.Defined() {
			t.Errorf("%s on %d: %+v, %+v", r.Scheduler, r.Setup.Contexts, r.Programs, r.Metrics)
		}
	}
	if s := c.Runs[0].Metrics.Speedup; s != 1 {
		t.Errorf("single: speedup %v over itself", s)
	}
	// What one thread waits for its products, the other uses; more hardware
	// threads than software threads change nothing.
	barrel := c.ScalingOf(c.Runs[1].Scheduler)
	if len(barrel) != 4 || barrel[0].Value < 0.95 || barrel[0].Value > 1.05 || barrel[1].Value < 1.8 || barrel[3].Threads != 4 || barrel[3].Value < 0.95*barrel[1].Value {
		t.Errorf("barrel: %v", barrel)
	}
	if !strings.Contains(c.TimeNote(), "threaded.s has several software threads") {
		t.Errorf("%q", c.TimeNote())
	}
}

// Programs that are measured in part have no speedup when they have threads,
// and those beside them keep their progress.
func TestCompareThreadsInPart(t *testing.T) {
	o := options(t, "fpchain@test")
	o.Programs = append(o.Programs, threaded(t, 10_000))
	o.Schedulers, o.Threads = []string{"rr"}, 3
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Runs[0].Metrics
	if len(c.Failures) > 0 || m.STP.Defined() || m.Speedup.Defined() || !m.Progress[0].Defined() || m.Progress[1].Defined() {
		t.Errorf("%+v, failures %v", m, c.Failures)
	}
	// One hardware thread is too few for two programs.
	if len(c.Scaling) != 1 || c.Scaling[0].Setup.Contexts != 2 || len(c.Scaling[0].Programs) != 2 {
		t.Errorf("%d scaling runs", len(c.Scaling))
	}
}

// A program whose fast-forward goes beyond its end is a failure of its runs.
func TestCompareFastForward(t *testing.T) {
	o := options(t, "fpchain@test", "aluloop@test")
	o.Schedulers = []string{"rr", "single"}
	o.Limits.FastForward = 3000
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Concat(c.Runs, c.Baselines, c.Scaling) {
		if !r.Metrics.STP.Defined() || r.Setup.FastForward != 3000 || r.Programs[0].Start > 1100 {
			t.Errorf("%s: %+v, %+v", r.Scheduler, r.Programs, r.Metrics)
		}
	}
	o.Limits.FastForward = 1 << 40
	if c, err = Compare(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(c.Runs) != 0 || len(c.Failures) == 0 || !strings.Contains(c.Failures[0].Error, "before the end of its fast-forward") {
		t.Errorf("%d runs, failures %v", len(c.Runs), c.Failures)
	}
}
