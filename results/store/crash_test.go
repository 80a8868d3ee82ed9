package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/threadmill-sim/threadmill/internal/draws"
)

// Environment of a test binary that is a writer: the file, and which runs of
// the endless list it stores (first, step).
const writerFile, writerFirst, writerStep = "STORE_WRITER_FILE", "STORE_WRITER_FIRST", "STORE_WRITER_STEP"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerFile); path != "" {
		write(path)
		return
	}
	os.Exit(m.Run())
}

// numbered is run i of an endless list, large enough that a transaction writes
// several pages.
func numbered(i int) Run {
	set := sampleOnce()
	r := set[i%len(set)]
	record := *r.Record
	record.Setup.Seed = uint64(1000 + i)
	record.Programs = slices.Clone(record.Programs)
	record.Programs[0].Stdout = bytes.Repeat([]byte{'x'}, 20_000)
	r.Record = &record
	return r
}

var kept []Run

func sampleOnce() []Run {
	if kept == nil {
		kept = runsOf(sample())
	}
	return kept
}

// write stores runs for ever, and says which have been stored.
func write(path string) {
	first, _ := strconv.Atoi(os.Getenv(writerFirst))
	step, _ := strconv.Atoi(os.Getenv(writerStep))
	s, err := Open(path)
	for i := first; err == nil; i += step {
		if err = s.Put(numbered(i)); err == nil {
			fmt.Println(i)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// writer is a process that writes to a store.
type writer struct {
	*exec.Cmd
	stored chan int // what it says it has stored; closed at its end
}

func startWriter(t *testing.T, path string, first, step int) *writer {
	t.Helper()
	w := &writer{exec.Command(os.Args[0]), make(chan int, 100_000)}
	w.Env = append(os.Environ(), writerFile+"="+path, fmt.Sprint(writerFirst, "=", first), fmt.Sprint(writerStep, "=", step))
	w.Stderr = os.Stderr
	out, err := w.StdoutPipe()
	must(t, err)
	must(t, w.Start())
	go func() {
		defer close(w.stored)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if i, err := strconv.Atoi(lines.Text()); err == nil {
				w.stored <- i
			}
		}
	}()
	return w
}

// Whenever two writers of one store are killed, all that they had said they
// stored is there and nothing is damaged.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts forty processes")
	}
	random := rand.New(rand.NewPCG(draws.Seed(t), 0))
	path := filepath.Join(t.TempDir(), "runs.db")
	stored := make(map[string]bool)
	next := 0
	for range 20 {
		writers := []*writer{startWriter(t, path, next, 2), startWriter(t, path, next+1, 2)}
		for _, w := range writers { // each at a random moment after it has begun, or while it does
			for range random.IntN(20) {
				i, ok := <-w.stored
				if !ok {
					t.Fatal("a writer ended by itself")
				}
				stored[numbered(i).Record.Key()] = true
				next = max(next, i+1)
			}
			time.Sleep(time.Duration(random.IntN(5_000)) * time.Microsecond)
			must(t, w.Process.Kill())
		}
		for _, w := range writers {
			for i := range w.stored {
				stored[numbered(i).Record.Key()] = true
				next = max(next, i+1)
			}
			_ = w.Wait() // killed
		}
		next += next % 2
		if len(stored) == 0 {
			continue
		}
		s, err := OpenReadOnly(path)
		must(t, err)
		finished, err := s.Finished()
		must(t, err)
		for key := range stored {
			if !finished[key] {
				t.Errorf("run %s is lost", key)
			}
		}
		_, err = s.Verify()
		must(t, err)
		must(t, s.Close())
	}
	if len(stored) < 20 {
		t.Errorf("only %d runs were stored", len(stored))
	}
	set := load(t, open(t, path), Filter{})
	if n := len(set.Runs) + len(set.Baselines); n < len(stored) {
		t.Errorf("%d runs are there, %d were stored", n, len(stored))
	}
}

// Two handles write the same and different runs at once.
func TestTwoWriters(t *testing.T) {
	set := sample()
	all := runsOf(set)
	path := filepath.Join(t.TempDir(), "runs.db")
	failed := make(chan error)
	for k := range 2 {
		go func() {
			s, err := Open(path)
			if err != nil {
				failed <- err
				return
			}
			for i := range all {
				err = errors.Join(err, s.Put(all[(i+k*len(all)/2)%len(all)]))
			}
			failed <- errors.Join(err, putPlan(s, Plan{Name: "window", Keys: keysOf(set.Runs)}), s.Close())
		}()
	}
	for range 2 {
		must(t, <-failed)
	}
	got := load(t, open(t, path), Filter{Plan: "window"})
	if len(got.Runs) != len(set.Runs) {
		t.Errorf("%d runs, want %d", len(got.Runs), len(set.Runs))
	}
}

// Without room storing fails and says so, what was stored stays, and when there
// is room again it goes on.
func TestFull(t *testing.T) {
	s := fresh(t)
	limit := func(pages int) {
		_, err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	limit(200)
	fillUp(t, s, func() { limit(100_000) })
}

// fillUp stores runs until there is no room, and more when there is again.
func fillUp(t *testing.T, s *Store, free func()) {
	t.Helper()
	stored := 0
	err := s.Put(numbered(0))
	for err == nil && stored < 1000 {
		stored++
		err = s.Put(numbered(stored))
	}
	if !errors.Is(err, ErrFull) || stored < 3 {
		t.Fatalf("after %d runs: %v", stored, err)
	}
	if _, err := s.Verify(); err != nil {
		t.Error(err)
	}
	if set := load(t, s, Filter{}); len(set.Runs)+len(set.Baselines) != stored {
		t.Errorf("%d runs are left of %d", len(set.Runs)+len(set.Baselines), stored)
	}
	if err := s.Put(numbered(stored)); !errors.Is(err, ErrFull) {
		t.Errorf("again: %v", err)
	}
	free()
	for i := stored; i < stored+20; i++ {
		must(t, s.Put(numbered(i)))
	}
	must(t, s.Close())
	r, err := OpenReadOnly(s.Path())
	must(t, err)
	defer r.Close()
	if set := load(t, r, Filter{}); len(set.Runs)+len(set.Baselines) != stored+20 {
		t.Errorf("%d runs are there of %d", len(set.Runs)+len(set.Baselines), stored+20)
	}
}
