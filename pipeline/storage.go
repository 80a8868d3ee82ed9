package pipeline

import (
	"errors"

	"github.com/threadmill-sim/threadmill/internal/storage"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
)

// Widths in bits of what an entry holds and no configuration says.
const (
	encodingWidth  = 32
	operationWidth = 8 + 3 // one of the 200-odd of RV64GC with Zba, Zbb, Zbs and Zicond, and a rounding mode
	immediateWidth = 20    // the longest, of lui and jal
	kindWidth      = 2     // load, store, control transfer or other
	archWidth      = 6     // an architectural register of either file
	sizeWidth      = 2     // of an access: 1, 2, 4 or 8 bytes
	frameWidth     = storage.PhysicalAddress - storage.Page
	fcsrWidth      = 3 + 5                           // rounding mode and flags
	satpWidth      = 4 + frameWidth                  // mode and root of the page tables; the address space is counted apart
	fileSize       = isa.NumRegs / 2                 // architectural registers of a file, x0 included as the configuration counts them
	reserveWidth   = 1 + 1 + storage.PhysicalAddress // of LR: whether, of 4 or 8 bytes, where
)

// Storage lists what the core's structures cost for a number of contexts and an
// L1D of so many bytes a line, each named by the path of its specification, where
// it has one. The error is that of a specification that is not valid.
//
// An entry whose place does not say whose it is has the number of its thread.
// In order of program are the entries of fetch buffer, ROB, load and store
// queue and store buffer: each thread knows the places of its oldest and its next.
// By how many entries it has go limits and policies. Registers are renamed into one
// file of each kind, which has the committed values too, so the ROB has for
// each destination the number that it got and the one to free or to return to,
// and a squash walks back; there is no second table. Numbers of registers are
// wider the more registers the contexts have: what that adds is thread tags.
//
// Left out, besides what package storage says: how the entries of one thread
// find each other in a structure that threads share, the part of an access that
// lies in a second line, and the state of schedulers but those counts.
func (s *Spec) Storage(contexts, line int) ([]storage.Structure, error) {
	if errs := s.Validate("core", contexts); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	order, err := memdep.Build(s.LSQ.Disambiguation, contexts)
	if err != nil {
		return nil, err
	}
	sets, err := memdep.StorageOf(s.LSQ.Disambiguation, contexts, s.SQ.Size)
	if err != nil {
		return nil, err
	}
	c := tally{contexts: contexts}
	number := s.registerNumber(contexts)
	renamed := s.Scoreboard.Registers != ArchitecturalRegisters
	rob := storage.Width(s.ROB.Size)

	c.add("contexts", storage.Cost{PerThread: 2*storage.PC + storage.AddressSpace + satpWidth + fcsrWidth + reserveWidth})
	c.buffer("fetch.buffer", s.Fetch.Buffer, 2, entry{bits: encodingWidth + storage.PC})
	if renamed {
		files := [...]struct {
			name string
			size int
		}{{"int-registers", s.IntRegs.Size}, {"fp-registers", s.FPRegs.Size}}
		var table, ready storage.Cost
		for _, f := range files {
			c.add(f.name, storage.Cost{Tables: uint64(f.size) * storage.Register, PerThread: fileSize * storage.Register})
			n := fileNumber(f.size, contexts)
			free := storage.Entries(f.size, n.alone, n.wider)
			free.Tables += 2 * storage.Width(f.size)
			free.PerThread = storage.Width(f.size + 1)
			c.add(f.name+".free-list", free)
			wider := uint64(contexts) * fileSize * n.wider
			table = table.Plus(storage.Cost{Tables: wider, Tags: wider, PerThread: fileSize * n.alone})
			ready = ready.Plus(storage.Cost{Tables: uint64(f.size), PerThread: fileSize})
		}
		c.add("rename.table", table)
		c.add("scoreboard", ready)
		c.buffer("rob", s.ROB, 2, entry{bits: 1 + 1 + kindWidth + storage.PC + archWidth, registers: 2, number: number})
	} else {
		c.add("int-registers", storage.Cost{PerThread: fileSize * storage.Register})
		c.add("fp-registers", storage.Cost{PerThread: fileSize * storage.Register})
		c.add("scoreboard", storage.Cost{PerThread: isa.NumRegs})
		c.buffer("rob", s.ROB, 2, entry{bits: 1 + 1 + kindWidth + storage.PC + archWidth})
	}
	s.queues(&c, number)

	// Whether the address is known, has been translated, and the data is there;
	// what is read, with or without sign, into which register; the youngest
	// older store.
	load := entry{
		bits:      1 + 1 + storage.VirtualAddress + 1 + frameWidth + sizeWidth + 1 + 1 + rob + storage.Width(s.SQ.Size+1),
		registers: 1, number: number,
	}
	if order.Speculative() {
		load.bits += storage.Width(s.SQ.Size + 2) // where its data is from: a store, none, or not found yet
	}
	c.buffer("lq", s.LQ, 2, load)
	// Whether the address is known, and the data.
	store := entry{bits: 1 + 1 + storage.VirtualAddress + frameWidth + sizeWidth + storage.Register + storage.AddressSpace + rob}
	if s.StoreBuf.Size > 0 {
		c.buffer("sq", s.SQ, 2, store)
		c.buffer("store-buffer", s.StoreBuf.buffer(), 2, s.StoreBuf.entry(line))
	} else {
		c.buffer("sq", s.SQ, 4, store) // also the first that has not committed, and the first not sent
	}
	c.add("lsq.disambiguation", sets)
	return c.list, nil
}

