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
	*w = *w&^((1<<(n&63)-1)<<at) | v<<at
}

// group reads what put has written with the same n at pos, or neighbours of
// the same alignment.
func (r *bitRing) group(pos uint64, n uint8) uint64 {
	return r.words[pos>>6&r.mask] >> (pos & 63) & (1<<(n&63) - 1)
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
	path            uint64 // mask of the path history that takes part
	index, tag, low foldShape
}

type foldShape struct {
	width uint8
	out   uint8 // length mod width: where the bits that leave are
	mask  uint32
}

func newFold(length, path, index, tag int) fold {
	shape := func(width int) foldShape {
		return foldShape{uint8(width), uint8(length % width), 1<<width - 1}
	}
	return fold{uint64(length), 1<<min(length, path) - 1, shape(index), shape(tag), shape(tag - 1)}
}

// rotate is a cyclic shift to the left by n ≤ width. (Go knows that a masked
// count is below the size of the word; without the masks advance takes a third
// longer.)
func (s *foldShape) rotate(v uint32, n uint8) uint32 {
	return (v<<(n&31) | v>>((s.width-n)&31)) & s.mask
}

// push is the value v after n bits have come in and n others left.
func (s *foldShape) push(v uint16, in, out uint32, n uint8) uint16 {
	return uint16(s.rotate(uint32(v), n) ^ in ^ s.rotate(out, s.out))
}

// folded are the values of a fold.
type folded struct{ index, tag, low uint16 }

// longHistory is the path of one context as predictors with geometric history
// lengths see it: a number of bits for each control transfer in a circular
// buffer, another for each in the path history, and folded registers, which are
// kept for each transfer in flight. So a wrong path is undone by going back to
// an earlier set of registers, and training finds those that the prediction was
// made with; nothing is carried along by the transfer. Hardware would
// checkpoint the registers with each branch, or recompute them.
type longHistory struct {
	bits, path bitRing
	per        uint8 // bits for each transfer: 1, 2 or 4
	folds      []fold
	registers  []folded // sets of len(folds), a ring by the number of transfers before
	last       uint32   // sets - 1
	fetched    uint32   // transfers so far
	committed  uint32   // … of those, committed
}

// newLongHistory makes a history for tables with the given lengths, counted in
// transfers, and widths of index and tag. Of the path history at most so many
// bits take part.
func newLongHistory(s Shape, per int, lengths []int, path, index int, tags []int) longHistory {
	h := longHistory{per: uint8(per)}
	longest := 64
	for i, n := range lengths {
		h.folds = append(h.folds, newFold(n*per, path, index, tags[i]))
		longest = max(longest, n*per)
	}
	size := longest + per*(s.InFlight+1)
	h.bits, h.path = newBitRing(size), newBitRing(size)
	sets := 1 << log2Ceil(s.InFlight+1)
	h.registers, h.last = make([]folded, sets*len(lengths)), uint32(sets-1)
	return h
}

// at are the registers after n transfers.
func (h *longHistory) at(n uint32) []folded {
	k := len(h.folds)
	i := int(n&h.last) * k
	return h.registers[i : i+k : i+k]
}

// position is that of the youngest of the bits of n transfers.
func (h *longHistory) position(n uint32) uint64 { return -uint64(n) * uint64(h.per) }

// fetch moves what has been fetched past a transfer that adds these bits.
func (h *longHistory) fetch(bits, path uint64) {
	before, after := h.at(h.fetched), h.at(h.fetched+1)
	h.fetched++
	pos := h.position(h.fetched)
	h.bits.put(pos, bits, h.per)
	h.path.put(pos, path, h.per)
	in := uint32(bits)
	for i := range h.folds {
		f, v := &h.folds[i], &before[i]
		out := uint32(h.bits.group(pos+f.length, h.per))
		after[i] = folded{
			f.index.push(v.index, in, out, h.per),
			f.tag.push(v.tag, in, out, h.per),
			f.low.push(v.low, in, out, h.per),
		}
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
