package linux

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

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
	SIGPIPE Signal = 13
	SIGALRM Signal = 14
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

const (
	handlerDefault = 0
	handlerIgnore  = 1
)

// Flags of an action.
const (
	actionOnStack = 0x08000000
	actionRestart = 0x10000000
	actionNoDefer = 0x40000000
	actionReset   = 0x80000000
)

const (
	actionSize = 24
	maskSize   = 8
)

// signalSet has bit s-1 for signal s.
type signalSet uint64

func setOf(s Signal) signalSet { return 1 << (s - 1) }

func (m signalSet) has(s Signal) bool { return m&setOf(s) != 0 }

// unblockable can be neither blocked, ignored nor handled.
const unblockable = signalSet(1<<(SIGKILL-1) | 1<<(SIGSTOP-1))

// pendingSignals have been sent and wait to be delivered: of each standard
// signal one, of a real-time signal as many as were sent.
type pendingSignals struct {
	set   signalSet
	queue []siginfo
}

// realTime is the first real-time signal.
const realTime = Signal(32)

// maxPending bounds the real-time signals that are queued for a thread, and
// those for its process.
const maxPending = 1024

// add appends a signal; false when it is a real-time signal and too many are
// queued.
func (q *pendingSignals) add(i siginfo) bool {
	s := i.signal()
	switch {
	case s < realTime && q.set.has(s):
		return true
	case s >= realTime && len(q.queue) >= maxPending:
		return false
	}
	q.set |= setOf(s)
	q.queue = append(q.queue, i)
	return true
}

// hasTimer reports whether a signal of a timer of timer_create is pending.
func (q *pendingSignals) hasTimer(id uint32) bool {
	return slices.ContainsFunc(q.queue, func(i siginfo) bool { return i.code() == codeTimer && i.timer() == id })
}

// take removes the first of the lowest-numbered signals of a set.
func (q *pendingSignals) take(of signalSet) (siginfo, bool) {
	if q.set&of == 0 {
		return siginfo{}, false
	}
	s := Signal(bits.TrailingZeros64(uint64(q.set&of)) + 1)
	at := slices.IndexFunc(q.queue, func(i siginfo) bool { return i.signal() == s })
	i := q.queue[at]
	q.queue = slices.Delete(q.queue, at, at+1)
	if !slices.ContainsFunc(q.queue, func(i siginfo) bool { return i.signal() == s }) {
		q.set &^= setOf(s)
	}
	return i, true
}

// signalState is what the kernel keeps of a thread's signals.
type signalState struct {
	blocked     signalSet
	pending     pendingSignals
	altStack    altStack
	signalled   bool       // something is to be done about signals before the next instruction
	interrupted bool       // the system call that has just ended was cut short by a signal, and may begin anew
	noHandler   bool       // … but only when no handler is called
	savedMask   *signalSet // the mask to have again behind the next handler: that of before sigsuspend, ppoll …
}

// send makes a signal pending for a thread, or for any thread of its process.
// It is EAGAIN when too many are pending.
func (p *Process) send(i siginfo, to *Thread) errno {
	s := i.signal()
	if p.end != nil {
		return eok
	}
	if p.ignores(s) && !p.someoneBlocks(s, to) {
		return eok
	}
	q := &p.pending
	if to != nil {
		q = &to.pending
	}
	if !q.add(i) {
		return eagain
	}
	if to != nil {
		to.lookAtSignals()
		return eok
	}
	p.offer()
	return eok
}

// ignores reports whether a signal does nothing.
func (p *Process) ignores(s Signal) bool {
	h := p.actions[s].handler
	return h == handlerIgnore || h == handlerDefault && s.harmless()
}

// someoneBlocks reports whether the thread, or the first of the process,
// blocks a signal: then it stays pending even if it is ignored now.
func (p *Process) someoneBlocks(s Signal, to *Thread) bool {
	if to == nil {
		to = p.threads[0]
	}
	return to.blocked.has(s)
}

// offer finds threads for the signals that are pending for the process: each
// goes to the first thread that does not block it.
func (p *Process) offer() {
	rest := p.pending.set
	for _, t := range p.threads {
		if rest&^t.blocked != 0 {
			rest &= t.blocked
			t.lookAtSignals()
		}
	}
}

// lookAtSignals finds out whether the thread has something to do about
// signals, and wakes it if so.
func (t *Thread) lookAtSignals() {
	t.signalled = t.interrupted || (t.pending.set|t.process.pending.set)&^t.blocked != 0
	if t.signalled {
		t.wake(wokenBySignal)
	}
}

