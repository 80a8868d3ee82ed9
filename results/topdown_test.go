package results

import (
	"math"
	"testing"
)

// Every slot is in one category, whatever its class, and an account is of all
// cycles.
func TestTopDown(t *testing.T) {
	zero := 0
	r := &Record{
		Cycles: 1000, Setup: Setup{Contexts: 2},
		Programs: []Program{{Workload: "sort", Instructions: 500, Cycles: 500}},
		Threads:  []Thread{{ID: 0, Program: &zero, Instructions: 500, Cycles: 500}, {ID: 1}},
		Stats: NewStats(map[string]uint64{
			"slots.dispatch.total":                   4000,
			"thread0.slots.dispatch.retired":         500,
			"thread0.slots.dispatch.wrongpath":       100,
			"thread0.slots.dispatch.mispredict":      100,
			"thread0.slots.dispatch.memory":          400,
			"thread0.slots.dispatch.rob":             200, // a structure
			"thread0.slots.dispatch.iq_vector":       100, // … that is not known here
			"thread0.slots.dispatch.iq_vector_other": 200,
			"thread0.slots.dispatch.other_thread":    300,
			"thread0.slots.dispatch.fetch":           100,
			"thread0.dispatch_masked":                200,
		}),
	}
	r.Analyse()
	td := r.Threads[0].TopDown
	for name, want := range map[string]Number{
		"retiring": 0.25, "bad_speculation": 0.1, "bad_speculation.recovery": 0.05, "backend_memory.memory": 0.2,
		"backend_core": 0.15, "backend_core.structures": 0.15, "other_threads.occupied": 0.1, "other_threads": 0.25, "frontend_bandwidth": 0.05,
	} {
		if math.Abs(float64(td[name]-want)) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, td[name], want)
		}
	}
	sum := Number(0)
	for _, group := range groups() {
		sum += td[group]
	}
	if math.Abs(float64(sum-1)) > 1e-12 {
		t.Errorf("the groups sum to %v", sum)
	}
	// Of 500 cycles a quarter was lost to others; of that 200 of 2000 slots would have been lost alone, too.
	a := r.Threads[0].Account
	if got := [3]Number{a.Base, a.Miss, a.Waiting}; math.Abs(float64(got[0]-225)) > 1e-9 || math.Abs(float64(got[1]-200)) > 1e-9 || math.Abs(float64(got[2]-75)) > 1e-9 {
		t.Errorf("base, miss, waiting are %v", got)
	}
	if r.Threads[1].TopDown != nil || r.Threads[1].Account != nil {
		t.Error("an idle thread has an account")
	}
	if m := Measure(r, nil); math.Abs(float64(m.Estimate[0]-0.85)) > 1e-12 {
		t.Errorf("estimated progress %v", m.Estimate)
	}
}
