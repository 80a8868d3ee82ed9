package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// alone is the cycles of an instruction that has the window for itself, from
// its fetch to that of the next: it is renamed, issues in the next cycle, and
// commits a latency and the issue depth later.
func alone(c *machine.Config, latency int) float64 {
	return float64(c.Core.Fetch.Depth + 1 + latency + c.Core.Issue.Depth)
}

// tail is the cycles from the fetch of addi and bnez to that of the serialising
// instruction that begins the next turn: bnez issues a cycle after addi.
func tail(c *machine.Config) float64 { return alone(c, 1) + 1 }

// aloneWhy is the derivation of all kernels of serialising instructions.
const aloneWhy = "Each waits until the window is empty, is fetched in the cycle in which the one before commits, renamed depth cycles later, issues in the next and commits a latency later. The loop's two instructions drain as well, the branch a cycle after the counter."

// serial is the serialising instructions of a turn.
const serial = 8

// serialising is about instructions that run alone.
var serialising = []Kernel{
	{
		Name: "atomic", Group: "serialising", Unit: "cycles per turn",
		Doc: "eight atomic additions",
		Why: aloneWhy + "\nAn atomic takes the time of a load.",
		At:  []string{"", "core.fetch.depth=9", "cache.l1d.latency=7", "core.issue.depth=2"}, Breaks: "core.fetch.depth=6",
		Expect:  func(c *machine.Config) float64 { return serial*alone(c, c.Cache.L1D.Latency) + tail(c) },
		Measure: cycles(1, loop{body: repeat(serial, "amoadd.d t0, zero, (s0)")}),
	},
	{
		Name: "atomic-ordered", Group: "serialising", Unit: "cycles per turn",
		Doc: "eight atomic additions with acquire and release",
		Why: aloneWhy + "\nThere is no store whose writing the release would wait for: as atomic.",
		At:  []string{"", "core.fetch.depth=9"}, Breaks: "core.fetch.depth=6",
		Expect:  func(c *machine.Config) float64 { return serial*alone(c, c.Cache.L1D.Latency) + tail(c) },
		Measure: cycles(1, loop{body: repeat(serial, "amoadd.d.aqrl t0, zero, (s0)")}),
	},
	{
		Name: "fence", Group: "serialising", Unit: "cycles per turn",
		Doc: "eight fences",
		Why: aloneWhy + "\nA fence takes the time of an addition.",
		At:  []string{"", "core.fetch.depth=9", "core.issue.depth=2"}, Breaks: "core.fetch.depth=6",
		Expect:  func(c *machine.Config) float64 { return serial*alone(c, c.Core.Units.IntALU.Latency) + tail(c) },
		Measure: cycles(1, loop{body: repeat(serial, "fence rw, rw")}),
	},
	{
		Name: "fence-after-miss", Group: "serialising", Unit: "cycles per turn",
		Doc: "a store that misses all caches and a fence behind it",
		Why: "The store issues when the load before it has its address, commits a cycle (and the issue depth) later, and is written from then on, a memory latency. The fence is fetched when that is over, and runs alone. With it commits, the load is fetched that the next store needs.",
		At:  []string{"", "memory.model=fixed:latency=320,bytes=64,cycles=1", "core.fetch.depth=9", "core.issue.depth=2"}, Breaks: "cache.l2.size=1M cache.l2.ways=256",
		Expect: func(c *machine.Config) float64 {
			m, _, _ := fixedMemory(c)
			toAddress := float64(c.Core.Fetch.Depth + 1 + c.Cache.L1D.Latency)
			toCommit := float64(1 + c.Core.Issue.Depth)
			return toAddress + toCommit + m + alone(c, c.Core.Units.IntALU.Latency)
		},
		Measure: func(b *Bench) float64 {
			l := chase(2048, node)
			l.body = lines("sd zero, 8(a0)", "fence rw, rw", l.body)
			return b.perTurn(elapsed, l)
		},
	},
	{
		Name: "load-reserved", Group: "serialising", Unit: "cycles per turn",
		Doc: "four pairs of load-reserved and store-conditional",
		Why: aloneWhy + "\nA load-reserved takes the time of a load, a store-conditional that of an addition: it is written after its commit.",
		At:  []string{"", "core.fetch.depth=9", "cache.l1d.latency=7"}, Breaks: "core.fetch.depth=6",
		Expect: func(c *machine.Config) float64 {
			return serial/2*(alone(c, c.Cache.L1D.Latency)+alone(c, 1)) + tail(c)
		},
		Measure: cycles(1, loop{body: repeat(serial/2, lines("lr.d t0, (s0)", "sc.d t1, t0, (s0)"))}),
	},
}
