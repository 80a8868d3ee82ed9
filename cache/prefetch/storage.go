package prefetch

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/storage"
)

// Storage is what a prefetcher's state costs in hardware.
type Storage = storage.Cost

func (*nextLine) Storage() Storage { return Storage{} }

// Storage has for each entry the part of the PC that its place does not give,
// the thread, the state, the last address, a stride within a page and how far
// ahead of it proposals have come.
func (p *stride) Storage() Storage {
	n := len(p.entries)
	pc := storage.PC - uint64(bits.Len(uint(n))-1)
	width := pc + 2 + storage.PhysicalAddress + (pageBits + 1) + storage.Width(int(p.distance)+2)
	return storage.Entries(n, width, storage.Width(int(p.contexts)))
}

// Storage has for each stream the page, the thread, two lines of the page,
// the side, its state, and its place in the order of use.
func (p *stream) Storage() Storage {
	n := len(p.streams)
	width := storage.PhysicalAddress - pageBits + 2*storage.Width(int(p.perPage)) + 2 + 2 + storage.Width(n)
	return storage.Entries(n, width, storage.Width(p.contexts))
}

// Storage has the table of recent requests, a score for each offset, and the
// offset in use, the one to test and the round.
func (p *bestOffset) Storage() Storage {
	offset := storage.Width(len(p.offsets) + 1)
	return Storage{
		Tables: uint64(len(p.recent))*(tagBits+1) + uint64(len(p.scores))*storage.Width(p.scoreMax+1) + 2*offset + storage.Width(p.roundMax+1),
	}
}
