package linux

import "github.com/threadmill-sim/threadmill/workloads/linux/vfs"

// The descriptor "here" of the calls that end in at.
const atFDCWD = -100

// Flags of the calls that end in at.
const (
	atSymlinkNofollow = 0x100
	atRemovedir       = 0x200 // unlinkat
	atEaccess         = 0x200 // faccessat
	atSymlinkFollow   = 0x400
	atNoAutomount     = 0x800
	atEmptyPath       = 0x1000
	atStatxSync       = 0x6000
)

// path reads the name of a file.
func (p *Process) path(addr uint64) (string, errno) {
	const maxPath = 4096
	s, e := p.cstring(addr, maxPath)
	if e == enomem {
		e = enametoolong
	}
	return s, e
}

// from is the directory that a relative path starts in.
func (p *Process) from(dirfd uint64, path string) (*vfs.Node, errno) {
	if path != "" && path[0] == '/' {
		return p.fs.Root(), eok
	}
	if int32(dirfd) == atFDCWD {
		return p.cwd, eok
	}
	d, e := p.files.get(dirfd)
	if e != eok {
		return nil, e
	}
	f, ok := d.file.(*nodeFile)
	if !ok || f.node.Mode().Type() != vfs.Directory {
		return nil, enotdir
	}
	return f.node, eok
}

// named reads a path and where it starts.
func (p *Process) named(dirfd, addr uint64) (dir *vfs.Node, path string, e errno) {
	if path, e = p.path(addr); e != eok {
		return nil, "", e
	}
	if path == "" {
		return nil, "", enoent
	}
	dir, e = p.from(dirfd, path)
	return dir, path, e
}

// find is the node that the arguments of a system call name.
func (p *Process) find(dirfd, addr uint64, follow bool) (*vfs.Node, errno) {
	dir, path, e := p.named(dirfd, addr)
	if e != eok {
		return nil, e
	}
	n, err := p.fs.Find(dir, path, follow)
	return n, fsErrno(err)
}

// newMode is the permissions of a new file.
func (p *Process) newMode(mode uint64) vfs.Mode {
	return vfs.Mode(mode) & vfs.Permissions &^ p.umask
}

func (t *Thread) openat(a *args) (uint64, errno) {
	const settable = openAccess | openAppend | openNonblock | openDirectory | openNofollow | openPath | openLargefile
	p := t.process
	dir, path, e := p.named(a[0], a[1])
	if e != eok {
		return 0, e
	}
	flags := uint32(a[2])
	if flags&openPath != 0 {
		flags &= openPath | openDirectory | openNofollow | openCloexec
	}
	d := &description{flags: flags&settable | openLargefile}
	if flags&openTmpfile == openTmpfile {
		d.file, e = p.openTemporary(dir, path, flags, a[3])
	} else {
		d.file, d.name, e = p.open(dir, path, flags, a[3])
	}
	if e != eok {
		return 0, e
	}
	return p.install(d, flags&openCloexec != 0)
}

// install gives a new description the lowest free descriptor, or closes it.
func (p *Process) install(d *description, cloexec bool) (uint64, errno) {
	fd, e := p.files.add(d, 0, p.maxFiles(), cloexec)
	if e != eok {
		d.refs = 1
		d.release()
	}
	return fd, e
}

// maxFiles is the limit RLIMIT_NOFILE.
func (p *Process) maxFiles() uint64 { return min(p.limits[limitFiles].soft, maxFiles) }

// how translates the flags of open.
func how(flags uint32) vfs.How {
	var h vfs.How
	switch flags & openAccess {
	case openReadOnly:
		h = vfs.ForRead
	case openWriteOnly:
		h = vfs.ForWrite
	default:
		h = vfs.ForRead | vfs.ForWrite
	}
	for _, f := range []struct {
		flag uint32
		how  vfs.How
	}{
		{openCreate, vfs.Create}, {openExclusive, vfs.Exclusive}, {openTruncate, vfs.Truncate},
		{openDirectory, vfs.OnlyDirectory}, {openNofollow, vfs.NoFollow}, {openPath, vfs.NameOnly},
	} {
		if flags&f.flag != 0 {
			h |= f.how
		}
	}
	if flags&openPath != 0 {
		h &^= vfs.ForRead | vfs.ForWrite
	}
	return h
}

