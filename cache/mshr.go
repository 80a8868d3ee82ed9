package cache

import (
	"math"

	"github.com/threadmill-sim/threadmill/isa"
)

// mshrFile holds the miss status holding registers of one cache: the lines
// that are on their way to it (Kroft, ISCA 1981).
type mshrFile struct {
	lines   []uint64 // by MSHR: line number, noLine when free
	entries []mshr
	used    int
	targets int   // requests that one MSHR holds at most
	held    []int // by thread: MSHRs that it has taken
	share   int   // MSHRs that one thread can hold
}

// mshr is one line on its way and the requests that wait for it.
type mshr struct {
	waiters  list
	targets  int
	start    isa.Cycle
	pc       isa.Addr    // of the access that missed first
	thread   isa.Context // that missed first; the line will be its own
	detected uint8       // deepest level known to have missed
	dirty    bool        // a store waits for it
	prefetch bool        // taken for a prefetch, here or above
	own      bool        // … that this level's prefetcher has proposed
	asked    bool        // a request from above has joined
	wanted   bool        // … that is no prefetch
}

// newMSHRFile makes n MSHRs; no limit of targets or of a thread's share is 0.
func newMSHRFile(n, targets, share, contexts int) mshrFile {
	f := mshrFile{
		lines: make([]uint64, n), entries: make([]mshr, n), held: make([]int, contexts),
		targets: targets, share: min(share, n),
	}
	if targets == 0 {
		f.targets = math.MaxInt
	}
	if share == 0 {
		f.share = n
	}
	for i := range f.lines {
		f.lines[i] = noLine
	}
	return f
}

// find is the MSHR of a line in flight, -1 when it is not.
func (f *mshrFile) find(line uint64) int {
	if f.used == 0 {
		return -1
	}
	for i, l := range f.lines {
		if l == line {
			return i
		}
	}
	return -1
}

// admits says whether a request of a thread can join MSHR m, or take a new one
// when m is -1.
func (f *mshrFile) admits(m int, thread isa.Context) Refusal {
	switch {
	case m >= 0 && f.entries[m].targets < f.targets:
		return Accepted
	case m >= 0 || f.used == len(f.lines):
		return MSHRFull
	case f.held[thread] == f.share:
		return ShareFull
	}
	return Accepted
}

// allocate takes a free MSHR; there must be one.
func (f *mshrFile) allocate(now isa.Cycle, line uint64, thread isa.Context, pc isa.Addr) int {
	for i, l := range f.lines {
		if l == noLine {
			f.lines[i] = line
			f.entries[i] = mshr{waiters: emptyList(), start: now, pc: pc, thread: thread}
			f.used++
			f.held[thread]++
			return i
		}
	}
	panic("cache: allocate with all MSHRs in use")
}

func (f *mshrFile) release(i int) {
	f.lines[i] = noLine
	f.used--
	f.held[f.entries[i].thread]--
}
