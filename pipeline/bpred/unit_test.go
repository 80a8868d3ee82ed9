package bpred

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/threadmill-sim/threadmill/isa"
	"pgregory.net/rapid"
)

func newUnit(t rapid.TB, spec Spec, contexts int) *Unit {
	t.Helper()
	u, err := New(spec, contexts, 64)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var testSpec = Spec{Direction: "gshare:bits=8,history=8", BTB: BTBSpec{Entries: 32, Ways: 2}, RAS: 8, Indirect: "16"}

// run takes one transfer from fetch to commit, with no wrong path, and reports
// whether it was mispredicted.
func (u *Unit) run(t isa.Context, pc isa.Addr, in *isa.Inst, taken bool, target isa.Addr) (wrong bool) {
	var p Prediction
	u.Predict(t, pc, in, target, &p)
	if wrong = p.error(in, taken, target) != 0; wrong {
		u.Repair(t, pc, in, &p, taken, target)
	}
	u.Commit(t, pc, in, &p, taken, target)
	return wrong
}

// transfer is one control transfer with its outcome.
type transfer struct {
	pc     isa.Addr
	in     isa.Inst
	taken  bool
	target isa.Addr
}

// direct is the target that stands in the instruction.
func (x *transfer) direct() isa.Addr {
	if x.in.Control.Direct() {
		return x.target
	}
	return 0
}

// calls is how many calls of the path so far have not returned: that many
// entries of the return stack are live, and others are nobody's concern.
type calls int

// follow keeps count; it reports whether the transfer keeps the stack within
// its depth and its calls.
func (c *calls) follow(control isa.Control) bool {
	switch control {
	case isa.Call, isa.IndirectCall:
		if int(*c) == testSpec.RAS {
			return false
		}
		*c++
	case isa.Return:
		if *c == 0 {
			return false
		}
		*c--
	}
	return true
}

func drawTransfer(t *rapid.T) transfer {
	x := transfer{
		pc: isa.Addr(rapid.IntRange(0x800, 0x820).Draw(t, "pc")) * 2,
		in: isa.Inst{Class: isa.Branch, Size: 4, Control: rapid.SampledFrom([]isa.Control{
			isa.CondBranch, isa.CondBranch, isa.CondBranch, isa.Jump, isa.Call, isa.IndirectJump, isa.IndirectCall, isa.Return,
		}).Draw(t, "control")},
		taken:  true,
		target: isa.Addr(rapid.IntRange(0x1000, 0x1008).Draw(t, "target")) * 2,
	}
	if x.in.Control == isa.CondBranch {
		x.taken = rapid.Bool().Draw(t, "taken")
	}
	if x.in.Control.Direct() {
		x.target = x.pc + isa.Addr(rapid.SampledFrom([]int{0x40, -0x40}).Draw(t, "offset"))
	}
	return x
}

// state is a context's speculative state, copied.
func (u *Unit) state(t isa.Context) front {
	f := u.fronts[t]
	f.stack = &returnStack{slices.Clone(f.stack.entries), f.stack.top}
	f.pushes = nil
	return f
}

// sameState compares two states of which the given number of return addresses
// is live.
func sameState(a, b front, live calls) string {
	return cmp.Diff(a.living(live), b.living(live), cmp.AllowUnexported(front{}, returnStack{}))
}

// living is the state with the live entries alone, the youngest first.
func (f front) living(n calls) front {
	var live []isa.Addr
	s := *f.stack
	for ; len(live) < int(n); s.pop() {
		a, _ := s.peek()
		live = append(live, a)
	}
	f.stack = &returnStack{live, f.stack.top}
	return f
}

// wrongPath predicts transfers that will be squashed, some of them resolved
// and repaired on the way. It keeps to what the return stack's checkpoint can
// undo: no call after returning past the entry on top, none that wraps round
// into the live entries. before and after are the calls around the transfer
// that was mispredicted.
func wrongPath(t *rapid.T, u *Unit, before, after calls) {
	depth := int(after - before)
	lowest := min(depth, 0)
	for range rapid.IntRange(0, 12).Draw(t, "wrong path") {
		x := drawTransfer(t)
		switch x.in.Control {
		case isa.Call, isa.IndirectCall:
			if lowest < -1 || int(before)+depth >= testSpec.RAS {
				continue
			}
			depth++
		case isa.Return:
			depth--
			lowest = min(lowest, depth)
		}
		var p Prediction
		u.Predict(0, x.pc, &x.in, x.direct(), &p)
		if p.error(&x.in, x.taken, x.target) != 0 && rapid.Bool().Draw(t, "resolves") {
			u.Repair(0, x.pc, &x.in, &p, x.taken, x.target)
		}
	}
}

// After a wrong path and its repair the state is that of a thread that never
// went there, and so are all later predictions.
func TestRepair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strayed, straight := newUnit(t, testSpec, 2), newUnit(t, testSpec, 2)
		var live calls
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			x := drawTransfer(t)
			before := live
			if !live.follow(x.in.Control) {
				continue
			}
			var p, q Prediction
			strayed.Predict(0, x.pc, &x.in, x.direct(), &p)
			straight.Predict(0, x.pc, &x.in, x.direct(), &q)
			if p != q && before > 0 { // on an empty stack the entry on top is dead
				t.Fatalf("%+v: predicted %+v after wrong paths, %+v without", x, p, q)
			}
			if p.error(&x.in, x.taken, x.target) != 0 {
				wrongPath(t, strayed, before, live)
				strayed.Repair(0, x.pc, &x.in, &p, x.taken, x.target)
				straight.Repair(0, x.pc, &x.in, &q, x.taken, x.target)
			}
			if diff := sameState(straight.state(0), strayed.state(0), live); diff != "" {
				t.Fatalf("%+v: %s", x, diff)
			}
			if x.in.Control == isa.CondBranch && straight.fronts[0].history&1 != 0 != x.taken {
				t.Fatalf("%+v: history %b", x, straight.fronts[0].history)
			}
			strayed.Commit(0, x.pc, &x.in, &p, x.taken, x.target)
			straight.Commit(0, x.pc, &x.in, &q, x.taken, x.target)
		}
		if diff := cmp.Diff(straight.Stats(0), strayed.Stats(0)); diff != "" {
			t.Fatal(diff)
		}
		empty := newReturnStack(testSpec.RAS)
		if diff := sameState(front{stack: &empty}, strayed.state(1), calls(testSpec.RAS)); diff != "" {
			t.Fatalf("the other thread: %s", diff)
		}
	})
}

