package tlb

import (
	"math/bits"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// The permutation is one: its inverse, computed by running the network
// backwards, leads back from every image.
func TestPermutationIsBijective(t *testing.T) {
	inverse := func(p *permutation, bits uint8, n uint64) uint64 {
		high, low := bits/2, bits-bits/2
		left, right := n>>low, n&(1<<low-1)
		for i := len(p.keys) - 1; i >= 0; i-- {
			// A round maps (l, r) to (r, l ^ f(r)), where l has the high half's
			// bits in the first and third round.
			width := high
			if i%2 == 1 {
				width = low
			}
			f := (left + p.keys[i]) * 0xbf58476d1ce4e5b9
			f = (f ^ f>>32) * 0x94d049bb133111eb
			left, right = right^f>>(64-width), left
		}
		return left<<low | right
	}
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]uint8{vpnBits, vpnBits - indexBits}).Draw(t, "bits")
		p := newPermutation(rapid.Uint64().Draw(t, "key"), width)
		n := rapid.Uint64Range(0, 1<<width-1).Draw(t, "n")
		image := p.of(n)
		if image >= 1<<width {
			t.Fatalf("%#x maps to %#x, outside %d bits", n, image, width)
		}
		if back := inverse(&p, width, image); back != n {
			t.Fatalf("%#x maps to %#x, whose preimage is %#x", n, image, back)
		}
	})
}

// No two pages of a run have one frame, whatever address space or level of
// the page tables they are of; consecutive pages spread over all sets of a
// cache, and so do those of a second instance.
func TestFramesAreDistinctAndSpread(t *testing.T) {
	m, _, _ := build(t, testSpec(), 1)
	m.SetInstance(2, 77) // a second copy of the same program
	m.SetInstance(3, 78)
	seen := map[isa.Addr]bool{}
	claim := func(a isa.Addr) {
		a >>= pageBits
		if seen[a] {
			t.Fatalf("frame %#x is used twice", a)
		}
		seen[a] = true
	}
	const pages, sets = 4096, 64
	for _, asid := range []isa.ASID{1, 2, 3} {
		var count [sets]int
		for n := range uint64(pages) {
			f := m.Physical(asid, isa.Addr(n<<pageBits))
			if f>>asidShift != isa.Addr(asid) {
				t.Fatalf("page at %#x is outside the pages of address space %d", f, asid)
			}
			claim(f)
			count[f>>pageBits%sets]++
		}
		for set, n := range count {
			if n < 24 || n > 108 { // 64 expected, 5 standard deviations
				t.Errorf("address space %d: %d of %d pages fall on set %d of %d", asid, n, pages, set, sets)
			}
		}
		tables := map[isa.Addr]bool{}
		for n := range uint64(pages) {
			for level := range walkLevels {
				e := m.instance(asid).entry(asid, n, level)
				tables[e>>pageBits] = true
				if e>>asidShift != tableBit>>asidShift|isa.Addr(asid) {
					t.Fatalf("table entry at %#x is outside the table pages of address space %d", e, asid)
				}
			}
		}
		if want := pages/512 + 3; len(tables) != want {
			t.Errorf("%d pages have %d table pages, want %d", pages, len(tables), want)
		}
		for f := range tables {
			claim(f << pageBits)
		}
	}
}

// Neighbouring pages have neighbouring leaf entries; pages 512 apart use
// different leaf tables under one parent.
func TestEntryLayout(t *testing.T) {
	p := newInstance(1, 2)
	a := p.entry(1, 512, 0)
	if b := p.entry(1, 513, 0); b != a+pteBytes {
		t.Errorf("leaf entries of neighbours at %#x and %#x", a, b)
	}
	if b := p.entry(1, 1024, 0); b>>pageBits == a>>pageBits {
		t.Errorf("pages 512 apart share the leaf table %#x", a>>pageBits)
	}
	if a, b := p.entry(1, 512, 1), p.entry(1, 1024, 1); b != a+pteBytes {
		t.Errorf("second-level entries at %#x and %#x", a, b)
	}
	if a, b := p.entry(1, 0, 3), p.entry(1, vpnMask, 3); b-a != 511*pteBytes {
		t.Errorf("root entries of the first and the last page at %#x and %#x", a, b)
	}
}

// A frame depends on seed, instance key and page, and on nothing else: not
// on the order of translations, not on the address space beyond its own bits.
func TestFramesDependOnKeyOnly(t *testing.T) {
	const low = 1<<asidShift - 1
	m1, _, _ := build(t, testSpec(), 1)
	m2, _, _ := build(t, testSpec(), 1)
	m2.SetInstance(9, 77) // the key that build gives to address space 1
	for n := 200; n > 0; n-- {
		m2.Physical(9, page(n))
	}
	differ := 0
	for n := range 200 {
		a, b := m1.Physical(1, page(n)), m2.Physical(9, page(n))
		if a&low != b&low {
			t.Fatalf("page %d of one instance is at %#x and at %#x", n, a&low, b&low)
		}
		if a == b {
			t.Fatalf("page %d of two address spaces has one frame", n)
		}
	}
	other, err := New(testSpec(), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	other.SetInstance(1, 77)
	for n := range 64 {
		differ += bits.OnesCount64(uint64((m1.Physical(1, page(n)) ^ other.Physical(1, page(n))) & low))
	}
	if differ < 64*vpnBits/3 || differ > 64*vpnBits*2/3 {
		t.Errorf("another seed changes %d of %d bits, want about half", differ, 64*vpnBits)
	}
}

// SetInstance takes effect on pages that were asked for before.
func TestSetInstanceForgets(t *testing.T) {
	m, _, _ := build(t, testSpec(), 1)
	before := m.Physical(1, page(3))
	m.SetInstance(1, 99)
	if m.Physical(1, page(3)) == before {
		t.Error("the frame of the old instance is still used")
	}
}

// Addresses that Sv48 cannot translate do not panic.
func TestWildAddresses(t *testing.T) {
	m, _, mem := build(t, testSpec(), 1)
	for i, a := range []isa.Addr{0, 1<<63 - 1, ^isa.Addr(0), 1 << 47, 0xdead_beef_dead_beef} {
		now := isa.Cycle(i * 100)
		m.Translate(now, Data, 0, MaxASID, a, 0)
		run(mem, now+1, now+99)
		if p, s := m.Translate(now+99, Data, 0, MaxASID, a, 0); s != Hit || p != m.Physical(MaxASID, a) {
			t.Errorf("%#x: %#x, status %d", a, p, s)
		}
	}
}
