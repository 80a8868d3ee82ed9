package tlb

import (
	"fmt"
	"math/bits"
)

// Storage is what one structure costs in bits, without the logic around it.
type Storage struct {
	Name    string // below the path of the TLBs: d, d.large, walker.level1
	Entries int
	Bits    uint64 // in all
	ASIDs   uint64 // … of those, tags of address spaces
	Tags    uint64 // … tags of threads
}

// Widths of what an entry holds, as the RISC-V privileged architecture has
// them for Sv48.
const (
	validWidth     = 1
	asidWidth      = 16
	frameWidth     = 44 // number of a 4 KiB frame of 56 bits of physical address
	attributeWidth = 7  // R W X U G A D
)

// Storage is the cost of each TLB and of each level of the walk cache, for a
// number of contexts: valid bit, tag, address space, frame, attributes, the
// page's size where an array has both, and for each way its age. Address spaces
// tell threads apart; thread tags are only needed to count what each of them
// has, for caps. Ways and sets of threads cost logic, but no bits.
func (s *Spec) Storage(contexts int) []Storage {
	var out []Storage
	add := func(name string, entries, ways, tag, frame int, sharing string) {
		if entries > 0 {
			out = append(out, newStorage(name, entries, ways, tag, frame, sharing, contexts))
		}
	}
	level := func(name string, entries, ways int, large Large, sharing string) {
		size := 1
		if large.Entries > 0 {
			size = 0
		}
		add(name, entries, ways, vpnBits+size, frameWidth+attributeWidth, sharing)
		add(name+".large", large.Entries, large.Ways, vpnBits-indexBits, frameWidth-indexBits+attributeWidth, sharing)
	}
	level("i", s.I.Entries, s.I.Ways, s.I.Large, s.I.Sharing)
	level("d", s.D.Entries, s.D.Ways, s.D.Large, s.D.Sharing)
	level("l2", s.L2.Entries, s.L2.Ways, s.L2.Large, s.L2.Sharing)
	for i, entries := range s.Walker.Cache.entries() {
		add(fmt.Sprintf("walker.level%d", i), entries, entries, vpnBits-i*indexBits, frameWidth, s.Walker.Cache.Sharing)
	}
	return out
}

// newStorage is the cost of an array; tag is the width of a page's number and
// what else identifies it, of which the index of the set is not stored.
func newStorage(name string, entries, ways, tag, data int, text string, contexts int) Storage {
	s := Storage{Name: name, Entries: entries, ASIDs: uint64(entries * asidWidth)}
	if rule, err := parseSharing(text); err == nil && rule.kind == cappedWays {
		s.Tags = uint64(entries * log2Ceil(contexts))
	}
	index := bits.Len(uint(entries/ways)) - 1 // whole bits that the set's number tells
	entry := validWidth + tag - index + data + log2Ceil(ways)
	s.Bits = uint64(entries*entry) + s.ASIDs + s.Tags
	return s
}

// log2Ceil is the least n with 1<<n ≥ x.
func log2Ceil(x int) int { return bits.Len(uint(x - 1)) }
