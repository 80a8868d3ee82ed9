package linux

import (
	"bytes"
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// What programs ask about themselves and find as a user's only process does:
// its session, its users, its priority, its name.

// nameSize is the size of a thread's name with the zero byte at its end.
const nameSize = 16

// childless answers who waits for children: there are none.
func (t *Thread) childless(*args) (uint64, errno) { return 0, echild }

// ofProcess checks that a call is about the caller's process.
func (t *Thread) ofProcess(pid, answer uint64) (uint64, errno) {
	if id := int32(pid); id != 0 && id != processID {
		return 0, esrch
	}
	return answer, eok
}

func (t *Thread) getpgid(a *args) (uint64, errno) { return t.ofProcess(a[0], processID) }
func (t *Thread) setpgid(a *args) (uint64, errno) { return t.ofProcess(a[0], 0) }
func (t *Thread) getsid(a *args) (uint64, errno)  { return t.ofProcess(a[0], parentID) }

// setID changes a user or group to the one that it is.
func (t *Thread) setID(a *args) (uint64, errno) {
	if uint32(a[0]) != userID {
		return 0, eperm
	}
	return 0, eok
}

// setIDs is setID with several, of which -1 leaves one as it is.
func (t *Thread) setIDs(a *args) (uint64, errno) {
	for _, id := range a[:2] {
		if uint32(id) != userID && int32(id) != -1 {
			return 0, eperm
		}
	}
	return 0, eok
}

// getIDs stores the real, the effective and the saved user or group.
func (t *Thread) getIDs(a *args) (uint64, errno) {
	for _, addr := range a[:3] {
		if e := t.process.store(addr, binary.LittleEndian.AppendUint32(nil, userID)); e != eok {
			return 0, e
		}
	}
	return 0, eok
}

// setFSID answers the present one, whatever is asked for.
func (t *Thread) setFSID(*args) (uint64, errno) { return userID, eok }

// Policies of sched_setscheduler(2): there is the usual one.
const (
	schedOther = 0
	schedFIFO  = 1
	schedRR    = 2
	schedBatch = 3
	schedIdle  = 5
)

func (t *Thread) schedGetscheduler(a *args) (uint64, errno) {
	_, e := t.affine(a[0])
	return schedOther, e
}

func (t *Thread) schedSetscheduler(a *args) (uint64, errno) {
	if _, e := t.affine(a[0]); e != eok {
		return 0, e
	}
	return t.setPriority(uint32(a[1]), a[2])
}

func (t *Thread) schedSetparam(a *args) (uint64, errno) {
	if _, e := t.affine(a[0]); e != eok {
		return 0, e
	}
	return t.setPriority(schedOther, a[1])
}

// setPriority takes the one priority that a usual policy has.
func (t *Thread) setPriority(policy uint32, addr uint64) (uint64, errno) {
	var b [4]byte
	if e := t.process.load(addr, b[:]); e != eok {
		return 0, e
	}
	n := int32(binary.LittleEndian.Uint32(b[:]))
	switch policy {
	case schedOther, schedBatch, schedIdle:
		if n != 0 {
			return 0, einval
		}
		return 0, eok
	case schedFIFO, schedRR:
		if n < 1 || n > 99 {
			return 0, einval
		}
		return 0, eperm
	}
	return 0, einval
}

func (t *Thread) schedGetparam(a *args) (uint64, errno) {
	if _, e := t.affine(a[0]); e != eok {
		return 0, e
	}
	return 0, t.process.store(a[1], make([]byte, 4))
}

// priorities answers the highest or lowest priority of a policy.
func priorities(a *args, realTime uint64) (uint64, errno) {
	switch a[0] {
	case schedFIFO, schedRR:
		return realTime, eok
	case schedOther, schedBatch, schedIdle:
		return 0, eok
	}
	return 0, einval
}

func (t *Thread) schedGetPriorityMax(a *args) (uint64, errno) { return priorities(a, 99) }
func (t *Thread) schedGetPriorityMin(a *args) (uint64, errno) { return priorities(a, 1) }

// schedRRGetInterval is the scheduler's quantum.
func (t *Thread) schedRRGetInterval(a *args) (uint64, errno) {
	if _, e := t.affine(a[0]); e != eok {
		return 0, e
	}
	s := t.process.system
	b := timespec(scale(s.options.Quantum, nanosecond, s.clock.frequency), 1)
	return 0, t.process.store(a[1], b[:])
}

// getpriority: nobody is nice. The kernel answers 20 for 0.
func (t *Thread) getpriority(a *args) (uint64, errno) {
	if a[0] > 2 {
		return 0, einval
	}
	return 20, eok
}

// setpriority may make a program nicer, which has no effect, but not less.
func (t *Thread) setpriority(a *args) (uint64, errno) {
	switch {
	case a[0] > 2:
		return 0, einval
	case int32(a[2]) < 0:
		return 0, eacces
	}
	return 0, eok
}

func (t *Thread) getrlimit(a *args) (uint64, errno) {
	return t.prlimit64(&args{0, a[0], 0, a[1]})
}

func (t *Thread) setrlimit(a *args) (uint64, errno) {
	return t.prlimit64(&args{0, a[0], a[1], 0})
}

// prctl knows the name of the thread, and a few settings that have no effect.
func (t *Thread) prctl(a *args) (uint64, errno) {
	const (
		setDeathSignal = 1
		getDumpable    = 3
		setDumpable    = 4
		setName        = 15
		getName        = 16
		setNoNewPrivs  = 38
		getNoNewPrivs  = 39
	)
	p := t.process
	switch a[0] {
	case setName:
		var b [nameSize]byte
		name, e := p.cstring(a[1], nameSize-1)
		if e == enomem { // longer: cut
			if e = p.load(a[1], b[:nameSize-1]); e == eok {
				name = string(b[:nameSize-1])
			}
		}
		if e == eok {
			t.name = name
		}
		return 0, e
	case getName:
		var b [nameSize]byte
		copy(b[:nameSize-1], t.name)
		return 0, p.store(a[1], b[:])
	case getDumpable:
		return 1, eok
	case setDeathSignal, setDumpable, setNoNewPrivs, getNoNewPrivs:
		return 0, eok
	}
	return 0, einval
}

// membarrier has nothing to do: every access is seen by all at once.
func (t *Thread) membarrier(a *args) (uint64, errno) {
	const query = 0
	// MEMBARRIER_CMD_GLOBAL, GLOBAL_EXPEDITED and its registration,
	// PRIVATE_EXPEDITED and its registration.
	const known = 1 | 2 | 4 | 8 | 16
	switch {
	case a[1] != 0:
		return 0, einval
	case a[0] == query:
		return known, eok
	case a[0]&^known != 0 || a[0]&(a[0]-1) != 0:
		return 0, einval
	}
	return 0, eok
}

// onMapped answers calls about pages that have no effect here: mlock, msync.
func (t *Thread) onMapped(a *args) (uint64, errno) {
	size, ok := pages(a[1])
	switch {
	case !ok:
		return 0, einval
	case t.process.space.Check(isa.Addr(a[0]&^(pageSize-1)), size, 0) != nil:
		return 0, enomem
	}
	return 0, eok
}

// mincore: what is mapped is in memory.
func (t *Thread) mincore(a *args) (uint64, errno) {
	p := t.process
	size, ok := pages(a[1])
	switch {
	case !ok || a[0]%pageSize != 0:
		return 0, einval
	case size > uint64(mem.End) || p.space.Check(isa.Addr(a[0]), size, 0) != nil:
		return 0, enomem
	}
	for n := size / pageSize; n > 0; {
		b := bytes.Repeat([]byte{1}, int(min(n, pageSize)))
		if e := p.store(a[2], b); e != eok {
			return 0, e
		}
		a[2] += uint64(len(b))
		n -= uint64(len(b))
	}
	return 0, eok
}

// personality is Linux's, and stays it.
func (t *Thread) personality(*args) (uint64, errno) { return 0, eok }

// restartSyscall: no call was left that it could go on with.
func (t *Thread) restartSyscall(*args) (uint64, errno) { return 0, eintr }
