package scheduler

import "github.com/threadmill-sim/threadmill/isa"

// mlpflush is MLP-aware flush (Eyerman and Eeckhout, HPCA 2007): like FLUSH, but
// a thread whose long load is followed by others, which can be out at the same
// time, fetches as far as the last of them before it stops.
//
// How far that is, is predicted by the load's PC from what followed when it last
// committed. A long-latency shift register per thread has a bit for each of the
// last committed instructions, as many as a thread's part of the reorder buffer,
// set for a long load; when a set bit leaves it, its distance from the youngest
// set bit is the load's MLP distance, 0 when it is alone. We keep the positions
// of the set bits, which is the same.
//
// The first long load in program order decides. When it is found to be long, and
// as long as it is, the thread fetches until it has fetched the distance past
// it, to the end of a fetch group; what it has beyond that is squashed. Of the
// paper's schemes this is the one that acts when a load is found to be long and
// not when one is predicted to be. When all threads that run have a long load,
// the last to get one goes on unbounded, as in FLUSH.
type mlpflush struct {
	smt
	trigger  trigger
	group    int // instructions fetched at once
	window   uint64
	distance [][]uint16 // by context and PC
	recent   []llsr     // by context
}

// llsr is a long-latency shift register: the long loads among the last window
// committed instructions, oldest first, in a ring.
type llsr struct {
	ring       []longLoad
	head, tail uint64
}

type longLoad struct {
	at uint64 // which instruction of its thread it was, by commit
	pc isa.Addr
}

// distanceEntries is how many loads a thread's distances are kept of (chosen).
const distanceEntries = 2048

var (
	_ Policy      = (*mlpflush)(nil)
	_ LoadWatcher = (*mlpflush)(nil)
)

func newMLPFlush(e Env, a Args) (Policy, Traits, error) {
	s, err := newRanked(e, a)
	if err == nil {
		err = e.sized(ROB)
	}
	if err != nil {
		return nil, Traits{}, err
	}
	window := a.Int("window")
	if window == 0 {
		window = max(e.Sizes[ROB]/e.Contexts, 1)
	}
	m := &mlpflush{smt: s, trigger: newTrigger(a), group: s.width, window: uint64(window)}
	for range e.Contexts {
		m.distance = append(m.distance, make([]uint16, distanceEntries))
		m.recent = append(m.recent, llsr{ring: make([]longLoad, window)})
	}
	return m, Traits{Ages: true}, nil
}

func (m *mlpflush) Plan(p *Plan, v *View) {
	long := m.trigger.long(p, v)
	until := p.Until
	var gated isa.ContextSet
	for rest := long; rest != 0; rest &= rest - 1 {
		c := first(rest)
		t := &v.Threads[c]
		load := m.first(t, v.Now)
		m.shift(c, t.Committed)
		reach := int(*m.entry(c, load.PC))
		if load.After >= reach {
			gated = gated.With(c)
		}
		if reach > 0 {
			reach += m.group - 1 // to the end of a fetch group
		}
		m.trigger.squash(p, c, t, v.Now, reach)
	}
	m.order(p, v, gated, (*Thread).preIssue)
	p.Until = min(p.Until, until)
}

// first is the first of a thread's long loads in program order.
func (m *mlpflush) first(t *Thread, now isa.Cycle) *Misses {
	var oldest *Misses
	for _, l := range m.trigger.levels() {
		if of := &t.Misses[l]; l != NoLevel && of.Count > 0 && of.Oldest+m.trigger.age <= now && (oldest == nil || of.After > oldest.After) {
			oldest = of
		}
	}
	return oldest
}

func (m *mlpflush) entry(c isa.Context, pc isa.Addr) *uint16 {
	return &m.distance[c][slot(0, pc)%distanceEntries]
}

// shift moves a thread's register on to where so many instructions have
// committed: the loads that leave it teach their distances.
func (m *mlpflush) shift(c isa.Context, committed uint64) {
	r := &m.recent[c]
	size := uint64(len(r.ring))
	for r.head < r.tail && r.ring[r.head%size].at+m.window < committed {
		// Before a load is put in, those leave that it would not see.
		load, last := r.ring[r.head%size], r.ring[(r.tail-1)%size]
		*m.entry(c, load.pc) = uint16(min(last.at-load.at, 1<<16-1))
		r.head++
	}
}

// LoadFetched has nothing to say.
func (m *mlpflush) LoadFetched(isa.Context, isa.Addr) uint8 { return 0 }

// LoadMissed notes a load of the trigger's level as long.
func (m *mlpflush) LoadMissed(l Load, level Level) uint8 {
	if level == m.trigger.level {
		return 1
	}
	return l.Note
}

// LoadDone notes a load as long that was out for long enough.
func (m *mlpflush) LoadDone(l Load) uint8 {
	if m.trigger.level == NoLevel && l.Waited >= m.trigger.age {
		return 1
	}
	return l.Note
}

func (m *mlpflush) LoadSquashed(Load) {}

// LoadCommitted puts a long load into the register.
func (m *mlpflush) LoadCommitted(l Load, n uint64) {
	if l.Note == 0 {
		return
	}
	m.shift(l.Thread, n+1)
	r := &m.recent[l.Thread]
	r.ring[r.tail%uint64(len(r.ring))] = longLoad{at: n, pc: l.PC}
	r.tail++
}
