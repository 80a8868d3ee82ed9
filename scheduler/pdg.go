package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// gating is DG, data gating (El-Moursy and Albonesi, HPCA 2003): on ICOUNT, a
// thread with more than a number of loads that miss the L1D does not fetch.
// When that holds of all threads, the first by ICOUNT that can does.
type gating struct {
	smt
	most int
}

// pdg is predictive data gating of the same paper. What DG sees is late: by the
// time that a miss is detected its dependents have been fetched. PDG predicts,
// when a load is fetched, whether it will miss, by a table of two-bit counters
// indexed by its PC, and counts the load from then on if so. One that was
// predicted to hit and misses is counted from its detection on.
//
// A load is counted until it has its data; the paper counts until it commits,
// which would gate a thread for what it does not wait for. The size of the
// table, shared by the threads, the counters' first state (hits) and the
// threshold are ours.
type pdg struct {
	gating
	table   []uint8
	counted [isa.MaxContexts]int
}

var (
	_ Policy      = (*gating)(nil)
	_ Policy      = (*pdg)(nil)
	_ LoadWatcher = (*pdg)(nil)
)

func newPDG(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err != nil {
		return nil, Traits{}, err
	}
	g := gating{smt: s, most: a.Int("misses")}
	if a.Choice("predict") == "no" {
		return &g, Traits{}, nil
	}
	return &pdg{gating: g, table: make([]uint8, 1<<a.Int("bits"))}, Traits{}, nil
}

func (g *gating) Plan(p *Plan, v *View) {
	var gated isa.ContextSet
	for i := range v.Threads {
		if v.Threads[i].Misses[L1].Count > g.most {
			gated = gated.With(isa.Context(i))
		}
	}
	g.order(p, v, gated, (*Thread).preIssue)
}

func (d *pdg) Plan(p *Plan, v *View) {
	var gated isa.ContextSet
	for i := range v.Threads {
		if d.counted[i] > d.most {
			gated = gated.With(isa.Context(i))
		}
	}
	d.order(p, v, gated, (*Thread).preIssue)
}

// What the core keeps with a load for us.
const (
	pdgCounts = 1 << iota // it is in counted
	pdgMissed             // it has missed
)

// entry is a load's counter. The context is hashed in: programs have their
// loads at like addresses.
func (d *pdg) entry(t isa.Context, pc isa.Addr) *uint8 {
	return &d.table[slot(t, pc)&uint64(len(d.table)-1)]
}

// slot hashes a load's PC and its context for a table by PC.
func slot(t isa.Context, pc isa.Addr) uint64 {
	x := (uint64(pc)>>1 ^ uint64(t)<<40) * 0x9e3779b97f4a7c15
	return x >> 32
}

func (d *pdg) LoadFetched(t isa.Context, pc isa.Addr) uint8 {
	if *d.entry(t, pc) < 2 {
		return 0
	}
	d.counted[t]++
	return pdgCounts
}

func (d *pdg) LoadMissed(l Load, level Level) uint8 {
	if level != L1 {
		return l.Note
	}
	if l.Note&pdgCounts == 0 {
		d.counted[l.Thread]++
	}
	return pdgCounts | pdgMissed
}

func (d *pdg) LoadDone(l Load) uint8 {
	d.LoadSquashed(l)
	e := d.entry(l.Thread, l.PC)
	if l.Note&pdgMissed != 0 {
		*e = min(*e+1, 3)
	} else if *e > 0 {
		*e--
	}
	return 0
}

func (d *pdg) LoadSquashed(l Load) {
	if l.Note&pdgCounts != 0 {
		d.counted[l.Thread]--
	}
}

func (d *pdg) LoadCommitted(Load, uint64) {}
