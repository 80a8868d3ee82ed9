package store

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

// Damage is something of a store that is lost.
type Damage struct {
	What    string // "run" …, or "file"
	Key     string // "": not known
	Row     int64  // of its table; 0: not known
	Problem string
}

func (d Damage) String() string {
	text := d.What
	switch {
	case d.Key != "":
		text += " " + d.Key
	case d.Row != 0:
		text += fmt.Sprintf(" in row %d", d.Row)
	}
	return text + ": " + d.Problem
}

// DamageError is the error of a store of which something is lost; what is not
// has been read.
type DamageError struct {
	Path string
	List []Damage
}

func (e *DamageError) Error() string {
	text := fmt.Sprintf("%s is damaged: %s", e.Path, e.List[0])
	if n := len(e.List) - 1; n > 0 {
		text += fmt.Sprintf(", and %d more", n)
	}
	return text + fmt.Sprintf("; threadmill store verify lists what is lost, and store merge NEW %s copies the rest", e.Path)
}

func (e *DamageError) Unwrap() error { return ErrDamaged }

// reader reads whole tables and notes what is lost of them.
type reader struct {
	tx     *sql.Tx
	file   string
	damage []Damage
}

func (r *reader) lost(t *table, key string, number int64, problem string) {
	r.damage = append(r.damage, Damage{t.what, key, number, problem})
}

const (
	wrongSum   = "its checksum is wrong"
	unreadable = "it cannot be read"
)

// all calls each with every good row of a table, in the order in which they
// were stored, but for those that SQLite does not find. An error is none of
// damage.
func (r *reader) all(t *table, each func(*row)) error {
	s := &scan{r, t, each, make(map[int64]bool), make(map[string]bool), make(map[int64]string)}
	err := query(r.tx, t.query("ORDER BY row"), nil, s.take)
	if err == nil {
		var indexed int
		if err = r.tx.QueryRow("SELECT count(*) FROM " + t.name).Scan(&indexed); err == nil && indexed == len(s.seen) && len(s.bad) == 0 {
			return nil
		}
	}
	if err != nil && !isDamage(err) {
		return err
	}
	return s.salvage()
}

// scan is the reading of a table, the rows of which are known by number.
type scan struct {
	*reader
	table *table
	each  func(*row)
	seen  map[int64]bool
	keys  map[string]bool
	bad   map[int64]string // with wrong checksums, by what seems to be their key
}

// take reads the row that a query has come to.
func (s *scan) take(from *sql.Rows) error {
	number, found, good, err := scanRow(from, s.table)
	if err != nil || s.seen[number] {
		return err
	}
	s.seen[number] = true
	switch {
	case !good, !s.table.holds(found): // or a page of another table's has come into this one
		s.bad[number] = found.key
	case s.keys[found.key]:
		s.lost(s.table, found.key, number, "it is there twice")
	default:
		s.keys[found.key] = true
		s.each(found)
	}
	return nil
}

// salvage reads the rows of a table of which pages are damaged from all pages
// of the file. The table's index, which is on other pages, says which there
// should be.
func (s *scan) salvage() error {
	indexed, err := s.index()
	if err != nil {
		return err
	}
	f, err := openPages(s.file)
	if err != nil {
		return err
	}
	defer f.close()
	f.rows(s.table, func(number int64, found *row) {
		if s.keys[found.key] {
			return
		}
		s.keys[found.key] = true
		delete(s.bad, number)
		s.each(found)
	})
	for _, number := range slices.Sorted(maps.Keys(indexed)) {
		if _, bad := s.bad[number]; !bad && !s.keys[indexed[number]] {
			s.lost(s.table, indexed[number], number, unreadable)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(s.bad)) {
		key := indexed[number]
		if key == "" && isKey(s.bad[number]) {
			key = s.bad[number]
		}
		if !s.keys[key] {
			s.lost(s.table, key, number, wrongSum)
		}
	}
	return nil
}

// index reads the keys by number from the index of the table, and notes when
// it does not have all.
func (s *scan) index() (map[int64]string, error) {
	indexed := make(map[int64]string)
	var bad error
	for _, order := range []string{"ORDER BY key", "ORDER BY key DESC"} { // up to a bad page from either side
		err := query(s.tx, "SELECT row, key FROM "+s.table.name+" "+order, nil, func(from *sql.Rows) error {
			var number int64
			var key any
			err := from.Scan(&number, &key)
			if text, ok := key.(string); ok && isKey(text) {
				indexed[number] = text
			}
			return err
		})
		if err != nil && !isDamage(err) {
			return nil, err
		}
		bad = errors.Join(bad, err)
	}
	missing := 0
	for number := range s.seen {
		if _, ok := indexed[number]; !ok {
			missing++
		}
	}
	switch {
	case bad != nil:
		s.lost(s.table, "", 0, "the index of the table cannot be read")
	case missing > 0:
		s.lost(s.table, "", 0, fmt.Sprintf("the index of the table lacks %s", results.Counted(missing, "row")))
	}
	return indexed, nil
}

// isKey reports whether text may be a key, of a run or of a configuration.
func isKey(text string) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return text != "" && len(text) <= 64
}

// isDigest reports whether text is a key that digest makes.
func isDigest(text string) bool { return isKey(text) && len(text) == 2*keySize }

// query calls each with every row of an answer.
func query(tx *sql.Tx, text string, args []any, each func(*sql.Rows) error) error {
	rows, err := tx.Query(text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return fmt.Errorf("%w: %w", errScan, err)
		}
	}
	return rows.Err()
}
