package cache

import "github.com/threadmill-sim/threadmill/isa"

// mshrFile holds the miss status holding registers of one cache: the lines
// that are on their way to it (Kroft, ISCA 1981).
type mshrFile struct {
	lines   []uint64 // by MSHR: line number, noLine when free
	entries []mshr
	used    int
	targets int // requests that one MSHR holds at most
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

func newMSHRFile(n, targets int) mshrFile {
	f := mshrFile{lines: make([]uint64, n), entries: make([]mshr, n), targets: targets}
	if targets == 0 {
		f.targets = int(^uint(0) >> 1)
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

// admits reports whether a request can join MSHR m, or take a new one when m
// is -1.
func (f *mshrFile) admits(m int) bool {
	if m < 0 {
		return f.used < len(f.lines)
	}
	return f.entries[m].targets < f.targets
}

// allocate takes a free MSHR; there must be one.
func (f *mshrFile) allocate(now isa.Cycle, line uint64, thread isa.Context, pc isa.Addr) int {
	for i, l := range f.lines {
		if l == noLine {
			f.lines[i] = line
			f.entries[i] = mshr{waiters: emptyList(), start: now, pc: pc, thread: thread}
			f.used++
			return i
		}
	}
	panic("cache: allocate with all MSHRs in use")
}

func (f *mshrFile) release(i int) {
	f.lines[i] = noLine
	f.used--
}
