package replacement

import (
	"slices"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

func build(t rapid.TB, spec string, g Geometry) Policy {
	t.Helper()
	row, args, err := Catalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return row.New(args, g)
}

// victim asks for any way of a set.
func victim(p Policy, g Geometry, set int) int {
	return p.Victim(set, Ways{0, g.Ways}, Access{})
}

// Every policy of the catalog: documented, builds with its defaults, answers
// with ways among those asked for, and is the same for the same seed.
func TestCatalogConformance(t *testing.T) {
	for _, row := range Catalog.Rows {
		if row.Doc == "" {
			t.Errorf("%s has no sentence", row.Name)
		}
		for _, ways := range []int{1, 3, 16} {
			for first := range ways {
				conforms(t, row.Name, ways, Ways{first, max(first+1, ways-first)})
			}
		}
	}
}

func conforms(t *testing.T, name string, ways int, among Ways) {
	g := Geometry{Sets: 4, Ways: ways, Contexts: 2, Seed: 7}
	p, twin := build(t, name, g), build(t, name, g)
	seen := make([]bool, ways)
	fill := func(set, way int) {
		p.Fill(set, way, Access{Thread: 1})
		twin.Fill(set, way, Access{Thread: 1})
	}
	for set := range g.Sets {
		for w := range ways {
			fill(set, w)
		}
	}
	for i := range 500 * ways {
		set := i % g.Sets
		v := p.Victim(set, among, Access{Thread: 1})
		if v < among.First || v >= among.End {
			t.Fatalf("%s: victim %d is not among %v", name, v, among)
		}
		if w := twin.Victim(set, among, Access{Thread: 1}); w != v {
			t.Fatalf("%s: twins with one seed chose %d and %d", name, v, w)
		}
		seen[v] = true
		fill(set, v)
		if i%7 == 0 { // another thread's ways are in use as well
			p.Hit(set, i%ways, Access{})
			twin.Hit(set, i%ways, Access{})
		}
	}
	if slices.Contains(seen[among.First:among.End], false) {
		t.Errorf("%s: some of ways %v of %d never gave way", name, among, ways)
	}
}

// subset draws a range of ways that is not empty.
func subset(t *rapid.T, ways int) Ways {
	first := rapid.IntRange(0, ways-1).Draw(t, "first")
	return Ways{first, rapid.IntRange(first+1, ways).Draw(t, "end")}
}

// LRU against a list in the order of use.
func TestLRU(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ways := rapid.IntRange(1, 8).Draw(t, "ways")
		p := newLRU(catalog.Args{}, Geometry{Sets: 2, Ways: ways})
		var order []int // of set 1, least recent first
		for w := range ways {
			p.Fill(1, w, Access{})
			p.Fill(0, w, Access{})
			order = append(order, w)
		}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			w := rapid.IntRange(0, ways-1).Draw(t, "way")
			if rapid.Bool().Draw(t, "victim") {
				among := subset(t, ways)
				want := order[slices.IndexFunc(order, func(w int) bool { return among.First <= w && w < among.End })]
				if w = p.Victim(1, among, Access{}); w != want {
					t.Fatalf("victim %d, want %d of %v", w, want, order)
				}
				p.Fill(1, w, Access{})
			} else {
				p.Hit(1, w, Access{})
			}
			i := slices.Index(order, w)
			order = append(slices.Delete(order, i, i+1), w)
			p.Hit(0, rapid.IntRange(0, ways-1).Draw(t, "other set"), Access{})
		}
	})
}

// half is a node of the tree model: the ways [first, end), a power of two.
type half struct{ first, end int }

