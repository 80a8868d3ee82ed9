package linux

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// alarm is a timer that sends a signal: that of setitimer(2), or one made by
// timer_create(2).
type alarm struct {
	id       uint64
	info     siginfo
	silent   bool    // SIGEV_NONE
	to       *Thread // nil: the process
	clock    uint64
	timer    *timer
	at       uint64 // with timer: the cycle in which it fires
	interval uint64 // ns; 0: it fires once
	overrun  uint64 // times that it fired while its last signal was pending
}

// maxAlarms bounds the timers that a process makes.
const maxAlarms = 256

// leastInterval is the least time in ns after which an alarm goes off again.
const leastInterval = 1000

// set arms an alarm to go off in ns and then each interval; 0 disarms it.
func (p *Process) setAlarm(m *alarm, ns, interval uint64) {
	s := p.system
	s.timers.disarm(m.timer)
	m.timer, m.interval = nil, interval
	if ns == 0 {
		return
	}
	if interval > 0 {
		m.interval = max(interval, leastInterval)
	}
	p.armAlarm(m, s.deadline(ns))
}

func (p *Process) armAlarm(m *alarm, at uint64) {
	s := p.system
	m.at = at
	m.timer = s.timers.arm(at, p, func() {
		m.timer = nil
		if m.interval > 0 {
			p.armAlarm(m, at+max(1, s.clock.after(m.interval)-1))
		}
		p.goOff(m)
	})
}

// goOff sends the signal of an alarm. A timer has one signal at a time: while
// that is pending it counts what it would have sent.
func (p *Process) goOff(m *alarm) {
	pending := &p.pending
	switch {
	case m.silent || m.to != nil && m.to.state == threadEnded:
		return
	case m.to != nil:
		pending = &m.to.pending
	}
	if m.info.code() == codeTimer && pending.hasTimer(m.info.timer()) {
		m.overrun++
		return
	}
	m.overrun = 0
	p.send(m.info, m.to)
}

// left is the time in ns until an alarm goes off, 0 when it does not.
func (p *Process) left(m *alarm) uint64 {
	c := &p.system.clock
	if m.timer == nil {
		return 0
	}
	return max(1, scale(m.at-min(m.at, c.now()), nanosecond, c.frequency))
}

// intervalSpec is struct itimerspec, and struct itimerval with another unit,
// in ns.
func (p *Process) intervalSpec(addr, unit uint64) (value, interval uint64, e errno) {
	var b [32]byte
	if e := p.load(addr, b[:]); e != eok {
		return 0, 0, e
	}
	var ns [2]uint64
	for i := range ns {
		seconds, rest := binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])
		if int64(seconds) < 0 || rest >= nanosecond/unit {
			return 0, 0, einval
		}
		hi, lo := bits.Mul64(seconds, nanosecond)
		if ns[i] = lo + rest*unit; hi != 0 || ns[i] < lo {
			ns[i] = ^uint64(0)
		}
	}
	return ns[1], ns[0], eok
}

// storeSpec writes struct itimerspec or itimerval.
func (p *Process) storeSpec(addr, value, interval, unit uint64) errno {
	if addr == 0 {
		return eok
	}
	i, v := timespec(interval, unit), timespec(value, unit)
	return p.store(addr, append(i[:], v[:]...))
}

const microsecond = 1000

// setitimer knows ITIMER_REAL; the timers of processor time are not there.
func (t *Thread) setitimer(a *args) (uint64, errno) {
	p := t.process
	if a[0] != 0 {
		if a[0] <= 2 {
			p.lacks("an interval timer of processor time")
		}
		return 0, einval
	}
	left, interval := p.left(&p.realTimer), p.realTimer.interval
	if a[1] != 0 {
		value, every, e := p.intervalSpec(a[1], microsecond)
		if e != eok {
			return 0, e
		}
		p.realTimer.info = newInfo(SIGALRM, codeKernel)
		p.setAlarm(&p.realTimer, value, every)
	}
	return 0, p.storeSpec(a[2], left, interval, microsecond)
}

