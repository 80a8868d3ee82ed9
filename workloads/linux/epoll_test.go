package linux

import (
	"encoding/binary"
	"testing"
)

const (
	sysEpollCreate1, sysEpollCtl        = 20, 21
	sysPipe2, sysPpoll                  = 59, 73
	sysTimerfdCreate, sysTimerfdSettime = 85, 86
)

// watching is a kernel with room for arguments at scratch.
func watching(t *testing.T) (k *kernel, scratch uint64) {
	k = &kernel{t, start(t, greeting, Options{})}
	return k, k.call(sysMmap, eok, 0, 1<<20, readWrite, anonymous)
}

// put stores a string for a system call, and pipe makes one.
func (k *kernel) put(at uint64, s string) { k.p.store(at, []byte(s+"\x00")) }

func (k *kernel) pipe(at, flags uint64) (r, w uint64) {
	k.call(sysPipe2, eok, at, flags)
	var b [8]byte
	k.p.load(at, b[:])
	return uint64(binary.LittleEndian.Uint32(b[:])), uint64(binary.LittleEndian.Uint32(b[4:]))
}

// watch adds a descriptor to an epoll set, asking for input.
func (k *kernel) watch(want errno, set, fd, at uint64) {
	k.Helper()
	k.p.store(at, []byte{byte(pollIn), 15: 0})
	k.call(sysEpollCtl, want, set, 1, fd, at)
}

// polled is what poll without a wait answers for a descriptor.
func (k *kernel) polled(fd, at uint64) uint64 {
	var b [pollSize]byte
	binary.LittleEndian.PutUint32(b[:], uint32(fd))
	b[4] = byte(pollIn)
	k.p.store(at, b[:])
	k.p.store(at+64, make([]byte, 16))
	return k.call(sysPpoll, eok, at, 1, at+64, 0, 8)
}

// TestEpollOfItself: no way leads to a set that watches itself, and what has
// no name cannot be opened by that of its descriptor.
func TestEpollOfItself(t *testing.T) {
	k, at := watching(t)
	set := k.call(sysEpollCreate1, eok, 0)
	k.put(at, "/proc/self/fd/3")
	if set != 3 {
		t.Fatalf("the set is descriptor %d", set)
	}
	here := int64(atFDCWD)
	k.call(sysOpenat, enxio, uint64(here), at, openReadWrite)
	k.watch(einval, set, set, at)
	k.watch(einval, set, k.call(sysDup, eok, set), at)
	other := k.call(sysEpollCreate1, eok, 0)
	k.watch(eok, set, other, at)
	k.watch(eloop, other, set, at)
}

// TestEpollNested: sets in sets are looked through, but not so many of them
// that to look takes for ever, in whatever order they were put together.
func TestEpollNested(t *testing.T) {
	k, at := watching(t)
	r, w := k.pipe(at, 0)
	top := k.call(sysEpollCreate1, eok, 0)
	bottom, levels := top, 0
	for {
		inner := k.call(sysEpollCreate1, eok, 0)
		k.p.store(at, []byte{byte(pollIn), 15: 0})
		_, e := k.p.leader.dispatch(sysEpollCtl, &args{bottom, 1, inner, at})
		if e == eloop {
			break
		}
		if e != eok || levels > 50 {
			t.Fatalf("level %d: error %d", levels, e)
		}
		k.watch(eok, bottom, k.call(sysDup, eok, inner), at)
		bottom = inner
		levels++
	}
	if levels < 3 {
		t.Errorf("only %d levels", levels)
	}
	k.watch(eok, bottom, r, at)
	if n := k.polled(top, at); n != 0 {
		t.Error("ready with an empty pipe")
	}
	k.call(sysWrite, eok, w, at, 1)
	if n := k.polled(top, at); n != 1 {
		t.Error("not ready with a byte in the pipe")
	}
	k.call(sysRead, eok, r, at, 1)
	if n := k.polled(top, at); n != 0 {
		t.Error("ready with an empty pipe again")
	}
	for n := 0; ; n++ { // wide instead of deep
		k.p.store(at, []byte{byte(pollIn), 15: 0})
		inner := k.call(sysEpollCreate1, eok, 0)
		_, e := k.p.leader.dispatch(sysEpollCtl, &args{top, 1, inner, at})
		if e == enospc {
			break
		}
		if e != eok || n > 200 {
			t.Fatalf("set %d: error %d", n, e)
		}
	}
}

// TestTimerOfLongInterval: an interval longer than time itself does not wrap
// around to expirations at once.
func TestTimerOfLongInterval(t *testing.T) {
	k, at := watching(t)
	fd := k.call(sysTimerfdCreate, eok, clockMonotonic, openNonblock)
	var b [32]byte
	binary.LittleEndian.PutUint64(b[0:], 1<<62) // interval, seconds
	binary.LittleEndian.PutUint64(b[24:], 1000) // first, nanoseconds
	k.p.store(at, b[:])
	k.call(sysTimerfdSettime, eok, fd, 0, at, 0)
	s := k.p.system
	s.clock.base += 1_000_000
	s.expire()
	k.call(sysRead, eok, fd, at, 8)
	s.clock.base += 1_000_000
	s.expire()
	k.call(sysRead, eagain, fd, at, 8)
}
