package replacement

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/internal/catalog"
)

func build(t testing.TB, spec string, g Geometry) Policy {
	t.Helper()
	row, args, err := Catalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return row.New(args, g)
}

// Every policy of the catalog: documented, builds with its defaults, answers
// with ways of the cache, decides each set by what happened in that set, and
// is the same for the same seed.
func TestCatalogConformance(t *testing.T) {
	for _, row := range Catalog.Rows {
		if row.Doc == "" {
			t.Errorf("%s has no sentence", row.Name)
		}
		for _, ways := range []int{1, 3, 16} {
			g := Geometry{Sets: 4, Ways: ways, Seed: 7}
			p, twin := build(t, row.Name, g), build(t, row.Name, g)
			seen := make([]bool, ways)
			for set := range g.Sets {
				for w := range ways {
					p.Fill(set, w, Access{})
					twin.Fill(set, w, Access{})
				}
			}
			for i := range 500 * ways {
				set := i % g.Sets
				v := p.Victim(set, Access{})
				if v < 0 || v >= ways {
					t.Fatalf("%s: victim %d of %d ways", row.Name, v, ways)
				}
				if w := twin.Victim(set, Access{}); w != v {
					t.Fatalf("%s: twins with one seed chose %d and %d", row.Name, v, w)
				}
				seen[v] = true
				p.Fill(set, v, Access{})
				twin.Fill(set, v, Access{})
			}
			if slices.Contains(seen, false) {
				t.Errorf("%s: some of %d ways never gave way", row.Name, ways)
			}
		}
	}
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
				if w = p.Victim(1, Access{}); w != order[0] {
					t.Fatalf("victim %d, want %d of %v", w, order[0], order)
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

// SRRIP keeps a line that is hit against a scan of lines that are not, which
// LRU does not.
func TestSRRIPResistsScans(t *testing.T) {
	const ways = 4
	survives := func(name string) bool {
		p := build(t, name, Geometry{Sets: 1, Ways: ways})
		for w := range ways {
			p.Fill(0, w, Access{})
		}
		p.Hit(0, 0, Access{})
		for range ways {
			v := p.Victim(0, Access{})
			if v == 0 {
				return false
			}
			p.Fill(0, v, Access{})
		}
		return true
	}
	if !survives("srrip") {
		t.Error("srrip evicted the line that was hit")
	}
	if survives("lru") {
		t.Error("lru kept the line over a scan longer than the set: the test shows nothing")
	}
}

// The sequence of the paper's figure: hit priority, insertion at 2^M - 2,
// leftmost distant way.
func TestSRRIPSequence(t *testing.T) {
	p := build(t, "srrip:bits=2", Geometry{Sets: 1, Ways: 4})
	for w := range 4 {
		p.Fill(0, w, Access{})
	}
	p.Hit(0, 0, Access{})
	p.Hit(0, 1, Access{})
	// 0 0 2 2 ages to 1 1 3 3; then 1 1 2 3: way 3; then 1 1 2 2 ages to 2 2 3 3.
	for i, want := range []int{2, 3, 2, 3, 0} {
		v := p.Victim(0, Access{})
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
	p := build(t, "random", Geometry{Sets: 1, Ways: ways, Seed: 3})
	var count [ways]int
	for range draws {
		count[p.Victim(0, Access{})]++
	}
	for w, n := range count {
		if d := n - draws/ways; d < -480 || d > 480 {
			t.Errorf("way %d was drawn %d times of %d", w, n, draws)
		}
	}
	if build(t, "random", Geometry{Sets: 1, Ways: 1 << 20, Seed: 1}).Victim(0, Access{}) ==
		build(t, "random", Geometry{Sets: 1, Ways: 1 << 20, Seed: 2}).Victim(0, Access{}) {
		t.Error("two seeds draw alike")
	}
}
