package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/internal/draws"
	"github.com/threadmill-sim/threadmill/internal/needs"
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

	t.Logf("%d pages", pages)
	random := rand.New(rand.NewPCG(draws.Seed(t), 0))
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
	var lost *DamageError
	if _, err := saved.Verify(); errors.As(err, &lost) {
		for _, d := range lost.List {
			if d.What != configurations.what { // of which runs remain
				t.Errorf("what was saved: %v", d)
			}
		}
	} else {
		must(t, err)
	}
	set, err := saved.Load(Filter{})
	if err != nil && lost == nil {
		t.Error(err)
	}
	accountFor(t, set, want, damage)
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
			_, err := s.GC(Garbage{Model: set.Runs[0].Setup.Model})
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

// everything is a store with rows of all kinds, each of many pages, and what
// runs stand on which of them.
func everything(t testing.TB) (data []byte, set *results.Set) {
	t.Helper()
	set = resultstest.Set(resultstest.Shape{Windows: []int{64, 128}, Disciplines: 2, Mixes: 3, Seeds: 1})
	s := fresh(t)
	for i, r := range runsOf(set) {
		stats := maps.Collect(r.Record.Stats.All())
		for k := range 200 {
			stats[fmt.Sprintf("thread%d.some.counter.number%d", k%4, k/4)] = uint64(i*k*k) % 1_000_003
		}
		r.Record.Stats = results.NewStats(stats)
		if i%5 == 0 {
			r.Record.Programs[0].Stdout = bytes.Repeat([]byte{byte(i)}, 6000) // of several pages
		}
		names := []string{"a", "b"}
		for k := range uint64(20) {
			r.Intervals = append(r.Intervals, results.Interval{Begin: k, End: k + 1, Names: names, Values: []int64{int64(i), int64(k * k)}})
		}
		curve := &results.Curve{}
		for k := range uint64(100) {
			curve.Points = append(curve.Points, results.CurvePoint{Instructions: 10 * k, Cycles: k * k})
		}
		must(t, s.Put(r))
		must(t, s.PutCurve(r.Record.Key(), curve))
		must(t, s.PutFailure(results.Identity{Machine: strconv.Itoa(i)}, "", "it ran into a wall"))
	}
	must(t, putPlan(s, Plan{Name: "window", Text: "name = \"window\"\n", Keys: keysOf(set.Runs)}))
	must(t, s.Close())
	data, err := os.ReadFile(s.Path())
	must(t, err)
	return data, set
}

// pagesOf are the pages on which the rows of a table have something, by key,
// found by what changes when each page is cleared.
func pagesOf(t testing.TB, data []byte, table *table) map[string][]int {
	t.Helper()
	on := make(map[string][]int)
	for _, key := range rawKeys(t, data, table) {
		on[key] = nil
	}
	for page := 1; page < len(data)/pageSize; page++ {
		without := slices.Clone(data)
		clear(without[page*pageSize:][:pageSize])
		left := rawKeys(t, without, table)
		for key := range on {
			if !slices.Contains(left, key) {
				on[key] = append(on[key], page)
			}
		}
	}
	return on
}

// rawKeys are those of the rows of a table that are on the pages of a file.
func rawKeys(t testing.TB, data []byte, table *table) (keys []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, data, 0o644))
	f, err := openPages(path)
	must(t, err)
	defer f.close()
	f.rows(table, func(_ int64, r *row) { keys = append(keys, r.key) })
	return keys
}

// mergedOf is what a merge saves of a file: the records by key.
func mergedOf(t *testing.T, data []byte) map[string]*results.Record {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.db")
	must(t, os.WriteFile(path, data, 0o644))
	into := filepath.Join(t.TempDir(), "saved.db")
	if _, err := Merge(into, path); err != nil && !errors.Is(err, ErrDamaged) {
		t.Fatalf("merging: %v", err)
	}
	s := open(t, into)
	defer s.Close()
	set, err := s.Load(Filter{})
	if err != nil && !errors.Is(err, ErrDamaged) { // a configuration may be lost
		t.Fatal(err)
	}
	saved := make(map[string]*results.Record)
	for _, r := range hostless(append(set.Runs, set.Baselines...)) {
		saved[r.Key()] = r
	}
	return saved
}

// schemaFormat is the last byte of the format of the tables in the head of an
// SQLite file, 4.
const schemaFormat = 47

