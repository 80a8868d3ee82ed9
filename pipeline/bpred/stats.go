package bpred

import "github.com/threadmill-sim/threadmill/isa"

// Stats count the control transfers that a thread has committed, and how they
// were predicted when they were first fetched.
type Stats struct {
	Transfers   uint64 `stat:"transfers" unit:"instructions" doc:"committed control transfers of every kind"`
	Conditional uint64 `stat:"conditional" unit:"instructions" doc:"committed conditional branches"`
	Indirect    uint64 `stat:"indirect" unit:"instructions" doc:"committed indirect jumps and calls other than returns"`
	Returns     uint64 `stat:"returns" unit:"instructions" doc:"committed returns"`

	Mispredicted         uint64 `stat:"mispredicted" unit:"instructions" doc:"committed control transfers after which a wrong path, or nothing, was fetched until they resolved"`
	DirectionWrong       uint64 `stat:"mispredicted_direction" unit:"instructions" doc:"committed conditional branches whose direction was mispredicted, also where both directions go to the next instruction"`
	IndirectTargetsWrong uint64 `stat:"mispredicted_indirect" unit:"instructions" doc:"committed indirect jumps and calls whose target was unknown or mispredicted"`
	ReturnsWrong         uint64 `stat:"mispredicted_return" unit:"instructions" doc:"committed returns whose target was unknown or mispredicted"`

	BTBMisses uint64 `stat:"btb_misses" unit:"instructions" doc:"committed direct transfers rightly predicted taken whose target the BTB did not have: misfetches"`
	BTBLate   uint64 `stat:"btb_late" unit:"instructions" doc:"committed transfers predicted taken whose target came from the second level of the BTB, after a bubble"`
}

func (s *Stats) count(in *isa.Inst, p *Prediction, taken bool, target isa.Addr) {
	s.Transfers++
	bad := p.marks&wrong | p.error(in, taken, target)
	if bad != 0 && p.marks&nowhere == 0 {
		s.Mispredicted++
	}
	switch in.Control {
	case isa.CondBranch:
		s.Conditional++
		if bad&wrongDirection != 0 {
			s.DirectionWrong++
		}
	case isa.IndirectJump, isa.IndirectCall:
		s.Indirect++
		if bad != 0 {
			s.IndirectTargetsWrong++
		}
	case isa.Return:
		s.Returns++
		if bad != 0 {
			s.ReturnsWrong++
		}
	}
	if p.marks&late != 0 {
		s.BTBLate++
	}
	if in.Control.Direct() && taken && bad == 0 && (!p.TargetKnown || p.Target != target) {
		s.BTBMisses++
	}
}
