package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// Run is a finished run, with what is stored beside its record.
type Run struct {
	Record        *results.Record
	Configuration string             // canonical text of the machine, whose digest the record has
	Intervals     []results.Interval // nil: the run was not sampled
	Curve         *results.Curve     // of a run of one program alone; nil: none
}

// Put stores a finished run, and forgets that it had failed. One that is there
// already stays as it is, and gets what is lost of it; when it is not equal in all but what it cost the
// host, a Conflict is the error and nothing is changed.
func (s *Store) Put(r Run) error {
	run, list, err := runRow(r.Record)
	if err != nil {
		return err
	}
	batch := []entry{
		{configurations, row{r.Record.Setup.Config, [][]byte{[]byte(r.Configuration)}}},
		{lists, list}, {runs, run},
	}
	if len(r.Intervals) > 0 || r.Record.Setup.Interval > 0 {
		intervals, list, err := seriesRow(run.key, r.Intervals)
		if err != nil {
			return err
		}
		batch = append(batch, entry{lists, list}, entry{series, intervals})
	}
	if r.Curve != nil {
		batch = append(batch, entry{curves, curveRow(r.Record.Identity().SoloKey(0), r.Curve)})
	}
	return s.put(batch)
}

// PutCurve stores a solo curve under Identity.SoloKey. Of two the longer stays.
func (s *Store) PutCurve(key string, c *results.Curve) error {
	return s.put([]entry{{curves, curveRow(key, c)}})
}

// PutFailure stores that a run ended without a record, in place of what is
// known of an earlier failure; nothing when the run has finished meanwhile. The
// configuration is the canonical text of the machine, empty when it is not known.
func (s *Store) PutFailure(id results.Identity, configuration, message string) error {
	text, err := encode(id)
	if err != nil {
		return err
	}
	batch := []entry{{failures, row{id.Key(), [][]byte{text, []byte(message)}}}}
	if configuration != "" {
		batch = append(batch, entry{configurations, row{id.Setup.Config, [][]byte{[]byte(configuration)}}})
	}
	return s.put(batch)
}

// entry is a row and where it goes.
type entry struct {
	table *table
	row   row
}

// put stores rows in one transaction.
func (s *Store) put(batch []entry) error {
	return s.change(func(tx *sql.Tx) error {
		var conflicts []error
		for i := range batch {
			err := add(tx, batch[i].table, &batch[i].row)
			var conflict *Conflict
			switch {
			case errors.As(err, &conflict):
				conflicts = append(conflicts, err)
			case err != nil:
				return err
			}
		}
		return errors.Join(conflicts...)
	})
}

// Conflict is the error that one thing is stored as two: the model is not
// deterministic, or someone has changed a store.
type Conflict struct {
	What       string // "run" …
	Key        string
	Difference string
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("%s %s is stored already, and not equal (%s): the simulator is not deterministic, or changed without a new model version", c.What, c.Key, c.Difference)
}

// add stores a row unless its table has a good one under the key that says the
// same; what says more of the same thing replaces it.
func add(tx *sql.Tx, t *table, r *row) error {
	if t == failures {
		if finished, err := get(tx, runs, r.key); err != nil || finished != nil {
			return err
		}
	}
	switch t {
	case lists, copies:
		return addList(tx, r)
	case plans:
		_, _, err := addPlan(tx, r)
		return err
	}
	old, err := get(tx, t, r.key)
	if err != nil {
		return err
	}
	if old != nil {
		if r, err = t.merge(tx, old, r); err != nil || r == nil {
			return err
		}
	}
	if err := insert(tx, t, r); err != nil || t != runs {
		return err
	}
	_, err = tx.Exec("DELETE FROM failures WHERE key = ?", r.key)
	return err
}

// addList stores a list of names, the key of which says what is in it, in both
// tables.
func addList(tx *sql.Tx, r *row) error {
	for _, t := range []*table{lists, copies} {
		old, err := get(tx, t, r.key)
		if err == nil && old == nil {
			err = insert(tx, t, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// merge is the row that replaces a stored one when another with its key comes;
// nil: the stored one stays.
func (t *table) merge(tx *sql.Tx, old, r *row) (*row, error) {
	if slices.EqualFunc(old.values, r.values, slices.Equal[[]byte]) {
		return nil, nil
	}
	switch t {
	case runs:
		if difference := differenceOfRuns(tx, old, r); difference != "" {
			return nil, &Conflict{t.what, r.key, difference}
		}
		return nil, nil
	case curves:
		return longer(old, r)
	case failures:
		return r, nil
	}
	return nil, &Conflict{t.what, r.key, "the contents differ"}
}

// differenceOfRuns says in what two rows of a run differ; "": in nothing but
// what they cost the host.
func differenceOfRuns(tx *sql.Tx, a, b *row) string {
	if string(a.values[runNames]) != string(b.values[runNames]) {
		return "other statistics"
	}
	if !slices.Equal(a.values[runStats], b.values[runStats]) {
		list, err := a.listOfRun().get(tx)
		if err != nil || list == nil {
			return "the statistics differ"
		}
		na, nb := numbers{a.values[runStats], nil}, numbers{b.values[runStats], nil}
		for _, name := range splitNames(list.values[0]) {
			if va, vb := na.next(), nb.next(); va != vb {
				return fmt.Sprintf("%s is %d and %d", name, va, vb)
			}
		}
	}
	if !slices.Equal(a.values[runHead], b.values[runHead]) {
		return "the records differ beside their statistics"
	}
	return ""
}

// longer is r when it is a longer curve than old; where both have points they
// must be equal, and none goes on beyond the end of the program.
func longer(old, r *row) (*row, error) {
	a, err := old.curve()
	if err != nil {
		return r, nil
	}
	b, err := r.curve()
	if err != nil {
		return nil, err
	}
	n := min(len(a.Points), len(b.Points))
	switch {
	case !slices.Equal(a.Points[:n], b.Points[:n]), a.Ended && len(b.Points) > n, b.Ended && len(a.Points) > n:
		return nil, &Conflict{curves.what, r.key, "the cycles differ"}
	case len(b.Points) > n, b.Ended:
		return r, nil
	}
	return nil, nil
}

// insert writes a row, over one that may be there.
func insert(tx *sql.Tx, t *table, r *row) error {
	args := []any{r.key}
	for _, v := range r.values {
		args = append(args, v)
	}
	_, err := tx.Exec(t.insert(), append(args, r.sum())...)
	return err
}

// get is the row under a key; nil when there is none or it is damaged.
func get(tx *sql.Tx, t *table, key string) (*row, error) {
	found, err := tx.Query(t.query("WHERE key = ?"), key)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	if !found.Next() {
		return nil, found.Err()
	}
	_, r, good, err := scanRow(found, t)
	if err != nil || !good {
		return nil, err
	}
	return r, nil
}

// scanRow reads the row that a query of its table's has come to, its number,
// and whether its checksum is right.
func scanRow(from *sql.Rows, t *table) (number int64, r *row, good bool, err error) {
	r = &row{values: make([][]byte, len(t.columns))}
	var key, sum any
	to := []any{&number, &key, &sum}
	for i := range r.values {
		to = append(to, &r.values[i])
	}
	if err := from.Scan(to...); err != nil {
		return number, r, false, err
	}
	r.key, _ = key.(string)
	want, ok := sum.(int64)
	return number, r, ok && want == r.sum(), nil
}
