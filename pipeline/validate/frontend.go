package validate

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// blockWhy is the derivation of the fetch-block kernels.
const blockWhy = "A thread starts one aligned block a cycle, and fetch is wide enough for a whole one: a turn takes as many cycles as it touches blocks."

// blocks measures a turn whose first instruction is at an offset in a fetch
// block of any size up to 64 bytes.
func blocks(offset int) Measure {
	return cycles(1, loop{body: nothing.body, align: fmt.Sprintf(".balign 64\n.space %d", offset)})
}

// touched is the fetch blocks that such a turn has bytes of.
func touched(offset int) func(*machine.Config) float64 {
	return func(c *machine.Config) float64 {
		line := c.Core.Fetch.Line
		first, last := offset/line, (offset+4*turn-1)/line
		return float64(last - first + 1)
	}
}

// smallBlocks are fetch blocks of at most as many instructions as fetch is wide.
var smallBlocks = []string{"core.fetch.line=16", "core.fetch.line=32", "core.fetch.line=8"}

// jumps is n jumps to the next instruction.
func jumps(n int) string { return repeat(n, "j 1f\n1:") }

// frontEnd is about fetch.
var frontEnd = []Kernel{
	{
		Name: "fetch-block", Group: "front-end", Unit: "cycles per turn", Machine: wide, Why: blockWhy,
		Doc: "a loop that begins with a fetch block",
		At:  smallBlocks, Breaks: "core.fetch.width=1",
		Expect: touched(0), Measure: blocks(0),
	},
	{
		Name: "fetch-block-middle", Group: "front-end", Unit: "cycles per turn", Machine: wide,
		Doc: "a loop that begins in the middle of a fetch block",
		Why: blockWhy + "\nThe first block has instructions of a part only, and so has the last.",
		At:  smallBlocks[:2], Breaks: "core.fetch.width=1",
		Expect: touched(8), Measure: blocks(8),
	},
	{
		Name: "fetch-block-crossing", Group: "front-end", Unit: "cycles per turn", Machine: wide,
		Doc: "a loop whose instructions cross from one fetch block into the next",
		Why: blockWhy + "\nAn instruction in two blocks is fetched with the second; the first half of the loop's first instruction costs a cycle.",
		At:  smallBlocks, Breaks: "core.fetch.width=1",
		Expect: touched(30), Measure: blocks(30),
	},
	{
		Name: "fetch-buffer", Group: "front-end", Unit: "cycles per turn",
		Doc:     "a loop through a fetch buffer that is too small",
		Why:     "An entry is held from fetch to rename, depth cycles later, and free the cycle after. A buffer of B instructions, a multiple of the width, passes B every depth + 1 cycles.",
		Machine: []string{"core.fetch.buffer.size=8"},
		At:      []string{"", "core.fetch.depth=3", "core.fetch.depth=9", "core.fetch.buffer.size=12"},
		Breaks:  "core.fetch.buffer.size=24",
		Expect: func(c *machine.Config) float64 {
			return turn * float64(c.Core.Fetch.Depth+1) / float64(c.Core.Fetch.Buffer.Size)
		},
		Measure: cycles(1, nothing),
	},
	{
		Name: "fetch-branches", Group: "front-end", Unit: "cycles per turn",
		Doc:     "branches that are not taken, few predicted a cycle",
		Why:     "Fetch ends after as many predictions as it makes a cycle: 12 / branches cycles, and one for addi and bnez.",
		Machine: []string{"branch.direction=bimodal", "core.units.branch.count=4", "core.fetch.width=8"},
		At:      []string{"core.fetch.branches=1", "core.fetch.branches=2", "core.fetch.branches=3"},
		Breaks:  "core.fetch.branches=8",
		Expect:  func(c *machine.Config) float64 { return 12/float64(c.Core.Fetch.Branches) + 1 },
		Measure: cycles(1, loop{body: repeat(12, "bnez zero, loop")}),
	},
	{
		Name: "taken-branch", Group: "front-end", Unit: "cycles per jump",
		Doc:     "jumps whose targets the BTB has",
		Why:     "A predicted-taken transfer ends the cycle's fetch: one a cycle. The branch of the loop is one more.",
		At:      []string{"", "core.fetch.width=2", "core.fetch.misfetch=5"},
		Breaks:  "branch.btb.entries=0 branch.btb.ways=0",
		Expect:  value(1),
		Measure: cycles(9, loop{body: jumps(8)}),
	},
	{
		Name: "misfetch", Group: "front-end", Unit: "cycles per jump",
		Doc:     "jumps whose targets no BTB has",
		Why:     "Decode finds the target misfetch cycles after the cycle in which the jump was fetched.",
		Machine: []string{"branch.btb.entries=0", "branch.btb.ways=0"},
		At:      []string{"", "core.fetch.misfetch=0", "core.fetch.misfetch=5"},
		Breaks:  "core.fetch.misfetch=3",
		Expect:  func(c *machine.Config) float64 { return float64(1 + c.Core.Fetch.Misfetch) },
		Measure: cycles(9, loop{body: jumps(8)}),
	},
	{
		Name: "mispredict", Group: "front-end", Unit: "cycles per turn",
		Doc:    "four branches that are always mispredicted",
		Why:    "Fetched in cycle 0, a branch is renamed depth cycles later, issues in the next, and resolves issue depth and its latency later; fetch goes on after the redirection. The taken branch of the loop ends one more cycle's fetch.",
		At:     []string{"", "core.fetch.depth=9", "core.issue.depth=3", "core.fetch.redirect=0", "core.units.branch.latency=3"},
		Breaks: "core.fetch.depth=6 core.issue.depth=1",
		Expect: func(c *machine.Config) float64 {
			f := c.Core.Fetch
			return float64(4*(f.Depth+1+c.Core.Issue.Depth+c.Core.Units.Branch.Latency+f.Redirect) + 1)
		},
		Measure: cycles(1, loop{body: repeat(4, "bnez zero, loop")}),
	},
	{
		Name: "mispredict-after-load", Group: "front-end", Unit: "cycles per turn",
		Doc:    "a branch that is mispredicted and waits for a load that hits",
		Why:    "As mispredict, but the branch issues a load's latency after the load, which issues when the branch would have.",
		At:     []string{"", "cache.l1d.latency=7", "core.issue.depth=3"},
		Breaks: "cache.l1d.latency=9",
		Expect: func(c *machine.Config) float64 {
			f := c.Core.Fetch
			return float64(f.Depth + 1 + c.Cache.L1D.Latency + c.Core.Issue.Depth + c.Core.Units.Branch.Latency + f.Redirect + 1)
		},
		Measure: cycles(1, loop{body: "ld t0, 0(s0)\nbnez t0, loop"}),
	},
	{
		Name: "ifetch-l2", Group: "front-end", Unit: "cycles per line",
		Doc:     "straight-line code that misses the L1I and hits the L2, a line at a time",
		Why:     "A line comes an L2 latency after it was asked for, and the jump in it is fetched then; the next line is asked for in the cycle after.",
		Machine: []string{"cache.l1i.size=4K", "branch.btb.entries=4096", "branch.btb.ways=64", "branch.direction=bimodal"},
		At:      []string{"", "cache.l2.latency=12"},
		Breaks:  "cache.l1i.size=16K",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L2.Latency + 1) },
		Measure: cycles(96, codeLines(96)),
	},
	{
		Name: "l1i-ways", Group: "front-end", Unit: "lines",
		Doc:     "the lines of code in one set that the L1I holds",
		Why:     waysWhy,
		Machine: []string{"branch.direction=bimodal", "tlb.i.entries=64", "tlb.i.ways=64"},
		At:      []string{"", "cache.l1i.size=8K cache.l1i.ways=2", "cache.l1i.size=32K cache.l1i.ways=8"}, Breaks: "cache.l1i.size=64K cache.l1i.ways=16",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1I.Ways) },
		Measure: withoutAny("l1i.misses", 24, func(_ *Bench, n int) loop { return codePages(n, 0) }),
	},
	{
		Name: "l1i-line", Group: "front-end", Unit: "misses per line of 64 bytes",
		Doc:     "straight-line code longer than the L1I, its misses",
		Why:     lineWhy + "\nThe loop's code goes through lines in order.",
		Machine: []string{"branch.direction=bimodal", "cache.l1i.size=4K"},
		At:      []string{"", "cache.l1i.line=128 cache.l2.line=128"}, Breaks: "cache.l1i.line=256 cache.l2.line=256",
		Expect: func(c *machine.Config) float64 { return 64 / float64(c.Cache.L1I.Line) },
		Measure: func(b *Bench) float64 {
			l := codeLines(128)
			l.align = ".balign 256" // with a line of any size that is tried
			return b.perTurn(counted("l1i.misses"), l) / 128
		},
	},
	{
		Name: "l1i-capacity", Group: "front-end", Unit: "lines",
		Doc:     "the longest loop that does not miss the L1I",
		Why:     "A way is at most a page, so the lines of contiguous code spread evenly over the sets, and with least recently used replacement a loop fits when it has no more lines than the cache.",
		Machine: []string{"branch.direction=bimodal"},
		At:      []string{"", "cache.l1i.size=4K", "cache.l1i.size=8K cache.l1i.line=128 cache.l2.line=128"},
		Breaks:  "cache.l1i.size=32K cache.l1i.ways=8",
		Expect:  func(c *machine.Config) float64 { return float64(int(c.Cache.L1I.Size) / c.Cache.L1I.Line) },
		Measure: withoutAny("l1i.misses", 600, func(b *Bench, n int) loop {
			l := codeLinesOf(n, b.config.Cache.L1I.Line)
			l.warm, l.turns = 4, 4
			return l
		}),
	},
}

// codeLines is a loop of n lines of code of 64 bytes, each a jump to the next.
func codeLines(n int) loop { return codeLinesOf(n, 64) }

func codeLinesOf(n, size int) loop {
	align := fmt.Sprintf(".balign %d", max(size, 64))
	return loop{
		body: strings.Repeat(lines("j 1f", align, "1:"), n-1), align: align, far: true,
	}
}
