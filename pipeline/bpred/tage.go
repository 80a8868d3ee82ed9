package bpred

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// tage is a bimodal table and tagged tables with longer and longer histories:
// the hit with the longest one provides the prediction, the next one (or the
// bimodal table) is the alternate prediction, which is believed while
// providers that have just been allocated are doing worse. A misprediction
// allocates entries with longer histories, whose useful bits protect those that
// have been better than their alternate.
//
// It is the core of two rows, which differ in how they allocate and forget:
// tage is the predictor of 2006 (one entry, useful counters of 2 bits that are
// cleared by column now and then), tage-sc-l that of the championship of 2016
// (two entries, one useful bit, cleared when allocation fails too often).
//
// Tables are read again at commit, on the committed path, and trained with
// what they say then; that is Seznec's second reading at retirement (CBP-3,
// 2011), always. Where to read is remembered from the prediction.
//
// Tables are plain, each with a bank of its own: the interleaving of banks and
// the two ways of the championship's code are left out, and addresses and path
// are hashed by a multiplication where hardware would use a few exclusive-ors.
type tage struct {
	spec     tageSpec
	base     counters
	basePart partition
	entries  []tageEntry // table after table
	part     partition   // of one table
	history  []longHistory
	places   []tagePlaces    // of the branches in flight: a ring for each context
	window   int             // … of this length
	beside   []tageRegisters // by owner of the tables
	found    tageLookup      // scratch of one prediction or training
}

// tageRegisters are beside the tables.
type tageRegisters struct {
	useAlt [useAltClasses]int8 // at least 0 believes the alternate of a new provider
	random lfsr
	tick   int   // of 2006: branches since the last forgetting; of 2016: failed allocations
	column uint8 // of 2006: which of the useful counters goes next
}

// tageSpec is the size of a TAGE and its variant.
type tageSpec struct {
	lengths []int // of history, in transfers
	bits    int   // log2 of the entries of a tagged table
	base    int   // log2 of the counters of the bimodal table
	tags    []int
	per     int   // bits of history for a transfer
	path    uint8 // bits of path history that take part at most
	champ   bool  // the rules of 2016
}

const (
	maxTageTables = 20
	maxTagWidth   = 15
	tageCounter   = 3 // width of a prediction counter
)

// noTag is that of an entry that has never been allocated.
const noTag = 1 << maxTagWidth

// tageEntry is an entry of a tagged table.
type tageEntry struct {
	tag     uint16
	counter int8
	useful  uint8
}

// tagePlaces is where a branch that comes after a certain path has its entries
// in the tagged tables.
type tagePlaces struct {
	pc    isa.Addr // of the branch; noBranch: none has been looked up since the path came there
	table [maxTageTables]tagePlace
}

type tagePlace struct{ index, tag uint16 }

// noBranch is odd, as no instruction's address is.
const noBranch isa.Addr = 1

// tageLookup is what the tables say of one branch.
type tageLookup struct {
	*tageRegisters        // of the thread
	region         region // … and its part of each table
	places         *tagePlaces
	again          bool // the branch has been looked up after the same path before
	baseIndex      uint64
	provider, alt  int  // tables; -1: the bimodal one
	fresh          bool // the provider has a weak counter: perhaps it has just been allocated
	provided       bool // the provider's prediction
	altTaken       bool
	taken          bool // TAGE's
}

// lfsr is a Galois register of 32 bits, the source of randomness that hardware
// would have.
type lfsr uint32

func (r *lfsr) next() uint32 {
	*r = *r>>1 ^ -(*r&1)&0x80200003
	return uint32(*r)
}

func newTageRow(a catalog.Args, s Shape) (Direction, error) {
	tables, least, most := a.Int("tables"), a.Int("min"), a.Int("max")
	if most < least+tables-1 {
		return nil, fmt.Errorf("%s: histories of %d tables from min=%d on are longer than max=%d", a.Name, tables, least, most)
	}
	spec := tageSpec{lengths: geometric(tables, least, most), bits: a.Int("bits"), base: a.Int("base"), per: 1, path: 16}
	for i := range tables {
		spec.tags = append(spec.tags, min(a.Int("tag")+i/2, maxTagWidth))
	}
	g, err := newTage(spec, s)
	return &tage2006{g}, err
}

