package prefetch

import (
	"slices"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

const line = 64

func build(t rapid.TB, spec string, g Geometry) Prefetcher {
	t.Helper()
	row, args, err := Catalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return row.New(args, g)
}

// sim is a cache without limits in which what is asked for is there lag
// accesses later.
type sim struct {
	p       Prefetcher
	lag     int
	state   map[isa.Addr]state // by line
	coming  [][]Fill           // by accesses from now
	covered int                // first uses that a prefetch had answered
	late    int                // … or had asked for
	wasted  int                // proposals for lines that were here or on their way
	asked   []isa.Addr         // lines proposed within the page, in order
}

type state uint8

const (
	absent state = iota
	expected
	prefetching
	prefetched
	used
)

func newSim(t rapid.TB, spec string, lag int) *sim {
	return &sim{p: build(t, spec, Geometry{Line: line, Contexts: 2}), lag: lag, state: map[isa.Addr]state{}, coming: make([][]Fill, lag+1)}
}

func (s *sim) access(a Access) {
	at := a.Addr &^ (line - 1)
	was := s.state[at]
	a.Hit = was == prefetched || was == used
	a.First = was == absent || was == prefetching || was == prefetched
	switch was {
	case prefetched:
		s.covered++
		s.state[at] = used
	case prefetching:
		s.late++
		s.state[at] = expected
	case absent:
		s.state[at] = expected
		s.coming[s.lag] = append(s.coming[s.lag], Fill{Addr: at, Thread: a.Thread})
	}
	for _, p := range s.p.Access(a, nil) {
		p &^= line - 1
		if p/PageSize != a.Addr/PageSize {
			continue
		}
		s.asked = append(s.asked, p)
		if s.state[p] != absent {
			s.wasted++
			continue
		}
		s.state[p] = prefetching
		s.coming[s.lag] = append(s.coming[s.lag], Fill{Addr: p, Thread: a.Thread, Prefetched: true})
	}
	for _, f := range s.coming[0] {
		s.state[f.Addr] = map[state]state{prefetching: prefetched, expected: used}[s.state[f.Addr]]
		s.p.Fill(f)
	}
	s.coming = append(s.coming[1:], nil)
}

// Every prefetcher of the catalog covers most of a program's walk through
// memory, in whole pages, wastes little, does the same as its twin, and
// allocates nothing.
func TestCatalogConformance(t *testing.T) {
	for _, row := range Catalog.Rows {
		if row.Doc == "" {
			t.Errorf("%s has no sentence", row.Name)
		}
		if row.Name == "none" {
			if build(t, row.Name, Geometry{Line: line}) != nil {
				t.Error("none is something")
			}
			continue
		}
		s, twin := newSim(t, row.Name, 0), newSim(t, row.Name, 0)
		const pages, perPage = 40, PageSize / line
		for i := range pages * perPage {
			a := Access{Addr: isa.Addr(i * line), PC: 0x1000, Thread: 1}
			s.access(a)
			twin.access(a)
		}
		if n := pages * perPage; s.covered < n*85/100 || s.wasted > n/10 {
			t.Errorf("%s covers %d of %d lines with %d proposals for nothing", row.Name, s.covered, n, s.wasted)
		}
		if !slices.Equal(s.asked, twin.asked) {
			t.Errorf("%s: twins differ", row.Name)
		}
		p, out := build(t, row.Name, Geometry{Line: line, Contexts: 2}), make([]isa.Addr, 0, 64)
		i := 0
		if n := testing.AllocsPerRun(1000, func() {
			i++
			out = p.Access(Access{Addr: isa.Addr(i * line), PC: 4, First: true}, out[:0])
			p.Fill(Fill{Addr: isa.Addr(i * line)})
		}); n != 0 {
			t.Errorf("%s: %v allocations", row.Name, n)
		}
	}
}

// A prefetcher can be built for every line, also for one as long as the page,
// and proposes whatever the accesses are.
func TestAnyAccesses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(Catalog.Rows[1:]).Draw(t, "row")
		g := Geometry{Line: 8 << rapid.IntRange(0, 9).Draw(t, "line"), Contexts: rapid.IntRange(0, 3).Draw(t, "contexts")}
		p := build(t, row.Name, g)
		for range 100 {
			addr := isa.Addr(rapid.IntRange(0, 1<<14).Draw(t, "addr"))
			p.Access(Access{
				Addr: addr, PC: isa.Addr(rapid.IntRange(0, 3).Draw(t, "pc") * 4),
				Thread: isa.Context(rapid.IntRange(0, max(g.Contexts-1, 0)).Draw(t, "thread")),
				Hit:    rapid.Bool().Draw(t, "hit"), First: rapid.Bool().Draw(t, "first"),
			}, nil)
			p.Fill(Fill{Addr: addr &^ isa.Addr(g.Line-1), Prefetched: rapid.Bool().Draw(t, "prefetched")})
		}
	})
}

func TestNextLine(t *testing.T) {
	outcomes := []Access{
		{First: true},            // a miss
		{First: true, Hit: true}, // of a prefetched line
		{Hit: true},
		{}, // a second access to a line on its way
	}
	for spec, want := range map[string][]int{
		"next-line:on=miss":   {1, 0, 0, 0},
		"next-line":           {1, 1, 0, 0},
		"next-line:on=always": {1, 1, 1, 1},
		"next-line:degree=3":  {3, 3, 0, 0},
	} {
		p := build(t, spec, Geometry{Line: line})
		for i, a := range outcomes {
			a.Addr = 0x1008
			got := p.Access(a, nil)
			if len(got) != want[i] {
				t.Errorf("%s, %+v: %d lines, want %d", spec, a, len(got), want[i])
			}
			for k, addr := range got {
				if want := 0x1008 + isa.Addr(k+1)*line; addr != want {
					t.Errorf("%s: line %d is %#x, want %#x", spec, k, addr, want)
				}
			}
		}
	}
}
