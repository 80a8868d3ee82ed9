package machine

import (
	"context"
	"slices"
	"strings"
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

// However much of wrong paths and of replays a core fetches, predictors that
// look at tables again when they train learn from the correct path alone: after
// a program they are those of a functional run in the order of its commits. The
// tournament is not among them: it remembers what its parts said at fetch.
func TestPredictorsLearnTheCorrectPath(t *testing.T) {
	for _, c := range []struct {
		scheduler string
		programs  []string
		sets      []string
	}{
		{"single", []string{"sort@test"}, []string{"branch.direction=gshare"}},
		{"single", []string{"sort@test"}, []string{"branch.direction=perceptron", "branch.sharing.direction=tagged"}},
		{"single", []string{"queens@test"}, []string{"branch.direction=tage", "branch.indirect=ittage", "branch.btb2.entries=16384", "branch.btb2.ways=8", "branch.btb.entries=64"}},
		{"coarse:on=l1+l2+llc+tlb", []string{"hashjoin@test", "queens@test"}, []string{"branch.direction=tage-sc-l", "branch.indirect=ittage", "branch.ras-repair=full"}},
		{"flush:trigger=cycles:15", []string{"hashjoin@test", "bfs@test"}, []string{"branch.direction=tage-sc-l:size=8", "branch.indirect=ittage", "branch.sharing.direction=split", "branch.discovery=decode"}},
	} {
		name := c.scheduler + "/" + c.sets[0]
		t.Run(name, func(t *testing.T) {
			type retired struct {
				ctx isa.Context
				d   isa.Dyn
			}
			var order []retired
			j := job(t, c.scheduler, Limits{})
			j.Config = preset(t, "default", c.sets...)
			for _, p := range c.programs {
				j.Programs = append(j.Programs, opened(t, p))
			}
			j.OnRetire = func(ctx isa.Context, d *isa.Dyn) {
				if d.Inst.Control != isa.NoControl {
					order = append(order, retired{ctx, *d})
				}
			}
			s, err := New(j)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			detailed := s.warmer.branch
			functional, err := bpred.New(j.Config.Branch, s.resolved.contexts, 1)
			if err != nil {
				t.Fatal(err)
			}
			places := map[isa.Addr]retired{}
			for i := range order {
				r := &order[i]
				functional.Warm(r.ctx, r.d.PC, &r.d.Inst, r.d.Mem, r.d.Taken, r.d.NextPC)
				places[r.d.PC] = *r
			}
			if len(places) < 50 {
				t.Errorf("%d transfers are too few", len(places))
			}
			for pc, r := range places {
				if r.d.Inst.Control == isa.Return {
					continue // the stack below the calls under way depends on wrong paths
				}
				var p, q bpred.Prediction
				detailed.Predict(r.ctx, pc, &r.d.Inst, r.d.Mem, &p)
				functional.Predict(r.ctx, pc, &r.d.Inst, r.d.Mem, &q)
				if p.Taken != q.Taken || p.TargetKnown != q.TargetKnown || p.Target != q.Target {
					t.Errorf("%#x: %v to %#x, in a functional run %v to %#x", pc, p.Taken, p.Target, q.Taken, q.Target)
				}
				detailed.Restore(r.ctx, &p)
				functional.Restore(r.ctx, &q)
			}
		})
	}
}

// Machine files from when branch.indirect was a number, and nothing was said of
// sharing, repair or a second level, mean what they meant.
func TestBranchSpellings(t *testing.T) {
	want := preset(t, "default", "branch.indirect=tagged:entries=2048")
	for _, text := range []string{
		"branch.indirect = 2048",
		`branch.indirect = "2048"`,
		`branch.indirect = "tagged:entries=2K"`,
	} {
		c, err := load(t, onDefault(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if c.String() != want.String() {
			t.Errorf("%s: another machine", text)
		}
	}
	for text, canonical := range map[string]string{
		"branch.indirect = 0":        `indirect = "none"`,
		"branch.indirect = 64":       `indirect = "tagged:entries=64"`,
		`branch.indirect = "ittage"`: `indirect = "ittage:tables=8,bits=9,base=10,tag=11,min=2,max=300"`,
	} {
		c, err := load(t, onDefault(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !strings.Contains(c.String(), "\n"+canonical+"\n") {
			t.Errorf("%s is not canonically %s", text, canonical)
		}
	}
	if _, err := load(t, onDefault("branch.indirect = 48")); err == nil || !strings.Contains(err.Error(), "m.toml:2: branch.indirect: tagged: entries=48 is not a power of two") {
		t.Errorf("48 entries: %v", err)
	}
	old := func(s *bpred.Spec) {
		s.Discovery, s.RASRepair, s.Sharing, s.BTB2 = "", "", bpred.SharingSpec{}, bpred.BTB2Spec{}
	}
	var cycles [2]uint64
	for i := range cycles {
		j := job(t, "icount", Limits{Insts: 20_000}, opened(t, "sort"), opened(t, "queens"))
		j.Config = preset(t, "default", "branch.discovery=fetch", "branch.btb2.entries=0")
		if i == 1 {
			old(&j.Config.Branch)
		}
		cycles[i] = run(t, j).Cycles
	}
	if cycles[0] != cycles[1] {
		t.Errorf("%d cycles, without the keys %d", cycles[0], cycles[1])
	}
}

// Without wrong paths a control transfer is mispredicted if and only if it
// redirects fetch when it resolves: a branch to the next instruction, predicted
// in whatever direction, is not.
func TestMispredictedIsRedirected(t *testing.T) {
	random := "li s5, 1103515245\n\tmul s2, s2, s5\n\taddi s2, s2, 1013\n\tsrli s3, s2, 27\n\tandi s3, s3, 1\n\t"
	for _, c := range []struct {
		program                      *workloads.Program
		least, most, directionsLeast uint64
	}{
		{program: counted(t, "over", random+"bnez s3, 1f\n\tnop\n1:", 4000, 0), least: 1000, most: 3000, directionsLeast: 1000},
		{program: counted(t, "tonext", random+"bnez s3, 1f\n1:", 4000, 0), most: 50, directionsLeast: 1000},
		{program: opened(t, "queens@test"), least: 1000, most: forever, directionsLeast: 1000},
	} {
		j := job(t, "single", Limits{}, c.program)
		j.Config, j.Threads = preset(t, "default", "core.fetch.wrong-path=stall"), 1
		is := run(t, j).stats()
		wrong := is["branch.mispredicted"]
		if wrong != is["redirects"] || wrong < c.least || wrong > c.most || is["branch.mispredicted_direction"] < c.directionsLeast {
			t.Errorf("%s: %d mispredicted, %d of conditional branches' directions, and %d redirections",
				c.program.Name, wrong, is["branch.mispredicted_direction"], is["redirects"])
		}
	}
}
