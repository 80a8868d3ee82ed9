package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Sizes, permissions, owners and times of files.

// regularFor is the node of a descriptor that is a regular file open for
// writing.
func (p *Process) regularFor(fd uint64) (*vfs.Node, errno) {
	d, e := p.files.get(fd)
	if e != eok {
		return nil, e
	}
	f, ok := d.file.(*nodeFile)
	switch {
	case d.flags&openPath != 0:
		return nil, ebadf
	case !ok || f.isText || f.node.Mode().Type() != vfs.Regular:
		return nil, einval
	case !d.writable():
		return nil, einval
	}
	return f.node, eok
}

func (t *Thread) ftruncate(a *args) (uint64, errno) {
	if int64(a[1]) < 0 {
		return 0, einval
	}
	n, e := t.process.regularFor(a[0])
	if e != eok {
		return 0, e
	}
	return 0, fsErrno(n.Truncate(int64(a[1])))
}

func (t *Thread) truncate(a *args) (uint64, errno) {
	if int64(a[1]) < 0 {
		return 0, einval
	}
	n, e := t.process.find(uint64(atFDCWD&0xffffffff), a[0], true)
	if e != eok {
		return 0, e
	}
	_, isText := n.Text()
	switch kind := n.Mode().Type(); {
	case kind == vfs.Directory:
		return 0, eisdir
	case kind != vfs.Regular:
		return 0, einval
	case isText || !n.Allows(vfs.MayWrite):
		return 0, eacces
	}
	return 0, fsErrno(n.Truncate(int64(a[1])))
}

// fallocate: what is allocated takes no memory until it is written, but there
// must be enough.
func (t *Thread) fallocate(a *args) (uint64, errno) {
	const keepSize, punchHole, zeroRange = 1, 2, 16
	p := t.process
	d, e := p.files.get(a[0])
	if e != eok {
		return 0, e
	}
	mode, off, size := uint32(a[1]), int64(a[2]), int64(a[3])
	switch {
	case off < 0 || size <= 0:
		return 0, einval
	case off > vfs.MaxSize-size:
		return 0, efbig
	case !d.writable():
		return 0, ebadf
	case !d.file.positions():
		return 0, espipe
	}
	n, e := p.regularFor(a[0])
	if e != eok {
		return 0, enodev
	}
	switch mode {
	case 0, keepSize:
		if uint64(size) > p.space.Available() {
			return 0, enospc
		}
	case punchHole | keepSize, zeroRange, zeroRange | keepSize:
		if err := n.Zero(off, size); err != nil {
			return 0, fsErrno(err)
		}
	default:
		return 0, eopnotsupp
	}
	if mode&keepSize == 0 && off+size > n.Size() {
		return 0, fsErrno(n.Truncate(off + size))
	}
	return 0, eok
}

func (t *Thread) fchmod(a *args) (uint64, errno) {
	n, e := t.process.nodeOf(a[0])
	switch {
	case e != eok:
		return 0, e
	case n == nil:
		return 0, eok // a pipe's permissions, which nobody asks for
	}
	return 0, fsErrno(n.Chmod(vfs.Mode(a[1])))
}

func (t *Thread) fchmodat(a *args) (uint64, errno) {
	n, e := t.process.find(a[0], a[1], true)
	if e != eok {
		return 0, e
	}
	return 0, fsErrno(n.Chmod(vfs.Mode(a[2])))
}

func (t *Thread) fchown(a *args) (uint64, errno) {
	if _, e := t.process.files.get(a[0]); e != eok {
		return 0, e
	}
	return 0, ownable(a[1], a[2])
}

func (t *Thread) fchownat(a *args) (uint64, errno) {
	if _, e := t.process.find(a[0], a[1], a[4]&atSymlinkNofollow == 0); e != eok && a[4]&atEmptyPath == 0 {
		return 0, e
	}
	return 0, ownable(a[2], a[3])
}

// ownable allows a change of owner that changes nothing: all is the one
// user's.
func ownable(user, group uint64) errno {
	for _, id := range []int32{int32(user), int32(group)} {
		if id != -1 && id != userID {
			return eperm
		}
	}
	return eok
}

// utimensat sets the times of a file; without a path those of a descriptor.
func (t *Thread) utimensat(a *args) (uint64, errno) {
	p := t.process
	access, modify, e := p.newTimes(a[2])
	if e != eok {
		return 0, e
	}
	var n *vfs.Node
	if a[1] == 0 {
		n, e = p.nodeOf(a[0])
	} else {
		n, e = p.find(a[0], a[1], a[3]&atSymlinkNofollow == 0)
	}
	if e != eok || n == nil {
		return 0, e
	}
	n.SetTimes(access, modify)
	return 0, eok
}

// newTimes reads the two times of utimensat; nil is one that stays.
func (p *Process) newTimes(addr uint64) (access, modify *vfs.Time, e errno) {
	const now, omit = 0x3fffffff, 0x3ffffffe
	at := p.fileTime()
	if addr == 0 {
		return &at, &at, eok
	}
	var b [32]byte
	if e := p.load(addr, b[:]); e != eok {
		return nil, nil, e
	}
	read := func(b []byte) (*vfs.Time, errno) {
		seconds, ns := int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:])
		switch {
		case ns == now:
			return &at, eok
		case ns == omit:
			return nil, eok
		case ns >= nanosecond:
			return nil, einval
		}
		// Clamped, as a file system does with times that it cannot keep.
		const limit = 1 << 33
		v := vfs.Time(min(max(seconds, -limit), limit-1)*nanosecond + int64(ns))
		return &v, eok
	}
	if access, e = read(b[:16]); e != eok {
		return nil, nil, e
	}
	modify, e = read(b[16:])
	return access, modify, e
}
