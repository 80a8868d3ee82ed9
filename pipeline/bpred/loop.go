package bpred

import "github.com/threadmill-sim/threadmill/isa"

// loopPredictor knows branches that go one way a constant number of times and
// then once the other (Sherwood and Calder, 2000; in L-TAGE, Seznec 2007). The
// table is trained at commit. Each context counts the iterations that it has
// fetched, and those that it has committed, in counters of its own for each
// entry; hardware has one pair in the entry, and threads that share the loop
// count for each other.
type loopPredictor struct {
	entries   []loopEntry // sets of loopWays
	part      partition   // of the sets
	setBits   uint8
	fetched   [][]uint16 // by context and entry: iterations of the present execution
	committed [][]uint16
	trust     []int8 // by owner of the table; at least 0: its predictions are better than TAGE's
}

const (
	loopWays       = 4
	loopTagBits    = 10
	loopCountBits  = 10
	loopMaxCount   = 1<<loopCountBits - 1
	loopConfidence = 15 // executions of the same length until it is believed
	loopAge        = 15
	loopTrustBits  = 7
)

type loopEntry struct {
	tag        uint16
	count      uint16 // iterations of an execution; 0: not known
	confidence uint8
	age        uint8
	body       bool // the direction of all iterations but the last
}

func newLoopPredictor(setBits int, s Shape) (loopPredictor, error) {
	part, err := s.partition(setBits)
	l := loopPredictor{entries: make([]loopEntry, loopWays<<setBits), part: part, setBits: uint8(setBits)}
	for range part.owners() {
		l.trust = append(l.trust, -1)
	}
	for range s.Contexts {
		l.fetched = append(l.fetched, make([]uint16, len(l.entries)))
		l.committed = append(l.committed, make([]uint16, len(l.entries)))
	}
	return l, err
}

// find is the entry of the branch, -1 if it has none. A tag of 0 is never
// used: it is that of a fresh entry.
func (l *loopPredictor) find(t isa.Context, pc isa.Addr) (entry int, tag uint16, set int) {
	address := pcBits(pc)
	set = int(l.part.index(t, address)) * loopWays
	tag = uint16((address>>l.setBits^address>>(l.setBits+loopTagBits)^l.part.region(t).salt)&(1<<loopTagBits-1)) | 1
	for i := set; i < set+loopWays; i++ {
		if l.entries[i].tag == tag {
			return i, tag, set
		}
	}
	return -1, tag, set
}

// predict answers after so many iterations; sure only if it has seen enough.
func (l *loopPredictor) predict(entry int, iterations []uint16) (taken, sure bool) {
	if entry < 0 {
		return false, false
	}
	e := &l.entries[entry]
	sure = e.confidence == loopConfidence || int(e.confidence)*int(e.count) > 128
	return e.body != (iterations[entry]+1 == e.count), sure
}

// step counts an iteration.
func (l *loopPredictor) step(entry int, iterations []uint16, taken bool) {
	if entry < 0 {
		return
	}
	n := &iterations[entry]
	if *n++; taken != l.entries[entry].body || *n > loopMaxCount {
		*n = 0
	}
}

// train is told where the branch went and what TAGE said without the loop
// predictor. It uses and moves the committed count.
func (l *loopPredictor) train(t isa.Context, pc isa.Addr, taken, tage bool, random *lfsr) {
	i, tag, set := l.find(t, pc)
	if i < 0 {
		if tage != taken && random.next()&3 == 0 {
			l.allocate(set, tag, taken, random)
		}
		return
	}
	e := &l.entries[i]
	said, sure := l.predict(i, l.committed[t])
	if sure {
		if said != tage {
			trust := &l.trust[l.part.owner(t)]
			*trust = saturate(*trust, said == taken, loopTrustBits)
		}
		if said != taken {
			*e = loopEntry{tag: e.tag, body: e.body} // not what it seemed to be
		} else if said != tage || random.next()&7 == 0 {
			e.age = min(e.age+1, loopAge)
		}
	}
	n := l.committed[t][i] + 1
	l.step(i, l.committed[t], taken)
	switch {
	case taken == e.body:
		if n > loopMaxCount || e.count != 0 && n > e.count {
			e.count, e.confidence = 0, 0 // longer than it used to be
		}
	case n == e.count && n < 3:
		// Too short to be worth it: the other direction may be the body.
		*e = loopEntry{tag: e.tag, body: taken}
	case n == e.count:
		e.confidence = min(e.confidence+1, loopConfidence)
	case e.count == 0:
		e.count, e.confidence = n, 0
	default:
		e.count, e.confidence = 0, 0
	}
}

// allocate takes a random way of the set if its age has run out, and lets it
// age if not. What TAGE mispredicts is supposed to be the exit.
func (l *loopPredictor) allocate(set int, tag uint16, taken bool, random *lfsr) {
	i := set + int(random.next()>>8%loopWays)
	e := &l.entries[i]
	if e.age > 0 {
		e.age--
		return
	}
	*e = loopEntry{tag: tag, age: loopAge, body: !taken}
	for t := range l.committed {
		l.committed[t][i] = 0
	}
	// The fetched counts are wrong until the loop's next exit: iterations in
	// flight have not been counted.
}

func (l *loopPredictor) storage() Storage {
	n := uint64(len(l.entries))
	entries := Storage{
		Tables:    n * (loopTagBits + loopCountBits + 4 + 4 + 1),
		PerThread: 2 * n * loopCountBits,
	}
	return entries.Plus(l.part.beside(loopTrustBits))
}
