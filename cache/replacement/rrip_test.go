package replacement

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sim is a cache that consists of nothing but a policy and its lines.
type sim struct {
	g     Geometry
	p     Policy
	lines [][]int // by set and way
	hits  []int   // by thread
}

func newSim(t rapid.TB, spec string, g Geometry) *sim {
	return &sim{g: g, p: build(t, spec, g), lines: make([][]int, g.Sets), hits: make([]int, max(g.Contexts, 1))}
}

// access uses a line, which belongs to set line mod sets, and reports whether
// it was there.
func (s *sim) access(line int, a Access) bool {
	set := line % s.g.Sets
	if w := slices.Index(s.lines[set], line); w >= 0 {
		s.p.Hit(set, w, a)
		s.hits[a.Thread]++
		return true
	}
	w := len(s.lines[set])
	if w < s.g.Ways {
		s.lines[set] = append(s.lines[set], line)
	} else {
		w = s.p.Victim(set, Ways{0, s.g.Ways}, a)
		s.lines[set][w] = line
	}
	s.p.Fill(set, w, a)
	return false
}

// Against the words of the paper, one step of ageing at a time: with every
// new line expected alike BRRIP is SRRIP, and so is DRRIP where nobody duels.
func TestRRIPAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Geometry{Sets: 1, Ways: rapid.IntRange(1, 6).Draw(t, "ways")}
		bits := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "bits")
		distant := map[string]int{"1": 1, "2": 3, "3": 7}[bits]
		sims := []*sim{
			newSim(t, "srrip:bits="+bits, g),
			newSim(t, "brrip:every=1,bits="+bits, g),
			newSim(t, "drrip:bits="+bits, g),
		}
		lines, rrpv := []int{}, []int{}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			line := rapid.IntRange(0, 9).Draw(t, "line")
			w := slices.Index(lines, line)
			hit := w >= 0
			switch {
			case hit:
				rrpv[w] = 0
			case len(lines) < g.Ways:
				lines, rrpv = append(lines, line), append(rrpv, distant-1)
			default:
				for !slices.Contains(rrpv, distant) {
					for i := range rrpv {
						rrpv[i]++
					}
				}
				w = slices.Index(rrpv, distant)
				lines[w], rrpv[w] = line, distant-1
			}
			for _, s := range sims {
				if got := s.access(line, Access{}); got != hit || !slices.Equal(s.lines[0], lines) {
					t.Fatalf("line %d: hit %v, lines %v; the model has %v, %v", line, got, s.lines[0], hit, lines)
				}
			}
		}
	})
}

// One new line of so many is long, within 5 standard deviations.
func TestBRRIPThrottle(t *testing.T) {
	const fills, every = 64000, 32
	p := build(t, "brrip", Geometry{Sets: 1, Ways: 1, Seed: 5}).(*brrip)
	long := 0
	for range fills {
		p.Fill(0, 0, Access{})
		if p.rrpv[0] == p.distant-1 {
			long++
		} else if p.rrpv[0] != p.distant {
			t.Fatalf("a new line has %d", p.rrpv[0])
		}
	}
	if d := long - fills/every; d < -220 || d > 220 {
		t.Errorf("%d of %d were long, want about %d", long, fills, fills/every)
	}
}

// loop uses n lines in turns, so many times.
func loop(s *sim, n, times int, a Access) {
	for range times {
		for line := range n {
			s.access(line, a)
		}
	}
}

// mixed interleaves a part of the cache that is used again and again with
// lines used twice and never again, which BRRIP loses before their second use.
func mixed(s *sim, rounds int, a Access) {
	fresh := 1 << 20
	for range rounds {
		fresh += s.g.Sets
		for line := fresh; line < fresh+s.g.Sets; line++ {
			s.access(line, a)
		}
		for line := fresh - s.g.Sets; line < fresh; line++ {
			s.access(line, a)
		}
	}
}

// A loop over half again the cache's size never hits under LRU and SRRIP and
// keeps about two thirds under BRRIP; lines used again soon hit under SRRIP and not
// under BRRIP. DRRIP is, after it has learned, nearly as good as the better.
func TestDuel(t *testing.T) {
	g := Geometry{Sets: 256, Ways: 8, Contexts: 1, Seed: 1}
	work := map[string]func(*sim){
		"loop":  func(s *sim) { loop(s, g.Sets*g.Ways*3/2, 60, Access{}) },
		"again": func(s *sim) { mixed(s, 400, Access{}) },
	}
	run := func(spec, name string) int {
		s := newSim(t, spec, g)
		work[name](s)
		return s.hits[0]
	}
	for name, better := range map[string]string{"loop": "brrip", "again": "srrip"} {
		worse := map[string]string{"brrip": "srrip", "srrip": "brrip"}[better]
		best, worst, got := run(better, name), run(worse, name), run("drrip", name)
		if worst*2 > best {
			t.Fatalf("%s: %s has %d hits and %s %d: the test shows nothing", name, better, best, worse, worst)
		}
		if got < best*3/4 {
			t.Errorf("%s: drrip has %d hits, %s %d", name, got, better, best)
		}
	}
}

