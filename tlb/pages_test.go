package tlb

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A TLB reaches entries × page size and not a byte more: a loop over so much
// misses each page once; with one page more, least recently used replacement
// misses every page every time.
func TestReach(t *testing.T) {
	const entries = 16
	for _, test := range []struct {
		name  string
		pages string
		large Large
		size  isa.Addr
		reach isa.Addr
	}{
		{"4 KiB", "4K", Large{}, 1 << 12, entries << 12},
		{"4 KiB beside an array for 2 MiB", "4K", Large{8, 8}, 1 << 12, entries << 12},
		{"2 MiB in the common array", "2M", Large{}, 1 << 21, entries << 21},
		{"2 MiB in an array of their own", "2M", Large{8, 8}, 1 << 21, 8 << 21},
	} {
		for _, more := range []isa.Addr{0, 1} {
			spec := testSpec()
			spec.Pages, spec.D.Large = test.pages, test.large
			m, _, mem := build(t, spec, 1)
			const rounds = 4
			length, now := test.reach+more*test.size, isa.Cycle(0)
			for range rounds {
				for a := isa.Addr(0); a < length; a += test.size / 4 {
					now += 100
					m.Translate(now, Data, 0, 1, a, 0)
					run(mem, now+1, now+99)
				}
			}
			want := uint64(length / test.size)
			if more > 0 {
				want *= rounds
			}
			if got := counters(m)["tlb.d.misses"]; got != want {
				t.Errorf("%s, %d KiB: %d misses, want %d", test.name, length>>10, got, want)
			}
			audit(m)
		}
	}
}

// A page of 2 MiB is contiguous and aligned in physical memory; no frame of
// either size overlaps another, and all are in the part of their address space.
func TestLargeFrames(t *testing.T) {
	spec := testSpec()
	spec.Pages = "mixed:50"
	m, _, _ := build(t, spec, 1)
	m.SetInstance(2, 78)
	large, small := map[isa.Addr]bool{}, map[isa.Addr]bool{}
	for _, asid := range []isa.ASID{1, 2} {
		for region := range isa.Addr(400) {
			v := region << largeBits
			base := m.Physical(asid, v)
			contiguous := m.Physical(asid, v+1<<20+123) == base+1<<20+123 && m.Physical(asid, v+1<<21-1) == base+1<<21-1
			if isLarge := m.isLarge(asid, uint64(region)); isLarge != contiguous || isLarge != (base&largeBit != 0) {
				t.Fatalf("region %d of %d: one page %v, contiguous %v, at %#x", region, asid, isLarge, contiguous, base)
			}
			if base&largeBit == 0 {
				for n := range isa.Addr(3) {
					f := m.Physical(asid, v+n<<pageBits)
					if small[f] {
						t.Fatalf("frame %#x is used twice", f)
					}
					small[f] = true
				}
				continue
			}
			if base&(1<<largeBits-1) != 0 || large[base] || base&^largeBit>>asidShift != isa.Addr(asid) {
				t.Fatalf("region %d of %d is at %#x: not aligned, used twice, or of another", region, asid, base)
			}
			large[base] = true
		}
	}
	// 400 expected of 800, standard deviation 14.
	if n := len(large); n < 330 || n > 470 {
		t.Errorf("%d of 800 regions are large, want about half", n)
	}
}

// What is a large page depends on seed, instance and region, not on the order
// in which anything is asked for; and 2M and 4K are the ends of mixed.
func TestPageSizes(t *testing.T) {
	count := func(pages string, key uint64) (n int, bits uint64) {
		spec := testSpec()
		spec.Pages = pages
		m, _, _ := build(t, spec, 1)
		m.SetInstance(1, key)
		for region := range uint64(1000) {
			if k := m.key(1, isa.Addr(region<<largeBits)); k&largeKey != 0 {
				n++
				bits = bits*31 + region
			}
		}
		return n, bits
	}
	for pages, want := range map[string][2]int{"": {0, 0}, "4K": {0, 0}, "2M": {1000, 1000}, "mixed:1": {1, 25}, "mixed:30": {250, 350}, "mixed:99": {975, 999}} {
		n, bits := count(pages, 5)
		if n < want[0] || n > want[1] {
			t.Errorf("%q: %d of 1000 regions are large, want %d … %d", pages, n, want[0], want[1])
		}
		if again, b := count(pages, 5); again != n || b != bits {
			t.Errorf("%q: another choice the second time", pages)
		}
		if _, b := count(pages, 6); b == bits && n > 0 && n < 1000 {
			t.Errorf("%q: another instance has the same choice", pages)
		}
	}
}
