package experiment_test

import (
	"context"
	"fmt"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results/experiment"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// Two programs under a fetch policy of one's own, which prefers the thread that
// has the fewest instructions in the reorder buffer.
func ExampleCompare() {
	own := scheduler.Catalog.With(scheduler.Ranked("emptiest", "the emptiest window fetches",
		func(t *scheduler.Thread) int { return t.Occupancy[scheduler.ROB] }))
	config, err := machine.Load("default", []string{"core.rob.sharing=shared"})
	if err != nil {
		fmt.Println(err)
		return
	}
	o := experiment.CompareOptions{
		Config: config, Catalog: &own, Schedulers: []string{"icount", "emptiest"}, Seed: 1,
		Limits: machine.Limits{Warmup: 10_000, Insts: 50_000, Until: machine.UntilAll},
	}
	for _, spec := range []string{"sort@test", "fft@test"} {
		program, err := workloads.Open(spec)
		if err != nil {
			fmt.Println(err)
			return
		}
		o.Programs = append(o.Programs, program)
	}
	c, err := experiment.Compare(context.Background(), o)
	if err != nil || len(c.Failures) > 0 {
		fmt.Println(err, c.Failures)
		return
	}
	for _, r := range c.Runs {
		fmt.Printf("%s: STP between 1 and 2: %v\n", r.Scheduler, r.Metrics.STP > 1 && r.Metrics.STP < 2)
	}
	// Output:
	// icount:threads=2,width=8,issue=full,order=age: STP between 1 and 2: true
	// emptiest:threads=2,width=8,issue=full,order=age: STP between 1 and 2: true
}
