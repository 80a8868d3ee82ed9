package linux

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// processor is one hardware context as the operating system sees it: it runs
// one software thread at a time, and is that context's isa.Stream.
//
// Whatever the system does to a thread from outside happens at the functional
// head and behind a drained window, as an interrupt would: a switch to
// another thread, the delivery of a signal, the end of a process. So a window
// never holds instructions of two threads, and nothing has to be carried from
// one context to another.
type processor struct {
	system *System
	id     isa.Context

	thread *Thread // that runs here
	next   *Thread // that will, as soon as it is ready and the switch is done
	last   *Thread // that ran here last

	waiting int // threads that ran here last and wait

	sliceEnd uint64 // cycle at which the thread's quantum is over
	switched uint64 // with next: the cycle at which the switch is done; 0: it has not begun

	idleSince uint64
	idleWhy   idleWhy

	depth   int // of wrong paths
	stop    isa.Stop
	vacated bool // a thread has left since the last stop
	dirty   bool // instructions were handed out that the core may not have committed
	granted bool // the core was asked to drain for a serialising instruction

	stats processorStats
}

var _ isa.Stream = (*processor)(nil)

// idle reports whether the processor has nothing to run and nothing in view.
func (p *processor) idle() bool { return p.thread == nil && p.next == nil }

// Next implements isa.Stream.
func (p *processor) Next(now isa.Cycle, buf []isa.Dyn) int {
	if p.depth > 0 {
		n, _ := p.thread.hart.Record(buf)
		if n == 0 {
			p.stop = isa.Stop{Kind: isa.StopPathEnd}
		}
		return n
	}
	s := p.system
	s.clock.model = uint64(now)
	s.expire()
	for p.choose() {
		if n, done := p.record(buf); done {
			return n
		}
	}
	return 0
}

// choose decides which thread goes on, and does to it what has to be done
// first. False: the stream stops, for the reason in p.stop.
func (p *processor) choose() bool {
	for {
		switch {
		case p.thread == nil && !p.dispatch(), p.vacated:
			p.rest()
			return false
		case !p.disturbed():
			return true
		case p.dirty:
			p.drain()
			return false
		}
		p.granted = false
		p.settle()
	}
}

// drain asks the core to commit what it has.
func (p *processor) drain() {
	p.dirty, p.granted = false, false
	p.stop = isa.Stop{Kind: isa.StopSerialise, Flags: isa.DrainStores}
}

// rest is the stop of a processor that a thread has left or that has none. At
// least one comes between two threads, so that whoever drives the stream sees
// that the first is gone.
func (p *processor) rest() {
	p.stop = isa.Stop{Kind: isa.StopIdle, Until: isa.Never, Wake: p.system.changed}
	p.system.changed, p.vacated = false, false
	until := p.system.nextEvent()
	switch {
	case p.thread != nil:
		p.stop.Kind, until = isa.StopBlocked, p.system.clock.now()+1
	case p.next != nil:
		p.stop.Kind, until = isa.StopBlocked, min(until, max(p.switched, p.next.readyAt))
	case p.waiting > 0:
		p.stop.Kind = isa.StopBlocked
	}
	if until != never {
		p.stop.Until = isa.Cycle(max(until, p.system.clock.now()) - p.system.clock.base)
	}
}

// disturbed reports whether something has to be done to the thread before it
// executes its next instruction.
func (p *processor) disturbed() bool {
	t := p.thread
	return t.state != threadRunning || t.finish != nil || t.signalled || p.expired()
}

// expired reports whether the thread has used up its quantum and another one
// wants the processor.
func (p *processor) expired() bool {
	return len(p.system.ready) > 0 && p.system.clock.now() >= p.sliceEnd && p.system.wanted(p)
}

