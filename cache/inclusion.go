package cache

import "github.com/threadmill-sim/threadmill/isa"

// An inclusive level holds every line that a level above it holds: when a line
// leaves it, its parts leave all levels above, in the same cycle, and what is
// dirty in any of them is written on with it. Since the levels below do not
// see hits above them, a line in constant use may be the one that leaves
// (inclusion victims: Jaleel et al., MICRO 2010).
//
// A level without inclusion holds what it has fetched and what was written
// back to it, and nobody asks what others hold.

// Inclusion policies.
const (
	NoInclusion = "none"
	Inclusive   = "inclusive"
)

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
