package command

import (
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
	for _, f := range s.Failed {
		t.warn("run %s failed and is left out: %s, %s, %s, seed %d: %s", f.Key(), f.Mix(), f.Machine, f.Scheduler, f.Setup.Seed, f.Error)
	}
	t.warnExits(s.Exits())
	partly := 0
	for _, r := range s.Runs {
		if len(r.Unmeasured()) > 0 {
			partly++
		}
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

// warnPartly says how many runs have measured only some of their programs.
func (t *tool) warnPartly(runs int) {
	if runs > 0 {
		t.warn("in %s a program had ended before the measurement began, or committed nothing in it: no STP, ANTT and fairness, and means leave the mix out", results.Counted(runs, "run"))
	}
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
