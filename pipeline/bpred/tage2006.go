package bpred

import "github.com/threadmill-sim/threadmill/isa"

// tage2006 is TAGE as in its first paper (Seznec and Michaud, "A case for
// (partially) tagged geometric history length branch prediction", JILP 2006),
// but that while the provider has not been useful its alternate is trained as
// well, as in L-TAGE (2007).
type tage2006 struct{ tage }

var (
	_ Direction = (*tage2006)(nil)
	_ Follower  = (*tage2006)(nil)
)

func (g *tage2006) Predict(t isa.Context, pc isa.Addr, _ uint64) (bool, uint16) {
	return g.look(t, pc, g.history[t].fetched).taken, 0
}

func (g *tage2006) Fetched(t isa.Context, s Step)   { g.extend(t, s) }
func (g *tage2006) Undo(t isa.Context, n uint32)    { g.history[t].undo(n) }
func (g *tage2006) Committed(t isa.Context, _ Step) { g.history[t].commit() }

// Storage adds what is beside the tables to theirs.
func (g *tage2006) Storage() Storage {
	return g.storage().Plus(g.part.beside(4))
}

// forgetEvery is how many branches pass between two clearings of a column of
// the useful counters.
const forgetEvery = 256 << 10

func (g *tage2006) Train(t isa.Context, pc isa.Addr, _ uint64, _ uint16, taken bool) {
	f := g.look(t, pc, g.history[t].committed)
	g.judgeFresh(taken, 4)
	if f.taken != taken && f.provider < len(g.spec.lengths)-1 {
		g.allocateOne(taken)
	}
	var e *tageEntry
	if f.provider >= 0 {
		e = g.entry(f.provider)
	}
	g.train(taken, e != nil && e.useful == 0)
	if e != nil && f.provided != f.altTaken {
		if f.provided == taken {
			e.useful = min(e.useful+1, 3)
		} else if e.useful > 0 {
			e.useful--
		}
	}
	if f.tick++; f.tick == forgetEvery {
		f.tick = 0
		g.keepUseful(1 + f.column) // the high bits are cleared first, then the low ones
		f.column ^= 1
	}
}

// allocateOne takes an entry of a longer history that is not useful: the
// first such table twice as likely as the next, and so on. Without one, all
// of them become less useful.
func (g *tage2006) allocateOne(taken bool) {
	f := &g.found
	chosen := -1
	for i := f.provider + 1; i < len(g.spec.lengths); i++ {
		if g.entry(i).useful != 0 {
			continue
		}
		if chosen >= 0 && f.random.next()&1 != 0 {
			break
		}
		chosen = i
	}
	if chosen >= 0 {
		g.allocate(chosen, taken)
		return
	}
	for i := f.provider + 1; i < len(g.spec.lengths); i++ {
		g.entry(i).useful--
	}
}
