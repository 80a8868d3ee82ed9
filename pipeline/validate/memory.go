package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// fixedMemory is the parameters of a machine's fixed memory.
func fixedMemory(c *machine.Config) (latency, bytes, cycles float64) {
	m := memoryOf(c)
	return float64(m.Int("latency")), float64(m.Int("bytes")), float64(m.Int("cycles"))
}

// parallel is the chains of the bandwidth kernels: more misses at once than
// anything that bounds them allows.
const parallel = 16

// memory is about main memory, and about how many misses are under way to it.
var memory = []Kernel{
	{
		Name: "memory-latency", Group: "memory", Unit: "cycles", Why: hitWhy,
		Doc: "a chain of loads that miss all caches",
		At:  []string{"", "memory.model=fixed:latency=320,bytes=64,cycles=1", "cache.l2.latency=30"}, Breaks: "memory.model=fixed:latency=204,bytes=64,cycles=1",
		Expect:  func(c *machine.Config) float64 { l, _, _ := fixedMemory(c); return l },
		Measure: cycles(1, chase(2048, node)),
	},
	{
		Name: "memory-latency-no-l2", Group: "memory", Unit: "cycles",
		Why:     "The latency is the total from the load's issue, whatever stands between.",
		Machine: []string{"cache.l2=none"},
		Doc:     "a chain of loads that miss the L1D, with memory behind it",
		At:      []string{"", "memory.model=fixed:latency=120,bytes=64,cycles=1"}, Breaks: "cache.l1d.size=256K cache.l1d.ways=64",
		Expect:  func(c *machine.Config) float64 { l, _, _ := fixedMemory(c); return l },
		Measure: cycles(1, chase(2048, node)),
	},
	{
		Name: "memory-bandwidth", Group: "memory", Unit: "cycles per line",
		Doc: "many misses at once over a narrow channel",
		Why: "A line holds the channel for line × cycles / bytes cycles, and there are more misses at once than that leaves time for.",
		At:  []string{"memory.model=fixed:latency=200,bytes=4,cycles=1", "memory.model=fixed:latency=200,bytes=8,cycles=5"}, Breaks: "memory.model=fixed:latency=200,bytes=5,cycles=1",
		Expect: func(c *machine.Config) float64 {
			_, bytes, cycles := fixedMemory(c)
			return float64(c.Cache.L2.Line) * cycles / bytes
		},
		Measure: cycles(parallel, chains(parallel, missL2)),
	},
	{
		Name: "memory-parallelism", Group: "memory", Unit: "cycles per line",
		Doc: "more misses at once than the L1D has MSHRs",
		Why: "An MSHR is held from the access to the fill, a memory latency later: MSHRs lines in that time.",
		At:  []string{"cache.l1d.mshrs=4", "cache.l1d.mshrs=10"}, Breaks: "cache.l1d.mshrs=8",
		Expect: func(c *machine.Config) float64 {
			l, _, _ := fixedMemory(c)
			return l / float64(c.Cache.L1D.MSHRs)
		},
		Measure: cycles(parallel, chains(parallel, missL2)),
	},
	{
		Name: "l2-mshrs", Group: "memory", Unit: "cycles per line",
		Doc: "more misses at once than the L2 has MSHRs",
		Why: "The L2 takes an MSHR when its lookup has missed, an L2 latency after the access, and holds it to the fill: MSHRs lines in what is left of the memory's latency.",
		At:  []string{"cache.l2.mshrs=4", "cache.l2.mshrs=6 cache.l2.latency=50"}, Breaks: "cache.l2.mshrs=5",
		Expect: func(c *machine.Config) float64 {
			l, _, _ := fixedMemory(c)
			return (l - float64(c.Cache.L2.Latency)) / float64(c.Cache.L2.MSHRs)
		},
		Measure: cycles(parallel, chains(parallel, missL2)),
	},
	{
		Name: "l2-bandwidth", Group: "memory", Unit: "cycles per line",
		Doc: "many L1D misses at once that hit the L2",
		Why: "The L2's one bank takes a request every interval cycles.",
		At:  []string{"cache.l2.interval=4", "cache.l2.interval=9"}, Breaks: "cache.l2.interval=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L2.Interval) },
		Measure: cycles(parallel, chains(parallel, missL1)),
	},
}
