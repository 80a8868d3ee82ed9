package cache

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/isa"
)

// call is what a replacement policy was asked or told.
type call struct {
	what     string
	set, way int
	access   replacement.Access
}

// witness writes down the calls of a policy.
type witness struct {
	replacement.Policy
	calls []call
}

func (w *witness) Hit(set, way int, a replacement.Access) {
	w.calls = append(w.calls, call{"hit", set, way, a})
	w.Policy.Hit(set, way, a)
}

func (w *witness) Fill(set, way int, a replacement.Access) {
	w.calls = append(w.calls, call{"fill", set, way, a})
	w.Policy.Fill(set, way, a)
}

func (w *witness) Victim(set int, among replacement.Ways, a replacement.Access) int {
	way := w.Policy.Victim(set, among, a)
	w.calls = append(w.calls, call{"victim", set, way, a})
	return way
}

// watch puts a witness before the policy of every level.
func watch(h *Hierarchy) []*witness {
	ws := make([]*witness, len(h.levels))
	for i := range h.levels {
		l := &h.levels[i]
		ws[i] = &witness{Policy: l.policy}
		l.policy, l.lru = ws[i], nil
	}
	return ws
}

// one makes an access and lets everything that follows from it end.
func one(t rapid.TB, h *Hierarchy, now *isa.Cycle, r Request) (hit bool) {
	t.Helper()
	*now += 10_000
	hit, why := h.Access(*now, r)
	if why != Accepted {
		t.Fatalf("%+v refused: %v", r, why)
	}
	settle(h)
	return hit
}

// contents are the lines of a level with what is kept of them.
func contents(l *level) map[uint64]lineState {
	m := map[uint64]lineState{}
	for i, line := range l.lines {
		if line != noLine {
			m[line] = l.state[i]
		}
	}
	return m
}

// delta is what counters have grown by.
func delta(before, after map[string]uint64) map[string]uint64 {
	d := maps.Clone(after)
	for k, v := range before {
		d[k] -= v
	}
	return d
}

// asTimed makes the accesses of warming in two hierarchies, in one of them in
// time, each to its end before the next, and in the other with Warm, and fails
// unless they do the same: to every policy the same calls, the same lines,
// owners and dirty bits, nothing counted. What comes before and after warming
// is in time in both and must hit, miss, evict and write back the same.
func asTimed(t rapid.TB, spec Spec, before, warming, after []Request) {
	t.Helper()
	build := func() *Hierarchy {
		h, err := New(spec, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		h.Attach(silent{}, silent{})
		return h
	}
	timed, warmed := build(), build()
	timedCalls, warmedCalls := watch(timed), watch(warmed)
	timedNow, warmedNow := isa.Cycle(0), isa.Cycle(0)
	for _, r := range before {
		one(t, timed, &timedNow, r)
		one(t, warmed, &warmedNow, r)
	}
	count := counters(warmed)
	for i, r := range warming {
		one(t, timed, &timedNow, r)
		warmed.Warm(r)
		for c := range timed.levels {
			if !slices.Equal(timedCalls[c].calls, warmedCalls[c].calls) {
				t.Fatalf("access %d, %+v: %s was told %+v, in time %+v", i, r, timed.levels[c].name, warmedCalls[c].calls, timedCalls[c].calls)
			}
			timedCalls[c].calls, warmedCalls[c].calls = nil, nil
			if got, want := contents(&warmed.levels[c]), contents(&timed.levels[c]); !maps.Equal(got, want) {
				t.Fatalf("access %d, %+v: %s has %v, in time %v", i, r, timed.levels[c].name, got, want)
			}
		}
	}
	if diff := cmp.Diff(count, counters(warmed)); diff != "" {
		t.Fatalf("warming was counted:\n%s", diff)
	}
	timedCount := counters(timed)
	for _, r := range after {
		if th, wh := one(t, timed, &timedNow, r), one(t, warmed, &warmedNow, r); th != wh {
			t.Fatalf("%+v after warming: hit %v, want %v", r, wh, th)
		}
	}
	if diff := cmp.Diff(delta(timedCount, counters(timed)), delta(count, counters(warmed))); diff != "" {
		t.Fatalf("counted after warming (-timed +warmed):\n%s", diff)
	}
	audit(warmed)
}

func TestWarmIsAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, accesses := traffic(t)
		for _, l := range spec.levels() {
			l.spec.Prefetcher = ""
			if l.spec.Inclusion == Exclusive { // without dirty lines above L2 nothing overtakes
				spec.L1D.Write, spec.L1D.WriteBuffer = WriteThrough, 2
			}
		}
		var requests []Request
		for i, a := range accesses {
			if a.r.Kind != Walk {
				a.r.PC = isa.Addr(4 * i) // tells the accesses apart
			}
			requests = append(requests, a.r)
		}
		begin := rapid.IntRange(0, 30).Draw(t, "before")
		end := len(requests) - rapid.IntRange(0, 60).Draw(t, "after")
		asTimed(t, spec, requests[:begin], requests[begin:end], requests[end:])
	})
}

