package bpred

import (
	"errors"
	"fmt"

	"github.com/threadmill-sim/threadmill/internal/catalog"
	"github.com/threadmill-sim/threadmill/internal/storage"
	"github.com/threadmill-sim/threadmill/isa"
)

// ittage predicts indirect targets as TAGE does directions: a table by address
// alone and tagged tables with longer and longer histories of the path, the
// longest hit of which provides the target. A counter of confidence says when
// to replace it, and when a new entry is to be believed less than the next.
//
// Every control transfer adds four bits to the history: outcome, address and,
// of indirect ones, target. The whole target stands in each entry, where the
// championship's version has regions and offsets; tables are read again at
// commit, as in TAGE.
type ittage struct {
	base     []ittageEntry // without tags
	basePart partition
	entries  []ittageEntry // table after table
	part     partition     // of one table
	bits     uint8
	lengths  []int
	tag      int
	history  []longHistory
	beside   []ittageRegisters // by owner of the tables
	found    ittageLookup      // scratch
}

// ittageRegisters are beside the tables.
type ittageRegisters struct {
	useAlt int8 // at least 0 believes the alternate of a provider without confidence
	tick   int  // failed allocations
	random lfsr
}

type ittageEntry struct {
	target     isa.Addr // 0: none
	tag        uint16
	confidence uint8 // 0 … 3
	useful     uint8
}

type ittageLookup struct {
	index     [maxTageTables]uint32
	tag       [maxTageTables]uint16
	baseIndex uint64
	provider  int // table; -1: the one without tags
	entry     *ittageEntry
	alternate *ittageEntry
	used      *ittageEntry // whose target is predicted
}

var (
	_ Indirect = (*ittage)(nil)
	_ Follower = (*ittage)(nil)
)

const ittagePer = 4 // bits of history for a transfer

func newITTAGE(a catalog.Args, s Shape) (Indirect, error) {
	tables, least, most := a.Int("tables"), a.Int("min"), a.Int("max")
	if most < least+tables-1 {
		return nil, fmt.Errorf("%s: histories of %d tables from min=%d on are longer than max=%d", a.Name, tables, least, most)
	}
	base, bits := a.Int("base"), a.Int("bits")
	basePart, err1 := s.partition(base)
	part, err2 := s.partition(bits)
	x := &ittage{
		base:     make([]ittageEntry, 1<<base),
		basePart: basePart,
		entries:  make([]ittageEntry, tables<<bits),
		part:     part,
		bits:     uint8(bits),
		lengths:  geometric(tables, least, most),
		tag:      a.Int("tag"),
		history:  make([]longHistory, s.Contexts),
		beside:   make([]ittageRegisters, part.owners()),
	}
	for i := range x.beside {
		x.beside[i].random = 1
	}
	tags := make([]int, tables)
	for i := range tags {
		tags[i] = x.tag
	}
	for t := range x.history {
		x.history[t] = newLongHistory(s, ittagePer, x.lengths, 0, bits, tags)
	}
	return x, errors.Join(err1, err2)
}

// look reads the tables for the transfer at pc after so many transfers.
func (x *ittage) look(t isa.Context, pc isa.Addr, transfers uint32) *ittageLookup {
	h, f := &x.history[t], &x.found
	salt, address := x.part.region(t).salt, pcBits(pc)
	f.baseIndex = x.basePart.index(t, address)
	f.provider = -1
	f.entry = &x.base[f.baseIndex]
	f.alternate = f.entry
	now := h.at(transfers)
	for i := len(h.folds) - 1; i >= 0; i-- {
		fold := &h.folds[i]
		before := h.at(transfers - fold.length)
		hash := address ^ address>>(2+i&3) ^ uint64(fold.index.of(now, before))
		f.index[i] = uint32(i<<x.bits) + uint32(x.part.index(t, hash))
		f.tag[i] = uint16((uint32(address^salt)^fold.tagHash(now, before))&fold.tagMask) | 1
		e := &x.entries[f.index[i]]
		if e.tag != f.tag[i] {
			continue
		}
		if f.provider >= 0 {
			f.alternate = e
			break
		}
		f.provider, f.entry = i, e
	}
	f.used = f.entry
	if f.entry.confidence == 0 && f.alternate.target != 0 && x.beside[x.part.owner(t)].useAlt >= 0 {
		f.used = f.alternate
	}
	return f
}

func (x *ittage) Predict(t isa.Context, pc isa.Addr, _ uint32) (isa.Addr, bool) {
	target := x.look(t, pc, x.history[t].fetched).used.target
	return target, target != 0
}

func (x *ittage) Train(t isa.Context, pc isa.Addr, _ uint32, target isa.Addr, _ bool) {
	f := x.look(t, pc, x.history[t].committed)
	right := f.used.target == target
	provided, alternate := f.entry.target == target, f.alternate.target == target
	if f.provider >= 0 && f.entry.confidence == 0 && provided != alternate {
		r := &x.beside[x.part.owner(t)]
		r.useAlt = saturate(r.useAlt, alternate, 4)
	}
	switch e := f.entry; {
	case provided:
		e.confidence = min(e.confidence+1, maxConfidence)
		if f.provider >= 0 && !alternate {
			e.useful = 1
		}
	case e.confidence > 0:
		e.confidence--
	default:
		e.target = target
		e.useful = 0
	}
	if !right {
		x.allocate(t, target)
	}
}

// allocate makes an entry in a table of a longer history: the first or the
// second one that is not useful. When they often all are, all are cleared.
func (x *ittage) allocate(t isa.Context, target isa.Addr) {
	f, r := &x.found, &x.beside[x.part.owner(t)]
	first := f.provider + 1
	if r.random.next()&3 == 0 {
		first++
	}
	for i := first; i < len(x.lengths); i++ {
		if e := &x.entries[f.index[i]]; e.useful == 0 {
			*e = ittageEntry{target: target, tag: f.tag[i]}
			r.tick = max(r.tick-1, 0)
			return
		}
		r.tick++
	}
	if r.tick >= forgetAt {
		r.tick = 0
		for i := range x.lengths {
			first := i<<x.bits + int(x.part.region(t).base)
			part := x.entries[first : first+int(x.part.mask)+1]
			for j := range part {
				part[j].useful = 0
			}
		}
	}
}

func (x *ittage) Fetched(t isa.Context, s Step) {
	bits, path := pathBits(s, ittagePer)
	x.history[t].fetch(bits, path)
}

func (x *ittage) Undo(t isa.Context, n uint32)    { x.history[t].undo(n) }
func (x *ittage) Committed(t isa.Context, _ Step) { x.history[t].commit() }

func (x *ittage) Storage() Storage {
	tables := Storage{
		Tables:    uint64(len(x.base))*(storage.PC+2) + uint64(len(x.entries))*uint64(storage.PC+x.tag+2+1),
		PerThread: uint64(x.lengths[len(x.lengths)-1] * ittagePer),
	}
	return tables.Plus(x.part.beside(4 + 10 + 32))
}
