package pipeline

import "testing"

// Skipping idle cycles changes no statistic of a memory that has a clock of its
// own.
func TestIdleSkippingDDR(t *testing.T) {
	for _, memory := range []string{"ddr:mhz=1333,page=closed,high=2,low=0,writes=2", "ddr5"} {
		run := func(noSkip bool) map[string]uint64 {
			r := newRig("icount.2.8")
			r.noSkip = noSkip
			r.caches.Memory, r.caches.Frequency = memory, 3700
			r.caches.L2.Size = 32 << 10
			scripts := []*script{mixed(1, 20_000), chase(1 << 13), mixed(3, 20_000)}
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
		if with["memory.row_hits"] == 0 || with["memory.row_conflicts"]+with["memory.row_misses"] == 0 || with["memory.writes"] == 0 {
			t.Errorf("%s: %d row hits, %d conflicts, %d misses, %d writes", memory, with["memory.row_hits"], with["memory.row_conflicts"], with["memory.row_misses"], with["memory.writes"])
		}
	}
}
