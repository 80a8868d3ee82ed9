package bpred

import (
	"errors"

	"github.com/threadmill-sim/threadmill/isa"
)

// corrector is the statistical corrector of TAGE-SC-L: TAGE is good where a
// branch follows from its path and bad where it merely leans to one side. The
// corrector is a sum of counters, indexed by short global, path, local and
// loop histories and by what TAGE said; if it is decided enough, it overrules
// TAGE.
type corrector struct {
	bias       [3][]int8
	biasParts  partition // of what has the same word of TAGE
	biasBits   uint8
	components []component
	tables     []correctorTable // of the components, one after the other
	counters   []int8           // of the tables, one after the other

	beside []correctorRegisters // by owner of the tables

	// What it said of the branch that was looked up last.
	biasIndex [3]uint64
	biasSum   int
	sums      [maxComponents]int // of the components
	total     int
	limit     int
}

// correctorRegisters are beside the tables.
type correctorRegisters struct {
	threshold int                   // eight times what the sum must reach to be left alone
	local     [correctorGroups]int8 // … and by address
	bias      trust                 // in the sum of the bias tables
	trust     [maxComponents]trust  // … of each component
	medium    int8                  // at least 0: a weak sum may overrule a TAGE of medium confidence
	high      int8                  // … of high confidence, at half the threshold
}

// trust says by address whether a part of the sum counts twice: if at least 0.
type trust [correctorGroups / 8]int8

// component are the tables of one kind of history, of several lengths of it.
type component struct {
	history historyKind
	tables  int
}

// correctorTable is one of them.
type correctorTable struct {
	recent uint64 // mask of the history that it looks at
	number uint64 // in the component, where the hash wants it
	shift  uint8
	first  int // of its counters
	part   partition
}

// correctorPlaces is where a branch that comes after a certain path has its
// counters in the tables, if what TAGE says of it is taken.
type correctorPlaces struct {
	taken   bool
	counter [maxCorrectorTables]uint16
}

// historyKind is which history a component looks at.
type historyKind uint8

const (
	backwardHistory historyKind = iota // outcomes of backward branches: which loops were taken
	pathHistory
	localHistory1 // of the branch itself, of three sizes
	localHistory2
	localHistory3
	iterationCount   // IMLI-SIC: which iteration of the innermost loop it is
	iterationHistory // outcomes in the same iteration of earlier executions
	numHistories
)

const (
	correctorCounter   = 6 // width of the counters
	correctorGroups    = 64
	maxComponents      = 8
	maxCorrectorTables = 3 * maxComponents
	thresholdBits      = 12
	trustBits          = 6
	confidenceBits     = 7
)

// initialBias agrees with TAGE: not taken, taken, and both with less confidence.
var initialBias = [4]int8{-8, 7, -1, 0}

// componentSpec is the size of a component.
type componentSpec struct {
	history historyKind
	bits    int
	lengths []uint8
}

func newCorrector(biasBits int, components []componentSpec, s Shape) (corrector, error) {
	part, err := s.partition(biasBits - 2)
	errs := []error{err}
	c := corrector{biasParts: part, biasBits: uint8(biasBits), beside: make([]correctorRegisters, part.owners())}
	for i := range c.beside {
		c.beside[i].threshold = 35 << 3
	}
	for i := range c.bias {
		c.bias[i] = make([]int8, 1<<biasBits)
		for j := range c.bias[i] {
			c.bias[i][j] = initialBias[j&3]
		}
	}
	for _, spec := range components {
		part, err := s.partition(spec.bits)
		errs = append(errs, err)
		c.components = append(c.components, component{spec.history, len(spec.lengths)})
		for i, n := range spec.lengths {
			c.tables = append(c.tables, correctorTable{
				recent: 1<<n - 1,
				number: uint64(i) << 37,
				shift:  uint8(64 - spec.bits),
				first:  len(c.counters),
				part:   part,
			})
			for j := range 1 << spec.bits {
				c.counters = append(c.counters, int8(j&1)-1) // as many lean one way as the other
			}
		}
	}
	return c, errors.Join(errs...)
}

// group is which of n counters by address a branch has.
func group(pc isa.Addr, n uint64) uint64 {
	a := pcBits(pc)
	return (a ^ a>>3 ^ a>>6) & (n - 1)
}

// locate finds the counters of a branch after the given histories, when TAGE
// says taken or not.
func (c *corrector) locate(t isa.Context, pc isa.Addr, histories *[numHistories]uint64, taken bool, places *correctorPlaces) {
	places.taken = taken
	address := pcBits(pc) << 1
	if taken {
		address ^= 1
	}
	next := 0
	for _, k := range c.components {
		history := histories[k.history]
		for range k.tables {
			table := &c.tables[next]
			hash := (history&table.recent ^ address<<40 ^ table.number) * fibonacci >> (table.shift & 63)
			places.counter[next] = uint16(table.first + int(table.part.index(t, hash)))
			next++
		}
	}
}

