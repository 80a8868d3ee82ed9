package linux

import (
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// threadState is where a thread is in its life.
type threadState uint8

const (
	threadReady   threadState = iota // for a processor
	threadRunning                    // on one
	threadWaiting                    // in a system call
	threadEnded
)

// Thread is one software thread: a hart, and what the kernel keeps for it.
type Thread struct {
	process *Process
	hart    *rv64.Hart
	tid     int
	name    string

	state    threadState
	home     *processor // where it runs, or ran last
	affinity isa.ContextSet
	readyAt  uint64 // with threadReady: it cannot run before that cycle
	since    uint64 // with threadRunning: it runs since that cycle
	used     uint64 // cycles that it ran before

	wait   wait   // with threadWaiting
	timer  *timer // that ends the wait
	finish func() // to be called where the thread goes on after a wait

	// The system call that it is in, or was in last.
	nr       uint64
	call     args
	callName string // "" when it is unknown

	clearTID   uint64 // where to store 0, and whom to wake, at the end
	robustList uint64

	signalState

	traced entered // of the process's tracer
}

// newThread returns a thread of p that belongs nowhere yet.
func newThread(p *Process) *Thread {
	s := p.system
	t := &Thread{process: p, hart: rv64.NewHart(p.space, p.code), tid: p.nextTID(), affinity: s.contextSet()}
	t.hart.Thread, t.hart.ASID = isa.SWThread(s.created), p.options.ASID
	s.created++
	t.hart.Clock = t.readClock
	p.threads = append(p.threads, t)
	p.created++
	return t
}

// wakeReason is what ended a wait.
type wakeReason uint8

const (
	wokenByEvent wakeReason = iota
	wokenByTime
	wokenBySignal
)

// wait is what a thread waits for in a system call.
type wait struct {
	why    idleWhy
	until  uint64                           // the cycle that ends it at the latest
	finish func(wakeReason) (uint64, errno) // the call's result; it may park again
	leave  func()                           // takes the thread off the lists it is on; nil: none
}

// park makes the calling thread wait. Its system call returns what park does;
// the result that the guest gets is that of w.finish, which is called where
// the thread goes on.
func (t *Thread) park(w wait) (uint64, errno) {
	s := t.process.system
	if t.signalled { // by what the call itself has unblocked
		if w.leave != nil {
			w.leave()
		}
		return w.finish(wokenBySignal)
	}
	t.wait, t.state = w, threadWaiting
	if w.until != never {
		t.timer = s.timers.arm(w.until, t.process, func() { t.timer = nil; t.wake(wokenByTime) })
	}
	if t.home.thread == t {
		t.home.leave(w.why)
	}
	t.home.waiting++
	t.process.checkDeadlock()
	return 0, eparked
}

// wake ends a thread's wait, if it waits.
func (t *Thread) wake(reason wakeReason) {
	if t.state != threadWaiting {
		return
	}
	s, w := t.process.system, t.wait
	t.unpark()
	t.home.stats.Wakeups++
	t.finish = func() { t.answer(w.finish(reason)) }
	s.place(t, s.clock.now()+s.options.WakeLatency)
}

// unpark takes a waiting thread off everything that could wake it.
func (t *Thread) unpark() {
	w := t.wait
	t.wait = wait{}
	t.home.waiting--
	t.process.system.timers.disarm(t.timer)
	t.timer = nil
	if w.leave != nil {
		w.leave()
	}
}

// resume completes the system call of a thread that has waited.
func (t *Thread) resume() {
	finish := t.finish
	t.finish = nil
	finish()
}

// answer leaves the result of the system call in a0.
func (t *Thread) answer(r uint64, e errno) {
	if trace := t.process.trace; trace != nil {
		trace.leave(t, r, e)
	}
	switch e {
	case eparked:
		return
	case erestart, erestartNoHandler:
		t.interrupted, t.noHandler, t.signalled = true, e == erestartNoHandler, true
		r = eintr.result()
	case eok:
	default:
		r = e.result()
	}
	t.hart.X[10] = r
}

// release settles what a thread used that is on no processor any more.
func (t *Thread) release() {
	t.process.used += t.used
	t.process.executed += t.hart.Instret
	t.hart.Release()
}

// end is the end of a thread by itself or with its process. One that runs
// stays on its processor until that gets to it.
func (t *Thread) end() {
	s := t.process.system
	switch t.state {
	case threadEnded:
		return
	case threadWaiting:
		t.unpark()
		t.release()
	case threadReady:
		if i := slices.Index(s.ready, t); i >= 0 {
			s.ready = slices.Delete(s.ready, i, i+1)
		}
		if t.home.next == t {
			t.home.next, t.home.switched = nil, 0
		}
		t.release()
	}
	t.state = threadEnded
	t.process.threads = slices.DeleteFunc(t.process.threads, func(o *Thread) bool { return o == t })
	s.changed = true
}

// readClock answers the time registers of the hart.
func (t *Thread) readClock(instret uint64) (cycle, time uint64) {
	c := &t.process.system.clock
	cycle = c.at(instret)
	return cycle, scale(cycle, timebase, c.frequency)
}

// trap is what the kernel does about a hart that stopped.
func (t *Thread) trap(trap rv64.Trap) {
	switch trap.Kind {
	case rv64.TrapEcall:
		t.systemCall()
	case rv64.TrapMark:
		t.process.mark(trap.Raw)
	default:
		t.fault(trap)
	}
}

// killed ends the program by a signal.
func (t *Thread) killed(s Signal, pc isa.Addr, why string) {
	t.process.finish(&Exit{Code: 128 + int(s), Signal: s, Detail: fmt.Sprintf("%v at pc %#x: %s", s, uint64(pc), why)})
}

// callPC is the address of the system call that the thread is in.
func (t *Thread) callPC() isa.Addr {
	const ecallSize = 4
	return t.hart.PC - ecallSize
}

// explain translates a trap.
func (t *Thread) explain(trap rv64.Trap) (Signal, string) {
	instruction := t.disassemble()
	access := func(kind string) string { return fmt.Sprintf("%s: %s %#x", instruction, kind, uint64(trap.Addr)) }
	switch trap.Kind {
	case rv64.TrapBreak:
		return SIGTRAP, instruction
	case rv64.TrapIllegal:
		return SIGILL, fmt.Sprintf("illegal instruction %#x", trap.Raw)
	case rv64.TrapFetch:
		return SIGSEGV, fmt.Sprintf("instruction fetch from %#x", uint64(trap.Addr))
	case rv64.TrapMisaligned:
		return SIGBUS, access("misaligned atomic access to")
	case rv64.TrapLoad:
		return SIGSEGV, access("load from")
	case rv64.TrapStore:
		if t.process.space.Allows(trap.Addr, 1, mem.Write) {
			return SIGKILL, fmt.Sprintf("%s: out of memory: all %d MiB that the guest may use are in use", instruction, t.process.options.Memory>>20)
		}
		return SIGSEGV, access("store to")
	}
	panic("linux: a hart stopped without a reason: " + trap.String())
}

// disassemble is the instruction at the hart's PC.
func (t *Thread) disassemble() string {
	pc := t.hart.PC
	var b [4]byte
	space := t.process.space
	if space.Peek(pc, b[:]) != nil && space.Peek(pc, b[:2]) != nil {
		return "?"
	}
	raw := uint32(b[0]) | uint32(b[1])<<8
	if raw&3 == 3 {
		raw |= uint32(b[2])<<16 | uint32(b[3])<<24
	}
	return rv64.Disassemble(raw, pc)
}
