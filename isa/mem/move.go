package mem

import "github.com/threadmill-sim/threadmill/isa"

// Move moves the contents of [from, from+size) to [to, to+size), which is
// mapped and does not overlap it; what is mapped at from goes, and what was at
// to is lost. Pages change their place, so it costs what is resident.
func (s *Space) Move(from, to isa.Addr, size uint64) error {
	end, err := span(from, size)
	if err != nil {
		return err
	}
	toEnd, err := span(to, size)
	if err != nil {
		return err
	}
	if hole, ok := s.regions.hole(to, toEnd); ok {
		return &Fault{Addr: hole, Reason: Unmapped}
	}
	s.changing(to, toEnd, 0)
	s.discard(to, toEnd)
	first, last, shift := uint64(from)>>PageShift, uint64(end)>>PageShift, uint64(to-from)>>PageShift
	moved := make(map[uint64]*Page)
	for n := range s.pages {
		if first <= n && n < last {
			moved[n] = s.pages[n]
		}
	}
	for n, p := range moved {
		s.pages[(n+shift)&(1<<(64-PageShift)-1)] = p
	}
	return s.Unmap(from, size)
}
