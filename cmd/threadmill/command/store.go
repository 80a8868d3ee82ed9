package command

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/urfave/cli/v2"
)

func (t *tool) storeCommand() *cli.Command {
	return &cli.Command{
		Name:      "store",
		Usage:     "housekeeping of stores of runs: merge, verify, gc",
		ArgsUsage: "merge INTO FROM... | verify STORE | gc STORE",
		Description: "merge   copies into INTO, which is made when there is none, the runs of the others that it has not.\n" +
			"        Runs that are in two and not equal are an error, and nothing is merged. Of two editions of\n" +
			"        a plan that which was swept last stays. What is damaged is named and left out: merge NEW\n" +
			"        OLD saves what is good of a damaged store.\n" +
			"verify  reads everything, checks it, and names what is lost.\n" +
			"gc      removes the runs of other versions of the simulator's model, failures, and baselines, solo\n" +
			"        curves and configurations that no run needs which stays; then the file shrinks. Runs that\n" +
			"        have left their plan stay, but for --unplanned.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "model", Value: machine.Model, Usage: "gc: keep the runs of `VERSION` of the model"},
			&cli.BoolFlag{Name: "unplanned", Usage: "gc: remove the runs that no plan asks for, too, where there are plans"},
			&cli.BoolFlag{Name: "dry-run", Usage: "gc: say what would be removed, and remove nothing"},
		}, outputFlags()),
		Action: t.store,
	}
}

func (t *tool) store(c *cli.Context) error {
	actions := []struct {
		name     string
		min, max int // stores
		do       func(*cli.Context, []string) error
	}{
		{"merge", 2, 1 << 30, t.mergeStores},
		{"verify", 1, 1, t.verifyStore},
		{"gc", 1, 1, t.cleanStore},
	}
	if !c.Args().Present() {
		return usage(c, "merge, verify or gc?")
	}
	var known []string
	for _, a := range actions {
		known = append(known, a.name)
		if a.name != c.Args().First() {
			continue
		}
		paths := c.Args().Tail()
		if a.name != "gc" {
			for _, flag := range []string{"model", "unplanned", "dry-run"} {
				if c.IsSet(flag) {
					return usage(c, "--%s is of gc, not of %s", flag, a.name)
				}
			}
		}
		switch {
		case a.name == "merge" && len(paths) < a.min:
			return usage(c, "merge: which stores into which? (threadmill store merge INTO FROM...)")
		case len(paths) < a.min:
			return usage(c, "%s: no store given", a.name)
		case len(paths) > a.max:
			return usage(c, "%s: one store at a time, not %d", a.name, len(paths))
		}
		return a.do(c, paths)
	}
	return usage(c, "%w", catalog.Unknown("action", c.Args().First(), known))
}

// storeError is an error of a store: what a file is, is the user's; what is lost
// or could not be written is a failure.
func storeError(c *cli.Context, err error) error {
	var conflict *store.Conflict
	switch {
	case err == nil:
		return nil
	case errors.As(err, &conflict), errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrFull), errors.Is(err, store.ErrBusy),
		errors.Is(err, store.ErrUnread), errors.Is(err, store.ErrUnlocked):
		return &exit{exitFailed, err}
	}
	return usage(c, "%w", err)
}

func (t *tool) mergeStores(c *cli.Context, paths []string) error {
	merged, err := store.Merge(paths[0], paths[1:]...)
	if merged != nil {
		for _, e := range merged.Editions {
			t.warn("plan %q is not the same in %s and in %s, where it was swept later, which stays; runs that only the former asks for are in no plan now, and a sweep with the right file puts that right", e.Plan, e.Left, e.Kept)
		}
		if err := t.printCounts(c, merged.Counts, "added"); err != nil {
			return err
		}
	}
	return storeError(c, err)
}

func (t *tool) verifyStore(c *cli.Context, paths []string) error {
	s, err := store.OpenReadOnly(paths[0])
	if err != nil {
		return storeError(c, err)
	}
	defer s.Close()
	counts, err := s.Verify()
	if counts != nil {
		if err := t.printCounts(c, counts, "good"); err != nil {
			return err
		}
	}
	for _, n := range counts {
		if n.None > 0 {
			t.note("%s: solo runs of an older version, which kept no curves, so that nothing that is measured against them has an STP: %d", paths[0], n.None)
		}
	}
	var damaged *store.DamageError
	if !errors.As(err, &damaged) {
		if err == nil {
			t.note("%s: nothing is lost", paths[0])
		}
		return storeError(c, err)
	}
	var all []error
	for _, d := range damaged.List {
		all = append(all, errors.New(d.String()))
	}
	good := 0
	for _, n := range counts {
		if n.What == "runs" {
			good = n.Rows
		}
	}
	all = append(all, fmt.Errorf("%s is damaged: threadmill store merge NEW %s saves what is good, %s among it, and a sweep into NEW computes the rest of its plan again", paths[0], paths[0], results.Counted(good, "run")))
	return &exit{exitFailed, errors.Join(all...)}
}

func (t *tool) cleanStore(c *cli.Context, paths []string) error {
	if _, err := os.Stat(paths[0]); err != nil {
		return usage(c, "%w", err) // and do not make one
	}
	s, err := store.Open(paths[0])
	if err != nil {
		return storeError(c, err)
	}
	defer s.Close()
	model := c.String("model")
	if model != machine.Model { // which may be one that no run has yet
		models, err := s.Models()
		switch {
		case err != nil:
			return storeError(c, err)
		case !slices.Contains(models, model):
			return usage(c, "--model: %w", catalog.Unknown("version of the model", model, models))
		}
	}
	unplanned := c.Bool("unplanned")
	removed, err := s.GC(store.Garbage{Model: model, Unplanned: unplanned, Dry: c.Bool("dry-run")})
	if err != nil {
		return storeError(c, err)
	}
	if n := removed.Solo; n > 0 {
		t.note("solo runs that no plan asks for and no run needs, removed: %d", n)
	}
	switch n := removed.Unplanned; {
	case n > 0 && unplanned:
		t.note("other runs that no plan asks for, removed: %d", n)
	case n > 0:
		t.note("other runs that no plan asks for, kept without --unplanned: %d", n)
	}
	return t.printCounts(c, removed.Counts, "removed")
}

// printCounts prints what was done to how many rows of each kind, and how many
// are lost when any are.
func (t *tool) printCounts(c *cli.Context, counts []store.Count, done string) error {
	if c.String("format") == formatJSON {
		out := make(map[string]map[string]int)
		for _, n := range counts {
			out[n.What] = map[string]int{done: n.Rows, "lost": n.Lost}
		}
		return writeJSON(t.out, out)
	}
	lost := 0
	for _, n := range counts {
		lost += n.Lost
	}
	out := table{header: []string{"what", done}}
	if lost > 0 {
		out.header = append(out.header, "lost")
	}
	for _, n := range counts {
		cells := []string{n.What, strconv.Itoa(n.Rows)}
		if lost > 0 {
			cells = append(cells, strconv.Itoa(n.Lost))
		}
		out.add(cells...)
	}
	return t.print(&out, c.String("format"))
}
