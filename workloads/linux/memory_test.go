package linux

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// kernel calls system calls directly.
type kernel struct {
	*testing.T
	p *Process
}

func (k *kernel) call(number uint64, want errno, a ...uint64) uint64 {
	k.Helper()
	var all args
	copy(all[:], a)
	r, e := k.p.leader.dispatch(number, &all)
	if e != want {
		k.Errorf("%s%#x: error %d, want %d", lookup(number).name, a, e, want)
	}
	return r
}

const (
	sysBrk, sysMunmap, sysMremap, sysMmap, sysMprotect, sysMadvise = 214, 215, 216, 222, 226, 233

	readWrite = 3
	anonymous = mapPrivate | mapAnonymous
)

func TestMappings(t *testing.T) {
	k := &kernel{t, start(t, greeting, Options{})}
	space := k.p.space
	a := k.call(sysMmap, eok, 0, 5000, readWrite, anonymous)
	b := k.call(sysMmap, eok, 0, 4096, 0, anonymous)
	if a != mapTop-8192 || b != a-4096 {
		t.Errorf("mapped at %#x and %#x", a, b)
	}
	k.call(sysMunmap, eok, a, 4096)
	if c := k.call(sysMmap, eok, 0, 4096, 1, anonymous); c != a {
		t.Errorf("the hole at %#x was not used: %#x", a, c)
	}
	if c := k.call(sysMmap, eok, 0x7000_0123, 4096, 2, anonymous); c != 0x7000_0000 {
		t.Errorf("the hint was not followed: %#x", c)
	}
	if r, _ := space.Region(0x7000_0000); r.Prot != mem.Read|mem.Write {
		t.Errorf("what can be written is %v", r.Prot)
	}
	if c := k.call(sysMmap, eok, a, 4096, 1, anonymous); c == a {
		t.Error("a hint replaced a mapping")
	}
	k.call(sysMmap, eexist, a, 4096, 1, anonymous|mapFixedNoreplace)
	k.call(sysMmap, einval, a+1, 4096, 1, anonymous|mapFixed)
	k.call(sysMmap, einval, 0, 4096, 1, mapAnonymous)
	k.call(sysMmap, einval, 0, 0, 1, anonymous)
	k.call(sysMmap, einval, 0, 4096, 8, anonymous)
	k.call(sysMmap, enomem, 0, ^uint64(0), 1, anonymous)
	k.call(sysMmap, enomem, uint64(mem.End)-4096, 8192, 1, anonymous|mapFixed)
	k.call(sysMmap, enodev, 0, 4096, 1, mapPrivate, 0)
	k.call(sysMmap, eacces, 0, 4096, 1, mapPrivate, 1)
	k.call(sysMmap, ebadf, 0, 4096, 1, mapPrivate, 9)

	// Address space is there for the asking, but it is not endless.
	for range 3 {
		k.call(sysMmap, eok, 0, 1<<45, 0, anonymous)
	}
	k.call(sysMmap, enomem, 0, 1<<45, 0, anonymous)
	for size := uint64(1 << 44); size >= pageSize; size /= 2 {
		for {
			var a args
			a[1], a[3] = size, anonymous
			at, e := k.p.leader.dispatch(sysMmap, &a)
			if e != eok {
				break
			}
			if at < lowest {
				t.Fatalf("mapped at %#x", at)
			}
		}
	}
	k.call(sysMmap, enomem, 0, 4096, 0, anonymous)

	k.call(sysMunmap, einval, a, 0)
	k.call(sysMunmap, einval, a+8, 4096)
	k.call(sysMunmap, einval, uint64(mem.End), 4096)
	k.call(sysMprotect, einval, a+8, 4096, 1)
	k.call(sysMprotect, enomem, a, ^uint64(0)&^4095, 1)
	k.call(sysMprotect, eok, a, 0, 1)
	k.call(sysMadvise, einval, a+8, 4096, 4)
	k.call(sysMadvise, enomem, 0, 4096, 4)
	if n := space.Resident(); n > 20 {
		t.Errorf("%d pages are resident", n)
	}
}

