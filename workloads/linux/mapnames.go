package linux

import "slices"

// mapNames knows which file was mapped where, for /proc/PID/maps: ranges by
// address that do not overlap. What is mapped nowhere in it is anonymous.
type mapNames []mapName

type mapName struct {
	start, end uint64
	offset     uint64 // of start in the file
	ino        uint64
	name       string
}

// set makes [n.start, n.end) a mapping of a file, or without a name forgets
// what was there.
func (m *mapNames) set(n mapName) {
	list := *m
	first := list.after(n.start)
	last := first
	var with []mapName
	for ; last < len(list) && list[last].start < n.end; last++ {
		o := list[last]
		if o.start < n.start {
			left := o
			left.end = n.start
			with = append(with, left)
		}
		if o.end > n.end {
			right := o
			right.start, right.offset = n.end, o.offset+n.end-o.start
			with = append(with, right)
		}
	}
	if n.name != "" && len(list) < maxRegions {
		at := 0
		if len(with) > 0 && with[0].end <= n.start {
			at = 1
		}
		with = slices.Insert(with, at, n)
	}
	*m = slices.Replace(list, first, last, with...)
}

// after is the index of the first range that ends above addr.
func (m mapNames) after(addr uint64) int {
	i, _ := slices.BinarySearchFunc(m, addr, func(o mapName, addr uint64) int {
		if o.end <= addr {
			return -1
		}
		return 1
	})
	return i
}

// at is the mapping of a file that addr lies in, cut to begin there; where
// there is none it is one without a name that reaches to the next, or to end.
func (m mapNames) at(addr, end uint64) mapName {
	i := m.after(addr)
	switch {
	case i == len(m) || m[i].start >= end:
		return mapName{start: addr, end: end}
	case m[i].start > addr:
		return mapName{start: addr, end: m[i].start}
	}
	n := m[i]
	n.offset += addr - n.start
	n.start, n.end = addr, min(n.end, end)
	return n
}
