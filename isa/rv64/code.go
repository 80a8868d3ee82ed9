package rv64

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// pageSlots is the number of places in a page where an instruction can start.
const pageSlots = mem.PageSize / 2

// page is the decoded instructions of one page, by half-word. A slot is
// decoded when a hart gets there. An instruction that crosses into the next
// page belongs to the page where it starts; execution that runs off the end
// meets opBeyond at the page's end or a half-word behind it.
type page struct {
	base  isa.Addr
	slots [pageSlots + 2]slot
	insts [pageSlots]isa.Inst
}

// Code is the decoded instructions of an address space, shared by its harts.
// What is decoded stays until Flush or until something executable is mapped,
// unmapped, protected or poked: as the ISA has it, a program that writes code
// executes fence.i before it runs it.
//
// At most maxPages pages are kept decoded, as a decoded page takes sixteen
// times the memory of the page: when there would be more, all are forgotten.
type Code struct {
	space *mem.Space
	pages map[isa.Addr]*page
	harts []*Hart // that have not been released
	turn  uint64  // of the space, when the pages were empty
	epoch uint64  // counts flushes
	marks bool    // WatchMarks was called
}

// maxPages is 16 MiB of code, decoded 256 MiB.
const maxPages = 4096

// NewCode returns the code of a space, nothing of it decoded.
func NewCode(space *mem.Space) *Code {
	return &Code{space: space, pages: make(map[isa.Addr]*page), turn: space.CodeTurn(), epoch: 1}
}

// WatchMarks makes harts stop at the marks of a region of interest: slti
// x0,x0,1, where one begins, and slti x0,x0,2, where one ends. Both are hints
// that the unprivileged ISA designates for custom use (chapter "RV32I", HINT
// instructions) and are no-ops otherwise. A watched mark is serialising, and
// executing it stops the hart with TrapMark. It is to be called before harts
// execute from c.
func (c *Code) WatchMarks() {
	c.marks = true
	c.Flush()
}

// Flush forgets what was decoded. fence.i does it.
func (c *Code) Flush() {
	clear(c.pages)
	c.turn = c.space.CodeTurn()
	c.epoch++
}

// forget is Flush, which takes the pages from the harts at once. A hart that
// executes goes on with the page it is on.
func (c *Code) forget() {
	c.Flush()
	for _, h := range c.harts {
		h.pages = pageCache{epoch: c.epoch}
	}
}

// page is the decoded page at base; nil when it is not executable.
func (c *Code) page(base isa.Addr) *page {
	if p := c.pages[base]; p != nil {
		return p
	}
	if !c.space.Allows(base, mem.PageSize, mem.Exec) {
		return nil
	}
	p := &page{base: base}
	p.slots[pageSlots].op = opBeyond
	p.slots[pageSlots+1].op = opBeyond
	c.pages[base] = p
	return p
}

// decode fills slot i of p. It fails when the second half of the instruction
// lies on a page that is not executable.
func (c *Code) decode(p *page, i uint) Trap {
	pc := p.base + isa.Addr(i)*2
	raw, _ := c.half(pc)
	if !Compressed(raw) {
		high, ok := c.half(pc + 2)
		if !ok {
			return Trap{Kind: TrapFetch, Addr: pc + 2}
		}
		raw |= high << 16
	}
	s, row := decode(raw)
	if row != nil {
		p.insts[i] = describe(raw, &s, row)
	}
	if c.marks && s.isMark() {
		s.op = opMark
		p.insts[i].Flags |= isa.Serialising
	}
	p.slots[i] = s
	return Trap{}
}

func (c *Code) half(pc isa.Addr) (uint32, bool) {
	var b [2]byte
	if !c.space.Allows(pc, 2, mem.Exec) || c.space.Peek(pc, b[:]) != nil {
		return 0, false
	}
	return uint32(binary.LittleEndian.Uint16(b[:])), true
}

// pageCacheSize is the number of decoded pages that a hart finds without
// looking into the map; a power of two.
const pageCacheSize = 512

// pageCache is a hart's memory of where decoded pages are.
type pageCache struct {
	epoch   uint64 // of the code, when the entries were empty
	entries [pageCacheSize]*page
}

// refresh makes sure that nothing stale is executed.
func (h *Hart) refresh() {
	if h.code.turn != h.space.CodeTurn() {
		h.code.Flush()
	}
	if len(h.code.pages) > maxPages {
		h.code.forget()
	}
	if h.pages.epoch != h.code.epoch {
		h.pages = pageCache{epoch: h.code.epoch}
	}
}

// pageAt is the decoded page of pc, nil when it is not executable.
func (h *Hart) pageAt(pc isa.Addr) *page {
	base := pc &^ (mem.PageSize - 1)
	e := &h.pages.entries[base/mem.PageSize%pageCacheSize]
	if *e != nil && (*e).base == base {
		return *e
	}
	if len(h.code.pages) > maxPages && !h.recording { // a recording looks at its pages again, and is short
		h.code.forget()
	}
	p := h.code.page(base)
	if p != nil {
		*e = p
	}
	return p
}