// Tree-PLRU against its definition: of each range of ways, which half was not
// used last.
func TestPLRU(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ways := rapid.IntRange(1, 20).Draw(t, "ways")
		leaves := 1
		for leaves < ways {
			leaves <<= 1
		}
		p := newPLRU(catalog.Args{}, Geometry{Sets: 3, Ways: ways})
		upperNext := map[half]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w := rapid.IntRange(0, ways-1).Draw(t, "way")
			if rapid.Bool().Draw(t, "victim") {
				among := subset(t, ways)
				h := half{0, leaves}
				for h.end-h.first > 1 {
					m := (h.first + h.end) / 2
					lower, upper := half{h.first, m}, half{m, h.end}
					has := func(h half) bool { return h.first < among.End && among.First < h.end }
					if has(upper) && (upperNext[h] || !has(lower)) {
						h = upper
					} else {
						h = lower
					}
				}
				if w = p.Victim(2, among, Access{}); w != h.first {
					t.Fatalf("victim %d among %v, want %d", w, among, h.first)
				}
				p.Fill(2, w, Access{})
			} else {
				p.Hit(2, w, Access{})
			}
			for h := (half{0, leaves}); h.end-h.first > 1; {
				m := (h.first + h.end) / 2
				upperNext[h] = w < m
				if w < m {
					h.end = m
				} else {
					h.first = m
				}
			}
		}
	})
}

// With each way used once in order, the tree of four ways evicts 0 2 1 3: the
// half used longest ago first.
func TestPLRUOrder(t *testing.T) {
	g := Geometry{Sets: 1, Ways: 4}
	p := build(t, "plru", g)
	for w := range 4 {
		p.Fill(0, w, Access{})
	}
	for _, want := range []int{0, 2, 1, 3} {
		v := victim(p, g, 0)
		if v != want {
			t.Errorf("victim %d, want %d", v, want)
		}
		p.Fill(0, v, Access{})
	}
}

// The RRIP policies keep a line that is hit against a scan of lines that are
// not, which LRU does not.
func TestScans(t *testing.T) {
	const ways = 4
	survives := func(name string) bool {
		g := Geometry{Sets: 1, Ways: ways}
		p := build(t, name, g)
		for w := range ways {
			p.Fill(0, w, Access{})
		}
		p.Hit(0, 0, Access{})
		for range ways {
			v := victim(p, g, 0)
			if v == 0 {
				return false
			}
			p.Fill(0, v, Access{})
		}
		return true
	}
	for _, name := range []string{"srrip", "brrip", "drrip"} {
		if !survives(name) {
			t.Errorf("%s evicted the line that was hit", name)
		}
	}
	if survives("lru") {
		t.Error("lru kept the line over a scan longer than the set: the test shows nothing")
	}
}

// The sequence of the paper's figure: hit priority, insertion at 2^M - 2,
// leftmost distant way.
func TestSRRIPSequence(t *testing.T) {
	g := Geometry{Sets: 1, Ways: 4}
	p := build(t, "srrip:bits=2", g)
	for w := range 4 {
		p.Fill(0, w, Access{})
	}
	p.Hit(0, 0, Access{})
	p.Hit(0, 1, Access{})
	// 0 0 2 2 ages to 1 1 3 3; then 1 1 2 3: way 3; then 1 1 2 2 ages to 2 2 3 3.
	for i, want := range []int{2, 3, 2, 3, 0} {
		v := victim(p, g, 0)
		if v != want {
			t.Fatalf("victim %d is way %d, want %d", i, v, want)
		}
		p.Fill(0, v, Access{})
	}
}

// Random victims are spread evenly: each of n ways within 5 standard
// deviations of its share.
func TestRandomIsEven(t *testing.T) {
	const ways, draws = 12, 120000
	g := Geometry{Sets: 1, Ways: ways, Seed: 3}
	p := build(t, "random", g)
	var count [ways]int
	for range draws {
		count[victim(p, g, 0)]++
	}
	for w, n := range count {
		if d := n - draws/ways; d < -480 || d > 480 {
			t.Errorf("way %d was drawn %d times of %d", w, n, draws)
		}
	}
	large := Geometry{Sets: 1, Ways: 1 << 20, Seed: 1}
	other := large
	other.Seed = 2
	if victim(build(t, "random", large), large, 0) == victim(build(t, "random", other), other, 0) {
		t.Error("two seeds draw alike")
	}
}