// A merge saves every run that has nothing on the pages that are damaged or cut
// off, whatever else is on these, and each as it was stored.
func TestMergeSaves(t *testing.T) {
	data, set := everything(t)
	want := make(map[string]*results.Record)
	for _, r := range hostless(append(set.Runs, set.Baselines...)) {
		want[r.Key()] = r
	}
	on := pagesOf(t, data, runs)
	if len(on) != len(want) {
		t.Fatalf("%d runs are on the pages, of %d", len(on), len(want))
	}
	check := func(what string, data []byte, damaged func(page int) bool) {
		t.Helper()
		saved := mergedOf(t, data)
		for key, r := range saved {
			if diff := cmp.Diff(want[key], r, equal); diff != "" {
				t.Errorf("%s: run %s is not what was stored:\n%s", what, key, diff)
			}
		}
		for key := range want {
			if saved[key] == nil && !slices.ContainsFunc(on[key], damaged) {
				t.Errorf("%s: run %s is lost, which is on pages %d", what, key, on[key])
			}
		}
	}
	pages := len(data) / pageSize
	t.Logf("%d pages", pages)
	random := rand.New(rand.NewPCG(draws.Seed(t), 0))
	for page := range pages {
		if !needs.CI() && page%5 > 0 {
			continue // under CI all
		}
		at := page*pageSize + random.IntN([]int{12, pageSize}[random.IntN(2)]) // of the page's head, or anywhere
		flipped := slices.Clone(data)
		flipped[at] ^= 1 << random.IntN(8)
		check(fmt.Sprintf("byte %d of %d", at, len(data)), flipped, func(p int) bool { return p == page })
	}
	for at := range 100 { // the head of the file
		if !needs.CI() && at%5 > 0 && at != schemaFormat {
			continue
		}
		flipped := slices.Clone(data)
		flipped[at] ^= 1 << random.IntN(8)
		check(fmt.Sprintf("byte %d", at), flipped, func(int) bool { return false })
	}
	lists := pagesOf(t, data, lists)
	for tenth := 1; tenth < 10; tenth++ {
		cut := len(data) * tenth / 10
		gone := func(page int) bool { return (page+1)*pageSize > cut }
		names := true // or no run is readable
		for _, at := range lists {
			names = names && !slices.ContainsFunc(at, gone)
		}
		check(fmt.Sprintf("cut off at %d of %d", cut, len(data)), data[:cut], func(p int) bool { return gone(p) || !names })
	}
}

// Rows that were removed or replaced are not found on the pages again.
func TestPagesForget(t *testing.T) {
	s := fresh(t)
	id := results.Identity{Machine: "default"}
	must(t, s.PutFailure(id, "", "first"))
	for i := range 100 {
		must(t, s.PutFailure(results.Identity{Machine: strconv.Itoa(i)}, "", strings.Repeat("no", 3000)))
	}
	must(t, s.PutFailure(id, "", "second"))
	_, err := s.db.Exec("DELETE FROM failures WHERE key <> ?", id.Key())
	must(t, err)
	must(t, s.Close())
	f, err := openPages(s.Path())
	must(t, err)
	defer f.close()
	var found []string
	f.rows(failures, func(_ int64, r *row) { found = append(found, string(r.values[1])) })
	if !slices.Equal(found, []string{"second"}) {
		t.Errorf("%d failures: %.100q", len(found), found)
	}
}

// What a writer has written to the log and not to the file yet is read too, as
// far as it was committed.
func TestPagesOfLog(t *testing.T) {
	s := fresh(t)
	set := sample()
	fill(t, s, set)
	f, err := openPages(s.Path())
	must(t, err)
	defer f.close()
	found := 0
	f.rows(runs, func(int64, *row) { found++ })
	if want := len(set.Runs) + len(set.Baselines); found != want || len(f.logged) == 0 {
		t.Errorf("%d runs, want %d; %d pages are in the log", found, want, len(f.logged))
	}
}

// No file makes the reading of pages fail, and no row comes of it that its
// checksum does not hold for.
func FuzzPages(f *testing.F) {
	data, _ := everything(f)
	for page := 0; page+8 < len(data)/pageSize; page += 8 {
		f.Add(data[page*pageSize:][:8*pageSize])
	}
	f.Add(data[:1000])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(path, data, 0o644))
		must(t, os.WriteFile(path+"-wal", data[min(len(data), pageSize):], 0o644))
		p, err := openPages(path)
		must(t, err)
		defer p.close()
		for _, table := range tables {
			p.rows(table, func(_ int64, r *row) {
				if len(r.values) != len(table.columns) {
					t.Errorf("a row of %s with %d values", table.name, len(r.values))
				}
			})
		}
	})
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
