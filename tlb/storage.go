package tlb

import (
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/storage"
)

// Widths of what an entry holds, as the RISC-V privileged architecture has
// them for Sv48.
const (
	validWidth     = 1
	frameWidth     = storage.PhysicalAddress - storage.Page
	attributeWidth = 7 // R W X U G A D
	levelWidth     = 2 // of a page table
)

// Storage lists what address translation costs for a number of contexts, each
// structure named by the path of its specification: the TLBs, the misses that
// they have outstanding, the walks, and the levels of the walk cache. The
// specification is a valid one.
//
// An entry of a TLB has a valid bit, tag, address space, frame, attributes, the
// page's size where an array has both, and its place in the order of use of its
// set. Address spaces tell threads apart, which a single thread's switches need
// as well; thread tags are only needed to count what each of them has, for caps.
// Ways and sets of threads cost logic, but no bits. A miss has a valid bit, a page,
// its address space and the thread, a walk besides the level of the table that it
// reads, and its frame.
func (s *Spec) Storage(contexts int) []storage.Structure {
	var out []storage.Structure
	add := func(name string, entries int, width, tag uint64) {
		if entries > 0 {
			out = append(out, storage.Structure{Name: name, Cost: storage.Entries(entries, validWidth+storage.AddressSpace+width, tag)})
		}
	}
	thread := storage.Width(contexts)
	array := func(name string, entries, ways, tag, data int, sharing string) {
		if entries == 0 {
			return
		}
		index := bits.Len(uint(entries/ways)) - 1 // whole bits that the set's number tells
		owner := uint64(0)
		if rule, err := parseSharing(sharing); err == nil && rule.kind == cappedWays {
			owner = thread
		}
		add(name, entries, uint64(tag-index+data)+storage.Width(ways), owner)
	}
	level := func(name string, entries, ways int, large Large, sharing string) {
		size := 1
		if large.Entries > 0 {
			size = 0
		}
		array(name, entries, ways, vpnBits+size, frameWidth+attributeWidth, sharing)
		array(name+".large", large.Entries, large.Ways, vpnBits-indexBits, frameWidth-indexBits+attributeWidth, sharing)
	}
	level("i", s.I.Entries, s.I.Ways, s.I.Large, s.I.Sharing)
	add("i.misses", s.I.Misses, vpnBits, thread)
	level("d", s.D.Entries, s.D.Ways, s.D.Large, s.D.Sharing)
	add("d.misses", s.D.Misses, vpnBits, thread)
	level("l2", s.L2.Entries, s.L2.Ways, s.L2.Large, s.L2.Sharing)
	add("walker.walks", s.Walker.Walks, vpnBits+levelWidth+frameWidth, thread)
	for i, entries := range s.Walker.Cache.entries() {
		array(fmt.Sprintf("walker.cache.level%d", i), entries, entries, vpnBits-i*indexBits, frameWidth, s.Walker.Cache.Sharing)
	}
	return out
}
