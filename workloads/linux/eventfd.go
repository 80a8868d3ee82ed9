package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// nextAnonymous numbers what has no name in the file system; the standard
// streams are the first three.
func (p *Process) nextAnonymous() uint64 {
	const standard = 3
	p.anonymous++
	return standard + p.anonymous
}

// anonymousStat describes what has no name in the file system.
func anonymousStat(kind vfs.Mode, ino uint64) vfs.Stat {
	const device, ownerReadWrite = 2, 0o600
	t := epochTime
	return vfs.Stat{Device: device, Ino: ino, Mode: kind | ownerReadWrite, Links: 1, Access: t, Modify: t, Change: t}
}

// counterSize is the size of what is read from and written to an event
// counter or a timer descriptor.
const counterSize = 8

// eventCounter is the counter of eventfd(2).
type eventCounter struct {
	value     uint64
	semaphore bool // a read takes 1, not everything
	ino       uint64
	watchers  watchers
}

var _ file = (*eventCounter)(nil)

// maxEvents is the largest value that a write can lead to.
const maxEvents = ^uint64(0) - 1

func (c *eventCounter) read(b []byte, _ int64) (int, errno) {
	switch {
	case len(b) < counterSize:
		return 0, einval
	case c.value == 0:
		return 0, eagain
	}
	n := c.value
	if c.semaphore {
		n = 1
	}
	c.value -= n
	binary.LittleEndian.PutUint64(b, n)
	c.watchers.changedTo(pollOut)
	return counterSize, eok
}

func (c *eventCounter) write(b []byte, _ int64) (int, errno) {
	if len(b) < counterSize {
		return 0, einval
	}
	n := binary.LittleEndian.Uint64(b)
	switch {
	case n > maxEvents:
		return 0, einval
	case n > maxEvents-c.value:
		return 0, eagain
	}
	c.value += n
	c.watchers.changedTo(pollIn)
	return counterSize, eok
}

func (c *eventCounter) ready() (e events) {
	if c.value > 0 {
		e |= pollIn
	}
	if c.value < maxEvents {
		e |= pollOut
	}
	return e
}

func (c *eventCounter) stat() vfs.Stat     { return anonymousStat(0, c.ino) }
func (c *eventCounter) positions() bool    { return false }
func (c *eventCounter) changes() *watchers { return &c.watchers }
func (c *eventCounter) close()             {}

func (t *Thread) eventfd2(a *args) (uint64, errno) {
	const semaphore = 1
	p := t.process
	flags := uint32(a[1])
	if flags&^(semaphore|openNonblock|openCloexec) != 0 {
		return 0, einval
	}
	c := &eventCounter{value: uint64(uint32(a[0])), semaphore: flags&semaphore != 0, ino: p.nextAnonymous()}
	d := &description{file: c, flags: openReadWrite | flags&openNonblock, name: "anon_inode:[eventfd]"}
	return p.install(d, flags&openCloexec != 0)
}
