// Package storage counts what the structures of a machine hold, in bits: data,
// tags and state, as hardware would have them, without the logic around them.
// The model may keep the same in another form. Left out are pipeline latches,
// the checkpoints of what is in flight, the lists in which requests wait, and
// what only statistics need.
//
// What several threads cost is of two kinds. A structure that they use together
// grows by thread tags, bits that would not be there with one context: the
// number of an entry's thread, and what names need more because there are more
// things to name. What each thread has for itself is replicated. So the bits of
// a structure are those with one context, the tags, and the replicas:
//
//	Total(n) = Total(1) + Tags + Replicated(n)
//
// where all sizes but the number of contexts are the same, and threads do not
// split a table whose entries then need fewer bits.
package storage

import "math/bits"

// Widths in bits that no configuration says.
const (
	VirtualAddress  = 48                 // Sv48
	PhysicalAddress = 52                 // that of x86 parts; the model's own frames are numbered more widely
	PC              = VirtualAddress - 1 // instructions are at even addresses
	Page            = 12                 // offset in a page of 4 KiB
	AddressSpace    = 16                 // RISC-V's ASID
	Register        = 64
)

// Cost is what one structure costs in bits, for a certain number of contexts.
type Cost struct {
	Tables    uint64 // what the threads have together
	Tags      uint64 // … of those, what would not be there with one context
	PerThread uint64 // what each thread has for itself
}

// Plus is the cost of both.
func (c Cost) Plus(o Cost) Cost {
	return Cost{c.Tables + o.Tables, c.Tags + o.Tags, c.PerThread + o.PerThread}
}

// Total is the bits of a machine with so many contexts; the number must be the
// one that the cost is for.
func (c Cost) Total(contexts int) uint64 { return c.Tables + c.PerThread*uint64(contexts) }

// Replicated is the bits of Total that the contexts beyond the first add.
func (c Cost) Replicated(contexts int) uint64 { return c.PerThread * uint64(contexts-1) }

// Entries is the cost of n entries of so many bits besides the thread tag.
func Entries(n int, width, tag uint64) Cost {
	return Cost{Tables: uint64(n) * (width + tag), Tags: uint64(n) * tag}
}

// Structure is a structure and its cost.
type Structure struct {
	Name string // the path of its specification where it has one
	Cost
}

// Width is the bits that tell n things apart, ⌈log2 n⌉; 0 for fewer than two.
func Width(n int) uint64 { return uint64(bits.Len(uint(max(n, 1) - 1))) }
