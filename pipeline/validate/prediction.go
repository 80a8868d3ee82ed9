package validate

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// inner is a loop of n turns, n at least 1, inside each turn.
func inner(n int) loop {
	return loop{body: fmt.Sprintf("li t0, %d\n1:\taddi t0, t0, -1\nbnez t0, 1b", n)}
}

// The BTB is trained at commit. A fence in each turn lets all of it commit
// before the next begins, so that what is in flight adds nothing to what fits.
const settle = "fence rw, rw"

// adjacentJumps is n transfers at neighbouring halfwords, the loop's branch
// the last.
func adjacentJumps(n int) loop {
	return loop{countFirst: true, body: lines(settle, strings.Repeat("c.j 1f\n1:\n", n-1))}
}

// calls is a chain of n calls, each from a place of its own, that return one
// after the other.
func calls(n int) loop {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "func%d:\taddi sp, sp, -16\nsd ra, 0(sp)\n", i)
		if i < n-1 {
			fmt.Fprintf(&b, "call func%d\n", i+1)
		}
		b.WriteString("ld ra, 0(sp)\naddi sp, sp, 16\nret\n")
	}
	return loop{body: "call func0", after: b.String()}
}

// alternating jumps through a register to two places in turn.
var alternating = loop{
	setup: "la a0, left\nla a1, right",
	body:  lines("jr a0", "left: j 1f", "right: nop", "1: xor a0, a0, a1", "xor a1, a0, a1", "xor a0, a0, a1"),
}

// prediction is about the tables that predict.
var prediction = []Kernel{
	{
		Name: "bimodal-loop", Group: "prediction", Unit: "mispredictions per turn",
		Doc:     "a loop in a loop under counters by address",
		Why:     "A 2-bit counter that has seen n − 1 taken branches stays on taken after one that was not: one misprediction at each end of the inner loop.",
		Machine: []string{"branch.direction=bimodal:bits=10"},
		At:      []string{"", "branch.direction=bimodal:bits=14"},
		Breaks:  "branch.direction=gshare:history=8",
		Expect:  value(1), Measure: events("branch.mispredicted_direction", 1, inner(6)),
	},
	{
		Name: "gshare-history", Group: "prediction", Unit: "turns",
		Doc:    "the longest inner loop that global history predicts",
		Why:    "Before the end of an inner loop of n turns the history is n − 1 taken of its own and one of the outer loop: n ones, then the last end. A history of h outcomes is all ones there and nowhere else if h ≥ n; with less it is all ones one turn before, too.",
		At:     []string{"branch.direction=gshare:history=6", "branch.direction=gshare:history=10"},
		Breaks: "branch.direction=gshare:history=12",
		Expect: func(c *machine.Config) float64 {
			var n int
			if _, err := fmt.Sscanf(c.Branch.Direction, "gshare:history=%d", &n); err != nil {
				panic(err)
			}
			return float64(n)
		},
		Measure: withoutAny("branch.mispredicted_direction", 24, func(_ *Bench, n int) loop { return inner(n) }),
	},
	{
		Name: "indirect-btb", Group: "prediction", Unit: "mispredictions per jump",
		Doc:     "a jump to two targets in turn, predicted by its last target",
		Why:     "The last target is the other one, each time.",
		Machine: []string{"branch.indirect=0"},
		At:      []string{"", "branch.btb.ways=1"},
		Breaks:  "branch.indirect=256",
		Expect:  value(1), Measure: events("branch.mispredicted_indirect", 1, alternating),
	},
	{
		Name: "indirect-history", Group: "prediction", Unit: "mispredictions per jump",
		Doc:    "a jump to two targets in turn, predicted by its recent targets",
		Why:    "The history of targets tells the two apart.",
		At:     []string{"", "branch.indirect=64"},
		Breaks: "branch.indirect=0",
		Expect: value(0), Measure: events("branch.mispredicted_indirect", 1, alternating),
	},
	{
		Name: "btb-capacity", Group: "prediction", Unit: "transfers",
		Doc:     "the most taken transfers without a misfetch",
		Why:     "Transfers at neighbouring halfwords go to neighbouring sets, so as many fit as there are entries; one more is one too many for a set that is used in rotation, least recent first out.",
		At:      []string{"branch.btb.entries=64", "branch.btb.entries=128 branch.btb.ways=2", "branch.btb.entries=32 branch.btb.ways=32"},
		Breaks:  "branch.btb.entries=256",
		Expect:  func(c *machine.Config) float64 { return float64(c.Branch.BTB.Entries) },
		Measure: withoutAny("branch.btb_misses", 400, func(_ *Bench, n int) loop { return adjacentJumps(n) }),
	},
	{
		Name: "btb-ways", Group: "prediction", Unit: "transfers",
		Doc:     "the most taken transfers of one set without a misfetch",
		Why:     "Jumps one cycle of the sets apart share a set, which has as many entries as ways. The loop's branch is in another one.",
		Machine: []string{"branch.btb.entries=128"},
		At:      []string{"", "branch.btb.ways=2", "branch.btb.ways=8"},
		Breaks:  "branch.btb.ways=16",
		Expect:  func(c *machine.Config) float64 { return float64(c.Branch.BTB.Ways) },
		Measure: withoutAny("branch.btb_misses", 32, func(b *Bench, n int) loop {
			stride := 2 * b.config.Branch.BTB.Entries / b.config.Branch.BTB.Ways
			next := fmt.Sprintf("\n.balign %d\n1:\n", stride)
			return loop{body: settle + next + strings.Repeat("j 1f"+next, n)}
		}),
	},
	{
		Name: "return-stack-capacity", Group: "prediction", Unit: "calls",
		Doc:     "the deepest chain of calls whose returns are all predicted",
		Why:     "The stack holds the return addresses of the last calls, as many as it has entries.",
		At:      []string{"", "branch.ras=8", "branch.ras=24"},
		Breaks:  "branch.ras=32",
		Expect:  func(c *machine.Config) float64 { return float64(c.Branch.RAS) },
		Measure: withoutAny("branch.mispredicted_return", 40, func(_ *Bench, n int) loop { return calls(n) }),
	},
	{
		Name: "return-stack-overflow", Group: "prediction", Unit: "mispredictions per turn",
		Doc:     "a chain of 20 calls, deeper than the return stack",
		Why:     "The first returns find their addresses; each call too many has overwritten the entry of one of the others.",
		At:      []string{"", "branch.ras=8", "branch.ras=19"},
		Breaks:  "branch.ras=12",
		Expect:  func(c *machine.Config) float64 { return float64(max(0, 20-c.Branch.RAS)) },
		Measure: events("branch.mispredicted_return", 1, calls(20)),
	},
	{
		Name: "btb-second-level", Group: "prediction", Unit: "cycles per transfer",
		Doc:     "jumps whose targets the second level of the BTB has",
		Why:     "The first level has room for a quarter of them and is used in rotation. Each costs a cycle's fetch and the bubble.",
		Machine: []string{"branch.btb.entries=16", "branch.btb2.entries=1024", "branch.btb2.ways=4"},
		At:      []string{"branch.btb2.bubble=1", "branch.btb2.bubble=2", "branch.btb2.bubble=4 core.fetch.misfetch=7"}, Breaks: "branch.btb.entries=256",
		Expect:  func(c *machine.Config) float64 { return float64(1 + c.Branch.BTB2.Bubble) },
		Measure: cycles(65, loop{body: jumps(64)}),
	},
}
