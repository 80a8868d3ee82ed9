package cache

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/cache/replacement"
	"github.com/threadmill-sim/threadmill/internal/storage"
)

// Storage lists what the caches cost when so many threads share them, each
// named by the path of its specification: the cache itself, and below it its
// MSHRs, its write buffer and its prefetcher, where it has them. The
// specification is a valid one.
//
// A line has its bytes, the address above the set's number, a valid bit, a
// dirty bit where stores stay, a bit for prefetched lines where there is a
// prefetcher, and the state of the replacement policy. Caches are looked up by
// physical address and partitions restrict the thread whose line comes, so who
// has brought a line in need not be kept but for statistics. An MSHR has a line's
// address, a valid bit and the thread, an entry of the write buffer a line's
// address, a valid bit and the bytes of a line, each with a bit that says whether
// it was written.
func (s *Spec) Storage(contexts int) []storage.Structure {
	var out []storage.Structure
	for i, l := range s.levels() {
		lines := int(l.spec.Size) / l.spec.Line
		lineBytes := uint64(l.spec.Line)
		lineAddress := storage.PhysicalAddress - uint64(log2(l.spec.Line))
		sets := lines / l.spec.Ways
		// Of sets that are no power of two a part is looked up by more bits.
		line := 8*lineBytes + lineAddress - uint64(bits.Len(uint(sets))-1) + 1
		if i != l1i && l.spec.Write != WriteThrough {
			line++
		}
		p := newPrefetcher(l.spec, contexts)
		if p != nil {
			line++
		}
		policy := newPolicy(l.spec, replacement.Geometry{Sets: sets, Ways: l.spec.Ways, Contexts: contexts})
		out = append(out,
			storage.Structure{Name: l.name, Cost: storage.Entries(lines, line, 0).Plus(policy.Storage())},
			storage.Structure{Name: l.name + ".mshrs", Cost: storage.Entries(l.spec.MSHRs, lineAddress+1, storage.Width(contexts))},
		)
		if n := l.spec.WriteBuffer; n > 0 {
			out = append(out, storage.Structure{Name: l.name + ".write-buffer", Cost: storage.Entries(n, lineAddress+1+9*lineBytes, 0)})
		}
		if p != nil {
			out = append(out, storage.Structure{Name: l.name + ".prefetcher", Cost: p.Storage()})
		}
	}
	return out
}
