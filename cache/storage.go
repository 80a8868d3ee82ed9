package cache

import "math/bits"

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
	// Owners is the number of the thread that brought each line in. Statistics
	// need it; the caches, which are looked up by physical address, do not, and
	// neither do partitions, which restrict the thread whose line comes.
	Owners uint64
	// Misses is the line address, a valid bit and the thread of each MSHR.
	Misses uint64
}

// Storage lists what the caches cost when so many threads share them. State of
// replacement policies and prefetchers is not in it.
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
		if newPrefetcher(l.spec, contexts) != nil {
			tag++
		}
		out = append(out, Storage{
			Name:   l.name,
			Data:   uint64(l.spec.Size) * 8,
			Tags:   lines * tag,
			Owners: lines * thread,
			Misses: uint64(l.spec.MSHRs) * (lineAddress + 1 + thread),
		})
	}
	return out
}
