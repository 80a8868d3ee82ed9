package experiment

import (
	"math"
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/workloads"
)

// windows are measured ranges that begin within the cold start and after it,
// short and longer.
func windows() (list []machine.Limits) {
	for _, warmup := range []uint64{0, 1, 200, 500, 999, 1500, 2000, 100_000} {
		for _, insts := range []uint64{300, 1000, 3000, 50_000} {
			list = append(list, machine.Limits{Warmup: warmup, Insts: insts, Until: machine.UntilAll})
		}
	}
	return list
}

func smt(t *testing.T) *machine.Config {
	t.Helper()
	c, err := machine.Load("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustCompare(t *testing.T, limits machine.Limits, schedulers []string, specs ...string) *results.Comparison {
	t.Helper()
	o := options(t, specs...)
	o.Config, o.Limits, o.Schedulers, o.Threads = smt(t), limits, schedulers, len(specs)
	c, err := Compare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A program alone makes the progress that it makes alone.
func TestProgressAlone(t *testing.T) {
	for _, spec := range []string{"sort", "fft", "spmv", "chase"} {
		for _, limits := range windows() {
			c := mustCompare(t, limits, []string{single}, spec)
			if m := c.Runs[0].Metrics; m.STP != 1 || m.ANTT != 1 || m.Speedup != 1 {
				t.Errorf("%s, %+v: STP %v, ANTT %v, speedup %v", spec, limits, m.STP, m.ANTT, m.Speedup)
			}
		}
	}
}

// The progress of a program in a mix is the cycles of a solo run that measures
// the same instructions over those in the mix.
func TestProgressInMix(t *testing.T) {
	for _, limits := range windows() {
		specs := []string{"sort", "fft", "spmv"}
		c := mustCompare(t, limits, []string{"icount"}, specs...)
		r := c.Runs[0]
		for i := range r.Programs {
			p := &r.Programs[i]
			want := float64(aloneOver(t, specs[i], p.Start, p.Start+p.Instructions)) / float64(p.Cycles)
			if got := float64(r.Metrics.Progress[i]); !(math.Abs(got/want-1) <= 0.005) {
				t.Errorf("%+v: %s has made %v of its progress alone over instructions %d … %d, want %v",
					limits, p.Workload, got, p.Start, p.Start+p.Instructions, want)
			}
		}
	}
}

// aloneOver is the cycles from the commit of instruction a of a program alone
// to that of instruction b.
func aloneOver(t *testing.T, spec string, a, b uint64) uint64 {
	t.Helper()
	measure := func(warmup, insts uint64) *machine.ProgramResult {
		p, err := workloads.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		sim, err := machine.New(machine.Job{
			Config: smt(t), Scheduler: single, Programs: []*workloads.Program{p}, Seed: 1,
			Limits: machine.Limits{Warmup: warmup, Insts: insts, Until: machine.UntilAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := sim.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return &r.Programs[0]
	}
	// Others commit in the cycle of instruction a: the range begins after them.
	begin := measure(a, 1).Start
	p := measure(a, b-begin)
	if p.Start != begin || begin < a || begin >= b {
		t.Fatalf("%s: measured from %d on, not %d", spec, p.Start, begin)
	}
	return p.Cycles
}
