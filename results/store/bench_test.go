package store

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/resultstest"
)

// manyRuns are n runs of the size that real ones have: 600 statistics each.
func manyRuns(n int) (list []Run) {
	base := runsOf(resultstest.Set(resultstest.Shape{Windows: []int{64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048}, Disciplines: 4, Mixes: 4, Seeds: 1}))
	for i := range n {
		r := base[i%len(base)]
		copied := *r.Record
		copied.Setup.Seed = uint64(i)
		counters := make(map[string]uint64, 600)
		for k := range 600 {
			counters[fmt.Sprintf("thread%d.some.counter.number%d", k%4, k/4)] = uint64(i*k*k) % 1_000_003
		}
		copied.Stats = results.NewStats(counters)
		for k := range copied.Threads {
			copied.Threads[k].TopDown = map[string]results.Number{"retiring": 0.31, "bad_speculation": 0.11, "frontend": 0.07, "backend_core": 0.2, "backend_memory": 0.25, "other_thread": 0.06}
			copied.Threads[k].Account = &results.Account{}
		}
		r.Record = &copied
		list = append(list, r)
	}
	return list
}

// BenchmarkPut stores 10,000 runs, each in a transaction of its own.
func BenchmarkPut(b *testing.B) {
	list := manyRuns(10_000)
	for b.Loop() {
		s := fresh(b)
		for _, r := range list {
			must(b, s.Put(r))
		}
		must(b, s.Close())
	}
}

// BenchmarkLoad reads 10,000 runs, measured and in order.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "runs.db")
	s := open(b, path)
	for _, r := range manyRuns(10_000) {
		must(b, s.Put(r))
	}
	must(b, s.Close())
	for b.Loop() {
		s, err := OpenReadOnly(path)
		must(b, err)
		if set := load(b, s, Filter{}); len(set.Runs)+len(set.Baselines) != 10_000 {
			b.Fatal("runs are missing")
		}
		must(b, s.Close())
	}
}

// Loaded runs share the names of their statistics: ten thousand with 1,500 each
// have to fit in a gigabyte.
func TestLoadedSize(t *testing.T) {
	const n, counters = 200, 600
	s := fresh(t)
	for _, r := range manyRuns(n) {
		must(t, s.Put(r))
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	set := load(t, s, Filter{})
	after := heap()
	if per := (int64(after) - int64(before)) / (n * counters); per > 25 {
		t.Errorf("%d bytes for each statistic of a run", per)
	}
	runtime.KeepAlive(set)
}
