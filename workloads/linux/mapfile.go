package linux

import (
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/workloads/linux/vfs"
)

// Mappings of files are copies: their pages hold what the file held when it
// was mapped, and are private, so that writing to a shared one changes neither
// the file nor another mapping. Beyond the end of the file they hold zeros.

// source is where the contents of a mapping come from; nil is zeros.
type source struct {
	file *nodeFile
	name string
	at   int64
}

// mappable is the source of a mapping that the arguments of mmap ask for.
func (p *Process) mappable(a *args) (*source, errno) {
	if a[3]&mapAnonymous != 0 {
		return nil, eok
	}
	d, e := p.files.get(a[4])
	switch {
	case e != eok || d.flags&openPath != 0:
		return nil, ebadf
	case a[5]%pageSize != 0:
		return nil, einval
	case int64(a[5]) < 0 || int64(a[1]) < 0 || int64(a[5]) > vfs.MaxSize-int64(a[1]):
		return nil, eoverflow
	case !d.readable():
		return nil, eacces
	}
	shared := a[3]&mapShared != 0 && a[2]&protWrite != 0
	switch f := d.file.(type) {
	case *nodeFile:
		if f.node.Mode().Type() != vfs.Regular {
			return nil, enodev
		}
		if shared && !d.writable() {
			return nil, eacces
		}
		if shared {
			p.lacks("a shared mapping of a file for writing, whose changes the file does not get")
		}
		return &source{f, d.name, int64(a[5])}, eok
	case *deviceFile:
		if f.device == devZero {
			return nil, eok
		}
	}
	return nil, enodev
}

// protWrite is PROT_WRITE.
const protWrite = 2

// fillMapping copies what s has into a new mapping of size bytes at addr. When
// that fails nothing is mapped there.
func (p *Process) fillMapping(addr, size uint64, s *source) errno {
	p.names.set(mapName{start: addr, end: addr + size})
	if s == nil {
		return eok
	}
	p.names.set(mapName{addr, addr + size, uint64(s.at), s.file.stat().Ino, s.name})
	whole := size
	size = uint64(min(int64(size), max(s.file.stat().Size-s.at, 0)))
	e := eok
	if size > p.space.Available() {
		e = enomem
	}
	for done := uint64(0); done < size && e == eok; {
		var n int
		n, e = s.file.read(p.buffer[:min(size-done, chunk)], s.at+int64(done))
		if e != eok || n == 0 {
			break
		}
		e = p.change(p.space.Poke(isa.Addr(addr+done), p.buffer[:n]))
		done += uint64(n)
	}
	if e != eok {
		p.unmap(addr, whole)
	}
	return e
}

// unmap removes a range of whole pages.
func (p *Process) unmap(addr, size uint64) errno {
	e := p.change(p.space.Unmap(isa.Addr(addr), size))
	if e == eok {
		p.names.set(mapName{start: addr, end: addr + size})
	}
	return e
}
