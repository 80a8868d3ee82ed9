package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// links is how many dependent operations a turn of a latency kernel has: many
// enough that a turn's fetch and its loop counter hide behind them.
const links = 16

// chainWhy is the derivation of all latency kernels.
const chainWhy = "Each operation needs the result of the one before, so it issues when that is there, one latency later.\nFetch, four a cycle, and the loop counter are faster than a chain with one operation a cycle."

// chain is a turn of dependent operations, of pairs when the line is two.
func chain(text string) Measure { return cycles(links, loop{body: repeat(links, text)}) }

// latency has a row for each class of operations.
var latency = []Kernel{
	{
		Name: "int-add-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of additions",
		At:      []string{"", "core.units.int-alu.latency=2", "core.units.int-alu.latency=3"},
		Breaks:  "core.units.int-alu.latency=4",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.IntALU.Latency) },
		Measure: chain("add a0, a0, a1"),
	},
	{
		Name: "int-mul-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of multiplications",
		At:      []string{"", "core.units.int-mul.latency=4", "core.units.int-mul.count=2"},
		Breaks:  "core.units.int-mul.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.IntMul.Latency) },
		Measure: chain("mul a0, a0, a1"),
	},
	{
		Name: "int-div-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of divisions",
		At:      []string{"", "core.units.int-div.latency=35", "core.units.int-div.interval=1"},
		Breaks:  "core.units.int-div.latency=21",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.IntDiv.Latency) },
		Measure: chain("div a0, a0, a1"),
	},
	{
		Name: "fp-add-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of floating-point additions",
		At:      []string{"", "core.units.fp-add.latency=3"},
		Breaks:  "core.units.fp-add.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPAdd.Latency) },
		Measure: chain("fadd.d fa0, fa0, fa1"),
	},
	{
		Name: "fp-mul-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of floating-point multiplications",
		At:      []string{"", "core.units.fp-mul.latency=7"},
		Breaks:  "core.units.fp-mul.latency=6",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPMul.Latency) },
		Measure: chain("fmul.d fa0, fa0, fa1"),
	},
	{
		Name: "fp-fma-latency", Group: "latency", Unit: "cycles",
		Why:     chainWhy + "\nA fused multiply-add goes to the multipliers.",
		Doc:     "a chain of fused multiply-adds",
		At:      []string{"", "core.units.fp-mul.latency=7"},
		Breaks:  "core.units.fp-mul.latency=6",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPMul.Latency) },
		Measure: chain("fmadd.d fa0, fa0, fa1, fa2"),
	},
	{
		Name: "fp-div-latency", Group: "latency", Unit: "cycles", Why: chainWhy,
		Doc:     "a chain of floating-point divisions",
		At:      []string{"", "core.units.fp-div.latency=11"},
		Breaks:  "core.units.fp-div.latency=16",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPDiv.Latency) },
		Measure: chain("fdiv.d fa0, fa0, fa1"),
	},
	{
		Name: "fp-sqrt-latency", Group: "latency", Unit: "cycles",
		Why: chainWhy + "\nWithout a unit of their own square roots go to the dividers.",
		Doc: "a chain of square roots",
		At:  []string{"", "core.units.fp-sqrt.latency=31", "core.units.fp-sqrt.count=0"},
		// A change of either unit must show.
		Breaks: "core.units.fp-sqrt.latency=26 core.units.fp-div.latency=16",
		Expect: func(c *machine.Config) float64 {
			if c.Core.Units.FPSqrt.Count == 0 {
				return float64(c.Core.Units.FPDiv.Latency)
			}
			return float64(c.Core.Units.FPSqrt.Latency)
		},
		Measure: chain("fsqrt.d fa0, fa0"),
	},
	{
		Name: "fp-convert-latency", Group: "latency", Unit: "cycles",
		Why:     chainWhy + "\nConversions between the register files go to the floating-point adders, both ways.",
		Doc:     "a chain of conversions, to integer and back",
		At:      []string{"", "core.units.fp-add.latency=3"},
		Breaks:  "core.units.fp-add.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPAdd.Latency) },
		Measure: cycles(links, loop{body: repeat(links/2, "fcvt.l.d a0, fa0\nfcvt.d.l fa0, a0")}),
	},
	{
		Name: "mixed-latency", Group: "latency", Unit: "cycles",
		Why:    "A multiplication and an addition in turn, each needing the other: the sum of both latencies.",
		Doc:    "a chain of pairs of different latency",
		At:     []string{"", "core.units.int-mul.latency=6", "core.units.int-alu.latency=2"},
		Breaks: "core.units.int-mul.latency=10",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Units.IntMul.Latency + c.Core.Units.IntALU.Latency)
		},
		Measure: chain("mul a0, a0, a1\nadd a0, a0, a1"),
	},
}