// setMask changes what the thread blocks. What it blocks from now on others
// may take.
func (t *Thread) setMask(m signalSet) {
	t.blocked = m &^ unblockable
	t.lookAtSignals()
	t.process.offer()
}

// withMask makes a mask hold for a system call that waits: what was blocked
// before is blocked again behind the handler that ends the wait, or when none
// does.
func (t *Thread) withMask(m signalSet) {
	old := t.blocked
	t.savedMask = &old
	t.setMask(m)
}

// restoreMask ends what withMask began.
func (t *Thread) restoreMask() {
	if t.savedMask != nil {
		m := *t.savedMask
		t.savedMask = nil
		t.setMask(m)
	}
}

// deliver does what is to be done about signals at the thread's next
// instruction: it enters the handler of one, or ends the process, or begins an
// interrupted system call anew.
func (t *Thread) deliver() {
	p := t.process
	for {
		i, ok := t.pending.take(^t.blocked)
		if !ok {
			i, ok = p.pending.take(^t.blocked)
		}
		if !ok {
			if t.interrupted {
				t.restart()
			}
			t.restoreMask()
			t.lookAtSignals()
			return
		}
		s := i.signal()
		switch a := p.actions[s]; {
		case a.handler > handlerIgnore && s != SIGKILL && s != SIGSTOP:
			t.handle(i)
			return
		case !p.ignores(s):
			t.die(&i, i.origin())
			return
		}
	}
}

// restart makes the thread execute its last system call again.
func (t *Thread) restart() {
	t.interrupted = false
	t.hart.PC = t.callPC()
	t.hart.X[10] = t.call[0]
}

// force delivers the signal of a fault at once; a program that blocks or
// ignores it is killed. why explains the fault.
func (t *Thread) force(i siginfo, why string) {
	s := i.signal()
	if t.process.actions[s].handler <= handlerIgnore || t.blocked.has(s) {
		t.die(&i, why)
		return
	}
	t.handle(i)
}

// die ends the process by a signal.
func (t *Thread) die(i *siginfo, why string) {
	t.killed(i.signal(), t.hart.PC, why)
	if trace := t.process.trace; trace != nil {
		if i.signal() != SIGKILL { // of which strace sees the end alone
			trace.signal(t, i)
		}
		trace.ended(t)
	}
}

// fault raises the signal of a trap.
func (t *Thread) fault(trap rv64.Trap) {
	s, why := t.explain(trap)
	if s == SIGKILL {
		t.killed(s, t.hart.PC, why)
		return
	}
	t.force(t.faultInfo(s, trap), why)
}

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
		if p.ignores(s) {
			p.forget(s)
		}
	}
	if a[2] == 0 {
		return 0, eok
	}
	le.PutUint64(b[:], old.handler)
	le.PutUint64(b[8:], old.flags)
	le.PutUint64(b[16:], old.mask)
	return 0, p.store(a[2], b[:])
}

// forget drops a signal that is pending and ignored from now on.
func (p *Process) forget(s Signal) {
	for _, ok := p.pending.take(setOf(s)); ok; _, ok = p.pending.take(setOf(s)) {
	}
	for _, t := range p.threads {
		for _, ok := t.pending.take(setOf(s)); ok; _, ok = t.pending.take(setOf(s)) {
		}
	}
}

// readMask reads a set of signals.
func (p *Process) readMask(addr, size uint64) (signalSet, errno) {
	if size != maskSize {
		return 0, einval
	}
	var b [maskSize]byte
	e := p.load(addr, b[:])
	return signalSet(binary.LittleEndian.Uint64(b[:])), e
}

func (t *Thread) rtSigprocmask(a *args) (uint64, errno) {
	const block, unblock, set = 0, 1, 2
	if a[3] != maskSize {
		return 0, einval
	}
	old := t.blocked
	if a[1] != 0 {
		m, e := t.process.readMask(a[1], a[3])
		if e != eok {
			return 0, e
		}
		switch int32(a[0]) {
		case block:
			m |= old
		case unblock:
			m = old &^ m
		case set:
		default:
			return 0, einval
		}
		t.setMask(m)
	}
	if a[2] == 0 {
		return 0, eok
	}
	return 0, t.process.store(a[2], binary.LittleEndian.AppendUint64(nil, uint64(old)))
}

