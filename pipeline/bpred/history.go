package bpred

import (
	"math/big"

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
	*w = *w&^((1<<n-1)<<at) | v<<at
}

// group reads what put has written with the same n at pos, or neighbours of
// the same alignment.
func (r *bitRing) group(pos uint64, n uint8) uint64 {
	return r.words[pos>>6&r.mask] >> (pos & 63) & (1<<n - 1)
}

// read returns the n ≤ 64 bits from pos on, which may cross words.
func (r *bitRing) read(pos uint64, n uint8) uint64 {
	at := pos & 63
	v := r.words[pos>>6&r.mask]>>at | r.words[(pos>>6+1)&r.mask]<<(64-at)
	return v & (1<<n - 1)
}

// fold is what one table makes of its history of length bits: exclusive-or of
// chunks as wide as its index, as its tag, and as one less, so that index and
// tag differ in what they confuse (Michaud, PPM-like predictor, JILP 2005).
type fold struct {
	length          uint64
	index, tag, low foldShape
}

type foldShape struct {
	width uint8
	out   uint8 // length mod width: where the bits that leave are
	mask  uint32
}

func newFold(length, index, tag int) fold {
	shape := func(width int) foldShape {
		return foldShape{uint8(width), uint8(length % width), 1<<width - 1}
	}
	return fold{uint64(length), shape(index), shape(tag), shape(tag - 1)}
}

// rotate is a cyclic shift to the left by n ≤ width.
func (s *foldShape) rotate(v uint32, n uint8) uint32 {
	return (v<<n | v>>(s.width-n)) & s.mask
}

// folded are the values of a fold.
type folded struct{ index, tag, low uint32 }

// longHistory is the path of one context as predictors with geometric history
// lengths see it: a number of bits for each control transfer in a circular
// buffer, another for each in the path history, and folded registers. There
// are two sets of registers, of what has been fetched and of what has been
// committed, so that nothing has to be carried from prediction to training. A
// wrong path is undone step by step: the bits that left a fold are still in
// the buffer, and a folded register can be turned back as well as forth. That
// takes the time of the steps and no checkpoint.
type longHistory struct {
	bits, path bitRing
	per        uint8 // bits for each transfer: 1, 2 or 4
	folds      []fold
	fetched    cursor
	committed  cursor
}

// cursor is a place of the path with the folds of what came before.
type cursor struct {
	at    uint64 // position of the youngest bit
	folds []folded
}

// newLongHistory makes a history for tables with the given lengths, counted in
// transfers, and widths of index and tag.
func newLongHistory(s Shape, per int, lengths []int, index int, tags []int) longHistory {
	h := longHistory{per: uint8(per)}
	longest := 64
	for i, n := range lengths {
		h.folds = append(h.folds, newFold(n*per, index, tags[i]))
		longest = max(longest, n*per)
	}
	size := longest + per*(s.InFlight+1)
	h.bits, h.path = newBitRing(size), newBitRing(size)
	h.fetched.folds = make([]folded, len(lengths))
	h.committed.folds = make([]folded, len(lengths))
	return h
}

// fetch moves what has been fetched past a transfer that adds these bits.
func (h *longHistory) fetch(bits, path uint64) {
	pos := h.fetched.at - uint64(h.per)
	h.bits.put(pos, bits, h.per)
	h.path.put(pos, path, h.per)
	h.advance(&h.fetched)
}

// commit moves what has been committed past the next transfer.
func (h *longHistory) commit() { h.advance(&h.committed) }

func (h *longHistory) advance(c *cursor) {
	c.at -= uint64(h.per)
	in := uint32(h.bits.group(c.at, h.per))
	folds := c.folds[:len(h.folds)]
	for i := range h.folds {
		f, v := &h.folds[i], &folds[i]
		out := uint32(h.bits.group(c.at+f.length, h.per))
		v.index = f.index.rotate(v.index, h.per) ^ in ^ f.index.rotate(out, f.index.out)
		v.tag = f.tag.rotate(v.tag, h.per) ^ in ^ f.tag.rotate(out, f.tag.out)
		v.low = f.low.rotate(v.low, h.per) ^ in ^ f.low.rotate(out, f.low.out)
	}
}

// undo takes back the last n steps of fetch.
func (h *longHistory) undo(n uint32) {
	c := &h.fetched
	for range n {
		in := uint32(h.bits.group(c.at, h.per))
		for i := range h.folds {
			f, v := &h.folds[i], &c.folds[i]
			out := uint32(h.bits.group(c.at+f.length, h.per))
			v.index = f.index.rotate(v.index^in^f.index.rotate(out, f.index.out), f.index.width-h.per)
			v.tag = f.tag.rotate(v.tag^in^f.tag.rotate(out, f.tag.out), f.tag.width-h.per)
			v.low = f.low.rotate(v.low^in^f.low.rotate(out, f.low.out), f.low.width-h.per)
		}
		c.at += uint64(h.per)
	}
}

// recentPath is the youngest n ≤ 64 bits of the path history at c.
func (h *longHistory) recentPath(c *cursor, n uint8) uint64 { return h.path.read(c.at, n) }

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
