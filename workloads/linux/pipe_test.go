package linux

import (
	"encoding/binary"
	"testing"
)

const (
	sysEventfd2 = 19
	sysFcntl    = 25
)

// TestPipe: a write of up to 4096 bytes is put in whole or not at all, a larger
// one as far as there is room; without a reader it is an error and a signal,
// without a writer a read is at the end.
func TestPipe(t *testing.T) {
	k, room := watching(t)
	before := k.p.space.Resident()
	r, w := k.pipe(room, openNonblock)
	if n := k.call(sysFcntl, eok, w, 1032); n != 16*pageSize {
		t.Errorf("a pipe holds %d bytes", n)
	}
	k.call(sysRead, eagain, r, room, 10)
	if n := k.call(sysWrite, eok, w, room, 16*pageSize-100); n != 16*pageSize-100 {
		t.Errorf("%d bytes went in", n)
	}
	k.call(sysWrite, eagain, w, room, 101)
	if n := k.call(sysWrite, eok, w, room, 100); n != 100 {
		t.Errorf("then %d of 100", n)
	}
	k.call(sysWrite, eagain, w, room, 1)
	if n := k.call(sysRead, eok, r, room, 3*pageSize); n != 3*pageSize {
		t.Errorf("%d bytes came out", n)
	}
	if n := k.call(sysWrite, eok, w, room, 5*pageSize); n != 3*pageSize {
		t.Errorf("%d of five pages went into three", n)
	}
	k.call(sysFcntl, ebusy, w, 1031, pageSize)
	k.call(sysClose, eok, w)
	if n := k.call(sysRead, eok, r, room, 1<<20); n != 16*pageSize {
		t.Errorf("%d bytes were left", n)
	}
	if n := k.call(sysRead, eok, r, room, 1); n != 0 {
		t.Errorf("%d bytes behind the end", n)
	}
	r, w = k.pipe(room, openNonblock)
	k.call(sysWrite, eok, w, room, pageSize)
	k.call(sysClose, eok, r)
	k.call(sysWrite, epipe, w, room, 1)
	if !k.p.leader.pending.set.has(SIGPIPE) {
		t.Error("no SIGPIPE")
	}
	k.call(sysClose, eok, w)
	if after := k.p.space.Resident(); after > before+300 {
		t.Errorf("%d pages before, %d after", before, after)
	}
}

// TestEventCounter: reads take everything, or 1 of a semaphore; a write that
// would overflow waits; only the first eight bytes count.
func TestEventCounter(t *testing.T) {
	const semaphore = 1
	k, room := watching(t)
	put := func(v uint64) { k.p.store(room, binary.LittleEndian.AppendUint64(nil, v)) }
	get := func() uint64 {
		var b [8]byte
		k.p.load(room, b[:])
		return binary.LittleEndian.Uint64(b[:])
	}
	for _, flags := range []uint64{0, semaphore} {
		fd := k.call(sysEventfd2, eok, 3, flags|openNonblock)
		put(4)
		if n := k.call(sysWrite, eok, fd, room, 100); n != 8 {
			t.Errorf("flags %d: a write of 100 bytes took %d", flags, n)
		}
		k.call(sysRead, eok, fd, room, 8)
		want := uint64(7)
		if flags == semaphore {
			want = 1
		}
		if got := get(); got != want {
			t.Errorf("flags %d: read %d, want %d", flags, got, want)
		}
	}
	fd := k.call(sysEventfd2, eok, 0, openNonblock)
	k.call(sysRead, eagain, fd, room, 8)
	k.call(sysRead, einval, fd, room, 7)
	put(^uint64(0) - 1)
	k.call(sysWrite, eok, fd, room, 8)
	put(1)
	k.call(sysWrite, eagain, fd, room, 8)
	put(^uint64(0))
	k.call(sysWrite, einval, fd, room, 8)
}

// TestTimerDescriptor: what is read is the expirations since the last read,
// also those that nobody was there for.
func TestTimerDescriptor(t *testing.T) {
	k, room := watching(t)
	c := &k.p.system.clock
	fd := k.call(sysTimerfdCreate, eok, 1, openNonblock)
	var spec []byte
	for _, v := range []uint64{0, 1000, 0, 5000} { // every 1000 ns, from 5000 ns on
		spec = binary.LittleEndian.AppendUint64(spec, v)
	}
	k.p.store(room, spec)
	k.call(sysTimerfdSettime, eok, fd, 0, room, 0)
	k.call(sysRead, eagain, fd, room, 8)
	for _, step := range []struct{ ns, want uint64 }{{5100, 1}, {3000, 3}, {1000, 1}} {
		c.base += c.after(step.ns)
		k.p.system.expire()
		k.call(sysRead, eok, fd, room, 8)
		var b [8]byte
		k.p.load(room, b[:])
		if n := binary.LittleEndian.Uint64(b[:]); n != step.want {
			t.Errorf("%d ns later: %d expirations, want %d", step.ns, n, step.want)
		}
	}
}