func TestHeap(t *testing.T) {
	k := &kernel{t, start(t, greeting, Options{})}
	base := k.call(sysBrk, eok, 0)
	if base%pageSize != 0 || base != k.p.heapStart {
		t.Fatalf("heap starts at %#x", base)
	}
	for _, end := range []uint64{base + 1, base + 100_000, base + 5, base + 1<<40, base} {
		if got := k.call(sysBrk, eok, end); got != end {
			t.Errorf("brk to %#x went to %#x", end, got)
		}
		for at, want := range map[uint64]bool{base: end > base, end - 1: end > base, (end + pageSize - 1) &^ (pageSize - 1): false} {
			if got := k.p.space.Mapped(isa.Addr(at)); at >= base && got != want {
				t.Errorf("heap to %#x: %#x is mapped: %v", end, at, got)
			}
		}
	}
	k.call(sysMmap, eok, base+0x10000, 4096, 1, anonymous|mapFixed)
	for _, end := range []uint64{base + 0x20000, base - 1, ^uint64(0), uint64(mem.End) + 1} {
		if got := k.call(sysBrk, eok, end); got != base {
			t.Errorf("brk to %#x went to %#x", end, got)
		}
	}
}

func TestMremap(t *testing.T) {
	k := &kernel{t, start(t, greeting, Options{})}
	a := k.call(sysMmap, eok, 0, 3*pageSize, readWrite, anonymous)
	k.p.store(a+5, []byte("contents"))
	contents := func(at uint64) {
		t.Helper()
		if s, _ := k.p.cstring(at+5, 100); s != "contents" {
			t.Errorf("at %#x is %q", at, s)
		}
	}
	if got := k.call(sysMremap, eok, a, 3*pageSize, 2*pageSize-9, 0); got != a || k.p.space.Mapped(isa.Addr(a+2*pageSize)) {
		t.Errorf("shrunk to %#x", got)
	}
	if got := k.call(sysMremap, eok, a, 2*pageSize, 3*pageSize, 0); got != a {
		t.Errorf("grown in place to %#x", got)
	}
	contents(a)
	k.call(sysMremap, enomem, a, 3*pageSize, 1<<30, 0)
	b := k.call(sysMremap, eok, a, 3*pageSize, 1<<40, 1)
	if b == a || k.p.space.Mapped(isa.Addr(a)) {
		t.Errorf("moved from %#x to %#x", a, b)
	}
	contents(b)
	k.call(sysMremap, efault, a, pageSize, 2*pageSize, 1)
	k.call(sysMremap, efault, b, 1<<41, 2*pageSize, 1)
	k.call(sysMremap, einval, b+1, pageSize, pageSize, 1)
	k.call(sysMremap, einval, b, pageSize, 0, 1)
	k.call(sysMremap, einval, b, 0, pageSize, 1)
	k.call(sysMremap, einval, b, pageSize, pageSize, 2)
	k.call(sysMremap, enomem, b, pageSize, 1<<60, 1)
}

// TestRegionLimit: a program cannot make the host keep any number of mappings.
func TestRegionLimit(t *testing.T) {
	k := &kernel{t, start(t, greeting, Options{})}
	const size = 2 * (maxRegions + 10) * pageSize
	a := k.call(sysMmap, eok, 0, size, readWrite, anonymous)
	at := a
	for len(k.p.space.Regions()) < maxRegions {
		at += 2 * pageSize
		k.call(sysMunmap, eok, at, pageSize)
	}
	at += 2 * pageSize
	k.call(sysMunmap, enomem, at, pageSize)
	k.call(sysMprotect, enomem, at, pageSize, 1)
	k.call(sysMmap, enomem, 0, pageSize, 1, anonymous)
	k.call(sysMremap, enomem, a, pageSize, 3*pageSize, 1)
}
