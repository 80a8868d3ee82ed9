package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// timerFile is the timer of timerfd_create(2). As in Linux, one that repeats
// is not armed again before its expirations are read; how many it missed
// follows from the time then.
type timerFile struct {
	process  *Process
	clock    uint64
	ino      uint64
	armed    *timer // nil: it is not, or has expired
	at       uint64 // next expiration, in nanoseconds since the system began; 0: never
	interval uint64 // nanoseconds; 0: it does not repeat
	expired  bool   // at has passed
	ticks    uint64 // expirations that were counted and not read
	watchers watchers
}

var _ file = (*timerFile)(nil)

func (f *timerFile) now() uint64 { return f.process.system.clock.nanoseconds() }

// set makes the timer expire at a time (0: never), and then every interval.
func (f *timerFile) set(at, interval uint64) {
	f.disarm()
	f.at, f.interval, f.expired, f.ticks = at, interval, false, 0
	f.arm()
}

// arm waits for the next expiration.
func (f *timerFile) arm() {
	if f.at == 0 {
		return
	}
	s := f.process.system
	f.armed = s.timers.arm(s.deadline(f.at-min(f.at, f.now())), f.process, func() {
		f.armed, f.expired = nil, true
		f.ticks++
		f.watchers.changedTo(pollIn)
		f.process.checkDeadlock()
	})
}

func (f *timerFile) disarm() {
	f.process.system.timers.disarm(f.armed)
	f.armed = nil
}

// catchUp counts what a repeating timer has missed, and arms it again.
func (f *timerFile) catchUp() {
	if !f.expired {
		return
	}
	f.expired = false
	if f.interval == 0 {
		f.at = 0
		return
	}
	// The first expiration from now on, and those before it but the one that
	// was counted.
	now := f.now()
	passed := (now-min(f.at, now))/f.interval + 1
	f.ticks += passed - 1
	f.at += (passed - 1) * f.interval
	f.at += min(f.interval, ^uint64(0)-f.at)
	f.arm()
}

func (f *timerFile) read(b []byte, _ int64) (int, errno) {
	switch {
	case len(b) < counterSize:
		return 0, einval
	case f.ticks == 0:
		return 0, eagain
	}
	f.catchUp()
	binary.LittleEndian.PutUint64(b, f.ticks)
	f.ticks = 0
	return counterSize, eok
}

func (f *timerFile) write([]byte, int64) (int, errno) { return 0, einval }

func (f *timerFile) ready() events {
	if f.ticks > 0 {
		return pollIn
	}
	return 0
}

func (f *timerFile) stat() vfs.Stat     { return anonymousStat(0, f.ino) }
func (f *timerFile) positions() bool    { return false }
func (f *timerFile) changes() *watchers { return &f.watchers }
func (f *timerFile) close()             { f.disarm() }

func (t *Thread) timerfdCreate(a *args) (uint64, errno) {
	p := t.process
	flags := uint32(a[1])
	clock := uint64(uint32(a[0]))
	switch {
	case flags&^(openNonblock|openCloexec) != 0:
		return 0, einval
	case clock != clockRealtime && clock != clockMonotonic && clock != clockBoottime:
		return 0, einval
	}
	f := &timerFile{process: p, clock: clock, ino: p.nextAnonymous()}
	d := &description{file: f, flags: openReadWrite | flags&openNonblock, name: "anon_inode:[timerfd]"}
	return p.install(d, flags&openCloexec != 0)
}

// timerOf is the timer of a descriptor.
func (p *Process) timerOf(fd uint64) (*timerFile, errno) {
	d, e := p.files.get(fd)
	if e != eok {
		return nil, e
	}
	f, ok := d.file.(*timerFile)
	if !ok {
		return nil, einval
	}
	return f, eok
}

// left is the time until the next expiration, 0 when there is none.
func (f *timerFile) left() uint64 {
	f.catchUp()
	if f.at == 0 {
		return 0
	}
	return max(f.at-min(f.at, f.now()), 1)
}

func (t *Thread) timerfdGettime(a *args) (uint64, errno) {
	f, e := t.process.timerOf(a[0])
	if e != eok {
		return 0, e
	}
	return 0, t.process.storeSpec(a[1], f.left(), f.interval, 1)
}

func (t *Thread) timerfdSettime(a *args) (uint64, errno) {
	const absolute, cancelOnSet = 1, 2
	p := t.process
	if a[1]&^(absolute|cancelOnSet) != 0 || a[2] == 0 {
		return 0, einval
	}
	value, interval, e := p.intervalSpec(a[2], 1)
	if e != eok {
		return 0, e
	}
	f, e := p.timerOf(a[0])
	if e != eok {
		return 0, e
	}
	left, every := f.left(), f.interval
	at := uint64(0)
	if value != 0 {
		at = f.expiration(value, a[1]&absolute != 0)
	}
	f.set(at, interval)
	return 0, p.storeSpec(a[3], left, every, 1)
}

// expiration is the time of a setting in nanoseconds since the system began,
// at least 1.
func (f *timerFile) expiration(value uint64, absolute bool) uint64 {
	now := f.now()
	if !absolute {
		return now + min(value, ^uint64(0)-now)
	}
	if f.clock == clockRealtime {
		value -= min(value, epoch*nanosecond)
	}
	return max(value, 1)
}
