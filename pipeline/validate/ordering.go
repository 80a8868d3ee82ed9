package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// through is a turn in which a value goes through memory again and again:
// stored, loaded, added to.
func through(store, load string) Measure {
	return cycles(links, loop{setup: "addi s0, s0, 56", data: 128, body: repeat(links, lines(store, load, "addi a0, a0, 1"))})
}

// ordering is about loads that meet stores.
var ordering = []Kernel{
	{
		Name: "forward-whole", Group: "ordering", Unit: "cycles",
		Doc: "a value stored, loaded and added to",
		Why: "The store has all bytes of the load and forwards them in the time of an L1D hit, from when it has its data; the addition takes one cycle.",
		At:  []string{"", "cache.l1d.latency=6", "core.issue.depth=2"}, Breaks: "cache.l1d.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency + 1) },
		Measure: through("sd a0, 0(s0)", "ld a0, 0(s0)"),
	},
	{
		Name: "forward-contained", Group: "ordering", Unit: "cycles",
		Doc: "the upper half of a value stored whole",
		Why: "As forward-whole: the store has all bytes of the load.",
		At:  []string{"", "cache.l1d.latency=6", "core.issue.depth=2"}, Breaks: "cache.l1d.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency + 1) },
		Measure: through("sd a0, 0(s0)", "lw a0, 4(s0)"),
	},
	{
		Name: "forward-partial", Group: "ordering", Unit: "cycles",
		Doc: "a value whose half was stored",
		Why: "The load waits until the store has been written: it is done in the cycle in which its data comes (issue depth later), commits and is written in the next, and the load reads the L1D then.",
		At:  []string{"", "cache.l1d.latency=6", "core.issue.depth=2"}, Breaks: "cache.l1d.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency + 2 + c.Core.Issue.Depth) },
		Measure: through("sw a0, 0(s0)", "ld a0, 0(s0)"),
	},
	{
		Name: "forward-crossing", Group: "ordering", Unit: "cycles",
		Doc: "a value stored and loaded across two lines",
		Why: "The store has all bytes of the load wherever they are: as forward-whole.",
		At:  []string{"", "cache.l1d.latency=6"}, Breaks: "cache.l1d.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency + 1) },
		Measure: through("sd a0, 4(s0)", "ld a0, 4(s0)"),
	},
	{
		Name: "store-address", Group: "ordering", Unit: "cycles",
		Doc: "a load behind a store whose address is late",
		Why: "A load waits for the addresses of all older stores. The store needs the load before it for its address, which takes the latency of the store unit; then comes the load.",
		At:  []string{"", "core.units.store.latency=4", "cache.l1d.latency=6"}, Breaks: "core.units.store.latency=2 cache.l1d.latency=7",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Units.Store.Latency + c.Cache.L1D.Latency)
		},
		Measure: cycles(links, loop{
			setup: lines("mv a0, s0", "sd a0, 64(s0)"), data: 128,
			body: repeat(links, lines("sd zero, 0(a0)", "ld a0, 64(s0)")),
		}),
	},
	{
		Name: "line-crossing", Group: "ordering", Unit: "cycles",
		Doc: "a chain of loads that cross a line",
		Why: "Each is two accesses, the second a cycle after the first.",
		At:  []string{"", "cache.l1d.latency=6"}, Breaks: "cache.l1d.line=128 cache.l2.line=128",
		Expect: func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency + 1) },
		Measure: cycles(links, loop{
			setup: lines("addi a0, s0, 60", "sd a0, 0(a0)"), data: 128,
			body: repeat(links, "ld a0, 0(a0)"),
		}),
	},
}
