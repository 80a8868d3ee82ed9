package prefetch

import "math/bits"

// Storage is what a prefetcher's state costs in hardware, in bits, without the
// logic around it.
type Storage struct {
	Tables uint64
	Tags   uint64 // … of those, the bits that tell threads apart
}

// addressBits is the width of addresses, instructions' and physical ones: that
// of x86 parts at the time of writing.
const addressBits = 48

// width is the bits that number n things.
func width(n int) uint64 { return uint64(bits.Len(uint(max(n, 1) - 1))) }

func (*nextLine) Storage() Storage { return Storage{} }

// Storage has for each entry the part of the PC that its place does not give,
// the thread, the state, the last address, a stride within a page and how far
// ahead of it proposals have come.
func (p *stride) Storage() Storage {
	n, thread := uint64(len(p.entries)), width(int(p.contexts))
	pc := addressBits - 1 - uint64(bits.Len64(n)-1) // instructions are at even addresses
	return Storage{
		Tables: n * (pc + thread + 2 + addressBits + (pageBits + 1) + width(int(p.distance)+2)),
		Tags:   n * thread,
	}
}

// Storage has for each stream the page, the thread, two lines of the page,
// the side, its state, and its place in the order of use.
func (p *stream) Storage() Storage {
	n, thread := uint64(len(p.streams)), width(p.contexts)
	return Storage{
		Tables: n * (addressBits - pageBits + thread + 2*width(int(p.perPage)) + 2 + 2 + width(len(p.streams))),
		Tags:   n * thread,
	}
}

// Storage has the table of recent requests, a score for each offset, and the
// offset in use, the one to test and the round.
func (p *bestOffset) Storage() Storage {
	offset := width(len(p.offsets) + 1)
	return Storage{
		Tables: uint64(len(p.recent))*(tagBits+1) + uint64(len(p.scores))*width(p.scoreMax+1) + 2*offset + width(p.roundMax+1),
	}
}
