package tlb

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// shares is a TLB shared by threads as lists of pages, least recently used
// first, one for each set, or for each thread's part of it.
type shares struct {
	rule                 string
	sets, ways, contexts int
	lists                map[string][]held
}

type held struct {
	page string
	ctx  int
}

// list names the list that a page is in, and how long that may be.
func (s *shares) list(number, ctx int) (name string, room int) {
	switch s.rule {
	case "static":
		return fmt.Sprint(number%s.sets, " of ", ctx), s.ways / s.contexts
	case "static-sets":
		return fmt.Sprint(number%(s.sets/s.contexts), " of ", ctx), s.ways
	}
	return fmt.Sprint(number % s.sets), s.ways
}

func (s *shares) use(page string, number, ctx int) bool {
	name, _ := s.list(number, ctx)
	l := s.lists[name]
	for i, h := range l {
		if h.page == page {
			s.lists[name] = append(append(l[:i:i], l[i+1:]...), h)
			return true
		}
	}
	return false
}

func (s *shares) put(page string, number, ctx int) {
	name, room := s.list(number, ctx)
	l := s.lists[name]
	own, victim := 0, 0
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].ctx == ctx {
			own++
		}
	}
	cap, _ := parseSharing(s.rule)
	if cap.cap > 0 && own >= cap.cap {
		for l[victim].ctx != ctx {
			victim++
		}
		l = append(l[:victim:victim], l[victim+1:]...)
	} else if len(l) == room {
		l = l[1:]
	}
	s.lists[name] = append(l[:len(l):len(l)], held{page, ctx})
}

// Random translations of several threads and address spaces, one after the
// other, hit and miss as the lists say, under each rule and page size.
func TestSharingAgainstModel(t *testing.T) {
	const contexts = 3
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]string{"shared", "static", "static-sets", "cap:1", "cap:3"}).Draw(t, "rule")
		spec := testSpec()
		spec.Pages = rapid.SampledFrom([]string{"4K", "2M", "mixed:50"}).Draw(t, "pages")
		spec.D = FirstLevel{Entries: 16, Ways: 4, Misses: 1, Sharing: rule}
		spec.L2 = SecondLevel{Entries: 36, Ways: 6, Latency: testSecond, Sharing: rule}
		m, err := New(spec, contexts, 1)
		if err != nil {
			t.Fatal(err)
		}
		m.Attach(&recorder{}, &tables{m: m, latency: testRead})
		first := &shares{rule, 4, 4, contexts, map[string][]held{}}
		second := &shares{rule, 6, 6, contexts, map[string][]held{}}
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 4095), 100, 300).Draw(t, "translations") {
			ctx, asid, vaddr := n%contexts, isa.ASID(n/contexts&1), apart(n/contexts>>1&63)
			number := int(vaddr >> pageBits)
			if m.isLarge(asid, uint64(vaddr>>largeBits)) && m.large > 0 {
				number = int(vaddr >> largeBits)
			}
			page := fmt.Sprint(asid, number, m.large > 0 && m.isLarge(asid, uint64(vaddr>>largeBits)))
			before := counters(m)
			want := [2]uint64{}
			if !first.use(page, number, ctx) {
				want[0] = 1
				if !second.use(page, number, ctx) {
					want[1] = 1
					second.put(page, number, ctx)
				}
				first.put(page, number, ctx)
			}
			m.Translate(isa.Cycle(i)*1000+1000, Data, isa.Context(ctx), asid, vaddr, 0)
			settle(m)
			after := counters(m)
			got := [2]uint64{after["tlb.d.misses"] - before["tlb.d.misses"], after["tlb.l2.misses"] - before["tlb.l2.misses"]}
			if got != want {
				t.Fatalf("%s, translation %d, page %s of thread %d: misses %v, the lists say %v", rule, i, page, ctx, got, want)
			}
		}
		audit(m)
	})
}

// With static or static-sets at every level, a thread hits and misses as it
// does alone, whatever the others do, even in its own address space.
func TestStaticIsolates(t *testing.T) {
	for _, rule := range []string{"static", "static-sets"} {
		rapid.Check(t, func(t *rapid.T) {
			spec := testSpec()
			spec.Pages = "mixed:50"
			spec.I = FirstLevel{Entries: 8, Ways: 2, Misses: 4, Sharing: rule, Large: Large{4, 2}}
			spec.D = FirstLevel{Entries: 8, Ways: 2, Misses: 4, Sharing: rule}
			spec.L2 = SecondLevel{Entries: 16, Ways: 4, Latency: testSecond, Sharing: rule}
			spec.Walker.Cache = WalkCache{Level3: 2, Level2: 4, Level1: 4, Sharing: "static"}
			mine := rapid.SliceOfN(rapid.Custom(drawTranslation), 20, 120).Draw(t, "mine")
			its := rapid.SliceOfN(rapid.Custom(drawTranslation), 20, 120).Draw(t, "the other's")
			play := func(both bool) map[string]uint64 {
				m, err := New(spec, 2, 1)
				if err != nil {
					t.Fatal(err)
				}
				m.Attach(&recorder{}, &tables{m: m, latency: testRead})
				for i, r := range mine {
					now := isa.Cycle(i)*1000 + 1000
					if both && i < len(its) {
						// At the same time, so that what can merge does.
						m.Translate(now, its[i].port, 1, its[i].asid, its[i].vaddr, 0)
					}
					m.Translate(now, r.port, 0, r.asid, r.vaddr, 0)
					settle(m)
				}
				audit(m)
				c := counters(m)
				for name := range c {
					if len(name) < 7 || name[:7] != "thread0" {
						delete(c, name)
					}
				}
				return c
			}
			if diff := cmp.Diff(play(false), play(true)); diff != "" {
				t.Fatalf("%s: thread 0 alone and beside another:\n%s", rule, diff)
			}
		})
	}
}

