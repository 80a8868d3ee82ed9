package store

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// Count is a number of rows of a table.
type Count struct {
	What string // "runs" …
	Rows int
	Lost int // of which this is known
	None int // solo curves that an older version of the simulator has not kept
}

// Verify reads everything that is stored and checks it: checksums, contents,
// what rows need of one another, and SQLite's own structures. It answers with
// how many good rows of each kind there are, and with a DamageError when
// something is lost.
func (s *Store) Verify() ([]Count, error) {
	v := &verifier{lists: make(map[string]*results.StatNames), good: make(map[need]bool), rows: make(map[*table]int)}
	err := s.view(func(tx *sql.Tx) error {
		v.tx, v.file = tx, s.file
		for _, t := range tables {
			if err := v.all(t, func(r *row) { v.check(t, r) }); err != nil {
				return err
			}
		}
		v.missing()
		if err := v.copied(); err != nil {
			return err
		}
		return v.structures()
	})
	if err != nil {
		return nil, err
	}
	lost := make(map[string]int)
	for _, d := range v.damage {
		lost[d.What]++
	}
	var counts []Count
	for _, t := range tables {
		n := Count{What: t.name, Rows: v.rows[t], Lost: lost[t.what]}
		if t == curves {
			n.Rows, n.None = n.Rows-v.none, v.none
		}
		counts = append(counts, n)
	}
	return counts, s.lost(v.damage)
}

// verifier checks rows, table by table in the order of tables.
type verifier struct {
	reader
	lists  map[string]*results.StatNames
	good   map[need]bool
	rows   map[*table]int // good ones
	none   int            // curves of those, without a point
	needed []need         // without which the others can be read
}

func (v *verifier) check(t *table, r *row) {
	if err := v.content(t, r); err != nil {
		v.lost(t, r.key, 0, err.Error())
		return
	}
	v.rows[t]++
	v.good[need{t, r.key}] = true
}

// missing notes the configurations, series and solo curves that are not there
// although runs are that had them.
func (v *verifier) missing() {
	noted := make(map[need]bool)
	for _, n := range v.needed {
		if !v.good[n] && !noted[n] && !slices.ContainsFunc(v.damage, func(d Damage) bool { return d.What == n.table.what && d.Key == n.key }) {
			v.lost(n.table, n.key, 0, "it is not there")
		}
		noted[n] = true
	}
}

// copied notes the lists of statistics that are good in one of their two tables
// only. Nothing else is lost with the other.
func (v *verifier) copied() error {
	good := make(map[*table]map[string]bool)
	for _, t := range []*table{lists, copies} {
		good[t] = make(map[string]bool)
		err := goodRows(v.tx, t, func(r *row) { good[t][r.key] = true })
		switch {
		case isDamage(err):
			v.lost(t, "", 0, unreadable)
		case err != nil:
			return err
		}
	}
	for _, t := range []*table{lists, copies} {
		for key := range v.lists {
			if !good[t][key] && !slices.ContainsFunc(v.damage, func(d Damage) bool { return d.What == t.what && d.Key == key }) {
				v.lost(t, key, 0, "it is missing or damaged, and read from elsewhere")
			}
		}
	}
	return nil
}

// content reports a row that no store has written, or that lacks what it needs
// of others.
func (v *verifier) content(t *table, r *row) error {
	switch t {
	case lists, copies:
		v.lists[r.key] = statNames(r)
		return matches(r.key, digest(r.values[0]))
	case configurations:
		_, err := results.ParseConfiguration(string(r.values[0]))
		return err
	case runs:
		rec, err := r.decode(v.lists)
		if err != nil {
			return err
		}
		v.needed = append(v.needed, need{configurations, rec.Setup.Config})
		switch {
		case rec.Setup.Interval > 0:
			v.needed = append(v.needed, need{series, r.key})
		case hasCurve(rec):
			v.needed = append(v.needed, need{curves, rec.Identity().SoloKey(0)})
		}
		return matches(r.key, rec.Key())
	case series:
		names, ok := v.lists[r.listOfSeries().key]
		if !ok {
			return errNames
		}
		_, err := r.intervals(names.List())
		return err
	case curves:
		c, err := r.curve()
		if err == nil && len(c.Points) == 0 {
			v.none++
		}
		return err
	case failures:
		id, err := r.identity()
		if err != nil {
			return err
		}
		return matches(r.key, id.Key())
	case plans:
		p, err := r.plan()
		if err != nil {
			return err
		}
		return matches(r.key, p.key())
	}
	return nil
}

// matches reports a row whose key is not that of its content.
func matches(key, want string) error {
	if key != want {
		return fmt.Errorf("its content is that of %s", want)
	}
	return nil
}

// structures lets SQLite check its own.
func (v *verifier) structures() error {
	err := query(v.tx, "PRAGMA integrity_check(20)", nil, func(from *sql.Rows) error {
		var problem string
		if err := from.Scan(&problem); err != nil {
			return err
		}
		if problem != "ok" {
			v.damage = append(v.damage, Damage{What: "file", Problem: problem})
		}
		return nil
	})
	if code(err) == corrupt {
		v.damage = append(v.damage, Damage{What: "file", Problem: err.Error()})
		return nil
	}
	return err
}
