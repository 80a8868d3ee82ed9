package prefetch

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// stream follows sequences of neighbouring misses. A miss near no stream
// starts one; when two more misses near it lie on the same side, the stream
// has a direction and prefetches in it; from then on every access between its
// oldest and its newest line moves it on by the degree, at most the distance
// in front of its oldest line. This is the model of POWER4's prefetcher in
// Srinath et al.
//
// Deviations: when its direction is known a stream proposes at once, where the
// paper waits at a start-up distance that it does not give; it lives in one
// page; and the lines go into the cache, not into buffers beside it as in
// Jouppi's.
type stream struct {
	streams  []track
	clock    uint64
	shift    uint8 // log2 of the line
	contexts int
	perPage  int64
	distance int64
	degree   int64
}

// track is one stream. Lines are numbered within the page; up to the choice of
// a direction, first is the line that began it.
type track struct {
	page   uint64
	thread isa.Context
	used   uint64 // clock at its last access; 0: free
	first  int64  // oldest line of the region watched
	last   int64  // newest line proposed
	side   int64  // of first on which misses were: +1, -1; 0: none yet
	moving bool   // the direction is known
}

// near is how many lines from a stream's first a miss may be to train it.
const near = 16

var _ Prefetcher = (*stream)(nil)

func newStream(args catalog.Args, g Geometry) Prefetcher {
	p := &stream{
		streams:  make([]track, args.Int("streams")),
		contexts: g.Contexts,
		perPage:  int64(PageSize / g.Line),
		distance: int64(args.Int("distance")),
		degree:   int64(args.Int("degree")),
	}
	for 1<<p.shift < g.Line {
		p.shift++
	}
	return p
}

func (p *stream) Access(a Access, out []isa.Addr) []isa.Addr {
	page := uint64(a.Addr) / PageSize
	line := int64(uint64(a.Addr) % PageSize >> p.shift)
	missed := a.First && !a.Hit
	p.clock++
	training := -1
	for i := range p.streams {
		t := &p.streams[i]
		if t.used == 0 || t.page != page || t.thread != a.Thread {
			continue
		}
		if t.moving && (line-t.first)*t.side >= 0 && (t.last-line)*t.side >= 0 {
			t.used = p.clock
			return p.move(t, out)
		}
		if d := line - t.first; !t.moving && training < 0 && -near <= d && d <= near {
			training = i
		}
	}
	if !missed {
		return out
	}
	if training < 0 {
		*p.oldest() = track{page: page, thread: a.Thread, used: p.clock, first: line}
		return out
	}
	return p.train(&p.streams[training], line, out)
}

// train is a miss near a stream whose direction is not known.
func (p *stream) train(t *track, line int64, out []isa.Addr) []isa.Addr {
	t.used = p.clock
	side := int64(1)
	switch {
	case line == t.first:
		return out
	case line < t.first:
		side = -1
	}
	switch t.side {
	case 0:
		t.side = side
	case side:
		t.moving, t.last = true, line
		return p.move(t, out)
	default:
		t.first, t.side = line, 0
	}
	return out
}

// move proposes the next lines of a stream and moves its region.
func (p *stream) move(t *track, out []isa.Addr) []isa.Addr {
	for range p.degree {
		next := t.last + t.side
		if next < 0 || next >= p.perPage {
			break
		}
		if (next-t.first)*t.side > p.distance {
			t.first += t.side
		}
		t.last = next
		out = append(out, isa.Addr(t.page*PageSize+uint64(next)<<p.shift))
	}
	return out
}

// oldest is the stream that was used the longest ago, or a free one.
func (p *stream) oldest() *track {
	old := &p.streams[0]
	for i := range p.streams {
		if p.streams[i].used < old.used {
			old = &p.streams[i]
		}
	}
	return old
}

func (*stream) Fill(Fill) {}
