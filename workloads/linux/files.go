package linux

import (
	"encoding/binary"
	"io"
	"path"
)

// The guest's files are its three standard streams. Its file system is empty
// and read-only: no file of the host's can be seen, so that a run depends on
// nothing but its program, arguments and input. The one name that resolves is
// /proc/self/exe, as a link.

// maxIO is the most that one call reads or writes, Linux's MAX_RW_COUNT.
const maxIO = 0x7ffff000

// maxFiles bounds the descriptors of a process, RLIMIT_NOFILE.
const maxFiles = 1024

// maxVectors bounds the buffers of readv and writev, Linux's UIO_MAXIOV.
const maxVectors = 1024

// stream is what a descriptor refers to: an input or an output.
type stream struct {
	in  io.Reader
	out *output
	ino uint64
	eof bool
}

// read fills b as far as the host's reader has something.
func (s *stream) read(b []byte) int {
	for s.in != nil && !s.eof {
		n, err := s.in.Read(b)
		s.eof = err != nil
		if n > 0 {
			return n
		}
	}
	return 0
}

// standardFiles are descriptors 0, 1 and 2.
func standardFiles(in io.Reader, out, err *output) []*stream {
	return []*stream{{in: in, ino: 1}, {out: out, ino: 2}, {out: err, ino: 3}}
}

// file is the stream of a descriptor.
func (p *Process) file(fd uint64) (*stream, errno) {
	// The descriptor is an int: the upper half of the register is ignored.
	if n := uint32(fd); n < uint32(len(p.files)) && p.files[n] != nil {
		return p.files[n], eok
	}
	return nil, ebadf
}

// assign gives s the lowest free descriptor from first on.
func (p *Process) assign(s *stream, first uint64) (uint64, errno) {
	for fd := first; fd < maxFiles; fd++ {
		if fd >= uint64(len(p.files)) {
			p.files = append(p.files, make([]*stream, fd+1-uint64(len(p.files)))...)
		}
		if p.files[fd] == nil {
			p.files[fd] = s
			return fd, eok
		}
	}
	return 0, emfile
}

// vector is one buffer of the guest's.
type vector struct{ addr, size uint64 }

// vectors reads an array of struct iovec; together they are cut to maxIO.
func (p *Process) vectors(addr, n uint64) ([]vector, errno) {
	if n > maxVectors {
		return nil, einval
	}
	b := make([]byte, 16*n)
	if e := p.load(addr, b); e != eok {
		return nil, e
	}
	vs := make([]vector, n)
	room := uint64(maxIO)
	for i := range vs {
		v := vector{binary.LittleEndian.Uint64(b[16*i:]), binary.LittleEndian.Uint64(b[16*i+8:])}
		if int64(v.size) < 0 {
			return nil, einval
		}
		v.size = min(v.size, room)
		room -= v.size
		vs[i] = v
	}
	return vs, eok
}

// chunk is how much of a guest buffer is moved at a time.
const chunk = 64 << 10

// transfer moves guest buffers to or from a stream; it stops short where the
// input does or where a buffer is not accessible.
func (p *Process) transfer(s *stream, vs []vector, write bool) (uint64, errno) {
	done := uint64(0)
	for _, v := range vs {
		for off := uint64(0); off < v.size; {
			b := p.buffer[:min(v.size-off, chunk)]
			n, e := p.moveChunk(s, v.addr+off, b, write)
			done += uint64(n)
			off += uint64(n)
			switch {
			case e != eok && done == 0:
				return 0, e
			case e != eok || n < len(b):
				return done, eok
			}
		}
	}
	return done, eok
}

func (p *Process) moveChunk(s *stream, addr uint64, b []byte, write bool) (int, errno) {
	if write {
		if e := p.load(addr, b); e != eok {
			return 0, e
		}
		return s.out.write(b)
	}
	n := s.read(b)
	return n, p.store(addr, b[:n])
}

// output and input check that a descriptor can be written or read.
func (p *Process) output(fd uint64) (*stream, errno) {
	s, e := p.file(fd)
	if e == eok && s.out == nil {
		e = ebadf
	}
	return s, e
}

func (p *Process) input(fd uint64) (*stream, errno) {
	s, e := p.file(fd)
	if e == eok && s.out != nil {
		e = ebadf
	}
	return s, e
}

func (t *Thread) write(a *args) (uint64, errno) {
	s, e := t.process.output(a[0])
	if e != eok {
		return 0, e
	}
	return t.process.transfer(s, []vector{{a[1], min(a[2], maxIO)}}, true)
}

func (t *Thread) writev(a *args) (uint64, errno) {
	s, e := t.process.output(a[0])
	if e != eok {
		return 0, e
	}
	vs, e := t.process.vectors(a[1], a[2])
	if e != eok {
		return 0, e
	}
	return t.process.transfer(s, vs, true)
}

func (t *Thread) read(a *args) (uint64, errno) {
	s, e := t.process.input(a[0])
	if e != eok {
		return 0, e
	}
	return t.process.transfer(s, []vector{{a[1], min(a[2], maxIO)}}, false)
}

