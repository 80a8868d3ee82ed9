package tlb

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
)

// told is one call that a client got.
type told struct {
	tag     uint64
	at      isa.Cycle
	walking bool
}

type recorder struct{ told []told }

func (c *recorder) Translated(now isa.Cycle, tag uint64) {
	c.told = append(c.told, told{tag, now, false})
}
func (c *recorder) Walking(now isa.Cycle, tag uint64) { c.told = append(c.told, told{tag, now, true}) }

// of lists what was said about a tag.
func (c *recorder) of(tag uint64) string {
	s := ""
	for _, a := range c.told {
		if a.tag != tag {
			continue
		}
		if s != "" {
			s += " "
		}
		if a.walking {
			s += fmt.Sprintf("walking@%d", a.at)
		} else {
			s += fmt.Sprintf("translated@%d", a.at)
		}
	}
	return s
}

// tables is a memory whose reads all hit after a fixed time, or, with misses
// set, are answered after it. It refuses while busy is in the future.
type tables struct {
	m       *MMU
	latency isa.Cycle
	misses  bool
	busy    isa.Cycle
	reads   []isa.Addr
	due     map[isa.Cycle][]uint64
}

func (t *tables) Access(now isa.Cycle, addr isa.Addr, _ isa.Context, tag uint64, _ bool) (bool, isa.Cycle, bool) {
	if now < t.busy {
		return false, t.busy, false
	}
	t.reads = append(t.reads, addr)
	if t.misses {
		t.due[now+t.latency] = append(t.due[now+t.latency], tag)
		return false, 0, true
	}
	return true, now + t.latency, true
}

// tick answers the reads that are due and then lets the MMU do its events.
func (t *tables) tick(now isa.Cycle) {
	for _, tag := range t.due[now] {
		t.m.Filled(now, tag)
	}
	delete(t.due, now)
	t.m.Tick(now)
}

const (
	testSecond = 8
	testRead   = 5
)

func testSpec() Spec {
	return Spec{
		I:      FirstLevel{Entries: 16, Ways: 4, Misses: 4},
		D:      FirstLevel{Entries: 16, Ways: 16, Misses: 4},
		L2:     SecondLevel{Entries: 128, Ways: 4, Latency: testSecond},
		Walker: Walker{Walks: 2},
	}
}

func build(t testing.TB, spec Spec, contexts int) (*MMU, *recorder, *tables) {
	t.Helper()
	m, err := New(spec, contexts, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := &recorder{}
	mem := &tables{m: m, latency: testRead, due: map[isa.Cycle][]uint64{}}
	m.Attach(c, mem)
	m.SetInstance(1, 77)
	return m, c, mem
}

// run ticks every cycle of [from, to].
func run(mem *tables, from, to isa.Cycle) {
	for now := from; now <= to; now++ {
		mem.tick(now)
	}
}

func counters(m *MMU) map[string]uint64 {
	var set stats.Set
	m.AddStats(&set)
	values := set.Snapshot(nil)
	c := map[string]uint64{}
	for i, d := range set.Descs() {
		c[d.Name] = values[i]
	}
	return c
}

func page(n int) isa.Addr { return isa.Addr(n) << pageBits }

// audit runs the conservation checks and counts all entries.
func audit(m *MMU) {
	m.checks = auditEvery - 1
	m.check()
}

// apart is an address of the n-th of some pages of which a few neighbours are in
// one region of 2 MiB, and a few regions in one of 1 GiB.
func apart(n int) isa.Addr { return isa.Addr(n&3<<pageBits | n>>2&3<<largeBits | n>>4<<30) }

// drawFeatures gives a specification for two contexts pages, a walk cache,
// arrays for large pages and ways of sharing, each of them in some cases.
func drawFeatures(t *rapid.T, spec *Spec) {
	spec.Pages = rapid.SampledFrom([]string{"", "4K", "2M", "mixed:40"}).Draw(t, "pages")
	share := func(ways, sets int, name string) string {
		all := []string{"", "shared", "cap:1", "cap:2", "ways:0+0"}
		if ways > 1 {
			all = append(all, "static", "ways:0-1+1")
		}
		if sets > 1 {
			all = append(all, "static-sets")
		}
		return rapid.SampledFrom(all).Draw(t, name)
	}
	large := func(name string) Large {
		return rapid.SampledFrom([]Large{{}, {4, 2}, {2, 2}}).Draw(t, name)
	}
	spec.I.Large, spec.D.Large = large("i large"), large("d large")
	spec.I.Sharing = share(min(spec.I.Ways, 2), 1, "i sharing")
	spec.D.Sharing = share(min(spec.D.Ways, 2), spec.D.Entries/spec.D.Ways, "d sharing")
	if spec.D.Sharing == "static-sets" && spec.D.Large.Entries > 0 {
		spec.D.Large = Large{4, 2}
	}
	if spec.L2.Entries > 0 {
		spec.L2.Large = large("l2 large")
		spec.L2.Sharing = share(min(spec.L2.Ways, 2), 1, "l2 sharing")
	}
	n := func(name string) int { return rapid.SampledFrom([]int{0, 2, 3}).Draw(t, name) }
	if rapid.IntRange(0, 4).Draw(t, "fixed walks") == 0 {
		spec.Walker.Latency = max(spec.L2.Latency, 1) + 17
		return
	}
	spec.Walker.Cache = WalkCache{n("level 3"), n("level 2"), n("level 1"), rapid.SampledFrom([]string{"", "static", "cap:1"}).Draw(t, "walk cache")}
}