func (t *Thread) rtSigpending(a *args) (uint64, errno) {
	if a[1] > maskSize {
		return 0, einval
	}
	m := (t.pending.set | t.process.pending.set) & t.blocked
	return 0, t.process.store(a[0], binary.LittleEndian.AppendUint64(nil, uint64(m))[:a[1]])
}

// rtSigsuspend waits until a handler has been called, with another mask.
func (t *Thread) rtSigsuspend(a *args) (uint64, errno) {
	m, e := t.process.readMask(a[0], a[1])
	if e != eok {
		return 0, e
	}
	t.withMask(m)
	return t.park(wait{why: idleSignal, until: never, finish: func(wakeReason) (uint64, errno) { return 0, erestartNoHandler }})
}

// rtSigtimedwait takes a pending signal of a set, or waits for one.
func (t *Thread) rtSigtimedwait(a *args) (uint64, errno) {
	p := t.process
	m, e := p.readMask(a[0], a[3])
	if e != eok {
		return 0, e
	}
	m &^= unblockable
	until := never
	if a[2] != 0 {
		ns, e := p.duration(a[2])
		if e != eok {
			return 0, e
		}
		until = p.system.deadline(ns)
		if ns == 0 {
			until = 0
		}
	}
	take := func() (uint64, errno, bool) {
		i, ok := t.pending.take(m)
		if !ok {
			i, ok = p.pending.take(m)
		}
		if !ok {
			return 0, eagain, false
		}
		if a[1] != 0 {
			if e := p.store(a[1], i[:]); e != eok {
				return 0, e, true
			}
		}
		return uint64(i.signal()), eok, true
	}
	if r, e, ok := take(); ok || until == 0 {
		return r, e
	}
	// While it waits it blocks none of them, so that they come here.
	old := t.blocked
	t.setMask(old &^ m)
	return t.park(wait{why: idleSignal, until: until, finish: func(w wakeReason) (uint64, errno) {
		r, e, ok := take()
		t.setMask(old)
		if !ok && w == wokenBySignal {
			return 0, eintr
		}
		return r, e
	}})
}

// kill sends a signal to the process, the only one that there is.
func (t *Thread) kill(a *args) (uint64, errno) {
	if pid := int32(a[0]); pid != processID && pid != 0 && pid != -processID && pid != -1 {
		return 0, esrch
	}
	if a[1] > numSignals {
		return 0, einval
	}
	if a[1] == 0 {
		return 0, eok
	}
	return 0, t.process.send(userInfo(Signal(a[1]), codeUser), nil)
}

func (t *Thread) tkill(a *args) (uint64, errno) { return t.sendTo(a[0], a[1]) }

func (t *Thread) tgkill(a *args) (uint64, errno) {
	if int32(a[0]) != processID {
		return 0, esrch
	}
	return t.sendTo(a[1], a[2])
}

// sendTo sends a signal to one thread.
func (t *Thread) sendTo(tid, number uint64) (uint64, errno) {
	o, e := t.process.threadOf(tid)
	switch {
	case number > numSignals:
		return 0, einval
	case e != eok || number == 0:
		return 0, e
	}
	return 0, t.process.send(userInfo(Signal(number), codeThread), o)
}

// rtSigqueueinfo sends a signal with what the sender says about it.
func (t *Thread) rtSigqueueinfo(a *args) (uint64, errno) {
	if int32(a[0]) != processID {
		return 0, esrch
	}
	return t.queueInfo(a[1], a[2], nil)
}

func (t *Thread) rtTgsigqueueinfo(a *args) (uint64, errno) {
	o, e := t.process.threadOf(a[1])
	if int32(a[0]) != processID || e != eok {
		return 0, esrch
	}
	return t.queueInfo(a[2], a[3], o)
}

func (t *Thread) queueInfo(number, addr uint64, to *Thread) (uint64, errno) {
	var i siginfo
	if e := t.process.load(addr, i[:]); e != eok {
		return 0, e
	}
	switch {
	case number > numSignals:
		return 0, einval
	case number == 0:
		return 0, eok
	}
	binary.LittleEndian.PutUint32(i[0:], uint32(number))
	return 0, t.process.send(i, to)
}

// raise sends the calling thread a signal of the kernel's own, as a write to a
// pipe without a reader does.
func (t *Thread) raise(s Signal) { t.process.send(userInfo(s, codeUser), t) }
