package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/results/resultstest"
)

func writeFile(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(data), 0o644))
	return path
}

// foreign is an SQLite file on which statements have been executed.
func foreign(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	for _, text := range statements {
		_, err := db.Exec(text)
		must(t, err)
	}
	return path
}

// What is no store is named, says what it is, and is not touched.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	newer := fmt.Sprintf("PRAGMA user_version = %d", Version+1)
	ours := fmt.Sprintf("PRAGMA application_id = %d", application)
	for _, c := range []struct{ path, write, read string }{
		{dir, "is a directory", "is a directory"},
		{filepath.Join(dir, "none", "runs.db"), "there is no directory", "there is no such store"},
		{writeFile(t, "name = \"a plan\"\n"), "is no store of runs", "is no store of runs"},
		{writeFile(t, strings.Repeat("x", 8192)), "is no store of runs", "is no store of runs"},
		{writeFile(t, magic+strings.Repeat("\x00", 4096)), "damaged", "damaged"},
		{foreign(t, "CREATE TABLE runs (x)"), "no store of runs", "no store of runs"},
		{foreign(t, ours, newer, "CREATE TABLE runs (x)"), "newer threadmill", "newer threadmill"},
		{os.DevNull, "is no file", "is no file"},
	} {
		before, _ := os.ReadFile(c.path)
		if s, err := Open(c.path); err == nil || !strings.Contains(err.Error(), c.write) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("Open(%s): %v, want %q", c.path, err, c.write)
			if err == nil {
				s.Close()
			}
		}
		if s, err := OpenReadOnly(c.path); err == nil || !strings.Contains(err.Error(), c.read) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("OpenReadOnly(%s): %v, want %q", c.path, err, c.read)
			if err == nil {
				s.Close()
			}
		}
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s has changed", c.path)
		}
	}
	// An empty file is a store that was being made when its process was killed.
	empty := writeFile(t, "")
	if _, err := OpenReadOnly(empty); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file to read: %v", err)
	}
	fill(t, open(t, empty), sample())
}

// age makes a store one of an older layout, with the plans that are given.
func age(t *testing.T, s *Store, version int, older ...Plan) {
	t.Helper()
	must(t, s.change(func(tx *sql.Tx) error {
		_, err := tx.Exec("DROP TABLE plans; " + olderPlans.create() + fmt.Sprintf("; PRAGMA user_version = %d", version))
		for i := range older {
			r, bad := planRow(&older[i])
			must(t, bad)
			r.values = r.values[:len(olderPlans.columns)]
			err = errors.Join(err, insert(tx, olderPlans, &r))
		}
		return err
	}))
}

// A store of the first layout is read as it is, less its solo curves, which were
// of another kind, and brought up to date when it is opened to write. Nothing of
// it is damaged.
func TestOlder(t *testing.T) {
	s := fresh(t)
	set := sample()
	for _, r := range runsOf(set) {
		if isSolo(r.Record) {
			r.Record.Programs[0].Threads = 1
			r.Curve = resultstest.Curve(r.Record.Programs[0].Digest)
		}
		must(t, s.Put(r))
	}
	_, err := s.db.Exec("DROP TABLE name_list_copies; UPDATE curves SET content = x'e807'")
	must(t, err)
	age(t, s, 1, Plan{Name: "window", Text: "x", Keys: keysOf(set.Runs)})
	must(t, s.Close())
	before, err := os.ReadFile(s.Path())
	must(t, err)
	r, err := OpenReadOnly(s.Path())
	must(t, err)
	if got := load(t, r, Filter{}); len(got.Runs) != len(set.Runs) {
		t.Errorf("%d runs of %d", len(got.Runs), len(set.Runs))
	}
	must(t, r.Close())
	if after, err := os.ReadFile(s.Path()); err != nil || string(after) != string(before) {
		t.Errorf("reading has changed it: %v", err)
	}
	s = open(t, s.Path())
	if got := load(t, s, Filter{}); len(got.Runs) != len(set.Runs) {
		t.Errorf("to write: %d runs of %d", len(got.Runs), len(set.Runs))
	}
	counts, err := s.Verify()
	if err != nil || addedOf(counts, curves) != 0 {
		t.Errorf("%d curves of the older layout, %v", addedOf(counts, curves), err)
	}
	for _, n := range counts {
		if want := len(set.Baselines); n.What == curves.name && n.None != want {
			t.Errorf("%d curves have not been kept, of %d", n.None, want)
		}
	}
	solo := set.Baselines[0]
	solved := Run{Record: solo, Configuration: set.Configuration(solo).Text, Curve: resultstest.Curve(solo.Programs[0].Digest)}
	must(t, s.Put(solved))
	if counts, err := s.Verify(); err != nil || addedOf(counts, curves) != 1 {
		t.Errorf("%d curves after one has been made, %v", addedOf(counts, curves), err)
	}
	_, err = s.db.Exec("DELETE FROM name_lists")
	must(t, err)
	if got := load(t, s, Filter{}); len(got.Runs) != len(set.Runs) {
		t.Errorf("without its lists but with their copies: %d runs of %d", len(got.Runs), len(set.Runs))
	}
}

// A list of statistics stands in two tables. While one has it nothing is lost,
// and the damage is named all the same; a merged store has both again.
func TestCopiedLists(t *testing.T) {
	for _, table := range []*table{lists, copies} {
		for _, how := range []string{"DELETE FROM ", "UPDATE "} {
			s := fresh(t)
			set := sample()
			fill(t, s, set)
			statement := how + table.name
			if how == "UPDATE " {
				statement += " SET sum = sum + 1"
			}
			_, err := s.db.Exec(statement)
			must(t, err)
			if got := load(t, s, Filter{}); len(got.Runs) != len(set.Runs) {
				t.Errorf("%s: %d runs of %d", statement, len(got.Runs), len(set.Runs))
			}
			if _, err := s.Verify(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), table.what+" ") {
				t.Errorf("%s: verified: %v", statement, err)
			}
			must(t, s.Close())
			merged := filepath.Join(t.TempDir(), "merged.db")
			_, err = Merge(merged, s.Path())
			must(t, err)
			if _, err := open(t, merged).Verify(); err != nil {
				t.Errorf("%s: merged: %v", statement, err)
			}
		}
	}
}

// Names of files that mean something in a URL are names of files.
func TestOddNames(t *testing.T) {
	for _, name := range []string{"a?mode=memory", "50%41.db", "#1 ü'\".db", "_txlock=x&y"} {
		path := filepath.Join(t.TempDir(), name)
		must(t, open(t, path).Close())
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A closed store is one file, and reading it leaves it so.
func TestNothingBeside(t *testing.T) {
	s := fresh(t)
	fill(t, s, sample())
	second := open(t, s.Path()) // the first to close must leave it to the last
	must(t, s.Close())
	must(t, second.Close())
	only := func(when string) {
		t.Helper()
		files, err := os.ReadDir(filepath.Dir(s.Path()))
		must(t, err)
		if len(files) != 1 {
			t.Errorf("%s: %v", when, files)
		}
	}
	only("closed")
	before, err := os.ReadFile(s.Path())
	must(t, err)
	r, err := OpenReadOnly(s.Path())
	must(t, err)
	defer r.Close()
	load(t, r, Filter{})
	_, err = r.Verify()
	must(t, err)
	only("being read")
	if after, err := os.ReadFile(s.Path()); err != nil || string(after) != string(before) {
		t.Errorf("reading has changed it: %v", err)
	}
	if err := r.Put(runsOf(sample())[0]); err == nil || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("writing to a store that is open to read: %v", err)
	}
}
