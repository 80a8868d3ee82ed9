package bpred

import "github.com/threadmill-sim/threadmill/isa"

// returnStack is a circular stack of return addresses (Kaeli and Emma, ISCA
// 1991). A call beyond its depth overwrites the oldest entry; a return beyond
// the calls wraps around and finds what stands there, as in hardware.
type returnStack struct {
	entries []isa.Addr // 0: never written
	top     uint16
}

// Repair is what is restored of a return stack after a wrong path (Skadron et
// al., MICRO 1998).
type Repair string

const (
	// RepairNone leaves the stack as the wrong path has left it.
	RepairNone Repair = "none"
	// RepairTop restores the index of the top.
	RepairTop Repair = "top"
	// RepairEntry restores the top and the entry there, which undoes any wrong
	// path that does not pop and then push below its starting point.
	RepairEntry Repair = "entry"
	// RepairFull restores the whole stack.
	RepairFull Repair = "full"
)

func newReturnStack(depth int) returnStack {
	return returnStack{entries: make([]isa.Addr, depth)}
}

func (s *returnStack) exists() bool { return len(s.entries) > 0 }

// push returns the entry that it overwrites.
func (s *returnStack) push(a isa.Addr) (old isa.Addr) {
	if len(s.entries) == 0 {
		return 0
	}
	if s.top++; int(s.top) == len(s.entries) {
		s.top = 0
	}
	old = s.entries[s.top]
	s.entries[s.top] = a
	return old
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

// pushLog is what each push of a context in flight has overwritten, by the
// number of the transfer: what a full repair undoes, without a copy of the
// stack for each transfer.
type pushLog []pushed

type pushed struct {
	old   isa.Addr
	at    uint16
	valid bool
}

func (l pushLog) at(n uint32) *pushed { return &l[n&uint32(len(l)-1)] }

// undo takes back what the transfers from number from up to before to have
// pushed.
func (l pushLog) undo(s *returnStack, from, to uint32) {
	for n := to; n != from; {
		n--
		if p := l.at(n); p.valid {
			s.entries[p.at] = p.old
		}
	}
}
