package linux

import (
	"encoding/binary"
	"slices"
)

// Operations of futex(2) and the bits that may be added to them.
const (
	futexWait       = 0
	futexWake       = 1
	futexRequeue    = 3
	futexCmpRequeue = 4
	futexWakeOp     = 5
	futexWaitBitset = 9
	futexWakeBitset = 10
	futexPrivate    = 128
	futexRealtime   = 256
)

// anyBit is the mask of a wait or a wake without one.
const anyBit = ^uint32(0)

// futex is the threads that wait at an address, first come first. It is there
// only while there are any.
type futex struct{ waiters []*futexWaiter }

// futexWaiter is one thread's wait.
type futexWaiter struct {
	thread *Thread
	addr   uint64 // where it waits now; a requeue changes it
	bits   uint32
}

// futex waits and wakes. Operations with priority inheritance are not there.
func (t *Thread) futex(a *args) (uint64, errno) {
	p := t.process
	addr, op, value := a[0], uint32(a[1])&^(futexPrivate|futexRealtime), uint32(a[2])
	if addr%4 != 0 {
		return 0, einval
	}
	switch op {
	case futexWait:
		return t.waitFutex(a, anyBit)
	case futexWaitBitset:
		return t.waitFutex(a, uint32(a[5]))
	case futexWake:
		return p.wakeAt(addr, value, anyBit)
	case futexWakeBitset:
		return p.wakeAt(addr, value, uint32(a[5]))
	case futexRequeue:
		return p.requeue(addr, a[4], value, uint32(a[3]))
	case futexCmpRequeue:
		if e := p.holds(addr, uint32(a[5])); e != eok {
			return 0, e
		}
		n, e := p.requeue(addr, a[4], value, uint32(a[3]))
		return n, e
	case futexWakeOp:
		return p.wakeOp(addr, a[4], value, uint32(a[3]), uint32(a[5]))
	}
	return 0, enosys
}

// holds is EAGAIN when the word at addr has another value.
func (p *Process) holds(addr uint64, value uint32) errno {
	var b [4]byte
	if e := p.load(addr, b[:]); e != eok {
		return e
	}
	if binary.LittleEndian.Uint32(b[:]) != value {
		return eagain
	}
	return eok
}

// waitFutex waits while the word has the value that the caller saw.
func (t *Thread) waitFutex(a *args, bits uint32) (uint64, errno) {
	p := t.process
	if bits == 0 {
		return 0, einval
	}
	until, e := p.futexDeadline(a)
	if e != eok {
		return 0, e
	}
	if e := p.holds(a[0], uint32(a[2])); e != eok {
		return 0, e
	}
	w := &futexWaiter{t, a[0], bits}
	f := p.futexes[w.addr]
	if f == nil {
		f = &futex{}
		p.futexes[w.addr] = f
	}
	f.waiters = append(f.waiters, w)
	return t.park(wait{why: idleFutex, until: until, leave: func() { p.leaveFutex(w) }, finish: func(r wakeReason) (uint64, errno) {
		switch {
		case r == wokenByTime:
			return 0, etimedout
		case r == wokenByEvent:
			return 0, eok
		case until != never:
			return 0, eintr
		}
		return 0, erestart
	}})
}

// futexDeadline is when a wait ends by itself: after a duration, or for a wait
// with a mask at a time.
func (p *Process) futexDeadline(a *args) (uint64, errno) {
	if a[3] == 0 {
		return never, eok
	}
	ns, e := p.duration(a[3])
	if e != eok {
		return 0, e
	}
	s := p.system
	if uint32(a[1])&^(futexPrivate|futexRealtime) == futexWaitBitset {
		now := s.clock.nanoseconds()
		if a[1]&futexRealtime != 0 {
			now, _ = s.clock.read(clockRealtime)
		}
		ns -= min(ns, now)
	}
	return s.deadline(ns), eok
}

// leaveFutex forgets a waiter.
func (p *Process) leaveFutex(w *futexWaiter) {
	f := p.futexes[w.addr]
	if f == nil {
		return
	}
	if i := slices.Index(f.waiters, w); i >= 0 {
		f.waiters = slices.Delete(f.waiters, i, i+1)
	}
	if len(f.waiters) == 0 {
		delete(p.futexes, w.addr)
	}
}

// wakeAt is FUTEX_WAKE: up to n threads (at least 1, as the kernel has it).
func (p *Process) wakeAt(addr uint64, n, bits uint32) (uint64, errno) {
	var b [4]byte
	if e := p.load(addr, b[:]); e != eok {
		return 0, e
	}
	if bits == 0 {
		return 0, einval
	}
	return p.wakeFutex(addr, max(n, 1), bits), eok
}

// wakeFutex wakes up to n threads that wait at addr with one of the bits.
func (p *Process) wakeFutex(addr uint64, n, bits uint32) (woken uint64) {
	f := p.futexes[addr]
	if f == nil {
		return 0
	}
	for _, w := range slices.Clone(f.waiters) {
		if woken == uint64(n) {
			break
		}
		if w.bits&bits != 0 {
			w.thread.wake(wokenByEvent)
			woken++
		}
	}
	return woken
}

// requeue wakes up to n threads and lets up to m others wait at another
// address. It returns how many that were.
func (p *Process) requeue(addr, to uint64, n, m uint32) (uint64, errno) {
	if int32(n) < 0 || int32(m) < 0 || to%4 != 0 {
		return 0, einval
	}
	var b [4]byte
	for _, at := range []uint64{addr, to} {
		if e := p.load(at, b[:]); e != eok {
			return 0, e
		}
	}
	count := p.wakeFutex(addr, n, anyBit)
	f := p.futexes[addr]
	if f == nil || to == addr {
		return count, eok
	}
	moved := min(len(f.waiters), int(m))
	for _, w := range slices.Clone(f.waiters[:moved]) {
		p.leaveFutex(w)
		w.addr = to
		if p.futexes[to] == nil {
			p.futexes[to] = &futex{}
		}
		p.futexes[to].waiters = append(p.futexes[to].waiters, w)
	}
	return count + uint64(moved), eok
}

// wakeOp is FUTEX_WAKE_OP: change the word at second, wake at first, and at
// second too when the word had been in a relation to a number.
func (p *Process) wakeOp(first, second uint64, n, m, code uint32) (uint64, errno) {
	if second%4 != 0 {
		return 0, einval
	}
	var b [4]byte
	if e := p.load(second, b[:]); e != eok {
		return 0, e
	}
	old := int32(binary.LittleEndian.Uint32(b[:]))
	// Both numbers have twelve bits and a sign.
	operand, against := int32(code<<8)>>20, int32(code<<20)>>20
	if code>>28&8 != 0 {
		operand = 1 << (uint32(operand) & 31)
	}
	v := old
	switch code >> 28 & 7 {
	case 0:
		v = operand
	case 1:
		v += operand
	case 2:
		v |= operand
	case 3:
		v &^= operand
	case 4:
		v ^= operand
	default:
		return 0, enosys
	}
	relations := [...]bool{old == against, old != against, old < against, old <= against, old > against, old >= against}
	r := code >> 24 & 15
	if int(r) >= len(relations) {
		return 0, enosys
	}
	binary.LittleEndian.PutUint32(b[:], uint32(v))
	if e := p.store(second, b[:]); e != eok {
		return 0, e
	}
	count := p.wakeFutex(first, n, anyBit)
	if relations[r] {
		count += p.wakeFutex(second, m, anyBit)
	}
	return count, eok
}
