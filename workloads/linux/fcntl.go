package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Commands of fcntl(2).
const (
	fDupFD        = 0
	fGetFD        = 1
	fSetFD        = 2
	fGetFL        = 3
	fSetFL        = 4
	fGetLK        = 5
	fSetLK        = 6
	fSetLKW       = 7
	fSetOwn       = 8
	fGetOwn       = 9
	fOFDGetLK     = 36
	fOFDSetLK     = 37
	fOFDSetLKW    = 38
	fDupFDCloexec = 1030
)

// fcntl: locks are always free, as no other process could hold one.
func (t *Thread) fcntl(a *args) (uint64, errno) {
	p := t.process
	d, e := p.files.get(a[0])
	if e != eok {
		return 0, e
	}
	slot := &p.files.slots[uint32(a[0])]
	switch a[1] {
	case fDupFD, fDupFDCloexec:
		if a[2] >= p.maxFiles() {
			return 0, einval
		}
		return p.files.add(d, a[2], p.maxFiles(), a[1] == fDupFDCloexec)
	case fGetFD:
		if slot.cloexec {
			return 1, eok
		}
		return 0, eok
	case fSetFD:
		slot.cloexec = a[2]&1 != 0
		return 0, eok
	case fGetFL:
		return uint64(d.flags), eok
	case fSetFL:
		const settable = openAppend | openNonblock
		d.flags = d.flags&^settable | uint32(a[2])&settable
		return 0, eok
	case fSetLK, fSetLKW, fOFDSetLK, fOFDSetLKW:
		var lock [32]byte
		return 0, p.load(a[2], lock[:])
	case fGetLK, fOFDGetLK:
		const unlocked = 2
		return 0, p.store(a[2], binary.LittleEndian.AppendUint16(nil, unlocked))
	case fSetOwn, fGetOwn:
		return 0, eok
	}
	if c, ok := d.file.(controller); ok {
		return c.fcntl(p, a)
	}
	return 0, einval
}

// controller is a file with commands of fcntl of its own, such as the size of
// a pipe.
type controller interface {
	fcntl(p *Process, a *args) (uint64, errno)
}

// counter is a file that knows how many bytes could be read now (FIONREAD).
type counter interface {
	available() uint32
}

// ioctl: nothing here is a terminal.
func (t *Thread) ioctl(a *args) (uint64, errno) {
	const fionread, fionbio, fioclex, fionclex = 0x541b, 0x5421, 0x5451, 0x5450
	p := t.process
	d, e := p.files.get(a[0])
	switch {
	case e != eok:
		return 0, e
	case d.flags&openPath != 0:
		return 0, ebadf
	}
	switch uint32(a[1]) {
	case fioclex, fionclex:
		p.files.slots[uint32(a[0])].cloexec = uint32(a[1]) == fioclex
		return 0, eok
	case fionbio:
		var on [4]byte
		if e := p.load(a[2], on[:]); e != eok {
			return 0, e
		}
		d.flags &^= openNonblock
		if on != [4]byte{} {
			d.flags |= openNonblock
		}
		return 0, eok
	case fionread:
		n := uint32(0)
		if c, ok := d.file.(counter); ok {
			n = c.available()
		} else if s := d.file.stat(); s.Mode.Type() == vfs.Regular {
			n = uint32(s.Size - d.offset)
		} else {
			return 0, enotty
		}
		return 0, p.store(a[2], binary.LittleEndian.AppendUint32(nil, n))
	}
	return 0, enotty
}

// flock: as with fcntl, every lock is free.
func (t *Thread) flock(a *args) (uint64, errno) {
	_, e := t.process.files.get(a[0])
	return 0, e
}

// synced answers fsync and its like: nothing is kept longer than the run.
func (t *Thread) synced(a *args) (uint64, errno) {
	_, e := t.process.files.get(a[0])
	return 0, e
}

// nothing answers calls that have nothing to do here, such as sync.
func (t *Thread) nothing(*args) (uint64, errno) { return 0, eok }

// advised answers fadvise64 and readahead: advice changes nothing here.
func (t *Thread) advised(a *args) (uint64, errno) {
	d, e := t.process.files.get(a[0])
	switch {
	case e != eok:
		return 0, e
	case !d.file.positions():
		return 0, espipe
	}
	return 0, eok
}

// noAttributes answers the calls for extended attributes: no file has any.
func (t *Thread) noAttributes(*args) (uint64, errno) { return 0, eopnotsupp }

// noNetwork answers socket and socketpair: there is no network.
func (t *Thread) noNetwork(*args) (uint64, errno) { return 0, eafnosupport }

// notSocket answers the calls that want a socket.
func (t *Thread) notSocket(a *args) (uint64, errno) {
	if _, e := t.process.files.get(a[0]); e != eok {
		return 0, e
	}
	return 0, enotsock
}

// forbidden answers what only the superuser may do.
func (t *Thread) forbidden(*args) (uint64, errno) { return 0, eperm }
