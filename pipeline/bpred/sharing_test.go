package bpred

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// With split tables and a stack each, nothing that another thread does changes
// what a thread is told, whatever the predictors.
func TestSplitIsolates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		spec.Sharing = SharingSpec{Direction: Split, BTB: Split, Indirect: Split, RAS: PerThread}
		if spec.Indirect == "tagged:entries=1" {
			spec.Indirect = "none"
		}
		if spec.BTB.Entries > 0 {
			spec.BTB = BTBSpec{Entries: 16, Ways: 2}
		}
		const contexts = 3
		alone, beside := newUnit(t, spec, contexts), newUnit(t, spec, contexts)
		me := isa.Context(rapid.IntRange(0, contexts-1).Draw(t, "me"))
		plantLoops(alone)
		plantLoops(beside)
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			x := drawTransfer(t)
			if other := isa.Context(rapid.IntRange(0, contexts-1).Draw(t, "ctx")); other != me {
				beside.run(other, x.pc, &x.in, x.taken, x.target)
				continue
			}
			var p, q Prediction
			a := alone.Predict(me, x.pc, &x.in, x.direct(), &p)
			b := beside.Predict(me, x.pc, &x.in, x.direct(), &q)
			if p != q || a != b {
				t.Fatalf("%+v: %+v alone, %+v beside others", x, p, q)
			}
			if p.error(&x.in, x.taken, x.target) != 0 {
				alone.Repair(me, x.pc, &x.in, &p, x.taken, x.target)
				beside.Repair(me, x.pc, &x.in, &q, x.taken, x.target)
			}
			alone.Commit(me, x.pc, &x.in, &p, x.taken, x.target)
			beside.Commit(me, x.pc, &x.in, &q, x.taken, x.target)
		}
	})
}

// What one thread has learned another knows with shared tables, and not with
// tagged or split ones: directions, targets and return addresses.
func TestSharing(t *testing.T) {
	br := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
	jump := isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4}
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 4}
	for _, row := range Catalog.Rows {
		if row.Name == "taken" {
			continue
		}
		for _, s := range []Sharing{Shared, Tagged, Split} {
			u := newUnit(t, Spec{Direction: row.Name, Sharing: SharingSpec{Direction: s}}, 2)
			for range 20 {
				u.run(0, 0x1a5c, &br, true, 0x1040)
				u.run(1, 0x2468, &br, true, 0x1040) // the same history
			}
			var mine, other Prediction
			u.Predict(0, 0x1a5c, &br, 0x1040, &mine)
			u.Predict(1, 0x1a5c, &br, 0x1040, &other)
			if !mine.Taken {
				t.Errorf("%s, %s: not learned", row.Name, s)
			}
			if weak := row.Name == "perceptron"; !weak && other.Taken != (s == Shared) {
				t.Errorf("%s, %s: the other thread is told %v", row.Name, s, other.Taken)
			}
		}
	}
	for _, indirect := range []IndirectSpec{"tagged", "ittage"} {
		for _, s := range []Sharing{Shared, Tagged, Split} {
			u := newUnit(t, Spec{Direction: "taken", Indirect: indirect, Sharing: SharingSpec{Indirect: s}}, 2)
			for range 10 {
				u.run(0, 0x1000, &jump, true, 0x4000)
			}
			for range 10 {
				u.run(1, 0x2468, &jump, true, 0x4000) // the same history of targets
			}
			var p Prediction
			u.Predict(1, 0x1000, &jump, 0, &p)
			if known := p.TargetKnown && p.Target == 0x4000; known != (s == Shared) {
				t.Errorf("%s, %s: %#x, %v", indirect, s, p.Target, p.TargetKnown)
			}
		}
	}
	for _, s := range []Sharing{Shared, Tagged, Split} {
		u := newUnit(t, Spec{Direction: "taken", BTB: BTBSpec{Entries: 64, Ways: 2}, Sharing: SharingSpec{BTB: s}}, 2)
		u.run(0, 0x1000, &call, true, 0x4000)
		if _, known, _ := u.lookup(1, 0x1000); known != (s == Shared) {
			t.Errorf("BTB, %s: known %v", s, known)
		}
	}
	for _, s := range []Sharing{Shared, PerThread} {
		u := newUnit(t, Spec{Direction: "taken", RAS: 4, Sharing: SharingSpec{RAS: s}}, 2)
		u.run(0, 0x1000, &call, true, 0x4000)
		u.run(1, 0x2000, &call, true, 0x4000)
		if wrong := u.run(0, 0x4000, &ret, true, 0x1004); wrong != (s == Shared) {
			t.Errorf("return stack, %s: wrong %v", s, wrong)
		}
	}
}

// A split gives each thread half of two, and a quarter of three: with twice
// the branches of its part a thread loses some.
func TestSplitCapacity(t *testing.T) {
	for contexts, capacity := range map[int]int{1: 64, 2: 32, 3: 16, 4: 16} {
		b, err := newBTB(64, 1, Shape{Contexts: contexts, Sharing: Split})
		if err != nil {
			t.Fatal(err)
		}
		for owner := range contexts {
			for i := range 64 {
				b.train(isa.Context(owner), isa.Addr(0x1000+2*i), 0x40)
			}
		}
		for owner := range contexts {
			known := 0
			for i := range 64 {
				if _, ok := b.lookup(isa.Context(owner), isa.Addr(0x1000+2*i)); ok {
					known++
				}
			}
			if known != capacity {
				t.Errorf("thread %d of %d: %d entries, want %d", owner, contexts, known, capacity)
			}
		}
	}
}

// What cannot be split, or is no way to share, is an error with its path.
func TestSharingErrors(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		`branch.sharing.direction: unknown value "spilt", did you mean "split"?`: func(s *Spec) { s.Sharing.Direction = "spilt" },
		`branch.sharing.ras: unknown value "split"`:                              func(s *Spec) { s.Sharing.RAS = Split },
		`branch.sharing.btb: unknown value "per-thread"`:                         func(s *Spec) { s.Sharing.BTB = PerThread },
		`branch.discovery: unknown value "rename"`:                               func(s *Spec) { s.Discovery = "rename" },
		`branch.ras-repair: unknown value "all"`:                                 func(s *Spec) { s.RASRepair = "all" },
		`branch.btb2.bubble: 65 is above 64`:                                     func(s *Spec) { s.BTB2.Bubble = 65 },
		`branch.btb2.ways: 0 is below 1`:                                         func(s *Spec) { s.BTB2.Entries = 64 },
		`branch.btb: 2 sets cannot be split among 4 threads`:                     func(s *Spec) { s.BTB, s.Sharing.BTB = BTBSpec{4, 2}, Split },
		`branch.direction: a table of 2 entries cannot be split among 4 threads`: func(s *Spec) { s.Direction, s.Sharing.Direction = "bimodal:bits=1", Split },
		`branch.indirect: a table of 2 entries cannot be split among 4 threads`:  func(s *Spec) { s.Indirect, s.Sharing.Indirect = "2", Split },
	} {
		s := testSpec
		change(&s)
		if errs := s.Validate("branch", 4); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%v, want %q", errs, want)
		}
	}
}
