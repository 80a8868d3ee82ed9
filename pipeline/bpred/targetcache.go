package bpred

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/storage"
	"github.com/threadmill-sim/threadmill/isa"
)

// targetCache is a tagged target cache (Chang, Hao and Patt, ISCA 1997): it
// remembers the target of an indirect jump or call by its address and the
// targets that the thread's last few indirect transfers had. What always goes
// to one place is left to the BTB: an entry is made only when the last target
// was wrong. Each entry has a little confidence that must be worn down before
// it is replaced.
//
// Tags are whole here, address, history and thread; hardware would keep a few
// bits of them.
type targetCache struct {
	entries []targetEntry
	part    partition
	shift   uint8 // of a 64-bit hash down to an index
	sharing Sharing
	threads int
}

type targetEntry struct {
	key        uint64 // 0: empty
	target     isa.Addr
	confidence uint8
}

var _ Indirect = (*targetCache)(nil)

// The history of targets is this many bits of each, so many of them.
const (
	targetBits    = 5
	maxConfidence = 3
)

func newTargetCache(a catalog.Args, s Shape) (Indirect, error) {
	entries := a.Int("entries")
	if entries&(entries-1) != 0 {
		return nil, fmt.Errorf("%s: entries=%d is not a power of two", a.Name, entries)
	}
	width := log2Ceil(entries)
	x := &targetCache{
		entries: make([]targetEntry, entries),
		shift:   uint8(64 - width),
		sharing: s.Sharing,
		threads: s.Contexts,
	}
	s.Sharing = splitOrShared(s.Sharing) // the key knows the thread when it is to be tagged
	var err error
	x.part, err = s.partition(width)
	return x, err
}

// splitOrShared is the sharing of a table whose tags are looked after
// otherwise.
func splitOrShared(s Sharing) Sharing {
	if s == Split {
		return Split
	}
	return Shared
}

// nextTargets is the history of targets after one more. The multiplication
// spreads targets that differ in few bits, such as the cases of a switch.
func nextTargets(history uint32, target isa.Addr) uint32 {
	return history<<targetBits ^ uint32(pcBits(target)*fibonacci>>(64-2*targetBits))
}

func (x *targetCache) slot(t isa.Context, pc isa.Addr, history uint32) (*targetEntry, uint64) {
	owner := t
	if x.sharing == Shared {
		owner = 0
	}
	key := (branchKey(owner, pc) ^ uint64(history)<<20) * fibonacci
	// A table of one entry shifts everything out, which Go defines as 0.
	return &x.entries[x.part.index(t, key>>x.shift)], key | 1
}

func (x *targetCache) Predict(t isa.Context, pc isa.Addr, history uint32) (isa.Addr, bool) {
	e, key := x.slot(t, pc, history)
	if e.key != key {
		return 0, false
	}
	return e.target, true
}

func (x *targetCache) Train(t isa.Context, pc isa.Addr, history uint32, target isa.Addr, easy bool) {
	e, key := x.slot(t, pc, history)
	switch {
	case e.key == key && e.target == target:
		e.confidence = min(e.confidence+1, maxConfidence)
	case e.key != key && easy:
	case e.confidence > 0:
		e.confidence--
	default:
		*e = targetEntry{key: key, target: target}
	}
}

func (x *targetCache) Storage() Storage {
	const tag = 16 // what hardware would keep of the key
	thread := uint64(0)
	if x.sharing == Tagged {
		thread = storage.Width(x.threads)
	}
	return storage.Entries(len(x.entries), tag+storage.PC+2, thread).Plus(Storage{PerThread: 32})
}
