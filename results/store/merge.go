package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/threadmill-sim/threadmill/results"
)

// Merged is what a merge has done.
type Merged struct {
	Counts   []Count // rows that were added
	Editions []Edition
}

// Edition is a plan of one name that two stores have and in which they differ:
// that which was swept last stays.
type Edition struct {
	Plan       string
	Kept, Left string // paths of the stores
}

// Merge copies what the stores from have and into, which is made when there is
// none, has not: a run that has finished in one of them has finished, and of
// solo curves the longest stays. When two have a run and it is not equal in
// all but what it cost the host, nothing is merged and the error says which
// runs. What is damaged is left out: then the rest is merged and the
// error is a DamageError for each of the stores.
func Merge(into string, from ...string) (*Merged, error) {
	sources, err := openAll(into, from)
	defer closeAll(sources)
	if err != nil {
		return nil, err
	}
	target, err := Open(into)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	m := &merger{path: into, plans: make(map[string]string)}
	counts := make([]Count, len(tables))
	err = target.change(func(tx *sql.Tx) error {
		m.into = tx
		before, err := countRows(tx)
		if err != nil {
			return err
		}
		for _, s := range sources {
			if err := m.copy(s); err != nil {
				return err
			}
		}
		after, err := countRows(tx)
		for i, t := range tables {
			counts[i] = Count{What: t.name, Rows: after[i] - before[i]}
			for _, d := range m.damage {
				if e := new(DamageError); errors.As(d, &e) {
					counts[i].Lost += e.count(t)
				}
			}
		}
		return errors.Join(err, m.conflict())
	})
	if err != nil {
		return nil, err
	}
	return &Merged{counts, m.editions}, errors.Join(m.damage...)
}

// count is how much of a table is lost.
func (e *DamageError) count(t *table) (n int) {
	for _, d := range e.List {
		if d.What == t.what {
			n++
		}
	}
	return n
}

// openAll opens the sources of a merge; the error names all that cannot be.
func openAll(into string, from []string) (list []*Store, err error) {
	target, statErr := os.Stat(into)
	var errs []error
	for _, path := range from {
		s, err := OpenReadOnly(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, s)
		if info, err := os.Stat(path); err == nil && statErr == nil && os.SameFile(info, target) {
			errs = append(errs, fmt.Errorf("%s is merged into itself", path))
		}
	}
	return list, errors.Join(errs...)
}

func closeAll(list []*Store) {
	for _, s := range list {
		s.Close()
	}
}

// countRows are the numbers of rows of the tables.
func countRows(tx *sql.Tx) ([]int, error) {
	counts := make([]int, len(tables))
	for i, t := range tables {
		if err := tx.QueryRow("SELECT count(*) FROM " + t.name).Scan(&counts[i]); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// merger copies stores into one.
type merger struct {
	into      *sql.Tx
	path      string // of the store that it is
	conflicts []error
	editions  []Edition
	plans     map[string]string // by name, paths of the stores that they are from; none: path
	damage    []error
}

// maxConflicts is how many an error lists.
const maxConflicts = 10

func (m *merger) conflict() error {
	if n := len(m.conflicts) - maxConflicts; n > 0 {
		m.conflicts = append(m.conflicts[:maxConflicts], fmt.Errorf("and %s more", results.Counted(n, "conflict")))
	}
	return errors.Join(m.conflicts...)
}

// copy adds the rows of a store.
func (m *merger) copy(s *Store) error {
	r := &reader{}
	var failed error // of writing
	err := s.view(func(tx *sql.Tx) error {
		r.tx, r.file = tx, s.file
		for _, t := range tables {
			err := r.all(t, func(found *row) {
				if failed == nil {
					failed = m.add(r, s, t, found)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := s.lost(r.damage); err != nil {
		m.damage = append(m.damage, err)
	}
	return errors.Join(failed, err)
}

// add adds a row, unless what it needs of others is lost.
func (m *merger) add(r *reader, s *Store, t *table, found *row) error {
	if err := m.complete(t, found); err != nil {
		r.lost(t, found.key, 0, err.Error())
		return nil
	}
	if t == plans {
		return m.addPlan(s.path, found)
	}
	err := add(m.into, t, found)
	if conflict := new(Conflict); errors.As(err, &conflict) {
		m.conflicts = append(m.conflicts, fmt.Errorf("%s: %w", s.path, err))
		return nil
	}
	return err
}

// addPlan adds a plan, and notes when another edition of it is there.
func (m *merger) addPlan(path string, found *row) error {
	p, err := found.plan()
	if err != nil {
		return err
	}
	stays, differ, err := addPlan(m.into, found)
	had := cmp.Or(m.plans[p.Name], m.path)
	if stays {
		m.plans[p.Name] = path
	} else {
		had, path = path, had
	}
	if differ {
		m.editions = append(m.editions, Edition{Plan: p.Name, Kept: path, Left: had})
	}
	return err
}

// complete reports a row that needs others which are not there, or cannot be
// read.
func (m *merger) complete(t *table, r *row) error {
	var names need
	switch t {
	case runs:
		names = r.listOfRun()
	case series:
		names = r.listOfSeries()
	default:
		return nil
	}
	list, err := names.get(m.into)
	if err != nil || list == nil {
		return errors.Join(errNames, err)
	}
	if t == series {
		return nil
	}
	_, err = r.record(statNames(list))
	return err
}
