package linux

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/isa"
)

// kernelRelease is the kernel that the guest believes to run on.
const kernelRelease = "6.6.0"

// Who and where the guest believes to be.
const (
	userID    = 1000
	processID = 2
	parentID  = 1
)

func (t *Thread) getpid(*args) (uint64, errno)  { return processID, eok }
func (t *Thread) getppid(*args) (uint64, errno) { return parentID, eok }
func (t *Thread) gettid(*args) (uint64, errno)  { return uint64(t.tid), eok }
func (t *Thread) getuid(*args) (uint64, errno)  { return userID, eok }

func (t *Thread) uname(a *args) (uint64, errno) {
	const field = 65
	var b [6 * field]byte
	for i, s := range []string{"Linux", "threadmill", kernelRelease, "#1 SMP", "riscv64", "(none)"} {
		copy(b[i*field:], s)
	}
	return 0, t.process.store(a[0], b[:])
}

// affinityBytes is the size of a set of processors.
const affinityBytes = 8

// affine is the thread that a scheduling call names, 0 for the caller.
func (t *Thread) affine(tid uint64) (*Thread, errno) {
	if int32(tid) == 0 {
		return t, eok
	}
	return t.process.threadOf(tid)
}

// schedGetaffinity: the processors are the hardware contexts.
func (t *Thread) schedGetaffinity(a *args) (uint64, errno) {
	o, e := t.affine(a[0])
	switch {
	case a[1] < affinityBytes || a[1]%affinityBytes != 0:
		return 0, einval
	case e != eok:
		return 0, e
	}
	return affinityBytes, t.process.store(a[2], binary.LittleEndian.AppendUint64(nil, uint64(o.affinity)))
}

// schedSetaffinity says where a thread may run. One that runs elsewhere goes
// on there until it leaves its processor.
func (t *Thread) schedSetaffinity(a *args) (uint64, errno) {
	o, e := t.affine(a[0])
	if e != eok {
		return 0, e
	}
	var b [affinityBytes]byte
	if e := t.process.load(a[2], b[:min(a[1], affinityBytes)]); e != eok {
		return 0, e
	}
	set := isa.ContextSet(binary.LittleEndian.Uint64(b[:])) & t.process.system.contextSet()
	if set == 0 {
		return 0, einval
	}
	o.affinity = set
	return 0, eok
}

func (t *Thread) getcpu(a *args) (uint64, errno) {
	number := []byte{byte(t.home.id), 0, 0, 0}
	for i, addr := range a[:2] {
		if addr == 0 {
			continue
		}
		if i == 1 { // the node
			number[0] = 0
		}
		if e := t.process.store(addr, number); e != eok {
			return 0, e
		}
	}
	return 0, eok
}

// schedYield lets another thread have the processor if one waits for it.
func (t *Thread) schedYield(*args) (uint64, errno) {
	t.home.sliceEnd = t.process.system.clock.now()
	return 0, eok
}

// Resource limits of prlimit64(2), by number.
const (
	limitStack  = 3
	limitFiles  = 7
	limitsCount = 16
	unlimited   = ^uint64(0)
)

// rlimit is a soft and a hard limit.
type rlimit struct{ soft, hard uint64 }

func defaultLimits() [limitsCount]rlimit {
	var l [limitsCount]rlimit
	for i := range l {
		l[i] = rlimit{unlimited, unlimited}
	}
	l[limitStack].soft = stackSize
	l[limitFiles] = rlimit{softFiles, maxFiles}
	return l
}

// prlimit64 records new limits for the program to read back; the stack and
// the descriptors stay as they are.
func (t *Thread) prlimit64(a *args) (uint64, errno) {
	p := t.process
	switch {
	case a[0] != 0 && a[0] != processID:
		return 0, esrch
	case a[1] >= limitsCount:
		return 0, einval
	}
	old := p.limits[a[1]]
	if a[2] != 0 {
		var b [16]byte
		if e := p.load(a[2], b[:]); e != eok {
			return 0, e
		}
		l := rlimit{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
		switch {
		case l.soft > l.hard:
			return 0, einval
		case l.hard > old.hard:
			return 0, eperm
		}
		p.limits[a[1]] = l
	}
	if a[3] == 0 {
		return 0, eok
	}
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], old.soft)
	binary.LittleEndian.PutUint64(b[8:], old.hard)
	return 0, p.store(a[3], b[:])
}

// sysinfo: the memory is the process's limit, and nobody else uses any.
func (t *Thread) sysinfo(a *args) (uint64, errno) {
	p := t.process
	var b [112]byte
	le := binary.LittleEndian
	le.PutUint64(b[0:], p.system.clock.nanoseconds()/nanosecond) // uptime
	le.PutUint64(b[32:], p.options.Memory)                       // total
	le.PutUint64(b[40:], p.options.Memory-uint64(p.space.Resident())*pageSize)
	le.PutUint16(b[80:], uint16(len(p.threads)))
	le.PutUint32(b[104:], 1) // unit of the sizes in bytes
	return 0, p.store(a[0], b[:])
}
