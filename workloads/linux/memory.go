package linux

import (
	"bytes"
	"errors"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

const (
	pageSize = mem.PageSize
	// maxRegions bounds the mappings of a process, as vm.max_map_count does.
	maxRegions = 65530
	// lowest is the lowest address that is mapped without MAP_FIXED, as
	// vm.mmap_min_addr.
	lowest = 0x10000
)

// DefaultMemory is the limit of a process's resident memory in bytes when
// Options say nothing.
const DefaultMemory = 4 << 30

// ErrMemory is that of a program with more in its file, or in its arguments,
// than the limit of its memory.
var ErrMemory = errors.New("does not fit in the guest's memory")

// load reads guest memory on behalf of a system call.
func (p *Process) load(addr uint64, b []byte) errno {
	return faultErrno(p.space.Read(isa.Addr(addr), b))
}

// store writes guest memory on behalf of a system call.
func (p *Process) store(addr uint64, b []byte) errno {
	return faultErrno(p.space.Write(isa.Addr(addr), b))
}

func faultErrno(err error) errno {
	var f *mem.Fault
	switch {
	case err == nil:
		return eok
	case errors.As(err, &f) && f.Reason == mem.Full:
		return enomem
	}
	return efault
}

// cstring reads a string that ends with a zero byte within limit bytes;
// enomem when it does not.
func (p *Process) cstring(addr, limit uint64) (string, errno) {
	var s []byte
	var piece [256]byte
	for uint64(len(s)) < limit {
		// A piece ends with its page at the latest: the string may end just
		// before what cannot be read.
		b := piece[:min(limit-uint64(len(s)), pageSize-addr%pageSize, uint64(len(piece)))]
		if e := p.load(addr, b); e != eok {
			return "", e
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return string(append(s, b[:i]...)), eok
		}
		s = append(s, b...)
		addr += uint64(len(b))
	}
	return "", enomem
}

// pages rounds a size up to whole pages; ok is false when that overflows.
func pages(size uint64) (rounded uint64, ok bool) {
	rounded = (size + pageSize - 1) &^ (pageSize - 1)
	return rounded, rounded >= size
}

// free reports whether nothing is mapped in [addr, addr+size) and all of it
// belongs to the user.
func (p *Process) free(addr, size uint64) bool {
	if addr > uint64(mem.End) || size > uint64(mem.End)-addr {
		return false
	}
	for _, r := range p.space.Regions() {
		if r.Start < isa.Addr(addr+size) && r.End > isa.Addr(addr) {
			return false
		}
	}
	return true
}

// place finds the highest free range of size bytes below the area of the
// stack, as Linux does.
func (p *Process) place(size uint64) (addr uint64, ok bool) {
	end := uint64(mapTop)
	regions := p.space.Regions()
	for i := len(regions) - 1; i >= 0; i-- {
		r := regions[i]
		if uint64(r.End) <= end && end-uint64(r.End) >= size {
			break
		}
		end = min(end, uint64(r.Start))
	}
	if end < lowest || end-lowest < size {
		return 0, false
	}
	return end - size, true
}

// protection translates PROT_READ, PROT_WRITE and PROT_EXEC, whose bits are
// those of mem.Prot. On RISC-V what can be written can be read.
func protection(prot uint64) (mem.Prot, errno) {
	const known = uint64(mem.Read | mem.Write | mem.Exec)
	if prot&^known != 0 {
		return 0, einval
	}
	m := mem.Prot(prot)
	if m&mem.Write != 0 {
		m |= mem.Read
	}
	return m, eok
}

// change maps, unmaps or protects on behalf of a system call, whose arguments
// have been checked to be whole pages.
func (p *Process) change(err error) errno {
	var f *mem.Fault
	switch {
	case err == nil:
		return eok
	case errors.As(err, &f):
		return enomem
	}
	return einval
}

// brk moves the end of the heap, and answers where it is.
func (t *Thread) brk(a *args) (uint64, errno) {
	p := t.process
	want := a[0]
	if want < p.heapStart || want > uint64(mem.End) {
		return p.heapEnd, eok
	}
	old, _ := pages(p.heapEnd)
	end, _ := pages(want)
	switch {
	case end > old:
		if len(p.space.Regions()) >= maxRegions || !p.free(old, end-old) {
			return p.heapEnd, eok
		}
		if p.space.Map(isa.Addr(old), end-old, mem.Read|mem.Write) != nil {
			return p.heapEnd, eok
		}
	case end < old:
		if p.space.Unmap(isa.Addr(end), old-end) != nil {
			return p.heapEnd, eok
		}
	}
	p.heapEnd = want
	return want, eok
}

// Flags of mmap(2).
const (
	mapShared         = 0x1
	mapPrivate        = 0x2
	mapFixed          = 0x10
	mapAnonymous      = 0x20
	mapFixedNoreplace = 0x100000
)

// mmap maps anonymous memory or a copy of a file. A hint is followed when the
// place is free.
func (t *Thread) mmap(a *args) (uint64, errno) {
	p := t.process
	addr, flags := a[0], a[3]
	size, ok := pages(a[1])
	prot, e := protection(a[2])
	switch {
	case e != eok:
		return 0, e
	case a[1] == 0 || flags&(mapShared|mapPrivate) == 0:
		return 0, einval
	case !ok || len(p.space.Regions()) >= maxRegions:
		return 0, enomem
	}
	from, e := p.mappable(a)
	if e != eok {
		return 0, e
	}
	switch {
	case flags&(mapFixed|mapFixedNoreplace) != 0:
		if addr%pageSize != 0 {
			return 0, einval
		}
		if flags&mapFixedNoreplace != 0 && !p.free(addr, size) {
			return 0, eexist
		}
	case addr >= lowest && p.free(addr&^(pageSize-1), size):
		addr &^= pageSize - 1
	default:
		if addr, ok = p.place(size); !ok {
			return 0, enomem
		}
	}
	if addr > uint64(mem.End) || size > uint64(mem.End)-addr {
		return 0, enomem
	}
	if e := p.change(p.space.Map(isa.Addr(addr), size, prot)); e != eok {
		return 0, e
	}
	return addr, p.fillMapping(addr, size, from)
}

func (t *Thread) munmap(a *args) (uint64, errno) {
	p := t.process
	size, ok := pages(a[1])
	if !ok || size == 0 || a[0]%pageSize != 0 {
		return 0, einval
	}
	if len(p.space.Regions()) >= maxRegions {
		return 0, enomem // it may split a region
	}
	return 0, p.unmap(a[0], size)
}

func (t *Thread) mprotect(a *args) (uint64, errno) {
	p := t.process
	size, ok := pages(a[1])
	prot, e := protection(a[2])
	switch {
	case e != eok:
		return 0, e
	case a[0]%pageSize != 0:
		return 0, einval
	case !ok || len(p.space.Regions()) >= maxRegions:
		return 0, enomem
	case a[0] > uint64(mem.End) || size > uint64(mem.End)-a[0]:
		return 0, enomem
	}
	return 0, p.change(p.space.Protect(isa.Addr(a[0]), size, prot))
}

// madvise: memory that is not needed is given back and reads as zeros; other
// advice changes nothing that a program could see.
func (t *Thread) madvise(a *args) (uint64, errno) {
	const dontNeed = 4
	p := t.process
	size, ok := pages(a[1])
	switch {
	case !ok || a[0]%pageSize != 0:
		return 0, einval
	case p.space.Check(isa.Addr(a[0]), size, 0) != nil:
		return 0, enomem
	case a[2] != dontNeed:
		return 0, eok
	}
	return 0, p.change(p.space.Discard(isa.Addr(a[0]), size))
}

// mremap shrinks or grows a mapping, moving it when it cannot grow in place
// and may move.
func (t *Thread) mremap(a *args) (uint64, errno) {
	const mayMove, fixed = 1, 2
	p := t.process
	addr := a[0]
	old, ok1 := pages(a[1])
	size, ok2 := pages(a[2])
	if addr%pageSize != 0 || !ok1 || !ok2 || old == 0 || size == 0 || a[3]&^(mayMove|fixed) != 0 || a[3] == fixed {
		return 0, einval
	}
	region, ok := p.space.Region(isa.Addr(addr))
	if !ok || uint64(region.End)-addr < old {
		return 0, efault
	}
	if len(p.space.Regions()) >= maxRegions {
		return 0, enomem
	}
	switch {
	case a[3]&fixed != 0:
		return t.remapTo(addr, old, a[4], size, region.Prot)
	case size == old:
		return addr, eok
	case size < old:
		return addr, p.unmap(addr+size, old-size)
	case p.free(addr+old, size-old):
		return addr, p.change(p.space.Map(isa.Addr(addr+old), size-old, region.Prot))
	case a[3]&mayMove == 0:
		return 0, enomem
	}
	to, ok := p.place(size)
	if !ok {
		return 0, enomem
	}
	return to, p.relocate(addr, old, to, size, region.Prot)
}

// remapTo moves a mapping to where the program wants it, in place of what is
// there.
func (t *Thread) remapTo(addr, old, to, size uint64, prot mem.Prot) (uint64, errno) {
	p := t.process
	switch {
	case to%pageSize != 0 || to > uint64(mem.End) || size > uint64(mem.End)-to || to < lowest:
		return 0, einval
	case addr < to+size && to < addr+old:
		return 0, einval
	}
	if e := p.unmap(to, size); e != eok {
		return 0, e
	}
	if size < old {
		if e := p.unmap(addr+size, old-size); e != eok {
			return 0, e
		}
		old = size
	}
	return to, p.relocate(addr, old, to, size, prot)
}

// relocate moves what is mapped at addr to free space, and makes it as long
// as size there.
func (p *Process) relocate(addr, old, to, size uint64, prot mem.Prot) errno {
	if e := p.change(p.space.Map(isa.Addr(to), size, prot)); e != eok {
		return e
	}
	p.names.set(mapName{start: to, end: to + size})
	p.names.set(mapName{start: addr, end: addr + old})
	return p.change(p.space.Move(isa.Addr(addr), isa.Addr(to), old))
}

// flushIcache makes the thread fetch what it has stored.
func (t *Thread) flushIcache(*args) (uint64, errno) {
	t.process.code.Flush()
	return 0, eok
}
