package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// scalarInOrder issues one instruction a cycle in order.
var scalarInOrder = []string{"core.issue.order=in-order", "core.issue.width=1"}

// stall is a turn with an operation, one that needs it, and others that do not.
func stall(first, second string) Measure {
	return cycles(1, loop{body: lines(first, second, spread(turn-4, "add %s, a6, a7", integers))})
}

// inOrder is about issue in program order.
var inOrder = []Kernel{
	{
		Name: "in-order-load-use", Group: "in-order", Unit: "cycles per turn", Machine: scalarInOrder,
		Doc: "a load and its use, one instruction a cycle in order",
		Why: "One instruction a cycle, but the use waits for the load's latency and all others wait behind it.",
		At:  []string{"", "cache.l1d.latency=7"}, Breaks: "core.issue.order=out-of-order",
		Expect:  func(c *machine.Config) float64 { return turn + float64(c.Cache.L1D.Latency-1) },
		Measure: stall("ld t0, 0(s0)", "add t1, t0, t0"),
	},
	{
		Name: "in-order-multiply-use", Group: "in-order", Unit: "cycles per turn", Machine: scalarInOrder,
		Doc: "a multiplication and its use, one instruction a cycle in order",
		Why: "One instruction a cycle, but the use waits for the multiplication's latency and all others wait behind it.",
		At:  []string{"", "core.units.int-mul.latency=9"}, Breaks: "core.issue.order=out-of-order",
		Expect:  func(c *machine.Config) float64 { return turn + float64(c.Core.Units.IntMul.Latency-1) },
		Measure: stall("mul t0, a6, a7", "add t1, t0, t0"),
	},
	{
		Name: "in-order-store-data", Group: "in-order", Unit: "cycles per turn", Machine: scalarInOrder,
		Doc: "a multiplication and a store of its result, one instruction a cycle in order",
		Why: "A store issues with its address; its data may come later: one instruction a cycle.",
		At:  []string{"", "core.units.int-mul.latency=9"}, Breaks: "core.units.store.interval=28",
		Expect:  value(turn),
		Measure: stall("mul t0, a6, a7", "sd t0, 0(s0)"),
	},
	{
		Name: "in-order-no-bypass", Group: "in-order", Unit: "cycles per turn", Machine: scalarInOrder,
		Doc: "a load and its use where only the ALUs' results are bypassed",
		Why: "As in-order-load-use, but the load's result comes from the register file, write-back cycles later.",
		At:  []string{"core.bypass.results=int-alu core.bypass.write-back=1", "core.bypass.results=int-alu core.bypass.write-back=3"}, Breaks: "core.bypass.results=full",
		Expect: func(c *machine.Config) float64 {
			return turn + float64(c.Cache.L1D.Latency-1+c.Core.Bypass.WriteBack)
		},
		Measure: stall("ld t0, 0(s0)", "add t1, t0, t0"),
	},
	{
		Name: "no-bypass-chain", Group: "in-order", Unit: "cycles",
		Doc: "a chain of additions whose results are not bypassed, out of order",
		Why: "Each waits until the one before can be read from the register file: its latency and the write-back.",
		At:  []string{"core.bypass.results=none core.bypass.write-back=1", "core.bypass.results=load core.bypass.write-back=3"}, Breaks: "core.bypass.results=int-alu",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Units.IntALU.Latency + c.Core.Bypass.WriteBack)
		},
		Measure: chain("add a0, a0, a1"),
	},
	{
		Name: "out-of-order-hides", Group: "in-order", Unit: "cycles per turn", Machine: []string{"core.issue.width=1"},
		Doc: "a load and its use, one instruction a cycle out of order",
		Why: "Others fill the time of the load: one instruction a cycle.",
		At:  []string{"", "cache.l1d.latency=7"}, Breaks: "core.issue.order=in-order",
		Expect:  value(turn),
		Measure: stall("ld t0, 0(s0)", "add t1, t0, t0"),
	},
	{
		Name: "in-order-blocked-unit", Group: "in-order", Unit: "cycles per turn", Machine: []string{"core.issue.order=in-order"},
		Doc: "two divisions for one divider, in order",
		Why: "The second waits for the divider and everything behind it does: the intervals of both. Out of order the rest of the turn would overlap.",
		At:  []string{"", "core.units.int-div.interval=12 core.units.int-div.latency=12"}, Breaks: "core.units.int-div.count=2",
		Expect:  func(c *machine.Config) float64 { return 2 * float64(c.Core.Units.IntDiv.Interval) },
		Measure: cycles(1, loop{body: lines("div t0, a6, a7", "div t1, a6, a7")}),
	},
}
