package store

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// Wherever a file is damaged, reading it does not panic, what is read is what
// was stored, and a run that is not read is named.
func TestDamage(t *testing.T) {
	set := resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 4, Mixes: 10, Seeds: 1})
	s := fresh(t)
	fill(t, s, set)
	must(t, s.Close())
	good, err := os.ReadFile(s.Path())
	must(t, err)
	want := make(map[string]*results.Record)
	for _, r := range hostless(append(set.Runs, set.Baselines...)) {
		want[r.Key()] = r
	}
	pages := len(good) / pageSize

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d pages", seed, pages)
	random := rand.New(rand.NewPCG(seed, 0))
	places := 60
	if testing.Short() {
		places = 15
	}
	for i := range places {
		data := append([]byte(nil), good...)
		page := i / 3 % pages
		switch i % 3 {
		case 0: // a bit, anywhere
			data[random.IntN(len(data))] ^= 1 << random.IntN(8)
		case 1: // some bytes, often the head of a page
			at := page*pageSize + random.IntN(pageSize-16)*random.IntN(2)
			for k := range 16 {
				data[at+k] = byte(random.Uint32())
			}
		case 2: // a page
			clear(data[page*pageSize:][:pageSize])
		}
		copy(data, magic)                  // or it is no store,
		copy(data[60:][:4], good[60:][:4]) // or one of another layout
		path := filepath.Join(t.TempDir(), "damaged.db")
		must(t, os.WriteFile(path, data, 0o644))
		readDamaged(t, path, want)
	}
}

// readDamaged reads a file in every way.
func readDamaged(t *testing.T, path string, want map[string]*results.Record) {
	t.Helper()
	s, err := OpenReadOnly(path)
	must(t, err)
	defer s.Close()
	got, err := s.Load(Filter{})
	var damage *DamageError
	if err != nil && !errors.As(err, &damage) {
		t.Fatalf("loading: %v", err)
	}
	_, verified := s.Verify()
	if err != nil && verified == nil {
		t.Errorf("Load says %v, and Verify nothing", err)
	}
	accountFor(t, got, want, damage)

	into := filepath.Join(t.TempDir(), "saved.db")
	if _, err := Merge(into, path); err != nil && !errors.Is(err, ErrDamaged) {
		t.Errorf("saving: %v", err)
	}
	saved := open(t, into)
	if _, err := saved.Verify(); err != nil {
		t.Errorf("what was saved: %v", err)
	}
	accountFor(t, load(t, saved, Filter{}), want, damage)
	must(t, saved.Close())
}

// accountFor checks that a set has the wanted runs as they were, but for those
// that are named as lost.
func accountFor(t *testing.T, got *results.Set, want map[string]*results.Record, damage *DamageError) {
	t.Helper()
	found := make(map[string]bool)
	for _, r := range hostless(append(got.Runs, got.Baselines...)) {
		key := r.Key()
		if diff := cmp.Diff(want[key], r, equal); diff != "" {
			t.Errorf("run %s is not what was stored:\n%s", key, diff)
		}
		found[key] = true
	}
	named, unnamed := make(map[string]bool), 0
	if damage != nil {
		for _, d := range damage.List {
			named[d.Key] = true
			if d.Key == "" && d.Row != 0 {
				unnamed++
			}
		}
	}
	for key := range want {
		if found[key] || named[key] {
			continue
		}
		if unnamed--; unnamed < 0 {
			t.Errorf("run %s is lost, and not named: %v", key, damage)
			return
		}
	}
}

// A store without its first page is read as well, also when SQLite has written
// all of it anew.
func TestFirstPage(t *testing.T) {
	set := sample()
	for _, vacuumed := range []bool{false, true} {
		s := fresh(t)
		fill(t, s, set)
		if vacuumed {
			_, err := s.GC(set.Runs[0].Setup.Model, false)
			must(t, err)
		}
		must(t, s.Close())
		f, err := os.OpenFile(s.Path(), os.O_RDWR, 0)
		must(t, err)
		_, err = f.WriteAt(make([]byte, pageSize-len(magic)), int64(len(magic)))
		must(t, err)
		must(t, f.Close())

		r, err := OpenReadOnly(s.Path())
		must(t, err)
		got, err := r.Load(Filter{})
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("vacuumed %v: %v", vacuumed, err)
		}
		if diff := cmp.Diff(stripped(set.Runs), stripped(got.Runs), equal); diff != "" {
			t.Errorf("vacuumed %v (-stored +read):\n%s", vacuumed, diff)
		}
		must(t, r.Close())
		if _, err := Open(s.Path()); !errors.Is(err, ErrDamaged) {
			t.Errorf("vacuumed %v, to write: %v", vacuumed, err)
		}
	}
}

// A run that is damaged has not finished: it is done and stored again.
func TestDamagedIsUnfinished(t *testing.T) {
	s := fresh(t)
	set := sample()
	fill(t, s, set)
	key := set.Runs[0].Key()
	_, err := s.db.Exec("UPDATE runs SET stats = x'00' WHERE key = ?", key)
	must(t, err)
	finished, err := s.Finished()
	must(t, err)
	if finished[key] || !finished[set.Runs[1].Key()] {
		t.Errorf("the damaged run has finished: %v, another one: %v", finished[key], finished[set.Runs[1].Key()])
	}
	fill(t, s, set)
	if finished, err = s.Finished(); err != nil || !finished[key] {
		t.Errorf("it is not there again: %v", err)
	}
}
