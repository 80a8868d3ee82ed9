// Package cache is the memory system behind the core: level-one instruction
// and data caches, any number of levels below them that they share, and main
// memory. It keeps time and no data.
//
// An access to a level-one cache is accepted or refused; a hit is answered at
// once, and a miss takes a miss status holding register (MSHR) that later
// accesses to its line merge into. Everything else is events. The request
// arrives at each level when the lookup of the level above has ended, waits
// for its bank, is looked up, and hits, merges or takes an MSHR there; when
// none is free it waits in a list, not in a retry loop. The line fills every
// level that asked for it in the cycle in which the level that had it answers.
// Victim choice, eviction and write-back happen at the fill. A dirty victim
// is written to the next level, where it takes a turn of the bank like a read.
//
// A level may have a prefetcher, whose proposals go the way of demands or are
// dropped (prefetching.go); it may include the levels above or take their
// victims alone (inclusion.go); threads may have shares of its ways
// (partition.go) and of its MSHRs.
//
// Every latency is the total from the core's access to the use of the data,
// so an undisturbed access that hits in level k is answered after exactly that
// level's latency.
//
// The model leaves out: data and coherence; the time and the messages of
// invalidations, where a level is inclusive; the transfer time between caches
// (a bank's interval stands for it); priority of reads over writes and of
// demands over prefetches (a bank takes requests in the order of their
// arrival).
package cache

import "github.com/threadmill-sim/threadmill/isa"

// Kind is what an access is for.
type Kind uint8

const (
	Fetch Kind = iota // instruction fetch, served by the L1I
	Read              // load
	Write             // store that drains to the L1D
	Walk              // read of a page-table entry, through the L1D; answered to the walker
	numKinds
)

// Request is one access to a level-one cache. It never crosses a line.
type Request struct {
	Addr   isa.Addr // physical
	PC     isa.Addr // of the instruction, for replacement policies
	Thread isa.Context
	Kind   Kind
	Tag    uint64 // comes back with the answer
	Again  bool   // it has been refused before: another refusal is not counted
}

// Refusal says whether an access was accepted, and why not.
type Refusal uint8

const (
	// Accepted: it hit, or its answer will come.
	Accepted Refusal = iota
	// MSHRFull: no MSHR is free, or the line's MSHR takes no more requests.
	// It may be repeated once Freed has grown.
	MSHRFull
	// ShareFull: its thread has all MSHRs that one thread may hold. It may be
	// repeated once Freed has grown.
	ShareFull
	// BankBusy: its bank has been taken. It may be repeated next cycle.
	BankBusy
	// PortBusy: all ports of this cycle are taken. It may be repeated next cycle.
	PortBusy
	// BufferFull: a store that must be written to the next level found the
	// write buffer full. It may be repeated once Freed has grown.
	BufferFull
	numRefusals
)

var refusalNames = [numRefusals]string{"accepted", "MSHRs full", "share of MSHRs full", "bank busy", "ports busy", "write buffer full"}

func (r Refusal) String() string { return refusalNames[r] }

// Client is told how accepted accesses that missed go on. Its methods are
// called from Tick, in the order of the events, and may call Access.
type Client interface {
	// Filled tells that the data of an accepted missing request is usable in
	// this cycle.
	Filled(now isa.Cycle, tag uint64)
	// Missed tells that the lookup of a level (1 is L1, 2 is L2 …) for this
	// request has ended in a miss, in the cycle in which hardware knows it.
	// A request that merged is told what the miss that it joined has found so
	// far, when its own lookup has ended, and the rest as it happens.
	Missed(now isa.Cycle, tag uint64, level int)
}
