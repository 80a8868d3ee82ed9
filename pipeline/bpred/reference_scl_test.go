package bpred

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// naiveSCL is TAGE-SC-L of one thread. Every history is read off the list of
// what has happened.
type naiveSCL struct {
	spec      sclSpec
	tage      *naiveTage
	loops     map[int][]naiveLoop // by set
	trust     int                 // of the loop predictor
	counters  map[[4]int]int      // of the corrector: component (-1: bias), table, index
	weights   map[[2]int]int      // by component and group
	local     map[int]int
	threshold int
	medium    int
	high      int
}

type naiveLoop struct {
	tag, count, confidence, age, now int
	body                             bool
}

func newNaiveSCL(spec sclSpec) *naiveSCL {
	return &naiveSCL{
		spec: spec, tage: newNaiveTage(spec.tage), loops: map[int][]naiveLoop{}, trust: -1,
		counters: map[[4]int]int{}, weights: map[[2]int]int{}, local: map[int]int{}, threshold: 280,
	}
}

// history is the named history before a branch at pc.
func (n *naiveSCL) history(kind historyKind, pc isa.Addr) (h uint64) {
	push := func(bit bool) {
		h *= 2
		if bit {
			h++
		}
	}
	place := func(pc isa.Addr) int {
		a := int(pc) / 2
		switch kind {
		case localHistory1:
			return (a ^ a/4) % n.spec.local[0]
		case localHistory2:
			return (a ^ a/32) % n.spec.local[1]
		}
		return (a ^ a/8) % n.spec.local[2]
	}
	iterations, now := []int{}, 0 // before each branch
	for _, s := range n.tage.path {
		if s.Control != isa.CondBranch {
			iterations = append(iterations, -1)
			continue
		}
		iterations = append(iterations, now)
		if s.Backward && s.Taken {
			now = min(now+1, 255)
		} else if s.Backward {
			now = 0
		}
	}
	if kind == iterationCount {
		return uint64(now)
	}
	if kind == pathHistory {
		_, path := n.tage.sequences()
		for j := 27; j > 0; j-- {
			push(j <= len(path) && path[len(path)-j] == 1)
		}
		return h
	}
	for i, s := range n.tage.path {
		switch {
		case s.Control != isa.CondBranch:
		case kind == backwardHistory:
			push(s.Backward && s.Taken)
		case kind == iterationHistory && iterations[i] == now, kind != iterationHistory && place(s.PC) == place(pc):
			push(s.Taken)
		}
	}
	switch kind {
	case localHistory1:
		h %= 1 << 11
	case localHistory2:
		h %= 1 << 16
	case localHistory3:
		h %= 1 << 9
	case iterationHistory:
		h %= 1 << 10
	}
	return h
}

// findLoop is the entry of a branch, nil if there is none.
func (n *naiveSCL) findLoop(pc isa.Addr) (e *naiveLoop, set, tag int) {
	a := int(pc) / 2
	sets := 1 << n.spec.loop
	set, tag = a%sets, (a/sets^a/sets/1024)%1024|1
	for i := range n.loops[set] {
		if l := &n.loops[set][i]; l.tag == tag {
			return l, set, tag
		}
	}
	return nil, set, tag
}

func (l *naiveLoop) predict() (taken, sure bool) {
	taken = l.body
	if l.now+1 == l.count {
		taken = !taken
	}
	return taken, l.confidence == 15 || l.confidence*l.count > 128
}

func (n *naiveSCL) trainLoop(pc isa.Addr, taken, tage bool) {
	random := &n.tage.random
	l, set, tag := n.findLoop(pc)
	if l == nil {
		if tage == taken || random.next()%4 != 0 {
			return
		}
		if n.loops[set] == nil {
			n.loops[set] = make([]naiveLoop, 4)
		}
		if e := &n.loops[set][random.next()/256%4]; e.age > 0 {
			e.age--
		} else {
			*e = naiveLoop{tag: tag, age: 15, body: !taken}
		}
		return
	}
	if said, sure := l.predict(); sure {
		if said != tage {
			n.trust = toward(n.trust, said == taken, -64, 63)
		}
		if said != taken {
			l.count, l.confidence, l.age = 0, 0, 0
		} else if said != tage || random.next()%8 == 0 {
			l.age = min(l.age+1, 15)
		}
	}
	l.now++
	known := l.count > 0
	if taken == l.body {
		if l.now >= 1024 || known && l.now > l.count {
			l.count, l.confidence = 0, 0
		}
		if l.now >= 1024 {
			l.now = 0
		}
		return
	}
	switch length := l.now; {
	case length == l.count && length < 3:
		*l = naiveLoop{tag: l.tag, body: taken}
	case length == l.count:
		l.confidence = min(l.confidence+1, 15)
	case known:
		l.count, l.confidence = 0, 0
	default:
		l.count, l.confidence = length, 0
	}
	l.now = 0
}

// vote is one counter of the corrector.
type vote struct {
	key       [4]int
	component int
}

// counter is its value; at first the corrector agrees with TAGE, or is of two
// minds.
func (n *naiveSCL) counter(v vote) int {
	if c, ok := n.counters[v.key]; ok {
		return c
	}
	if v.component < 0 {
		return []int{-8, 7, -1, 0}[v.key[2]%4]
	}
	return v.key[2]%2 - 1
}

