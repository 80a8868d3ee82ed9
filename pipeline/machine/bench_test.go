package machine

import (
	"context"
	"testing"

	"github.com/threadmill-sim/threadmill/workloads"
)

// BenchmarkSimulate is the speed of whole simulations on the default machine:
// committed instructions a second, over the bundled workloads.
func BenchmarkSimulate(b *testing.B) {
	config, err := Load("default", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range workloads.Suite() {
		b.Run(d.Name, func(b *testing.B) {
			p, err := workloads.Open(d.Name)
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				s, err := New(Job{
					Config: config, Scheduler: "single", Programs: []*workloads.Program{p}, Seed: 1,
					Limits: Limits{Warmup: 200_000, Insts: 1_000_000, Until: UntilAll},
				})
				if err != nil {
					b.Fatal(err)
				}
				r, err := s.Run(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.Instructions+r.Programs[0].Start)/r.Seconds/1e6, "Minst/s")
				b.ReportMetric(float64(r.Instructions)/float64(r.Cycles), "IPC")
				b.ReportMetric(float64(r.Cycles)/r.Seconds/1e6, "Mcycle/s")
			}
		})
	}
}
