package tlb

import (
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A miss in both levels takes the second level's latency and four dependent
// reads; a later one on the other port takes the second level's latency; a
// hit takes nothing and gives the address that Physical gives.
func TestCostOfEachLevel(t *testing.T) {
	for _, misses := range []bool{false, true} {
		m, c, mem := build(t, testSpec(), 1)
		mem.misses = misses
		const now, v = 100, 0x1234_5678
		if _, s := m.Translate(now, Data, 0, 1, v, 1); s != Pending {
			t.Fatalf("first translation: status %d, want Pending", s)
		}
		run(mem, now+1, 200)
		want := fmt.Sprintf("walking@%d translated@%d", now+testSecond, now+testSecond+4*testRead)
		if got := c.of(1); got != want {
			t.Errorf("reads miss %v: walk: %s, want %s", misses, got, want)
		}
		if len(mem.reads) != 4 {
			t.Errorf("a walk made %d reads, want 4", len(mem.reads))
		}
		if p, s := m.Translate(300, Data, 0, 1, v+8, 2); s != Hit || p != m.Physical(1, v+8) || p&0xfff != 0x680 {
			t.Errorf("second translation: %#x status %d, want a hit at %#x", p, s, m.Physical(1, v+8))
		}
		m.Translate(300, Fetch, 0, 1, v, 3)
		run(mem, 301, 400)
		if got, want := c.of(3), fmt.Sprintf("translated@%d", 300+testSecond); got != want {
			t.Errorf("other port: %s, want %s", got, want)
		}
		s := counters(m)
		for name, want := range map[string]uint64{
			"tlb.d.accesses": 2, "tlb.d.hits": 1, "tlb.d.misses": 1, "tlb.i.misses": 1,
			"tlb.l2.accesses": 2, "tlb.l2.hits": 1, "tlb.l2.misses": 1, "thread0.tlb.l2.misses": 1,
			"tlb.walker.walks": 1, "tlb.walker.reads": 4, "tlb.walker.cycles": 4 * testRead,
		} {
			if s[name] != want {
				t.Errorf("%s is %d, want %d", name, s[name], want)
			}
		}
	}
}

// Without a second level every miss is walked, from the next cycle on, and
// counted as a miss of the last level.
func TestNoSecondLevel(t *testing.T) {
	spec := testSpec()
	spec.L2 = SecondLevel{}
	m, c, mem := build(t, spec, 1)
	m.Translate(100, Data, 0, 1, 0, 1)
	run(mem, 101, 200)
	if got, want := c.of(1), fmt.Sprintf("walking@101 translated@%d", 101+4*testRead); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s := counters(m); s["tlb.l2.misses"] != 1 || s["tlb.l2.fills"] != 0 {
		t.Errorf("misses %d fills %d of the absent level, want 1 and 0", s["tlb.l2.misses"], s["tlb.l2.fills"])
	}
}

// A walk of fixed time ends after it, counted from the request, whatever the
// memory, and reads nothing; walks beyond the limit queue all the same.
func TestFixedWalk(t *testing.T) {
	for _, second := range []bool{true, false} {
		spec := testSpec()
		spec.Walker.Latency = 50
		before := testSecond
		if !second {
			spec.L2, before = SecondLevel{}, 1
		}
		m, c, mem := build(t, spec, 1)
		for i := range 3 {
			m.Translate(100, Data, 0, 1, page(i), uint64(i))
		}
		run(mem, 101, 300)
		for i, end := range []int{150, 150, 150 + 50 - before} {
			if got, want := c.of(uint64(i)), fmt.Sprintf("walking@%d translated@%d", 100+before, end); got != want {
				t.Errorf("page %d: %s, want %s", i, got, want)
			}
		}
		if s := counters(m); len(mem.reads) != 0 || s["tlb.walker.reads"] != 0 || s["tlb.walker.cycles"] != uint64(3*(50-before)) {
			t.Errorf("%d reads, %d counted, %d cycles; want none, and %d cycles", len(mem.reads), s["tlb.walker.reads"], s["tlb.walker.cycles"], 3*(50-before))
		}
	}
}

// Requests for one page share one walk, across ports as well. One that joins
// when the walk has begun hears so in the next cycle.
func TestMissesOfOnePageMerge(t *testing.T) {
	m, c, mem := build(t, testSpec(), 2)
	m.Translate(100, Data, 0, 1, page(5), 1)
	run(mem, 101, 103)
	m.Translate(103, Data, 1, 1, page(5)+8, 2)
	m.Translate(103, Fetch, 0, 1, page(5), 3)
	run(mem, 104, 110)
	m.Translate(110, Data, 0, 1, page(5)+16, 4)
	run(mem, 111, 127)
	m.Translate(127, Data, 0, 1, page(5)+16, 5) // in the last cycle of the walk
	run(mem, 128, 200)
	end := 100 + testSecond + 4*testRead
	for tag, want := range map[uint64]string{
		1: fmt.Sprintf("walking@108 translated@%d", end),
		2: fmt.Sprintf("walking@108 translated@%d", end),
		3: fmt.Sprintf("walking@111 translated@%d", end),
		4: fmt.Sprintf("walking@111 translated@%d", end),
	} {
		if got := c.of(tag); got != want {
			t.Errorf("request %d: %s, want %s", tag, got, want)
		}
	}
	if got := c.of(5); got != fmt.Sprintf("walking@128 translated@%d", end) && got != fmt.Sprintf("translated@%d", end) {
		t.Errorf("request 5: %s, want translated@%d once", got, end)
	}
	s := counters(m)
	if s["tlb.walker.walks"] != 1 || s["tlb.d.merges"] != 3 || s["tlb.l2.merges"] != 1 || len(mem.reads) != 4 {
		t.Errorf("walks %d, D merges %d, L2 merges %d, reads %d; want 1, 3, 1, 4",
			s["tlb.walker.walks"], s["tlb.d.merges"], s["tlb.l2.merges"], len(mem.reads))
	}
	if n := m.waiters.inUse() + m.misses.inUse() + m.walker.walks.inUse(); n != 0 {
		t.Errorf("%d items are left in use", n)
	}
}

// The walker runs its limit of walks at a time; n walks with a limit of w end
// in ⌈n/w⌉ rounds.
func TestWalkerConcurrency(t *testing.T) {
	m, c, mem := build(t, testSpec(), 1)
	for i := range 4 {
		if _, s := m.Translate(100, Data, 0, 1, page(i), uint64(i)); s != Pending {
			t.Fatalf("page %d: status %d", i, s)
		}
	}
	run(mem, 101, 300)
	for i := range 4 {
		end := 100 + testSecond + (1+i/2)*4*testRead
		if got, want := c.of(uint64(i)), fmt.Sprintf("walking@108 translated@%d", end); got != want {
			t.Errorf("page %d: %s, want %s", i, got, want)
		}
	}
	if s := counters(m); s["tlb.walker.queue_cycles"] != 2*4*testRead {
		t.Errorf("queue cycles %d, want %d", s["tlb.walker.queue_cycles"], 2*4*testRead)
	}
}

// Beyond the limit of outstanding misses a port refuses, changes nothing, and
// says through Freed when it makes sense to ask again. The other port and
// requests that merge are not concerned.
func TestRefusal(t *testing.T) {
	m, c, mem := build(t, testSpec(), 1)
	for i := range 4 {
		m.Translate(100, Data, 0, 1, page(i), uint64(i))
	}
	freed := m.Freed(Data)
	if _, s := m.Translate(100, Data, 0, 1, page(4), 4); s != Refused {
		t.Errorf("fifth page: status %d, want Refused", s)
	}
	if _, s := m.Translate(100, Data, 0, 1, page(3), 5); s != Pending {
		t.Errorf("merging request: status %d, want Pending", s)
	}
	if _, s := m.Translate(100, Fetch, 0, 1, page(4), 6); s != Pending {
		t.Errorf("other port: status %d, want Pending", s)
	}
	now := isa.Cycle(100)
	for m.Freed(Data) == freed {
		now++
		mem.tick(now)
	}
	if want := isa.Cycle(100 + testSecond + 4*testRead); now != want {
		t.Errorf("freed at %d, want %d", now, want)
	}
	if _, s := m.Translate(now, Data, 0, 1, page(5), 7); s != Pending {
		t.Errorf("after Freed: status %d, want Pending", s)
	}
	if c.of(4) != "" {
		t.Errorf("refused request was answered: %s", c.of(4))
	}
	if s := counters(m); s["tlb.d.refused"] != 1 || s["tlb.d.accesses"] != 6 {
		t.Errorf("refused %d accesses %d, want 1 and 6", s["tlb.d.refused"], s["tlb.d.accesses"])
	}
}

// A read that the cache refuses is repeated when the cache says so.
func TestRefusedRead(t *testing.T) {
	m, c, mem := build(t, testSpec(), 1)
	mem.busy = 150
	m.Translate(100, Data, 0, 1, 0, 1)
	run(mem, 101, 300)
	if got, want := c.of(1), fmt.Sprintf("walking@108 translated@%d", 150+4*testRead); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s := counters(m); s["tlb.walker.refused"] != 1 || s["tlb.walker.reads"] != 4 {
		t.Errorf("refused %d reads %d, want 1 and 4", s["tlb.walker.refused"], s["tlb.walker.reads"])
	}
}

// Address spaces do not see each other's entries, and evictions are booked to
// the pair of threads.
func TestAddressSpacesAndInterference(t *testing.T) {
	m, _, mem := build(t, testSpec(), 2)
	m.SetInstance(2, 78)
	now := isa.Cycle(0)
	translate := func(ctx isa.Context, asid isa.ASID, n int) Status {
		now += 100
		_, s := m.Translate(now, Data, ctx, asid, page(n), 0)
		run(mem, now+1, now+99)
		return s
	}
	translate(0, 1, 0)
	if translate(1, 2, 0) != Pending {
		t.Error("address space 2 hit on an entry of address space 1")
	}
	if translate(0, 1, 0) != Hit || translate(1, 2, 0) != Hit {
		t.Error("two address spaces cannot hold the same page number")
	}
	for i := range 15 { // 16 entries: one must go, the oldest
		translate(1, 2, 1+i)
	}
	if translate(0, 1, 0) == Hit {
		t.Error("the least recently used entry survived")
	}
	s := counters(m)
	if s["thread0.tlb.d.evicted_by1"] != 1 || s["tlb.d.evictions"] != 2 {
		t.Errorf("thread 0 lost %d entries to thread 1 of %d evictions, want 1 of 2", s["thread0.tlb.d.evicted_by1"], s["tlb.d.evictions"])
	}
}

// eager asks for the same page again whenever it hears that it is walked.
type eager struct {
	recorder
	m *MMU
}

func (c *eager) Walking(now isa.Cycle, tag uint64) {
	c.recorder.Walking(now, tag)
	if tag < 3 {
		c.m.Translate(now, Data, 0, 1, page(0), tag+1)
	}
}

// A client may ask from within an answer; what joins then hears its own news
// once.
func TestTranslateFromAnswer(t *testing.T) {
	m, _, mem := build(t, testSpec(), 1)
	c := &eager{m: m}
	m.Attach(c, mem)
	m.Translate(100, Data, 0, 1, page(0), 1)
	run(mem, 101, 200)
	for tag := range uint64(3) {
		if got, want := c.of(tag+1), fmt.Sprintf("walking@%d translated@%d", 108+tag, 108+4*testRead); got != want {
			t.Errorf("request %d: %s, want %s", tag+1, got, want)
		}
	}
}

// Translation allocates nothing once it is warm.
func TestNoAllocations(t *testing.T) {
	m, _, mem := build(t, testSpec(), 1)
	m.Attach(silent{}, mem)
	now, n := isa.Cycle(0), 0
	step := func() {
		for range 50 {
			mem.reads = mem.reads[:0]
			now += 7
			n = (n*5 + 3) % 1024
			m.Translate(now, Port(n&1), 0, 1, page(n), 0)
			m.Tick(now)
		}
	}
	for range 100 {
		step()
	}
	if a := testing.AllocsPerRun(100, step); a != 0 {
		t.Errorf("%v allocations in 50 translations, want 0", a)
	}
}

type silent struct{}

func (silent) Translated(isa.Cycle, uint64) {}
func (silent) Walking(isa.Cycle, uint64)    {}

// BenchmarkHit is the hot path: pages of a working set that fits.
func BenchmarkHit(b *testing.B) {
	for _, ways := range []int{4, 64} {
		b.Run(fmt.Sprintf("64entries%dways", ways), func(b *testing.B) {
			spec := testSpec()
			spec.D = FirstLevel{Entries: 64, Ways: ways, Misses: 4}
			m, _, mem := build(b, spec, 1)
			for i := range 64 {
				m.Translate(isa.Cycle(i*100), Data, 0, 1, page(i), 0)
				run(mem, isa.Cycle(i*100+1), isa.Cycle(i*100+99))
			}
			for i := 0; b.Loop(); i++ {
				m.Translate(10000, Data, 0, 1, page(i*7&63), 0)
			}
		})
	}
}
