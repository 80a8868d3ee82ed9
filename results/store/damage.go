package store

import (
	"database/sql"
	"errors"
	"fmt"
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
	damage []Damage
}

func (r *reader) lost(t *table, key string, number int64, problem string) {
	r.damage = append(r.damage, Damage{t.what, key, number, problem})
}

// error is the DamageError of what is lost, if anything is.
func (r *reader) error(path string) error {
	if len(r.damage) == 0 {
		return nil
	}
	return &DamageError{path, r.damage}
}

const (
	wrongSum   = "its checksum is wrong"
	unreadable = "it cannot be read"
)

// all calls each with every good row of a table, in the order in which they
// were stored. An error is none of damage.
func (r *reader) all(t *table, each func(*row)) error {
	seen := make(map[int64]bool)
	names := make(map[string]bool)
	take := func(from *sql.Rows) error {
		number, found, good, err := scanRow(from, t)
		switch {
		case err != nil:
			return err
		case seen[number]:
		case !good:
			seen[number] = true
			key := found.key
			if !isKey(key) {
				key = ""
			}
			r.lost(t, key, number, wrongSum)
		case names[found.key]:
			seen[number] = true
			r.lost(t, found.key, number, "it is there twice")
		default:
			seen[number], names[found.key] = true, true
			each(found)
		}
		return nil
	}
	err := query(r.tx, t.query("ORDER BY row"), nil, take)
	if err == nil {
		var indexed int
		if err = r.tx.QueryRow("SELECT count(*) FROM " + t.name).Scan(&indexed); err == nil && indexed == len(seen) {
			return nil
		}
	}
	if err != nil && code(err) != corrupt {
		return err
	}
	return r.salvage(t, seen, take)
}

// salvage reads the rows of a table of which pages are damaged one by one. Its
// index, which is on other pages, says which there should be; the numbers
// between are tried as well.
func (r *reader) salvage(t *table, seen map[int64]bool, take func(*sql.Rows) error) error {
	indexed := make(map[int64]string)
	last := int64(0)
	note := func(from *sql.Rows) error {
		var number int64
		var key any
		if err := from.Scan(&number, &key); err != nil {
			return err
		}
		indexed[number], _ = key.(string)
		last = max(last, number)
		return nil
	}
	var index error
	for _, order := range []string{"ORDER BY key", "ORDER BY key DESC"} { // up to a bad page from either side
		if err := query(r.tx, "SELECT row, key FROM "+t.name+" "+order, nil, note); err != nil {
			index = err
		}
	}
	for number := range seen {
		last = max(last, number)
	}
	missing := 0
	for number := range seen {
		if _, ok := indexed[number]; !ok {
			missing++
		}
	}
	if index != nil || missing > 0 {
		problem := fmt.Sprintf("the index of the table does not have %s of it", results.Counted(missing, "row"))
		if index != nil {
			problem = fmt.Sprintf("the index of the table cannot be read (%v)", index)
		}
		r.damage = append(r.damage, Damage{What: t.what, Problem: problem})
	}
	// Numbers are given one after another; a damaged one may be anything.
	const slack = 1000
	numbers := make([]int64, 0, len(indexed))
	for number := range indexed {
		numbers = append(numbers, number)
	}
	for number := int64(1); number <= min(last, int64(4*(len(indexed)+len(seen)))+slack)+slack; number++ {
		if _, ok := indexed[number]; !ok {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		if seen[number] {
			continue
		}
		err := query(r.tx, t.query("WHERE row = ?"), []any{number}, take)
		key, known := indexed[number]
		switch {
		case seen[number]:
		case err != nil && code(err) != corrupt && !errors.Is(err, errScan):
			return err
		case known || err != nil:
			if !isKey(key) {
				key = ""
			}
			r.lost(t, key, number, unreadable)
		}
	}
	return nil
}

// errScan is the cause of an error of a value of a type that no store has.
var errScan = errors.New("a value of an unexpected type")

// isKey reports whether text may be a key, of a run or of a configuration.
func isKey(text string) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return text != "" && len(text) <= 64
}

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
