package mem

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// TestMove: contents move in either direction, untouched pages stay untouched,
// and a TLB notices.
func TestMove(t *testing.T) {
	for _, where := range [][2]isa.Addr{{0x10000, 1 << 40}, {1 << 40, 0x10000}} {
		from, to := where[0], where[1]
		const size = 1 << 30
		s := New(1 << 20)
		for _, a := range where {
			if err := s.Map(a, size, Read|Write); err != nil {
				t.Fatal(err)
			}
		}
		tlb := s.NewTLB()
		tlb.Store(from)[5] = 1
		tlb.Store(to + PageSize)[5] = 3
		tlb.Store(from + size - PageSize)[5] = 2
		if err := s.Move(from, to, size); err != nil {
			t.Fatal(err)
		}
		if s.Mapped(from) || tlb.Load(from) != nil || s.Resident() != 2 {
			t.Errorf("the old place is mapped: %v, %d pages resident", s.Mapped(from), s.Resident())
		}
		for off, want := range map[isa.Addr]byte{0: 1, PageSize: 0, size - PageSize: 2} {
			if got := tlb.Load(to + off)[5]; got != want {
				t.Errorf("byte of page %#x is %d, want %d", off, got, want)
			}
		}
		if err := s.Move(to, from, size); err == nil {
			t.Error("moved to where nothing is mapped")
		}
	}
}
