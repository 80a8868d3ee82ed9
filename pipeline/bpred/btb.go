package bpred

import (
	"github.com/threadmill-sim/threadmill/internal/storage"
	"github.com/threadmill-sim/threadmill/isa"
)

// btb is one level of the branch target buffer: the last target of each taken
// transfer. Entries carry the context that wrote them (Tullsen et al., ISCA
// 1996), for two programs may have different code at one address, unless the
// buffer is shared. A set is ordered from the most to the least recently
// committed entry.
//
// Both levels are written at commit: what leaves the first is still in the
// second, if that is larger, and comes back when it is committed again. Nothing
// moves when a target is looked up, so wrong paths leave no trace; hardware
// moves entries up when fetch finds them.
type btb struct {
	entries []btbEntry // ways of a set are neighbours
	ways    int
	sets    partition
	tagged  bool
	threads int
}

type btbEntry struct {
	key    uint64 // 0: empty
	target isa.Addr
}

func newBTB(entries, ways int, s Shape) (btb, error) {
	if entries == 0 {
		return btb{}, nil
	}
	b := btb{
		entries: make([]btbEntry, entries),
		ways:    ways,
		tagged:  s.Sharing == Tagged,
		threads: s.Contexts,
	}
	s.Sharing = splitOrShared(s.Sharing) // the key knows the thread when it is to be tagged
	var err error
	b.sets, err = s.partition(log2Ceil(entries / ways))
	return b, err
}

// branchKey names a branch of a context. User addresses leave the upper bits
// free; the top one tells every key from an empty entry.
func branchKey(t isa.Context, pc isa.Addr) uint64 {
	return pcBits(pc) ^ uint64(t)<<57 | 1<<63
}

func (b *btb) find(t isa.Context, pc isa.Addr) (set []btbEntry, key uint64) {
	i := int(b.sets.index(t, pcBits(pc))) * b.ways
	if !b.tagged {
		t = 0
	}
	return b.entries[i : i+b.ways], branchKey(t, pc)
}

// lookup changes nothing: wrong paths leave no trace in the replacement order.
func (b *btb) lookup(t isa.Context, pc isa.Addr) (isa.Addr, bool) {
	if b.ways == 0 {
		return 0, false
	}
	set, key := b.find(t, pc)
	for _, e := range set {
		if e.key == key {
			return e.target, true
		}
	}
	return 0, false
}

// train makes the transfer the most recent of its set.
func (b *btb) train(t isa.Context, pc, target isa.Addr) {
	if b.ways == 0 {
		return
	}
	set, key := b.find(t, pc)
	i := 0
	for i < len(set)-1 && set[i].key != key {
		i++
	}
	copy(set[1:i+1], set[:i])
	set[0] = btbEntry{key, target}
}

// storage counts a tag of 16 bits, a target and the order within a set, as
// hardware would have them.
func (b *btb) storage() Storage {
	const tag = 16
	thread := uint64(0)
	if b.tagged {
		thread = storage.Width(b.threads)
	}
	return storage.Entries(len(b.entries), tag+storage.PC+storage.Width(b.ways), thread)
}
