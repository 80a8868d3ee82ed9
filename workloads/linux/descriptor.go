package linux

import "github.com/threadmill-sim/threadmill/workloads/linux/vfs"

// file is what a descriptor refers to: a file or directory of the file
// system, a standard stream, an end of a pipe, an event counter, an epoll
// set.
//
// No method waits. A read or write that could only wait answers eagain and
// has done nothing; the system call then waits until the file's changes are
// announced and tries again, or passes eagain on when the descriptor does not
// block.
type file interface {
	// stat describes the file, as fstat.
	stat() vfs.Stat
	// read fills b from position at on and returns how many bytes it has put
	// there: 0 with eok is the end. A file without positions ignores at.
	read(b []byte, at int64) (int, errno)
	// write takes the bytes of b to position at and returns how many it took.
	// A file without positions ignores at.
	write(b []byte, at int64) (int, errno)
	// positions reports whether the file has them: lseek, pread and pwrite
	// work, and read and write move the offset of the description.
	positions() bool
	// ready is what could be done now without waiting.
	ready() events
	// changes is where to learn that ready may have changed; nil when it
	// never does.
	changes() *watchers
	// close ends the file: its last descriptor is gone.
	close()
}

// events is a set of the events of poll(2) and epoll(7).
type events uint32

const (
	pollIn    events = 0x001
	pollPri   events = 0x002
	pollOut   events = 0x004
	pollErr   events = 0x008
	pollHup   events = 0x010
	pollNval  events = 0x020
	pollRdHup events = 0x2000
)

// watchers are those who want to know of changes of a file's readiness. The
// zero value has none.
type watchers struct{ list []*watcher }

// watcher is one of them; see watchers.add.
type watcher struct {
	want   events
	notify func()
}

// allEvents is what a watcher wants that wants to know of everything.
const allEvents = ^events(0)

// add calls notify at every change until the watcher is removed. Calls come
// in the order of the additions.
func (w *watchers) add(notify func()) *watcher { return w.addFor(allEvents, notify) }

// addFor is add for changes to some events only.
func (w *watchers) addFor(want events, notify func()) *watcher {
	n := &watcher{want, notify}
	w.list = append(w.list, n)
	return n
}

// remove forgets a watcher; one that is not there does no harm.
func (w *watchers) remove(n *watcher) {
	for i, other := range w.list {
		if other == n {
			// A copy: the list may be being walked.
			w.list = append(append([]*watcher(nil), w.list[:i]...), w.list[i+1:]...)
			return
		}
	}
}

// changed announces that the readiness may have changed.
func (w *watchers) changed() { w.changedTo(allEvents) }

// changedTo announces that some events have begun.
func (w *watchers) changedTo(what events) {
	for _, n := range w.list {
		if n.want&what != 0 {
			n.notify()
		}
	}
}

// Flags of open(2).
const (
	openReadOnly  = 0o0
	openWriteOnly = 0o1
	openReadWrite = 0o2
	openAccess    = 0o3 // the mask of the three above
	openCreate    = 0o100
	openExclusive = 0o200
	openTruncate  = 0o1000
	openAppend    = 0o2000
	openNonblock  = 0o4000
	openDirectory = 0o200000
	openNofollow  = 0o400000
	openCloexec   = 0o2000000
	openPath      = 0o10000000
	openTmpfile   = 0o20000000 | openDirectory
	openLargefile = 0o100000
)

// description is an open file: what the descriptors that dup makes share.
type description struct {
	file   file
	flags  uint32 // as F_GETFL tells them
	offset int64  // of the next read or write, where the file has positions
	name   string // what /proc/self/fd shows
	refs   int    // descriptors that refer to it

	entries []vfs.Entry // of a directory, as getdents64 began to list them
	gone    watchers    // told when the last descriptor is closed
}

// readable and writable report what the access mode allows.
func (d *description) readable() bool {
	return d.flags&openPath == 0 && d.flags&openAccess != openWriteOnly
}

func (d *description) writable() bool {
	return d.flags&openPath == 0 && d.flags&openAccess != openReadOnly
}

// blocking reports whether a call waits rather than answering eagain.
func (d *description) blocking() bool { return d.flags&openNonblock == 0 }

// release drops one reference, and closes the file with the last.
func (d *description) release() {
	d.refs--
	if d.refs > 0 {
		return
	}
	d.gone.changed()
	d.file.close()
}

// descriptor is one entry of the table; the zero value is a free one.
type descriptor struct {
	*description
	cloexec bool
}

// softFiles and maxFiles are RLIMIT_NOFILE at the start.
const (
	softFiles = 1024
	maxFiles  = 4096
)

// descriptors is the descriptor table of a process.
type descriptors struct {
	slots []descriptor
	first int // no descriptor below it is free
}

// get is the description of a descriptor, ebadf when there is none. The
// descriptor is an int: the upper half of the register is ignored.
func (s *descriptors) get(fd uint64) (*description, errno) {
	if n := uint32(fd); n < uint32(len(s.slots)) && s.slots[n].description != nil {
		return s.slots[n].description, eok
	}
	return nil, ebadf
}

// add gives d the lowest free descriptor from least on and below limit.
func (s *descriptors) add(d *description, least, limit uint64, cloexec bool) (uint64, errno) {
	fd := max(int(min(least, limit)), s.first)
	for fd < len(s.slots) && s.slots[fd].description != nil {
		fd++
	}
	if uint64(fd) >= limit {
		return 0, emfile
	}
	if least <= uint64(s.first) {
		s.first = fd + 1
	}
	s.put(fd, d, cloexec)
	return uint64(fd), eok
}

// put makes fd refer to d, whatever it referred to before.
func (s *descriptors) put(fd int, d *description, cloexec bool) {
	if fd >= len(s.slots) {
		s.slots = append(s.slots, make([]descriptor, fd+1-len(s.slots))...)
	}
	old := s.slots[fd].description
	d.refs++
	s.slots[fd] = descriptor{d, cloexec}
	if old != nil {
		old.release()
	}
}

// remove frees a descriptor.
func (s *descriptors) remove(fd uint64) errno {
	d, e := s.get(fd)
	if e != eok {
		return e
	}
	n := int(uint32(fd))
	s.slots[n] = descriptor{}
	s.first = min(s.first, n)
	d.release()
	return eok
}

// closeAll frees all descriptors.
func (s *descriptors) closeAll() {
	for fd := range s.slots {
		s.remove(uint64(fd))
	}
}
