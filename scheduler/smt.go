package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// smt is what the simultaneous policies share: every thread may rename and
// issue in every cycle, and the best n threads fetch, up to m instructions
// each. A policy is then a rank: the less, the earlier it fetches; and some
// gate threads, which do not fetch at all for a while.
type smt struct {
	threads, width int
	sel            Select
}

// perThread is by name of an issue model how many instructions of a thread
// issue in a cycle at most (Tullsen, Eggers and Levy, ISCA 1995).
var perThread = map[string]int{"single": 1, "dual": 2, "four": 4}

// newSMT reads the parameters of fetchParams and issueParam.
func newSMT(e Env, a Args) (smt, error) {
	model := a.Choice("issue")
	return smt{
		threads: a.Int("threads"), width: min(a.Int("width"), e.FetchWidth),
		sel: Select{PerThread: perThread[model], Wired: model == "limited"},
	}, e.Validate()
}

// newRanked reads those of smtParams.
func newRanked(e Env, a Args) (smt, error) {
	s, err := newSMT(e, a)
	s.sel.ByContext = a.Choice("order") == "priority"
	return s, err
}

// order fills in the threads that run by rank. Among equals those that can
// fetch come first, then those that fetched longest ago. Threads in gated do
// not fetch; when all that run are in it, one does (gate).
func (s *smt) order(p *Plan, v *View, gated isa.ContextSet, rank func(*Thread) int) {
	p.FetchThreads, p.FetchWidth, p.Select = s.threads, s.width, s.sel
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
	// Equals are drawn anew in each cycle, but among threads of which at most
	// one can fetch the order decides nothing.
	if able > 1 {
		p.Until = v.Now + 1
	}
	if gated == 0 {
		p.Fetch = append(p.Fetch, sorted[:n]...)
		return
	}
	p.gate(v, gated, sorted[:n])
}

// gate lets those of the threads fetch, in their order, that are not in gated;
// when all are, the first that can, or if none can the one of the least context,
// which does not change while they wait.
func (p *Plan) gate(v *View, gated isa.ContextSet, order []isa.Context) {
	for _, t := range order {
		if gated.Has(t) {
			p.Gated = p.Gated.With(t)
		} else {
			p.Fetch = append(p.Fetch, t)
		}
	}
	if len(p.Fetch) > 0 || len(order) == 0 {
		return
	}
	exempt := first(p.Gated)
	for _, t := range order {
		if v.Threads[t].Stall == NotStalled {
			exempt = t
			break
		}
	}
	p.Fetch = append(p.Fetch, exempt)
	p.Gated = p.Gated.Without(exempt)
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
