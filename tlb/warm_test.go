package tlb

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

func (t *tables) Warm(addr isa.Addr, _ isa.Context) { t.reads = append(t.reads, addr) }

// settle processes events until none is left.
func settle(m *MMU) {
	for m.NextEvent() != isa.Never {
		m.Tick(m.NextEvent())
	}
}

// sameEntries compares two TLBs: entries, their owners and the order of their
// use.
func sameEntries(a, b *array) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(array{}, wayRange{}), cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".guess"
	}, cmp.Ignore()))
}

// translation is one request.
type translation struct {
	port  Port
	ctx   isa.Context
	asid  isa.ASID
	vaddr isa.Addr
}

func drawTranslation(t *rapid.T) translation {
	return translation{
		port:  Port(rapid.IntRange(0, 1).Draw(t, "port")),
		ctx:   isa.Context(rapid.IntRange(0, 1).Draw(t, "ctx")),
		asid:  isa.ASID(rapid.IntRange(0, 1).Draw(t, "asid")),
		vaddr: apart(rapid.IntRange(0, 31).Draw(t, "page")) + 40,
	}
}

// twin is an MMU with what it has read.
type twin struct {
	*MMU
	tables tables
	now    isa.Cycle
}

func newTwin(t rapid.TB, spec Spec) *twin {
	t.Helper()
	m, err := New(spec, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := &twin{MMU: m, tables: tables{m: m, latency: testRead}}
	m.Attach(&recorder{}, &w.tables)
	m.SetInstance(1, 77)
	return w
}

// inTime makes a translation and lets everything that follows from it end.
func (w *twin) inTime(r translation) Status {
	w.now += 1000
	_, s := w.Translate(w.now, r.port, r.ctx, r.asid, r.vaddr, 0)
	settle(w.MMU)
	return s
}

// sameTwins fails unless both have the same entries in the same order and have
// read the same.
func sameTwins(t rapid.TB, timed, warmed *twin, r translation) {
	t.Helper()
	for l, a := range timed.levels() {
		b := warmed.levels()[l]
		if diff := sameEntries(&a.array, &b.array) + sameEntries(&a.large, &b.large); diff != "" {
			t.Fatalf("%+v: %s (-timed +warmed):\n%s", r, a.name, diff)
		}
	}
	if !slices.Equal(timed.tables.reads, warmed.tables.reads) {
		t.Fatalf("%+v: reads of page tables\n%#x, in time\n%#x", r, warmed.tables.reads, timed.tables.reads)
	}
}

// Translations that take no time leave what the same ones leave that are made
// one after the other, each to its end: in both levels the same entries in the
// same order, from memory the same reads, and nothing is counted. What comes
// after them hits, misses and evicts the same.
func TestWarmIsTranslate(t *testing.T) {
	shapes := rapid.SampledFrom([][2]int{{4, 4}, {8, 2}, {6, 2}, {16, 16}, {4, 1}})
	list := rapid.SliceOfN(rapid.Custom(drawTranslation), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		si, sd, s2 := shapes.Draw(t, "i"), shapes.Draw(t, "d"), shapes.Draw(t, "l2")
		spec := testSpec()
		spec.I.Entries, spec.I.Ways = si[0], si[1]
		spec.D.Entries, spec.D.Ways = sd[0], sd[1]
		spec.L2.Entries, spec.L2.Ways = s2[0], s2[1]
		if rapid.IntRange(0, 3).Draw(t, "second level") == 0 {
			spec.L2 = SecondLevel{}
		}
		drawFeatures(t, &spec)
		timed, warmed := newTwin(t, spec), newTwin(t, spec)
		for _, r := range list.Draw(t, "before") {
			timed.inTime(r)
			warmed.inTime(r)
		}
		count := counters(warmed.MMU)
		for _, r := range list.Draw(t, "warming") {
			timed.inTime(r)
			if got, want := warmed.Warm(&warmed.tables, r.port, r.ctx, r.asid, r.vaddr), timed.Physical(r.asid, r.vaddr); got != want {
				t.Fatalf("%+v: %#x, want %#x", r, got, want)
			}
			sameTwins(t, timed, warmed, r)
		}
		if diff := cmp.Diff(count, counters(warmed.MMU)); diff != "" {
			t.Fatalf("warming was counted:\n%s", diff)
		}
		timedCount := counters(timed.MMU)
		for _, r := range list.Draw(t, "after") {
			if got, want := warmed.inTime(r), timed.inTime(r); got != want {
				t.Fatalf("%+v after warming: status %d, want %d", r, got, want)
			}
			sameTwins(t, timed, warmed, r)
		}
		after := counters(warmed.MMU)
		for name, v := range counters(timed.MMU) {
			if got, want := after[name]-count[name], v-timedCount[name]; got != want {
				t.Fatalf("%s: %d counted after warming, want %d", name, got, want)
			}
		}
		audit(warmed.MMU)
	})
}

func TestWarmingAllocatesNothing(t *testing.T) {
	m, _, _ := build(t, testSpec(), 2)
	var tables Tables = silentTables{}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		m.Warm(tables, Port(i&1), isa.Context(i>>1&1), 1, page(i*7%300))
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

type silentTables struct{}

func (silentTables) Warm(isa.Addr, isa.Context) {}
