package results

import (
	"slices"
	"strings"
	"testing"
)

// whole is a record of programs measured from the first instruction to the
// last, a program of that many threads each.
func whole(scheduler string, contexts int, cycles uint64, threads ...int) *Record {
	r := &Record{Scheduler: scheduler, Cycles: cycles, Setup: Setup{Contexts: contexts, Width: 8}}
	for i, n := range threads {
		name := string(rune('a' + i))
		r.Programs = append(r.Programs, Program{Workload: name, Digest: name, Threads: n, Whole: true, Instructions: 1000, Cycles: cycles})
	}
	return r
}

// Programs of several threads are compared by time, and by nothing else.
func TestParallel(t *testing.T) {
	alone := whole("single", 1, 6000, 4)
	other := whole("single", 1, 2000, 1, 1)
	other.Programs = other.Programs[1:]
	run := whole("icount", 4, 2000, 4, 1)
	c := &Comparison{Runs: []*Record{run}, Baselines: []*Record{alone, other}}
	curve := constantCPI(2, 10_000)
	c.Measure(func(string) *Curve { return curve })
	m := run.Metrics
	if !c.Parallel() || !near(m.Speedup, 4) || m.STP.Defined() || m.ANTT.Defined() || m.Fairness.Defined() || m.Harmonic.Defined() || m.Jain.Defined() {
		t.Errorf("%+v", m)
	}
	if m.Progress[0].Defined() || !near(m.Progress[1], 1) {
		t.Errorf("progress %v: only that of the program of one thread is known", m.Progress)
	}
	if note := c.TimeNote(); !strings.HasPrefix(note, "a has several software threads") || strings.Contains(note, "--warmup") {
		t.Errorf("note %q", note)
	}
	// Measured in part, here or alone, it has no speedup.
	for _, p := range []*Program{&run.Programs[0], &run.Programs[1], &alone.Programs[0]} {
		p.Whole = false
		c.Measure(func(string) *Curve { return curve })
		if run.Metrics.Speedup.Defined() || !strings.Contains(c.TimeNote(), "--warmup 0 --insts 0") {
			t.Errorf("speedup %v of a part; note %q", run.Metrics.Speedup, c.TimeNote())
		}
		p.Whole = true
	}
	// A run that ended before the program made its threads is one of it all
	// the same.
	run.Programs[0].Threads = 1
	c.Measure(func(string) *Curve { return curve })
	if run.Metrics.STP.Defined() || !near(run.Metrics.Speedup, 4) {
		t.Errorf("%+v", run.Metrics)
	}
	c.Baselines = nil
	if c.Measure(func(string) *Curve { return curve }); c.Parallel() || c.TimeNote() != "" || !run.Metrics.STP.Defined() {
		t.Errorf("without threads: %+v", run.Metrics)
	}
}

// The scaling of programs of several threads is the speedup of the mix on k
// hardware threads.
func TestParallelScaling(t *testing.T) {
	c := &Comparison{
		Runs:      []*Record{whole("icount", 4, 2000, 4), whole("single", 1, 6000, 4)},
		Baselines: []*Record{whole("single", 1, 6000, 4)},
		Scaling:   []*Record{whole("icount", 2, 3000, 4), whole("icount", 1, 6000, 4)},
	}
	c.Measure(func(string) *Curve { return nil })
	if got := c.ScalingOf("icount"); !slices.Equal(got, []Point{{1, 1}, {2, 2}, {4, 3}}) {
		t.Errorf("%v", got)
	}
	if got := c.ScalingOf("single"); !slices.Equal(got, []Point{{1, 1}}) {
		t.Errorf("%v", got)
	}
}

// A context that several programs shared is shown with what it did.
func TestSharedContext(t *testing.T) {
	program := 0
	r := whole("icount", 3, 1000, 2, 2)
	r.Threads = []Thread{
		{ID: 0, Program: &program, Instructions: 700, Cycles: 1000, IPC: 0.7},
		{ID: 1, Instructions: 300, Cycles: 1000, IPC: 0.3},
		{ID: 2, IPC: Undefined},
	}
	_, rows := ThreadTable(r)
	want := [][]string{{"0", "a", "not ended", "700", "1000", "0.700", "–"}, {"1", "several", "–", "300", "1000", "0.300", "–"}, {"2", "–", "–", "0", "0", "–", "–"}}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%q, want %q", rows, want)
	}
}
