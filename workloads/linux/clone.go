package linux

import (
	"encoding/binary"
)

// Flags of clone(2).
const (
	cloneVM            = 0x100
	cloneFS            = 0x200
	cloneFiles         = 0x400
	cloneSighand       = 0x800
	cloneThread        = 0x10000
	cloneSetTLS        = 0x80000
	cloneParentSetTID  = 0x100000
	cloneChildClearTID = 0x200000
	cloneChildSetTID   = 0x1000000

	// cloneShared is what a thread shares with its process.
	cloneShared = cloneVM | cloneFS | cloneFiles | cloneSighand | cloneThread
)

// maxThreads bounds the threads that a process has at a time.
const maxThreads = 1024

// clone makes a thread. A process of its own (fork, vfork) is not supported.
func (t *Thread) clone(a *args) (uint64, errno) {
	flags, stack, parentTID, tls, childTID := a[0], a[1], a[2], a[3], a[4]
	p := t.process
	switch {
	case flags&cloneShared != cloneShared:
		p.lacks("a process of its own (fork)")
		return 0, enosys
	case len(p.threads) >= maxThreads:
		return 0, eagain
	}
	tid := binary.LittleEndian.AppendUint32(nil, uint32(p.lastTID+1))
	if flags&cloneParentSetTID != 0 {
		if e := p.store(parentTID, tid); e != eok {
			return 0, e
		}
	}
	if flags&cloneChildSetTID != 0 {
		if e := p.store(childTID, tid); e != eok {
			return 0, e
		}
	}
	n := newThread(p)
	n.hart.PC, n.hart.X, n.hart.F, n.hart.FCSR = t.hart.PC, t.hart.X, t.hart.F, t.hart.FCSR
	n.hart.X[10] = 0
	if stack != 0 {
		n.hart.X[2] = stack
	}
	if flags&cloneSetTLS != 0 {
		n.hart.X[4] = tls
	}
	if flags&cloneChildClearTID != 0 {
		n.clearTID = childTID
	}
	n.inherit(t)
	p.system.place(n, p.system.clock.now()+p.system.options.WakeLatency)
	return uint64(n.tid), eok
}

// inherit is what a new thread has from the one that made it.
func (t *Thread) inherit(from *Thread) {
	t.home, t.affinity = from.home, from.affinity
	t.blocked, t.name = from.blocked, from.name
}

// exit ends the thread, and the process with its last one.
func (t *Thread) exit(a *args) (uint64, errno) {
	p := t.process
	if len(p.threads) == 1 {
		return t.exitGroup(a)
	}
	t.abandonLocks()
	if t.clearTID != 0 {
		if p.store(t.clearTID, make([]byte, 4)) == eok {
			p.wakeFutex(t.clearTID, 1, anyBit)
		}
	}
	t.end()
	p.checkDeadlock()
	return 0, eok
}

func (t *Thread) exitGroup(a *args) (uint64, errno) {
	t.process.finish(&Exit{Code: int(a[0] & 0xff)})
	return 0, eok
}

func (t *Thread) setTidAddress(a *args) (uint64, errno) {
	t.clearTID = a[0]
	return uint64(t.tid), eok
}

// robustHead is the size of struct robust_list_head.
const robustHead = 24

func (t *Thread) setRobustList(a *args) (uint64, errno) {
	if a[1] != robustHead {
		return 0, einval
	}
	t.robustList = a[0]
	return 0, eok
}

func (t *Thread) getRobustList(a *args) (uint64, errno) {
	o, e := t.affine(a[0])
	if e != eok {
		return 0, e
	}
	if e := t.process.store(a[1], binary.LittleEndian.AppendUint64(nil, o.robustList)); e != eok {
		return 0, e
	}
	return 0, t.process.store(a[2], binary.LittleEndian.AppendUint64(nil, robustHead))
}

// abandonLocks marks the robust mutexes that the thread holds at its end as
// ownerless and wakes who waits for them (exit_robust_list in the kernel).
func (t *Thread) abandonLocks() {
	const limit = 2048 // of the list, which may loop
	p := t.process
	word := func(addr uint64) (uint64, bool) {
		var b [8]byte
		e := p.load(addr, b[:])
		return binary.LittleEndian.Uint64(b[:]), e == eok
	}
	if t.robustList == 0 {
		return
	}
	next, ok := word(t.robustList)
	offset, ok2 := word(t.robustList + 8)
	pending, ok3 := word(t.robustList + 16)
	if !ok || !ok2 || !ok3 {
		return
	}
	for n := 0; n < limit && next&^1 != t.robustList; n++ {
		entry := next &^ 1
		if next, ok = word(entry); entry != pending&^1 {
			t.abandon(entry + offset)
		}
		if !ok {
			return
		}
	}
	if pending != 0 {
		t.abandon(pending&^1 + offset)
	}
}

// abandon marks one futex whose owner ends.
func (t *Thread) abandon(addr uint64) {
	const tidMask, ownerDied, waiters = 0x3fffffff, 0x40000000, 0x80000000
	p := t.process
	var b [4]byte
	if p.load(addr, b[:]) != eok {
		return
	}
	v := binary.LittleEndian.Uint32(b[:])
	if v&tidMask != uint32(t.tid) {
		return
	}
	binary.LittleEndian.PutUint32(b[:], v&waiters|ownerDied)
	if p.store(addr, b[:]) == eok && v&waiters != 0 {
		p.wakeFutex(addr, 1, anyBit)
	}
}

// threadOf finds a thread of the process by its number.
func (p *Process) threadOf(tid uint64) (*Thread, errno) {
	for _, t := range p.threads {
		if t.tid == int(int32(tid)) {
			return t, eok
		}
	}
	return nil, esrch
}
