package memdep

import (
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// storeSets are those of Chrysos and Emer, ISCA 1998: the set of a load is the
// stores that it has been found to depend on. A table by instruction address
// (SSIT) gives loads and stores the identifier of their set, a table by
// identifier (LFST) the last store of the set that was fetched and has not
// been executed. A load waits for that store; a store does too, so the stores of
// a set execute in order and it is enough to wait for the last.
//
// Where this differs from the paper: tables are read at rename, in program
// order, as in the paper's figure, but a waiting load is let go when the store
// has computed its address and not when it has executed altogether, since here
// the load then finds the store in the queue and waits for its data alone. A
// squash leaves the LFST as it is: the store that an entry names is gone, so
// nobody waits for it. Sets merge by the paper's rule, which gives both
// instructions the smaller identifier.
//
// With several threads the paper says nothing. With shared tables, threads find
// each other's sets, which is right for threads of one program; an entry of
// the LFST with another thread's store makes nobody wait. With tagged ones a
// thread does not see the others' entries, but takes their place.
type storeSets struct {
	sets []setID // SSIT: identifier + 1; 0 is none
	tags []uint8 // SSIT: thread of an entry, with tagged tables
	last []lastStore

	split    int // log2 of the parts of both tables
	part     int // log2 of a part of the SSIT
	idPart   int // log2 of a part of the LFST
	interval isa.Cycle
	epoch    isa.Cycle // intervals that had passed when the SSIT was last cleared
}

type setID uint32

// lastStore is an entry of the LFST.
type lastStore struct {
	store Store
	ctx   isa.Context
}

// Who has the entries of the tables.
const (
	sharedTables = "shared"
	taggedTables = "tagged"
	splitTables  = "split"
)

var _ Predictor = (*storeSets)(nil)

func newStoreSets(args catalog.Args, contexts int) (Policy, error) {
	ssit, lfst := args.Int("ssit"), args.Int("lfst")
	for _, p := range []struct {
		name string
		n    int
	}{{"ssit", ssit}, {"lfst", lfst}} {
		if p.n&(p.n-1) != 0 {
			return Policy{}, fmt.Errorf("store-sets: %s=%d is no power of two", p.name, p.n)
		}
	}
	tables := args.Choice("tables")
	if split := log2(contexts); tables == splitTables && min(ssit, lfst)>>split == 0 {
		return Policy{}, fmt.Errorf("store-sets: ssit=%d and lfst=%d leave each of %d threads no entry with tables=split", ssit, lfst, contexts)
	}
	return Policy{Wait: WaitPredicted, build: func() Predictor {
		s := &storeSets{
			sets: make([]setID, ssit), last: make([]lastStore, lfst),
			interval: isa.Cycle(args.Int("clear")),
		}
		switch tables {
		case taggedTables:
			s.tags = make([]uint8, ssit)
		case splitTables:
			s.split = log2(contexts)
		}
		s.part, s.idPart = log2(ssit)-s.split, log2(lfst)-s.split
		return s
	}}, nil
}

// log2 is the least k with 1<<k not below n.
func log2(n int) int { return bits.Len(uint(n - 1)) }

// Load implements Predictor.
func (s *storeSets) Load(now isa.Cycle, ctx isa.Context, pc isa.Addr) Store {
	s.clear(now)
	if id := s.set(ctx, pc); id != 0 {
		if l := s.last[id-1]; l.ctx == ctx {
			return l.store
		}
	}
	return 0
}

// Store implements Predictor.
func (s *storeSets) Store(now isa.Cycle, ctx isa.Context, pc isa.Addr, self Store) Store {
	before := s.Load(now, ctx, pc)
	if id := s.set(ctx, pc); id != 0 {
		s.last[id-1] = lastStore{self, ctx}
	}
	return before
}

// Known implements Predictor: the store is no longer one to wait for.
func (s *storeSets) Known(now isa.Cycle, ctx isa.Context, pc isa.Addr, self Store) {
	s.clear(now)
	if id := s.set(ctx, pc); id != 0 && s.last[id-1].store == self {
		s.last[id-1] = lastStore{}
	}
}

// Violated implements Predictor: both instructions go into one set.
func (s *storeSets) Violated(now isa.Cycle, ctx isa.Context, load, store isa.Addr) {
	s.clear(now)
	id := s.set(ctx, load)
	if other := s.set(ctx, store); id == 0 || other != 0 && other < id {
		id = other
	}
	if id == 0 {
		id = s.fresh(ctx, load)
	}
	for _, pc := range []isa.Addr{load, store} {
		i := s.index(ctx, pc)
		s.sets[i] = id
		if s.tags != nil {
			s.tags[i] = uint8(ctx)
		}
	}
}

// fresh is the identifier of a new set: a hash of the load's address, as there
// is no list of free ones.
func (s *storeSets) fresh(ctx isa.Context, load isa.Addr) setID {
	return setID(s.place(ctx, load, s.idPart)) + 1
}

// set is the identifier + 1 of the set of the instruction at pc, 0 if it has
// none.
func (s *storeSets) set(ctx isa.Context, pc isa.Addr) setID {
	i := s.index(ctx, pc)
	if s.tags != nil && s.tags[i] != uint8(ctx) {
		return 0
	}
	return s.sets[i]
}

func (s *storeSets) index(ctx isa.Context, pc isa.Addr) int { return s.place(ctx, pc, s.part) }

// place is an index of 1<<width entries for pc, in its thread's part of a
// table. Instructions that are less than so many half-words apart do not meet.
func (s *storeSets) place(ctx isa.Context, pc isa.Addr, width int) int {
	i := int(pc>>1) & (1<<width - 1)
	if s.split > 0 {
		i |= int(ctx) << width
	}
	return i
}

// clear forgets all sets when an interval has ended since the last time, so
// that dependences that are no more do not hold loads back for ever. It depends
// on the cycle alone, not on how often it is called.
func (s *storeSets) clear(now isa.Cycle) {
	if s.interval == 0 || now/s.interval == s.epoch {
		return
	}
	s.epoch = now / s.interval
	clear(s.sets)
}
