package store

import (
	"database/sql"
	"errors"
	"slices"
)

// Garbage says what GC removes besides what no result can need.
type Garbage struct {
	Model     string // the runs of other versions of the model stay no longer
	Unplanned bool   // nor do those that no plan asks for, where there are plans
	Dry       bool   // nothing is removed
}

// Removed is what GC has removed or, on a dry run, would.
type Removed struct {
	Counts    []Count
	Unplanned int // runs of several programs that no plan asks for, which stay unless Garbage says otherwise
	Solo      int // runs of one program alone that no plan asks for and no other run needs
}

// GC removes what no result needs: the runs of other versions of the model,
// failures, the baselines and solo curves that no run needs which stays, and
// configurations that no run has. From a damaged store nothing is removed.
func (s *Store) GC(what Garbage) (*Removed, error) {
	c := newCollector(what)
	out := &Removed{}
	err := s.change(func(tx *sql.Tx) error {
		c.tx, c.file = tx, s.file
		if err := errors.Join(c.load(), s.lost(c.damage)); err != nil {
			return err
		}
		if err := c.mark(); err != nil {
			return err
		}
		for _, t := range tables {
			removed, err := c.sweep(t)
			if err != nil {
				return err
			}
			out.Counts = append(out.Counts, Count{What: t.name, Rows: removed})
		}
		out.Unplanned, out.Solo = c.unasked, c.unneeded
		if what.Dry {
			return errDry
		}
		return nil
	})
	switch {
	case errors.Is(err, errDry):
		return out, nil
	case err != nil:
		return nil, err
	}
	_, err = s.db.Exec("VACUUM")
	return out, s.wrap(err)
}

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// collector removes rows, all but those that are marked.
type collector struct {
	*loader
	keep map[*table]map[string]bool
}

func newCollector(what Garbage) *collector {
	c := &collector{newLoader(Filter{Model: what.Model}), make(map[*table]map[string]bool)}
	c.unplanned = !what.Unplanned
	for _, t := range tables {
		c.keep[t] = make(map[string]bool)
	}
	c.keep[copies] = c.keep[lists]
	return c
}

// mark marks the runs that stay and what they need.
func (c *collector) mark() error {
	for _, r := range slices.Concat(c.chosen, c.alone) {
		key, id := r.Key(), r.Identity()
		c.keep[runs][key] = true
		c.keep[configurations][r.Setup.Config] = true
		for i := range r.Programs {
			c.keep[curves][id.SoloKey(i)] = true
		}
		run, err := get(c.tx, runs, key)
		if err != nil {
			return err
		}
		c.keep[lists][run.listOfRun().key] = true
		intervals, err := get(c.tx, series, key)
		if err != nil {
			return err
		}
		if intervals != nil {
			c.keep[series][key] = true
			c.keep[lists][intervals.listOfSeries().key] = true
		}
	}
	return c.markPlans()
}

// markPlans marks the plans that ask for a run that stays or has not been
// computed, and takes the others out of them.
func (c *collector) markPlans() error {
	stored, err := c.keys(runs)
	if err != nil {
		return err
	}
	gone := make(map[string]bool)
	for _, key := range stored {
		gone[key] = !c.keep[runs][key]
	}
	for _, p := range c.plans {
		left := slices.DeleteFunc(slices.Clone(p.Keys), func(key string) bool { return gone[key] })
		if len(left) == 0 {
			continue
		}
		c.keep[plans][p.key()] = true
		if len(left) == len(p.Keys) {
			continue
		}
		r, err := planRow(&Plan{p.Name, p.Text, left, p.Swept})
		if err == nil {
			err = insert(c.tx, plans, &r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keys are those of all rows of a table.
func (c *collector) keys(t *table) (list []string, err error) {
	err = query(c.tx, "SELECT key FROM "+t.name, nil, func(from *sql.Rows) error {
		var key string
		err := from.Scan(&key)
		list = append(list, key)
		return err
	})
	return list, err
}

// sweep removes the rows of a table that are not marked and counts them.
func (c *collector) sweep(t *table) (removed int, err error) {
	stored, err := c.keys(t)
	if err != nil {
		return 0, err
	}
	for _, key := range stored {
		if c.keep[t][key] {
			continue
		}
		if _, err := c.tx.Exec("DELETE FROM "+t.name+" WHERE key = ?", key); err != nil {
			return 0, err
		}
		removed++
	}
	return removed, nil
}
