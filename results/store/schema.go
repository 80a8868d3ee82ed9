package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/results"
)

// table is one of the file's: a row is a key, values, and a checksum of both.
type table struct {
	name    string
	what    string // a row of it is
	columns []string
}

var (
	// lists are the names of statistics, which are the same in thousands of
	// runs; the key is a digest of the content.
	lists = &table{"name_lists", "list of statistics", []string{"content"}}
	// copies are the lists again: one that is lost would take the statistics of
	// all runs with it, and so its copy is on other pages.
	copies = &table{"name_list_copies", "copy of a list of statistics", []string{"content"}}
	// configurations are canonical texts by their digest.
	configurations = &table{"configurations", "configuration", []string{"content"}}
	// runs are finished runs: what they cost the host, the key of the list of
	// statistics, the record without these two, and the values of the
	// statistics. The host comes first, where it is read without the rest.
	runs = &table{"runs", "run", []string{"host", "names", "head", "stats"}}
	// series are the intervals of runs.
	series = &table{"series", "interval series of run", []string{"names", "content"}}
	// curves are solo curves by Identity.SoloKey. One without a point is of a run
	// that an older version has made, which kept none.
	curves = &table{"curves", "solo curve", []string{"content"}}
	// failures are the runs that left no record.
	failures = &table{"failures", "failure of run", []string{"identity", "error"}}
	// plans are what was asked for, by a digest of the name; runs are the keys of
	// the runs, 16 bytes each, in the order of the plan, and swept is when that was
	// so. Those of layouts before 4 are by a digest of name and text,
	// with the runs of the shards that had been done, sorted, and no time.
	plans = &table{"plans", "plan", []string{"name", "text", "runs", "swept"}}
	// olderPlans are plans as layouts before 4 had them.
	olderPlans = &table{plans.name, plans.what, plans.columns[:3]}

	tables = []*table{lists, copies, configurations, runs, series, curves, failures, plans}
)

// create is the statement that makes the table.
func (t *table) create() string {
	return fmt.Sprintf("CREATE TABLE %s (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, %s BLOB NOT NULL, sum INTEGER NOT NULL)",
		t.name, strings.Join(t.columns, " BLOB NOT NULL, "))
}

// insert is the statement that adds a row, or replaces the one with its key.
func (t *table) insert() string {
	return fmt.Sprintf("INSERT OR REPLACE INTO %s (key, %s, sum) VALUES (?%s, ?)", t.name, strings.Join(t.columns, ", "), strings.Repeat(", ?", len(t.columns)))
}

// query reads whole rows, those that the condition chooses.
func (t *table) query(condition string) string {
	return fmt.Sprintf("SELECT row, key, sum, %s FROM %s %s", strings.Join(t.columns, ", "), t.name, condition)
}

// application marks an SQLite file as a store of runs: "Thml".
const application = 0x54686d6c

// Version is that of the layout of the file. It grows with every change of the
// tables, or of what is in them.
const Version = 4

// migrations[v] makes version v+1 of the layout out of version v.
var migrations = [Version]func(*sql.Tx) error{
	func(tx *sql.Tx) error {
		for _, t := range []*table{lists, configurations, runs, series, curves, failures, olderPlans} {
			if _, err := tx.Exec(t.create()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d", application))
		return err
	},
	// Solo curves of layout 1 had a point each thousand instructions.
	func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM curves")
		return err
	},
	func(tx *sql.Tx) error {
		_, err := tx.Exec(copies.create() + "; INSERT INTO name_list_copies SELECT * FROM name_lists")
		return err
	},
	func(tx *sql.Tx) error {
		if err := widenPlans(tx); err != nil {
			return err
		}
		return markCurves(tx)
	},
}

// widenPlans makes the plans of layout 4 of those of layout 3.
func widenPlans(tx *sql.Tx) error {
	var old []row
	var bad []string // keys of damaged ones, which stay so
	err := query(tx, olderPlans.query("ORDER BY row"), nil, func(from *sql.Rows) error {
		_, r, good, err := scanRow(from, olderPlans)
		if err == nil {
			old = append(old, r.widened())
		}
		if !good {
			bad = append(bad, r.key)
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DROP TABLE plans; " + plans.create()); err != nil {
		return err
	}
	for i := range old {
		if err := insert(tx, plans, &old[i]); err != nil {
			return err
		}
	}
	for _, key := range bad {
		if _, err := tx.Exec("UPDATE plans SET sum = sum + 1 WHERE key = ?", key); err != nil {
			return err
		}
	}
	return nil
}

// markCurves gives the solo runs of older versions curves without a point, where
// there are none.
func markCurves(tx *sql.Tx) error {
	var without []string
	err := goodRows(tx, runs, func(r *row) {
		rec := new(results.Record)
		if json.Unmarshal(r.values[runHead], rec) == nil && hasCurve(rec) {
			without = append(without, rec.Identity().SoloKey(0))
		}
	})
	for _, key := range without {
		if err != nil {
			break
		}
		r := curveRow(key, &results.Curve{})
		_, err = tx.Exec(strings.Replace(curves.insert(), "REPLACE", "IGNORE", 1), r.key, r.values[0], r.sum())
	}
	return err
}

// widened is the row of an older plan in the present layout.
func (r *row) widened() row { return row{r.key, append(slices.Clone(r.values), []byte{})} }

// migrate brings the file to the newest layout, from none when it is empty.
func (s *Store) migrate() error {
	return s.change(func(tx *sql.Tx) error {
		version, err := s.layout(tx)
		if err != nil {
			return err
		}
		if version == Version {
			return nil
		}
		for v := version; v < Version; v++ {
			if err := migrations[v](tx); err != nil {
				return err
			}
		}
		_, err = tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", Version))
		return err
	})
}

// layout is the version of the file's layout, 0 when nothing is in it.
func (s *Store) layout(tx *sql.Tx) (int, error) {
	var id, version, objects int
	for query, to := range map[string]*int{"PRAGMA application_id": &id, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_schema": &objects} {
		if err := tx.QueryRow(query).Scan(to); err != nil {
			return 0, err
		}
	}
	if id == 0 && version == 0 && objects == 0 {
		return 0, nil
	}
	switch same := checkTables(tx); {
	case same != nil && !errors.Is(same, errTables):
		return 0, same
	case same == nil && (id != application || version != Version):
		return 0, errHeader
	case id != application:
		return 0, fmt.Errorf("an SQLite file, but no store of runs")
	case version > Version:
		return 0, fmt.Errorf("%w (layout %d; this one knows %d)", errNewer, version, Version)
	case version < 1:
		return 0, fmt.Errorf("layout %d is none that a store has had", version)
	case version == Version:
		return version, same
	}
	return version, nil
}

var errNewer = errors.New("written by a newer threadmill")

// errTables is the error of a file in which a table is not as it was made.
var errTables = errors.New("the definitions of its tables")

// errHeader is the error of a file that has our tables and says that it is
// something else.
var errHeader = errors.New("what it says it is")

// checkTables compares the tables of the file with those of the layout.
func checkTables(tx *sql.Tx) error {
	for _, t := range tables {
		var text sql.NullString
		err := tx.QueryRow("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", t.name).Scan(&text)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if text.String != t.create() {
			return errTables
		}
	}
	return nil
}
