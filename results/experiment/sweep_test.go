package experiment

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/pipeline/machine"
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/store"
	"github.com/threadmill-sim/threadmill/workloads"
)

// counting is a store that counts what it is given, and may be told to fail.
type counting struct {
	*store.Store
	mu    sync.Mutex
	puts  map[string]int // by key
	total int
	after func(puts int) error // called after so many runs; nil: never
}

func (c *counting) Put(r store.Run) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.after != nil {
		if err := c.after(c.total); err != nil {
			return err
		}
	}
	c.total++
	c.puts[r.Record.Key()]++
	return c.Store.Put(r)
}

func openStore(t testing.TB, path string) *counting {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &counting{Store: s, puts: map[string]int{}}
}

func newStore(t testing.TB) *counting {
	return openStore(t, filepath.Join(t.TempDir(), "runs.db"))
}

func mustSweep(t testing.TB, l *Layout, o SweepOptions) *Outcome {
	t.Helper()
	out, err := Sweep(t.Context(), l, o)
	if err != nil || len(out.Failed) > 0 || out.Canceled || out.Finished != out.Runs {
		t.Fatalf("%+v, %v", out, err)
	}
	return out
}

// dump is all of a store but what it cost the host.
func dump(t testing.TB, s *store.Store) string {
	t.Helper()
	set := load(t, s)
	return jsonOf(t, []any{set.Runs, set.Baselines})
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	data, err := results.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func load(t testing.TB, s *store.Store) *results.Set {
	t.Helper()
	set, err := s.Load(store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]*results.Record{set.Runs, set.Baselines} {
		for _, r := range list {
			r.Host = results.Host{}
		}
	}
	return set
}

// small is the contract's plan at a size for tests: unlike programs, which warm
// up at different speeds, so that solo runs must go on beyond their own ends.
const small = `
name = "window"
machine = "scalar"
threads = 2
schedulers = ["single", "barrel", "rr"]
workloads = [["aluloop@test", "fpchain@test"], "fpchain@test", ["fpchain 4000", "chase 16"]]
warmup = 1000
insts = 5000
repetitions = 2
[axes]
"cache.l1d.size" = ["8K", "16K"]
`

// The example of the contract: every run and, once each, the solo runs that its
// metrics need; nothing of it twice.
func TestSweepContract(t *testing.T) {
	l, s := mustPlan(t, contract), newStore(t)
	out := mustSweep(t, l, SweepOptions{Store: s})
	if out.Runs != 12 || out.Had != 0 || s.total != 12+3*4 {
		t.Errorf("%+v, %d stored", out, s.total)
	}
	set := load(t, s.Store)
	if len(set.Runs) != 12 || len(set.Baselines) != 12 || len(set.Failed) != 0 {
		t.Fatalf("%d runs, %d baselines, %d failures", len(set.Runs), len(set.Baselines), len(set.Failed))
	}
	for _, r := range set.Runs {
		if m := r.Metrics; m == nil || !m.STP.Defined() || !m.ANTT.Defined() || !m.Speedup.Defined() {
			t.Errorf("%s under %s: metrics %+v", r.Mix(), r.Scheduler, r.Metrics)
		}
	}
	again := mustSweep(t, l, SweepOptions{Store: s, Progress: func(p Progress) {
		if p.Total > 0 {
			t.Errorf("progress %+v of nothing", p)
		}
	}})
	if again.Had != 12 || s.total != 24 {
		t.Errorf("again: %+v, %d stored", again, s.total)
	}
}

// Any number of workers, and shards in stores that are merged, give the same
// rows; so does another plan over what one plan has left.
func TestSweepSame(t *testing.T) {
	l := mustPlan(t, small)
	var want string
	for _, jobs := range []int{1, 2, 8} {
		s := newStore(t)
		mustSweep(t, l, SweepOptions{Store: s, Jobs: jobs})
		for key, n := range s.puts {
			if n != 1 {
				t.Errorf("%d workers: run %s is stored %d times", jobs, key, n)
			}
		}
		if want == "" {
			want = dump(t, s.Store)
		} else if diff := cmp.Diff(want, dump(t, s.Store)); diff != "" {
			t.Errorf("%d workers:\n%s", jobs, diff)
		}
	}
	dir := t.TempDir()
	var parts []string
	for i := 1; i <= 3; i++ {
		part := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		parts = append(parts, part)
		s, err := store.Open(part)
		if err != nil {
			t.Fatal(err)
		}
		mustSweep(t, l, SweepOptions{Store: s, Shard: Shard{i, 3}})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole := filepath.Join(dir, "whole.db")
	if _, err := store.Merge(whole, parts...); err != nil {
		t.Fatal(err)
	}
	merged := openStore(t, whole)
	if diff := cmp.Diff(want, dump(t, merged.Store)); diff != "" {
		t.Errorf("shards:\n%s", diff)
	}
	if mustSweep(t, l, SweepOptions{Store: merged}); merged.total != 0 {
		t.Errorf("%d runs are done again after shards", merged.total)
	}
}

// A run in a store has the numbers that compare and run have for it.
func TestSweepEqualsCompare(t *testing.T) {
	l, s := mustPlan(t, small), newStore(t)
	mustSweep(t, l, SweepOptions{Store: s})
	set := load(t, s.Store)
	find := func(key string) *results.Record {
		for _, list := range [][]*results.Record{set.Runs, set.Baselines} {
			for _, r := range list {
				if r.Key() == key {
					return r
				}
			}
		}
		return nil
	}
	found := 0
	for point := range l.points {
		for m := range l.Mixes {
			for _, seed := range l.Seeds[1:] {
				c, err := Compare(t.Context(), CompareOptions{
					Config: l.Config(point), Schedulers: l.Schedulers, Programs: l.Mixes[m].Programs,
					Limits: l.Limits, Guest: l.Guest, Seed: seed, Threads: 2,
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range append(c.Runs, c.Baselines...) {
					r.Host = results.Host{}
					if got := find(r.Key()); got == nil {
						if len(r.Programs) > 1 {
							t.Errorf("%s under %s is not stored", r.Mix(), r.Scheduler)
						}
					} else if diff := cmp.Diff(jsonOf(t, r), jsonOf(t, got)); diff != "" {
						t.Errorf("%s under %s:\n%s", r.Mix(), r.Scheduler, diff)
					} else {
						found++
					}
				}
			}
		}
	}
	if want := 18 + 2*4; found < want {
		t.Errorf("%d runs were compared, want %d", found, want)
	}
	one := l.job(l.At(0))
	one.Config = l.Config(0)
	run, err := Prepare(one)
	if err != nil {
		t.Fatal(err)
	}
	record, _, err := run.Do(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	record.Host = results.Host{}
	composed := find(record.Key())
	if composed == nil {
		t.Fatal("the first run is not stored")
	}
	composed.Metrics = nil
	if diff := cmp.Diff(jsonOf(t, record), jsonOf(t, composed)); diff != "" {
		t.Errorf("programs one after another, and made of solo runs:\n%s", diff)
	}
}

// Wherever a sweep is interrupted, and however often, nothing that was stored is
// computed again and the end is that of an undisturbed one. So when the store
// fails, whose error ends the sweep.
func TestSweepResumed(t *testing.T) {
	l, undisturbed := mustPlan(t, small), newStore(t)
	mustSweep(t, l, SweepOptions{Store: undisturbed})
	want, full := dump(t, undisturbed.Store), errors.New("no room")
	for _, failing := range []bool{false, true} {
		s := newStore(t)
		done := false
		for round := 1; !done; round++ {
			ctx, cancel := context.WithCancel(t.Context())
			began := s.total
			s.after = func(puts int) error {
				if puts < began+5 {
					return nil
				}
				if failing {
					return full
				}
				cancel()
				return nil
			}
			out, err := Sweep(ctx, l, SweepOptions{Store: s, Jobs: 2})
			done = out.Finished == out.Runs && !out.Canceled && err == nil
			switch {
			case round > 30:
				t.Fatalf("it does not end: %+v", out)
			case len(out.Failed) > 0:
				t.Errorf("failures %v", out.Failed)
			case failing && !done && !errors.Is(err, full):
				t.Errorf("error %v", err)
			case !failing && (err != nil || out.Canceled == done):
				t.Errorf("%+v, error %v", out, err)
			}
			cancel()
		}
		for key, n := range s.puts {
			if n != 1 {
				t.Errorf("run %s is stored %d times", key, n)
			}
		}
		if diff := cmp.Diff(want, dump(t, s.Store)); diff != "" {
			t.Error(diff)
		}
	}
}

// A later plan may need a solo run to go further. Only that is done again, and
// what was measured against the shorter one stays as it was.
func TestSweepFurther(t *testing.T) {
	text := func(schedulers string) string {
		return "machine = \"scalar\"\nthreads = 2\nschedulers = " + schedulers + "\nworkloads = [[\"aluloop@test\", \"fpchain@test\"]]\nwarmup = 1000\ninsts = 5000\n"
	}
	s := newStore(t)
	mustSweep(t, mustPlan(t, text(`["single"]`)), SweepOptions{Store: s})
	first := dump(t, s.Store)
	mustSweep(t, mustPlan(t, text(`["single", "rr"]`)), SweepOptions{Store: s})
	set := load(t, s.Store)
	for _, r := range set.Runs {
		if !r.Metrics.STP.Defined() {
			t.Errorf("%s under %s has no STP", r.Mix(), r.Scheduler)
		}
	}
	if len(set.Runs) != 2 || s.puts[set.Runs[0].Key()] != 1 {
		t.Errorf("%d runs", len(set.Runs))
	}
	single := set.Runs[0]
	if single.Scheduler != "single" {
		t.Fatalf("%s", single.Scheduler)
	}
	if flat := func(text string) string { return strings.Join(strings.Fields(text), " ") }; !strings.Contains(flat(first), flat(jsonOf(t, single))) {
		t.Error("the first plan's run has changed")
	}
}

// Runs that fail or take too long are stored with their errors and stop no
// other; they are tried again.
func TestSweepFailures(t *testing.T) {
	file := planFile(t, "machine = \"scalar\"\nthreads = 2\nschedulers = [\"rr\"]\nworkloads = [\"sort@test\", \"./killed.s\"]\n")
	if err := writeFile(filepath.Join(filepath.Dir(file), "killed.s"), "_start:\tlw a0, 0(zero)\n"); err != nil {
		t.Fatal(err)
	}
	p, err := ReadPlan(t.Context(), file, workloads.Opener{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLayout(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(t)
	out, err := Sweep(t.Context(), l, SweepOptions{Store: s, Timeout: time.Nanosecond})
	if err != nil || out.Finished != 0 || len(out.Failed) != 4 || !strings.Contains(out.Failed[0].Error, "not finished after 1ns") {
		t.Fatalf("%+v, %v", out, err)
	}
	if set := load(t, s.Store); len(set.Failed) != 4 {
		t.Errorf("%d failures are stored", len(set.Failed))
	}
	out, err = Sweep(t.Context(), l, SweepOptions{Store: s})
	if err != nil || out.Finished != 1 || len(out.Failed) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, f := range out.Failed {
		if f.Programs[0].Workload != "./killed.s" || !strings.Contains(f.Error, "SIGSEGV") {
			t.Errorf("%+v", f)
		}
	}
	set := load(t, s.Store)
	if len(set.Failed) != 2 || len(set.Runs) != 1 {
		t.Fatalf("%d failures and %d runs are stored", len(set.Failed), len(set.Runs))
	}
	for _, f := range set.Failed {
		if f.Solo != (f.Scheduler == "single") || set.Configurations[f.Setup.Config] == nil {
			t.Errorf("%s under %s: for others %v, configuration %v", f.Mix(), f.Scheduler, f.Solo, set.Configurations[f.Setup.Config])
		}
	}
}

// Intervals are stored with their runs, and sum to them.
func TestSweepIntervals(t *testing.T) {
	l := mustPlan(t, "machine = \"scalar\"\nthreads = 2\nschedulers = [\"single\", \"rr\"]\nworkloads = [[\"aluloop@test\", \"fpchain@test\"]]\ninsts = 5000\ninterval = 1000\n")
	s := newStore(t)
	mustSweep(t, l, SweepOptions{Store: s})
	for i := range l.Len() {
		key := l.Identity(i).Key()
		record, err := s.Record(key)
		if err != nil || record == nil {
			t.Fatal(record, err)
		}
		list, err := s.Intervals(key)
		if err != nil {
			t.Fatal(err)
		}
		cycles, slots := uint64(0), int64(0)
		for _, v := range list {
			cycles += v.End - v.Begin
			for k, name := range v.Names {
				if name == "slots.issue.total" {
					slots += v.Values[k]
				}
			}
		}
		if cycles != record.Cycles || slots != int64(record.Stats.Of("slots.issue.total")) || len(list) < 2 {
			t.Errorf("%s: %d intervals of %d cycles and %d slots, want %d and %d", record.Scheduler, len(list), cycles, slots, record.Cycles, record.Stats.Of("slots.issue.total"))
		}
	}
	if set := load(t, s.Store); len(set.Baselines) != 2 {
		t.Errorf("%d baselines", len(set.Baselines))
	}
}

// A panic of a run is its failure, and that of no other.
func TestSweepPanic(t *testing.T) {
	l, s := mustPlan(t, "machine = \"scalar\"\nschedulers = [\"rr\"]\nworkloads = [\"sort@test\", \"fft@test\"]\n"), newStore(t)
	l.Mixes[1].Programs = []*workloads.Program{{Spec: "empty", Digest: "none"}} // has no image
	out, err := Sweep(t.Context(), l, SweepOptions{Store: s})
	if err != nil || out.Finished != 1 || len(out.Failed) == 0 || !strings.Contains(out.Failed[0].Error, "bug in the simulator") {
		t.Errorf("%+v, %v", out, err)
	}
}

// What is left to do is estimated from the lengths that are known.
func TestSurvey(t *testing.T) {
	l := mustPlan(t, contract)
	sv := l.Survey(nil, Shard{})
	want := uint64(6*2*50000 + 12*50000)
	if sv.Runs != 12 || sv.Stored != 0 || sv.Baselines != 12 || sv.Instructions != want || len(sv.Unknown) != 0 {
		t.Errorf("%+v, want %d instructions", sv, want)
	}
	if sv.RunOn != 6 { // of icount; single has one program at a time
		t.Errorf("in %d simulations programs run on, want 6", sv.RunOn)
	}
	if sv := mustPlan(t, "until = \"first\"\n"+contract).Survey(nil, Shard{}); sv.RunOn != 0 {
		t.Errorf("in %d simulations that end with the first program others run on", sv.RunOn)
	}
	if got := sv.Seconds(Cost{Run: 0.5, Instruction: 1e-6}, 2); got != results.Number((18*0.5+float64(want)/1e6)/2) {
		t.Errorf("%v seconds", got)
	}
	finished := map[string]bool{l.Identity(1).Key(): true, l.soloIdentity(solo{}).Key(): true}
	if sv = l.Survey(finished, Shard{1, 3}); sv.Runs != 4 || sv.Stored != 1 || sv.Baselines != 4 || sv.StoredBaselines != 1 || sv.Instructions != 5*50000 {
		t.Errorf("%+v", sv)
	}
	l = mustPlan(t, "workloads = [\"sort 2000\", \"fft@test\"]\nfast-forward = 1000\n")
	if sv = l.Survey(nil, Shard{}); len(sv.Unknown) != 1 || sv.Unknown[0] != "sort 2000" || sv.Seconds(Guess, 1).Defined() {
		t.Errorf("%+v", sv)
	}
	l = mustPlan(t, "workloads = [\"fft@test\"]\nuntil = \"repeat\"\ninsts = 100000000\n")
	if sv = l.Survey(nil, Shard{}); sv.Instructions != 2e8 || l.Limits.Until != machine.UntilRepeat {
		t.Errorf("%+v", sv)
	}
}

// What simulations take is told from runs of any lengths, and from none.
func TestCostOf(t *testing.T) {
	took := func(cost Cost, insts ...uint64) (list []*results.Record) {
		for _, n := range insts {
			r := &results.Record{Setup: results.Setup{Contexts: 2, Warmup: n, FastForward: n * functional}, Programs: make([]results.Program, 2)}
			for i := range r.Programs {
				r.Programs[i].Instructions = n
			}
			seconds := cost.Run + 2*3*float64(n)*cost.Instruction - storing
			r.Host = results.Host{Seconds: seconds / 3, Overhead: seconds * 2 / 3}
			list = append(list, r)
		}
		return list
	}
	solos := took(Cost{1, 1}, 1000)
	solos[0].Setup.Contexts = 1 // one after another: made of runs
	for _, c := range []struct {
		name string
		runs []*results.Record
		want Cost
		ok   bool
	}{
		{"several lengths", took(Cost{0.02, 1e-6}, 2000, 500_000, 80_000_000), Cost{0.02, 1e-6}, true},
		{"one length", took(Cost{0.02, 1e-6}, 2000, 2000), Cost{0.02 + 12000*(1e-6-Guess.Instruction), Guess.Instruction}, true},
		{"short ones", took(Cost{0.02, 1e-6}, 2000, 4000), Cost{0.02 + 18000*(1e-6-Guess.Instruction), Guess.Instruction}, true},
		{"long ones", took(Cost{Guess.Run, 1e-6}, 50_000_000, 80_000_000), Cost{Guess.Run, 1e-6}, true},
		{"faster than a guess", took(Cost{0.002, 1e-9}, 10), Cost{0.002 + 60*1e-9 - 60*Guess.Instruction, Guess.Instruction}, true},
		{"none", nil, Guess, false},
		{"none of its own", solos, Guess, false},
	} {
		got, ok := CostOf(c.runs)
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*b+1e-12 }
		if ok != c.ok || !near(got.Run, c.want.Run) || !near(got.Instruction, c.want.Instruction) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, ok, c.want)
		}
	}
}

// stale is a store that another process has filled since it was asked what has
// finished.
type stale struct{ *counting }

func (stale) Finished() (map[string]bool, error) { return map[string]bool{}, nil }

// What another process has stored meanwhile is not simulated again.
func TestSweepBesideAnother(t *testing.T) {
	l, s := mustPlan(t, "machine = \"scalar\"\nthreads = 2\nschedulers = [\"barrel\", \"rr\"]\nworkloads = [[\"aluloop@test\", \"fpchain@test\"]]\ninsts = 5000\n"), newStore(t)
	mustSweep(t, l, SweepOptions{Store: s})
	total, want := s.total, dump(t, s.Store)
	mustSweep(t, l, SweepOptions{Store: stale{s}})
	if s.total != total || dump(t, s.Store) != want {
		t.Errorf("%d runs are stored again", s.total-total)
	}
}

// twin is a store to which another process writes that does the same plan in
// step: whenever a run ends here, it has done its next one.
type twin struct {
	*counting
	next  []store.Run // what it does, in its order
	began map[string]bool
	twice int
}

func (w *twin) Has(key string) (bool, error) {
	had, err := w.Store.Has(key)
	if !w.began[key] || had || err != nil {
		w.began[key] = true
		return had, err
	}
	for len(w.next) > 0 { // it has ended
		run := w.next[0]
		w.next = w.next[1:]
		if has, err := w.Store.Has(run.Record.Key()); err != nil || has {
			continue
		}
		if err := w.Store.Put(run); err != nil {
			return false, err
		}
		break
	}
	has, err := w.Store.Has(key)
	if has {
		w.twice++
	}
	return has, err
}

// recording keeps the runs that it is given, in order.
type recording struct {
	*counting
	runs []store.Run
}

func (r *recording) Put(run store.Run) error {
	r.runs = append(r.runs, run)
	return r.counting.Put(run)
}

// Two processes that begin a plan together, and are equally fast, do not do each
// run twice, and what they have done is what one would have.
func TestSweepTwin(t *testing.T) {
	l := mustPlan(t, small)
	one := &recording{counting: newStore(t)}
	mustSweep(t, l, SweepOptions{Store: one, Jobs: 1})
	w := &twin{counting: newStore(t), next: one.runs, began: map[string]bool{}}
	mustSweep(t, l, SweepOptions{Store: w, Jobs: 1})
	if w.twice == 0 || w.twice > len(one.runs)/3 {
		t.Errorf("%d of %d runs were done twice", w.twice, len(one.runs))
	}
	if diff := cmp.Diff(dump(t, one.Store), dump(t, w.Store)); diff != "" {
		t.Errorf("(-alone +beside another):\n%s", diff)
	}
}

// What a store has lost of a run, or of what its metrics need, is computed
// again: its record with what the programs wrote, its series, the solo curves
// that it is measured against, its configuration, the names of its statistics.
// Until then the store says what is lost.
func TestSweepRepairs(t *testing.T) {
	l := mustPlan(t, "machine = \"scalar\"\nthreads = 2\nschedulers = [\"single\", \"rr\"]\nworkloads = [[\"aluloop@test\", \"fpchain@test\"]]\ninsts = 5000\ninterval = 1000\n")
	whole := newStore(t)
	mustSweep(t, l, SweepOptions{Store: whole})
	want := dumpAll(t, whole.Store, l)
	for _, tables := range [][]string{{"runs"}, {"series"}, {"curves"}, {"configurations"}, {"name_lists", "name_list_copies"}} {
		for _, spoiling := range []string{"DELETE FROM %s;", "UPDATE %s SET sum = sum + 1;"} {
			how := ""
			for _, table := range tables {
				how += fmt.Sprintf(spoiling, table)
			}
			s := newStore(t)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Merge(s.Path(), whole.Path()); err != nil {
				t.Fatal(err)
			}
			spoil(t, s.Path(), how)
			s = openStore(t, s.Path())
			if left, err := l.Left(t.Context(), s, Shard{}); err != nil || left[0] == 0 {
				t.Errorf("%s: %v to do, %v", how, left, err)
			}
			if _, err := s.Verify(); tables[0] != "runs" && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%s: verified: %v", how, err)
			}
			mustSweep(t, l, SweepOptions{Store: s})
			if _, err := s.Verify(); err != nil {
				t.Errorf("%s: verified after a sweep: %v", how, err)
			}
			if diff := cmp.Diff(want, dumpAll(t, s.Store, l)); diff != "" {
				t.Errorf("%s (-whole +repaired):\n%s", how, diff)
			}
		}
	}
}

// spoil changes a store behind its back.
func spoil(t *testing.T, path, how string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(how); err != nil {
		t.Fatal(err)
	}
}

// dumpAll is dump with the series of a plan's runs.
func dumpAll(t *testing.T, s *store.Store, l *Layout) string {
	t.Helper()
	text := dump(t, s)
	for i := range l.Len() {
		list, err := s.Intervals(l.Identity(i).Key())
		if err != nil {
			t.Fatal(err)
		}
		text += jsonOf(t, list)
	}
	return text
}
