package bpred

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// sameUnits compares everything but the counters.
func sameUnits(a, b *Unit) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(
		Unit{}, front{}, returnStack{}, btb{}, btbEntry{}, indirectTable{}, indirectEntry{},
		bimodal{}, gshare{}, tournament{}, alwaysTaken{},
	), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".stats" }, cmp.Ignore()))
}

// Warming with transfers leaves what predicting, repairing and committing them
// leaves, one after the other, whatever has been before, in every table and
// every context; nothing is counted.
func TestWarmIsCommit(t *testing.T) {
	directions := []string{"taken", "bimodal:bits=4", "gshare:bits=5,history=3", "tournament:bits=5,history=5"}
	if len(directions) != len(Catalog.Rows) {
		t.Fatalf("%d direction predictors are tested, there are %d", len(directions), len(Catalog.Rows))
	}
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{
			Direction: rapid.SampledFrom(directions).Draw(t, "direction"),
			RAS:       rapid.SampledFrom([]int{0, 1, 4}).Draw(t, "ras"),
			Indirect:  rapid.SampledFrom([]int{0, 1, 16}).Draw(t, "indirect"),
		}
		if ways := rapid.IntRange(0, 3).Draw(t, "btb"); ways > 0 {
			spec.BTB = BTBSpec{Entries: 8 * ways, Ways: ways}
		}
		predicted, warmed := newUnit(t, spec, 2), newUnit(t, spec, 2)
		begin := rapid.IntRange(0, 20).Draw(t, "before")
		for i := range rapid.IntRange(begin, 150).Draw(t, "n") {
			x, ctx := drawTransfer(t), isa.Context(rapid.IntRange(0, 1).Draw(t, "ctx"))
			if i < begin {
				predicted.run(ctx, x.pc, &x.in, x.taken, x.target)
				warmed.run(ctx, x.pc, &x.in, x.taken, x.target)
				continue
			}
			count := *warmed.Stats(ctx)
			var p Prediction
			predicted.Predict(ctx, x.pc, &x.in, &p)
			taken := p.Taken
			if p.error(&x.in, x.taken, x.target) != 0 {
				predicted.Repair(ctx, x.pc, &x.in, &p, x.taken, x.target)
			}
			predicted.Commit(ctx, x.pc, &x.in, &p, x.taken, x.target)
			if got := warmed.Warm(ctx, x.pc, &x.in, x.taken, x.target); got != taken {
				t.Fatalf("%+v: predicted taken %v, want %v", x, got, taken)
			}
			if diff := sameUnits(predicted, warmed); diff != "" {
				t.Fatalf("%+v (-predicted +warmed):\n%s", x, diff)
			}
			if *warmed.Stats(ctx) != count {
				t.Fatalf("%+v was counted: %+v", x, *warmed.Stats(ctx))
			}
		}
	})
}

func TestWarmingAllocatesNothing(t *testing.T) {
	u := newUnit(t, testSpec, 1)
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		in := isa.Inst{Class: isa.Branch, Size: 4, Control: isa.CondBranch + isa.Control(i%6)}
		u.Warm(0, isa.Addr(i%256*2), &in, i%3 == 0, isa.Addr(i))
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
