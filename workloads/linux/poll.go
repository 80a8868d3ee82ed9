package linux

import (
	"encoding/binary"
	"slices"
)

// waitForAny makes the thread wait until the readiness of one of several open
// files changes or a time has come, and then go on with again.
func (t *Thread) waitForAny(ds []*description, until uint64, again func(wakeReason) (uint64, errno)) (uint64, errno) {
	var leave []func()
	for _, d := range ds {
		d.refs++
		if changes := d.file.changes(); changes != nil {
			w := changes.add(func() { t.wake(wokenByEvent) })
			leave = append(leave, func() { changes.remove(w) })
		}
	}
	return t.park(wait{
		why: idleIO, until: until,
		leave: func() {
			for _, f := range leave {
				f()
			}
		},
		finish: func(r wakeReason) (uint64, errno) {
			defer func() {
				for _, d := range ds {
					d.release()
				}
			}()
			return again(r)
		},
	})
}

// readiness is a set of files that a call waits for: what it does when it
// looks again.
type readiness struct {
	files []*description
	until uint64                 // the cycle of the timeout; 0: it does not wait at all
	look  func() (uint64, errno) // how many are ready
	done  func(n uint64) errno   // stores the answer
}

// waitReady looks until something is ready, the time is over or a signal
// comes.
func (t *Thread) waitReady(w *readiness) (uint64, errno) {
	n, e := w.look()
	if e == eok && n == 0 && w.until > t.process.system.clock.now() {
		return t.waitForAny(w.files, w.until, func(r wakeReason) (uint64, errno) {
			switch r {
			case wokenByTime:
				w.until = 0
			case wokenBySignal:
				if n, e := w.look(); e != eok || n == 0 {
					return 0, eintr
				}
			}
			return t.waitReady(w)
		})
	}
	t.restoreMask()
	if e != eok {
		return 0, e
	}
	return n, w.done(n)
}

// timeoutAt is when a struct timespec from now is over; never without one.
func (p *Process) timeoutAt(addr uint64) (uint64, errno) {
	if addr == 0 {
		return never, eok
	}
	ns, e := p.duration(addr)
	if e != eok || ns == 0 {
		return 0, e
	}
	return p.system.deadline(ns), eok
}

// maskFor blocks other signals for the time of a call, if it says so.
func (t *Thread) maskFor(addr, size uint64) errno {
	if addr == 0 {
		return eok
	}
	m, e := t.process.readMask(addr, size)
	if e == eok {
		t.withMask(m)
	}
	return e
}

// pollSize is the size of struct pollfd.
const pollSize = 8

func (t *Thread) ppoll(a *args) (uint64, errno) {
	p := t.process
	if a[1] > p.maxFiles() {
		return 0, einval
	}
	b := make([]byte, pollSize*a[1])
	if e := p.load(a[0], b); e != eok {
		return 0, e
	}
	until, e := p.timeoutAt(a[2])
	if e != eok {
		return 0, e
	}
	if e := t.maskFor(a[3], a[4]); e != eok {
		return 0, e
	}
	le := binary.LittleEndian
	w := &readiness{until: until}
	for i := 0; i < len(b); i += pollSize {
		if d, e := p.files.get(uint64(le.Uint32(b[i:]))); e == eok && !slices.Contains(w.files, d) {
			w.files = append(w.files, d)
		}
	}
	w.look = func() (n uint64, e errno) {
		for i := 0; i < len(b); i += pollSize {
			fd, want := int32(le.Uint32(b[i:])), events(le.Uint16(b[i+4:]))
			r := events(0)
			if d, e := p.files.get(uint64(fd)); fd >= 0 && e != eok {
				r = pollNval
			} else if fd >= 0 {
				r = polled(d, want|pollErr|pollHup)
			}
			if le.PutUint16(b[i+6:], uint16(r)); r != 0 {
				n++
			}
		}
		return n, eok
	}
	w.done = func(uint64) errno { return p.store(a[0], b) }
	return t.waitReady(w)
}

// readNormal and writeNormal are other names for pollIn and pollOut.
const readNormal, writeNormal events = 0x040, 0x100

// causes are the events whose beginning brings one of those wanted.
func causes(want events) events {
	if want&readNormal != 0 {
		want |= pollIn
	}
	if want&writeNormal != 0 {
		want |= pollOut
	}
	return want
}

// polled is what of the events is there.
func polled(d *description, want events) events {
	r := d.file.ready()
	if r&pollIn != 0 {
		r |= readNormal
	}
	if r&pollOut != 0 {
		r |= writeNormal
	}
	return r & want
}

// pselect6 is poll with sets of descriptors.
func (t *Thread) pselect6(a *args) (uint64, errno) {
	p := t.process
	if int32(a[0]) < 0 {
		return 0, einval
	}
	n := min(a[0], maxFiles)
	size := (n + 63) / 64 * 8
	var sets [3][]byte
	for i := range sets {
		sets[i] = make([]byte, size)
		if a[1+i] == 0 {
			continue
		}
		if e := p.load(a[1+i], sets[i]); e != eok {
			return 0, e
		}
	}
	until, e := p.timeoutAt(a[4])
	if e != eok {
		return 0, e
	}
	if a[5] != 0 {
		var b [16]byte
		if e := p.load(a[5], b[:]); e != eok {
			return 0, e
		}
		if e := t.maskFor(binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])); e != eok {
			return 0, e
		}
	}
	w := &readiness{until: until}
	kinds := [3]events{pollIn | pollHup | pollErr, pollOut | pollErr, pollPri}
	var answer [3][]byte
	w.look = func() (count uint64, e errno) {
		for i := range answer {
			answer[i] = make([]byte, size)
		}
		for fd := range n {
			for i := range sets {
				if sets[i][fd/8]>>(fd%8)&1 == 0 {
					continue
				}
				d, e := p.files.get(fd)
				if e != eok {
					return 0, e
				}
				if d.file.ready()&kinds[i] != 0 {
					answer[i][fd/8] |= 1 << (fd % 8)
					count++
				}
			}
		}
		return count, eok
	}
	for fd := range n {
		if d, e := p.files.get(fd); e == eok && (sets[0][fd/8]|sets[1][fd/8]|sets[2][fd/8])>>(fd%8)&1 != 0 && !slices.Contains(w.files, d) {
			w.files = append(w.files, d)
		}
	}
	w.done = func(uint64) errno {
		for i := range answer {
			if a[1+i] == 0 {
				continue
			}
			if e := p.store(a[1+i], answer[i]); e != eok {
				return e
			}
		}
		return eok
	}
	return t.waitReady(w)
}
