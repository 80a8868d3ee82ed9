package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// siginfo is struct siginfo as the guest sees it (uapi/asm-generic/siginfo.h).
type siginfo [128]byte

// Codes of siginfo: where a signal came from, or what a fault was.
const (
	codeUser   = 0  // SI_USER: kill
	codeQueue  = -1 // SI_QUEUE: sigqueue
	codeTimer  = -2 // SI_TIMER
	codeThread = -6 // SI_TKILL
	codeKernel = 0x80

	codeNotMapped     = 1 // SEGV_MAPERR
	codeNotAllowed    = 2 // SEGV_ACCERR
	codeMisaligned    = 1 // BUS_ADRALN
	codeIllegalOpcode = 1 // ILL_ILLOPC
	codeBreakpoint    = 1 // TRAP_BRKPT
)

// newInfo is a siginfo without what depends on its code.
func newInfo(s Signal, code int32) (i siginfo) {
	binary.LittleEndian.PutUint32(i[0:], uint32(s))
	binary.LittleEndian.PutUint32(i[8:], uint32(code))
	return i
}

// signal is the signal's number.
func (i *siginfo) signal() Signal { return Signal(binary.LittleEndian.Uint32(i[0:])) }

// code is where it came from.
func (i *siginfo) code() int32 { return int32(binary.LittleEndian.Uint32(i[8:])) }

// timer is the number of the timer that sent it, with codeTimer.
func (i *siginfo) timer() uint32 { return binary.LittleEndian.Uint32(i[16:]) }

// userInfo is of a signal that the program sends itself.
func userInfo(s Signal, code int32) siginfo {
	i := newInfo(s, code)
	binary.LittleEndian.PutUint32(i[16:], processID)
	binary.LittleEndian.PutUint32(i[20:], userID)
	return i
}

// faultInfo is of the signal that an instruction causes.
func (t *Thread) faultInfo(s Signal, trap rv64.Trap) siginfo {
	var code int32
	addr := uint64(trap.Addr)
	switch s {
	case SIGILL:
		code, addr = codeIllegalOpcode, uint64(t.hart.PC)
	case SIGTRAP:
		code, addr = codeBreakpoint, uint64(t.hart.PC)
	case SIGBUS:
		code = codeMisaligned
	case SIGSEGV:
		code = codeNotMapped
		if t.process.space.Mapped(trap.Addr) {
			code = codeNotAllowed
		}
	}
	i := newInfo(s, code)
	binary.LittleEndian.PutUint64(i[16:], addr)
	return i
}

// origin is where a signal came from, for a person.
func (i *siginfo) origin() string {
	switch i.code() {
	case codeTimer, codeKernel:
		return "sent by a timer"
	}
	return "raised by the program"
}
