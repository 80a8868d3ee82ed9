package bpred

import (
	"errors"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// tageSCL is TAGE with a statistical corrector and a loop predictor (Seznec,
// "TAGE-SC-L branch predictors again", CBP-5, 2016), within the championship's
// budgets of 8 and 64 KB. What it keeps of a path beyond the global history
// (local histories, iteration counts) is kept for each thread, moves at fetch
// and is repaired exactly by a log of what each branch has overwritten, for
// which hardware would need a good idea; the championship trained at once.
//
// Against the championship's code: plain tables without interleaving and with
// fewer history lengths (tage.go); three outer histories of the corrector that
// gain little are left out; every transfer adds two bits to the history, where
// indirect ones added three.
type tageSCL struct {
	tage
	corrector       corrector
	loop            loopPredictor
	fetched         []trail // by context
	committed       []trail
	correctorPlaces []correctorPlaces // of the branches in flight, in the slots of places
	logs            []trailLog
}

var (
	_ Direction = (*tageSCL)(nil)
	_ Follower  = (*tageSCL)(nil)
)

// trailLog is a ring of what the last steps of a context have overwritten.
type trailLog struct {
	steps []trailStep
	next  uint32
}

func (l *trailLog) at(i uint32) *trailStep { return &l.steps[i&uint32(len(l.steps)-1)] }

// sclSpec is the size of a TAGE-SC-L.
type sclSpec struct {
	tage       tageSpec
	bias       int
	components []componentSpec
	local      [3]int // entries of the local histories
	loop       int    // log2 of the sets of the loop predictor
}

// sclSpecs are the budgets, by the name of their size in KB.
var sclSpecs = map[string]sclSpec{
	"64": {
		tage: tageSpec{
			lengths: geometric(13, 3, 1500), bits: 11, base: 13,
			tags: []int{9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 13, 14, 14},
			per:  2, path: 27, champ: true,
		},
		bias: 8,
		components: []componentSpec{
			{backwardHistory, 10, []uint8{40, 24, 10}},
			{pathHistory, 9, []uint8{25, 16, 9}},
			{localHistory1, 10, []uint8{11, 6, 3}},
			{localHistory2, 9, []uint8{16, 11, 6}},
			{localHistory3, 10, []uint8{9, 4}},
			{iterationCount, 8, []uint8{8}},
			{iterationHistory, 9, []uint8{10, 4}},
		},
		local: [3]int{256, 16, 16},
		loop:  3,
	},
	"8": {
		tage: tageSpec{
			lengths: geometric(10, 2, 500), bits: 8, base: 12,
			tags: []int{8, 8, 9, 9, 10, 10, 11, 11, 12, 12},
			per:  2, path: 27, champ: true,
		},
		bias: 6,
		components: []componentSpec{
			{backwardHistory, 8, []uint8{40, 24, 10}},
			{pathHistory, 7, []uint8{25, 16, 9}},
			{localHistory1, 8, []uint8{11, 6, 3}},
			{iterationCount, 6, []uint8{8}},
			{iterationHistory, 7, []uint8{10, 4}},
		},
		local: [3]int{64, 1, 1},
		loop:  2,
	},
}

func newTageSCL(a catalog.Args, s Shape) (Direction, error) {
	spec := sclSpecs[a.Choice("size")]
	g, err1 := newTage(spec.tage, s)
	c, err2 := newCorrector(spec.bias, spec.components, s)
	l, err3 := newLoopPredictor(spec.loop, s)
	p := &tageSCL{tage: g, corrector: c, loop: l}
	p.correctorPlaces = make([]correctorPlaces, len(g.places))
	for range s.Contexts {
		p.fetched = append(p.fetched, newTrail(spec.local))
		p.committed = append(p.committed, newTrail(spec.local))
		p.logs = append(p.logs, trailLog{steps: make([]trailStep, 1<<log2Ceil(s.InFlight+1))})
	}
	return p, errors.Join(err1, err2, err3)
}

// opinion is what the parts say of a branch.
type opinion struct {
	confidence int  // of TAGE: 1, 3, 5 or 7
	inner      bool // TAGE's direction, or the loop predictor's
	taken      bool // the corrector's last word
	places     *correctorPlaces
}

// ask reads all tables for a branch after so many transfers.
func (p *tageSCL) ask(t isa.Context, pc isa.Addr, transfers uint32, tr *trail, iterations []uint16) (o opinion) {
	f := p.look(t, pc, transfers)
	o.inner = f.taken
	o.confidence = 7 // the bimodal table's, of branches that no history has helped
	if f.provider >= 0 {
		o.confidence = strength(p.entry(f.provider).counter)
	} else if b := p.base[f.baseIndex]; b == 1 || b == 2 {
		o.confidence = 1
	}
	if p.loop.trust[p.loop.part.owner(t)] >= 0 {
		entry, _, _ := p.loop.find(t, pc)
		if taken, sure := p.loop.predict(entry, iterations); sure {
			o.inner = taken
		}
	}
	o.places = &p.correctorPlaces[p.slot(t, transfers)]
	if !f.again || o.places.taken != o.inner {
		var histories [numHistories]uint64
		tr.histories(pc, &histories)
		histories[pathHistory] = p.history[t].recentPath(transfers, p.spec.path)
		p.corrector.locate(t, pc, &histories, o.inner, o.places)
	}
	p.corrector.ask(t, pc, o.places, f, o.confidence, o.inner)
	o.taken = p.corrector.decide(t, o.confidence, o.inner)
	return o
}

func (p *tageSCL) Predict(t isa.Context, pc isa.Addr, _ uint64) (bool, uint16) {
	return p.ask(t, pc, p.history[t].fetched, &p.fetched[t], p.loop.fetched[t]).taken, 0
}

func (p *tageSCL) Train(t isa.Context, pc isa.Addr, _ uint64, _ uint16, taken bool) {
	o := p.ask(t, pc, p.history[t].committed, &p.committed[t], p.loop.committed[t])
	p.loop.train(t, pc, taken, p.found.taken, &p.found.random)
	p.corrector.train(t, pc, o.places, o.confidence, o.inner, taken)
	p.trainTage(taken, o.taken == taken)
}

// trainTage trains the tables of TAGE by the rules of 2016. right says that
// the whole predictor was.
func (p *tageSCL) trainTage(taken, right bool) {
	f := &p.found
	last := len(p.spec.lengths) - 1
	allocate := f.taken != taken && f.provider < last
	if f.fresh && f.provided == taken {
		allocate = false // the new entry does what it was made for
	}
	p.judgeFresh(taken, 5)
	if right && f.random.next()&31 != 0 {
		allocate = false // others have got it right without more entries
	}
	if allocate {
		p.allocateTwo(taken)
	}
	p.train(taken, f.fresh && f.provided != taken)
	if f.provider < 0 {
		return
	}
	e := p.entry(f.provider)
	if strength(e.counter) == 1 {
		e.useful = 0 // it has changed its mind
	}
	switch {
	case f.provided != taken:
	case f.provided != f.altTaken:
		e.useful = 1
	case f.alt >= 0 && strength(p.entry(f.alt).counter) == 7:
		e.useful = 0 // the alternate does as well, and is sure
	}
}

// forgetAt is how many more failed than successful allocations make all
// useful bits be cleared.
const forgetAt = 1024

// allocateTwo makes up to two entries of longer histories, not in neighbouring
// tables.
func (p *tageSCL) allocateTwo(taken bool) {
	f := &p.found
	first := f.provider + 1
	if f.random.next()&127 < 32 {
		first++
	}
	made := 0
	for i := first; i < len(p.spec.lengths) && made < 2; i++ {
		e := p.entry(i)
		switch {
		case e.useful != 0:
			f.tick++
		case strength(e.counter) > 3:
			e.counter = saturate(e.counter, e.counter < 0, tageCounter) // weaker
		default:
			p.allocate(i, taken)
			f.tick = max(f.tick-2, 0)
			made++
			i++
		}
	}
	if f.tick >= forgetAt {
		f.tick = 0
		p.keepUseful(0)
	}
}

func (p *tageSCL) Fetched(t isa.Context, s Step) {
	p.extend(t, s)
	log := &p.logs[t]
	u := log.at(log.next)
	log.next++
	if u.moved = s.Control == isa.CondBranch; !u.moved {
		return
	}
	p.fetched[t].step(&s, u)
	entry, _, _ := p.loop.find(t, s.PC)
	if u.loop = int16(entry); entry >= 0 {
		u.count = p.loop.fetched[t][entry]
		p.loop.step(entry, p.loop.fetched[t], s.Taken)
	}
}

func (p *tageSCL) Undo(t isa.Context, n uint32) {
	p.history[t].undo(n)
	log := &p.logs[t]
	for range n {
		log.next--
		u := log.at(log.next)
		if !u.moved {
			continue
		}
		p.fetched[t].undo(u)
		if u.loop >= 0 {
			p.loop.fetched[t][u.loop] = u.count
		}
	}
}

func (p *tageSCL) Committed(t isa.Context, s Step) {
	p.history[t].commit()
	if s.Control == isa.CondBranch {
		p.committed[t].step(&s, nil)
	}
}

func (p *tageSCL) Storage() Storage {
	s := p.storage().Plus(p.corrector.storage()).Plus(p.loop.storage())
	// The counters for fresh entries, the counter of failed allocations, the
	// random number.
	s = s.Plus(p.part.beside(5*useAltClasses + 10 + 32))
	s.PerThread += p.fetched[0].bits()
	return s
}
