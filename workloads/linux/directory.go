package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Directories and names: listing, creating, moving, removing.

// getdents64 lists a directory as it was when the listing began at its start.
func (t *Thread) getdents64(a *args) (uint64, errno) {
	const header = 19
	p := t.process
	d, e := p.openFor(a[0], false)
	if e != eok {
		return 0, e
	}
	f, ok := d.file.(*nodeFile)
	if !ok || f.node.Mode().Type() != vfs.Directory {
		return 0, enotdir
	}
	if d.offset == 0 || d.entries == nil {
		if e := f.list(d); e != eok {
			return 0, e
		}
	}
	var b []byte
	size := int(min(uint64(uint32(a[2])), chunk))
	next := d.offset
	for ; next < int64(len(d.entries)); next++ {
		entry := d.entries[next]
		length := (header + len(entry.Name) + 1 + 7) &^ 7
		if len(b)+length > size {
			break
		}
		b = binary.LittleEndian.AppendUint64(b, entry.Ino)
		b = binary.LittleEndian.AppendUint64(b, uint64(next+1))
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
		b = append(b, byte(entry.Type>>12))
		b = append(b, entry.Name...)
		b = append(b, make([]byte, length-header-len(entry.Name))...)
	}
	if len(b) == 0 && next < int64(len(d.entries)) {
		return 0, einval // not one fits
	}
	if e := p.store(a[1], b); e != eok {
		return 0, e
	}
	d.offset = next
	return uint64(len(b)), eok
}

// list takes down what the directory holds now.
func (f *nodeFile) list(d *description) errno {
	const each = 48 // bytes that an entry takes besides its name
	entries, err := f.fs.List(f.node)
	if err != nil {
		return fsErrno(err)
	}
	cost := int64(0)
	for _, e := range entries {
		cost += each + int64(len(e.Name))
	}
	f.fs.Charge(-f.listed)
	f.listed, d.entries = 0, nil
	if !f.fs.Charge(cost) {
		return enomem
	}
	f.listed, d.entries = cost, entries
	return eok
}

func (t *Thread) mkdirat(a *args) (uint64, errno) {
	p := t.process
	dir, path, e := p.named(a[0], a[1])
	if e != eok {
		return 0, e
	}
	return 0, fsErrno(p.fs.Mkdir(dir, path, p.newMode(a[2])&0o1777))
}

// mknodat makes regular files; pipes with names and devices it does not.
func (t *Thread) mknodat(a *args) (uint64, errno) {
	p := t.process
	dir, path, e := p.named(a[0], a[1])
	if e != eok {
		return 0, e
	}
	if m := vfs.Mode(a[2]).Type(); m != 0 && m != vfs.Regular {
		return 0, eperm
	}
	place, err := p.fs.Open(dir, path, vfs.Create|vfs.Exclusive, p.newMode(a[2]))
	if err == nil {
		place.Node.Drop()
	}
	return 0, fsErrno(err)
}

func (t *Thread) unlinkat(a *args) (uint64, errno) {
	p := t.process
	if a[2]&^atRemovedir != 0 {
		return 0, einval
	}
	dir, path, e := p.named(a[0], a[1])
	switch {
	case e != eok:
		return 0, e
	case a[2] != 0:
		return 0, fsErrno(p.fs.Rmdir(dir, path))
	}
	return 0, fsErrno(p.fs.Unlink(dir, path))
}

func (t *Thread) renameat(a *args) (uint64, errno) {
	return t.renameat2(&args{a[0], a[1], a[2], a[3]})
}

func (t *Thread) renameat2(a *args) (uint64, errno) {
	const noReplace, exchange = 1, 2
	p := t.process
	from, old, e := p.named(a[0], a[1])
	if e != eok {
		return 0, e
	}
	to, name, e := p.named(a[2], a[3])
	if e != eok {
		return 0, e
	}
	var how vfs.RenameHow
	switch a[4] {
	case 0:
	case noReplace:
		how = vfs.NoReplace
	case exchange:
		how = vfs.Exchange
	default:
		return 0, einval
	}
	return 0, fsErrno(p.fs.Rename(from, old, to, name, how))
}

func (t *Thread) symlinkat(a *args) (uint64, errno) {
	p := t.process
	target, e := p.path(a[0])
	if e != eok {
		return 0, e
	}
	dir, path, e := p.named(a[1], a[2])
	if e != eok {
		return 0, e
	}
	return 0, fsErrno(p.fs.Symlink(target, dir, path))
}

func (t *Thread) linkat(a *args) (uint64, errno) {
	p := t.process
	if a[4]&^(atSymlinkFollow|atEmptyPath) != 0 {
		return 0, einval
	}
	name, e := p.path(a[1])
	if e != eok {
		return 0, e
	}
	var n *vfs.Node
	if name == "" && a[4]&atEmptyPath != 0 {
		n, e = p.nodeOf(a[0])
	} else {
		n, e = p.find(a[0], a[1], a[4]&atSymlinkFollow != 0)
	}
	if e != eok {
		return 0, e
	}
	dir, path, e := p.named(a[2], a[3])
	switch {
	case e != eok:
		return 0, e
	case n == nil:
		return 0, exdev
	}
	return 0, fsErrno(p.fs.Link(n, dir, path))
}

func (t *Thread) readlinkat(a *args) (uint64, errno) {
	p := t.process
	if int32(a[3]) <= 0 {
		return 0, einval
	}
	name, e := p.path(a[1])
	if e != eok {
		return 0, e
	}
	var n *vfs.Node
	if name == "" && int32(a[0]) != atFDCWD {
		n, e = p.nodeOf(a[0])
	} else {
		n, e = p.find(a[0], a[1], false)
	}
	switch {
	case e != eok:
		return 0, e
	case n == nil || n.Mode().Type() != vfs.Symlink:
		return 0, einval
	}
	target := n.Target()
	size := min(uint64(len(target)), a[3])
	return size, p.store(a[2], []byte(target[:size]))
}

func (t *Thread) chdir(a *args) (uint64, errno) {
	p := t.process
	n, e := p.find(uint64(atFDCWD&0xffffffff), a[0], true)
	if e != eok {
		return 0, e
	}
	return 0, p.enter(n)
}

func (t *Thread) fchdir(a *args) (uint64, errno) {
	p := t.process
	d, e := p.files.get(a[0])
	if e != eok {
		return 0, e
	}
	f, ok := d.file.(*nodeFile)
	if !ok {
		return 0, enotdir
	}
	return 0, p.enter(f.node)
}

// enter makes a directory the current one.
func (p *Process) enter(n *vfs.Node) errno {
	switch {
	case n.Mode().Type() != vfs.Directory:
		return enotdir
	case !n.Allows(vfs.MayExecute):
		return eacces
	}
	n.Hold()
	p.cwd.Drop()
	p.cwd = n
	return eok
}

func (t *Thread) getcwd(a *args) (uint64, errno) {
	path, err := t.process.cwd.Path()
	switch {
	case err != nil:
		return 0, fsErrno(err)
	case a[1] < uint64(len(path)+1):
		return 0, erange
	}
	return uint64(len(path) + 1), t.process.store(a[0], append([]byte(path), 0))
}

func (t *Thread) setUmask(a *args) (uint64, errno) {
	p := t.process
	old := p.umask
	p.umask = vfs.Mode(a[0]) & 0o777
	return uint64(old), eok
}
