package bpred

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
)

// smallDirections are the rows in sizes that get full, and are quick to
// compare.
func smallDirections() []string {
	small := map[string]string{
		"bimodal":    ":bits=4",
		"gshare":     ":bits=5,history=3",
		"tournament": ":bits=5,history=5",
		"perceptron": ":bits=2,history=20",
		"tage":       ":tables=4,bits=4,base=4,tag=5,min=2,max=90",
		"tage-sc-l":  ":size=8",
	}
	var specs []string
	for _, row := range Catalog.Rows {
		specs = append(specs, row.Name+small[row.Name])
	}
	return specs
}

// smallIndirects are the same of the predictors of indirect targets.
func smallIndirects() []IndirectSpec {
	small := map[string]string{"tagged": ":entries=16", "ittage": ":tables=3,bits=4,base=3,tag=6,min=1,max=70"}
	specs := []IndirectSpec{"tagged:entries=1"}
	for _, row := range IndirectCatalog.Rows {
		specs = append(specs, IndirectSpec(row.Name+small[row.Name]))
	}
	return specs
}

// drawSpec draws a specification of a unit of two contexts.
func drawSpec(t *rapid.T) Spec {
	tables := []Sharing{"", Shared, Tagged, Split}
	spec := Spec{
		Direction: rapid.SampledFrom(smallDirections()).Draw(t, "direction"),
		Indirect:  rapid.SampledFrom(smallIndirects()).Draw(t, "indirect"),
		RAS:       rapid.SampledFrom([]int{0, 1, 4}).Draw(t, "ras"),
		RASRepair: rapid.SampledFrom([]Repair{"", RepairNone, RepairTop, RepairEntry, RepairFull}).Draw(t, "repair"),
		Discovery: rapid.SampledFrom([]Discovery{DiscoverAtFetch, DiscoverAtDecode}).Draw(t, "discovery"),
		Sharing: SharingSpec{
			Direction: rapid.SampledFrom(tables).Draw(t, "direction tables"),
			BTB:       rapid.SampledFrom(tables).Draw(t, "btb tables"),
			Indirect:  rapid.SampledFrom(tables).Draw(t, "indirect tables"),
			RAS:       rapid.SampledFrom([]Sharing{"", PerThread, Shared}).Draw(t, "stacks"),
		},
	}
	if spec.Indirect == "tagged:entries=1" && spec.Sharing.Indirect == Split {
		spec.Sharing.Indirect = Tagged
	}
	if ways := rapid.IntRange(0, 3).Draw(t, "btb"); ways > 0 {
		spec.BTB = BTBSpec{Entries: 8 * ways, Ways: ways}
		if rapid.Bool().Draw(t, "btb2") {
			spec.BTB2 = BTB2Spec{Entries: 32, Ways: 2, Bubble: 1}
		}
	}
	return spec
}

// sameUnits reports whether two units are the same but for their counters.
func sameUnits(a, b *Unit) bool {
	x, y := *a, *b
	x.stats, y.stats = nil, nil
	return reflect.DeepEqual(x, y)
}

// Warming with transfers leaves what predicting, repairing and committing them
// leaves, one after the other, whatever has been before, in every table and
// every context; nothing is counted.
func TestWarmIsCommit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
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
			predicted.Predict(ctx, x.pc, &x.in, x.direct(), &p)
			taken := p.Taken
			if p.error(&x.in, x.taken, x.target) != 0 {
				predicted.Repair(ctx, x.pc, &x.in, &p, x.taken, x.target)
			}
			predicted.Commit(ctx, x.pc, &x.in, &p, x.taken, x.target)
			if got := warmed.Warm(ctx, x.pc, &x.in, x.direct(), x.taken, x.target); got != taken {
				t.Fatalf("%+v: predicted taken %v, want %v", x, got, taken)
			}
			if *warmed.Stats(ctx) != count {
				t.Fatalf("%+v was counted: %+v", x, *warmed.Stats(ctx))
			}
		}
		if !sameUnits(predicted, warmed) {
			t.Fatal("the units differ")
		}
	})
}

func TestWarmingAllocatesNothing(t *testing.T) {
	u := newUnit(t, testSpec, 1)
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		in := isa.Inst{Class: isa.Branch, Size: 4, Control: isa.CondBranch + isa.Control(i%6)}
		u.Warm(0, isa.Addr(i%256*2), &in, 0x100, i%3 == 0, isa.Addr(i))
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
