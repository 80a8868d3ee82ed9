package mem

import (
	"bytes"
	"errors"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// model is a space of a few pages, byte by byte.
type model struct {
	prot  [modelPages]int // -1: not mapped
	bytes [modelPages * PageSize]byte
}

const (
	modelPages = 8
	modelBase  = isa.Addr(0x7ff0000)
)

// fault is the first byte of a range that lacks access, as an offset, and
// whether it is mapped.
func (m *model) fault(at, n int, access Prot) (bad int, mapped, ok bool) {
	for i := at; i < at+n; i++ {
		p := -1
		if i >= 0 && i < len(m.bytes) {
			p = m.prot[i/PageSize]
		}
		if p < 0 || Prot(p)&access != access {
			return i, p >= 0, false
		}
	}
	return 0, true, true
}

// TestSpace: against the model, through every door: copies and TLBs.
func TestSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(1 << 20)
		tlbs := []*TLB{s.NewTLB(), s.NewTLB()}
		var m model
		for i := range m.prot {
			m.prot[i] = -1
		}
		pages := func(t *rapid.T) (first, n int) {
			first = rapid.IntRange(0, modelPages-1).Draw(t, "page")
			return first, rapid.IntRange(0, modelPages-first).Draw(t, "pages")
		}
		place := func(t *rapid.T) (at, n int) {
			page := rapid.IntRange(0, modelPages).Draw(t, "near")
			return page*PageSize + rapid.IntRange(-20, 20).Draw(t, "at"), rapid.IntRange(1, 40).Draw(t, "n")
		}
		addr := func(at int) isa.Addr { return modelBase + isa.Addr(at) }
		prot := func(t *rapid.T) Prot { return Prot(rapid.IntRange(0, 7).Draw(t, "prot")) }
		check := func(t *rapid.T, err error, at, n int, access Prot) bool {
			bad, mapped, ok := m.fault(at, n, access)
			if ok {
				if err != nil {
					t.Fatalf("%v, expected none", err)
				}
				return true
			}
			var f *Fault
			if !errors.As(err, &f) || f.Addr != addr(bad) || (f.Reason == Protected) != mapped || f.Access&access != access {
				t.Fatalf("%v, expected a fault at %#x, mapped: %v", err, addr(bad), mapped)
			}
			return false
		}
		t.Repeat(map[string]func(*rapid.T){
			"map": func(t *rapid.T) {
				first, n := pages(t)
				p := prot(t)
				if err := s.Map(addr(first*PageSize), uint64(n)*PageSize, p); err != nil {
					t.Fatal(err)
				}
				for i := first; i < first+n; i++ {
					m.prot[i] = int(p)
				}
				clear(m.bytes[first*PageSize : (first+n)*PageSize])
			},
			"unmap": func(t *rapid.T) {
				first, n := pages(t)
				if err := s.Unmap(addr(first*PageSize), uint64(n)*PageSize); err != nil {
					t.Fatal(err)
				}
				for i := first; i < first+n; i++ {
					m.prot[i] = -1
				}
				clear(m.bytes[first*PageSize : (first+n)*PageSize])
			},
			"protect": func(t *rapid.T) {
				first, n := pages(t)
				p := prot(t)
				err := s.Protect(addr(first*PageSize), uint64(n)*PageSize, p)
				if check(t, err, first*PageSize, n*PageSize, 0) {
					for i := first; i < first+n; i++ {
						m.prot[i] = int(p)
					}
				}
			},
			"discard": func(t *rapid.T) {
				first, n := pages(t)
				if err := s.Discard(addr(first*PageSize), uint64(n)*PageSize); err != nil {
					t.Fatal(err)
				}
				clear(m.bytes[first*PageSize : (first+n)*PageSize])
			},
			"read": func(t *rapid.T) {
				at, n := place(t)
				b := make([]byte, n)
				access, read := Read, s.Read
				if rapid.Bool().Draw(t, "fetch") {
					access, read = Exec, s.Fetch
				}
				if check(t, read(addr(at), b), at, n, access) && !bytes.Equal(b, m.bytes[at:at+n]) {
					t.Fatalf("read %x, expected %x", b, m.bytes[at:at+n])
				}
			},
			"write": func(t *rapid.T) {
				at, n := place(t)
				b := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
				access, write := Write, s.Write
				if rapid.Bool().Draw(t, "poke") {
					access, write = 0, s.Poke
				}
				if check(t, write(addr(at), b), at, n, access) {
					copy(m.bytes[at:], b)
				}
			},
			"tlb": func(t *rapid.T) {
				at, _ := place(t)
				tlb := rapid.SampledFrom(tlbs).Draw(t, "tlb")
				_, _, ok := m.fault(at, 1, Read)
				if p := tlb.Load(addr(at)); ok != (p != nil) || ok && p[addr(at)&pageMask] != m.bytes[at] {
					t.Fatalf("load of %#x: %v, expected %v", addr(at), p != nil, ok)
				}
				_, _, ok = m.fault(at, 1, Write)
				if may := tlb.MayStore(addr(at)); may != ok {
					t.Fatalf("may store: %v, expected %v", may, ok)
				}
				if !rapid.Bool().Draw(t, "store") {
					return
				}
				p := tlb.Store(addr(at))
				if ok != (p != nil) {
					t.Fatalf("store to %#x: %v, expected %v", addr(at), p != nil, ok)
				}
				if ok {
					v := rapid.Byte().Draw(t, "byte")
					p[addr(at)&pageMask], m.bytes[at] = v, v
				}
			},
			"": func(t *rapid.T) {
				regionsHold(t, s, &m)
				if zeroPage != (Page{}) {
					t.Fatal("the page of zeros was written to")
				}
			},
		})
	})
}

