package bpred

import (
	"math/big"
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
)

// bitRing keeps the youngest bits of an endless sequence. Positions fall with
// time, so that the bit of age a stands a above the youngest one, and a group
// of bits reads with the youngest in bit 0.
type bitRing struct {
	words []uint64
	mask  uint64 // words - 1
}

func newBitRing(size int) bitRing {
	words := max(2, 1<<log2Ceil((size+63)/64))
	return bitRing{make([]uint64, words), uint64(words) - 1}
}

// put writes n bits at pos, a multiple of n, which divides 64.
func (r *bitRing) put(pos, v uint64, n uint8) {
	w, at := &r.words[pos>>6&r.mask], pos&63
	*w = *w&^((1<<(n&63)-1)<<at) | v<<at
}

// read returns the n ≤ 64 bits from pos on, which may cross words.
func (r *bitRing) read(pos uint64, n uint8) uint64 {
	at := pos & 63
	v := r.words[pos>>6&r.mask]>>at | r.words[(pos>>6+1)&r.mask]<<(64-at)
	return v & (1<<n - 1)
}

// rotation turns words of so many bits to the left. It is a factor: of two
// copies of the word, side by side, the upper one comes to stand at bit 32. One
// multiplication takes half as long as two shifts by what a variable says.
type rotation uint64

func newRotation(width, by int) rotation {
	return (1<<width + 1) << (by%width + 32 - width)
}

// of is the word turned. Above its width is rubbish.
func (r rotation) of(v uint16) uint32 { return uint32(uint64(v) * uint64(r) >> 32) }

// fold is what one table makes of its history: exclusive-or of chunks as wide
// as its index, as its tag, and as one less, so that index and tag differ in
// what they confuse (Michaud, PPM-like predictor, JILP 2005).
type fold struct {
	length          uint32 // in transfers
	path            uint64 // mask of the path history that takes part
	tagMask         uint32
	index, tag, low foldPart
}

// foldPart is a fold to one width.
type foldPart struct {
	age   rotation // by the length of the history
	whole uint8    // which of the folds of the whole path has this width
}

// of is the fold of the history between two sets of folds of the whole path,
// with rubbish above its width.
func (p *foldPart) of(now, before *pathFolds) uint32 {
	return uint32(now[p.whole&15]) ^ p.age.of(before[p.whole&15])
}

// pathFolds are folds of the whole path to several widths. There is room for
// all that the tables of a predictor may have.
type pathFolds [maxTagWidth + 1]uint16

// longHistory is the path of one context as predictors with geometric history
// lengths see it: a number of bits for each control transfer, which count as
// folds, and another in the path history, which is kept as it is.
//
// Kept for each transfer is what the whole path before it folds to, in each of
// the few widths that the tables ask for. The fold of the last bits alone is
// the whole path's now, less what it was before those bits, turned by their
// number. So a wrong path is undone by going back to an earlier set, training
// finds what the prediction was made with, nothing is carried along by the
// transfer, and a transfer costs as much as there are widths. Hardware has a
// register for each fold of each table, and would checkpoint them with each
// branch, or recompute them.
type longHistory struct {
	path      bitRing
	per       uint8 // bits for each transfer: 1, 2 or 4
	folds     []fold
	steps     []pathStep  // of the folds of the whole path
	whole     []pathFolds // a ring by the number of transfers before
	fetched   uint32      // transfers so far
	committed uint32      // … of those, committed
}

// pathStep moves the fold of the whole path to one width past a transfer.
type pathStep struct {
	turn  rotation
	mask  uint16
	width int
}