// A thread with at most cap entries of a set leaves the rest to the others: as
// many pages of theirs as fit beside it are never pushed out.
func TestCapProtects(t *testing.T) {
	spec := testSpec()
	spec.D = FirstLevel{Entries: 8, Ways: 8, Misses: 1, Sharing: "cap:5"}
	m, _, mem := build(t, spec, 2)
	now := isa.Cycle(0)
	use := func(ctx isa.Context, n int) Status {
		now += 100
		_, s := m.Translate(now, Data, ctx, 1, page(n), 0)
		run(mem, now+1, now+99)
		return s
	}
	for n := range 3 {
		use(0, n)
	}
	for n := range 50 {
		use(1, 100+n)
	}
	for n := range 3 {
		if use(0, n) != Hit {
			t.Errorf("page %d was pushed out by a thread that may have 5 entries of 8", n)
		}
	}
	if use(1, 149) != Hit || use(1, 145) != Hit || use(1, 144) == Hit {
		t.Error("the other thread does not have the last 5 of its pages")
	}
	if s := counters(m); s["thread1.tlb.d.evicted_by1"] != 46 || s["thread0.tlb.d.evicted_by1"] != 0 || s["tlb.d.evictions"] != 46 {
		t.Errorf("evictions %d, of thread 1 by itself %d, of thread 0 by it %d; want 46, 46, 0", s["tlb.d.evictions"], s["thread1.tlb.d.evicted_by1"], s["thread0.tlb.d.evicted_by1"])
	}
}

// Ranges of ways bound what a thread fills, and what it pushes out, not where
// it hits.
func TestWayRanges(t *testing.T) {
	spec := testSpec()
	spec.D = FirstLevel{Entries: 8, Ways: 8, Misses: 1, Sharing: "ways:0-5+5-7"}
	m, _, mem := build(t, spec, 2)
	now := isa.Cycle(0)
	use := func(ctx isa.Context, n int) Status {
		now += 100
		_, s := m.Translate(now, Data, ctx, 1, page(n), 0)
		run(mem, now+1, now+99)
		return s
	}
	for n := range 6 { // ways 0 … 5
		use(0, n)
	}
	for n := range 3 { // 6 and 7 are free, then 5 is the least recently used
		use(1, 10+n)
	}
	want := map[int]bool{0: true, 4: true, 5: false, 10: true, 11: true, 12: true}
	for n, hit := range want {
		if hit && use(isa.Context(n%2), n) != Hit {
			t.Errorf("page %d is not there for thread %d", n, n%2)
		}
	}
	if use(1, 5) == Hit {
		t.Error("page 5 was not pushed out of the way that both fill")
	}
	if s := counters(m); s["thread0.tlb.d.evicted_by1"] != 1 {
		t.Errorf("thread 1 pushed out %d pages of thread 0, want 1", s["thread0.tlb.d.evicted_by1"])
	}
}

// The entries for large pages may be in fewer ways than ranges name: the last
// stands for all beyond it.
func TestWayRangesOfLargePages(t *testing.T) {
	spec := testSpec()
	spec.Pages = "2M"
	spec.D = FirstLevel{Entries: 8, Ways: 8, Misses: 1, Sharing: "ways:0-1+2-7", Large: Large{4, 4}}
	for _, c := range []struct {
		sharing string
		have    [2]int // large pages that a context keeps
	}{{"ways:0-1+2-7", [2]int{2, 2}}, {"ways:0-2+4-7", [2]int{3, 1}}, {"ways:0-7+6", [2]int{4, 1}}} {
		spec.D.Sharing = c.sharing
		for ctx, want := range c.have {
			m, _, mem := build(t, spec, 2)
			now := isa.Cycle(0)
			use := func(n int) Status {
				now += 100
				_, s := m.Translate(now, Data, isa.Context(ctx), 1, isa.Addr(n)<<largeBits, 0)
				run(mem, now+1, now+99)
				return s
			}
			for n := range 4 {
				use(n)
			}
			have := 0
			for n := 3; n >= 0 && use(n) == Hit; n-- {
				have++
			}
			if have != want {
				t.Errorf("%s: context %d keeps %d large pages, want %d", c.sharing, ctx, have, want)
			}
		}
	}
}
