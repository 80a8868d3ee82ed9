package mem

import (
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
)

// Reason is why an access is impossible.
type Reason uint8

const (
	Unmapped  Reason = iota // no region there
	Protected               // the region does not allow it
	Full                    // the space's limit of resident pages is reached
)

// Fault is the error of an access that did not happen.
type Fault struct {
	Addr   isa.Addr // the first byte that could not be accessed
	Access Prot     // what was wanted of it; 0 for its mere existence
	Reason Reason
}

func (f *Fault) Error() string {
	what := map[Prot]string{0: "change", Read: "read", Write: "write", Exec: "fetch"}[f.Access]
	switch f.Reason {
	case Protected:
		return fmt.Sprintf("%s of %#x, which is protected against it", what, f.Addr)
	case Full:
		return fmt.Sprintf("%s of %#x, for which the guest's memory limit leaves no page", what, f.Addr)
	}
	return fmt.Sprintf("%s of %#x, which is not mapped", what, f.Addr)
}

// Check reports whether all of [addr, addr+size) allows access, and if not,
// the first byte that does not and why.
func (s *Space) Check(addr isa.Addr, size uint64, access Prot) *Fault {
	for size > 0 {
		r, ok := s.regions.find(addr)
		if !ok {
			return &Fault{addr, access, Unmapped}
		}
		if r.Prot&access != access {
			return &Fault{addr, access, Protected}
		}
		n := min(size, uint64(r.End-addr))
		addr += isa.Addr(n)
		size -= n
	}
	return nil
}

// Allows is Check without the reason: it never allocates.
func (s *Space) Allows(addr isa.Addr, size uint64, access Prot) bool {
	for size > 0 {
		r, ok := s.regions.find(addr)
		if !ok || r.Prot&access != access {
			return false
		}
		n := min(size, uint64(r.End-addr))
		addr += isa.Addr(n)
		size -= n
	}
	return true
}

// Read fills b from addr on. All of the range must be readable, otherwise it
// is a *Fault and b is unchanged.
func (s *Space) Read(addr isa.Addr, b []byte) error {
	if f := s.Check(addr, uint64(len(b)), Read); f != nil {
		return f
	}
	s.copyOut(addr, b)
	return nil
}

// Fetch is Read of code: the range must be executable.
func (s *Space) Fetch(addr isa.Addr, b []byte) error {
	if f := s.Check(addr, uint64(len(b)), Exec); f != nil {
		return f
	}
	s.copyOut(addr, b)
	return nil
}

// Write stores b from addr on. All of the range must be writable, otherwise
// it is a *Fault and nothing was written; when the limit of resident pages is
// reached what came before Fault.Addr was.
func (s *Space) Write(addr isa.Addr, b []byte) error {
	if f := s.Check(addr, uint64(len(b)), Write); f != nil {
		return f
	}
	return s.copyIn(addr, b)
}

// Peek is Read whatever the protection; all of the range must be mapped.
func (s *Space) Peek(addr isa.Addr, b []byte) error {
	if f := s.Check(addr, uint64(len(b)), 0); f != nil {
		f.Access = Read
		return f
	}
	s.copyOut(addr, b)
	return nil
}

// Poke is Write whatever the protection; all of the range must be mapped. It
// is for loaders: poked code is decoded afresh.
func (s *Space) Poke(addr isa.Addr, b []byte) error {
	if f := s.Check(addr, uint64(len(b)), 0); f != nil {
		f.Access = Write
		return f
	}
	if s.regions.any(addr, addr+isa.Addr(len(b)), Exec) {
		s.codeTurn++
	}
	return s.copyIn(addr, b)
}

func (s *Space) copyOut(addr isa.Addr, b []byte) {
	for len(b) > 0 {
		n := copy(b, s.readable(addr)[addr&pageMask:])
		b = b[n:]
		addr += isa.Addr(n)
	}
}

func (s *Space) copyIn(addr isa.Addr, b []byte) error {
	s.stored(extent{addr, uint64(len(b))}, nil)
	for len(b) > 0 {
		p := s.writable(addr)
		if p == nil {
			return &Fault{addr, Write, Full}
		}
		n := copy(p[addr&pageMask:], b)
		b = b[n:]
		addr += isa.Addr(n)
	}
	return nil
}