// settle does what disturbed found, behind a drained window. It may leave the
// processor without its thread.
func (p *processor) settle() {
	t := p.thread
	switch {
	case t.state == threadEnded:
		p.leave(idleNone)
	case t.finish != nil:
		t.resume()
	case t.signalled:
		t.deliver()
	default:
		p.stats.Preemptions++
		p.leave(idleNone)
		p.next = p.system.take(p)
		p.system.place(t, p.system.clock.now())
	}
}

// dispatch gives the processor a thread, if one is to be had.
func (p *processor) dispatch() bool {
	now := p.system.clock.now()
	if p.next == nil {
		if p.next = p.system.take(p); p.next == nil {
			return false
		}
	}
	t := p.next
	if t.state == threadEnded {
		p.next, p.switched = nil, 0
		return p.dispatch()
	}
	if t.readyAt > now || t.process.paused {
		p.account(idleSwitch)
		return false
	}
	if p.switched == 0 {
		p.switched = now
		if p.last != nil && p.last != t {
			p.switched += p.system.options.SwitchCost
		}
	}
	if p.switched > now {
		p.account(idleSwitch)
		return false
	}
	p.account(idleNone)
	if p.last != nil && p.last != t {
		p.stats.Switches++
	}
	p.thread, p.next, p.last, p.switched = t, nil, t, 0
	p.sliceEnd = never
	if q := p.system.options.Quantum; q > 0 {
		p.sliceEnd = now + q
	}
	t.state, t.home, t.since = threadRunning, p, now
	return true
}

// leave takes the thread off the processor; why says what the processor then
// is idle for.
func (p *processor) leave(why idleWhy) {
	t := p.thread
	now := p.system.clock.now()
	t.used += now - t.since
	t.hart.ClearReservation()
	if t.state == threadEnded {
		t.release()
	}
	p.thread, p.vacated = nil, true
	p.idleSince, p.idleWhy = now, why
}

// account counts the idle time until now, and makes why what follows.
func (p *processor) account(why idleWhy) {
	now := p.system.clock.now()
	*p.stats.Idle.of(p.idleWhy) += now - p.idleSince
	p.idleSince, p.idleWhy = now, why
}

// record executes and records instructions of the thread. done is false when
// nothing was executed and the thread has to be looked at again.
func (p *processor) record(buf []isa.Dyn) (n int, done bool) {
	t := p.thread
	if p.granted {
		t.hart.Allow()
		p.granted = false
	}
	n, trap := t.hart.Record(buf)
	switch {
	case trap.Kind == rv64.TrapEcall || trap.Kind == rv64.TrapMark:
		// It came alone, and the core commits it before it asks again.
		p.dirty = false
		t.trap(trap)
		if p.thread == t {
			buf[0].NextPC = t.hart.PC
		}
	case n > 0: // a trap is met again by the next call
		p.dirty = buf[n-1].Inst.Flags&isa.Serialising == 0
	case trap.Kind == rv64.TrapSerialise:
		p.dirty, p.granted = false, true
		p.stop = isa.Stop{Kind: isa.StopSerialise, Flags: trap.Flags}
		return 0, true
	case p.dirty:
		p.drain()
		return 0, true
	default:
		t.trap(trap)
		p.system.changed = true
		return 0, false
	}
	return n, true
}

// Stop implements isa.Stream.
func (p *processor) Stop() isa.Stop { return p.stop }

// PC implements isa.Stream. Without a thread it is 0.
func (p *processor) PC() isa.Addr {
	if p.thread == nil {
		return 0
	}
	return p.thread.hart.PC
}

// Fork implements isa.Stream.
func (p *processor) Fork(pc isa.Addr) int {
	p.depth = p.thread.hart.Fork(pc)
	return p.depth
}

// Drop implements isa.Stream.
func (p *processor) Drop(depth int) {
	p.thread.hart.Drop(depth)
	p.depth = depth - 1
}

// Retire implements isa.Stream. Nothing here waits for an instruction's
// commit: what a system call does is done when it is handed out.
func (p *processor) Retire(int) {}

// CanFork implements isa.Stream.
func (p *processor) CanFork() bool { return true }
