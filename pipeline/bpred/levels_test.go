package bpred

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// A branch that has left the first level of the BTB is known by the second, a
// bubble later, and at once when it has been committed again. The knees are at
// the levels' sizes.
func TestBTBLevels(t *testing.T) {
	jump := isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4}
	for branches, want := range map[int]Timing{8: AtOnce, 9: WithBubble, 32: WithBubble, 33: AtDecode} {
		u := newUnit(t, Spec{Direction: "taken", BTB: BTBSpec{Entries: 8, Ways: 8}, BTB2: BTB2Spec{Entries: 32, Ways: 32, Bubble: 2}}, 1)
		for range 3 {
			for i := range branches { // round robin: what is least recent goes just before it is needed
				pc := isa.Addr(0x1000 + 8*i)
				u.run(0, pc, &jump, true, pc+0x100)
			}
		}
		var p Prediction
		if got := u.Predict(0, 0x1000, &jump, 0x1100, &p); got != want || p.TargetKnown != (want != AtDecode) {
			t.Errorf("%d branches: %v, %+v; want %v", branches, got, p, want)
		}
		u.Commit(0, 0x1000, &jump, &p, true, 0x1100)
		if got := u.Predict(0, 0x1000, &jump, 0x1100, &p); got != AtOnce {
			t.Errorf("%d branches: %v once it has been committed again", branches, got)
		}
		if late, misses := u.Stats(0).BTBLate, u.Stats(0).BTBMisses; late > 0 != (want == WithBubble) || misses != uint64(branches) && want != AtDecode {
			t.Errorf("%d branches: %d late, %d missed", branches, late, misses)
		}
	}
	u := newUnit(t, Spec{Direction: "taken", BTB2: BTB2Spec{Entries: 32, Ways: 4, Bubble: 5}}, 1)
	if u.Bubble() != 5 {
		t.Errorf("a bubble of %d cycles", u.Bubble())
	}
}

// When decode discovers transfers, what the BTB does not know is late even if
// its target is predicted otherwise, and returns take entries.
func TestDiscovery(t *testing.T) {
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 4}
	jump := isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4}
	spec := Spec{Direction: "taken", BTB: BTBSpec{Entries: 16, Ways: 4}, RAS: 4, Indirect: "tagged:entries=16"}
	for _, d := range []Discovery{DiscoverAtFetch, DiscoverAtDecode} {
		spec.Discovery = d
		first := AtOnce
		if d == DiscoverAtDecode {
			first = AtDecode
		}
		u := newUnit(t, spec, 1)
		for i := range 2 {
			var p Prediction
			u.run(0, 0x1000, &call, true, 0x2000)
			got := u.Predict(0, 0x2000, &ret, 0, &p)
			if want := []Timing{first, AtOnce}[i]; got != want || p.Target != 0x1004 || !p.TargetKnown {
				t.Errorf("%s: return %d: %v, %+v; want %v", d, i, got, p, want)
			}
			u.Commit(0, 0x2000, &ret, &p, true, 0x1004)
		}
		// The target cache knows a jump that the BTB has lost.
		u.indirect.Train(0, 0x3000, u.fronts[0].targets, 0x4000, false)
		var p Prediction
		if got := u.Predict(0, 0x3000, &jump, 0, &p); got != first || p.Target != 0x4000 {
			t.Errorf("%s: indirect jump: %v, %+v", d, got, p)
		}
	}
}

// What a wrong path leaves of the return stack, by repair.
func TestReturnStackRepair(t *testing.T) {
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 4}
	br := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
	paths := map[string][]*isa.Inst{
		"call":               {&call},
		"return":             {&ret},
		"return, call":       {&ret, &call},
		"return twice, call": {&ret, &ret, &call},
		"calls all around":   {&call, &call, &call, &call, &call, &call, &call, &call},
	}
	for path, want := range map[string]map[Repair]int{ // of three returns, how many are right afterwards
		"call":               {RepairNone: 0, RepairTop: 3, RepairEntry: 3, RepairFull: 3},
		"return":             {RepairNone: 0, RepairTop: 3, RepairEntry: 3, RepairFull: 3},
		"return, call":       {RepairNone: 2, RepairTop: 2, RepairEntry: 3, RepairFull: 3},
		"return twice, call": {RepairNone: 0, RepairTop: 2, RepairEntry: 2, RepairFull: 3},
		"calls all around":   {RepairNone: 0, RepairTop: 0, RepairEntry: 1, RepairFull: 3},
	} {
		for repair, right := range want {
			u := newUnit(t, Spec{Direction: "taken", RAS: 8, RASRepair: repair}, 1)
			for i := range 3 {
				u.run(0, isa.Addr(0x1000*(i+1)), &call, true, isa.Addr(0x1000*(i+2)))
			}
			var p, scratch Prediction
			u.Predict(0, 0x4000, &br, 0x4040, &p)
			for i, in := range paths[path] {
				u.Predict(0, isa.Addr(0x9000+8*i), in, 0x9100, &scratch)
			}
			u.Repair(0, 0x4000, &br, &p, false, 0x4004)
			got := 0
			for i := 3; i > 0; i-- {
				if !u.run(0, 0x5000, &ret, true, isa.Addr(0x1000*i+4)) {
					got++
				}
			}
			if got != right {
				t.Errorf("%s, repair %s: %d returns of three are right, want %d", path, repair, got, right)
			}
		}
	}
}

// A stack of n entries knows n nested calls and no more.
func TestReturnStackCapacity(t *testing.T) {
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 4}
	for depth := 1; depth < 20; depth++ {
		u := newUnit(t, Spec{Direction: "taken", RAS: 8}, 1)
		wrong := 0
		for i := range depth {
			u.run(0, isa.Addr(0x1000+i*0x10), &call, true, 0x4000)
		}
		for i := depth - 1; i >= 0; i-- {
			if u.run(0, 0x4000, &ret, true, isa.Addr(0x1004+i*0x10)) {
				wrong++
			}
		}
		if want := max(0, depth-8); wrong != want {
			t.Errorf("%d calls: %d returns wrong, want %d", depth, wrong, want)
		}
	}
}