// newLongHistory makes a history for tables with the given lengths, counted in
// transfers, and widths of index and tag. Of the path history at most so many
// bits take part.
func newLongHistory(s Shape, per int, lengths []int, path, index int, tags []int) longHistory {
	h := longHistory{per: uint8(per)}
	for i, n := range lengths {
		part := func(width int) foldPart { return foldPart{newRotation(width, n*per), h.wholeOf(width)} }
		h.folds = append(h.folds, fold{
			uint32(n), 1<<min(n*per, path) - 1, 1<<tags[i] - 1,
			part(index), part(tags[i]), part(tags[i] - 1),
		})
	}
	h.path = newBitRing(64 + per*(s.InFlight+1))
	h.whole = make([]pathFolds, 1<<log2Ceil(lengths[len(lengths)-1]+s.InFlight+1))
	return h
}

// wholeOf is where the fold of the whole path to a width is.
func (h *longHistory) wholeOf(width int) uint8 {
	i := slices.IndexFunc(h.steps, func(s pathStep) bool { return s.width == width })
	if i < 0 {
		i = len(h.steps)
		h.steps = append(h.steps, pathStep{newRotation(width, int(h.per)), 1<<width - 1, width})
	}
	return uint8(i)
}

// at is what the path before n transfers folds to.
func (h *longHistory) at(n uint32) *pathFolds { return &h.whole[n&uint32(len(h.whole)-1)] }

// tagHash is what the table makes of its history for its tag, with rubbish
// above the tag's width.
func (f *fold) tagHash(now, before *pathFolds) uint32 {
	return f.tag.of(now, before) ^ f.low.of(now, before)<<1
}

// position is that of the youngest of the bits of n transfers.
func (h *longHistory) position(n uint32) uint64 { return -uint64(n) * uint64(h.per) }

// fetch moves what has been fetched past a transfer that adds these bits.
func (h *longHistory) fetch(bits, path uint64) {
	before, after := h.at(h.fetched), h.at(h.fetched+1)
	h.fetched++
	h.path.put(h.position(h.fetched), path, h.per)
	for i := range h.steps {
		s := &h.steps[i]
		after[i&15] = uint16(s.turn.of(before[i&15]))&s.mask ^ uint16(bits)
	}
}

// commit moves what has been committed past the next transfer.
func (h *longHistory) commit() { h.committed++ }

// undo takes back the last n steps of fetch.
func (h *longHistory) undo(n uint32) { h.fetched -= n }

// recentPath is the youngest n ≤ 64 bits of the path history of so many
// transfers.
func (h *longHistory) recentPath(transfers uint32, n uint8) uint64 {
	return h.path.read(h.position(transfers), n)
}

// geometric are n history lengths from least to most in about a geometric
// series, each at least one more than the last (Seznec, O-GEHL, ISCA 2005).
// They are found in integers, since they decide what a run computes: host
// floating point may differ.
func geometric(n, least, most int) []int {
	lengths := make([]int, n)
	lengths[0] = least
	power := func(base, exponent int) *big.Int {
		return new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(exponent)), nil)
	}
	for i := 1; i < n; i++ {
		want := power(least, n-1-i)
		want.Mul(want, power(most, i))
		l := lengths[i-1] + 1
		for power(l, n-1).Cmp(want) < 0 {
			l++
		}
		lengths[i] = l
	}
	return lengths
}

// Step is a control transfer as a thread's path went through it.
type Step struct {
	PC       isa.Addr
	Target   isa.Addr // of an indirect transfer; of others it is not meant
	Control  isa.Control
	Taken    bool
	Backward bool // a conditional branch whose target, if taken, is before it
}

// Follower is a predictor that follows each thread's path itself because it
// needs more of it than Unit keeps. It keeps two states of the path: of what
// has been fetched, on which predictions rest, and of what has been committed,
// on which training does. A predictor that is a Follower, of directions or of
// indirect targets, is called for every control transfer of any kind.
type Follower interface {
	// Fetched moves the fetched path past a transfer, after its prediction.
	Fetched(t isa.Context, s Step)
	// Undo takes the last n transfers from the fetched path.
	Undo(t isa.Context, n uint32)
	// Committed moves the committed path past a transfer, after its training.
	Committed(t isa.Context, s Step)
}