func (t *Thread) getitimer(a *args) (uint64, errno) {
	p := t.process
	if a[0] > 2 {
		return 0, einval
	}
	var left, interval uint64
	if a[0] == 0 {
		left, interval = p.left(&p.realTimer), p.realTimer.interval
	}
	return 0, p.storeSpec(a[1], left, interval, microsecond)
}

func (t *Thread) timerCreate(a *args) (uint64, errno) {
	const signal, none, threadID = 0, 1, 4
	p := t.process
	if _, e := p.system.clock.read(a[0]); e != eok {
		return 0, e
	}
	if len(p.alarms) >= maxAlarms {
		return 0, eagain
	}
	p.lastAlarm++
	m := &alarm{id: p.lastAlarm - 1, clock: a[0]}
	s, value, notify, tid := SIGALRM, m.id, uint32(signal), uint32(0)
	if a[1] != 0 {
		var b [20]byte // struct sigevent as far as it is of interest
		if e := p.load(a[1], b[:]); e != eok {
			return 0, e
		}
		le := binary.LittleEndian
		value, notify, tid = le.Uint64(b[0:]), le.Uint32(b[12:]), le.Uint32(b[16:])
		if n := le.Uint32(b[8:]); notify != none {
			if n == 0 || n > numSignals {
				return 0, einval
			}
			s = Signal(n)
		}
	}
	switch notify {
	case none:
		m.silent = true
	case threadID:
		o, e := p.threadOf(uint64(tid))
		if e != eok {
			return 0, einval
		}
		m.to = o
	case signal:
	default:
		return 0, einval
	}
	m.info = newInfo(s, codeTimer)
	binary.LittleEndian.PutUint32(m.info[16:], uint32(m.id))
	binary.LittleEndian.PutUint64(m.info[24:], value)
	if e := p.store(a[2], binary.LittleEndian.AppendUint32(nil, uint32(m.id))); e != eok {
		return 0, e
	}
	p.alarms = append(p.alarms, m)
	return 0, eok
}

// alarm finds a timer that the process has made.
func (p *Process) alarm(id uint64) (*alarm, errno) {
	for _, m := range p.alarms {
		if m.id == uint64(uint32(id)) {
			return m, eok
		}
	}
	return nil, einval
}

func (t *Thread) timerSettime(a *args) (uint64, errno) {
	const absolute = 1
	p := t.process
	m, e := p.alarm(a[0])
	if e != eok {
		return 0, e
	}
	value, interval, e := p.intervalSpec(a[2], 1)
	if e != eok {
		return 0, e
	}
	left, every := p.left(m), m.interval
	if a[1]&absolute != 0 && value > 0 {
		now, _ := p.system.clock.read(m.clock)
		value = max(1, value-min(value, now))
	}
	p.setAlarm(m, value, interval)
	return 0, p.storeSpec(a[3], left, every, 1)
}

func (t *Thread) timerGettime(a *args) (uint64, errno) {
	p := t.process
	m, e := p.alarm(a[0])
	if e != eok {
		return 0, e
	}
	return 0, p.storeSpec(a[1], p.left(m), m.interval, 1)
}

// timerGetoverrun is how often the timer fired between its last signal and the
// delivery of that.
func (t *Thread) timerGetoverrun(a *args) (uint64, errno) {
	const most = 1<<31 - 1 // DELAYTIMER_MAX
	m, e := t.process.alarm(a[0])
	if e != eok {
		return 0, e
	}
	return min(m.overrun, most), eok
}

func (t *Thread) timerDelete(a *args) (uint64, errno) {
	p := t.process
	m, e := p.alarm(a[0])
	if e != eok {
		return 0, e
	}
	p.setAlarm(m, 0, 0)
	p.alarms = slices.DeleteFunc(p.alarms, func(o *alarm) bool { return o == m })
	return 0, eok
}
