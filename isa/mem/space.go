// Package mem is the memory of one guest address space: a list of mapped
// regions with their protections, and 4 KiB pages that come into being when
// they are first written.
//
// A region costs an interval, whatever its size. A page that was only read is
// a shared page of zeros, so reading never allocates. What the harts need in
// the loop is the TLB: page pointers by virtual page, separate for reading and
// writing, so that a hit implies the permission. Every change of the mapping
// empties the TLBs that are attached to the space.
//
// A space belongs to one goroutine. It knows no sharing between address
// spaces, no files and no copy on write; workloads/linux builds on it what of
// these its programs need.
package mem

import (
	"github.com/threadmill-sim/threadmill/isa"
)

const (
	PageShift = 12
	PageSize  = 1 << PageShift
	pageMask  = PageSize - 1
)

// End is the first address above the user half of Sv48: nothing can be mapped
// from there on.
const End isa.Addr = 1 << 47

// Prot is what a region allows.
type Prot uint8

const (
	Read Prot = 1 << iota
	Write
	Exec
)

// String is the protection as /proc/pid/maps writes it: "r-x".
func (p Prot) String() string {
	b := []byte("---")
	for i, c := range "rwx" {
		if p>>i&1 != 0 {
			b[i] = byte(c)
		}
	}
	return string(b)
}

// Page is the contents of one page.
type Page [PageSize]byte

// zeroPage stands for every mapped page that nothing was written to. Nothing
// writes to it.
var zeroPage Page

// Space is an address space. The zero value is not usable; see New.
type Space struct {
	limit    uint64 // resident pages allowed
	charged  uint64 // bytes of the limit that Charge took
	pages    map[uint64]*Page
	regions  regions
	tlbs     []*TLB
	codeTurn uint64
	turn     uint64 // counts changes of the mapping
	recent   [recentSize]translation

	reserving []*TLB // those of the harts that have a reservation
}

// New returns an empty address space that holds at most limit bytes in pages
// that were written to.
func New(limit uint64) *Space {
	return &Space{limit: limit >> PageShift, pages: make(map[uint64]*Page), turn: 1}
}

// Resident is the number of pages that were written to.
func (s *Space) Resident() int { return len(s.pages) }

// Charge takes bytes of the limit for what is kept elsewhere on the guest's
// behalf, or gives them back when negative, and reports whether so much was
// left.
func (s *Space) Charge(bytes int64) bool {
	if bytes > 0 && uint64(bytes) > s.Available() {
		return false
	}
	s.charged += uint64(bytes)
	return true
}

// Available is how many bytes of the limit are left.
func (s *Space) Available() uint64 {
	return s.limit<<PageShift - min(uint64(len(s.pages))<<PageShift+s.charged, s.limit<<PageShift)
}

// CodeTurn changes whenever something executable was mapped, unmapped,
// protected otherwise or poked: what was decoded before may be stale.
func (s *Space) CodeTurn() uint64 { return s.codeTurn }

// Map makes [addr, addr+size) accessible as prot says. What was mapped there
// before is gone; the new contents are zero. addr and size are multiples of
// the page size.
func (s *Space) Map(addr isa.Addr, size uint64, prot Prot) error {
	end, err := span(addr, size)
	if err != nil {
		return err
	}
	s.changing(addr, end, prot)
	s.discard(addr, end)
	s.regions = s.regions.replace(addr, end, prot, true)
	return nil
}

// Unmap removes what is mapped in [addr, addr+size); holes are allowed.
func (s *Space) Unmap(addr isa.Addr, size uint64) error {
	end, err := span(addr, size)
	if err != nil {
		return err
	}
	s.changing(addr, end, 0)
	s.discard(addr, end)
	s.regions = s.regions.replace(addr, end, 0, false)
	return nil
}

// Protect changes the protection of [addr, addr+size), all of which must be
// mapped; otherwise it is a *Fault at the first hole and nothing changes.
func (s *Space) Protect(addr isa.Addr, size uint64, prot Prot) error {
	end, err := span(addr, size)
	if err != nil {
		return err
	}
	if hole, ok := s.regions.hole(addr, end); ok {
		return &Fault{Addr: hole, Reason: Unmapped}
	}
	s.changing(addr, end, prot)
	s.regions = s.regions.replace(addr, end, prot, true)
	return nil
}

// Discard makes the contents of [addr, addr+size) zero again and releases the
// pages; what is mapped stays mapped.
func (s *Space) Discard(addr isa.Addr, size uint64) error {
	end, err := span(addr, size)
	if err != nil {
		return err
	}
	s.changing(addr, end, 0)
	s.discard(addr, end)
	return nil
}

// Mapped reports whether addr lies in a region, whatever its protection.
func (s *Space) Mapped(addr isa.Addr) bool {
	_, ok := s.regions.find(addr)
	return ok
}

// Regions lists what is mapped, by address; neighbours differ in protection.
// The caller must not change it, and it is valid until the mapping changes.
func (s *Space) Regions() []Region { return s.regions }

// Region finds the region that addr lies in.
func (s *Space) Region(addr isa.Addr) (Region, bool) { return s.regions.find(addr) }

// changing prepares for a change of [addr, end): it tells everybody who
// remembers something about it.
func (s *Space) changing(addr, end isa.Addr, prot Prot) {
	s.turn++
	for _, t := range s.tlbs {
		t.Flush()
	}
	s.stored(extent{addr, uint64(end - addr)}, nil)
	if prot&Exec != 0 || s.regions.any(addr, end, Exec) {
		s.codeTurn++
	}
}

// discard releases the pages of [addr, end), by page or by what is resident,
// whichever is less to look at. The order makes no difference.
func (s *Space) discard(addr, end isa.Addr) {
	first, last := uint64(addr)>>PageShift, uint64(end)>>PageShift
	if last-first > uint64(len(s.pages)) {
		for n := range s.pages {
			if first <= n && n < last {
				delete(s.pages, n)
			}
		}
		return
	}
	for n := first; n < last; n++ {
		delete(s.pages, n)
	}
}

// writable is the page addr lies in, allocated when this is its first write;
// nil when the limit forbids that. The protection has been checked.
func (s *Space) writable(addr isa.Addr) *Page {
	n := uint64(addr) >> PageShift
	p := s.pages[n]
	if p != nil {
		return p
	}
	if s.Available() < PageSize {
		return nil
	}
	p = new(Page)
	s.pages[n] = p
	s.recent[n%recentSize] = translation{} // it may say that there is no page
	for _, t := range s.tlbs {
		t.forget(addr)
	}
	return p
}

// readable is the page addr lies in. The protection has been checked.
func (s *Space) readable(addr isa.Addr) *Page {
	if p := s.pages[uint64(addr)>>PageShift]; p != nil {
		return p
	}
	return &zeroPage
}
