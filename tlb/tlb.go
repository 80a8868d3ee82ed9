// Package tlb translates virtual addresses: an instruction and a data TLB, a
// second-level TLB behind both, and a page-table walker.
//
// All of them are tagged with the address space; the hardware threads share
// them, or have parts of them. A hit in a first-level TLB costs nothing beyond
// the cache access. A miss is looked up in the second level, whose latency is
// the total from the request; a miss there is walked: dependent reads of
// page-table entries through the data caches, root first, four for a page of
// 4 KiB and three for one of 2 MiB, less those that the walk cache saves; or a
// fixed time, as older studies and TLBs refilled by software have it. Misses of
// one page merge, and the walker runs a limited number of walks at a time.
//
// The page tables are synthetic: Sv48's shape with contents that no one ever
// reads. Which regions of 2 MiB are one page, the frame of a page and the place
// of each page-table page are keyed functions of its number, the latter two
// bijective, so they depend on nothing but the seed, the program instance and
// the address: not on time, not on wrong paths, and not on what the guest has
// mapped, which knows nothing of large pages. A TLB finds a page of either size
// in one lookup, as if its entries were searched for both at once.
//
// The model leaves out pages of 1 GiB, the promotion of small pages to large
// ones, accessed and dirty bits, and port limits of the second level. The
// limits of outstanding misses and of walks are never split between threads.
package tlb

import "github.com/threadmill-sim/threadmill/isa"

// Port is the first-level TLB that a translation goes through.
type Port uint8

const (
	Fetch Port = iota
	Data
	numPorts
)

// Status is the immediate answer to a translation request.
type Status uint8

const (
	// Hit: the physical address is valid.
	Hit Status = iota
	// Pending: Translated will be called.
	Pending
	// Refused: too many misses of this port are outstanding. It may be
	// repeated (Retry) once Freed has grown.
	Refused
)

// Client is told how pending translations go on. Its methods are called from
// Tick, or from the caches' answer to a page-table read, never from Translate.
type Client interface {
	// Translated tells that the translation can be used in this cycle;
	// Physical says what it is.
	Translated(now isa.Cycle, tag uint64)
	// Walking tells that the last TLB has missed as well, in the cycle in
	// which hardware knows it.
	Walking(now isa.Cycle, tag uint64)
}

// Memory is where the walker reads page-table entries.
type Memory interface {
	// Access reads the entry at a physical address. A hit is usable at cycle
	// ready. A miss that is accepted is answered through (*MMU).Filled with
	// the same tag. When the read is refused, ready is the first cycle at
	// which repeating it can make sense; again says that it is repeated.
	Access(now isa.Cycle, addr isa.Addr, thread isa.Context, tag uint64, again bool) (hit bool, ready isa.Cycle, accepted bool)
}
