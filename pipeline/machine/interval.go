package machine

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// Intervals are samples of every statistic while a run is measured.
type Intervals struct {
	// Every is the length of an interval in cycles; 0: no samples.
	Every uint64
	// Sink gets each interval when it is over, the last, shorter one at the
	// end of the run. An error of it ends the run.
	Sink func(*Interval) error
	// Part numbers this simulation when several are one run: programs one after
	// another.
	Part int
}

// Interval is what each statistic grew by in some cycles of the measured
// window. Over all intervals of a run they sum to its result; those of a
// hardware thread go on to the end of the run, beyond the end of its program's
// measurement. Instructions in flight are counted where they are, so the ledgers
// of issue and dispatch slots sum to width × cycles in each interval, and what
// was in flight may have become less.
type Interval struct {
	Part       int
	Begin, End uint64   // cycles from the start of measurement; End is not in it
	Names      []string // of the statistics, the same in each interval; threadN is context N of the part
	Values     []int64
}

func (v *Intervals) validate() error {
	if v.Every > 0 && v.Sink == nil {
		return errors.New("intervals: nobody takes them")
	}
	return nil
}

// sampler takes the samples of a simulation.
type sampler struct {
	Intervals
	interval Interval
	last     []uint64
	due      isa.Cycle
}

// sampleFrom begins the first interval.
func (s *Simulation) sampleFrom() {
	p := &s.samples
	p.Intervals = s.job.Intervals
	if p.Every == 0 {
		p.due = isa.Never
		return
	}
	p.due = s.start + isa.Cycle(p.Every)
	p.last = s.peek()
	p.interval = Interval{Part: p.Part, Values: make([]int64, len(p.last))}
	for _, d := range s.set.Descs() {
		p.interval.Names = append(p.interval.Names, d.Name)
	}
}

// peek is all statistics, with what is in flight.
func (s *Simulation) peek() (values []uint64) {
	s.system.Settle(s.core.Now())
	s.caches.Settle(s.core.Now())
	s.core.Peek(func() { values = s.set.Snapshot(make([]uint64, 0, len(s.samples.last))) })
	return values
}

// sample ends an interval if it is due, or with last in any case.
func (s *Simulation) sample(last bool) error {
	p := &s.samples
	now := s.core.Now()
	if p.Every == 0 || now < p.due && !last || uint64(now-s.start) == p.interval.End {
		return nil
	}
	values := s.peek()
	p.interval.Begin, p.interval.End = p.interval.End, uint64(now-s.start)
	for i, v := range values {
		p.interval.Values[i] = int64(v - p.last[i])
	}
	p.last, p.due = values, now+isa.Cycle(p.Every)
	if err := p.Sink(&p.interval); err != nil {
		return fmt.Errorf("intervals: %w", err)
	}
	return nil
}
