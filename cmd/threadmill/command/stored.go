package command

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

// filterFlags choose runs of a store.
func filterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "plan", DefaultText: "all runs", Usage: "only the runs that the plan `NAME` asks for"},
		&cli.StringFlag{Name: "model", DefaultText: "any", Usage: "only the runs of `VERSION` of the simulator's model"},
	}
}

func filterOf(c *cli.Context) store.Filter {
	return store.Filter{Plan: c.String("plan"), Model: c.String("model")}
}

// load reads the runs of a store. With a DamageError the set holds what is not
// lost.
func load(path string, f store.Filter) (*results.Set, error) {
	s, err := store.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Load(f)
}

// warnSet says what a set of runs leaves to be desired.
func (t *tool) warnSet(s *results.Set) {
	t.warnFailed(s)
	t.warnExits(s.Exits())
	var partly results.Partly
	for _, r := range s.Runs {
		partly.Add(r)
	}
	t.warnPartly(partly)
	if n := s.Missing; n > 0 {
		t.warn("%s not done yet that the plan asks for: threadmill sweep goes on with it", results.Counted(n, "run"))
	}
	if n := s.Unplanned; n > 0 {
		t.warn("%s left out that no plan asks for, as when one has changed since (a new name for the changed one keeps both)", results.Counted(n, "run"))
	}
	if n := s.WithoutSolo(); n > 0 {
		t.warn("no STP, ANTT and fairness of %s: the solo runs for them are not stored; threadmill sweep with the plan computes them", results.Counted(n, "run"))
	}
	if unlike := s.Unlike(); len(unlike) > 0 {
		t.warn("the runs also differ in %s, so means over all of them are of several experiments (--plan and --model choose)", strings.Join(unlike, ", "))
	}
}

// warnFailed says of each cause which runs failed.
func (t *tool) warnFailed(s *results.Set) {
	const most = 20
	causes := s.Causes()
	for i := range causes {
		c := &causes[i]
		if i == most {
			t.warn("runs failed for %s", results.Counted(len(causes)-most, "further cause"))
			break
		}
		if len(c.Runs) > 1 {
			t.warn("%s failed and are left out: %s", c.What(), c.Error)
			continue
		}
		f := c.Runs[0]
		t.warn("run %s failed and is left out: %s, %s, %s, seed %d: %s", f.Key(), f.Mix(), f.Machine, f.Scheduler, f.Setup.Seed, f.Error)
	}
}

// warnPartly names the programs that some runs have not measured.
func (t *tool) warnPartly(p results.Partly) {
	if p.Runs == 0 {
		return
	}
	const most = 5
	var names []string
	for i, u := range p.List {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(p.List)-most))
			break
		}
		names = append(names, fmt.Sprintf("%s in %s of %s", u.Workload, results.Counted(u.Runs, "run"), u.Mix))
	}
	t.warn("in %s a program had ended before the measurement began, or committed nothing in it: no STP, ANTT and fairness, and means leave the mix out: %s",
		results.Counted(p.Runs, "run"), strings.Join(names, "; "))
}

// warnExits names programs that did not end well.
func (t *tool) warnExits(list []results.Exit) {
	const most = 10
	for i, e := range list {
		if i == most {
			t.warn("%s ended with exit codes other than 0", results.Counted(len(list)-most, "further program"))
			break
		}
		t.warn("%v in %s", e, results.Counted(e.Runs, "run"))
	}
}

// statisticDocs says what statistics are, by their names with numbers of
// threads or without.
func statisticDocs() (func(name string) (unit, doc string), error) {
	entries, err := statisticEntries()
	if err != nil {
		return nil, err
	}
	known := make(map[string]entry, len(entries))
	for _, e := range entries {
		known[e.Name] = e
	}
	return func(name string) (unit, doc string) {
		e := known[unnumbered(name)]
		if e.Note != "" {
			return e.Unit, e.Doc + " (" + e.Note + ")"
		}
		return e.Unit, e.Doc
	}, nil
}

// pathDoc says what a value of the configuration is.
func pathDoc(path string) string {
	for _, p := range machine.Paths() {
		if p.Path == path {
			return p.Doc
		}
	}
	return ""
}
