package mem

import (
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
)

// Reservations of load-reserved instructions. A hart's stands with its TLB,
// and any store to one of its bytes by somebody else breaks it, whatever the
// value. Stores that hit a TLB do not look for reservations; so the other
// TLBs do not know the page for writing while there is one on it. Whoever
// stores without having hit the TLB calls Stored.

// extent is the size bytes from addr on; none when size is 0.
type extent struct {
	addr isa.Addr
	size uint64
}

// overlaps reports whether a byte is in both.
func (e extent) overlaps(f extent) bool {
	return e.size > 0 && f.size > 0 &&
		(uint64(e.addr-f.addr) < f.size || uint64(f.addr-e.addr) < e.size)
}

// Reserve replaces the reservation of the hart by the size bytes at addr,
// which do not cross a page.
func (t *TLB) Reserve(addr isa.Addr, size uint64) {
	if t.reserved.size == 0 {
		t.space.reserving = append(t.space.reserving, t)
	}
	t.reserved = extent{addr, size}
	for _, other := range t.space.tlbs {
		if other != t {
			other.Writes.forget(addr)
		}
	}
}

// Reserved reports whether the hart's reservation is of these bytes and
// nobody else has stored to one of them.
func (t *TLB) Reserved(addr isa.Addr, size uint64) bool {
	return size != 0 && t.reserved == extent{addr, size}
}

// Unreserve ends the reservation of the hart, if there is one.
func (t *TLB) Unreserve() {
	if t.reserved.size == 0 {
		return
	}
	t.reserved = extent{}
	list := t.space.reserving
	i := slices.Index(list, t)
	list[i] = list[len(list)-1]
	t.space.reserving = list[:len(list)-1]
}

// Stored says that the hart has written the size bytes at addr: reservations
// of other harts end there.
func (t *TLB) Stored(addr isa.Addr, size uint64) {
	if len(t.space.reserving) > 0 {
		t.space.stored(extent{addr, size}, t)
	}
}

// stored ends the reservations of all but by that overlap what was written.
func (s *Space) stored(what extent, by *TLB) {
	for i := len(s.reserving) - 1; i >= 0; i-- {
		if t := s.reserving[i]; t != by && t.reserved.overlaps(what) {
			t.Unreserve()
		}
	}
}

// shared reports whether a hart other than t's has a reservation on the page.
func (t *TLB) shared(page isa.Addr) bool {
	for _, other := range t.space.reserving {
		if other != t && other.reserved.addr&^pageMask == page {
			return true
		}
	}
	return false
}
