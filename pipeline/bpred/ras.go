package bpred

import "github.com/threadmill-sim/threadmill/isa"

// returnStack is a circular stack of return addresses (Kaeli and Emma, ISCA
// 1991). A call beyond its depth overwrites the oldest entry; a return beyond
// the calls wraps around and finds what stands there, as in hardware.
//
// A checkpoint is the index of the top and the entry there, which undoes any
// wrong path that does not pop and then push below its starting point (Skadron
// et al., MICRO 1998).
type returnStack struct {
	entries []isa.Addr // 0: never written
	top     uint16
}

func newReturnStack(depth int) returnStack {
	return returnStack{entries: make([]isa.Addr, depth)}
}

func (s *returnStack) exists() bool { return len(s.entries) > 0 }

func (s *returnStack) push(a isa.Addr) {
	if len(s.entries) == 0 {
		return
	}
	if s.top++; int(s.top) == len(s.entries) {
		s.top = 0
	}
	s.entries[s.top] = a
}

func (s *returnStack) pop() {
	if len(s.entries) == 0 {
		return
	}
	if s.top == 0 {
		s.top = uint16(len(s.entries))
	}
	s.top--
}

// peek returns the entry on top, false when none has ever been written there.
func (s *returnStack) peek() (isa.Addr, bool) {
	a := s.entries[s.top]
	return a, a != 0
}

func (s *returnStack) checkpoint() (top uint16, entry isa.Addr) {
	if len(s.entries) == 0 {
		return 0, 0
	}
	return s.top, s.entries[s.top]
}

func (s *returnStack) restore(top uint16, entry isa.Addr) {
	if len(s.entries) == 0 {
		return
	}
	s.top = top
	s.entries[top] = entry
}
