package stats

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Hits uint64 `stat:"hits" unit:"accesses" doc:"found"`
}

type common struct {
	Cycles uint64 `stat:"cycles" unit:"cycles" doc:"of all"`
}

type counters struct {
	common
	Level   inner     `stat:"l1"`
	Units   [3]uint64 `stat:"unit" unit:"operations" doc:"by unit"`
	Threads []inner   `stat:"thread"`
	Private uint64    // no tag: no statistic
	cache   map[string]int
}

// Names come from the tags, in the order of declaration; a snapshot reads the
// counters that are bound.
func TestSet(t *testing.T) {
	c := counters{Threads: make([]inner, 2)}
	var s Set
	s.Add("core", &c, nil)
	s.Add("", &c.Level, nil)
	want := []Desc{
		{"core.cycles", "cycles", "of all"},
		{"core.l1.hits", "accesses", "found"},
		{"core.unit0", "operations", "by unit"},
		{"core.unit1", "operations", "by unit"},
		{"core.unit2", "operations", "by unit"},
		{"core.thread0.hits", "accesses", "found"},
		{"core.thread1.hits", "accesses", "found"},
		{"hits", "accesses", "found"},
	}
	if diff := cmp.Diff(want, s.Descs()); diff != "" {
		t.Error(diff)
	}
	c.Cycles, c.Level.Hits, c.Units[1], c.Threads[1].Hits, c.Private = 1, 2, 3, 4, 5
	if got := s.Snapshot(nil); !slices.Equal(got, []uint64{1, 2, 0, 3, 0, 0, 4, 2}) {
		t.Errorf("%v", got)
	}
	c.Cycles = 10
	buf := make([]uint64, 0, 8)
	if n := testing.AllocsPerRun(10, func() { buf = s.Snapshot(buf[:0]) }); n > 0 || buf[0] != 10 {
		t.Errorf("%v, %v allocations", buf, n)
	}
	_ = c.cache
}

// limit keeps the first elements of an array.
func TestSetLimit(t *testing.T) {
	c := counters{Threads: make([]inner, 2)}
	var s Set
	s.Add("", &c, func(name string) int {
		if name == "unit" {
			return 1
		}
		return -1 // all
	})
	var names []string
	for _, d := range s.Descs() {
		names = append(names, d.Name)
	}
	if want := []string{"cycles", "l1.hits", "unit0", "thread0.hits", "thread1.hits"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// shelves is an array whose elements have names; one has none.
type shelves [3]uint64

func (*shelves) Names() []Desc {
	return []Desc{{Name: "top", Unit: "books", Doc: "the top"}, {}, {Name: "low"}}
}

// An array with names of its own is bound by them.
func TestNamed(t *testing.T) {
	var c struct {
		S shelves `stat:"shelf"`
	}
	c.S = shelves{1, 2, 3}
	var s Set
	s.Add("room", &c, nil)
	want := []Desc{{"room.shelf.top", "books", "the top"}, {"room.shelf.low", "", ""}}
	if got := s.Descs(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := s.Snapshot(nil); !slices.Equal(got, []uint64{1, 3}) {
		t.Errorf("values %d", got)
	}
}

// What cannot be bound is the declaring package's mistake.
func TestSetPanics(t *testing.T) {
	var bad struct {
		N int `stat:"n"`
	}
	for name, v := range map[string]any{"no pointer": counters{}, "no struct": new(uint64), "no counter": &bad} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was bound", name)
				}
			}()
			var s Set
			s.Add("", v, nil)
		}()
	}
}

// Sum adds field by field and forgets what was there.
func TestSum(t *testing.T) {
	type part struct {
		A uint64
		B struct{ C [2]uint64 }
	}
	x, y := part{A: 1}, part{A: 10}
	x.B.C, y.B.C = [2]uint64{2, 3}, [2]uint64{20, 30}
	sum := part{A: 999}
	Sum(&sum, &x, &y)
	want := part{A: 11}
	want.B.C = [2]uint64{22, 33}
	if sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
	if Sum(&sum); sum != (part{}) {
		t.Errorf("of nothing: %+v", sum)
	}
}
