package prefetch

import (
	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/isa"
)

// bestOffset prefetches line X+D for each line X that is first used, and
// learns D. A table remembers the lines whose requests have ended of late: for
// a prefetched line Y that comes in, Y-D, from which it was asked for. Each
// first use of X tests one offset d of a list in turn: if X-d is in the table,
// a prefetch at X-d with offset d would have been in time, and d scores. A
// phase ends when a score reaches score-max or each offset was tested
// round-max times; the best becomes D. With a best score of bad-score or less
// nothing is prefetched, and every line that comes in is remembered as it is.
//
// Deviations: offsets that leave every 4 KiB page are not in the list. Since a
// late prefetch is one that has been joined by a request in flight, it is
// remembered like any other when it comes in.
type bestOffset struct {
	shift    uint8 // log2 of the line
	offsets  []int64
	scores   []int
	scoreMax int
	roundMax int
	badScore int

	recent []uint16 // tags of tagBits and a bit that says valid
	bits   uint8    // log2 of its length

	offset int64 // D; 0: off
	next   int   // offset to test, index
	round  int
}

const (
	tagBits   = 12 // as in the paper
	validTag  = 1 << tagBits
	maxOffset = 256 // the paper's list ends here
)

var _ Prefetcher = (*bestOffset)(nil)

func newBestOffset(args catalog.Args, g Geometry) Prefetcher {
	p := &bestOffset{
		scoreMax: args.Int("score-max"),
		roundMax: args.Int("round-max"),
		badScore: args.Int("bad-score"),
		offset:   1,
	}
	for 1<<p.shift < g.Line {
		p.shift++
	}
	for 2<<p.bits <= args.Int("recent") {
		p.bits++
	}
	p.recent = make([]uint16, 1<<p.bits)
	for d := 1; d < PageSize/g.Line && d <= maxOffset; d++ {
		if smooth(d) {
			p.offsets = append(p.offsets, int64(d))
		}
	}
	p.scores = make([]int, len(p.offsets))
	return p
}

// smooth reports whether n has no prime factor above 5: the paper's choice of
// offsets.
func smooth(n int) bool {
	for _, f := range []int{2, 3, 5} {
		for n%f == 0 {
			n /= f
		}
	}
	return n == 1
}

func (p *bestOffset) Access(a Access, out []isa.Addr) []isa.Addr {
	if !a.First || len(p.offsets) == 0 {
		return out
	}
	line := int64(uint64(a.Addr) >> p.shift)
	p.learn(line)
	if p.offset != 0 {
		out = append(out, isa.Addr(line+p.offset)<<p.shift)
	}
	return out
}

// learn tests the next offset of the list with the first use of a line.
func (p *bestOffset) learn(line int64) {
	d := p.offsets[p.next]
	if p.samePage(line, line-d) && p.has(line-d) {
		if p.scores[p.next]++; p.scores[p.next] >= p.scoreMax {
			p.endPhase()
			return
		}
	}
	if p.next++; p.next < len(p.offsets) {
		return
	}
	p.next = 0
	if p.round++; p.round == p.roundMax {
		p.endPhase()
	}
}

// endPhase chooses the offset of the next phase.
func (p *bestOffset) endPhase() {
	best := 0
	for i, s := range p.scores {
		if s > p.scores[best] {
			best = i
		}
	}
	p.offset = p.offsets[best]
	if p.scores[best] <= p.badScore {
		p.offset = 0
	}
	clear(p.scores)
	p.next, p.round = 0, 0
}

func (p *bestOffset) samePage(a, b int64) bool {
	return (a^b)>>(pageBits-p.shift) == 0
}

const pageBits = 12

// place is where the table keeps a line: the index is folded from two groups
// of the line's low bits, the tag is what follows the first group.
func (p *bestOffset) place(line int64) (index int, tag uint16) {
	l := uint64(line)
	return int((l ^ l>>p.bits) & (1<<p.bits - 1)), uint16(l>>p.bits&(validTag-1)) | validTag
}

func (p *bestOffset) has(line int64) bool {
	i, tag := p.place(line)
	return p.recent[i] == tag
}

// Fill remembers the line from which a prefetched one was asked for, or
// without prefetching every line.
func (p *bestOffset) Fill(f Fill) {
	line := int64(uint64(f.Addr) >> p.shift)
	base := line - p.offset
	if p.offset != 0 && !f.Prefetched || !p.samePage(line, base) {
		return
	}
	i, tag := p.place(base)
	p.recent[i] = tag
}