// Thread-aware duels find for each thread what is good for it: one keeps lines
// that the other's loop makes a cache of one mind lose.
func TestDuelByThread(t *testing.T) {
	g := Geometry{Sets: 256, Ways: 8, Contexts: 2, Seed: 1}
	run := func(spec string) *sim {
		s := newSim(t, spec, g)
		p := s.p.(*drrip)
		fresh, line := 1<<20, 0
		for range 100 {
			for range 8 * g.Sets {
				line = (line + 1) % (g.Sets * g.Ways * 3 / 2)
				s.access(line, Access{Thread: 0})
			}
			fresh += g.Sets
			for set := range g.Sets {
				s.access(fresh+set, Access{Thread: 1})
				s.access(fresh-g.Sets+set, Access{Thread: 1})
			}
		}
		if p.byThread && (p.duels[0].counter < pselHalf || p.duels[1].counter >= pselHalf) {
			t.Errorf("%s: thread 0's counter is %d, thread 1's %d", spec, p.duels[0].counter, p.duels[1].counter)
		}
		return s
	}
	one, each := run("drrip"), run("drrip:by=thread")
	if each.hits[1] < 10*one.hits[1] || each.hits[0] < one.hits[0]/2 {
		t.Errorf("hits %v by thread, %v by cache", each.hits, one.hits)
	}
}

// Each policy of each duel leads in as many sets as were asked for, or in a
// quarter of them, and they are spread over the cache. Where there is room no
// set has two leaders.
func TestLeaderSets(t *testing.T) {
	for _, test := range []struct {
		spec           string
		sets, contexts int
		want           int // leaders of each policy of each duel
	}{
		{"drrip", 1024, 4, 32},
		{"drrip:leaders=8", 1024, 4, 8},
		{"drrip", 1000, 1, 32},
		{"drrip", 40, 1, 10},
		{"drrip", 3, 1, 0},
		{"drrip:by=thread", 1024, 4, 32},
		{"drrip:by=thread", 64, 4, 16},
		{"drrip:by=thread", 7, 4, 1},
	} {
		p := build(t, test.spec, Geometry{Sets: test.sets, Ways: 2, Contexts: test.contexts}).(*drrip)
		lead := make([]int, test.sets)
		for i, d := range p.duels {
			count := map[role]int{}
			for set, role := range d.roles {
				if count[role]++; role != follower {
					lead[set]++
				}
			}
			if count[leadsSRRIP] != test.want || count[leadsBRRIP] != test.want {
				t.Errorf("%s in %d sets: duel %d has %d leaders of SRRIP's and %d of BRRIP's, want %d", test.spec, test.sets, i, count[leadsSRRIP], count[leadsBRRIP], test.want)
			}
			if n := len(d.roles); test.want > 1 && !slices.ContainsFunc(d.roles[n-n/test.want-1:], func(r role) bool { return r != follower }) {
				t.Errorf("%s in %d sets: none of the last range leads in duel %d", test.spec, n, i)
			}
		}
		if room := test.sets >= 2*test.want*len(p.duels); room && slices.Max(lead) > 1 {
			t.Errorf("%s in %d sets: a set has leaders of two duels", test.spec, test.sets)
		}
	}
}

// What a thread's lines meet does not depend on how many contexts there are
// that do nothing.
func TestIdleContexts(t *testing.T) {
	for _, sets := range []int{1, 4, 16, 64, 256} {
		for _, row := range Catalog.Rows {
			specs := []string{row.Name}
			if row.Name == "drrip" {
				specs = append(specs, "drrip:by=thread", "drrip:by=thread,leaders=4")
			}
			for _, spec := range specs {
				hits := func(contexts int) int {
					s := newSim(t, spec, Geometry{Sets: sets, Ways: 4, Contexts: contexts, Seed: 1})
					mixed(s, 20, Access{})
					loop(s, sets*6, 20, Access{})
					return s.hits[0]
				}
				if alone, beside := hits(1), hits(5); alone != beside {
					t.Errorf("%s, %d sets: %d hits alone, %d beside idle contexts", spec, sets, alone, beside)
				}
			}
		}
	}
}

// The duel counts demand misses in leader sets, up to the counter's ends, and
// nothing else.
func TestDuelCounts(t *testing.T) {
	p := build(t, "drrip", Geometry{Sets: 64, Ways: 1, Contexts: 1}).(*drrip)
	d := &p.duels[0]
	fill := func(n int, lead role, cause Cause) int {
		for range n {
			p.Fill(slices.Index(d.roles, lead), 0, Access{Cause: cause})
		}
		return d.counter
	}
	start := d.counter
	if got := fill(9, leadsSRRIP, Prefetch); got != start {
		t.Errorf("prefetches moved the counter to %d", got)
	}
	if got := fill(9, leadsBRRIP, Writeback); got != start {
		t.Errorf("write-backs moved the counter to %d", got)
	}
	if got := fill(3, leadsSRRIP, Demand); got != start+3 {
		t.Errorf("three misses of SRRIP's leaders moved it from %d to %d", start, got)
	}
	if got := fill(5, leadsBRRIP, Demand); got != start-2 {
		t.Errorf("five of BRRIP's moved it to %d, want %d", got, start-2)
	}
	if low, high := fill(5000, leadsBRRIP, Demand), fill(5000, leadsSRRIP, Demand); low != 0 || high != 1023 {
		t.Errorf("the counter ends at %d and %d, want 0 and 1023", low, high)
	}
}
