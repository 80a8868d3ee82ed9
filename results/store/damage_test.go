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

// pageSize is that of the file.
const pageSize = 4096

// Wherever a file is damaged, reading it does not panic, what is read is what
// was stored, and a run that is not read is named. Only what all
// of the file hangs on, its first page, makes all of it unreadable.
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
	places := 100
	if testing.Short() {
		places = 30
	}
	unreadable := 0
	for i := range places {
		data := append([]byte(nil), good...)
		page := 1 + i%(pages-1)
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
		path := filepath.Join(t.TempDir(), "damaged.db")
		must(t, os.WriteFile(path, data, 0o644))
		if !readDamaged(t, path, want) {
			unreadable++
		}
	}
	t.Logf("%d of %d files were unreadable as a whole", unreadable, places)
	if unreadable > places/10 {
		t.Errorf("%d of %d files were unreadable as a whole", unreadable, places)
	}
}

// readDamaged reads a file in every way; false: it could not be read at all.
func readDamaged(t *testing.T, path string, want map[string]*results.Record) bool {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		return false
	}
	defer s.Close()
	got, err := s.Load(Filter{})
	if got == nil {
		t.Log(err)
		return false
	}
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
	return true
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
