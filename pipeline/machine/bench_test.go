package machine

import (
	"context"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads"
)

// BenchmarkSimulate is the speed of whole simulations on the default machine:
// committed instructions a second, over the bundled workloads alone and in
// fours under simultaneous multithreading.
func BenchmarkSimulate(b *testing.B) {
	for _, d := range workloads.Suite() {
		b.Run(d.Name, func(b *testing.B) { simulate(b, "single", d.Name) })
	}
	for _, mix := range [][]string{
		{"sort", "matmul", "bfs", "triad"},
		{"lz", "queens", "sha256", "hashjoin"},
		{"fft", "spmv", "automaton", "stencil"},
	} {
		b.Run("smt4/"+strings.Join(mix, "+"), func(b *testing.B) { simulate(b, "icount", mix...) })
	}
}

func simulate(b *testing.B, discipline string, specs ...string) {
	config, err := Load("default", nil)
	if err != nil {
		b.Fatal(err)
	}
	var programs []*workloads.Program
	for _, spec := range specs {
		p, err := workloads.Open(spec)
		if err != nil {
			b.Fatal(err)
		}
		programs = append(programs, p)
	}
	for range b.N {
		s, err := New(Job{
			Config: config, Scheduler: discipline, Programs: programs, Seed: 1,
			Limits: Limits{Warmup: 200_000, Insts: 1_000_000, Until: UntilAll},
		})
		if err != nil {
			b.Fatal(err)
		}
		r, err := s.Run(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		committed := r.Instructions
		for i := range r.Programs {
			committed += r.Programs[i].Start
		}
		b.ReportMetric(float64(committed)/r.Seconds/1e6, "Minst/s")
		b.ReportMetric(float64(r.Instructions)/float64(r.Cycles), "IPC")
		b.ReportMetric(float64(r.Cycles)/r.Seconds/1e6, "Mcycle/s")
	}
}
