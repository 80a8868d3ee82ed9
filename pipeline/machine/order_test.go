package machine

import (
	"testing"

	"github.com/threadmill-sim/threadmill/pipeline"
)

// A machine file that says nothing about memory order is the same machine as
// one that spells out what that means.
func TestMemoryOrderDefaults(t *testing.T) {
	spelled := preset(t, "default", "core.lsq.disambiguation=conservative", "core.lsq.penalty=0")
	silent := preset(t, "default")
	silent.Core.LSQ = pipeline.LSQSpec{}
	silent.Core.StoreBuf = pipeline.StoreBuffer{Width: spelled.Core.StoreBuf.Width}
	if err := silent.Validate(); err != nil {
		t.Fatal(err)
	}
	if spelled.Digest() != silent.Digest() {
		t.Errorf("%s\nand\n%s", spelled, silent)
	}
}

// On a program that loads the addresses of its stores, store sets come close to
// the oracle; loads that wait for all stores do not.
func TestStoreSetsOnProgram(t *testing.T) {
	p := opened(t, "bfs@test")
	cycles := map[string]uint64{}
	for _, mode := range []string{"conservative", "store-sets", "perfect"} {
		j := job(t, "single", Limits{Insts: 100_000}, p)
		j.Config = preset(t, "default", "core.lsq.disambiguation="+mode, "core.lsq.penalty=5")
		cycles[mode] = run(t, j).Cycles
	}
	if cycles["store-sets"] > cycles["perfect"]*102/100 || cycles["conservative"] < cycles["perfect"]*105/100 {
		t.Errorf("cycles: %v", cycles)
	}
}
