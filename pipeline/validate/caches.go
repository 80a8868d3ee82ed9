package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// l3 adds a third level, whose ways are a page as well.
var l3 = []string{
	"cache.l3.size=256K", "cache.l3.ways=64", "cache.l3.line=64", "cache.l3.latency=45", "cache.l3.mshrs=32",
	"cache.l3.interval=1", "cache.l3.replacement=lru",
}

// node is the distance of a ring's nodes that are a line each.
const node = 64

// hitWhy is the derivation of the latency of each level.
const hitWhy = "Each load needs the one before. The ring has more lines than the levels above hold and is followed in order, so with least recently used replacement they never have the next one."

// capacityWhy is the derivation of the capacity of each level.
const capacityWhy = "A way is a page, so the lines of contiguous pages spread evenly over the sets, and a ring fits when it has no more lines than the cache. One more is one too many for a set that is used in rotation."

// waysWhy is the derivation of associativities.
const waysWhy = "One line of each page has the same place in it, so all share a set: one more than ways is one too many in rotation."

// lineWhy is the derivation of line sizes.
const lineWhy = "A ring with equal steps through more than the cache holds misses once a line: step / line of its loads."

// hotLine is the place of a line behind the ring of the inclusion kernel, in
// the same set.
const hotLine = "32 * 4096 + 2048"

// lineMisses measures how often a ring with equal steps counts a miss.
func lineMisses(statistic string, bytes, step int) Measure {
	return events(statistic, 1, chase(bytes/step, step))
}

