package mem

import "github.com/threadmill-sim/threadmill/isa"

// TLBSize is the number of entries for each of reading and writing, a power
// of two. An entry is indexed by the low bits of the page number with the bits
// above them folded in: arrays a power of two apart are common, and three of
// them in step would push each other out at every access.
const (
	TLBSize   = 256
	FoldShift = PageShift + 8
)

// TLBEntry is the translation of one page. Tag is the address of the page, or
// noPage.
//
// A hart compares Tag with its address under TagMask(size): the page bits and
// the bits that must be zero in an aligned access. One comparison so sees a
// hit, the permission and the alignment; whatever is misaligned, and only
// that can cross a page, misses.
type TLBEntry struct {
	Tag  isa.Addr
	Page *Page
}

// noPage has a bit that no mask of an access of up to 8 bytes keeps, so that
// no address can produce it.
const noPage isa.Addr = 1 << (PageShift - 1)

// TagMask says which bits of an address of an access of size bytes (a power
// of two up to 8) an entry's Tag answers for.
func TagMask(size uint64) isa.Addr { return ^isa.Addr(pageMask) | isa.Addr(size-1) }

// TLB remembers the pages that one hart uses. It answers in the loop; Space
// fills and empties it. Both halves are open to the hart, which looks them up
// in line; Entries that are nobody's TLB, Empty, always miss.
type TLB struct {
	Reads, Writes Entries
	space         *Space
	reserved      extent
}

// Entries is one half of a TLB.
type Entries [TLBSize]TLBEntry

// Slot is where the translation of addr is, if it is there.
func Slot(addr isa.Addr) int { return int((addr>>PageShift ^ addr>>FoldShift) % TLBSize) }

// Empty always misses. It must not be written to.
var Empty = func() *Entries {
	e := new(Entries)
	e.flush()
	return e
}()

func (e *Entries) flush() {
	for i := range e {
		e[i] = TLBEntry{Tag: noPage}
	}
}

// NewTLB returns an empty TLB attached to the space.
func (s *Space) NewTLB() *TLB {
	t := &TLB{space: s}
	t.Flush()
	s.tlbs = append(s.tlbs, t)
	return t
}

// Detach ends the attachment; the TLB must not be used afterwards.
func (t *TLB) Detach() {
	t.Unreserve()
	tlbs := t.space.tlbs
	for i, other := range tlbs {
		if other == t {
			t.space.tlbs = append(tlbs[:i], tlbs[i+1:]...)
			break
		}
	}
	t.Flush()
}

// Flush empties the TLB.
func (t *TLB) Flush() {
	t.Reads.flush()
	t.Writes.flush()
}

// forget drops what is known about the page of addr.
func (t *TLB) forget(addr isa.Addr) {
	t.Reads.forget(addr)
	t.Writes.forget(addr)
}

func (e *Entries) forget(addr isa.Addr) {
	if slot := &e[Slot(addr)]; slot.Tag == addr&^pageMask {
		*slot = TLBEntry{Tag: noPage}
	}
}

// Load is the page of addr for reading, and remembers it; nil when it cannot
// be read.
func (t *TLB) Load(addr isa.Addr) *Page {
	slot := &t.Reads[Slot(addr)]
	page := addr &^ pageMask
	if slot.Tag == page {
		return slot.Page
	}
	p, prot := t.space.translate(addr)
	if prot&Read == 0 {
		return nil
	}
	if p == nil {
		p = &zeroPage
	}
	*slot = TLBEntry{page, p}
	return p
}

// Store is the page of addr for writing, allocated when it must be, and
// remembers it unless another hart has a reservation there; nil when it cannot
// be written to.
func (t *TLB) Store(addr isa.Addr) *Page {
	slot := &t.Writes[Slot(addr)]
	page := addr &^ pageMask
	if slot.Tag == page {
		return slot.Page
	}
	p, prot := t.space.translate(addr)
	if prot&Write == 0 {
		return nil
	}
	if p == nil {
		if p = t.space.writable(addr); p == nil {
			return nil
		}
	}
	if !t.shared(page) {
		*slot = TLBEntry{page, p}
	}
	return p
}

// MayStore reports whether addr can be written to, without allocating.
func (t *TLB) MayStore(addr isa.Addr) bool {
	if t.Writes[Slot(addr)].Tag == addr&^pageMask {
		return true
	}
	_, prot := t.space.translate(addr)
	return prot&Write != 0
}
