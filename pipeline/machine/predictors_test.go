package machine

import (
	"context"
	"slices"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/bpred"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
	bundled "github.com/threadmill-sim/threadmill/workloads/suite"
)

// transfers are the control transfers of a bundled workload at its test size.
func transfers(t testing.TB, d bundled.Descriptor) (list []isa.Dyn, insts uint64) {
	t.Helper()
	program := opened(t, d.Name+"@test")
	system := newSystem(preset(t, "default"), 1, 1)
	if _, err := program.Start(system, workloads.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	insts = d.Sizes.Test.Instructions - 1000 // not to its end
	err := system.FastForward(context.Background(), linux.FastForward{Insts: insts, Observe: func(_ isa.Context, ds []isa.Dyn) {
		for i := range ds {
			if ds[i].Inst.Control != isa.NoControl {
				list = append(list, ds[i])
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return list, insts
}

// mpki is the mispredictions per thousand instructions of conditional branches
// that a predictor makes, one branch after the other.
func mpki(t testing.TB, direction string, list []isa.Dyn, insts uint64) float64 {
	t.Helper()
	u, err := bpred.New(bpred.Spec{Direction: direction}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range list {
		d := &list[i]
		if predicted := u.Warm(0, d.PC, &d.Inst, d.Mem, d.Taken, d.NextPC); d.Inst.Control == isa.CondBranch && predicted != d.Taken {
			wrong++
		}
	}
	return 1000 * float64(wrong) / float64(insts)
}

// With the same storage, 64 KB, better predictors mispredict less: in the mean
// over the bundled workloads, and clearly on the one whose branches go as
// others did hundreds of branches before. gshare has the length of history that
// suits runs of a few hundred thousand instructions best: a longer one has more
// counters to train than they have branches.
func TestPredictorsImprove(t *testing.T) {
	predictors := []string{"bimodal:bits=18", "gshare:bits=18,history=8", "tage:tables=12,bits=11,base=14,tag=8,min=4,max=640", "tage-sc-l:size=64"}
	all := bundled.All()
	means := make([]float64, len(predictors))
	for _, d := range all {
		list, insts := transfers(t, d)
		each := make([]float64, len(predictors))
		for i, p := range predictors {
			each[i] = mpki(t, p, list, insts)
			means[i] += each[i] / float64(len(all))
		}
		t.Logf("%-10s %7.3f", d.Name, each)
		if d.Name == "packets" {
			for i := 1; i < len(each); i++ {
				if each[i] >= each[i-1] {
					t.Errorf("packets: %s has %.3f MPKI, %s %.3f", predictors[i], each[i], predictors[i-1], each[i-1])
				}
			}
		}
	}
	t.Logf("%-10s %7.3f", "mean", means)
	if !slices.IsSortedFunc(means, func(a, b float64) int { return int(1e6 * (b - a)) }) {
		t.Errorf("mean MPKI of %v: %.3f", predictors, means)
	}
}
