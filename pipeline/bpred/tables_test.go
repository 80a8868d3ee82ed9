package bpred

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"pgregory.net/rapid"
)

func testBTB(t *testing.T, entries, ways int) *btb {
	t.Helper()
	b, err := newBTB(entries, ways, Shape{Contexts: isa.MaxContexts, Sharing: Tagged})
	if err != nil {
		t.Fatal(err)
	}
	return &b
}

func newIndirect(t testing.TB, spec string) Indirect {
	t.Helper()
	row, args, err := IndirectCatalog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	x, err := row.New(args, Shape{Contexts: isa.MaxContexts, InFlight: 64, Sharing: Tagged})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Four sets of two ways: a third branch of a set replaces the least recently
// committed one, and looking changes nothing.
func TestBTBReplacement(t *testing.T) {
	b := testBTB(t, 8, 2)
	pc := func(set, tag int) isa.Addr { return isa.Addr(set*2 + tag*8) }
	want := func(what string, addr isa.Addr, target isa.Addr, known bool) {
		t.Helper()
		if got, ok := b.lookup(0, addr); ok != known || got != target {
			t.Errorf("%s: %#x, %v; want %#x, %v", what, got, ok, target, known)
		}
	}
	want("empty", pc(1, 0), 0, false)
	b.train(0, pc(1, 0), 0x100)
	b.train(0, pc(1, 1), 0x200)
	b.train(0, pc(2, 2), 0x300) // another set
	want("first", pc(1, 0), 0x100, true)
	want("second", pc(1, 1), 0x200, true)
	for range 5 {
		b.lookup(0, pc(1, 0))
	}
	b.train(0, pc(1, 2), 0x400)
	want("least recently committed, though looked at", pc(1, 0), 0, false)
	want("more recent", pc(1, 1), 0x200, true)
	b.train(0, pc(1, 1), 0x500)
	want("new target", pc(1, 1), 0x500, true)
	b.train(0, pc(1, 3), 0x600)
	want("replaced", pc(1, 2), 0, false)
	want("kept", pc(1, 1), 0x500, true)
	want("other set", pc(2, 2), 0x300, true)
}

// A BTB of n entries holds n branches that follow one another, and so does a
// fully associative one.
func TestBTBCapacity(t *testing.T) {
	for _, ways := range []int{1, 4, 64} {
		b := testBTB(t, 64, ways)
		for i := range 64 {
			b.train(0, isa.Addr(0x1000+2*i), isa.Addr(i))
		}
		for i := range 64 {
			if target, ok := b.lookup(0, isa.Addr(0x1000+2*i)); !ok || target != isa.Addr(i) {
				t.Errorf("%d ways: branch %d: %#x, %v", ways, i, target, ok)
			}
		}
	}
	none := testBTB(t, 0, 0)
	none.train(0, 0x1000, 0x2000)
	if _, ok := none.lookup(0, 0x1000); ok {
		t.Error("a BTB of no entries knows a target")
	}
}

// Two programs with branches at one address do not see each other's targets.
func TestBTBThreads(t *testing.T) {
	b := testBTB(t, 8, 2)
	b.train(0, 0x1000, 0x2000)
	if _, ok := b.lookup(1, 0x1000); ok {
		t.Error("thread 1 has the target of thread 0")
	}
	b.train(1, 0x1000, 0x3000)
	for thread, want := range []isa.Addr{0x2000, 0x3000} {
		if got, ok := b.lookup(isa.Context(thread), 0x1000); !ok || got != want {
			t.Errorf("thread %d: %#x, %v", thread, got, ok)
		}
	}
	if a, b := branchKey(0, 0), branchKey(isa.MaxContexts-1, 1<<57-2); a == 0 || b == 0 || a == b {
		t.Errorf("keys %#x, %#x", a, b)
	}
}

// Within its depth the return stack is a stack; deeper calls overwrite the
// oldest.
func TestReturnStack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 8).Draw(t, "depth")
		s := newReturnStack(depth)
		var model []isa.Addr // bottom first
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			if rapid.Bool().Draw(t, "call") {
				a := isa.Addr(0x1000 + 4*i)
				s.push(a)
				model = append(model, a)
			} else if len(model) > 0 {
				s.pop()
				model = model[:len(model)-1]
			}
			model = model[max(0, len(model)-depth):]
			if len(model) > 0 {
				if a, ok := s.peek(); !ok || a != model[len(model)-1] {
					t.Fatalf("top %#x, %v; want %#x", a, ok, model[len(model)-1])
				}
			}
		}
	})
	empty := newReturnStack(4)
	if _, ok := empty.peek(); ok {
		t.Error("a fresh stack has a return address")
	}
	none := newReturnStack(0)
	none.push(1)
	none.pop()
	none.restore(none.checkpoint())
	if none.exists() {
		t.Error("a stack without entries exists")
	}
}

// A jump whose target follows from the targets before it is learned; one that
// always goes to one place takes no entry.
func TestIndirectHistory(t *testing.T) {
	u := newUnit(t, Spec{Direction: "bimodal", BTB: BTBSpec{Entries: 64, Ways: 4}, RAS: 8, Indirect: "256"}, 1)
	jump := isa.Inst{Class: isa.Branch, Control: isa.IndirectJump, Size: 4}
	cycle := []isa.Addr{0x2000, 0x2040, 0x2000, 0x2080, 0x20c0, 0x2040} // a switch in a loop
	wrong := 0
	for i := range 600 {
		target := cycle[i%len(cycle)]
		if u.run(0, 0x1000, &jump, true, target) && i > 300 {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of 300 in a fixed cycle of targets are wrong", wrong)
	}
	used := func() (n int) {
		for _, e := range u.indirect.(*targetCache).entries {
			if e.key != 0 {
				n++
			}
		}
		return n
	}
	before := used()
	for range 100 {
		u.run(0, 0x5000, &jump, true, 0x6000)
	}
	if n := used() - before; n > 1 { // the first time the BTB did not know it
		t.Errorf("a jump to one place took %d entries", n)
	}
	// Without the table the last target is all that is known.
	plain := newUnit(t, Spec{Direction: "bimodal", BTB: BTBSpec{Entries: 64, Ways: 4}, RAS: 8}, 1)
	wrong = 0
	for i := range 100 {
		if plain.run(0, 0x1000, &jump, true, cycle[i%2]) {
			wrong++
		}
	}
	if wrong != 100 {
		t.Errorf("alternating targets by the BTB alone: %d of 100 wrong", wrong)
	}
}

// An entry that has been right withstands a few others of its slot.
func TestIndirectConfidence(t *testing.T) {
	x := newIndirect(t, "tagged:entries=1")
	for range 4 {
		x.Train(0, 0x1000, 0, 0x2000, false)
	}
	for k := range maxConfidence {
		x.Train(0, 0x3000, 0, 0x4000, false)
		if target, ok := x.Predict(0, 0x1000, 0); !ok || target != 0x2000 {
			t.Fatalf("gone after %d others", k+1)
		}
	}
	x.Train(0, 0x3000, 0, 0x4000, false)
	if target, ok := x.Predict(0, 0x3000, 0); !ok || target != 0x4000 {
		t.Errorf("not replaced when worn down: %#x, %v", target, ok)
	}
	if _, ok := x.Predict(1, 0x3000, 0); ok {
		t.Error("thread 1 has the entry of thread 0")
	}
}
