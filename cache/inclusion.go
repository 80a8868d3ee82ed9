package cache

import "github.com/threadmill-sim/threadmill/isa"

// An inclusive level holds every line that a level above it holds: when a line
// leaves it, its parts leave all levels above, in the same cycle, and what is
// dirty in any of them is written on with it. Since the levels below do not
// see hits above them, a line in constant use may be the one that leaves
// (inclusion victims: Jaleel et al., MICRO 2010).
//
// An exclusive level holds what the level above has given up, clean or dirty,
// and nothing else: a line that is asked for moves up, dirty as it is, and one
// that comes from below passes it by (victim caches: Jouppi, ISCA 1990; the L3
// of Zen). Of one level above no line is in both.
//
// A level without inclusion holds what it has fetched and what was written
// back to it, and nobody asks what others hold.

// Inclusion policies.
const (
	NoInclusion = "none"
	Inclusive   = "inclusive"
	Exclusive   = "exclusive"
)

// give takes the line with index i out of an exclusive level, since the level
// above has it now, and reports whether it was dirty.
func (l *level) give(i int, counts bool) (dirty bool) {
	l.lines[i] = noLine
	if counts {
		l.stats.MovedUp++
	} else {
		l.warmed--
	}
	return l.state[i].dirty
}

// claim takes a line that a write-back has put into level c out of the
// exclusive level below, where it is old now.
func (h *Hierarchy) claim(c int, line uint64, counts bool) {
	if !h.levels[c].gives {
		return
	}
	below := &h.levels[h.levels[c].next]
	if i := below.find(line); i >= 0 {
		below.give(i, counts)
	}
}

// superseded reports whether a victim that comes to level c is in the level
// above again: a write-back from further up has brought it there meanwhile.
func (h *Hierarchy) superseded(c int, line uint64) bool {
	return h.levels[c].exclusive && h.levels[c-1].find(line) >= 0
}

// backInvalidate takes the lines of a range of bytes out of all levels above
// c, and reports whether one of them was dirty. Without counts it is for
// warming.
func (h *Hierarchy) backInvalidate(c int, addr isa.Addr, bytes int, counts bool) (dirty bool) {
	for i := range c {
		l := &h.levels[i]
		for line := uint64(addr) >> l.shift; line<<l.shift < uint64(addr)+uint64(bytes); line++ {
			if at := l.find(line); at >= 0 {
				dirty = l.invalidate(at, counts) || dirty
			}
		}
	}
	return dirty
}

// invalidate empties the way with index i and reports whether its line was
// dirty.
func (l *level) invalidate(i int, counts bool) (dirty bool) {
	st := l.state[i]
	l.lines[i] = noLine
	switch {
	case counts:
		l.stats.Invalidations++
		l.threads[st.owner].Invalidations++
		if st.prefetched {
			l.uselessPrefetch(st.owner)
		}
	case st.prefetched:
		l.warmed--
		l.warmedMarks--
	default:
		l.warmed--
	}
	return st.dirty
}

// covered reports whether every inclusive level below c has a line of it. A
// write-back finds out that one has not when its line left that level while it
// was under way; where caches keep inclusion they look for it there as well.
func (h *Hierarchy) covered(c int, addr isa.Addr) bool {
	for i := c + 1; i < len(h.levels); i++ {
		if l := &h.levels[i]; l.inclusive && l.find(uint64(addr)>>l.shift) < 0 {
			return false
		}
	}
	return true
}