func newTage(spec tageSpec, s Shape) (tage, error) {
	basePart, err1 := s.partition(spec.base)
	part, err2 := s.partition(spec.bits)
	g := tage{
		spec:     spec,
		base:     newCounters(spec.base),
		basePart: basePart,
		entries:  make([]tageEntry, len(spec.lengths)<<spec.bits),
		part:     part,
		history:  make([]longHistory, s.Contexts),
		window:   1 << log2Ceil(s.InFlight+1),
		beside:   make([]tageRegisters, part.owners()),
	}
	for i := range g.entries {
		g.entries[i].tag = noTag
	}
	for i := range g.beside {
		g.beside[i].random = 1
	}
	g.places = make([]tagePlaces, s.Contexts*g.window)
	for i := range g.places {
		g.places[i].pc = noBranch
	}
	for t := range g.history {
		g.history[t] = newLongHistory(s, spec.per, spec.lengths, int(spec.path), spec.bits, spec.tags)
	}
	return g, errors.Join(err1, err2)
}

// slot is where in a ring for each context the branch after so many transfers
// is.
func (g *tage) slot(t isa.Context, transfers uint32) int {
	return int(t)*g.window + int(transfers)&(g.window-1)
}

// entry is that of table i for the branch that was looked up.
func (g *tage) entry(i int) *tageEntry {
	return &g.entries[i<<(g.spec.bits&63)+int(g.found.places.table[i].index)]
}

// look reads the tables for the branch at pc after so many transfers, from the
// longest history down to the alternate.
func (g *tage) look(t isa.Context, pc isa.Addr, transfers uint32) *tageLookup {
	f := &g.found
	f.region = g.part.region(t)
	f.tageRegisters = &g.beside[g.part.owner(t)]
	f.places = &g.places[g.slot(t, transfers)]
	f.again = f.places.pc == pc
	if !f.again {
		f.places.pc = pc
		g.locate(t, transfers)
	}
	hits := g.match()
	f.provider = bits.Len32(hits) - 1
	f.alt = bits.Len32(hits&^(1<<(f.provider&31))) - 1
	f.baseIndex = g.basePart.index(t, pcBits(pc))
	f.decide(g)
	return f
}

// match is the set of tables that have an entry of the branch that is being
// looked up. It compares all of them: the host cannot foresee where a search
// would end.
func (g *tage) match() (hits uint32) {
	places, size := g.found.places, uint(g.spec.bits)&63
	for i := range g.spec.lengths {
		hit := uint32(0)
		place := &places.table[i]
		if g.entries[i<<size+int(place.index)].tag == place.tag {
			hit = 1
		}
		hits |= hit << (i & 31)
	}
	return hits
}

// locate finds the places of the branch that is being looked up.
func (g *tage) locate(t isa.Context, transfers uint32) {
	h, f := &g.history[t], &g.found
	address, shift := pcBits(f.places.pc), uint(64-g.spec.bits)&63
	path := h.recentPath(transfers, g.spec.path)
	region, mask := f.region, g.part.mask
	now := h.at(transfers)
	for i := range h.folds {
		fold, place := &h.folds[i], &f.places.table[i]
		before := h.at(transfers - fold.length)
		hash := address ^ address>>(1+i&3) ^ uint64(fold.index.of(now, before)) ^ (path&fold.path<<5|uint64(i))*fibonacci>>shift
		place.index = uint16((hash^region.salt)&mask | region.base)
		place.tag = uint16((uint32(address^region.salt) ^ fold.tagHash(now, before)) & fold.tagMask)
	}
}

