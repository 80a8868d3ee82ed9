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

// clock is the time of a system, in cycles since it began: those of the timing
// model and those of functional runs, in which one processor runs at a time.
type clock struct {
	frequency uint64 // Hz
	model     uint64 // the timing model's present cycle
	base      uint64 // what functional runs and sleeps in them have taken

	running bool   // functionally
	start   uint64 // instructions that the hart had executed when that began
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
	}
	return 0, einval
}

// readTime is the value of a clock that a thread names, in nanoseconds.
func (t *Thread) readTime(id uint64) (ns uint64, e errno) {
	c := &t.process.system.clock
	switch id {
	case clockProcessCPU:
		return scale(t.process.busy(), nanosecond, c.frequency), eok
	case clockThreadCPU:
		return scale(t.busy(), nanosecond, c.frequency), eok
	}
	return c.read(id)
}

// busy is the processor time of a thread in cycles.
func (t *Thread) busy() uint64 {
	if t.state == threadRunning {
		return t.used + t.process.system.clock.now() - t.since
	}
	return t.used
}

// busy is the processor time of all threads in cycles.
func (p *Process) busy() uint64 {
	sum := p.used
	for _, t := range p.threads {
		sum += t.busy()
	}
	return sum
}

// timespec is struct timespec, and struct timeval with another unit.
func timespec(ns, unit uint64) [16]byte {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], ns/nanosecond)
	binary.LittleEndian.PutUint64(b[8:], ns%nanosecond/unit)
	return b
}

func (t *Thread) clockGettime(a *args) (uint64, errno) {
	ns, e := t.readTime(a[0])
	if e != eok {
		return 0, e
	}
	b := timespec(ns, 1)
	return 0, t.process.store(a[1], b[:])
}

func (t *Thread) clockGetres(a *args) (uint64, errno) {
	if _, e := t.readTime(a[0]); e != eok {
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
		ns, _ := t.readTime(clockRealtime)
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
	c := &t.process.system.clock
	now := scale(c.now(), ticks, c.frequency)
	if a[0] != 0 {
		var b [32]byte // user, system, children's user, children's system
		binary.LittleEndian.PutUint64(b[:], scale(t.process.busy(), ticks, c.frequency))
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
		clock := uint64(clockProcessCPU)
		if int32(a[0]) == thread {
			clock = clockThreadCPU
		}
		ns, _ := t.readTime(clock)
		used := timespec(ns, 1000)
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
	return t.sleep(ns, a[1])
}

func (t *Thread) clockNanosleep(a *args) (uint64, errno) {
	const absolute = 1
	now, e := t.readTime(a[0])
	if e != eok {
		return 0, e
	}
	ns, e := t.process.duration(a[2])
	if e != eok {
		return 0, e
	}
	if a[1]&absolute != 0 {
		return t.sleep(ns-min(ns, now), 0)
	}
	return t.sleep(ns, a[3])
}

// sleep parks the thread for a time. When a signal ends it early, what was
// left goes to the guest's struct timespec at rest, unless that is 0.
func (t *Thread) sleep(ns, rest uint64) (uint64, errno) {
	c := &t.process.system.clock
	until := t.process.system.deadline(ns)
	return t.park(wait{why: idleSleep, until: until, finish: func(w wakeReason) (uint64, errno) {
		if w == wokenByTime {
			return 0, eok
		}
		if rest != 0 {
			b := timespec(scale(until-min(until, c.now()), nanosecond, c.frequency), 1)
			if e := t.process.store(rest, b[:]); e != eok {
				return 0, e
			}
		}
		return 0, eintr
	}})
}

// deadline is the cycle in which a duration that begins now is over; the last
// before never when it is longer than anything.
func (s *System) deadline(ns uint64) uint64 {
	now := s.clock.now()
	return now + min(s.clock.after(ns), never-1-now)
}
