package linux

import (
	"encoding/binary"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// Signal is a Linux signal number.
type Signal uint8

// The signals that the simulator itself raises or names.
const (
	SIGILL  Signal = 4
	SIGTRAP Signal = 5
	SIGABRT Signal = 6
	SIGBUS  Signal = 7
	SIGKILL Signal = 9
	SIGSEGV Signal = 11
	SIGSTOP Signal = 19

	numSignals = 64
)

var signalNames = [...]string{
	1: "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
	"SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
	"SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

func (s Signal) String() string {
	if int(s) < len(signalNames) && s > 0 {
		return signalNames[s]
	}
	return fmt.Sprintf("signal %d", uint8(s))
}

// harmless reports whether the default action is not to end the program.
// There is no one to continue a stopped program, so to stop one is to end it.
func (s Signal) harmless() bool {
	const sigchld, sigcont, sigurg, sigwinch = 17, 18, 23, 28
	return s == sigchld || s == sigcont || s == sigurg || s == sigwinch
}

// action is what a program wants done about a signal: struct sigaction of the
// kernel without a restorer, which RISC-V does not have.
type action struct{ handler, flags, mask uint64 }

// signalState is what the kernel keeps of a thread's signals.
type signalState struct {
	blocked     uint64 // bit s-1 for signal s
	altStack    [24]byte
	signalled   bool // a signal is to be delivered before the next instruction
	interrupted bool // the system call that has just ended was cut short by a signal, and may begin anew
}

// deliver acts on a pending signal.
func (t *Thread) deliver() { t.signalled = false }

// fault ends the program by the signal of a trap.
func (t *Thread) fault(trap rv64.Trap) {
	s, why := t.explain(trap)
	if t.process.actions[s].handler > handlerIgnore {
		t.process.lacks("a handler of " + s.String())
	}
	t.killed(s, t.hart.PC, why)
}

const (
	handlerDefault = 0
	handlerIgnore  = 1
)

const (
	actionSize = 24
	maskSize   = 8
)

func (t *Thread) rtSigaction(a *args) (uint64, errno) {
	p := t.process
	s := Signal(min(a[0], 255))
	switch {
	case a[3] != maskSize || s == 0 || s > numSignals:
		return 0, einval
	case a[1] != 0 && (s == SIGKILL || s == SIGSTOP):
		return 0, einval
	}
	old := p.actions[s]
	var b [actionSize]byte
	le := binary.LittleEndian
	if a[1] != 0 {
		if e := p.load(a[1], b[:]); e != eok {
			return 0, e
		}
		p.actions[s] = action{le.Uint64(b[:]), le.Uint64(b[8:]), le.Uint64(b[16:])}
	}
	if a[2] == 0 {
		return 0, eok
	}
	le.PutUint64(b[:], old.handler)
	le.PutUint64(b[8:], old.flags)
	le.PutUint64(b[16:], old.mask)
	return 0, p.store(a[2], b[:])
}

func (t *Thread) rtSigprocmask(a *args) (uint64, errno) {
	const block, unblock, set = 0, 1, 2
	p := t.process
	if a[3] != maskSize {
		return 0, einval
	}
	old := t.blocked
	var b [maskSize]byte
	if a[1] != 0 {
		if e := p.load(a[1], b[:]); e != eok {
			return 0, e
		}
		m := binary.LittleEndian.Uint64(b[:])
		switch int32(a[0]) {
		case block:
			t.blocked |= m
		case unblock:
			t.blocked &^= m
		case set:
			t.blocked = m
		default:
			return 0, einval
		}
		t.blocked &^= 1<<(SIGKILL-1) | 1<<(SIGSTOP-1)
	}
	if a[2] == 0 {
		return 0, eok
	}
	binary.LittleEndian.PutUint64(b[:], old)
	return 0, p.store(a[2], b[:])
}

// sigaltstack keeps the alternate stack for the program to read back.
func (t *Thread) sigaltstack(a *args) (uint64, errno) {
	p := t.process
	old := t.altStack
	if a[0] != 0 {
		var b [len(old)]byte
		if e := p.load(a[0], b[:]); e != eok {
			return 0, e
		}
		t.altStack = b
	}
	if a[1] == 0 {
		return 0, eok
	}
	return 0, p.store(a[1], old[:])
}

// kill, tkill and tgkill can only reach the program itself.
func (t *Thread) kill(a *args) (uint64, errno) {
	if pid := int32(a[0]); pid != processID && pid != 0 && pid != -processID {
		return 0, esrch
	}
	return t.raise(a[1])
}

func (t *Thread) tkill(a *args) (uint64, errno) {
	if int32(a[0]) != int32(t.tid) {
		return 0, esrch
	}
	return t.raise(a[1])
}

func (t *Thread) tgkill(a *args) (uint64, errno) {
	if int32(a[0]) != processID || int32(a[1]) != int32(t.tid) {
		return 0, esrch
	}
	return t.raise(a[2])
}

// raise applies a signal's default action to the program. A blocked signal
// stays pending for ever, as nothing delivers it; a handler is not called,
// which the caller is told and a warning says.
func (t *Thread) raise(number uint64) (uint64, errno) {
	p := t.process
	if number > numSignals {
		return 0, einval
	}
	s := Signal(number)
	handler := p.actions[s].handler
	deadly := handler == handlerDefault && !s.harmless()
	switch {
	case s == 0:
		return 0, eok
	case s == SIGKILL || s == SIGSTOP || deadly && t.blocked>>(s-1)&1 == 0:
		t.die(s, "raised by the program")
		return 0, eok
	case handler > handlerIgnore:
		p.lacks("a handler of " + s.String())
		return 0, enosys
	}
	return 0, eok
}