// caches is about the geometry and the latency of each level.
var caches = []Kernel{
	{
		Name: "l1d-hit", Group: "caches", Unit: "cycles",
		Doc: "a chain of loads that hit the L1D",
		Why: "Each load needs the one before, and takes the load-to-use latency.",
		At:  []string{"", "cache.l1d.latency=2", "core.issue.depth=3"}, Breaks: "cache.l1d.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency) },
		Measure: cycles(1, chase(64, node)),
	},
	{
		Name: "l2-hit", Group: "caches", Unit: "cycles", Why: hitWhy,
		Doc: "a chain of loads that hit the L2",
		At:  []string{"", "cache.l2.latency=12", "cache.l1d.latency=5"}, Breaks: "cache.l2.latency=21",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L2.Latency) },
		Measure: cycles(1, chase(512, node)),
	},
	{
		Name: "l3-hit", Group: "caches", Unit: "cycles", Why: hitWhy, Machine: l3,
		Doc: "a chain of loads that hit the L3",
		At:  []string{"", "cache.l3.latency=60", "cache.l2.latency=14"}, Breaks: "cache.l3.latency=46",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L3.Latency) },
		Measure: cycles(1, chase(2048, node)),
	},
	{
		Name: "l1d-capacity", Group: "caches", Unit: "lines", Why: capacityWhy,
		Doc:     "the longest ring that does not miss the L1D",
		At:      []string{"", "cache.l1d.size=8K cache.l1d.ways=2", "cache.l1d.size=12K cache.l1d.ways=3", "cache.l1d.line=128 cache.l2.line=128"},
		Breaks:  "cache.l1d.size=32K cache.l1d.ways=8",
		Expect:  func(c *machine.Config) float64 { return float64(int(c.Cache.L1D.Size) / c.Cache.L1D.Line) },
		Measure: withoutAny("l1d.misses", 600, func(b *Bench, n int) loop { return chase(n, b.config.Cache.L1D.Line) }),
	},
	{
		Name: "l2-capacity", Group: "caches", Unit: "lines", Why: capacityWhy,
		Doc: "the longest ring that does not miss the L2",
		At:  []string{"", "cache.l2.size=32K cache.l2.ways=8"}, Breaks: "cache.l2.size=48K cache.l2.ways=12",
		Expect:  func(c *machine.Config) float64 { return float64(int(c.Cache.L2.Size) / c.Cache.L2.Line) },
		Measure: withoutAny("l2.misses", 1200, func(b *Bench, n int) loop { return chase(n, b.config.Cache.L2.Line) }),
	},
	{
		Name: "l3-capacity", Group: "caches", Unit: "lines", Why: capacityWhy, Machine: l3,
		Doc: "the longest ring that does not miss the L3",
		At:  []string{"cache.l3.size=128K cache.l3.ways=32", "cache.l3.size=96K cache.l3.ways=24"}, Breaks: "cache.l3.size=256K cache.l3.ways=64",
		Expect:  func(c *machine.Config) float64 { return float64(int(c.Cache.L3.Size) / c.Cache.L3.Line) },
		Measure: withoutAny("l3.misses", 3000, func(b *Bench, n int) loop { return chase(n, b.config.Cache.L3.Line) }),
	},
	{
		Name: "exclusive-capacity", Group: "caches", Unit: "lines",
		Machine: append(append([]string{}, l3...), "cache.l3.inclusion=exclusive"),
		Doc:     "the longest ring that does not miss an exclusive L3",
		Why:     "The L3 holds what the L2 has given up and nothing else, so a ring fits when it has no more lines than both together.",
		At:      []string{"cache.l3.size=64K cache.l3.ways=16", "cache.l3.size=96K cache.l3.ways=24 cache.l2.size=32K cache.l2.ways=8"}, Breaks: "cache.l3.inclusion=none",
		Expect:  func(c *machine.Config) float64 { return float64(int(c.Cache.L2.Size+c.Cache.L3.Size) / node) },
		Measure: withoutAny("l3.misses", 3000, func(_ *Bench, n int) loop { return chase(n, node) }),
	},
	{
		Name: "l1d-ways", Group: "caches", Unit: "lines", Why: waysWhy,
		Doc: "the lines of one set that the L1D holds",
		At:  []string{"", "cache.l1d.size=8K cache.l1d.ways=2", "cache.l1d.ways=8"}, Breaks: "cache.l1d.size=24K cache.l1d.ways=6",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Ways) },
		Measure: withoutAny("l1d.misses", 30, func(_ *Bench, n int) loop { return chase(n, 4096) }),
	},
	{
		Name: "l2-ways", Group: "caches", Unit: "lines", Why: waysWhy,
		Doc: "the lines of one set that the L2 holds",
		At:  []string{"", "cache.l2.size=32K cache.l2.ways=8"}, Breaks: "cache.l2.size=48K cache.l2.ways=12",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L2.Ways) },
		Measure: withoutAny("l2.misses", 60, func(_ *Bench, n int) loop { return chase(n, 4096) }),
	},
	{
		Name: "l3-ways", Group: "caches", Unit: "lines", Why: waysWhy, Machine: l3,
		Doc: "the lines of one set that the L3 holds",
		At:  []string{"cache.l3.size=96K cache.l3.ways=24", "cache.l3.size=128K cache.l3.ways=32"}, Breaks: "cache.l3.size=160K cache.l3.ways=40",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L3.Ways) },
		Measure: withoutAny("l3.misses", 60, func(_ *Bench, n int) loop { return chase(n, 4096) }),
	},
	{
		Name: "l1d-partition", Group: "caches", Unit: "lines", Scheduler: "icount",
		Machine: []string{"cache.l1d.partition=static"},
		Doc:     "the lines of one set that a divided L1D holds of one thread",
		Why:     waysWhy + "\nA thread fills its share of the ways, whether others run or not.",
		At:      []string{"threads=2", "threads=4", "threads=2 cache.l1d.ways=8"}, Breaks: "cache.l1d.partition=none",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Ways / c.Threads) },
		Measure: withoutAny("l1d.misses", 30, func(_ *Bench, n int) loop { return chase(n, 4096) }),
	},
	{
		Name: "inclusion", Group: "caches", Unit: "misses per turn",
		Machine: []string{"cache.l2.inclusion=inclusive"},
		Doc:     "a line that is always in use beside a stream through its set of an inclusive L2",
		Why:     "The stream misses the L2 in every turn. The L2 does not see the other line's hits in the L1D: as many fills as it has ways after it came, it gives way, leaves the L1D with it, and misses as well.",
		At:      []string{"", "cache.l2.size=32K cache.l2.ways=8"}, Breaks: "cache.l2.inclusion=none",
		Expect: func(c *machine.Config) float64 { return 1 + 1/float64(c.Cache.L2.Ways) },
		Measure: events("l2.misses", 1, loop{
			setup: lines(ring("a0", 2048, missL2, 4096), "li s1, "+hotLine, "add s1, s1, s0"), data: (missL2 + 1) * 4096,
			// Each load needs the one before, the stream's and the other's.
			body: lines("ld a0, 0(a0)", "sub t0, a0, a0", "add t0, t0, s1", "ld t1, 0(t0)", "and t1, t1, zero", "add a0, a0, t1"),
			warm: 15 * missL2, turns: 16 * missL2,
		}),
	},
	{
		Name: "l1d-line", Group: "caches", Unit: "misses per load", Why: lineWhy,
		Doc: "small steps through memory, misses of the L1D",
		At:  []string{"", "cache.l1d.line=32", "cache.l1d.line=128 cache.l2.line=128"}, Breaks: "cache.l1d.line=16",
		Expect:  func(c *machine.Config) float64 { return 16 / float64(c.Cache.L1D.Line) },
		Measure: lineMisses("l1d.misses", 64<<10, 16),
	},
	{
		Name: "l2-line", Group: "caches", Unit: "misses per load", Why: lineWhy,
		Doc: "steps of 64 bytes through memory, misses of the L2",
		At:  []string{"", "cache.l2.line=128", "cache.l2.line=256"}, Breaks: "cache.l2.line=512",
		Expect:  func(c *machine.Config) float64 { return 64 / float64(c.Cache.L2.Line) },
		Measure: lineMisses("l2.misses", 256<<10, 64),
	},
	{
		Name: "l3-line", Group: "caches", Unit: "misses per load", Why: lineWhy, Machine: l3,
		Doc: "steps of 64 bytes through memory, misses of the L3",
		At:  []string{"", "cache.l3.line=128", "cache.l3.line=256"}, Breaks: "cache.l3.line=512",
		Expect:  func(c *machine.Config) float64 { return 64 / float64(c.Cache.L3.Line) },
		Measure: lineMisses("l3.misses", 1<<20, 64),
	},
	{
		Name: "l1d-bank-conflict", Group: "caches", Unit: "cycles per load",
		Doc:     "independent loads from one bank",
		Why:     "A bank takes one access every interval cycles, whatever the load units send.",
		Machine: []string{"cache.l1d.banks=4"},
		At:      []string{"", "cache.l1d.interval=2", "cache.l1d.banks=8 cache.l1d.interval=3"}, Breaks: "cache.l1d.banks=0",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Interval) },
		Measure: cycles(independent, flood("ld %s, 0(s0)", integers)),
	},
	{
		Name: "l1d-banks", Group: "caches", Unit: "cycles per load",
		Doc:     "independent loads from two banks in turn",
		Why:     "Two banks take two accesses every interval cycles: neighbouring words are in different banks.",
		Machine: []string{"cache.l1d.banks=4"},
		At:      []string{"", "cache.l1d.interval=2", "cache.l1d.interval=4"}, Breaks: "cache.l1d.banks=1 cache.l1d.interval=6",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Interval) / 2 },
		Measure: cycles(independent, loop{body: spread(independent/2, "ld %s, 0(s0)\nld %s, 8(s0)", integers)}),
	},
	{
		Name: "l1d-ports", Group: "caches", Unit: "cycles per load",
		Doc:     "independent loads through few ports",
		Why:     "The cache takes as many accesses a cycle as it has ports, if the load units send that many.",
		Machine: []string{"core.units.load.count=3"},
		At:      []string{"cache.l1d.ports=1", "cache.l1d.ports=2", "cache.l1d.ports=4"}, Breaks: "core.units.load.count=1 core.units.load.interval=3",
		Expect: func(c *machine.Config) float64 {
			return 1 / float64(min(c.Cache.L1D.Ports, c.Core.Units.Load.Count))
		},
		Measure: cycles(independent, flood("ld %s, 0(s0)", integers)),
	},
	{
		Name: "write-back", Group: "caches", Unit: "lines written per line",
		Doc: "a store to each line of more than the caches hold",
		Why: "Every line is dirty when it gives way, in each level: memory gets each of them once.",
		At:  []string{"", "cache.l2.size=32K cache.l2.ways=8"}, Breaks: "cache.l2.size=1M cache.l2.ways=256",
		Expect: value(1),
		Measure: func(b *Bench) float64 {
			l := chase(2048, node)
			l.body = lines(l.body, "sd zero, 8(a0)")
			return b.perTurn(counted("memory.writes"), l)
		},
	},
	{
		Name: "write-through", Group: "caches", Unit: "cycles per store",
		Doc:     "stores to different lines of a write-through L1D",
		Why:     "Each goes on to the L2, whose bank takes one every interval cycles; the write buffer hides no more than it holds.",
		Machine: []string{"cache.l1d.write=write-through", "cache.l1d.write-buffer=4"},
		At:      []string{"cache.l2.interval=4", "cache.l2.interval=7"}, Breaks: "cache.l2.banks=2",
		Expect: func(c *machine.Config) float64 { return float64(c.Cache.L2.Interval) },
		Measure: cycles(8, loop{
			data: 4096,
			body: lines("sd a0, 0(s0)", "sd a0, 64(s0)", "sd a0, 128(s0)", "sd a0, 192(s0)", "sd a0, 256(s0)", "sd a0, 320(s0)", "sd a0, 384(s0)", "sd a0, 448(s0)"),
		}),
	},
}
