package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// smt is what the simultaneous policies share: every thread may rename and
// issue in every cycle, and the best n threads fetch, up to m instructions
// each. A policy is then a rank: the less, the earlier it fetches.
type smt struct {
	threads, width int
}

func newSMT(e Env, a Args) (smt, error) {
	return smt{threads: a.Int("threads"), width: min(a.Int("width"), e.FetchWidth)}, e.Validate()
}

// order fills in the threads that run by rank. Among equals those that can
// fetch come first, then those that fetched longest ago.
func (s *smt) order(p *Plan, v *View, rank func(*Thread) int) {
	p.FetchThreads, p.FetchWidth = s.threads, s.width
	var keys [isa.MaxContexts]int
	var sorted [isa.MaxContexts]isa.Context
	n, able := 0, 0
	draw := draw(v.Now)
	for i := range v.Threads {
		t := &v.Threads[i]
		if t.State != Running {
			continue
		}
		key := rank(t) << 1
		if t.Stall == NotStalled {
			able++
		} else {
			key++
		}
		// Insertion is the fastest sort of a handful of threads.
		j := n
		for ; j > 0 && (keys[j-1] > key || keys[j-1] == key && v.before(isa.Context(i), sorted[j-1], draw)); j-- {
			keys[j], sorted[j] = keys[j-1], sorted[j-1]
		}
		keys[j], sorted[j] = key, isa.Context(i)
		n++
	}
	p.Fetch = append(p.Fetch, sorted[:n]...)
	// Equals are drawn anew in each cycle, but among threads of which at most
	// one can fetch the order decides nothing.
	if able > 1 {
		p.Until = v.Now + 1
	}
}

// before breaks the tie between two threads of equal rank: a comes before b
// when it fetched longer ago. Two that fetched in the same cycle are drawn.
func (v *View) before(a, b isa.Context, draw uint64) bool {
	x, y := v.Threads[a].LastFetch, v.Threads[b].LastFetch
	if x != y {
		return x < y
	}
	return lot(a, draw) < lot(b, draw)
}

// draw is what the lots of a cycle are drawn from, and lot a thread's: a hash
// (the finaliser of splitmix64) has no period that a program could have.
func draw(now isa.Cycle) uint64 {
	x := uint64(now) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func lot(t isa.Context, draw uint64) uint64 {
	x := (draw ^ uint64(t)) * 0x9e3779b97f4a7c15
	return x ^ x>>32
}
