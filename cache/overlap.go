package cache

import "github.com/threadmill-sim/threadmill/isa"

// Overlap counts how many of a thread's reads of main memory are under way
// at a time, prefetches apart: memory-level parallelism is Outstanding /
// MissCycles (Chou, Fahs and Abraham, ISCA 2004). Page walks and instruction
// lines are reads, too.
type Overlap struct {
	Outstanding uint64 `stat:"outstanding" unit:"read-cycles" doc:"demand reads of memory under way, summed over cycles; by miss_cycles: MLP"`
	MissCycles  uint64 `stat:"miss_cycles" unit:"cycles" doc:"cycles with at least one demand read of memory under way"`

	now   uint64 // under way since …
	since isa.Cycle
}

// change adds n reads that begin, or -n that end.
func (o *Overlap) change(now isa.Cycle, n int) {
	if o.now > 0 {
		o.Outstanding += o.now * uint64(now-o.since)
		o.MissCycles += uint64(now - o.since)
	}
	o.now += uint64(n)
	o.since = now
}

// read counts a demand read of memory that begins (1) or ends (-1).
func (h *Hierarchy) read(now isa.Cycle, thread isa.Context, n int) {
	h.overlap[0].change(now, n)
	h.overlap[1+thread].change(now, n)
}

// Settle brings the counters that are summed over cycles up to now.
func (h *Hierarchy) Settle(now isa.Cycle) {
	for i := range h.overlap {
		h.overlap[i].change(now, 0)
	}
}
