package validate

import "github.com/threadmill-sim/threadmill/pipeline/machine"

// through is a turn in which a value goes through memory again and again:
// stored, loaded, added to.
func through(store, load string) Measure {
	return cycles(links, loop{setup: "addi s0, s0, 56", data: 128, body: repeat(links, lines(store, load, "addi a0, a0, 1"))})
}

// lateStore is a turn with a store whose address comes late and a load of the
// same bytes behind it.
var lateStore = loop{body: lines("mul t1, zero, a1", "add t1, t1, s0", "sd zero, 0(t1)", "ld t2, 0(s0)")}

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
	{
		Name: "speculative-load", Group: "ordering", Unit: "cycles",
		Doc:     "loads behind stores whose addresses are late and elsewhere",
		Why:     "As store-address, but a load does not wait. Its address is always there, so nothing needs the one before: a load and a store every cycle, which the store unit and the store buffer take.",
		Machine: append([]string{"core.lsq.disambiguation=naive"}, wide...),
		At:      []string{"", "core.lsq.disambiguation=perfect", "core.units.store.count=2 core.store-buffer.width=2"}, Breaks: "core.lsq.disambiguation=conservative",
		Expect: func(c *machine.Config) float64 {
			return 1 / float64(min(c.Core.Units.Store.Count, c.Core.StoreBuf.Width))
		},
		Measure: cycles(links, loop{
			setup: lines("mv a0, s0", "sd a0, 64(s0)"), data: 128,
			body: repeat(links, lines("sd zero, 0(a0)", "ld a0, 64(s0)")),
		}),
	},
	{
		Name: "order-violation", Group: "ordering", Unit: "cycles per turn",
		Doc:     "a load that reads before a store to the same bytes has its address",
		Why:     "The multiplication issues fetch depth + 1 cycles after the turn's fetch, the addition a latency later and the store a cycle after it. The store's address is compared in the next cycle; the load and all behind it are squashed and fetched again after the penalty, the next turn in the cycle after them.",
		Machine: []string{"core.lsq.disambiguation=naive", "core.units.int-mul.latency=20"},
		At:      []string{"", "core.lsq.penalty=6", "core.fetch.depth=9", "core.units.int-mul.latency=33"}, Breaks: "core.lsq.disambiguation=conservative",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Core.Fetch.Depth + 1 + c.Core.Units.IntMul.Latency + 1 + 1 + c.Core.LSQ.Penalty + 1)
		},
		Measure: cycles(1, lateStore),
	},
	{
		Name: "violations", Group: "ordering", Unit: "violations per turn",
		Doc:     "how often that happens without a predictor",
		Why:     "The load issues at once, the store after the multiplication: each time.",
		Machine: []string{"core.lsq.disambiguation=naive", "core.units.int-mul.latency=20"},
		At:      []string{"", "core.units.int-mul.latency=33"}, Breaks: "core.lsq.disambiguation=store-sets",
		Expect: value(1), Measure: events("order.violations", 1, lateStore),
	},
	{
		Name: "store-sets", Group: "ordering", Unit: "violations per turn",
		Doc:     "how often that happens with store sets",
		Why:     "The first violation puts load and store into one set, and from then on the load waits for the store.",
		Machine: []string{"core.lsq.disambiguation=store-sets", "core.units.int-mul.latency=20"},
		At:      []string{"", "core.lsq.disambiguation=store-sets:ssit=64,lfst=16"}, Breaks: "core.lsq.disambiguation=naive",
		Expect: value(0), Measure: events("order.violations", 1, lateStore),
	},
	{
		Name: "store-coalescing", Group: "ordering", Unit: "cycles per store",
		Doc:     "stores to one line through a store buffer that coalesces",
		Why:     "Stores that commit while an entry of their line waits for its turn join it, so the rate is that of the store units, not that of the writes.",
		Machine: []string{"core.store-buffer.size=8", "core.store-buffer.coalesce=adjacent", "core.units.store.count=2"},
		At:      []string{"", "core.units.store.count=3", "core.store-buffer.coalesce=any core.store-buffer.order=relaxed"}, Breaks: "core.store-buffer.coalesce=none core.units.store.count=1",
		Expect:  func(c *machine.Config) float64 { return 1 / float64(c.Core.Units.Store.Count) },
		Measure: cycles(independent, loop{body: repeat(independent, "sd a0, 0(s0)")}),
	},
	{
		Name: "store-buffer-misses", Group: "ordering", Unit: "cycles per store",
		Doc:     "stores that miss all caches through a small store buffer",
		Why:     "An entry is held from commit until its line has come, a memory latency, and free for a commit in the next cycle: as many stores in that time as there are entries. The lines that give way are written to the L2 at the same time and delay a request now and then by a cycle, which is little beside the memory's 800.",
		Machine: []string{"memory.model=fixed:latency=800,bytes=64,cycles=1"},
		At:      []string{"core.store-buffer.size=8", "core.store-buffer.size=4", "core.store-buffer.size=8 core.store-buffer.order=relaxed"}, Breaks: "core.store-buffer.size=12",
		Expect: func(c *machine.Config) float64 {
			m, _, _ := fixedMemory(c)
			return (m + 1) / float64(c.Core.StoreBuf.Size)
		},
		Measure: cycles(1, stream("sd zero, 0(a1)")),
	},
}