// ask sums up what the counters at the places say of a branch, when TAGE says
// tage with the confidence of found.
func (c *corrector) ask(t isa.Context, pc isa.Addr, places *correctorPlaces, f *tageLookup, confidence int, tage bool) {
	address := pcBits(pc)
	said := uint64(0)
	if tage {
		said = 1
	}
	weak, where := uint64(0), uint64(f.provider+1)
	if confidence < 5 && f.provided != f.altTaken {
		weak = 1
	}
	// The last two bits are TAGE's word, which the counters begin with.
	word := weak<<1 | said
	c.biasIndex = [3]uint64{
		c.biasParts.index(t, address^address>>2)<<2 | word,
		c.biasParts.index(t, address^address>>(c.biasBits-2))<<2 | word,
		c.biasParts.index(t, where^address<<4)<<2 | word,
	}
	c.biasSum = 0
	for i, table := range c.bias {
		c.biasSum += 2*int(table[c.biasIndex[i]]) + 1
	}
	g := group(pc, correctorGroups/8)
	c.total = c.biasSum
	r := &c.beside[c.biasParts.owner(t)]
	c.limit = r.threshold>>3 + int(r.local[group(pc, correctorGroups)])
	if r.bias[g] >= 0 {
		c.total += c.biasSum
		c.limit += 12
	}
	next := 0
	for i, k := range c.components {
		sum := k.tables
		for range k.tables {
			sum += 2 * int(c.counters[places.counter[next]])
			next++
		}
		c.sums[i] = sum
		// Without a branch that the host could not foresee: twice, if trusted.
		distrust := int(r.trust[i][g] >> 7)
		c.total += sum + sum&^distrust
		c.limit += 12 &^ distrust
	}
	c.limit = max(c.limit, 0)
}

// decide is the prediction after all.
func (c *corrector) decide(t isa.Context, confidence int, tage bool) bool {
	said, size := c.total >= 0, max(c.total, -c.total)
	if said == tage {
		return tage
	}
	r := &c.beside[c.biasParts.owner(t)]
	switch {
	case confidence == 7 && size < c.limit/4, confidence == 7 && size < c.limit/2 && r.high < 0,
		confidence == 5 && size < c.limit/4 && r.medium < 0:
		return tage
	}
	return said
}

// train is told where the branch that has just been asked for went.
func (c *corrector) train(t isa.Context, pc isa.Addr, places *correctorPlaces, confidence int, tage, taken bool) {
	said, size := c.total >= 0, max(c.total, -c.total)
	r := &c.beside[c.biasParts.owner(t)]
	if said != tage {
		switch {
		case confidence == 7 && size < c.limit/2 && size >= c.limit/4:
			r.high = saturate(r.high, said == taken, confidenceBits)
		case confidence == 5 && size < c.limit/4:
			r.medium = saturate(r.medium, said == taken, confidenceBits)
		}
	}
	if said == taken && size >= c.limit {
		return
	}
	local := &r.local[group(pc, correctorGroups)]
	if said != taken {
		r.threshold = min(r.threshold+1, 1<<thresholdBits-1)
	} else {
		r.threshold = max(r.threshold-1, 0)
	}
	*local = saturate(*local, said != taken, 8)
	g := group(pc, correctorGroups/8)
	judge(&r.bias[g], c.total, c.biasSum, taken)
	for i, table := range c.bias {
		n := &table[c.biasIndex[i]]
		*n = saturate(*n, taken, correctorCounter)
	}
	for i := range c.components {
		judge(&r.trust[i][g], c.total, c.sums[i], taken)
	}
	for i := range c.tables {
		n := &c.counters[places.counter[i]]
		*n = saturate(*n, taken, correctorCounter)
	}
}

// judge learns whether a part of the sum should count twice: from branches on
// which that decides the sign.
func judge(trust *int8, total, part int, taken bool) {
	without := total
	if *trust >= 0 {
		without -= part
	}
	if (without+part >= 0) != (without >= 0) {
		*trust = saturate(*trust, part >= 0 == taken, trustBits)
	}
}

func (c *corrector) storage() Storage {
	bits := uint64(0)
	for _, table := range c.bias {
		bits += correctorCounter * uint64(len(table))
	}
	bits += correctorCounter * uint64(len(c.counters))
	parts := len(c.components) + 1
	beside := trustBits*parts*correctorGroups/8 + thresholdBits + 8*correctorGroups + 2*confidenceBits
	return Storage{Tables: bits}.Plus(c.biasParts.beside(beside))
}
