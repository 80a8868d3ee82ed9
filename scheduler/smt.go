package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// smt is what the simultaneous policies share: every thread may rename and
// issue in every cycle, and the best n threads fetch, up to m instructions
// each. A policy is then a rank: the less, the earlier it fetches.
type smt struct {
	threads, width int
}

func newSMT(e Env, a Args) (smt, error) {
	return smt{threads: a.Int("threads"), width: min(a.Int("width"), e.FetchWidth)}, e.validate()
}

// order fills in the threads that run by rank. Among equals those that can
// fetch come first, and each such group rotates with the cycle: rotating the
// whole list instead would give the successor of a thread outside the group
// that thread's turns as well.
func (s *smt) order(p *Plan, v *View, rank func(*Thread) int) {
	p.FetchThreads, p.FetchWidth = s.threads, s.width
	var keys [isa.MaxContexts]int
	var sorted [isa.MaxContexts]isa.Context
	n, able := 0, 0
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
		for ; j > 0 && keys[j-1] > key; j-- {
			keys[j], sorted[j] = keys[j-1], sorted[j-1]
		}
		keys[j], sorted[j] = key, isa.Context(i)
		n++
	}
	for i := 0; i < n; {
		j := i + 1
		for j < n && keys[j] == keys[i] {
			j++
		}
		first := i
		if j > i+1 {
			first += int(v.Now % isa.Cycle(j-i))
		}
		p.Fetch = append(p.Fetch, sorted[first:j]...)
		p.Fetch = append(p.Fetch, sorted[i:first]...)
		i = j
	}
	// The order turns with the cycle, but among threads of which at most one
	// can fetch it decides nothing.
	if able > 1 {
		p.Until = v.Now + 1
	}
}
