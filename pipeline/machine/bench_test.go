package machine

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// The speed of the simulator, as README.md quotes it:
//
//	go test -pgo=cmd/threadmill/default.pgo -run '^$' -bench . -benchtime 1x ./pipeline/machine
//
// BenchmarkArithmetic is the host alone: when it is slower than usual, so is
// everything else.

// BenchmarkArithmetic times a fixed loop of dependent integer operations.
func BenchmarkArithmetic(b *testing.B) {
	const steps = 200_000_000
	x := uint64(1)
	start := time.Now()
	for range b.N {
		for range steps {
			x = x*6364136223846793005 + 1442695040888963407
		}
	}
	b.ReportMetric(float64(b.N)*steps/time.Since(start).Seconds()/1e6, "Mstep/s")
	if x == 0 {
		b.Fatal("the generator has no zero in its orbit of 1")
	}
}

// BenchmarkSingle simulates every bundled workload but the pointer chase alone
// on the default machine.
func BenchmarkSingle(b *testing.B) {
	speeds := rates{}
	for _, d := range workloads.Suite() {
		if d.Name == "chase" {
			continue
		}
		b.Run(d.Name, func(b *testing.B) { speeds.add(simulate(b, "single", d.Name)) })
	}
	speeds.report(b)
}

// BenchmarkSMT4 simulates them in fours under icount.
func BenchmarkSMT4(b *testing.B) {
	speeds := rates{}
	for _, mix := range [][]string{
		{"sort", "matmul", "bfs", "triad"},
		{"lz", "queens", "sha256", "hashjoin"},
		{"fft", "spmv", "automaton", "stencil"},
		{"aluloop", "fpchain", "sort", "spmv"},
	} {
		b.Run(strings.Join(mix, "+"), func(b *testing.B) { speeds.add(simulate(b, "icount", mix...)) })
	}
	speeds.report(b)
}

// BenchmarkDirection simulates branchy workloads with direction predictors that
// cost more and more time.
func BenchmarkDirection(b *testing.B) {
	for _, direction := range []string{"gshare", "tage", "tage-sc-l"} {
		speeds := rates{}
		config := preset(b, "default", "branch.direction="+direction)
		for _, name := range []string{"queens", "lz", "matmul"} {
			b.Run(direction+"/"+name, func(b *testing.B) { speeds.add(simulateOn(b, config, "single", name)) })
		}
		speeds.report(b)
	}
}

// BenchmarkChase simulates a pointer chase through 64 MiB.
func BenchmarkChase(b *testing.B) { simulate(b, "single", "chase 65536") }

// BenchmarkExec executes every bundled workload functionally.
func BenchmarkExec(b *testing.B) {
	speeds := rates{}
	for _, d := range workloads.Suite() {
		b.Run(d.Name, func(b *testing.B) {
			p := openFor(b, d.Name)
			n, seconds := uint64(0), 0.0
			for range b.N {
				system := linux.NewSystem(linux.SystemOptions{})
				process, err := p.Start(system, workloads.Options{})
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if err := system.Run(context.Background(), 0); err != nil {
					b.Fatal(err)
				}
				seconds += time.Since(start).Seconds()
				n += process.Instructions()
			}
			rate := float64(n) / seconds / 1e6
			b.ReportMetric(rate, "Minst/s")
			speeds.add(rate)
		})
	}
	speeds.report(b)
}

// simulate measures a run of four million instructions each and returns its millions of
// committed instructions a second.
func simulate(b *testing.B, discipline string, specs ...string) (rate float64) {
	return simulateOn(b, preset(b, "default"), discipline, specs...)
}

// simulateOn is simulate with another machine than the default one.
func simulateOn(b *testing.B, config *Config, discipline string, specs ...string) (rate float64) {
	var programs []*workloads.Program
	for _, spec := range specs {
		programs = append(programs, openFor(b, spec))
	}
	for range b.N {
		s, err := New(Job{
			Config: config, Scheduler: discipline, Programs: programs, Seed: 1,
			Limits: Limits{Warmup: 200_000, Insts: 4_000_000, Until: UntilAll},
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
		rate = float64(committed) / r.Seconds / 1e6
		b.ReportMetric(rate, "Minst/s")
		b.ReportMetric(float64(s.core.Now())/r.Seconds/1e6, "Mcycle/s")
	}
	return rate
}

func openFor(b *testing.B, spec string) *workloads.Program {
	p, err := workloads.Open(spec)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// rates are millions of instructions a second of several programs.
type rates []float64

func (r *rates) add(rate float64) { *r = append(*r, rate) }

// report logs the geometric mean and the least of them.
func (r rates) report(b *testing.B) {
	if len(r) == 0 {
		return
	}
	sum, least := 0.0, math.Inf(1)
	for _, v := range r {
		sum += math.Log(v)
		least = min(least, v)
	}
	b.Logf("%d programs: geometric mean %.2f, least %.2f Minst/s", len(r), math.Exp(sum/float64(len(r))), least)
}
