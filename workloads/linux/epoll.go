package linux

import (
	"encoding/binary"
	"slices"

	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Flags beside the events of epoll(7).
const (
	epollExclusive = 1 << 28
	epollWakeUp    = 1 << 29
	epollOneShot   = 1 << 30
	epollEdge      = 1 << 31
)

// epollSet is an epoll instance: open files, and a queue of those that may be
// ready. A file comes into the queue when it is ready as it is added, or when
// a change is announced; one that is asked for by level stays there as long as
// it is ready.
type epollSet struct {
	process  *Process
	items    []*epollItem
	queue    []*epollItem
	in       []*epollItem // by which other sets watch this one
	ino      uint64
	watchers watchers
}

// epollItem is one file of an epoll instance.
type epollItem struct {
	set     *epollSet
	fd      uint32
	d       *description
	events  events // wanted, with flags
	data    uint64
	queued  bool
	off     bool // EPOLLONESHOT has been used up
	changes *watcher
	gone    *watcher
}

var _ file = (*epollSet)(nil)

// exclusiveEvents are all that can be asked for with EPOLLEXCLUSIVE.
const exclusiveEvents = pollIn | pollOut | pollErr | pollHup | epollExclusive | epollWakeUp | epollEdge

// maxWatched bounds the files of all epoll instances of a process together.
const maxWatched = 4 * maxFiles

// Sets that watch sets: to look at one is to look at those within it, along
// every way that leads there, so both the depth and the number are bounded.
const (
	maxNesting = 5
	maxNested  = 64
)

func (s *epollSet) read([]byte, int64) (int, errno)  { return 0, einval }
func (s *epollSet) write([]byte, int64) (int, errno) { return 0, einval }
func (s *epollSet) stat() vfs.Stat                   { return anonymousStat(0, s.ino) }
func (s *epollSet) positions() bool                  { return false }
func (s *epollSet) changes() *watchers               { return &s.watchers }

func (s *epollSet) ready() events {
	if slices.ContainsFunc(s.queue, func(i *epollItem) bool { return i.ready() != 0 }) {
		return pollIn
	}
	return 0
}

func (s *epollSet) close() {
	for len(s.items) > 0 {
		s.items[0].remove()
	}
}

// ready is what the item's file could be told of now.
func (i *epollItem) ready() events {
	if i.off {
		return 0
	}
	return polled(i.d, i.events|pollErr|pollHup)
}

// push puts the item into the queue.
func (i *epollItem) push() {
	if i.queued || i.off {
		return
	}
	i.queued = true
	i.set.queue = append(i.set.queue, i)
	i.set.watchers.changedTo(pollIn)
}

// watch queues the item if its file is ready now, and whenever one of the
// events that it wants begins.
func (i *epollItem) watch() {
	i.unwatch()
	look := func() {
		if i.ready() != 0 {
			i.push()
		}
	}
	if changes := i.d.file.changes(); changes != nil {
		i.changes = changes.addFor(causes(i.events|pollErr|pollHup), look)
	}
	look()
}

func (i *epollItem) unwatch() {
	if changes := i.d.file.changes(); changes != nil {
		changes.remove(i.changes)
	}
}

// remove takes the item off its set.
func (i *epollItem) remove() {
	s := i.set
	same := func(o *epollItem) bool { return o == i }
	s.items = slices.DeleteFunc(s.items, same)
	s.queue = slices.DeleteFunc(s.queue, same)
	i.unwatch()
	i.d.gone.remove(i.gone)
	s.process.watched--
	if inner, ok := i.d.file.(*epollSet); ok {
		inner.in = slices.DeleteFunc(inner.in, same)
		s.process.nested--
	}
}

// above is how many sets lie one in another over this one.
func (s *epollSet) above() (n int) {
	for _, i := range s.in {
		n = max(n, 1+i.set.above())
	}
	return n
}

// below is how many sets lie one in another within this one.
func (s *epollSet) below() (n int) {
	for _, i := range s.items {
		if inner, ok := i.d.file.(*epollSet); ok {
			n = max(n, 1+inner.below())
		}
	}
	return n
}

// reaches reports whether a set is o or watches it.
func (s *epollSet) reaches(o *epollSet) bool {
	if s == o {
		return true
	}
	return slices.ContainsFunc(s.items, func(i *epollItem) bool {
		inner, ok := i.d.file.(*epollSet)
		return ok && inner.reaches(o)
	})
}

func (t *Thread) epollCreate1(a *args) (uint64, errno) {
	p := t.process
	if uint32(a[0])&^openCloexec != 0 {
		return 0, einval
	}
	s := &epollSet{process: p, ino: p.nextAnonymous()}
	d := &description{file: s, flags: openReadWrite, name: "anon_inode:[eventpoll]"}
	return p.install(d, uint32(a[0])&openCloexec != 0)
}

// epollOf is the epoll instance of a descriptor.
func (p *Process) epollOf(fd uint64) (*epollSet, errno) {
	d, e := p.files.get(fd)
	if e != eok {
		return nil, e
	}
	s, ok := d.file.(*epollSet)
	if !ok {
		return nil, einval
	}
	return s, eok
}

// epollEvent is the size of struct epoll_event.
const epollEvent = 16

func (t *Thread) epollCtl(a *args) (uint64, errno) {
	const add, del, mod = 1, 2, 3
	p := t.process
	var want events
	var data uint64
	if a[1] != del {
		var b [epollEvent]byte
		if e := p.load(a[3], b[:]); e != eok {
			return 0, e
		}
		want, data = events(binary.LittleEndian.Uint32(b[:])), binary.LittleEndian.Uint64(b[8:])
	}
	d, e := p.files.get(a[2])
	if e != eok {
		return 0, e
	}
	s, e := p.epollOf(a[0])
	switch {
	case e != eok:
		return 0, e
	case d.file.positions():
		return 0, eperm // a regular file is always ready
	case d.file == file(s):
		return 0, einval
	}
	fd := uint32(a[2])
	at := slices.IndexFunc(s.items, func(i *epollItem) bool { return i.fd == fd && i.d == d })
	switch {
	case a[1] == add && at >= 0:
		return 0, eexist
	case a[1] == add:
		return 0, s.add(fd, d, want, data)
	case a[1] != del && a[1] != mod:
		return 0, einval
	case at < 0:
		return 0, enoent
	case a[1] == del:
		s.items[at].remove()
		return 0, eok
	}
	i := s.items[at]
	if (i.events|want)&epollExclusive != 0 {
		return 0, einval
	}
	i.events, i.data, i.off = want, data, false
	i.watch()
	return 0, eok
}

// add begins to watch a file.
func (s *epollSet) add(fd uint32, d *description, want events, data uint64) errno {
	p := s.process
	inner, nested := d.file.(*epollSet)
	switch {
	case want&epollExclusive != 0 && (nested || want&^exclusiveEvents != 0):
		return einval
	case nested && (inner.reaches(s) || s.above()+1+inner.below() > maxNesting):
		return eloop
	case p.watched >= maxWatched, nested && p.nested >= maxNested:
		return enospc
	}
	p.watched++
	i := &epollItem{set: s, fd: fd, d: d, events: want, data: data}
	if nested {
		inner.in = append(inner.in, i)
		p.nested++
	}
	i.watch()
	i.gone = d.gone.add(i.remove)
	s.items = append(s.items, i)
	return eok
}

// take fills b with what is ready, an event each, and returns how many.
func (s *epollSet) take(b []byte) (n uint64) {
	le := binary.LittleEndian
	var again []*epollItem
	for len(s.queue) > 0 && len(b) >= epollEvent {
		i := s.queue[0]
		s.queue = s.queue[1:]
		i.queued = false
		r := i.ready()
		if r == 0 {
			continue
		}
		le.PutUint32(b[0:], uint32(r))
		le.PutUint64(b[8:], i.data)
		b = b[epollEvent:]
		n++
		switch {
		case i.events&epollOneShot != 0:
			i.off = true
		case i.events&epollEdge == 0:
			i.queued = true
			again = append(again, i)
		}
	}
	s.queue = append(s.queue, again...)
	return n
}

// waitEpoll waits for events until a cycle.
func (t *Thread) waitEpoll(a *args, until, mask, size uint64) (uint64, errno) {
	const most = 4096 // events that one call returns
	p := t.process
	s, e := p.epollOf(a[0])
	switch {
	case e != eok:
		return 0, e
	case int32(a[2]) <= 0 || int32(a[2]) > 1<<31/epollEvent-1:
		return 0, einval
	}
	if e := t.maskFor(mask, size); e != eok {
		return 0, e
	}
	d, _ := p.files.get(a[0])
	b := make([]byte, epollEvent*min(a[2], most))
	w := &readiness{files: []*description{d}, until: until}
	w.look = func() (uint64, errno) { return s.take(b), eok }
	w.done = func(n uint64) errno { return p.store(a[1], b[:n*epollEvent]) }
	return t.waitReady(w)
}

func (t *Thread) epollPwait(a *args) (uint64, errno) {
	const millisecond = 1_000_000
	until := never
	if ms := int32(a[3]); ms == 0 {
		until = 0
	} else if ms > 0 {
		until = t.process.system.deadline(uint64(ms) * millisecond)
	}
	return t.waitEpoll(a, until, a[4], a[5])
}

func (t *Thread) epollPwait2(a *args) (uint64, errno) {
	until, e := t.process.timeoutAt(a[3])
	if e != eok {
		return 0, e
	}
	return t.waitEpoll(a, until, a[4], a[5])
}
