package dram

import (
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

func build(t testing.TB, spec string, p Place) Model {
	t.Helper()
	row, args, err := Catalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	m, err := row.New(args, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// answers runs a model empty and returns when each read was answered.
func answers(m Model) map[uint32]isa.Cycle {
	at := map[uint32]isa.Cycle{}
	for m.NextEvent() != isa.Never {
		now := m.NextEvent()
		for _, id := range m.Tick(now, nil) {
			at[id] = now
		}
	}
	return at
}

// Every memory of the catalog: documented, builds behind a cache, answers
// each read once and no write.
func TestCatalogConformance(t *testing.T) {
	for _, row := range Catalog.Rows {
		if row.Doc == "" {
			t.Errorf("%s has no sentence", row.Name)
		}
		m := build(t, row.Name, Place{Upstream: 40, MHz: 4000, Seed: 1})
		const n = 500
		for id := range uint32(n) {
			m.Enqueue(isa.Cycle(id/3), Request{Addr: isa.Addr(id) * 64, Bytes: 64, Write: id%3 == 0, ID: id})
		}
		at := answers(m)
		for id := range uint32(n) {
			if _, ok := at[id]; ok != (id%3 != 0) {
				t.Errorf("%s: request %d (write %v) answered: %v", row.Name, id, id%3 == 0, ok)
			}
		}
		s := m.Stats()
		if s.Reads != uint64(len(at)) || s.Reads+s.Writes != n || s.ReadBytes != 64*s.Reads || s.WriteBytes != 64*s.Writes {
			t.Errorf("%s: counted %+v", row.Name, *s)
		}
	}
}

// A read of an idle channel takes the latency, less what the caches have
// spent; later ones queue for the bytes before them, writes included; a
// fraction of a cycle is not lost.
func TestFixed(t *testing.T) {
	m := build(t, "fixed:latency=100,bytes=24,cycles=1", Place{Upstream: 40})
	for id := range uint32(6) { // 64 bytes hold the channel for 2 2/3 cycles
		m.Enqueue(1000, Request{Bytes: 64, ID: id, Write: id == 2})
	}
	m.Enqueue(2000, Request{Bytes: 64, ID: 6})
	got := answers(m)
	want := map[uint32]isa.Cycle{0: 1060, 1: 1063, 3: 1068, 4: 1071, 5: 1074, 6: 2060}
	for id, w := range want {
		if got[id] != w {
			t.Errorf("read %d was answered at %d, want %d", id, got[id], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d answers, want %d", len(got), len(want))
	}
	if q := m.Stats().QueueCycles; q != 3+8+11+14 {
		t.Errorf("queue cycles %d, want %d", q, 3+8+11+14)
	}
}

// Reads that are due in one cycle are answered in their order, and Tick
// appends to what it is given.
func TestFixedOrder(t *testing.T) {
	m := build(t, "fixed:latency=10,bytes=1024", Place{})
	for id := range uint32(3) {
		m.Enqueue(5, Request{Bytes: 64, ID: id})
	}
	if next := m.NextEvent(); next != 15 {
		t.Fatalf("next event %d, want 15", next)
	}
	if got := m.Tick(14, nil); len(got) != 0 {
		t.Errorf("answered %v a cycle early", got)
	}
	if got := m.Tick(15, []uint32{9}); !slices.Equal(got, []uint32{9, 0}) {
		t.Errorf("cycle 15: %v, want [9 0]", got)
	}
	if got := m.Tick(16, nil); !slices.Equal(got, []uint32{1, 2}) {
		t.Errorf("cycle 16: %v, want [1 2]", got)
	}
}

func TestFixedAllocatesNothing(t *testing.T) {
	m := build(t, "fixed", Place{})
	now, done := isa.Cycle(0), make([]uint32, 0, 64)
	step := func() {
		for range 1000 {
			now += 3
			m.Enqueue(now, Request{Bytes: 64})
			done = m.Tick(now, done[:0])
		}
	}
	step()
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%v allocations in 1000 reads", n)
	}
}

func TestLatencyBelowTheCaches(t *testing.T) {
	row, args, err := Catalog.Parse("fixed:latency=40")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := row.New(args, Place{Upstream: 40}); err == nil || !strings.Contains(err.Error(), "latency: 40 is not above 40") {
		t.Errorf("got %v", err)
	}
}
