package rv64

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// TrapKind is why a hart stopped.
type TrapKind uint8

const (
	// TrapNone: the budget or the buffer is used up, or a control transfer
	// ended a recording. The hart can go on.
	TrapNone TrapKind = iota
	// TrapSerialise: the next instruction is serialising and waits for Allow.
	// Record only.
	TrapSerialise
	// TrapEcall: a system call. It counts as executed and PC is behind it;
	// the registers are the caller's.
	TrapEcall
	// TrapMark: a mark of a region of interest, see Code.WatchMarks; Raw is 1
	// when the region begins, 2 when it ends. It counts as executed and PC is
	// behind it.
	TrapMark
	// TrapBreak: an ebreak at PC.
	TrapBreak
	// TrapIllegal: an illegal instruction at PC; Raw is its encoding.
	TrapIllegal
	// TrapFetch: the instruction at PC cannot be fetched; Addr is the byte
	// that is not executable.
	TrapFetch
	// TrapLoad: the instruction at PC loads from Addr, which it may not.
	TrapLoad
	// TrapStore: the instruction at PC stores to Addr, which it may not.
	TrapStore
	// TrapMisaligned: the LR, SC or AMO at PC has the misaligned address Addr.
	// Plain loads and stores may be misaligned.
	TrapMisaligned
	// TrapPathEnd: the wrong path cannot be followed further.
	TrapPathEnd
)

var trapNames = [...]string{
	"none", "serialise", "system call", "mark", "breakpoint", "illegal instruction", "instruction fetch fault",
	"load fault", "store fault", "misaligned atomic", "end of the wrong path",
}

func (k TrapKind) String() string { return trapNames[k] }

// Trap says why a hart stopped. Except for TrapEcall and TrapMark, the
// instruction at the hart's PC has not been executed and nothing of it has
// happened.
type Trap struct {
	Kind  TrapKind
	Flags isa.InstFlags // TrapSerialise: those of the instruction
	Raw   uint32        // TrapIllegal: the encoding, 16 bits when compressed; TrapMark: 1 or 2
	Addr  isa.Addr      // of the access that failed
}

func (t Trap) String() string {
	switch t.Kind {
	case TrapIllegal:
		return fmt.Sprintf("illegal instruction %#x", t.Raw)
	case TrapFetch, TrapLoad, TrapStore, TrapMisaligned:
		return fmt.Sprintf("%v at %#x", t.Kind, t.Addr)
	}
	return t.Kind.String()
}