// votes are the counters that a branch looks at.
func (n *naiveSCL) votes(pc isa.Addr, o naiveOpinion, low, tage bool) (votes []vote) {
	a, said, weak := uint64(pc)/2, uint64(0), uint64(0)
	if tage {
		said = 1
	}
	if low && o.provided != o.alternate {
		weak = 1
	}
	for i, index := range []uint64{
		(a^a/4)*4 + weak*2 + said,
		(a^a>>(n.spec.bias-2))*4 + weak*2 + said,
		(uint64(o.provider+1)^a*16)*4 + weak*2 + said,
	} {
		votes = append(votes, vote{[4]int{-1, i, int(index % (1 << n.spec.bias))}, -1})
	}
	for c, k := range n.spec.components {
		h := n.history(k.history, pc)
		for i, length := range k.lengths {
			hash := (h%(1<<length) ^ (a*2^said)<<40 ^ uint64(i)<<37) * fibonacci
			votes = append(votes, vote{[4]int{c, i, int(hash >> (64 - k.bits))}, c})
		}
	}
	return votes
}

// branch predicts a branch and trains with it.
func (n *naiveSCL) branch(s Step) bool {
	o := n.tage.ask(s.PC)
	confidence := 7
	if o.provider >= 0 {
		c := n.tage.entry(o.provider).counter
		confidence = max(2*c+1, -2*c-1)
	} else if b := n.tage.baseCounter(s.PC); b == 1 || b == 2 {
		confidence = 1
	}
	inner := o.believed
	if l, _, _ := n.findLoop(s.PC); l != nil && n.trust >= 0 {
		if taken, sure := l.predict(); sure {
			inner = taken
		}
	}
	votes := n.votes(s.PC, o, confidence < 5, inner)
	a := int(s.PC) / 2
	mixed := a ^ a/8 ^ a/64
	sums, total, limit := map[int]int{}, 0, n.threshold/8+n.local[mixed%64]
	for _, v := range votes {
		sums[v.component] += 2*n.counter(v) + 1
	}
	for c, sum := range sums {
		total += sum
		if n.weights[[2]int{c, mixed % 8}] >= 0 {
			total += sum
			limit += 12
		}
	}
	limit = max(limit, 0)
	size, said := max(total, -total), total >= 0
	taken := said
	if said != inner {
		switch {
		case confidence == 7 && (size < limit/4 || size < limit/2 && n.high < 0),
			confidence == 5 && size < limit/4 && n.medium < 0:
			taken = inner
		}
	}
	n.trainLoop(s.PC, s.Taken, o.believed)
	if said != inner && confidence == 7 && size >= limit/4 && size < limit/2 {
		n.high = toward(n.high, said == s.Taken, -64, 63)
	}
	if said != inner && confidence == 5 && size < limit/4 {
		n.medium = toward(n.medium, said == s.Taken, -64, 63)
	}
	if said != s.Taken || size < limit {
		n.threshold = toward(n.threshold, said != s.Taken, 0, 4095)
		n.local[mixed%64] = toward(n.local[mixed%64], said != s.Taken, -128, 127)
		for c, sum := range sums {
			w := [2]int{c, mixed % 8}
			once := total
			if n.weights[w] >= 0 {
				once -= sum
			}
			if (once+sum >= 0) != (once >= 0) {
				n.weights[w] = toward(n.weights[w], (sum >= 0) == s.Taken, -32, 31)
			}
		}
		for _, v := range votes {
			n.counters[v.key] = toward(n.counter(v), s.Taken, -32, 31)
		}
	}
	n.tage.train2016(o, s.PC, s.Taken, taken == s.Taken)
	return taken
}

func TestTageSCLIsItsModel(t *testing.T) {
	for _, size := range []string{"8", "64"} {
		t.Run(size, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d := newDirection(t, "tage-sc-l:size="+size).(*tageSCL)
				m := newNaiveSCL(sclSpecs[size])
				n := 150
				if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
					n = 600
				}
				follow(t, d, walk(t), n, func(s Step) (taken bool) {
					if s.Control == isa.CondBranch {
						taken = m.branch(s)
					}
					m.tage.path = append(m.tage.path, s)
					return taken
				})
			})
		})
	}
}

// The loop predictor alone: a loop of any constant length is learned, counted
// at fetch however late it commits, and taken up again after wrong paths.
func TestLoopPredictor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := newLoopPredictor(2, testShape)
		if err != nil {
			t.Fatal(err)
		}
		length, late := rapid.IntRange(3, 300).Draw(t, "length"), rapid.IntRange(0, 20).Draw(t, "late")
		body := rapid.Bool().Draw(t, "body")
		random := lfsr(rapid.Uint32Range(1, 1<<31).Draw(t, "seed"))
		var flight []bool
		wrong, asked := 0, 0
		const pc = 0x1234
		for range 40 + late {
			for i := range length {
				taken := body != (i == length-1)
				e, _, _ := l.find(0, pc)
				if said, sure := l.predict(e, l.fetched[0]); sure {
					asked++
					if said != taken {
						wrong++
					}
				}
				l.step(e, l.fetched[0], taken)
				if flight = append(flight, taken); len(flight) > late {
					// Without the loop predictor the exit is mispredicted.
					l.train(0, pc, flight[0], body, &random)
					flight = flight[1:]
				}
			}
		}
		if asked == 0 {
			t.Skip("no entry")
		}
		if wrong > 0 {
			t.Fatalf("%d of %d predictions of a loop of %d are wrong", wrong, asked, length)
		}
	})
}
