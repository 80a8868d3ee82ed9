package bpred

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// naiveTage is TAGE by the rules of 2006 or, with champ, of 2016.
type naiveTage struct {
	spec    tageSpec
	base    map[uint64]int // 0 … 3; absent: 1
	tables  []map[uint64]*naiveEntry
	useAlt  map[int]int
	path    []Step
	random  lfsr
	ticks   int
	clear   int // the column of useful counters that goes next: 2, 1, 2 …
	indexes []uint64
	tags    []uint64
}

type naiveEntry struct{ tag, counter, useful int }

func newNaiveTage(spec tageSpec) *naiveTage {
	n := &naiveTage{spec: spec, base: map[uint64]int{}, useAlt: map[int]int{}, random: 1, clear: 2}
	for range spec.lengths {
		n.tables = append(n.tables, map[uint64]*naiveEntry{})
	}
	return n
}

// sequences are outcome and path history, oldest bit first.
func (n *naiveTage) sequences() (bits, path []uint64) {
	for _, s := range n.path {
		a, per := uint64(s.PC)/2, n.spec.per
		taken := uint64(0)
		if s.Taken {
			taken = 1
		}
		b, p := taken, a
		if per > 1 {
			b, p = taken^a^a/4, a^a/4^a/16
			if s.Control == isa.IndirectJump || s.Control == isa.IndirectCall || s.Control == isa.Return {
				h := uint64(s.Target) / 2 * fibonacci
				b, p = b^h>>60, p^h>>56
			}
		}
		for i := per - 1; i >= 0; i-- {
			bits, path = append(bits, b>>i&1), append(path, p>>i&1)
		}
	}
	return bits, path
}

func (n *naiveTage) entry(i int) *naiveEntry {
	e := n.tables[i][n.indexes[i]]
	if e == nil {
		e = &naiveEntry{tag: -1}
		n.tables[i][n.indexes[i]] = e
	}
	return e
}

// hits are the tables with an entry, longest first.
func (n *naiveTage) hits(pc isa.Addr) (hits []int) {
	bits, path := n.sequences()
	a := uint64(pc) / 2
	n.indexes, n.tags = nil, nil
	for i, transfers := range n.spec.lengths {
		length := transfers * n.spec.per
		near := uint64(0)
		for j := 0; j < length && j < int(n.spec.path) && j < len(path); j++ {
			near |= path[len(path)-1-j] << j
		}
		width := n.spec.bits
		index := a ^ a>>(1+i%4) ^ uint64(foldOf(bits, length, width)) ^ (near*32|uint64(i))*fibonacci>>(64-width)
		tag := a ^ uint64(foldOf(bits, length, n.spec.tags[i])) ^ 2*uint64(foldOf(bits, length, n.spec.tags[i]-1))
		n.indexes = append(n.indexes, index%(1<<width))
		n.tags = append(n.tags, tag%(1<<n.spec.tags[i]))
		if n.entry(i).tag == int(n.tags[i]) {
			hits = append([]int{i}, hits...)
		}
	}
	return hits
}

func (n *naiveTage) baseIndex(pc isa.Addr) uint64 { return uint64(pc) / 2 % (1 << n.spec.base) }

func (n *naiveTage) baseCounter(pc isa.Addr) int {
	if c, ok := n.base[n.baseIndex(pc)]; ok {
		return c
	}
	return 1
}

func weak(counter int) bool { return counter == 0 || counter == -1 }

// naiveOpinion is what a lookup finds.
type naiveOpinion struct {
	provider, alt, class                int
	provided, alternate, believed, weak bool
}

func (n *naiveTage) ask(pc isa.Addr) (o naiveOpinion) {
	o.provider, o.alt = -1, -1
	hits := n.hits(pc)
	o.alternate = n.baseCounter(pc) >= 2
	o.provided = o.alternate
	o.believed = o.alternate
	if len(hits) == 0 {
		return o
	}
	o.provider = hits[0]
	if len(hits) > 1 {
		o.alt = hits[1]
		o.alternate = n.entry(o.alt).counter >= 0
	}
	e := n.entry(o.provider)
	o.provided = e.counter >= 0
	o.weak = weak(e.counter) && (n.spec.champ || e.useful == 0)
	if n.spec.champ {
		o.class = o.provider / 4 * 2
		if o.alt >= 0 {
			o.class++
		}
	}
	o.believed = o.provided
	if o.weak && n.useAlt[o.class] >= 0 {
		o.believed = o.alternate
	}
	return o
}

// toward moves a counter within its bounds.
func toward(c int, up bool, least, most int) int {
	if up {
		return min(c+1, most)
	}
	return max(c-1, least)
}

func (n *naiveTage) allocate(i int, taken bool) {
	e := n.entry(i)
	*e = naiveEntry{tag: int(n.tags[i])}
	if !taken {
		e.counter = -1
	}
}

