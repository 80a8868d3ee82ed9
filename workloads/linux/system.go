package linux

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/threadmill-sim/threadmill/internal/stats"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// DefaultQuantum is a usual quantum in cycles: half a millisecond at 2 GHz.
const DefaultQuantum = 1_000_000

// SystemOptions describe the machine that the guests see.
type SystemOptions struct {
	Contexts  int    // processors, one for each hardware context; 0 means 1
	Frequency uint64 // Hz of guest time; 0 means DefaultFrequency

	// What the guest scheduler costs, in cycles. Quantum is how long a thread
	// runs on while others wait for a processor (0: until it gives it up),
	// SwitchCost what passes on a processor before another thread than the
	// last one runs there, WakeLatency what passes between the event that a
	// thread waited for and the moment from which it can be placed.
	Quantum, SwitchCost, WakeLatency uint64

	// Seed decides how a functional run interleaves the processors.
	Seed uint64
}

// System is the operating system of one run: its processors, their clock, the
// processes, and the scheduler that places software threads on processors.
//
// The scheduler is one queue, first come first served. A thread that becomes
// ready goes to the processor where it ran last if that one is idle, else to
// the first idle one, else to the end of the queue; a processor that becomes
// free takes the first of the queue that may run there. Everything follows
// from the cycles at which things happen, so a run is the same every time.
type System struct {
	options    SystemOptions
	clock      clock
	processors []*processor
	ready      []*Thread // waiting for a processor, first come first
	timers     timerQueue
	processes  []*Process
	created    int       // threads, in all
	interleave *rand.PCG // of functional runs
	changed    bool      // a thread became ready, or one ended, since a processor last stopped
}

// NewSystem returns a system without processes, at time 0.
func NewSystem(o SystemOptions) *System {
	if o.Contexts == 0 {
		o.Contexts = 1
	}
	if o.Frequency == 0 {
		o.Frequency = DefaultFrequency
	}
	const stream = 0x696e7465726c6561
	s := &System{options: o, clock: clock{frequency: o.Frequency}, interleave: rand.NewPCG(o.Seed, stream)}
	for i := range o.Contexts {
		s.processors = append(s.processors, &processor{system: s, id: isa.Context(i)})
	}
	return s
}

// Start loads a program and makes its first thread ready, on processor
// o.Home.
func (s *System) Start(m *elf.Image, o Options) (*Process, error) {
	p, err := newProcess(s, m, o)
	if err != nil {
		return nil, err
	}
	s.processes = append(s.processes, p)
	p.leader.home = s.processors[int(o.Home)%len(s.processors)]
	if h := p.leader.home; h.idle() {
		h.last = nil // a program begins at no cost
	}
	s.place(p.leader, s.clock.now())
	return p, nil
}

// Stream is a processor's supply of instructions, for a timing model.
func (s *System) Stream(c isa.Context) isa.Stream { return s.processors[c] }

// Processes are those of the run, in the order of their start.
func (s *System) Processes() []*Process { return s.processes }

// ErrLimit is returned by Run when the limit was reached before the end.
var ErrLimit = errors.New("instruction limit reached")

// Run executes functionally until every process has ended or limit more
// instructions have been executed (0: no limit), which is ErrLimit. When ctx
// is done it is ctx's error. After either the system can go on.
//
// The processors take turns of a few thousand instructions, whose lengths
// follow from the seed.
func (s *System) Run(ctx context.Context, limit uint64) error {
	if limit == 0 {
		limit = ^uint64(0)
	}
	return s.functional(ctx, func() (bool, error) {
		switch {
		case s.ended():
			return true, nil
		case limit == 0:
			return true, ErrLimit
		}
		return false, nil
	}, func(p *processor, n uint64) {
		limit -= p.run(min(n, limit), nil)
	})
}

// functional gives every processor its turn until over says so.
func (s *System) functional(ctx context.Context, over func() (bool, error), turn func(*processor, uint64)) error {
	for rounds := 0; ; rounds++ {
		if rounds%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if done, err := over(); done {
			return err
		}
		before := s.clock.base
		for _, p := range s.processors {
			turn(p, s.turn())
		}
		if s.clock.base != before {
			continue
		}
		if done, err := over(); done {
			return err // the last program has died of the first thing it did
		}
		s.sleepOn()
	}
}

// turn is how many instructions a processor executes before the next has its
// turn: between half a mean and one and a half.
func (s *System) turn() uint64 {
	const alone, mean = 1 << 18, 4096
	if len(s.processors) == 1 {
		return alone
	}
	return mean/2 + s.interleave.Uint64()%mean
}

// sleepOn passes the time until something can happen, when no processor has
// anything to do.
func (s *System) sleepOn() {
	next := s.nextEvent()
	if next == never {
		panic("linux: every thread waits and no deadlock was found")
	}
	s.clock.base += max(next, s.clock.now()+1) - s.clock.now()
}

// ended reports whether every process has.
func (s *System) ended() bool {
	for _, p := range s.processes {
		if p.end == nil {
			return false
		}
	}
	return true
}

// AddStats adds what the guest scheduler counts.
func (s *System) AddStats(set *stats.Set) {
	for _, p := range s.processors {
		set.Add(fmt.Sprintf("thread%d.os", p.id), &p.stats, nil)
	}
}

// Settle counts the idle time that is under way, before the statistics are
// read in cycle now.
func (s *System) Settle(now isa.Cycle) {
	s.clock.model = uint64(now)
	for _, p := range s.processors {
		if p.thread == nil {
			p.account(p.idleWhy)
		}
	}
}
