package linux

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

const (
	// pipeBuf is how many bytes a write puts into a pipe as a whole or not at
	// all.
	pipeBuf = pageSize
	// pipePages is how many pages a pipe holds at first.
	pipePages = 16
	// maxPipePages is how many a program may make it hold, as
	// /proc/sys/fs/pipe-max-size says.
	maxPipePages = 256
)

// pipe is Linux's ring of pages: a write fills up the last page if what is
// over of its whole pages fits there, and begins pages of its own else; a page
// is gone when all of it was read. So a pipe can be full with fewer bytes in
// it than its size.
type pipe struct {
	process          *Process
	ino              uint64
	pages            []pipePage
	limit            int // pages that it can hold
	readers, writers int // ends that are open
	forReaders       watchers
	forWriters       watchers
}

// pipePage is a page of a pipe, with what is in it and not yet read.
type pipePage struct {
	data []byte // its capacity is a page
	from int
}

// full reports whether there is no room for another page.
func (p *pipe) full() bool { return len(p.pages) >= p.limit }

// merges reports whether n bytes, or what is over of their whole pages, fit
// into the last page.
func (p *pipe) merges(n int) bool {
	over := n % pageSize
	return len(p.pages) > 0 && over > 0 && len(p.last().data)+over <= pageSize
}

func (p *pipe) last() *pipePage { return &p.pages[len(p.pages)-1] }

// takes reports whether a write of n bytes can begin.
func (p *pipe) takes(n int) bool { return !p.full() || p.merges(n) }

// read takes out what is there, up to the size of b.
func (p *pipe) read(b []byte) (done int, e errno) {
	if len(b) == 0 {
		return 0, eok
	}
	wasFull := p.full()
	for len(p.pages) > 0 && done < len(b) {
		page := &p.pages[0]
		n := copy(b[done:], page.data[page.from:])
		page.from += n
		done += n
		if page.from == len(page.data) {
			page.data = nil
			p.pages = p.pages[1:]
			p.process.space.Charge(-pageSize)
		}
	}
	switch {
	case done == 0 && p.writers > 0:
		return 0, eagain
	case wasFull && !p.full():
		p.forWriters.changedTo(pollOut)
	}
	return done, eok
}

// write puts in as much of b as there is room for; eagain when that is not
// all of it.
func (p *pipe) write(b []byte) (done int, e errno) {
	if p.readers == 0 {
		return 0, epipe
	}
	if p.merges(len(b)) {
		last := p.last()
		done = len(b) % pageSize
		last.data = append(last.data, b[:done]...)
	}
	for done < len(b) && e == eok {
		switch {
		case p.full():
			e = eagain
		case !p.process.space.Charge(pageSize):
			e = enomem
		default:
			data := make([]byte, min(len(b)-done, pageSize), pageSize)
			done += copy(data, b[done:])
			p.pages = append(p.pages, pipePage{data: data})
		}
	}
	if done > 0 {
		p.forReaders.changedTo(pollIn)
	}
	return done, e
}

// size is how many bytes can be read.
func (p *pipe) size() (n uint32) {
	for _, page := range p.pages {
		n += uint32(len(page.data) - page.from)
	}
	return n
}

// resize makes the pipe hold another number of bytes, rounded up to a power
// of two of pages.
func (p *pipe) resize(size uint32) (uint64, errno) {
	pages := 1
	if size > pageSize {
		pages = 1 << bits.Len32((size-1)/pageSize)
	}
	switch {
	case size > 1<<31:
		return 0, einval
	case pages > maxPipePages && pages > p.limit:
		return 0, eperm
	case pages < len(p.pages):
		return 0, ebusy
	}
	wasFull := p.full()
	p.limit = pages
	if wasFull && !p.full() {
		p.forWriters.changedTo(pollOut)
	}
	return uint64(pages) * pageSize, eok
}

// pipeReader and pipeWriter are the ends of a pipe.
type (
	pipeReader struct{ *pipe }
	pipeWriter struct{ *pipe }
)

var (
	_ file       = pipeReader{}
	_ file       = pipeWriter{}
	_ wholeTaker = pipeWriter{}
	_ controller = pipeReader{}
	_ controller = pipeWriter{}
	_ counter    = pipeReader{}
)

func (r pipeReader) read(b []byte, _ int64) (int, errno)  { return r.pipe.read(b) }
func (r pipeReader) write([]byte, int64) (int, errno)     { return 0, ebadf }
func (r pipeReader) changes() *watchers                   { return &r.forReaders }
func (w pipeWriter) read([]byte, int64) (int, errno)      { return 0, ebadf }
func (w pipeWriter) write(b []byte, _ int64) (int, errno) { return w.pipe.write(b) }
func (w pipeWriter) changes() *watchers                   { return &w.forWriters }

func (p *pipe) available() uint32 { return p.size() }
func (p *pipe) positions() bool   { return false }

// takesWhole implements wholeTaker.
func (w pipeWriter) takesWhole(n uint64) bool {
	return n > pipeBuf || w.readers == 0 || w.takes(int(n))
}

func (p *pipe) stat() vfs.Stat { return anonymousStat(vfs.Fifo, p.ino) }

func (r pipeReader) ready() (e events) {
	if len(r.pages) > 0 {
		e |= pollIn
	}
	if r.writers == 0 {
		e |= pollHup
	}
	return e
}

func (w pipeWriter) ready() (e events) {
	if !w.full() {
		e |= pollOut
	}
	if w.readers == 0 {
		e |= pollErr
	}
	return e
}

func (r pipeReader) close() {
	r.readers--
	r.discard()
	r.forWriters.changedTo(pollOut | pollErr)
}

func (w pipeWriter) close() {
	w.writers--
	w.discard()
	w.forReaders.changedTo(pollIn | pollHup)
}

// discard gives the pages back when nobody can read them any more.
func (p *pipe) discard() {
	if p.readers == 0 {
		p.process.space.Charge(-pageSize * int64(len(p.pages)))
		p.pages = nil
	}
}

// fcntl implements controller.
func (p *pipe) fcntl(_ *Process, a *args) (uint64, errno) {
	const setSize, getSize = 1031, 1032
	switch a[1] {
	case setSize:
		return p.resize(uint32(a[2]))
	case getSize:
		return uint64(p.limit) * pageSize, eok
	}
	return 0, einval
}

// pipe2 makes a pipe. Packets (O_DIRECT) are not supported.
func (t *Thread) pipe2(a *args) (uint64, errno) {
	p := t.process
	flags := uint32(a[1])
	if flags&^(openCloexec|openNonblock) != 0 {
		return 0, einval
	}
	ino := p.nextAnonymous()
	pipe := &pipe{process: p, ino: ino, limit: pipePages, readers: 1, writers: 1}
	name := fmt.Sprintf("pipe:[%d]", ino)
	nonblock, cloexec := flags&openNonblock, flags&openCloexec != 0
	in := &description{file: pipeReader{pipe}, flags: openReadOnly | nonblock, name: name}
	out := &description{file: pipeWriter{pipe}, flags: openWriteOnly | nonblock, name: name}
	r, e := p.install(in, cloexec)
	if e != eok {
		return 0, e
	}
	w, e := p.install(out, cloexec)
	if e != eok {
		p.files.remove(r)
		return 0, e
	}
	var fds [8]byte
	binary.LittleEndian.PutUint32(fds[:], uint32(r))
	binary.LittleEndian.PutUint32(fds[4:], uint32(w))
	if e := p.store(a[0], fds[:]); e != eok {
		p.files.remove(r)
		p.files.remove(w)
		return 0, e
	}
	return 0, eok
}