// regionsHold: the list says what the model says, in as few regions as there
// can be, and resident pages are mapped.
func regionsHold(t *rapid.T, s *Space, m *model) {
	var at isa.Addr
	for i, r := range s.Regions() {
		if r.Start < at || r.Start >= r.End || i > 0 && r.Start == at && r.Prot == s.Regions()[i-1].Prot {
			t.Fatalf("region %v in %v", r, s.Regions())
		}
		at = r.End
	}
	mapped := 0
	for i, p := range m.prot {
		a := modelBase + isa.Addr(i*PageSize)
		r, ok := s.Region(a + 5)
		if ok != (p >= 0) || ok != s.Mapped(a) || ok && r.Prot != Prot(p) {
			t.Fatalf("page %d: %v %v, expected %d", i, r, ok, p)
		}
		if ok {
			mapped++
		}
	}
	if s.Resident() > mapped {
		t.Fatalf("%d resident pages, %d mapped", s.Resident(), mapped)
	}
}

// TestTag: an entry's tag answers for aligned accesses of its page and nothing
// else; the empty one for nothing at all.
func TestTag(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := isa.Addr(rapid.Uint64().Draw(t, "addr"))
		size := uint64(1) << rapid.IntRange(0, 3).Draw(t, "size")
		if a&TagMask(size) == noPage {
			t.Fatalf("%#x hits the empty entry", a)
		}
		if hit := a&TagMask(size) == a&^pageMask; hit != (uint64(a)%size == 0) {
			t.Fatalf("%#x of size %d hits: %v", a, size, hit)
		}
		if Empty[Slot(a)].Tag == a&TagMask(size) {
			t.Fatalf("%#x hits Empty", a)
		}
	})
}

