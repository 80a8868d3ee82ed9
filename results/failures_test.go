package results_test

import (
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
)

// Failed runs are told by cause, with how many there are of each mix and, last,
// of programs alone; of many mixes the first are named and the rest counted.
func TestCauses(t *testing.T) {
	failed := func(err string, solo bool, programs ...string) results.FailedRun {
		f := results.FailedRun{Error: err, Solo: solo}
		for _, p := range programs {
			f.Programs = append(f.Programs, results.ProgramID{Workload: p})
		}
		return f
	}
	s := &results.Set{}
	for range 3 {
		s.Failed = append(s.Failed, failed("SIGSEGV", true, "crash"), failed("SIGSEGV", false, "sort", "crash"), failed("SIGSEGV", false, "fft", "crash"))
	}
	s.Failed = append(s.Failed, failed("too long", false, "sort", "fft"))
	for i := range 9 {
		s.Failed = append(s.Failed, failed("deadlock", false, strings.Repeat("a", i+1)), failed("deadlock", false, strings.Repeat("a", i+1)))
	}
	want := []string{
		"3 runs of sort + crash, 3 of fft + crash and 3 of crash alone: SIGSEGV",
		"1 run of sort + fft: too long",
		"2 runs of a, 2 of aa, 2 of aaa, 2 of aaaa and 10 of 5 others: deadlock",
	}
	causes, runs := s.Causes(), 0
	if len(causes) != len(want) {
		t.Fatalf("%d causes", len(causes))
	}
	for i, c := range causes {
		runs += len(c.Runs)
		if got := c.What() + ": " + c.Error; got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
	if runs != len(s.Failed) {
		t.Errorf("the causes have %d of %d runs", runs, len(s.Failed))
	}
}

// What was not measured is counted by program and mix, a run once and a program
// that a mix has twice once.
func TestPartly(t *testing.T) {
	run := func(programs ...results.Program) *results.Record { return &results.Record{Programs: programs} }
	ended, other, measured := results.Program{Workload: "sort"}, results.Program{Workload: "fft"}, results.Program{Workload: "chase", Instructions: 9}
	var p results.Partly
	for _, r := range []*results.Record{run(ended, measured), run(ended, measured), run(measured), run(ended, other, ended)} {
		p.Add(r)
	}
	want := []results.Unmeasured{{"sort", "sort + chase", 2}, {"fft", "sort + fft + sort", 1}, {"sort", "sort + fft + sort", 1}}
	if p.Runs != 3 || len(p.List) != 3 || p.List[0] != want[0] || p.List[1] != want[1] || p.List[2] != want[2] {
		t.Errorf("%+v", p)
	}
}
