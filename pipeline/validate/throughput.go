package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// unitWhy is the derivation of the throughput of a unit class.
const unitWhy = "No operation needs another. Each of count units takes one every interval cycles."

// independent is the operations of a turn of a throughput kernel.
const independent = 24

// flood is a turn of independent operations.
func flood(text string, registers []string) loop {
	return loop{body: spread(independent, text, registers)}
}

// throughput has a row for each class of units.
var throughput = []Kernel{
	{
		Name: "int-alu-throughput", Group: "throughput", Unit: "cycles per operation",
		Doc: "independent additions",
		Why: unitWhy + "\nThe loop counter is one more addition: 30 in a turn.",
		At:  []string{"", "core.units.int-alu.count=2", "core.units.int-alu.count=1", "core.units.int-alu.interval=2"},
		// Twice as fast or as slow as any of them.
		Breaks: "core.units.int-alu.interval=4",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.IntALU
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(30, loop{body: spread(29, "add %s, a0, a1", integers)}),
	},
	{
		Name: "int-mul-throughput", Group: "throughput", Unit: "cycles per operation", Why: unitWhy,
		Doc:    "independent multiplications",
		At:     []string{"", "core.units.int-mul.count=2", "core.units.int-mul.interval=3"},
		Breaks: "core.units.int-mul.count=3",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.IntMul
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, flood("mul %s, a0, a1", integers)),
	},
	{
		Name: "int-div-throughput", Group: "throughput", Unit: "cycles per operation", Why: unitWhy,
		Doc:    "independent divisions",
		At:     []string{"", "core.units.int-div.count=2", "core.units.int-div.interval=6"},
		Breaks: "core.units.int-div.interval=21",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.IntDiv
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, flood("div %s, a0, a1", integers)),
	},
	{
		Name: "fp-add-throughput", Group: "throughput", Unit: "cycles per operation", Why: unitWhy,
		Doc:    "independent floating-point additions",
		At:     []string{"", "core.units.fp-add.count=1", "core.units.fp-add.interval=2"},
		Breaks: "core.units.fp-add.count=3",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.FPAdd
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, flood("fadd.d %s, fa0, fa1", floats)),
	},
	{
		Name: "fp-mul-throughput", Group: "throughput", Unit: "cycles per operation",
		Doc:    "independent multiplications and fused multiply-adds in turn",
		Why:    unitWhy + "\nBoth kinds go to the multipliers.",
		At:     []string{"", "core.units.fp-mul.count=2", "core.units.fp-mul.interval=2"},
		Breaks: "core.units.fp-mul.count=3",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.FPMul
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, loop{body: spread(independent/2, "fmul.d %s, fa0, fa1\nfmadd.d %s, fa0, fa1, fa2", floats)}),
	},
	{
		Name: "fp-div-throughput", Group: "throughput", Unit: "cycles per operation", Why: unitWhy,
		Doc:    "independent floating-point divisions",
		At:     []string{"", "core.units.fp-div.count=2", "core.units.fp-div.interval=15"},
		Breaks: "core.units.fp-div.interval=11",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.FPDiv
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, flood("fdiv.d %s, fa0, fa1", floats)),
	},
	{
		Name: "fp-sqrt-throughput", Group: "throughput", Unit: "cycles per operation",
		Doc:    "independent square roots and divisions in turn",
		Why:    unitWhy + "\nWith units of their own the slower class of the two decides; without, square roots take turns of the dividers.",
		At:     []string{"", "core.units.fp-sqrt.count=2 core.units.fp-sqrt.interval=40", "core.units.fp-sqrt.count=0"},
		Breaks: "core.units.fp-div.interval=30 core.units.fp-sqrt.interval=30",
		Expect: func(c *machine.Config) float64 {
			div, sqrt := c.Core.Units.FPDiv, c.Core.Units.FPSqrt
			perDiv := float64(div.Interval) / float64(div.Count)
			if sqrt.Count == 0 {
				return 2 * perDiv
			}
			return max(perDiv, float64(sqrt.Interval)/float64(sqrt.Count))
		},
		Measure: cycles(independent/2, loop{body: spread(independent/2, "fdiv.d %s, fa0, fa1\nfsqrt.d %s, fa0", floats)}),
	},
	{
		Name: "load-throughput", Group: "throughput", Unit: "cycles per load",
		Doc:    "independent loads that hit",
		Why:    unitWhy + "\nWithout ports or banks of its own the L1D takes what the load units send.",
		At:     []string{"", "core.units.load.count=1", "core.units.load.count=3", "core.units.load.interval=4"},
		Breaks: "core.units.load.interval=8",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.Load
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, flood("ld %s, 0(s0)", integers)),
	},
	{
		Name: "store-throughput", Group: "throughput", Unit: "cycles per store",
		Doc:    "independent stores that hit",
		Why:    "A store needs a store unit to issue, and a turn of the store buffer to be written: the slower of the two.",
		At:     []string{"", "core.units.store.count=2", "core.units.store.count=2 core.store-buffer.width=2", "core.store-buffer.width=2"},
		Breaks: "core.units.store.count=3 core.store-buffer.width=3",
		Expect: func(c *machine.Config) float64 {
			return 1 / float64(min(c.Core.Units.Store.Count, c.Core.StoreBuf.Width))
		},
		Measure: cycles(independent, loop{body: repeat(independent, "sd a0, 0(s0)")}),
	},
	{
		Name: "branch-throughput", Group: "throughput", Unit: "cycles per branch",
		Doc:     "branches that are not taken, rightly predicted",
		Why:     unitWhy + "\nFetch takes four branches a cycle here, so the units decide. The branch of the loop is one more: 24 in a turn.\nWithout units of their own branches go to the three ALUs, where the loop counter is one more.",
		Machine: []string{"branch.direction=bimodal", "core.fetch.branches=4"},
		At:      []string{"", "core.units.branch.count=1", "core.units.branch.interval=2", "core.units.branch.count=0"},
		Breaks:  "core.units.branch.count=1 core.units.branch.interval=3",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.Branch
			if u.Count == 0 {
				alu := c.Core.Units.IntALU
				return 25.0 / 24 * float64(alu.Interval) / float64(alu.Count)
			}
			return float64(u.Interval) / float64(u.Count)
		},
		Measure: cycles(independent, loop{body: repeat(independent-1, "bnez zero, loop")}),
	},
}