// decide makes the prediction of what has been found.
func (f *tageLookup) decide(g *tage) {
	f.altTaken = g.base.taken(f.baseIndex)
	f.provided, f.taken, f.fresh = f.altTaken, f.altTaken, false
	if f.provider < 0 {
		return
	}
	if f.alt >= 0 {
		f.altTaken = g.entry(f.alt).counter >= 0
	}
	e := g.entry(f.provider)
	f.provided = e.counter >= 0
	f.taken = f.provided
	f.fresh = strength(e.counter) == 1 && (g.spec.champ || e.useful == 0)
	if f.fresh && f.useAlt[g.class()] >= 0 {
		f.taken = f.altTaken
	}
}

// tablesPerClass is how many tables of neighbouring lengths share a counter
// that says whether their new entries are to be believed.
const (
	tablesPerClass = 4
	useAltClasses  = 2 * (maxTageTables / tablesPerClass)
)

// class is which counter says whether a fresh provider is believed: the only
// one in 2006; by length, and whether the alternate is tagged, in 2016.
func (g *tage) class() int {
	if !g.spec.champ {
		return 0
	}
	c := g.found.provider / tablesPerClass * 2
	if g.found.alt >= 0 {
		c++
	}
	return c
}

func (g *tage) extend(t isa.Context, s Step) {
	newBits, path := pathBits(s, g.spec.per)
	h := &g.history[t]
	h.fetch(newBits, path)
	g.places[g.slot(t, h.fetched)].pc = noBranch
}

// pathBits are what a transfer adds to outcome and path history, n bits each.
// With one bit it is the outcome, and a bit of the address, as in 2006.
func pathBits(s Step, n int) (bits, path uint64) {
	address := pcBits(s.PC)
	mask := uint64(1)<<n - 1
	if s.Taken {
		bits = 1
	}
	if n == 1 {
		return bits, address & mask
	}
	bits ^= address ^ address>>2
	path = address ^ address>>2 ^ address>>4
	if !s.Control.Direct() {
		// The multiplication spreads targets that differ in few bits, such as
		// the cases of a switch.
		target := pcBits(s.Target) * fibonacci
		bits ^= target >> 60
		path ^= target >> 56
	}
	return bits & mask, path & mask
}

func (g *tage) storage() Storage {
	useful := 2
	if g.spec.champ {
		useful = 1
	}
	s := g.base.storage()
	for _, width := range g.spec.tags {
		s.Tables += uint64(width+tageCounter+useful) << g.spec.bits
	}
	longest := g.spec.lengths[len(g.spec.lengths)-1]
	s.PerThread = uint64(longest*g.spec.per) + uint64(g.spec.path)
	return s
}

// train moves the counters of what was found towards the outcome: the
// provider's, and while that has not proved itself its alternate's.
func (g *tage) train(taken, alternate bool) {
	f := &g.found
	if f.provider < 0 {
		g.base.train(f.baseIndex, taken)
		return
	}
	if alternate {
		if f.alt >= 0 {
			a := g.entry(f.alt)
			a.counter = saturate(a.counter, taken, tageCounter)
		} else {
			g.base.train(f.baseIndex, taken)
		}
	}
	e := g.entry(f.provider)
	e.counter = saturate(e.counter, taken, tageCounter)
}

// judgeFresh learns whether the alternates of new entries are better.
func (g *tage) judgeFresh(taken bool, width uint8) {
	if f := &g.found; f.fresh && f.provided != f.altTaken {
		c := &f.useAlt[g.class()]
		*c = saturate(*c, f.altTaken == taken, width)
	}
}

// keepUseful clears bits of the useful counters of the thread that was looked
// up for.
func (g *tage) keepUseful(bits uint8) {
	for i := range g.spec.lengths {
		first := i<<g.spec.bits + int(g.found.region.base)
		part := g.entries[first : first+int(g.part.mask)+1]
		for j := range part {
			part[j].useful &= bits
		}
	}
}

// allocate makes a new entry of table i for the branch that was looked up.
func (g *tage) allocate(i int, taken bool) {
	e := g.entry(i)
	*e = tageEntry{tag: g.found.places.table[i].tag}
	if !taken {
		e.counter = -1
	}
}
