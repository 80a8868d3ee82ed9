package tlb

import (
	"fmt"
	"testing"

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

func (t *tables) Access(now isa.Cycle, addr isa.Addr, _ isa.Context, tag uint64) (bool, isa.Cycle, bool) {
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
