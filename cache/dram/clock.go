package dram

import "github.com/threadmill-sim/threadmill/isa"

// clock counts cycles of the memory's own clock.
type clock int64

const never = clock(1) << 62

// ratio is how the two clocks stand to each other: so many core cycles in so
// many memory clocks, in lowest terms. Both start at 0 with an edge.
type ratio struct{ core, mem uint64 }

func newRatio(coreMHz, memMHz int) ratio {
	a, b := coreMHz, memMHz
	for b != 0 {
		a, b = b, a%b
	}
	return ratio{uint64(coreMHz / a), uint64(memMHz / a)}
}

// cycle is the first core cycle at or after a memory clock's edge.
func (r ratio) cycle(m clock) isa.Cycle {
	return isa.Cycle((uint64(m)*r.core + r.mem - 1) / r.mem)
}

// edge is the first memory clock whose edge is not before a core cycle has
// begun, that is, the smallest m for which cycle(m) ≥ c.
func (r ratio) edge(c isa.Cycle) clock {
	if c == 0 {
		return 0
	}
	return clock((uint64(c)-1)*r.mem/r.core + 1)
}
