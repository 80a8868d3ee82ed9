package cache

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/cache/replacement"
)

// PhysicalBits is the width of physical addresses that tags are counted for:
// that of x86 parts at the time of writing. The model's own frames are
// numbered more widely, so that no two programs share one.
const PhysicalBits = 48

// Storage is what one cache costs in bits.
type Storage struct {
	Name string // l1i, l1d, l2 …
	Data uint64 // the lines themselves
	// Tags is what finds a line and says what it is: the address above the
	// set's number, a valid bit, a dirty bit where stores stay, and a bit for
	// prefetched lines where there is a prefetcher.
	Tags uint64
	// Misses is the line address, a valid bit and the thread of each MSHR.
	Misses      uint64
	Replacement uint64 // the policy's state, that of all threads included
	Prefetcher  uint64 // the prefetcher's state
	// ThreadTags is what of the above tells threads apart: MSHRs', and those of
	// the prefetcher's entries.
	ThreadTags uint64
	// PerThread is what of the above each thread has for itself.
	PerThread uint64
	// Owners is the number of the thread that brought each line in. Statistics
	// need it; the caches, which are looked up by physical address, do not, and
	// neither do partitions, which restrict the thread whose line comes. It is
	// not in Tags.
	Owners uint64
}

// Storage lists what the caches cost when so many threads share them. The
// specification is a valid one.
func (s *Spec) Storage(contexts int) []Storage {
	thread := uint64(bits.Len(uint(max(contexts, 1) - 1)))
	var out []Storage
	for i, l := range s.levels() {
		lines := uint64(int(l.spec.Size) / l.spec.Line)
		lineAddress := uint64(PhysicalBits - log2(l.spec.Line))
		sets := lines / uint64(l.spec.Ways)
		// Of sets that are no power of two a part is looked up by more bits.
		tag := lineAddress - uint64(bits.Len64(sets)-1) + 1
		if i != l1i && l.spec.Write != WriteThrough {
			tag++
		}
		policy := newPolicy(l.spec, replacement.Geometry{Sets: int(sets), Ways: l.spec.Ways, Contexts: contexts}).Storage()
		mshrs := uint64(l.spec.MSHRs)
		cost := Storage{
			Name:        l.name,
			Data:        uint64(l.spec.Size) * 8,
			Misses:      mshrs * (lineAddress + 1 + thread),
			Replacement: policy.Tables + policy.PerThread*uint64(contexts),
			ThreadTags:  mshrs * thread,
			PerThread:   policy.PerThread,
			Owners:      lines * thread,
		}
		if p := newPrefetcher(l.spec, contexts); p != nil {
			tag++
			tables := p.Storage()
			cost.Prefetcher = tables.Tables
			cost.ThreadTags += tables.Tags
		}
		cost.Tags = lines * tag
		out = append(out, cost)
	}
	return out
}