func (t *Thread) readv(a *args) (uint64, errno) {
	s, e := t.process.input(a[0])
	if e != eok {
		return 0, e
	}
	vs, e := t.process.vectors(a[1], a[2])
	if e != eok {
		return 0, e
	}
	return t.process.transfer(s, vs, false)
}

// unseekable answers lseek and positioned reads and writes.
func (t *Thread) unseekable(a *args) (uint64, errno) {
	if _, e := t.process.file(a[0]); e != eok {
		return 0, e
	}
	return 0, espipe
}

func (t *Thread) closeFile(a *args) (uint64, errno) {
	if _, e := t.process.file(a[0]); e != eok {
		return 0, e
	}
	t.process.files[uint32(a[0])] = nil
	return 0, eok
}

func (t *Thread) dup(a *args) (uint64, errno) {
	s, e := t.process.file(a[0])
	if e != eok {
		return 0, e
	}
	return t.process.assign(s, 0)
}

func (t *Thread) dup3(a *args) (uint64, errno) {
	const closeOnExec = 0o2000000
	p := t.process
	s, e := p.file(a[0])
	to := uint64(uint32(a[1]))
	switch {
	case e != eok:
		return 0, e
	case uint32(a[0]) == uint32(a[1]) || a[2]&^closeOnExec != 0:
		return 0, einval
	case to >= maxFiles:
		return 0, ebadf
	}
	if to < uint64(len(p.files)) {
		p.files[to] = nil
	}
	return p.assign(s, to)
}

func (t *Thread) fcntl(a *args) (uint64, errno) {
	const dupfd, getfd, setfd, getfl, setfl, dupfdCloexec = 0, 1, 2, 3, 4, 1030
	s, e := t.process.file(a[0])
	if e != eok {
		return 0, e
	}
	switch a[1] {
	case dupfd, dupfdCloexec:
		if a[2] >= maxFiles {
			return 0, einval
		}
		return t.process.assign(s, a[2])
	case getfd, setfd, setfl:
		return 0, eok
	case getfl:
		if s.out != nil {
			return 1, eok // O_WRONLY
		}
		return 0, eok // O_RDONLY
	}
	return 0, einval
}

// ioctl: nothing here is a terminal or another device.
func (t *Thread) ioctl(a *args) (uint64, errno) {
	if _, e := t.process.file(a[0]); e != eok {
		return 0, e
	}
	return 0, enotty
}

// status is struct stat of a stream: a pipe.
func (s *stream) status() [128]byte {
	const fifo, ownerReadWrite = 0o010000, 0o600
	var b [128]byte
	le := binary.LittleEndian
	le.PutUint64(b[0:], 1) // st_dev
	le.PutUint64(b[8:], s.ino)
	le.PutUint32(b[16:], fifo|ownerReadWrite)
	le.PutUint32(b[20:], 1) // st_nlink
	le.PutUint32(b[24:], userID)
	le.PutUint32(b[28:], userID)
	le.PutUint32(b[56:], pageSize) // st_blksize
	for _, stamp := range []int{72, 88, 104} {
		le.PutUint64(b[stamp:], epoch)
	}
	return b
}

func (t *Thread) fstat(a *args) (uint64, errno) {
	s, e := t.process.file(a[0])
	if e != eok {
		return 0, e
	}
	b := s.status()
	return 0, t.process.store(a[1], b[:])
}

// newfstatat is fstat when the name is empty and that is allowed.
func (t *Thread) newfstatat(a *args) (uint64, errno) {
	const emptyPath = 0x1000
	name, e := t.process.path(a[1])
	switch {
	case e != eok:
		return 0, e
	case name == "" && a[3]&emptyPath != 0:
		return t.fstat(&args{a[0], a[2]})
	}
	return 0, enoent
}

// openat: no file is there, and none can be made.
func (t *Thread) openat(a *args) (uint64, errno) {
	const create = 0o100
	name, e := t.process.path(a[1])
	switch {
	case e != eok:
		return 0, e
	case name != "" && a[2]&create != 0:
		return 0, erofs
	}
	return 0, enoent
}

// missing answers the other calls that name a file in their second argument.
func (t *Thread) missing(a *args) (uint64, errno) {
	if _, e := t.process.path(a[1]); e != eok {
		return 0, e
	}
	return 0, enoent
}

func (t *Thread) readlinkat(a *args) (uint64, errno) {
	p := t.process
	name, e := p.path(a[1])
	switch {
	case e != eok:
		return 0, e
	case int32(a[3]) <= 0:
		return 0, einval
	case path.Clean(name) != "/proc/self/exe":
		return 0, enoent
	}
	n := min(uint64(len(p.executable)), a[3])
	return n, p.store(a[2], []byte(p.executable[:n]))
}

func (t *Thread) getcwd(a *args) (uint64, errno) {
	const root = "/\x00"
	if a[1] < uint64(len(root)) {
		return 0, erange
	}
	return uint64(len(root)), t.process.store(a[0], []byte(root))
}

// path reads the name of a file.
func (p *Process) path(addr uint64) (string, errno) {
	const maxPath = 4096
	s, e := p.cstring(addr, maxPath)
	if e == enomem {
		e = enametoolong
	}
	return s, e
}
