package tlb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
)

// A key names a page of an address space:
//
//	63      1: a 2 MiB page
//	57..52  in a private part of a TLB, the context that it is of
//	51..16  number of the page, in units of its size
//	15..0   address space
const (
	noKey        = ^uint64(0) // an invalid entry; no page has this key
	largeKey     = 1 << 63
	pageShift    = 16
	contextShift = pageShift + vpnBits
	contextMask  = (isa.MaxContexts - 1) << contextShift
)

// No page number may reach the context's bits, nor these the size's.
const _ = uint(63 - contextShift - 6)

func keyASID(k uint64) isa.ASID { return isa.ASID(k) }
func keyPage(k uint64) uint64   { return k >> pageShift & vpnMask }

// keyVPN is the number of the first 4 KiB of a page.
func keyVPN(k uint64) uint64 {
	if k&largeKey != 0 {
		return keyPage(k) << indexBits
	}
	return keyPage(k)
}

// leaf is the level of the page-table entry that maps a page.
func leaf(k uint64) int8 { return int8(k >> 63) }

// within is the part of a virtual address that a page does not translate.
func within(k uint64, vaddr isa.Addr) isa.Addr {
	if k&largeKey != 0 {
		return vaddr & (1<<largeBits - 1)
	}
	return vaddr & (1<<pageBits - 1)
}

// key is the key of the page that an address is in.
func (m *MMU) key(asid isa.ASID, vaddr isa.Addr) uint64 {
	n := vpn(vaddr)
	if m.large > 0 && m.isLarge(asid, n>>indexBits) {
		return largeKey | n>>indexBits<<pageShift | uint64(asid)
	}
	return n<<pageShift | uint64(asid)
}

// isLarge reports whether an aligned region of 2 MiB is one page.
func (m *MMU) isLarge(asid isa.ASID, region uint64) bool {
	return m.large == 100 || mix(region^m.instance(asid).sizes)%100 < m.large
}

// parsePages is how many of 100 aligned regions of 2 MiB are one page.
func parsePages(s string) (uint64, error) {
	switch s {
	case "", "4K":
		return 0, nil
	case "2M":
		return 100, nil
	}
	list, ok := strings.CutPrefix(s, "mixed:")
	n, err := strconv.Atoi(list)
	if !ok {
		return 0, fmt.Errorf("%q is none of 4K, 2M, mixed:N", s)
	}
	if err != nil || n < 1 || n > 99 {
		return 0, fmt.Errorf("%q: N in mixed:N is an integer of 1 … 99, the percentage of 2 MiB pages", s)
	}
	return uint64(n), nil
}
