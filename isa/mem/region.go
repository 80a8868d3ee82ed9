package mem

import (
	"fmt"
	"slices"

	"github.com/threadmill-sim/threadmill/isa"
)

// Region is a range [Start, End) of mapped pages of one protection.
type Region struct {
	Start, End isa.Addr
	Prot       Prot
}

// Size is the length of the region in bytes.
func (r Region) Size() uint64 { return uint64(r.End - r.Start) }

func (r Region) String() string { return fmt.Sprintf("%#x-%#x %v", r.Start, r.End, r.Prot) }

// regions is an interval list: by address, disjoint, none empty, and
// neighbours that touch differ in protection.
type regions []Region

// span is the end of [addr, addr+size), when that is a range of whole pages
// of the user half.
func span(addr isa.Addr, size uint64) (isa.Addr, error) {
	if uint64(addr)&pageMask != 0 || size&pageMask != 0 {
		return 0, fmt.Errorf("mem: range %#x+%#x is not made of whole pages of %d bytes", addr, size, PageSize)
	}
	if addr > End || size > uint64(End-addr) {
		return 0, fmt.Errorf("mem: range %#x+%#x does not end below %#x", addr, size, End)
	}
	return addr + isa.Addr(size), nil
}

// after is the index of the first region that ends above addr.
func (rs regions) after(addr isa.Addr) int {
	i, _ := slices.BinarySearchFunc(rs, addr, func(r Region, a isa.Addr) int {
		if r.End <= a {
			return -1
		}
		return 1
	})
	return i
}

func (rs regions) find(addr isa.Addr) (Region, bool) {
	i := rs.after(addr)
	if i == len(rs) || rs[i].Start > addr {
		return Region{}, false
	}
	return rs[i], true
}

// any reports whether a region that has all of prot overlaps [addr, end).
func (rs regions) any(addr, end isa.Addr, prot Prot) bool {
	for i := rs.after(addr); i < len(rs) && rs[i].Start < end; i++ {
		if rs[i].Prot&prot == prot {
			return true
		}
	}
	return false
}

// hole is the first address of [addr, end) that is not mapped.
func (rs regions) hole(addr, end isa.Addr) (isa.Addr, bool) {
	for i := rs.after(addr); addr < end; i++ {
		if i == len(rs) || rs[i].Start > addr {
			return addr, true
		}
		addr = rs[i].End
	}
	return 0, false
}

// replace is the list with [addr, end) mapped as prot, or not at all.
func (rs regions) replace(addr, end isa.Addr, prot Prot, mapped bool) regions {
	if addr == end {
		return rs
	}
	first := rs.after(addr)
	last := first
	var with []Region // what stands between the regions that stay as they are
	if first < len(rs) && rs[first].Start < addr {
		with = append(with, Region{rs[first].Start, addr, rs[first].Prot})
	}
	if mapped {
		with = append(with, Region{addr, end, prot})
	}
	for last < len(rs) && rs[last].Start < end {
		if r := rs[last]; r.End > end {
			with = append(with, Region{end, r.End, r.Prot})
		}
		last++
	}
	// Take the untouched neighbours in, so that they can merge.
	if first > 0 {
		first--
		with = slices.Insert(with, 0, rs[first])
	}
	if last < len(rs) {
		with = append(with, rs[last])
		last++
	}
	return slices.Replace(rs, first, last, merged(with)...)
}

// merged joins neighbours that touch and have the same protection.
func merged(list []Region) []Region {
	var out []Region
	for _, r := range list {
		if n := len(out); n > 0 && out[n-1].End == r.Start && out[n-1].Prot == r.Prot {
			out[n-1].End = r.End
			continue
		}
		out = append(out, r)
	}
	return out
}