// queues adds the issue queues. An entry has a valid bit, what is to be done,
// a place in the order of age and in the ROB, its destination, its sources and
// whether they are there; of three sources are multiply-adds alone. Loads
// and stores have their place in their queue, and operations of fp-iq no
// immediate.
func (s *Spec) queues(c *tally, number number) {
	rob := storage.Width(s.ROB.Size)
	memory := storage.Width(max(s.LQ.Size, s.SQ.Size))
	add := func(name string, b Buffer, sources int, bits uint64) {
		if b.Size == 0 {
			return
		}
		bits += 1 + operationWidth + storage.Width(b.Size) + rob + 1 + uint64(2*sources) // a register has its file's bit
		c.buffer(name, b, 0, entry{bits: bits, registers: 1 + sources, number: number})
	}
	sources, bits := 2, uint64(immediateWidth)
	if s.FPIQ.Size == 0 {
		sources = 3
	}
	if s.MemIQ.Size == 0 {
		bits += memory
	}
	add("iq", s.IQ, sources, bits)
	add("iq-mem", s.MemIQ, 2, immediateWidth+memory)
	add("iq-fp", s.FPIQ, 3, 0)
}

// entry is what the store buffer keeps of a store, or with coalescing of a
// block: address, frame, address space, whether it has been sent and written,
// and the bytes.
func (b *StoreBuffer) entry(line int) entry {
	common := uint64(frameWidth + storage.AddressSpace + 2)
	if b.Coalesce == "" || b.Coalesce == CoalesceNone {
		return entry{bits: common + storage.VirtualAddress + sizeWidth + storage.Register}
	}
	block := min(line, maxBlock)
	return entry{bits: common + storage.VirtualAddress - storage.Width(block) + uint64(9*block)} // a byte has a bit that says whether it was written
}

// number is the width of a register's number with one context, and how much
// wider it is with all.
type number struct{ alone, wider uint64 }

// fileNumber is the width of numbers in a file of so many rename registers.
func fileNumber(rename, contexts int) number {
	alone := storage.Width(rename + fileSize)
	return number{alone, storage.Width(rename+fileSize*contexts) - alone}
}

// registerNumber is the width of numbers of the larger file without the bit
// that says which file it is.
func (s *Spec) registerNumber(contexts int) number {
	if s.Scoreboard.Registers == ArchitecturalRegisters {
		return number{alone: archWidth - 1}
	}
	return fileNumber(max(s.IntRegs.Size, s.FPRegs.Size), contexts)
}

// entry is what one entry of a structure holds besides its thread.
type entry struct {
	bits      uint64
	registers int // numbers of registers, each of the width of number
	number    number
}

// tally is the structures so far.
type tally struct {
	contexts int
	list     []storage.Structure
}

func (c *tally) add(name string, cost storage.Cost) {
	if cost != (storage.Cost{}) {
		c.list = append(c.list, storage.Structure{Name: name, Cost: cost})
	}
}

// buffer adds a structure whose entries the threads share by its rule. Each
// thread has the number of its entries, and so many places in it.
func (c *tally) buffer(name string, b Buffer, places uint64, e entry) {
	registers := uint64(e.registers)
	tag := registers * e.number.wider
	if rule, err := parseSharing(b.Sharing); err == nil && !rule.divides(b.Size, c.contexts) {
		tag += storage.Width(c.contexts)
	}
	cost := storage.Entries(b.Size, e.bits+registers*e.number.alone, tag)
	cost.PerThread = storage.Width(b.Size+1) + places*storage.Width(b.Size)
	c.add(name, cost)
}

// divides reports whether each thread has a part of the entries for itself, so
// that an entry's place says whose it is.
func (r sharingRule) divides(size, contexts int) bool {
	return r.kind == static || r.kind == capped && r.n*contexts <= size
}
