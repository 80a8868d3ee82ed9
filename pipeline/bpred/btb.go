package bpred

import "github.com/threadmill-sim/threadmill/isa"

// btb is the branch target buffer: the last target of each taken transfer.
// Entries carry the context that wrote them (Tullsen et al., ISCA 1996), for
// two programs may have different code at one address. A set is ordered from
// the most to the least recently committed entry.
type btb struct {
	entries []btbEntry // ways of a set are neighbours
	ways    int
	mask    uint64 // sets - 1
}

type btbEntry struct {
	key    uint64 // 0: empty
	target isa.Addr
}

func newBTB(s BTBSpec) btb {
	if s.Entries == 0 {
		return btb{}
	}
	return btb{
		entries: make([]btbEntry, s.Entries),
		ways:    s.Ways,
		mask:    uint64(s.Entries/s.Ways) - 1,
	}
}

// branchKey names a branch of a context. User addresses leave the upper bits
// free; the top one tells every key from an empty entry.
func branchKey(t isa.Context, pc isa.Addr) uint64 {
	return pcBits(pc) ^ uint64(t)<<57 | 1<<63
}

func (b *btb) set(pc isa.Addr) []btbEntry {
	i := int(pcBits(pc)&b.mask) * b.ways
	return b.entries[i : i+b.ways]
}

// lookup changes nothing: wrong paths leave no trace in the replacement order.
func (b *btb) lookup(t isa.Context, pc isa.Addr) (isa.Addr, bool) {
	if b.ways == 0 {
		return 0, false
	}
	key := branchKey(t, pc)
	for _, e := range b.set(pc) {
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
	key, set := branchKey(t, pc), b.set(pc)
	i := 0
	for i < len(set)-1 && set[i].key != key {
		i++
	}
	copy(set[1:i+1], set[:i])
	set[0] = btbEntry{key, target}
}