// Stores go another way through the levels under each combination of write
// policies.
func TestWarmUnderEveryWritePolicy(t *testing.T) {
	requests := make([]Request, 150)
	x := uint64(1)
	for i := range requests {
		x = x*6364136223846793005 + 1442695040888963407
		requests[i] = Request{Addr: isa.Addr(x>>40%48) * 32, PC: isa.Addr(4 * i), Thread: isa.Context(x >> 33 & 1), Kind: Read + Kind(x>>34&1)}
	}
	policies := func(l *Level, n int) {
		l.Write = []string{WriteBack, WriteThrough}[n&1]
		l.StoreMiss = []string{Allocate, NoAllocate}[n>>1&1]
		l.Ways, l.Replacement = 2, "srrip"
	}
	for n := range 1 << 8 {
		spec := threeLevels()
		spec.Memory = "fixed:latency=200"
		spec.L1I.Size, spec.L1D.Size, spec.L2.Size, spec.L3.Size = 128, 128, 256, 512
		l4 := *spec.L3
		l4.Size, l4.Latency = 1024, 80
		spec.L4 = &l4
		spec.L1D.WriteBuffer = 1
		for i, l := range []*Level{&spec.L1D, spec.L2, spec.L3, spec.L4} {
			policies(l, n>>(2*i))
		}
		if n&3 == 0 {
			spec.L1D.WriteBuffer = 0
		}
		spec.L1I.Ways = 2
		asTimed(t, spec, nil, requests, requests[:40])
	}
}

// A dirty line that was warmed is written back when it gives way in time, and
// charged to the thread that brought it in.
func TestWarmedLineGivesWay(t *testing.T) {
	spec := threeLevels()
	spec.L2, spec.L3 = nil, nil
	h, _ := build(t, spec, 2)
	stride := isa.Addr(spec.L1D.Size) / isa.Addr(spec.L1D.Ways)
	h.Warm(Request{Addr: 0, Thread: 1, Kind: Write})
	now := isa.Cycle(0)
	for i := range spec.L1D.Ways {
		one(t, h, &now, Request{Addr: stride * isa.Addr(i+1), Kind: Read})
	}
	c := counters(h)
	got := []uint64{c["l1d.writebacks"], c["memory.writes"], c["l1d.evictions"], c["thread1.l1d.evicted_by0"]}
	if want := []uint64{1, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("writebacks, writes to memory, evictions, thread 1's by thread 0: %d, want %d", got, want)
	}
	audit(h)
}

func TestWarmingAllocatesNothing(t *testing.T) {
	h, _ := build(t, largeSpec(), 4)
	i := isa.Addr(0)
	if n := testing.AllocsPerRun(1000, func() {
		i++
		h.Warm(Request{Addr: i * 64 * 37, Kind: Kind(i % isa.Addr(numKinds)), Thread: isa.Context(i % 4)})
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkWarmHit is BenchmarkHit without time.
func BenchmarkWarmHit(b *testing.B) {
	h, _ := build(b, largeSpec(), 4)
	for a := isa.Addr(0); a < 32<<10; a += 64 {
		h.Warm(Request{Addr: a, Kind: Read})
	}
	for i := 0; b.Loop(); i++ {
		h.Warm(Request{Addr: isa.Addr(i*200) & (32<<10 - 1), Kind: Read, PC: 4})
	}
}

// BenchmarkWarmMiss is BenchmarkMiss without time.
func BenchmarkWarmMiss(b *testing.B) {
	h, _ := build(b, largeSpec(), 4)
	for i := 0; b.Loop(); i++ {
		h.Warm(Request{Addr: isa.Addr(i) * 64, Kind: Read})
	}
}
