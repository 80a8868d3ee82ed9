package linux

import (
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
)

// never is later than any time, in cycles.
const never = ^uint64(0)

// place finds a processor for a thread that is ready from cycle at on.
func (s *System) place(t *Thread, at uint64) {
	t.state, t.readyAt = threadReady, at
	s.changed = true
	if p := s.idleFor(t); p != nil {
		p.next = t
		t.home = p
		return
	}
	s.ready = append(s.ready, t)
}

// idleFor is the idle processor that a thread goes to: where it ran last, or
// the first; nil when none is idle or it may not run there.
func (s *System) idleFor(t *Thread) *processor {
	if t.home.idle() && t.affinity.Has(t.home.id) {
		return t.home
	}
	for _, p := range s.processors {
		if p.idle() && t.affinity.Has(p.id) {
			return p
		}
	}
	return nil
}

// take is the first thread of the queue that can run on p now.
func (s *System) take(p *processor) *Thread {
	now := s.clock.now()
	for i, t := range s.ready {
		if t.readyAt <= now && t.affinity.Has(p.id) && !t.process.paused {
			s.ready = slices.Delete(s.ready, i, i+1)
			return t
		}
	}
	return nil
}

// wanted reports whether a thread in the queue could run on p now.
func (s *System) wanted(p *processor) bool {
	now := s.clock.now()
	return slices.ContainsFunc(s.ready, func(t *Thread) bool {
		return t.readyAt <= now && t.affinity.Has(p.id) && !t.process.paused
	})
}

// nextEvent is when a timer ends or a thread that was woken can be placed;
// never when nothing is due.
func (s *System) nextEvent() uint64 {
	next := s.timers.next()
	now := s.clock.now()
	for _, t := range s.ready {
		if t.readyAt > now {
			next = min(next, t.readyAt)
		}
	}
	for _, p := range s.processors {
		if p.next != nil && p.next.readyAt > now {
			next = min(next, p.next.readyAt)
		}
	}
	return next
}

// expire fires the timers that are due.
func (s *System) expire() {
	for s.timers.next() <= s.clock.now() {
		t := s.timers.pop()
		t.fire()
		t.owner.checkDeadlock() // it may have been the last hope, and woken nobody
	}
}

// idleWhy is why a processor has no thread to run.
type idleWhy uint8

const (
	idleNone   idleWhy = iota // no thread belongs to it
	idleSwitch                // a switch to another thread, or a wake-up, is under way
	idleFutex                 // its last thread waits for a futex
	idleSleep                 // … for a time
	idleIO                    // … for a pipe, an event descriptor, poll or epoll
	idleSignal                // … for a signal
	numIdle
)

// idleStats are the cycles of a processor without a thread to run.
type idleStats struct {
	None   uint64 `stat:"none" unit:"cycles" doc:"no software thread belonged to the context"`
	Switch uint64 `stat:"switch" unit:"cycles" doc:"the guest scheduler switched to another software thread or woke one"`
	Futex  uint64 `stat:"futex" unit:"cycles" doc:"the context's last software thread waited for a futex"`
	Sleep  uint64 `stat:"sleep" unit:"cycles" doc:"the context's last software thread slept"`
	IO     uint64 `stat:"io" unit:"cycles" doc:"the context's last software thread waited for a descriptor"`
	Signal uint64 `stat:"signal" unit:"cycles" doc:"the context's last software thread waited for a signal"`
}

func (s *idleStats) of(why idleWhy) *uint64 {
	return [numIdle]*uint64{&s.None, &s.Switch, &s.Futex, &s.Sleep, &s.IO, &s.Signal}[why]
}

// processorStats count what the guest scheduler did on one processor.
type processorStats struct {
	Switches    uint64    `stat:"switches" unit:"switches" doc:"times that another software thread than the last one began to run on the context"`
	Preemptions uint64    `stat:"preemptions" unit:"switches" doc:"times that a software thread lost the context because its quantum was over"`
	Wakeups     uint64    `stat:"wakeups" unit:"wake-ups" doc:"waits of software threads on the context that ended"`
	Calls       uint64    `stat:"calls" unit:"calls" doc:"system calls of software threads on the context"`
	Signals     uint64    `stat:"signals" unit:"signals" doc:"signal handlers entered on the context"`
	Idle        idleStats `stat:"idle"`
}

// contextSet is the set of all processors.
func (s *System) contextSet() isa.ContextSet { return isa.FirstContexts(len(s.processors)) }
