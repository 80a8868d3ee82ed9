package linux

import (
	"encoding/binary"
	"math/bits"
)

// Guest time is a number of core cycles divided by the core's frequency. Under
// a timing model the cycles are the model's (Stream.Now); in a functional run
// an instruction counts as a cycle. Either way the same run reads the same
// times.

// DefaultFrequency is the guest's clock in Hz when Options say nothing.
const DefaultFrequency = 2_000_000_000

// epoch is the guest's wall-clock time at its start, in seconds since 1970:
// the first second of 2026.
const epoch = 1_767_225_600

const nanosecond = 1_000_000_000

// timebase is the frequency in Hz of the register that rdtime reads.
const timebase = 10_000_000

// clock is the time of a process, in cycles since it began: those of the
// timing model and those of functional runs. One thread runs at a time.
type clock struct {
	frequency uint64 // Hz
	model     uint64 // the timing model's present cycle
	base      uint64 // what functional runs and their sleeps have taken
	idle      uint64 // what the thread has slept

	running bool   // functionally
	start   uint64 // instructions executed when that began
}

// begin and end enclose a functional run, given the instructions executed so
// far.
func (c *clock) begin(instret uint64) { c.running, c.start = true, instret }

func (c *clock) end(instret uint64) {
	c.base += instret - c.start
	c.running = false
}

// now is the time in cycles, outside a functional run.
func (c *clock) now() uint64 { return c.base + c.model }

// at is the time in cycles of an instruction that reads it, given the
// instructions executed before it.
func (c *clock) at(instret uint64) uint64 {
	if c.running {
		return c.now() + instret - c.start
	}
	return c.now()
}

// nanoseconds is the time since the process began, rounded down.
func (c *clock) nanoseconds() uint64 { return scale(c.now(), nanosecond, c.frequency) }

// busy is the processor time used, in nanoseconds.
func (c *clock) busy() uint64 { return scale(c.now()-c.idle, nanosecond, c.frequency) }

// after converts a duration to cycles, rounded up.
func (c *clock) after(ns uint64) uint64 {
	n := scale(ns, c.frequency, nanosecond)
	if n < 1<<62 {
		n++
	}
	return n
}

// scale is n × num / den, saturating at the largest uint64.
func scale(n, num, den uint64) uint64 {
	hi, lo := bits.Mul64(n, num)
	if hi >= den {
		return ^uint64(0)
	}
	q, _ := bits.Div64(hi, lo, den)
	return q
}

// The clocks of clock_gettime(2).
const (
	clockRealtime = iota
	clockMonotonic
	clockProcessCPU
	clockThreadCPU
	clockMonotonicRaw
	clockRealtimeCoarse
	clockMonotonicCoarse
	clockBoottime
)

// read is the value of one of the guest's clocks in nanoseconds.
func (c *clock) read(id uint64) (ns uint64, e errno) {
	switch id {
	case clockRealtime, clockRealtimeCoarse:
		return epoch*nanosecond + c.nanoseconds(), eok
	case clockMonotonic, clockMonotonicRaw, clockMonotonicCoarse, clockBoottime:
		return c.nanoseconds(), eok
	case clockProcessCPU, clockThreadCPU:
		return c.busy(), eok
	}
	return 0, einval
}

// timespec is struct timespec, and struct timeval with another unit.
func timespec(ns, unit uint64) [16]byte {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], ns/nanosecond)
	binary.LittleEndian.PutUint64(b[8:], ns%nanosecond/unit)
	return b
}

func (t *Thread) clockGettime(a *args) (uint64, errno) {
	ns, e := t.process.clock.read(a[0])
	if e != eok {
		return 0, e
	}
	b := timespec(ns, 1)
	return 0, t.process.store(a[1], b[:])
}

func (t *Thread) clockGetres(a *args) (uint64, errno) {
	if _, e := t.process.clock.read(a[0]); e != eok {
		return 0, e
	}
	if a[1] == 0 {
		return 0, eok
	}
	b := timespec(1, 1)
	return 0, t.process.store(a[1], b[:])
}

func (t *Thread) gettimeofday(a *args) (uint64, errno) {
	if a[0] != 0 {
		ns, _ := t.process.clock.read(clockRealtime)
		b := timespec(ns, 1000)
		if e := t.process.store(a[0], b[:]); e != eok {
			return 0, e
		}
	}
	if a[1] != 0 {
		return 0, t.process.store(a[1], make([]byte, 8)) // struct timezone: UTC
	}
	return 0, eok
}

// ticks is the unit of times(2), as AT_CLKTCK says: 100 a second.
const ticks = 100

func (t *Thread) times(a *args) (uint64, errno) {
	now := scale(t.process.clock.now(), ticks, t.process.clock.frequency)
	if a[0] != 0 {
		var b [32]byte // user, system, children's user, children's system
		binary.LittleEndian.PutUint64(b[:], now)
		if e := t.process.store(a[0], b[:]); e != eok {
			return 0, e
		}
	}
	return now, eok
}

// getrusage knows the processor time and nothing else.
func (t *Thread) getrusage(a *args) (uint64, errno) {
	const self, thread, children = 0, 1, -1
	var b [144]byte
	switch int32(a[0]) {
	case self, thread:
		used := timespec(t.process.clock.busy(), 1000)
		copy(b[:], used[:])
	case children:
	default:
		return 0, einval
	}
	return 0, t.process.store(a[1], b[:])
}

// duration reads a struct timespec of a duration or a time.
func (p *Process) duration(addr uint64) (ns uint64, e errno) {
	var b [16]byte
	if e := p.load(addr, b[:]); e != eok {
		return 0, e
	}
	seconds, rest := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	if int64(seconds) < 0 || rest >= nanosecond {
		return 0, einval
	}
	hi, lo := bits.Mul64(seconds, nanosecond)
	if hi != 0 || lo > ^uint64(0)-rest {
		return ^uint64(0), eok
	}
	return lo + rest, eok
}

func (t *Thread) nanosleep(a *args) (uint64, errno) {
	ns, e := t.process.duration(a[0])
	if e != eok {
		return 0, e
	}
	t.sleep(ns)
	return 0, eok
}

func (t *Thread) clockNanosleep(a *args) (uint64, errno) {
	const absolute = 1
	now, e := t.process.clock.read(a[0])
	if e != eok {
		return 0, e
	}
	ns, e := t.process.duration(a[2])
	if e != eok {
		return 0, e
	}
	if a[1]&absolute != 0 {
		ns -= min(ns, now)
	}
	t.sleep(ns)
	return 0, eok
}
