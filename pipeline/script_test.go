package pipeline

import "github.com/threadmill-sim/threadmill/isa"

// script is a stream without semantics: a loop of static instructions whose
// branch outcomes and addresses are functions of the iteration. Wrong paths
// are sequences of one-cycle operations. It lets a test say exactly what the
// core is given.
type script struct {
	body []isa.Inst
	mem  func(iteration uint64, i int) isa.Addr // address of body[i]'s access
	left uint64                                 // instructions until it exits

	// flaky, when not 0, leaves the loop early in iterations that look random:
	// the next one starts at the head all the same.
	flaky uint64

	iteration uint64
	at        int
	base      isa.Addr
	asid      isa.ASID
	thread    isa.SWThread

	// parks, when set, is asked before each instruction of the correct path
	// whether the context has nothing to run, and until when.
	parks func(s *script, now isa.Cycle) (isa.Stop, bool)

	granted bool // the next instruction is serialising and may be handed out
	depth   int
	wrongPC []isa.Addr // by depth - 1
	handed  int        // on the correct path
	retired int
	stop    isa.Stop
}

const codeBase = 0x10000

func (s *script) pc(i int) isa.Addr { return s.base + codeBase + isa.Addr(4*i) }

func (s *script) Next(now isa.Cycle, buf []isa.Dyn) int {
	if s.depth > 0 {
		return s.wrongPath(buf)
	}
	n := 0
	for n < len(buf) {
		if (s.left == 0 || s.parks != nil) && s.parked(now) {
			break
		}
		in := s.body[s.at]
		if alone := in.Flags&isa.Serialising != 0; alone && (n > 0 || !s.granted) {
			s.granted = n == 0
			s.stop = isa.Stop{Kind: isa.StopSerialise, Flags: in.Flags}
			break
		}
		d := isa.Dyn{PC: s.pc(s.at), NextPC: s.pc(s.at + 1), Inst: in, ASID: s.asid, Thread: s.thread}
		if in.MemSize > 0 {
			d.Mem = s.mem(s.iteration, s.at)
		}
		s.left--
		s.handed++
		s.at++
		last := s.at == len(s.body)
		if s.flaky > 0 && s.at == len(s.body)/2 && (s.iteration*s.flaky*0x9e3779b97f4a7c15)>>63 == 1 {
			last = true
		}
		if in.Control != isa.NoControl {
			d.Taken, d.Mem = last, s.pc(0)
		}
		if last {
			d.NextPC = s.pc(0)
			s.at = 0
			s.iteration++
		}
		buf[n] = d
		n++
		if in.Control != isa.NoControl || in.Flags&isa.Serialising != 0 {
			s.granted = false
			break
		}
	}
	return n
}

// parked reports whether the script has nothing to run now.
func (s *script) parked(now isa.Cycle) bool {
	stop, ok := isa.Stop{Kind: isa.StopIdle, Until: isa.Never}, true
	if s.left > 0 {
		stop, ok = s.parks(s, now)
	}
	if s.stop = stop; ok && s.handed > s.retired {
		s.stop = isa.Stop{Kind: isa.StopSerialise}
	}
	return ok
}

func (s *script) wrongPath(buf []isa.Dyn) int {
	pc := &s.wrongPC[s.depth-1]
	for i := range buf {
		buf[i] = isa.Dyn{PC: *pc, NextPC: *pc + 4, Inst: isa.Inst{Class: isa.IntALU, Size: 4, Dst: 5, Src: [3]isa.Reg{6}}, ASID: s.asid, Thread: s.thread}
		*pc += 4
	}
	return len(buf)
}

func (s *script) Stop() isa.Stop { return s.stop }
func (s *script) PC() isa.Addr   { return s.pc(s.at) }
func (s *script) Fork(pc isa.Addr) int {
	s.wrongPC = append(s.wrongPC[:s.depth], pc)
	s.depth++
	return s.depth
}
func (s *script) Drop(depth int) { s.depth = depth - 1 }
func (s *script) Retire(n int)   { s.retired += n }
func (s *script) CanFork() bool  { return true }

var _ isa.Stream = (*script)(nil)

// add is dst = a + b in one cycle.
func add(dst, a, b isa.Reg) isa.Inst {
	return isa.Inst{Class: isa.IntALU, Size: 4, Dst: dst, Src: [3]isa.Reg{a, b}}
}

// back is the loop's branch.
func back() isa.Inst {
	return isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4, Src: [3]isa.Reg{10}}
}
