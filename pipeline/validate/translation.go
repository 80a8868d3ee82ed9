package validate

import (
	"fmt"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// pages is a ring with a node in each of n pages, at most 63, so many pages
// apart, each in a line of its own set.
func pages(n, apart int) loop {
	l := chase(n, apart*4096+64)
	l.warm = max(l.warm, 64)
	return l
}

// walkWhy is the derivation of walks.
const walkWhy = "A walk reads four entries, each of which needs the one before and hits the L1D, where neighbouring pages share their entries' lines. It begins when the second level has missed, in the cycle after the request when there is none; the load reads the L1D after it."

// codePages is a loop with a line of code in each of n pages, so many bytes
// further in each than in the one before.
func codePages(n, further int) loop {
	var b strings.Builder
	for k := range n - 1 {
		fmt.Fprintf(&b, "j 1f\n.balign 4096\n.space %d\n1:\n", (k+1)*further)
	}
	return loop{body: b.String(), align: ".balign 4096", far: true, warm: 4, turns: 20}
}

// translation is about TLBs and page walks.
var translation = []Kernel{
	{
		Name: "dtlb-capacity", Group: "translation", Unit: "pages",
		Doc: "the most pages of data without a miss of the D-TLB",
		Why: "Pages in rotation fit when they are no more than the entries, contiguous pages whatever the ways.",
		At:  []string{"tlb.d.entries=16 tlb.d.ways=16", "tlb.d.entries=24 tlb.d.ways=24", "tlb.d.entries=32 tlb.d.ways=4"}, Breaks: "tlb.d.entries=48 tlb.d.ways=48",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.D.Entries) },
		Measure: withoutAny("tlb.d.misses", 60, func(_ *Bench, n int) loop { return pages(n, 1) }),
	},
	{
		Name: "dtlb-ways", Group: "translation", Unit: "pages",
		Doc:     "the most pages of one set of the D-TLB without a miss",
		Why:     "Pages as many apart as there are sets share one.",
		Machine: []string{"tlb.d.entries=64"},
		At:      []string{"tlb.d.ways=4", "tlb.d.ways=8"}, Breaks: "tlb.d.ways=64",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.D.Ways) },
		Measure: withoutAny("tlb.d.misses", 32, func(_ *Bench, n int) loop { return pages(n, 16) }),
	},
	{
		Name: "itlb-capacity", Group: "translation", Unit: "pages",
		Doc:     "the most pages of code without a miss of the I-TLB",
		Why:     "Pages in rotation fit when they are no more than the entries.",
		Machine: []string{"branch.direction=bimodal"},
		At:      []string{"tlb.i.entries=8 tlb.i.ways=8", "tlb.i.entries=16 tlb.i.ways=16", "tlb.i.entries=16 tlb.i.ways=4"}, Breaks: "tlb.i.entries=24 tlb.i.ways=24",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.I.Entries) },
		Measure: withoutAny("tlb.i.misses", 40, func(_ *Bench, n int) loop { return codePages(n, 64) }),
	},
	{
		Name: "l2-tlb-hit", Group: "translation", Unit: "cycles",
		Doc:     "a chain of loads that miss the D-TLB and hit the second level",
		Why:     "The translation comes a second-level latency after the request, and the load reads the L1D then.",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16", "tlb.l2.entries=64", "tlb.l2.ways=64"},
		At:      []string{"tlb.l2.latency=7", "tlb.l2.latency=12 cache.l1d.latency=5"}, Breaks: "tlb.l2.latency=8",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.L2.Latency + c.Cache.L1D.Latency) },
		Measure: cycles(1, pages(48, 1)),
	},
	{
		Name: "l2-tlb-capacity", Group: "translation", Unit: "pages",
		Doc:     "the most pages of data without a walk",
		Why:     "Pages in rotation fit when they are no more than the entries of the second level; the code is in a page more.",
		Machine: []string{"tlb.d.entries=8", "tlb.d.ways=8", "tlb.l2.latency=7"},
		At:      []string{"tlb.l2.entries=32 tlb.l2.ways=32", "tlb.l2.entries=48 tlb.l2.ways=48"}, Breaks: "tlb.l2.entries=40 tlb.l2.ways=40",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.L2.Entries) },
		Measure: withoutAny("tlb.l2.misses", 60, func(_ *Bench, n int) loop { return pages(n, 1) }),
	},
	{
		Name: "l2-tlb-ways", Group: "translation", Unit: "pages",
		Doc:     "the most pages of one set of the second level without a walk",
		Why:     "Pages as many apart as there are sets share one. The code is in another.",
		Machine: []string{"tlb.d.entries=1", "tlb.d.ways=1", "tlb.l2.latency=7", "tlb.l2.entries=64"},
		At:      []string{"tlb.l2.ways=4", "tlb.l2.ways=8"}, Breaks: "tlb.l2.ways=64",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.L2.Ways) },
		Measure: withoutAny("tlb.l2.misses", 32, func(_ *Bench, n int) loop { return pages(n, 16) }),
	},
	{
		Name: "page-walk", Group: "translation", Unit: "cycles", Why: walkWhy,
		Doc:     "a chain of loads that each need a page walk",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16"},
		At:      []string{"", "cache.l1d.latency=6", "tlb.l2.entries=16 tlb.l2.ways=16 tlb.l2.latency=7"}, Breaks: "cache.l1d.latency=7",
		Expect:  func(c *machine.Config) float64 { return walk(c) + float64(c.Cache.L1D.Latency) },
		Measure: cycles(1, pages(48, 1)),
	},
	{
		Name: "walk-cache", Group: "translation", Unit: "cycles",
		Doc:     "a chain of loads that each need a page walk whose upper levels are cached",
		Why:     walkWhy + "\nAn entry of a level of the walk cache saves the reads of that level and those above: the walk begins with the next.",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16"},
		At:      []string{"tlb.walker.cache.level3=4", "tlb.walker.cache.level2=4", "tlb.walker.cache.level1=4", "tlb.walker.cache.level1=4 cache.l1d.latency=6"}, Breaks: "tlb.d.entries=64 tlb.d.ways=64",
		Expect: func(c *machine.Config) float64 {
			saved := 0
			for level, entries := range []int{1: c.TLB.Walker.Cache.Level3, 2: c.TLB.Walker.Cache.Level2, 3: c.TLB.Walker.Cache.Level1} {
				if entries > 0 {
					saved = level
				}
			}
			return float64(1 + (4-saved)*c.Cache.L1D.Latency + c.Cache.L1D.Latency)
		},
		Measure: cycles(1, pages(48, 1)),
	},
	{
		Name: "large-page-reach", Group: "translation", Unit: "cycles",
		Doc:     "a chain of loads in more 4 KiB pages than the D-TLB has entries, in few pages of 2 MiB",
		Why:     "All are in one page or two, so every load hits the D-TLB and the L1D.",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16", "tlb.pages=2M"},
		At:      []string{"", "cache.l1d.latency=6"}, Breaks: "tlb.pages=4K",
		Expect:  func(c *machine.Config) float64 { return float64(c.Cache.L1D.Latency) },
		Measure: cycles(1, pages(48, 1)),
	},
	{
		Name: "large-page-walk", Group: "translation", Unit: "cycles",
		Doc:     "a chain of loads that each need the walk for a page of 2 MiB",
		Why:     walkWhy + "\nThe third entry is the leaf: three reads.",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16", "tlb.pages=2M"},
		At:      []string{"", "cache.l1d.latency=6"}, Breaks: "tlb.d.entries=32 tlb.d.ways=32",
		Expect:  func(c *machine.Config) float64 { return float64(1 + 3*c.Cache.L1D.Latency + c.Cache.L1D.Latency) },
		Measure: cycles(1, chase(24, 2<<20+64)),
	},
	{
		Name: "dtlb-partition", Group: "translation", Unit: "pages", Scheduler: "icount",
		Doc:     "the most pages of data of one thread without a miss of a divided D-TLB",
		Why:     "A thread fills its share of the ways, whether others run or not.",
		Machine: []string{"tlb.d.sharing=static"},
		At:      []string{"threads=2 tlb.d.entries=32 tlb.d.ways=32", "threads=4 tlb.d.entries=48 tlb.d.ways=48"}, Breaks: "tlb.d.sharing=shared",
		Expect:  func(c *machine.Config) float64 { return float64(c.TLB.D.Entries / c.Threads) },
		Measure: withoutAny("tlb.d.misses", 60, func(_ *Bench, n int) loop { return pages(n, 1) }),
	},
	{
		Name: "walker-throughput", Group: "translation", Unit: "cycles per walk",
		Doc:     "more walks at once than the walker takes",
		Why:     "Six chains of loads each miss the D-TLB with every load. A walk of four reads that hit the L1D keeps one of the walker's places, and the next begins when it ends.",
		Machine: []string{"tlb.d.entries=16", "tlb.d.ways=16"},
		At:      []string{"", "tlb.walker.walks=2", "cache.l1d.latency=7 tlb.walker.walks=2"}, Breaks: "tlb.walker.walks=3",
		Expect: func(c *machine.Config) float64 {
			return 4 * float64(c.Cache.L1D.Latency) / float64(c.TLB.Walker.Walks)
		},
		Measure: cycles(6, walks(6)),
	},
}

// walk is the cycles from a request that misses to its translation.
func walk(c *machine.Config) float64 {
	return float64(max(c.TLB.L2.Latency, 1) + 4*c.Cache.L1D.Latency)
}

// walks follows n rings at once, each of eight pages of its own.
func walks(n int) loop {
	registers := []string{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"}
	const nodes, step = 8, 4096 + 64
	l := loop{data: n*nodes*step + 64, warm: 4 * nodes, turns: 8 * nodes}
	for k := range n {
		l.setup += ring(registers[k], k*nodes*step, nodes, step)
		l.body += "ld " + registers[k] + ", 0(" + registers[k] + ")\n"
	}
	return l
}
