package tlb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
)

// sharing says how the threads of a machine have a TLB together.
//
// With shared, static and static-sets nothing else is needed. The other two
// bound only what a thread may fill: it hits wherever an entry of its address
// space is. In the private parts of static and static-sets a thread finds
// only what it has filled itself, so that what it misses does not depend on the
// others; a page that two threads use is there twice.
type sharing struct {
	kind   sharingKind
	cap    int
	ranges []wayRange // by context
}

type sharingKind uint8

const (
	sharedWays sharingKind = iota
	staticWays             // each thread has an equal number of the ways
	staticSets             // … of the sets
	cappedWays             // each thread has at most cap entries of a set
	maskedWays             // each thread fills the ways of its range
)

// wayRange are the ways from … to-1.
type wayRange struct{ from, to int }

// private reports whether a thread finds its own entries only.
func (s *sharing) private() bool { return s.kind == staticWays || s.kind == staticSets }

func parseSharing(text string) (sharing, error) {
	switch text {
	case "", "shared":
		return sharing{}, nil
	case "static":
		return sharing{kind: staticWays}, nil
	case "static-sets":
		return sharing{kind: staticSets}, nil
	}
	if n, ok := strings.CutPrefix(text, "cap:"); ok {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 {
			return sharing{}, fmt.Errorf("%q: N in cap:N is an integer above 0", text)
		}
		return sharing{kind: cappedWays, cap: v}, nil
	}
	list, ok := strings.CutPrefix(text, "ways:")
	if !ok {
		return sharing{}, fmt.Errorf("%q is none of shared, static, static-sets, cap:N, ways:A-B+C-D+... (a range for each thread)", text)
	}
	s := sharing{kind: maskedWays}
	for _, item := range strings.Split(list, "+") {
		first, last, isRange := strings.Cut(item, "-")
		if !isRange {
			last = first
		}
		a, err := strconv.ParseUint(first, 10, 16)
		b, err2 := strconv.ParseUint(last, 10, 16)
		if err != nil || err2 != nil || b < a {
			return sharing{}, fmt.Errorf("%q: %q is not a range of ways such as 0-3, one for each thread, joined with +", text, item)
		}
		s.ranges = append(s.ranges, wayRange{int(a), int(b) + 1})
	}
	return s, nil
}

// check says why a TLB of so many ways and sets cannot be shared so.
func (s *sharing) check(ways, sets, contexts int) error {
	switch {
	case s.kind == staticWays && ways < contexts:
		return fmt.Errorf("static leaves %d contexts no way of %d (static-sets splits the sets)", contexts, ways)
	case s.kind == staticSets && sets < contexts:
		return fmt.Errorf("static-sets leaves %d contexts no set of %d (static splits the ways)", contexts, sets)
	case s.kind == maskedWays && len(s.ranges) < contexts:
		return fmt.Errorf("ways: has ranges for %d of %d contexts", len(s.ranges), contexts)
	}
	if s.kind == maskedWays {
		for ctx := range contexts {
			if r := s.ranges[ctx]; r.to > ways {
				return fmt.Errorf("ways: way %d of context %d is above %d, the last", r.to-1, ctx, ways-1)
			}
		}
	}
	return nil
}

// within is the sharing of an array with so many ways, those of large pages,
// where ranges may be of the more ways that the others have: its last way stands
// for all beyond it.
func (s sharing) within(ways int) sharing {
	ranges := make([]wayRange, len(s.ranges))
	for i, r := range s.ranges {
		ranges[i] = wayRange{min(r.from, ways-1), min(r.to, ways)}
	}
	s.ranges = ranges
	return s
}

// share restricts an array to what sharing allows.
func (a *array) share(s sharing, contexts int) {
	a.private = s.private()
	switch s.kind {
	case staticWays:
		per := a.ways / contexts
		for ctx := range contexts {
			a.parts = append(a.parts, wayRange{ctx * per, (ctx + 1) * per})
		}
	case staticSets:
		a.setsEach = a.sets / uint64(contexts)
	case cappedWays:
		a.cap = s.cap
	case maskedWays:
		a.parts = s.ranges[:contexts]
	}
}

// tag is the key under which an array keeps a page for a context.
func (a *array) tag(k uint64, ctx isa.Context) uint64 {
	if a.private {
		return k | uint64(ctx)<<contextShift
	}
	return k
}

// untag is the key of a page whatever array it comes from.
func untag(k uint64) uint64 { return k &^ contextMask }
