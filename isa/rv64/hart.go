// Package rv64 is RV64GC with Zba, Zbb, Zbs and Zicond, functionally: a table
// of instructions, from which code is decoded once per PC and assembled, and
// harts that execute it, one case of one switch for each.
//
// Code holds the decoded instructions of an address space by page, one slot
// for each two bytes, filled as harts get there. Hart.Run and Hart.Record
// execute from it; Record also writes the records that the timing model
// lives on. A hart can leave its path (Fork), execute where a processor would
// have speculated to, and come back (Drop): a wrong path sees its own stores,
// nobody else does, and whatever it must not do ends it.
//
// Floating point is exact in results and flags: the host's arithmetic where
// it provably is the same, internal/softfloat for the rest. Plain loads and
// stores may be misaligned. There are no privileged instructions and no
// virtual memory here: an address space is a mem.Space, and system calls are
// whoever's business that owns the hart.
package rv64

import (
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// Hart is one hardware thread's architectural state, and what it needs to run
// fast. A hart, its Code and its mem.Space belong to one goroutine.
type Hart struct {
	PC isa.Addr
	X  [32]uint64 // X[0] is 0 whenever the hart is not running
	F  [32]uint64 // binary32 values are NaN-boxed
	// FCSR is frm (bits 5-7) and fflags (bits 0-4).
	FCSR uint32
	// Instret counts the instructions executed, on wrong paths too until they
	// are dropped.
	Instret uint64
	// Clock answers reads of the CSRs cycle and time, given the instructions
	// executed so far, which Instret has only when the hart is not running;
	// nil means that both are that number.
	Clock func(instret uint64) (cycle, time uint64)
	// Thread and ASID are copied into the records.
	Thread isa.SWThread
	ASID   isa.ASID

	code    *Code
	space   *mem.Space
	tlb     *mem.TLB
	pages   pageCache
	allowed bool // the next Record may execute a serialising instruction

	reserved uint64 // what the last LR loaded
	paths    []path // checkpoints, outermost first
	overlay  overlay

	// touched notes the addresses of the memory accesses of a recording, by
	// the instruction's number from its end.
	touched [chunk]isa.Addr
	taken   bool // the last control transfer was taken

	// What execute is about. It is here and not in variables, which would be
	// spilled and reloaded around every call that an instruction makes.
	budget             uint64 // instructions to execute, at the start
	recording, guarded bool
	reads, writes      *mem.Entries
}

// NewHart returns a hart with zeroed registers that executes the code of
// space, which it shares with the other harts of space.
func NewHart(space *mem.Space, code *Code) *Hart {
	h := &Hart{space: space, code: code, tlb: space.NewTLB()}
	code.harts = append(code.harts, h)
	return h
}

// Release detaches the hart from its address space; it must not run again.
func (h *Hart) Release() {
	h.tlb.Detach()
	h.code.harts = slices.DeleteFunc(h.code.harts, func(o *Hart) bool { return o == h })
}

// Executed is the number of instructions executed on the correct path.
func (h *Hart) Executed() uint64 {
	if len(h.paths) > 0 {
		return h.paths[0].instret
	}
	return h.Instret
}

// Code is the decoded code of the hart's address space.
func (h *Hart) Code() *Code { return h.code }

// Space is the hart's address space.
func (h *Hart) Space() *mem.Space { return h.space }

// ClearReservation makes the next SC fail unless an LR precedes it, as an
// operating system does when it switches threads.
func (h *Hart) ClearReservation() { h.tlb.Unreserve() }

// Allow lets the next Record execute one serialising instruction, should it
// start with one.
func (h *Hart) Allow() { h.allowed = true }
