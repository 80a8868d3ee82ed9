package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// slotsOf measures how many issue slots a turn loses to a cause.
func slotsOf(cause string, l loop) Measure { return events("slots.issue.cause."+cause, 1, l) }

// ledgerWhy is the derivation of what a chain of loads loses.
const ledgerWhy = "The window is full of turns that wait for the load that is under way, so all slots of a cycle in which nothing issues are the load's."

// accounting is about the ledger of issue slots.
var accounting = []Kernel{
	{
		Name: "slots-integer", Group: "accounting", Unit: "slots per turn",
		Doc: "the slots that a chain of multiplications loses to short integer operations",
		Why: "In every cycle the oldest that has not issued is a multiplication that needs the one before. A turn of 16 has width · 16 · latency slots, and uses one for each of its 18 instructions.",
		At:  []string{"", "core.units.int-mul.latency=6", "core.issue.width=2"}, Breaks: "core.units.int-mul.latency=4",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Issue.Width*links*c.Core.Units.IntMul.Latency - links - 2)
		},
		Measure: slotsOf("short_int", loop{body: repeat(links, "mul a0, a0, a1")}),
	},
	{
		Name: "slots-l1", Group: "accounting", Unit: "slots per turn",
		Doc: "the slots that a chain of loads that hit loses to the L1D",
		Why: ledgerWhy + "\nA turn has width · latency slots, and uses one for each of its three instructions.",
		At:  []string{"", "cache.l1d.latency=7", "core.issue.width=2"}, Breaks: "cache.l1d.latency=5",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Issue.Width*c.Cache.L1D.Latency - 3)
		},
		Measure: slotsOf("l1", chase(64, node)),
	},
	{
		Name: "slots-l2", Group: "accounting", Unit: "slots per turn",
		Doc: "the slots that a chain of loads that hit the L2 loses to it",
		Why: ledgerWhy + "\nThe L1D's miss is known at the end of its lookup, and the turn's other instructions have issued by then: what is left of the L2's latency.",
		At:  []string{"", "cache.l2.latency=33", "core.issue.width=2"}, Breaks: "cache.l2.latency=21",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Issue.Width * (c.Cache.L2.Latency - c.Cache.L1D.Latency))
		},
		Measure: slotsOf("l2", chase(512, node)),
	},
	{
		Name: "slots-memory", Group: "accounting", Unit: "slots per turn",
		Doc: "the slots that a chain of loads that miss all caches loses to memory",
		Why: ledgerWhy + "\nThe last level's miss is known at the end of its lookup: what is left of the memory's latency.",
		At:  []string{"", "cache.l2.latency=50", "memory.model=fixed:latency=300,bytes=64,cycles=1"}, Breaks: "cache.l2.latency=10",
		Expect: func(c *machine.Config) float64 {
			m, _, _ := fixedMemory(c)
			return float64(c.Core.Issue.Width) * (m - float64(c.Cache.L2.Latency))
		},
		Measure: slotsOf("memory", chase(2048, node)),
	},
	{
		Name: "slots-unit", Group: "accounting", Unit: "slots per turn",
		Doc: "the slots that independent divisions lose to the one divider",
		Why: "In every cycle the oldest that has not issued is a division that has its operands. A turn of 8 has width · 8 · interval slots, and uses one for each of its ten instructions.",
		At:  []string{"", "core.units.int-div.interval=13"}, Breaks: "core.units.int-div.count=2",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Issue.Width*8*c.Core.Units.IntDiv.Interval - 10)
		},
		Measure: slotsOf("unit_busy", loop{body: spread(8, "div %s, a0, a1", integers)}),
	},
	{
		Name: "slots-wrong-path", Group: "accounting", Unit: "instructions per turn",
		Doc:     "the instructions of wrong paths that a core which waits for its branches executes",
		Why:     "None: fetch stops behind a mispredicted branch until it resolves.",
		Machine: []string{"core.fetch.wrong-path=stall"},
		At:      []string{"", "core.fetch.depth=9"}, Breaks: "core.fetch.wrong-path=fetch",
		Expect: value(0), Measure: events("discarded", 1, loop{body: repeat(4, "bnez zero, loop")}),
	},
}
