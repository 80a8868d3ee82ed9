package bpred

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/isa"
)

// indirectTable is a tagged target cache (Chang, Hao and Patt, ISCA 1997): it
// remembers the target of an indirect jump or call by its address and the
// targets that the thread's last few indirect transfers had. What always goes
// to one place is left to the BTB: an entry is made only when the last target
// was wrong. Each entry has a little confidence that must be worn down before
// it is replaced.
type indirectTable struct {
	entries []indirectEntry
	shift   uint8 // of a 64-bit hash down to an index
}

type indirectEntry struct {
	key        uint64 // 0: empty
	target     isa.Addr
	confidence uint8
}

// The history of targets is this many bits of each, so many of them.
const (
	targetBits    = 5
	maxConfidence = 3
)

func newIndirectTable(entries int) indirectTable {
	return indirectTable{
		entries: make([]indirectEntry, entries),
		shift:   uint8(64 - bits.Len(uint(max(entries, 1))-1)),
	}
}

// nextTargets is the history of targets after one more. The multiplication
// spreads targets that differ in few bits, such as the cases of a switch.
func nextTargets(history uint32, target isa.Addr) uint32 {
	return history<<targetBits ^ uint32(pcBits(target)*fibonacci>>(64-2*targetBits))
}

// fibonacci is 2^64 divided by the golden ratio, odd: Knuth's multiplicative
// hash, whose high bits depend on all lower ones.
const fibonacci = 0x9e3779b97f4a7c15

func (x *indirectTable) slot(t isa.Context, pc isa.Addr, history uint32) (*indirectEntry, uint64) {
	key := (branchKey(t, pc) ^ uint64(history)<<20) * fibonacci
	// A table of one entry shifts everything out, which Go defines as 0.
	return &x.entries[key>>x.shift], key | 1
}

func (x *indirectTable) lookup(t isa.Context, pc isa.Addr, history uint32) (isa.Addr, bool) {
	if len(x.entries) == 0 {
		return 0, false
	}
	e, key := x.slot(t, pc, history)
	if e.key != key {
		return 0, false
	}
	return e.target, true
}

// train is told where the transfer went and whether the BTB, which knows its
// last target, would have been right.
func (x *indirectTable) train(t isa.Context, pc isa.Addr, history uint32, target isa.Addr, easy bool) {
	if len(x.entries) == 0 {
		return
	}
	e, key := x.slot(t, pc, history)
	switch {
	case e.key == key && e.target == target:
		e.confidence = min(e.confidence+1, maxConfidence)
	case e.key != key && easy:
	case e.confidence > 0:
		e.confidence--
	default:
		*e = indirectEntry{key: key, target: target}
	}
}
