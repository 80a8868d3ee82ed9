package prefetch

import (
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// The list of offsets has the paper's 52 where pages have that many lines,
// and ends within the page where they have fewer.
func TestOffsets(t *testing.T) {
	for _, test := range []struct{ line, n, last int }{{8, 52, 256}, {64, 26, 60}, {2048, 1, 1}, {4096, 0, 0}} {
		p := build(t, "best-offset", Geometry{Line: test.line}).(*bestOffset)
		if n := len(p.offsets); n != test.n || n > 0 && p.offsets[n-1] != int64(test.last) {
			t.Errorf("lines of %d: offsets %v", test.line, p.offsets)
		}
	}
}

// A walk whose lines come in so many accesses later needs an offset of at
// least as many steps; the smallest of the list is learned first. With it most
// first uses find their line.
func TestBestOffsetIsInTime(t *testing.T) {
	for _, test := range []struct {
		step, lag int
		want      int64
	}{
		{1, 0, 1},
		{1, 3, 4},
		{1, 5, 6},
		{1, 6, 8}, // 7 is not in the list
		{2, 2, 6},
		{3, 3, 12},
	} {
		s := newSim(t, "best-offset", test.lag)
		at := 0
		run := func(n int) {
			for range n {
				s.access(Access{Addr: isa.Addr(at * line)})
				at += test.step
			}
		}
		run(20000)
		if got := s.p.(*bestOffset).offset; got != test.want {
			t.Errorf("step %d, lag %d: offset %d, want %d", test.step, test.lag, got, test.want)
		}
		s.covered = 0
		run(6400)
		// The first lines of a page cannot be reached within it.
		reach := 1 - float64(test.want)/64
		if got := float64(s.covered) / 6400; got < reach-0.02 || got > reach+0.02 {
			t.Errorf("step %d, lag %d: %.3f of the first uses are covered, want %.3f", test.step, test.lag, got, reach)
		}
	}
}

// Where nothing follows from what was used, prefetching stops, and begins
// again when something does.
func TestBestOffsetStops(t *testing.T) {
	s := newSim(t, "best-offset", 2)
	p := s.p.(*bestOffset)
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		s.access(Access{Addr: isa.Addr(r.Uint64N(1<<40)) &^ (line - 1)})
	}
	if p.offset != 0 {
		t.Errorf("offset %d for random lines", p.offset)
	}
	asked := len(s.asked)
	for i := range 20000 {
		s.access(Access{Addr: isa.Addr(i * line)})
	}
	if p.offset == 0 || len(s.asked) == asked {
		t.Errorf("offset %d, %d proposals after a walk", p.offset, len(s.asked)-asked)
	}
}

// Phases end at score-max or after round-max rounds.
func TestBestOffsetPhases(t *testing.T) {
	p := build(t, "best-offset:score-max=5,round-max=3,bad-score=0", Geometry{Line: 512}).(*bestOffset)
	n := len(p.offsets) // 1 2 3 4 5 6
	for range 3*n - 1 {
		p.Access(Access{Addr: 0, First: true}, nil)
	}
	if p.offset != 1 || p.round != 2 {
		t.Errorf("offset %d, round %d before the end of the third round", p.offset, p.round)
	}
	p.Access(Access{Addr: 0, First: true}, nil)
	if p.offset != 0 || p.round != 0 {
		t.Errorf("offset %d, round %d after three rounds without a score, want none and 0", p.offset, p.round)
	}
	// Off: lines are remembered as they come in. Line 2 scores for offset 2.
	p.Fill(Fill{Addr: 0})
	for i := 0; p.offset == 0; i++ {
		if i > 10*n {
			t.Fatal("no offset after ten rounds")
		}
		p.Access(Access{Addr: 2 * 512, First: true}, nil)
	}
	if p.offset != 2 {
		t.Errorf("offset %d, want 2", p.offset)
	}
}
