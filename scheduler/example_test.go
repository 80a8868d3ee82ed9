package scheduler_test

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/scheduler"
)

// laggard is a policy of the reader's own: the thread that has committed the
// fewest instructions fetches first, among equals the one that fetched longest
// ago. It needs nothing but the View, so any package can define it.
type laggard struct {
	width int
}

// newLaggard is its constructor; the arguments arrive checked, with defaults
// filled in.
func newLaggard(e scheduler.Env, a scheduler.Args) (scheduler.Policy, scheduler.Traits, error) {
	return &laggard{width: min(a.Int("width"), e.FetchWidth)}, scheduler.Traits{}, e.Validate()
}

func (l *laggard) Plan(p *scheduler.Plan, v *scheduler.View) {
	p.FetchThreads, p.FetchWidth = 1, l.width
	for t := range v.Threads {
		if v.Threads[t].State != scheduler.Running {
			continue
		}
		p.Fetch = append(p.Fetch, isa.Context(t))
		for i := len(p.Fetch) - 1; i > 0 && less(v, p.Fetch[i], p.Fetch[i-1]); i-- {
			p.Fetch[i-1], p.Fetch[i] = p.Fetch[i], p.Fetch[i-1]
		}
	}
}

// less reports whether a comes before b.
func less(v *scheduler.View, a, b isa.Context) bool {
	x, y := &v.Threads[a], &v.Threads[b]
	if x.Committed != y.Committed {
		return x.Committed < y.Committed
	}
	return x.LastFetch < y.LastFetch
}

// A policy is a type with a Plan method and one row in a table.
func Example() {
	table := scheduler.Catalog.With(scheduler.Row{
		Name: "laggard",
		Doc:  "the thread that has committed the fewest instructions fetches",
		Params: []scheduler.Param{
			{Name: "width", Doc: "instructions fetched a cycle", Kind: scheduler.IntParam, Default: "8", Min: 1, Max: 64},
		},
		New: newLaggard,
	})

	row, args, err := table.Parse("laggard:width=4")
	if err != nil {
		fmt.Println(err)
		return
	}
	policy, _, err := row.New(scheduler.Env{Contexts: 3, FetchWidth: 8}, args)
	if err != nil {
		fmt.Println(err)
		return
	}

	view := scheduler.View{Now: 1000, Threads: []scheduler.Thread{
		{State: scheduler.Running, Committed: 700},
		{State: scheduler.Waiting, Committed: 10},
		{State: scheduler.Running, Committed: 300},
	}}
	var plan scheduler.Plan
	plan.Reset()
	policy.Plan(&plan, &view)
	fmt.Println(args, "fetches", plan.FetchWidth, "from the first of", plan.Fetch)
	// Output: laggard:width=4 fetches 4 from the first of [2 0]
}
