package prefetch

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// misses feeds misses to lines of a page and collects the lines proposed.
func misses(p Prefetcher, thread isa.Context, page int, lines ...int) (proposed []int) {
	for _, l := range lines {
		for _, a := range p.Access(Access{Addr: isa.Addr(page*PageSize + l*line + 8), Thread: thread, First: true}, nil) {
			proposed = append(proposed, int(a%PageSize)/line)
			if int(a/PageSize) != page {
				proposed = append(proposed, -1)
			}
		}
	}
	return proposed
}

// Three misses on one side of the first make a stream, in either direction
// and in either order of the last two; it moves by its degree with each access
// to its region, also by hits, up to its distance and to the end of the page.
func TestStream(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []int
		want  []int
	}{
		{"one and two misses", []int{10, 11}, nil},
		{"up", []int{10, 11, 12}, []int{13, 14}},
		{"down", []int{30, 29, 28}, []int{27, 26}},
		{"out of order", []int{10, 12, 11}, []int{12, 13}},
		{"with gaps", []int{10, 14, 20}, []int{21, 22}},
		{"on both sides", []int{10, 11, 9}, nil},
		{"the same line", []int{10, 10, 10}, nil},
		{"too far away", []int{10, 27, 44}, nil},
		{"to the end", []int{60, 61, 62}, []int{63}},
		{"to the beginning", []int{2, 1, 0}, nil},
		{"goes on", []int{10, 11, 12, 13, 14}, []int{13, 14, 15, 16, 17, 18}},
		{"behind the region", []int{30, 31, 32, 29}, []int{33, 34}},
	} {
		if got := misses(build(t, "stream", Geometry{Line: line}), 0, 7, test.lines...); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Far ahead by the distance, a stream forgets its oldest lines: accesses to
// them no longer move it.
func TestStreamDistance(t *testing.T) {
	p := build(t, "stream:distance=6,degree=2", Geometry{Line: line})
	misses(p, 0, 1, 10, 11, 12) // region 10 … 14
	access := func(l int) int {
		return len(p.Access(Access{Addr: isa.Addr(PageSize + l*line), Hit: true}, nil))
	}
	// One more access proposes 15 and 16, the next 17 and 18 and drops 10 and
	// 11; then 10 is outside.
	if a, b, c, d := access(12), access(12), access(11), access(12); a != 2 || b != 2 || c != 0 || d != 2 {
		t.Errorf("%d, %d, %d, %d lines; want 2, 2, 0, 2", a, b, c, d)
	}
}

// Streams of different pages and threads do not disturb each other, and the
// one that was not used for the longest time gives way.
func TestStreams(t *testing.T) {
	p := build(t, "stream:streams=2,degree=1", Geometry{Line: line})
	for l := range 3 {
		misses(p, 0, 1, 10+l)
		misses(p, 1, 1, 40-l)
	}
	if a, b := misses(p, 0, 1, 13), misses(p, 1, 1, 37); !slices.Equal(a, []int{14}) || !slices.Equal(b, []int{36}) {
		t.Errorf("%v and %v, want 14 and 36", a, b)
	}
	misses(p, 0, 2, 5) // takes the place of thread 0's
	if a, b := misses(p, 1, 1, 36), misses(p, 0, 1, 14); len(a) != 1 || len(b) != 0 {
		t.Errorf("%v and %v, want the stream of thread 1 alone", a, b)
	}
}

// Misses all over memory are no stream.
func TestNoStream(t *testing.T) {
	p := build(t, "stream", Geometry{Line: line})
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		if got := misses(p, 0, r.IntN(1<<20), r.IntN(64)); len(got) != 0 {
			t.Fatalf("proposed %v", got)
		}
	}
}
