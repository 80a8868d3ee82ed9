package linux

import (
	"encoding/binary"
	"errors"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Reading and writing: the guest's buffers on one side, an open file on the
// other.

// maxIO is the most that one call reads or writes, Linux's MAX_RW_COUNT.
const maxIO = 0x7ffff000

// maxVectors bounds the buffers of readv and writev, Linux's UIO_MAXIOV.
const maxVectors = 1024

// chunk is how much of a guest buffer is moved at a time.
const chunk = 64 << 10

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

// transfer is a read or write under way.
type transfer struct {
	d       *description
	write   bool
	vectors []vector // what is still to be moved
	at      int64    // position of the next byte
	placed  bool     // the call named the position; the offset stays as it is
	done    uint64   // bytes moved
}

// wholeTaker is a file that takes small writes as a whole or not at all: a
// pipe.
type wholeTaker interface {
	// takesWhole reports whether a write of n bytes can begin.
	takesWhole(n uint64) bool
}

// size is how many bytes are still to be moved.
func (x *transfer) size() (n uint64) {
	for _, v := range x.vectors {
		n += v.size
	}
	return n
}

// move performs a transfer, waiting where the descriptor blocks.
func (t *Thread) move(x *transfer) (uint64, errno) {
	d := x.d
	if x.write && d.flags&openAppend != 0 && d.file.positions() {
		x.at = d.file.stat().Size
	}
	e := t.process.advance(x)
	if e == eagain && d.blocking() && d.file.changes() != nil && (x.write || x.done == 0) {
		return t.await(d, func() (uint64, errno) { return t.move(x) }, func() (uint64, errno) {
			if x.done > 0 {
				return x.done, eok
			}
			return 0, erestart
		})
	}
	if !x.placed && d.file.positions() {
		d.offset = x.at
	}
	if e == epipe {
		t.raise(SIGPIPE)
	}
	if x.done > 0 {
		return x.done, eok
	}
	return 0, e
}

// await makes the thread wait until the readiness of an open file changes,
// and then go on with again; when a signal ends the wait, with interrupted.
func (t *Thread) await(d *description, again, interrupted func() (uint64, errno)) (uint64, errno) {
	changes := d.file.changes()
	w := changes.add(func() { t.wake(wokenByEvent) })
	d.refs++
	leave := func() { changes.remove(w) }
	return t.park(wait{why: idleIO, until: never, leave: leave, finish: func(r wakeReason) (uint64, errno) {
		defer d.release()
		if r == wokenBySignal {
			return interrupted()
		}
		return again()
	}})
}

// advance moves what can be moved now. What stops it before the end is a
// short read or an error, which matters when nothing was moved.
func (p *Process) advance(x *transfer) errno {
	if w, ok := x.d.file.(wholeTaker); ok && x.write && x.done == 0 && !w.takesWhole(x.size()) {
		return eagain
	}
	for len(x.vectors) > 0 {
		v := &x.vectors[0]
		if v.size == 0 {
			x.vectors = x.vectors[1:]
			continue
		}
		size, e := p.accessible(v.addr, min(v.size, chunk), x.write)
		if e != eok {
			return e
		}
		n, e := p.moveChunk(x, v.addr, p.buffer[:size])
		v.addr += uint64(n)
		v.size -= uint64(n)
		x.at += int64(n)
		x.done += uint64(n)
		switch {
		case e != eok:
			return e
		case n < int(size):
			return eok
		}
	}
	return eok
}

// accessible is how many of size bytes at addr can be read by a write, or
// written to by a read; efault when none can.
func (p *Process) accessible(addr, size uint64, write bool) (uint64, errno) {
	access := mem.Write
	if write {
		access = mem.Read
	}
	f := p.space.Check(isa.Addr(addr), size, access)
	switch {
	case f == nil:
		return size, eok
	case uint64(f.Addr) == addr:
		return 0, efault
	}
	return uint64(f.Addr) - addr, eok
}

func (p *Process) moveChunk(x *transfer, addr uint64, b []byte) (int, errno) {
	if x.write {
		if e := p.load(addr, b); e != eok {
			return 0, e
		}
		return x.d.file.write(b, x.at)
	}
	n, e := x.d.file.read(b, x.at)
	if e != eok {
		return 0, e
	}
	return n, p.store(addr, b[:n])
}

// transferred begins a transfer at the offset of a descriptor.
func (t *Thread) transferred(fd uint64, vs []vector, write bool) (uint64, errno) {
	d, e := t.process.openFor(fd, write)
	if e != eok {
		return 0, e
	}
	return t.move(&transfer{d: d, write: write, vectors: vs, at: d.offset})
}

// transferredAt begins one at a position.
func (t *Thread) transferredAt(fd uint64, vs []vector, at int64, write bool) (uint64, errno) {
	if at < 0 {
		return 0, einval
	}
	d, e := t.process.files.get(fd)
	switch {
	case e != eok || d.flags&openPath != 0:
		return 0, ebadf
	case !d.file.positions():
		return 0, espipe
	}
	if d, e = t.process.openFor(fd, write); e != eok {
		return 0, e
	}
	return t.move(&transfer{d: d, write: write, vectors: vs, at: at, placed: true})
}

// openFor is the description of a descriptor that can be read or written.
func (p *Process) openFor(fd uint64, write bool) (*description, errno) {
	d, e := p.files.get(fd)
	switch {
	case e != eok:
		return nil, e
	case write && !d.writable(), !write && !d.readable():
		return nil, ebadf
	}
	return d, eok
}

func (t *Thread) read(a *args) (uint64, errno) {
	return t.transferred(a[0], []vector{{a[1], min(a[2], maxIO)}}, false)
}

func (t *Thread) write(a *args) (uint64, errno) {
	return t.transferred(a[0], []vector{{a[1], min(a[2], maxIO)}}, true)
}

func (t *Thread) pread(a *args) (uint64, errno) {
	return t.transferredAt(a[0], []vector{{a[1], min(a[2], maxIO)}}, int64(a[3]), false)
}

func (t *Thread) pwrite(a *args) (uint64, errno) {
	return t.transferredAt(a[0], []vector{{a[1], min(a[2], maxIO)}}, int64(a[3]), true)
}

func (t *Thread) readv(a *args) (uint64, errno)   { return t.gather(a, false) }
func (t *Thread) writev(a *args) (uint64, errno)  { return t.gather(a, true) }
func (t *Thread) preadv(a *args) (uint64, errno)  { return t.gatherAt(a, false) }
func (t *Thread) pwritev(a *args) (uint64, errno) { return t.gatherAt(a, true) }

func (t *Thread) gather(a *args, write bool) (uint64, errno) {
	if _, e := t.process.openFor(a[0], write); e != eok {
		return 0, e
	}
	vs, e := t.process.vectors(a[1], a[2])
	if e != eok {
		return 0, e
	}
	return t.transferred(a[0], vs, write)
}

func (t *Thread) gatherAt(a *args, write bool) (uint64, errno) {
	vs, e := t.process.vectors(a[1], a[2])
	if e != eok {
		return 0, e
	}
	return t.transferredAt(a[0], vs, int64(a[3]), write)
}

// preadv2 and pwritev2 without flags; position -1 is the offset.
func (t *Thread) preadv2(a *args) (uint64, errno)  { return t.gather2(a, false) }
func (t *Thread) pwritev2(a *args) (uint64, errno) { return t.gather2(a, true) }

func (t *Thread) gather2(a *args, write bool) (uint64, errno) {
	switch {
	case a[5] != 0:
		return 0, eopnotsupp
	case int64(a[3]) == -1:
		return t.gather(a, write)
	}
	return t.gatherAt(a, write)
}

// lseek moves the offset. Of a file's holes nothing is told: all of it is
// data. Devices stay at 0.
func (t *Thread) lseek(a *args) (uint64, errno) {
	const set, cur, end, data, hole = 0, 1, 2, 3, 4
	d, e := t.process.files.get(a[0])
	switch {
	case e != eok || d.flags&openPath != 0:
		return 0, ebadf
	case !d.file.positions():
		return 0, espipe
	}
	to, size := int64(a[1]), d.file.stat().Size
	if _, ok := d.file.(*deviceFile); ok {
		return 0, eok
	}
	switch uint32(a[2]) {
	case set:
	case cur:
		to += d.offset // an overflow is negative
	case end:
		to += size
	case data, hole:
		if to < 0 || to >= size {
			return 0, enxio
		}
		if uint32(a[2]) == hole {
			to = size
		}
	default:
		return 0, einval
	}
	if to < 0 {
		return 0, einval
	}
	d.offset = to
	return uint64(to), eok
}

// sendfile copies from a file with positions to any open file.
func (t *Thread) sendfile(a *args) (uint64, errno) {
	return t.copyFile(a[1], a[2], a[0], 0, a[3])
}

// copyFileRange copies between two regular files.
func (t *Thread) copyFileRange(a *args) (uint64, errno) {
	out, e := t.process.files.get(a[2])
	switch {
	case e != eok:
		return 0, e
	case a[5] != 0 || out.file.stat().Mode.Type() != vfs.Regular:
		return 0, einval
	case out.flags&openAppend != 0:
		return 0, ebadf
	}
	return t.copyFile(a[0], a[1], a[2], a[3], a[4])
}

// copyFile moves up to size bytes from one descriptor to another. A position
// of 0 is the offset of the description, otherwise the address of one.
func (t *Thread) copyFile(from, fromAt, to, toAt, size uint64) (uint64, errno) {
	p := t.process
	in, e := p.openFor(from, false)
	if e != eok {
		return 0, e
	}
	out, e := p.openFor(to, true)
	if e != eok {
		return 0, e
	}
	if !in.file.positions() || in.file.stat().Mode.Type() == vfs.Directory {
		return 0, einval
	}
	src, e := p.position(in, fromAt)
	if e != eok {
		return 0, e
	}
	dst, e := p.position(out, toAt)
	if e != eok {
		return 0, e
	}
	done := uint64(0)
	for size = min(size, maxIO); done < size; {
		n, err := in.file.read(p.buffer[:min(size-done, chunk)], src.at)
		if n > 0 {
			n, err = out.file.write(p.buffer[:n], dst.at)
		}
		src.at += int64(n)
		dst.at += int64(n)
		done += uint64(n)
		if e = err; e != eok || n == 0 {
			break
		}
	}
	if done == 0 && e == eagain && out.blocking() && out.file.changes() != nil {
		again := func() (uint64, errno) { return t.copyFile(from, fromAt, to, toAt, size) }
		return t.await(out, again, func() (uint64, errno) { return 0, erestart })
	}
	if done == 0 && e != eok {
		return 0, e
	}
	if e := p.keep(src); e != eok {
		return 0, e
	}
	return done, p.keep(dst)
}

// filePosition is a position in an open file and where it is kept: at an address of
// the guest's, or in the description.
type filePosition struct {
	d    *description
	addr uint64
	at   int64
}

func (p *Process) position(d *description, addr uint64) (filePosition, errno) {
	switch {
	case addr == 0 && d.flags&openAppend != 0 && d.file.positions():
		return filePosition{d, 0, d.file.stat().Size}, eok
	case addr == 0:
		return filePosition{d, 0, d.offset}, eok
	case !d.file.positions():
		return filePosition{}, espipe
	}
	var b [8]byte
	if e := p.load(addr, b[:]); e != eok {
		return filePosition{}, e
	}
	at := int64(binary.LittleEndian.Uint64(b[:]))
	if at < 0 {
		return filePosition{}, einval
	}
	return filePosition{d, addr, at}, eok
}

func (p *Process) keep(x filePosition) errno {
	if x.addr != 0 {
		return p.store(x.addr, binary.LittleEndian.AppendUint64(nil, uint64(x.at)))
	}
	if x.d.file.positions() {
		x.d.offset = x.at
	}
	return eok
}

// fsErrno is the error number of a file system's error.
func fsErrno(err error) errno {
	var e vfs.Error
	switch {
	case err == nil:
		return eok
	case errors.As(err, &e):
		return errno(e)
	}
	return eio
}