// A squash of the correct path and its refetch, whole or in part and again,
// leave the state that there was, and the counts.
func TestRestoreAndReapply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		squashed, straight := newUnit(t, testSpec, 1), newUnit(t, testSpec, 1)
		n := rapid.IntRange(1, 20).Draw(t, "n")
		run := make([]transfer, n)
		p, q := make([]Prediction, n), make([]Prediction, n)
		after := make([]front, n)
		var live calls
		for i := range run {
			x := &run[i]
			for *x = drawTransfer(t); !live.follow(x.in.Control); *x = drawTransfer(t) {
				continue
			}
			squashed.Predict(0, x.pc, &x.in, x.direct(), &p[i])
			straight.Predict(0, x.pc, &x.in, x.direct(), &q[i])
			if p[i].error(&x.in, x.taken, x.target) != 0 {
				squashed.Repair(0, x.pc, &x.in, &p[i], x.taken, x.target)
				straight.Repair(0, x.pc, &x.in, &q[i], x.taken, x.target)
			}
			after[i] = squashed.state(0)
		}
		end := n // transfers fetched at present
		for range rapid.IntRange(1, 4).Draw(t, "squashes") {
			from := rapid.IntRange(0, end-1).Draw(t, "from")
			squashed.Restore(0, &p[from])
			end = rapid.IntRange(from+1, n).Draw(t, "refetched")
			for i := from; i < end; i++ {
				squashed.Reapply(0, run[i].pc, &run[i].in, &p[i])
			}
			// The stack may be wrong on the way: no prediction is made there.
			got, want := squashed.fronts[0], after[end-1]
			if got.history != want.history || got.targets != want.targets || got.stack.top != want.stack.top {
				t.Fatalf("refetched %d … %d: %+v, want %+v", from, end-1, got, want)
			}
		}
		for i := end; i < n; i++ {
			squashed.Reapply(0, run[i].pc, &run[i].in, &p[i])
		}
		if diff := sameState(straight.state(0), squashed.state(0), live); diff != "" {
			t.Fatal(diff)
		}
		for i := range run {
			squashed.Commit(0, run[i].pc, &run[i].in, &p[i], run[i].taken, run[i].target)
			straight.Commit(0, run[i].pc, &run[i].in, &q[i], run[i].taken, run[i].target)
		}
		if diff := cmp.Diff(straight.Stats(0), squashed.Stats(0)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(straight.btb.entries, squashed.btb.entries, cmp.AllowUnexported(btbEntry{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What hardware that repairs the top alone gets wrong, it gets wrong here:
// a wrong path that returns twice and calls leaves its return address behind.
func TestRepairLeavesOneEntry(t *testing.T) {
	u := newUnit(t, testSpec, 1)
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 2}
	br := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
	u.run(0, 0x1000, &call, true, 0x2000)
	u.run(0, 0x2000, &call, true, 0x3000)
	var p, scratch Prediction
	u.Predict(0, 0x3000, &br, 0x3040, &p)
	u.Predict(0, 0x3004, &ret, 0, &scratch)
	u.Predict(0, 0x2004, &ret, 0, &scratch)
	u.Predict(0, 0x7000, &call, 0x7100, &scratch)
	u.Repair(0, 0x3000, &br, &p, !p.Taken, 0x3040)
	if u.run(0, 0x3044, &ret, true, 0x2004) {
		t.Error("the entry on top was not repaired")
	}
	if !u.run(0, 0x2004, &ret, true, 0x1004) {
		t.Error("the entry below was repaired: the model says it is not")
	}
}

// Counted is how a transfer was predicted when it was first fetched.
func TestStats(t *testing.T) {
	u := newUnit(t, Spec{Direction: "taken", BTB: BTBSpec{Entries: 8, Ways: 1}, RAS: 4}, 2)
	br := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
	jump := isa.Inst{Class: isa.Branch, Control: isa.Jump, Size: 4}
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	indirect := isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 2}
	u.run(0, 0x1000, &br, true, 0x1040)       // right, but the BTB did not know the target
	u.run(0, 0x1000, &br, true, 0x1040)       // right
	u.run(0, 0x1000, &br, false, 0x1040)      // wrong
	u.run(0, 0x1002, &jump, true, 0x1080)     // misfetch
	u.run(0, 0x1004, &call, true, 0x2000)     // misfetch
	u.run(0, 0x2000, &ret, true, 0x1008)      // right
	u.run(0, 0x2000, &ret, true, 0x1008)      // wrong: the stack is empty
	u.run(0, 0x1006, &indirect, true, 0x3000) // wrong: unknown
	u.run(0, 0x1006, &indirect, true, 0x3000) // right
	u.run(0, 0x1006, &indirect, true, 0x3004) // wrong target
	u.run(0, 0x1010, &br, false, 0x1014)      // the wrong direction to the right place
	want := Stats{
		Transfers: 11, Conditional: 4, Indirect: 3, Returns: 2,
		Mispredicted: 4, DirectionWrong: 2, IndirectTargetsWrong: 2, ReturnsWrong: 1, BTBMisses: 3,
	}
	if diff := cmp.Diff(want, *u.Stats(0)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Stats{}, *u.Stats(1)); diff != "" {
		t.Errorf("the other thread: %s", diff)
	}
}

// Training uses the history that the prediction was made with, however many
// branches have been fetched before it commits.
func TestCommitTrainsThePast(t *testing.T) {
	u := newUnit(t, testSpec, 1)
	br := isa.Inst{Class: isa.Branch, Control: isa.CondBranch, Size: 4}
	const period, delay, n = 5, 3, 500
	taken := func(i int) bool { return i%period != 0 }
	p := make([]Prediction, n)
	wrong := 0
	for i := range n {
		u.Predict(0, 0x1000, &br, 0x1040, &p[i])
		if p[i].Taken != taken(i) {
			u.Repair(0, 0x1000, &br, &p[i], taken(i), 0x1040)
			if i > n/2 {
				wrong++
			}
		}
		if i >= delay {
			u.Commit(0, 0x1000, &br, &p[i-delay], taken(i-delay), 0x1040)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of a loop's branches are wrong when they commit %d later", wrong, delay)
	}
}

// Without a return stack the BTB predicts returns by their last target.
func TestReturnsWithoutStack(t *testing.T) {
	u := newUnit(t, Spec{Direction: "taken", BTB: BTBSpec{Entries: 8, Ways: 1}}, 1)
	call := isa.Inst{Class: isa.Branch, Control: isa.Call, Size: 4}
	ret := isa.Inst{Class: isa.Branch, Control: isa.Return, Size: 2}
	for i, want := range []bool{true, false, true} { // first, the same again, from elsewhere
		from := isa.Addr(0x1000 + i/2*0x100)
		u.run(0, from, &call, true, 0x2000)
		if got := u.run(0, 0x2002, &ret, true, from+4); got != want {
			t.Errorf("return %d: wrong %v, want %v", i, got, want)
		}
	}
}

func TestPredictingAllocatesNothing(t *testing.T) {
	u := newUnit(t, testSpec, 1)
	var p Prediction
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		in := isa.Inst{Class: isa.Branch, Size: 4, Control: isa.CondBranch + isa.Control(i%6)}
		pc := isa.Addr(i % 256 * 2)
		u.Predict(0, pc, &in, pc+0x40, &p)
		u.Repair(0, pc, &in, &p, i%3 == 0, isa.Addr(i))
		u.Commit(0, pc, &in, &p, i%3 == 0, isa.Addr(i))
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Every field that cannot be built is named with its path.
func TestSpecErrors(t *testing.T) {
	good := testSpec
	if errs := good.Validate("branch", 1); len(errs) > 0 {
		t.Errorf("a good specification: %v", errs)
	}
	for want, change := range map[string]func(*Spec){
		"branch.direction: unknown predictor":                       func(s *Spec) { s.Direction = "gshar" },
		`did you mean "gshare"`:                                     func(s *Spec) { s.Direction = "gshar" },
		"branch.direction: gshare: history=9 is more":               func(s *Spec) { s.Direction = "gshare:bits=8,history=9" },
		"branch.btb.entries: -1 is below 0":                         func(s *Spec) { s.BTB.Entries = -1 },
		"branch.btb.entries: 8388608 is above 4194304":              func(s *Spec) { s.BTB.Entries = 1 << 23 },
		"branch.btb.ways: 0 is below 1":                             func(s *Spec) { s.BTB.Ways = 0 },
		"branch.btb.ways: 64 is above 32":                           func(s *Spec) { s.BTB.Ways = 64 },
		"branch.btb: 32 entries in sets of 3 ways":                  func(s *Spec) { s.BTB.Ways = 3 },
		"branch.ras: 5000 is above 4096":                            func(s *Spec) { s.RAS = 5000 },
		"branch.indirect: tagged: entries=48 is not a power of two": func(s *Spec) { s.Indirect = "48" },
	} {
		s := testSpec
		change(&s)
		_, err := New(s, 1, 64)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, contexts := range []int{0, isa.MaxContexts + 1} {
		if _, err := New(testSpec, contexts, 64); err == nil {
			t.Errorf("built for %d contexts", contexts)
		}
	}
}
