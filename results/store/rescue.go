package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// rescue makes a store of the good rows on the pages of a file that SQLite does
// not open, and opens that in its place; nil: there are none.
func rescue(path string, cause error) *Store {
	f, err := openPages(path)
	if err != nil {
		return nil
	}
	defer f.close()
	s, err := openCopy(path, func(to string) error {
		saved, err := Open(to)
		if err != nil {
			return err
		}
		return errors.Join(saved.change(f.copyTo), saved.Close())
	})
	if err != nil {
		return nil
	}
	if failed := new(failure); errors.As(cause, &failed) {
		cause = failed.err
	}
	s.damage = []Damage{{What: "file", Problem: fmt.Sprintf("it cannot be opened (%v), and is read page by page; which rows are missing is not known", cause)}}
	return s
}

// errNothing is the error of a file without a good row.
var errNothing = errors.New("no row of a store")

// copyTo stores all good rows.
func (f *pageFile) copyTo(tx *sql.Tx) error {
	found := 0
	for _, t := range tables {
		var failed error
		each := func(_ int64, r *row) {
			found++
			if err := add(tx, t, r); !errors.As(err, new(*Conflict)) {
				failed = errors.Join(failed, err)
			}
		}
		f.rows(t, each)
		if t == plans {
			f.rows(olderPlans, func(number int64, r *row) {
				wide := r.widened()
				each(number, &wide)
			})
		}
		if failed != nil {
			return failed
		}
	}
	if found == 0 {
		return errNothing
	}
	return nil
}

// upgraded opens a copy of a store of an older layout, brought up to date.
func upgraded(path, file string) (*Store, error) {
	return openCopy(path, func(to string) error {
		old, err := connect(file, "ro")
		if err != nil {
			return err
		}
		_, err = old.db.Exec("VACUUM INTO ?", to)
		if err = errors.Join(err, old.db.Close()); err != nil {
			return err
		}
		s, err := Open(to)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// openCopy opens to read what is written to a file that is deleted when the
// store is closed, as the store of a path.
func openCopy(path string, write func(to string) error) (*Store, error) {
	dir, err := os.MkdirTemp("", "threadmill-store-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "runs.db")
	if err := write(file); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s, err := openToRead(path, file)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.copy = dir
	return s, nil
}
