// Package store keeps runs in one SQLite file.
//
// A run is a row under its key (results.Identity.Key), and the same key is the
// same run: what has finished is never computed or stored twice, in any plan.
// A finished run is written in one transaction with its configuration, its
// series and its solo curve, so a process that is killed leaves whole runs.
// Several processes may write at once; while any does, the file has a
// write-ahead log beside it (-wal, -shm), and none when they have closed it.
//
// Every row has a checksum of its key and its values. What is damaged is named,
// and what is not stays readable, also where SQLite does not find it or cannot
// open the file: Load and Verify answer with a DamageError, and Merge copies
// what is good.
//
// The log is written through at checkpoints, not at every run: a power failure
// may cost the last runs, but leaves the file consistent. What of the log cannot
// be read although it had been written is damage, too.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Store is an open file of runs. Its methods may be called from several
// goroutines.
type Store struct {
	path string
	db   *sql.DB
	read bool // and not written
	file string
	// Of a store that cannot be read as it is: the directory of the copy that
	// is read instead, and what is wrong.
	copy   string
	damage []Damage
}

// patience is how long a process waits for others to finish writing.
const patience = 60 * time.Second

// Open opens the store to read and write, and makes it when there is none.
func Open(path string) (*Store, error) {
	switch err := check(path); {
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s: there is no directory %s", path, dir)
		}
	case err != nil:
		return nil, err
	}
	s, err := connect(path, "rwc")
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{s.ours, s.writable, s.logged, s.migrate} {
		if err := step(); err != nil {
			s.db.Close()
			return nil, s.wrap(err)
		}
	}
	return s, nil
}

// ours reports a file that is no store of ours, before anything is written to
// it.
func (s *Store) ours() error {
	return s.view(func(tx *sql.Tx) error {
		_, err := s.layout(tx)
		return err
	})
}

// writable reports a file to which nothing can be written, which SQLite opens
// to read.
func (s *Store) writable() error {
	conn, err := s.db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		readOnly, err := driver.(interface{ IsReadOnly(string) (bool, error) }).IsReadOnly("main")
		if err == nil && readOnly {
			err = errReadOnly
		}
		return err
	})
}

var errReadOnly = errors.New("it can only be read")

// OpenReadOnly opens a store to read only. The file may be on a read-only
// file system, and nothing is made beside it unless a writer is at work or was
// killed.
func OpenReadOnly(path string) (*Store, error) {
	err := check(path)
	var s *Store
	var log []Damage
	if err == nil {
		log = damagedLog(path) // before SQLite makes its index anew
		s, err = openToRead(path, path)
	}
	if errors.Is(err, errOlder) {
		s, err = upgraded(path, path)
	}
	if err != nil && !errors.Is(err, errNewer) && (code(err) == 0 || isDamage(err)) {
		if saved := rescue(path, err); saved != nil {
			s, err = saved, nil
		} else if len(log) > 0 {
			return nil, &DamageError{path, log}
		}
	}
	if err == nil {
		s.damage = append(log, s.damage...)
	}
	return s, err
}

// openToRead opens a file as the store of a path.
func openToRead(path, file string) (*Store, error) {
	s, err := connect(file, "ro")
	if err != nil {
		return nil, err
	}
	s.path, s.read = path, true
	err = s.view(func(tx *sql.Tx) error {
		version, err := s.layout(tx)
		switch {
		case err != nil:
			return err
		case version == 0:
			return errors.New("empty: no store of runs")
		case version < Version:
			return errOlder
		}
		return nil
	})
	if err != nil {
		s.db.Close()
		return nil, s.wrap(err)
	}
	return s, nil
}

// errOlder is the error of a store of an older layout, which is read from a
// copy.
var errOlder = errors.New("of an older layout")

// magic is what SQLite files begin with.
const magic = "SQLite format 3\x00"

// check finds what is no store before SQLite touches it.
func check(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such store: %w", path, fs.ErrNotExist)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory and no store of runs", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file and no store of runs", path)
	case info.Size() == 0:
		return nil // SQLite makes such a file before it writes to it
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != magic {
		return fmt.Errorf("%s is no store of runs, or its first bytes are damaged: it does not begin as an SQLite file (threadmill store merge NEW %s copies what is good of a damaged one)", path, path)
	}
	return nil
}

// connect opens the file with SQLite.
func connect(path, mode string) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := fmt.Sprintf("mode=%s&_txlock=immediate&_pragma=busy_timeout(%d)&_pragma=synchronous(NORMAL)&_pragma=trusted_schema(OFF)&_pragma=cell_size_check(ON)&_pragma=secure_delete(ON)",
		mode, patience.Milliseconds())
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: absolute}).EscapedPath()+"?"+query)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer, and a transaction is short
	return &Store{path: path, file: path, db: db}, nil
}

// logged turns to a write-ahead log. SQLite does not wait for others that are
// just turning it on or off, so it is asked again.
func (s *Store) logged() error {
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		_, err := s.db.Exec("PRAGMA journal_mode = WAL")
		if code(err) != busy || time.Since(began) > patience {
			return err
		}
	}
}

// Path is the file's, as it was opened.
func (s *Store) Path() string { return s.path }

// Close closes the store. The last process that does leaves one file without a
// log, which can be copied and read where nothing can be written.
func (s *Store) Close() error {
	if !s.read {
		// That others are at work, or the disk is full, is no loss: the log stays.
		_, _ = s.db.Exec("PRAGMA busy_timeout = 0")
		_, _ = s.db.Exec("PRAGMA journal_mode = DELETE")
	}
	err := s.db.Close()
	if s.copy != "" {
		err = errors.Join(err, os.RemoveAll(s.copy))
	}
	return err
}

// lost is the DamageError of what is lost; nil: nothing is.
func (s *Store) lost(list []Damage) error {
	if list = slices.Concat(s.damage, list); len(list) > 0 {
		return &DamageError{s.path, list}
	}
	return nil
}

// change does a transaction that writes: all of it is stored, or nothing.
func (s *Store) change(do func(*sql.Tx) error) error {
	if s.read {
		return s.wrap(errReadOnly)
	}
	tx, err := s.db.Begin()
	if err != nil {
		return s.wrap(err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // SQLite may have done so by itself
		return s.wrap(err)
	}
	return s.wrap(tx.Commit())
}

// view does a transaction that reads, all of it as the file was at its
// beginning.
func (s *Store) view(do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.wrap(err)
	}
	defer func() { _ = tx.Rollback() }()
	return s.wrap(do(tx))
}