// TestReservation: address space costs nothing, and reading it neither.
func TestReservation(t *testing.T) {
	s := New(3 * PageSize)
	const huge = 1 << 46
	if err := s.Map(0, huge, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Protect(PageSize, huge-PageSize, Read|Write); err != nil {
		t.Fatal(err)
	}
	tlb := s.NewTLB()
	if err := s.Read(huge/2, make([]byte, 1<<20)); err != nil || s.Resident() != 0 {
		t.Errorf("%v, %d pages", err, s.Resident())
	}
	if err := s.Write(huge/2-1, []byte{1, 2}); err != nil || s.Resident() != 2 {
		t.Errorf("%v, %d pages", err, s.Resident())
	}
	var f *Fault
	err := s.Write(huge/4, make([]byte, 2*PageSize))
	if !errors.As(err, &f) || f.Reason != Full || f.Addr != huge/4+PageSize || s.Resident() != 3 {
		t.Errorf("beyond the limit: %v, %d pages", err, s.Resident())
	}
	if tlb.Store(huge/8) != nil || tlb.Load(huge/8) == nil {
		t.Error("a TLB goes beyond the limit, or does not read up to it")
	}
	if err := s.Unmap(0, huge); err != nil || s.Resident() != 0 || len(s.Regions()) != 0 {
		t.Errorf("%v, %d pages, %v", err, s.Resident(), s.Regions())
	}
}

// TestFullTLB: pages that share an entry push each other out.
func TestFullTLB(t *testing.T) {
	s := New(1 << 30)
	const apart = TLBSize * TLBSize * PageSize
	if err := s.Map(0, 4*apart, Read|Write); err != nil {
		t.Fatal(err)
	}
	if Slot(apart) != Slot(0) || Slot(apart/TLBSize) == Slot(0) {
		t.Fatal("not the pages that share an entry")
	}
	tlb := s.NewTLB()
	for i := range isa.Addr(4) {
		tlb.Store(i * apart)[7] = byte(i + 1)
	}
	for i := range isa.Addr(4) {
		if got := tlb.Load(i*apart + 7)[7]; got != byte(i+1) {
			t.Errorf("page %d holds %d", i, got)
		}
	}
}

// TestDetach: a TLB that has left does not keep the space from changing, and
// the ones that stay follow it.
func TestDetach(t *testing.T) {
	s := New(1 << 20)
	a, b, c := s.NewTLB(), s.NewTLB(), s.NewTLB()
	if err := s.Map(0, PageSize, Read|Write); err != nil {
		t.Fatal(err)
	}
	for _, tlb := range []*TLB{a, b, c} {
		tlb.Store(0)
	}
	b.Detach()
	if err := s.Unmap(0, PageSize); err != nil {
		t.Fatal(err)
	}
	if a.Store(0) != nil || c.Store(0) != nil || b.Writes[0].Tag != noPage {
		t.Error("a TLB remembers what was unmapped")
	}
}

func TestBadRanges(t *testing.T) {
	s := New(1 << 20)
	for _, r := range []struct {
		addr isa.Addr
		size uint64
	}{{1, PageSize}, {0, 1}, {End, PageSize}, {End - PageSize, 2 * PageSize}, {PageSize, ^uint64(0) &^ pageMask}, {^isa.Addr(pageMask), PageSize}} {
		for name, f := range map[string]func(isa.Addr, uint64) error{
			"unmap":   s.Unmap,
			"discard": s.Discard,
			"map":     func(a isa.Addr, n uint64) error { return s.Map(a, n, Read) },
			"protect": func(a isa.Addr, n uint64) error { return s.Protect(a, n, Read) },
		} {
			if f(r.addr, r.size) == nil {
				t.Errorf("%s of %#x+%#x succeeds", name, r.addr, r.size)
			}
		}
	}
	if err := s.Map(End-PageSize, PageSize, Read); err != nil {
		t.Error(err)
	}
	if err := s.Read(End-1, make([]byte, 2)); err == nil {
		t.Error("read beyond the end succeeds")
	}
	if err := s.Read(^isa.Addr(0), make([]byte, 2)); err == nil {
		t.Error("read around the end of the address space succeeds")
	}
}

// TestCodeTurn: what was decoded becomes stale by every way to change code.
func TestCodeTurn(t *testing.T) {
	s := New(1 << 20)
	turn := s.CodeTurn()
	changes := func(what string, want bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
		if got := s.CodeTurn() != turn; got != want {
			t.Errorf("%s: stale %v, expected %v", what, got, want)
		}
		turn = s.CodeTurn()
	}
	changes("map data", false, s.Map(0, PageSize, Read|Write))
	changes("map code", true, s.Map(PageSize, PageSize, Read|Exec))
	changes("poke data", false, s.Poke(0, []byte{1}))
	changes("poke code", true, s.Poke(PageSize, []byte{1}))
	changes("poke across", true, s.Poke(PageSize-1, []byte{1, 2}))
	changes("make data", true, s.Protect(PageSize, PageSize, Read))
	changes("make code", true, s.Protect(0, PageSize, Exec))
	changes("unmap data", false, s.Unmap(PageSize, PageSize))
	changes("unmap code", true, s.Unmap(0, 2*PageSize))
}

// TestFirstWrite: who has read a page before its first write sees the write,
// whoever wrote.
func TestFirstWrite(t *testing.T) {
	s := New(1 << 20)
	if err := s.Map(0, 2*PageSize, Read|Write); err != nil {
		t.Fatal(err)
	}
	a, b := s.NewTLB(), s.NewTLB()
	for _, tlb := range []*TLB{a, b} {
		tlb.Load(0)
		tlb.Load(PageSize)
	}
	if err := s.Write(0, []byte{1}); err != nil {
		t.Fatal(err)
	}
	a.Store(PageSize)[0] = 2
	for _, tlb := range []*TLB{a, b} {
		if x, y := tlb.Load(0)[0], tlb.Load(PageSize)[0]; x != 1 || y != 2 {
			t.Errorf("loaded %d and %d", x, y)
		}
	}
}
