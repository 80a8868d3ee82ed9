package pipeline

import (
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/tlb"
)

// Skipping idle cycles changes no statistic of a memory that has a clock of its
// own, nor of split TLBs with pages of two sizes and a walk cache.
func TestIdleSkippingMemorySystem(t *testing.T) {
	for _, memory := range []string{"ddr:mhz=1333,page=closed,high=2,low=0,writes=2", "ddr5"} {
		run := func(noSkip bool) map[string]uint64 {
			r := newRig("icount.2.8")
			r.noSkip = noSkip
			r.caches.Memory, r.caches.Frequency = memory, 3700
			r.caches.L2.Size = 32 << 10
			r.tlbs.Pages = "mixed:30"
			r.tlbs.D = tlb.FirstLevel{Entries: 12, Ways: 4, Misses: 4, Sharing: "static", Large: tlb.Large{Entries: 6, Ways: 3}}
			r.tlbs.L2 = tlb.SecondLevel{Entries: 30, Ways: 5, Latency: 7, Sharing: "cap:2"}
			r.tlbs.Walker.Cache = tlb.WalkCache{Level3: 3, Level2: 3, Level1: 60, Sharing: "static"}
			scripts := []*script{mixed(1, 20_000), chase(1 << 13), mixed(3, 20_000)}
			scripts[1].mem = func(iteration uint64, _ int) isa.Addr { // 64 MiB
				return 1<<24 + isa.Addr(iteration*0x9e3779b97f4a7c15>>38&^7)
			}
			scripts[1].left = 4000
			c := r.build(t, apart(scripts...)...)
			finish(t, c, nil)
			return counters(c)
		}
		with, without := run(false), run(true)
		for name, v := range with {
			if without[name] != v {
				t.Errorf("%s: %s is %d with skipping, %d without", memory, name, v, without[name])
			}
		}
		if with["tlb.walker.level1.hits"] == 0 || with["tlb.walker.level1.evictions"] == 0 {
			t.Errorf("%s: the walk cache has %d hits and %d evictions", memory, with["tlb.walker.level1.hits"], with["tlb.walker.level1.evictions"])
		}
		if with["memory.row_hits"] == 0 || with["memory.row_conflicts"]+with["memory.row_misses"] == 0 || with["memory.writes"] == 0 {
			t.Errorf("%s: %d row hits, %d conflicts, %d misses, %d writes", memory, with["memory.row_hits"], with["memory.row_conflicts"], with["memory.row_misses"], with["memory.writes"])
		}
	}
}
