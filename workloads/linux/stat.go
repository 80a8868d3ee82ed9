package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// statOf describes a node; one that stands for an open file without a name is
// that file.
func statOf(n *vfs.Node) vfs.Stat {
	if d, ok := n.Special().(*description); ok {
		return d.file.stat()
	}
	return n.Stat()
}

// status is struct stat.
func status(s vfs.Stat) []byte {
	b := make([]byte, 128)
	le := binary.LittleEndian
	le.PutUint64(b[0:], s.Device)
	le.PutUint64(b[8:], s.Ino)
	le.PutUint32(b[16:], uint32(s.Mode))
	le.PutUint32(b[20:], s.Links)
	le.PutUint32(b[24:], userID)
	le.PutUint32(b[28:], userID)
	le.PutUint64(b[32:], s.Rdev)
	le.PutUint64(b[48:], uint64(s.Size))
	le.PutUint32(b[56:], pageSize) // st_blksize
	le.PutUint64(b[64:], uint64(s.Blocks))
	for i, t := range []vfs.Time{s.Access, s.Modify, s.Change} {
		le.PutUint64(b[72+16*i:], uint64(t/nanosecond))
		le.PutUint64(b[80+16*i:], uint64(t%nanosecond))
	}
	return b
}

// statxOf is struct statx.
func statxOf(s vfs.Stat) []byte {
	const basic = 0x7ff // STATX_BASIC_STATS
	b := make([]byte, 256)
	le := binary.LittleEndian
	le.PutUint32(b[0:], basic)
	le.PutUint32(b[4:], pageSize)
	le.PutUint32(b[16:], s.Links)
	le.PutUint32(b[20:], userID)
	le.PutUint32(b[24:], userID)
	le.PutUint16(b[28:], uint16(s.Mode))
	le.PutUint64(b[32:], s.Ino)
	le.PutUint64(b[40:], uint64(s.Size))
	le.PutUint64(b[48:], uint64(s.Blocks))
	for at, t := range map[int]vfs.Time{64: s.Access, 96: s.Change, 112: s.Modify} {
		le.PutUint64(b[at:], uint64(t/nanosecond))
		le.PutUint32(b[at+8:], uint32(t%nanosecond))
	}
	le.PutUint32(b[128:], uint32(s.Rdev>>8))
	le.PutUint32(b[132:], uint32(s.Rdev&0xff))
	le.PutUint32(b[140:], uint32(s.Device))
	return b
}

func (t *Thread) fstat(a *args) (uint64, errno) {
	d, e := t.process.files.get(a[0])
	if e != eok {
		return 0, e
	}
	return 0, t.process.store(a[1], status(d.file.stat()))
}

func (t *Thread) newfstatat(a *args) (uint64, errno) {
	s, e := t.process.statAt(a[0], a[1], a[3])
	if e != eok {
		return 0, e
	}
	return 0, t.process.store(a[2], status(s))
}

func (t *Thread) statx(a *args) (uint64, errno) {
	const reserved = 1 << 31
	if a[3]&reserved != 0 || a[2]&atStatxSync == atStatxSync {
		return 0, einval
	}
	s, e := t.process.statAt(a[0], a[1], a[2]&^atStatxSync)
	if e != eok {
		return 0, e
	}
	return 0, t.process.store(a[4], statxOf(s))
}

// statAt describes what a path names, or the descriptor itself when the path
// is empty and that is allowed.
func (p *Process) statAt(dirfd, addr, flags uint64) (vfs.Stat, errno) {
	if flags&^(atSymlinkNofollow|atNoAutomount|atEmptyPath) != 0 {
		return vfs.Stat{}, einval
	}
	name, e := "", eok
	if addr != 0 || flags&atEmptyPath == 0 {
		name, e = p.path(addr)
	}
	switch {
	case e != eok:
		return vfs.Stat{}, e
	case name == "" && flags&atEmptyPath == 0:
		return vfs.Stat{}, enoent
	case name == "" && int32(dirfd) == atFDCWD:
		return p.cwd.Stat(), eok
	case name == "":
		d, e := p.files.get(dirfd)
		if e != eok {
			return vfs.Stat{}, e
		}
		return d.file.stat(), eok
	}
	dir, e := p.from(dirfd, name)
	if e != eok {
		return vfs.Stat{}, e
	}
	n, err := p.fs.Find(dir, name, flags&atSymlinkNofollow == 0)
	if err != nil {
		return vfs.Stat{}, fsErrno(err)
	}
	return statOf(n), eok
}

func (t *Thread) faccessat(a *args) (uint64, errno) {
	return t.faccessat2(&args{a[0], a[1], a[2]})
}

func (t *Thread) faccessat2(a *args) (uint64, errno) {
	p := t.process
	flags := a[3]
	if a[2]&^7 != 0 || flags&^(atEaccess|atSymlinkNofollow|atEmptyPath) != 0 {
		return 0, einval
	}
	var n *vfs.Node
	name, e := p.path(a[1])
	switch {
	case e != eok:
		return 0, e
	case name == "" && flags&atEmptyPath != 0:
		n, e = p.nodeOf(a[0])
	default:
		n, e = p.find(a[0], a[1], flags&atSymlinkNofollow == 0)
	}
	switch {
	case e != eok:
		return 0, e
	case n != nil && !n.Allows(vfs.Mode(a[2])):
		return 0, eacces
	}
	return 0, eok
}

// nodeOf is the node that a descriptor refers to, nil when it refers to
// something else.
func (p *Process) nodeOf(fd uint64) (*vfs.Node, errno) {
	if int32(fd) == atFDCWD {
		return p.cwd, eok
	}
	d, e := p.files.get(fd)
	if e != eok {
		return nil, e
	}
	switch f := d.file.(type) {
	case *nodeFile:
		return f.node, eok
	case *deviceFile:
		return f.node, eok
	}
	return nil, eok
}

func (t *Thread) statfs(a *args) (uint64, errno) {
	if _, e := t.process.find(uint64(atFDCWD&0xffffffff), a[0], true); e != eok {
		return 0, e
	}
	return 0, t.process.store(a[1], t.process.fsStatus())
}

func (t *Thread) fstatfs(a *args) (uint64, errno) {
	if _, e := t.process.files.get(a[0]); e != eok {
		return 0, e
	}
	return 0, t.process.store(a[1], t.process.fsStatus())
}

// fsStatus is struct statfs: a tmpfs as large as the guest's memory.
func (p *Process) fsStatus() []byte {
	const tmpfs, nameMax, manyFiles = 0x01021994, 255, 1 << 20
	b := make([]byte, 120)
	le := binary.LittleEndian
	le.PutUint64(b[0:], tmpfs)
	le.PutUint64(b[8:], pageSize)
	le.PutUint64(b[16:], p.options.Memory/pageSize)
	le.PutUint64(b[24:], p.space.Available()/pageSize)
	le.PutUint64(b[32:], p.space.Available()/pageSize)
	le.PutUint64(b[40:], manyFiles)
	le.PutUint64(b[48:], manyFiles)
	le.PutUint64(b[64:], nameMax)
	le.PutUint64(b[72:], pageSize)
	return b
}