// open opens what a path names, and tells the name of that.
func (p *Process) open(dir *vfs.Node, path string, flags uint32, mode uint64) (file, string, errno) {
	if flags&(openCreate|openDirectory) == openCreate|openDirectory {
		return nil, "", einval
	}
	place, err := p.fs.Open(dir, path, how(flags), p.newMode(mode))
	if err != nil {
		return nil, "", fsErrno(err)
	}
	n, name := place.Node, place.Path()
	if flags&openPath != 0 {
		return newNodeFile(p.fs, n), name, eok
	}
	switch s := n.Special().(type) {
	case device:
		return &deviceFile{n, s, p}, name, eok
	case *description:
		n.Drop()
		if f, ok := s.file.(*nodeFile); ok {
			f.node.Hold()
			return newNodeFile(p.fs, f.node), s.name, eok
		}
		if s.file.stat().Mode.Type() == 0 { // an epoll set, an event counter, a timer
			return nil, "", enxio
		}
		s.refs++
		return reopened{s.file, s}, s.name, eok
	}
	return newNodeFile(p.fs, n), name, eok
}

// openTemporary is a file without a name (O_TMPFILE).
func (p *Process) openTemporary(dir *vfs.Node, path string, flags uint32, mode uint64) (file, errno) {
	if flags&openAccess == openReadOnly {
		return nil, einval
	}
	in, err := p.fs.Find(dir, path, flags&openNofollow == 0)
	switch {
	case err != nil:
		return nil, fsErrno(err)
	case in.Mode().Type() != vfs.Directory:
		return nil, enotdir
	case !in.Allows(vfs.MayWrite | vfs.MayExecute):
		return nil, eacces
	}
	n, err := p.fs.Anonymous(p.newMode(mode))
	if err != nil {
		return nil, fsErrno(err)
	}
	return newNodeFile(p.fs, n), eok
}

// memfdCreate is a file without a name and without a directory.
func (t *Thread) memfdCreate(a *args) (uint64, errno) {
	const cloexec, allowSealing, noexecSeal, exec, maxName = 1, 2, 8, 16, 249
	p := t.process
	name, e := p.path(a[0])
	switch {
	case e != eok:
		return 0, e
	case len(name) > maxName || a[1]&^(cloexec|allowSealing|noexecSeal|exec) != 0:
		return 0, einval
	}
	n, err := p.fs.Anonymous(0o777)
	if err != nil {
		return 0, fsErrno(err)
	}
	d := &description{file: newNodeFile(p.fs, n), flags: openReadWrite | openLargefile, name: "/memfd:" + name + " (deleted)"}
	return p.install(d, a[1]&cloexec != 0)
}

func (t *Thread) closeFile(a *args) (uint64, errno) { return 0, t.process.files.remove(a[0]) }

// closeRange closes descriptors, or marks them to be closed by execve.
func (t *Thread) closeRange(a *args) (uint64, errno) {
	const unshare, cloexec = 2, 4
	first, last := uint64(uint32(a[0])), uint64(uint32(a[1]))
	if first > last || a[2]&^(unshare|cloexec) != 0 {
		return 0, einval
	}
	s := &t.process.files
	for fd := first; fd <= last && fd < uint64(len(s.slots)); fd++ {
		if a[2]&cloexec != 0 {
			s.slots[fd].cloexec = true
		} else {
			s.remove(fd)
		}
	}
	return 0, eok
}

func (t *Thread) dup(a *args) (uint64, errno) {
	p := t.process
	d, e := p.files.get(a[0])
	if e != eok {
		return 0, e
	}
	return p.files.add(d, 0, p.maxFiles(), false)
}

func (t *Thread) dup3(a *args) (uint64, errno) {
	p := t.process
	d, e := p.files.get(a[0])
	to := uint64(uint32(a[1]))
	switch {
	case uint32(a[0]) == uint32(a[1]) || a[2]&^openCloexec != 0:
		return 0, einval
	case e != eok:
		return 0, e
	case to >= p.maxFiles():
		return 0, ebadf
	}
	p.files.put(int(to), d, a[2]&openCloexec != 0)
	return to, eok
}