func (n *naiveTage) trainBase(pc isa.Addr, taken bool) {
	n.base[n.baseIndex(pc)] = toward(n.baseCounter(pc), taken, 0, 3)
}

func (n *naiveTage) trainAlternate(o naiveOpinion, pc isa.Addr, taken bool) {
	if o.alt >= 0 {
		n.entry(o.alt).counter = toward(n.entry(o.alt).counter, taken, -4, 3)
	} else {
		n.trainBase(pc, taken)
	}
}

// train2006 trains with the branch that was asked for.
func (n *naiveTage) train2006(o naiveOpinion, pc isa.Addr, taken bool) {
	if o.provider >= 0 && o.weak && o.provided != o.alternate {
		n.useAlt[0] = toward(n.useAlt[0], o.alternate == taken, -8, 7)
	}
	if o.believed != taken {
		var free []int
		for i := o.provider + 1; i < len(n.tables); i++ {
			if n.entry(i).useful == 0 {
				free = append(free, i)
			}
		}
		for k := 0; k < len(free); k++ {
			if k == len(free)-1 || n.random.next()%2 == 1 {
				n.allocate(free[k], taken)
				break
			}
		}
		if len(free) == 0 {
			for i := o.provider + 1; i < len(n.tables); i++ {
				n.entry(i).useful--
			}
		}
	}
	if o.provider < 0 {
		n.trainBase(pc, taken)
	} else {
		e := n.entry(o.provider)
		if e.useful == 0 {
			n.trainAlternate(o, pc, taken)
		}
		e.counter = toward(e.counter, taken, -4, 3)
		if o.provided != o.alternate {
			e.useful = toward(e.useful, o.provided == taken, 0, 3)
		}
	}
	if n.ticks++; n.ticks%forgetEvery == 0 {
		for _, table := range n.tables {
			for _, e := range table {
				e.useful &^= n.clear
			}
		}
		n.clear ^= 3
	}
}

// train2016 trains TAGE as a part of TAGE-SC-L; right says that the whole was.
func (n *naiveTage) train2016(o naiveOpinion, pc isa.Addr, taken, right bool) {
	allocate := o.believed != taken && o.provider < len(n.tables)-1 && !(o.weak && o.provided == taken)
	if o.provider >= 0 && o.weak && o.provided != o.alternate {
		n.useAlt[o.class] = toward(n.useAlt[o.class], o.alternate == taken, -16, 15)
	}
	if right && n.random.next()%32 != 0 {
		allocate = false
	}
	if allocate {
		i, made := o.provider+1, 0
		if n.random.next()%128 < 32 {
			i++
		}
		for i < len(n.tables) && made < 2 {
			switch e := n.entry(i); {
			case e.useful > 0:
				n.ticks++
			case weak(e.counter) || e.counter == 1 || e.counter == -2:
				n.allocate(i, taken)
				n.ticks = max(0, n.ticks-2)
				made++
				i++
			case e.counter > 0:
				e.counter--
			default:
				e.counter++
			}
			i++
		}
		if n.ticks >= forgetAt {
			n.ticks = 0
			for _, table := range n.tables {
				for _, e := range table {
					e.useful = 0
				}
			}
		}
	}
	if o.provider < 0 {
		n.trainBase(pc, taken)
		return
	}
	e := n.entry(o.provider)
	if o.weak && o.provided != taken {
		n.trainAlternate(o, pc, taken)
	}
	e.counter = toward(e.counter, taken, -4, 3)
	if weak(e.counter) {
		e.useful = 0
	}
	if o.provided == taken {
		if o.provided != o.alternate {
			e.useful = 1
		} else if o.alt >= 0 && (n.entry(o.alt).counter == 3 || n.entry(o.alt).counter == -4) {
			e.useful = 0
		}
	}
}

func TestTageIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDirection(t, "tage:tables=4,bits=4,base=3,tag=5,min=2,max=30").(*tage2006)
		m := newNaiveTage(d.spec)
		follow(t, d, walk(t), 400, func(s Step) (taken bool) {
			if s.Control == isa.CondBranch {
				o := m.ask(s.PC)
				taken = o.believed
				m.train2006(o, s.PC, s.Taken)
			}
			m.path = append(m.path, s)
			return taken
		})
	})
}

// The useful counters are cleared one column after the other.
func TestTageForgets(t *testing.T) {
	d := newDirection(t, "tage:tables=1,bits=4,base=3").(*tage2006)
	for _, want := range []uint8{1, 2} {
		d.beside[0].tick, d.entries[5].useful = forgetEvery-1, 3
		d.Train(0, 0x1000, 0, 0, true)
		if got := d.entries[5].useful; got != want {
			t.Errorf("useful %d, want %d", got, want)
		}
	}
}
