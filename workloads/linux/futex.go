package linux

import "encoding/binary"

// Operations of futex(2) and the bits that may be added to them.
const (
	futexWait       = 0
	futexWake       = 1
	futexWaitBitset = 9
	futexWakeBitset = 10
	futexPrivate    = 128
	futexRealtime   = 256
)

// futex of a process with one thread: there is nobody to wake, and a wait
// ends by its time or never. A wait for ever is a deadlock, which ends the
// program (Thread.deadlock).
func (t *Thread) futex(a *args) (uint64, errno) {
	p := t.process
	addr, op, value := a[0], a[1]&^(futexPrivate|futexRealtime), uint32(a[2])
	switch {
	case op != futexWait && op != futexWake && op != futexWaitBitset && op != futexWakeBitset:
		return 0, enosys
	case addr%4 != 0:
		return 0, einval
	}
	var b [4]byte
	if e := p.load(addr, b[:]); e != eok {
		return 0, e
	}
	switch {
	case op == futexWake || op == futexWakeBitset:
		return 0, eok
	case binary.LittleEndian.Uint32(b[:]) != value:
		return 0, eagain
	case a[3] == 0:
		t.deadlock(addr)
		return 0, eok
	}
	ns, e := p.duration(a[3])
	if e != eok {
		return 0, e
	}
	if op == futexWaitBitset { // until a time, not for one
		now := p.clock.nanoseconds()
		if a[1]&futexRealtime != 0 {
			now, _ = p.clock.read(clockRealtime)
		}
		ns -= min(ns, now)
	}
	t.sleep(ns)
	return 0, etimedout
}
