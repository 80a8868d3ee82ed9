package linux

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// Thread is one software thread: a hart, and what the kernel keeps for it.
type Thread struct {
	process *Process
	hart    *rv64.Hart
	tid     int

	depth int // of wrong paths
	stop  isa.Stop
	wake  uint64 // it sleeps until then, in cycles of the process's clock

	blocked  uint64 // signals, bit s-1 for signal s
	altStack [24]byte
}

var _ isa.Stream = (*Thread)(nil)

func newThread(p *Process, id isa.SWThread, tid int) *Thread {
	t := &Thread{process: p, hart: rv64.NewHart(p.space, p.code), tid: tid}
	t.hart.Thread, t.hart.ASID = id, p.options.ASID
	t.hart.Clock = t.readClock
	return t
}

// Next implements isa.Stream.
func (t *Thread) Next(now isa.Cycle, buf []isa.Dyn) int {
	t.process.clock.model = uint64(now)
	if t.depth > 0 {
		n, _ := t.hart.Record(buf)
		if n == 0 {
			t.stop = isa.Stop{Kind: isa.StopPathEnd}
		}
		return n
	}
	if t.stop = t.waiting(); t.stop.Kind != isa.StopNone {
		return 0
	}
	n, trap := t.hart.Record(buf)
	switch {
	case trap.Kind == rv64.TrapEcall:
		t.call()
	case n > 0: // a trap is met again by the next call
	case trap.Kind == rv64.TrapSerialise:
		t.hart.Allow()
		t.stop = isa.Stop{Kind: isa.StopSerialise, DrainStores: trap.DrainStores}
	default:
		t.fault(trap)
		t.stop = isa.Stop{Kind: isa.StopIdle, Until: isa.Never}
	}
	return n
}

// waiting is why the thread cannot go on at all, if so.
func (t *Thread) waiting() isa.Stop {
	p := t.process
	switch {
	case p.end != nil:
		return isa.Stop{Kind: isa.StopIdle, Until: isa.Never}
	case t.wake > p.clock.now():
		return isa.Stop{Kind: isa.StopBlocked, Until: isa.Cycle(t.wake - p.clock.base)}
	}
	return isa.Stop{}
}

// Stop implements isa.Stream.
func (t *Thread) Stop() isa.Stop { return t.stop }

// PC implements isa.Stream.
func (t *Thread) PC() isa.Addr { return t.hart.PC }

// Fork implements isa.Stream.
func (t *Thread) Fork(pc isa.Addr) int {
	t.depth = t.hart.Fork(pc)
	return t.depth
}

// Drop implements isa.Stream.
func (t *Thread) Drop(depth int) {
	t.hart.Drop(depth)
	t.depth = depth - 1
}

// Retire implements isa.Stream. Nothing here waits for an instruction's
// commit: what a system call does is done when it is handed out.
func (t *Thread) Retire(int) {}

// CanFork implements isa.Stream.
func (t *Thread) CanFork() bool { return true }

// run executes up to n instructions functionally and returns how many.
func (t *Thread) run(n uint64) uint64 {
	c := &t.process.clock
	if t.wake > c.now() {
		c.base += t.wake - c.now()
	}
	c.begin(t.hart.Instret)
	done, trap := t.hart.Run(n)
	c.end(t.hart.Instret)
	switch trap.Kind {
	case rv64.TrapNone:
	case rv64.TrapEcall:
		t.call()
	default:
		t.fault(trap)
	}
	return done
}

// readClock answers the time registers of the hart.
func (t *Thread) readClock(instret uint64) (cycle, time uint64) {
	c := &t.process.clock
	cycle = c.at(instret)
	return cycle, scale(cycle, timebase, c.frequency)
}

// sleep blocks the thread for a time.
func (t *Thread) sleep(ns uint64) {
	c := &t.process.clock
	cycles := min(c.after(ns), uint64(isa.Never)-1-c.now())
	t.wake = c.now() + cycles
	c.idle += cycles
}

// die ends the program by a signal at the present system call.
func (t *Thread) die(s Signal, why string) {
	const ecallSize = 4
	t.killed(s, t.hart.PC-ecallSize, why)
}

// deadlock ends a program whose only thread waits for what nobody can do.
func (t *Thread) deadlock(addr uint64) {
	t.die(SIGKILL, fmt.Sprintf("deadlock: the only thread waits for a futex at %#x", addr))
}

// killed ends the program by a signal.
func (t *Thread) killed(s Signal, pc isa.Addr, why string) {
	t.process.end = &Exit{Code: 128 + int(s), Signal: s, Detail: fmt.Sprintf("%v at pc %#x: %s", s, uint64(pc), why)}
}

// fault ends the program by the signal of a trap.
func (t *Thread) fault(trap rv64.Trap) {
	s, why := t.explain(trap)
	if t.process.actions[s].handler > handlerIgnore {
		t.process.lacks("a handler of " + s.String())
	}
	t.killed(s, t.hart.PC, why)
}

// explain translates a trap.
func (t *Thread) explain(trap rv64.Trap) (Signal, string) {
	instruction := t.disassemble()
	access := func(kind string) string { return fmt.Sprintf("%s: %s %#x", instruction, kind, uint64(trap.Addr)) }
	switch trap.Kind {
	case rv64.TrapBreak:
		return SIGTRAP, instruction
	case rv64.TrapIllegal:
		return SIGILL, fmt.Sprintf("illegal instruction %#x", trap.Raw)
	case rv64.TrapFetch:
		return SIGSEGV, fmt.Sprintf("instruction fetch from %#x", uint64(trap.Addr))
	case rv64.TrapMisaligned:
		return SIGBUS, access("misaligned atomic access to")
	case rv64.TrapLoad:
		return SIGSEGV, access("load from")
	case rv64.TrapStore:
		if t.process.space.Allows(trap.Addr, 1, mem.Write) {
			return SIGKILL, fmt.Sprintf("%s: out of memory: all %d MiB that the guest may use are in use", instruction, t.process.options.Memory>>20)
		}
		return SIGSEGV, access("store to")
	}
	panic("linux: a hart stopped without a reason: " + trap.String())
}

// disassemble is the instruction at the hart's PC.
func (t *Thread) disassemble() string {
	pc := t.hart.PC
	var b [4]byte
	space := t.process.space
	if space.Peek(pc, b[:]) != nil && space.Peek(pc, b[:2]) != nil {
		return "?"
	}
	raw := uint32(b[0]) | uint32(b[1])<<8
	if raw&3 == 3 {
		raw |= uint32(b[2])<<16 | uint32(b[3])<<24
	}
	return rv64.Disassemble(raw, pc)
}
