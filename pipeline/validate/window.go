package validate

import (
	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// A window kernel has two chains of long operations, A and B, with fillers
// between them:
//
//	A  filler … filler  B  filler … filler
//
// Fillers hold the structure in question until A is done. If it has room for
// what stands between A and B, both chains run at once and a turn takes one
// latency; if not, B waits for the end of A and a turn takes two.

// windowWhy is the derivation of all window kernels.
const windowWhy = "Two long operations overlap if the structure holds everything from the first to the second, fillers included; a turn then takes one of their latencies instead of two."

// long is the latency of the operations, far above what it takes to fetch,
// rename and commit a turn.
const long = 600

// roomy makes every structure larger than any kernel needs, and sets long.
var roomy = []string{
	"core.units.fp-mul.latency=600", "core.rob.size=1024", "core.iq.size=1024", "core.lq.size=1024", "core.sq.size=1024",
	"core.int-registers.size=1024", "core.fp-registers.size=1024",
}

// entries measures how many entries of a structure a window can use: extra of
// them by A and B, the rest by fillers. In fillers %s is A's or B's result.
func entries(extra int, filler func(n int, result string) string) Measure {
	const most = 240
	return knee(most, func(b *Bench, n int) bool {
		fillers := max(0, n-extra)
		l := loop{
			body: lines("fmul.d fa0, fa0, fa7", filler(fillers, "fa0"), "fmul.d fa1, fa1, fa7", filler(fillers, "fa1")),
			warm: 4, turns: 8,
		}
		return b.perTurn(elapsed, l) < 1.5*long
	})
}

// plain fillers are the same for both operations.
func plain(line string, registers []string) func(int, string) string {
	return func(n int, _ string) string { return spread(n, line, registers) }
}

// dependants wait for the long operation before them.
func dependants(n int, result string) string {
	return spread(n, "fadd.d %s, "+result+", fa7", floats)
}

// window has a row for each structure that bounds what is in flight.
var window = []Kernel{
	{
		Name: "rob-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that the reorder buffer holds",
		Why: windowWhy,
		At:  []string{"core.rob.size=64", "core.rob.size=99"}, Breaks: "core.rob.size=66",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.ROB.Size) },
		Measure: entries(2, plain("nop", integers)),
	},
	{
		Name: "iq-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that the issue queue holds",
		Why: windowWhy + "\nThe fillers need the result of the first operation and stay in the queue. It has left; the second needs an entry for a moment.",
		At:  []string{"core.iq.size=32", "core.iq.size=75"}, Breaks: "core.iq.size=34",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.IQ.Size) },
		Measure: entries(1, dependants),
	},
	{
		Name: "int-registers-capacity", Group: "window", Unit: "registers", Machine: roomy,
		Doc: "the window that the integer rename registers allow",
		Why: windowWhy + "\nA register is held from rename to commit; the operations themselves write none of this file.",
		At:  []string{"core.int-registers.size=48", "core.int-registers.size=100"}, Breaks: "core.int-registers.size=50",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.IntRegs.Size) },
		Measure: entries(0, plain("addi %s, zero, 1", integers)),
	},
	{
		Name: "fp-registers-capacity", Group: "window", Unit: "registers", Machine: roomy,
		Doc: "the window that the floating-point rename registers allow",
		Why: windowWhy + "\nA register is held from rename to commit, one by each of the operations too.",
		At:  []string{"core.fp-registers.size=48", "core.fp-registers.size=100"}, Breaks: "core.fp-registers.size=50",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.FPRegs.Size) },
		Measure: entries(2, plain("fadd.d %s, fa6, fa7", floats)),
	},
	{
		Name: "lq-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that the load queue holds",
		Why: windowWhy + "\nAn entry is held from rename to commit.",
		At:  []string{"core.lq.size=24", "core.lq.size=70"}, Breaks: "core.lq.size=26",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.LQ.Size) },
		Measure: entries(0, plain("ld %s, 0(s0)", integers)),
	},
	{
		Name: "sq-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that the store queue holds",
		Why: windowWhy + "\nAn entry is held from rename until the store has been written, after its commit.",
		At:  []string{"core.sq.size=24", "core.sq.size=70"}, Breaks: "core.sq.size=26",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.SQ.Size) },
		Measure: entries(0, plain("sd zero, 0(s0)", integers)),
	},
	{
		Name: "iq-fp-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that an issue queue for floating point holds",
		Why: windowWhy + "\nAs iq-capacity: all fillers and the second operation are in this queue.",
		At:  []string{"core.iq-fp.size=32 core.iq-fp.sharing=shared", "core.iq-fp.size=75 core.iq-fp.sharing=shared"}, Breaks: "core.iq-fp.size=34",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.FPIQ.Size) },
		Measure: entries(1, dependants),
	},
	{
		Name: "iq-mem-capacity", Group: "window", Unit: "entries", Machine: roomy,
		Doc: "the window that an issue queue for memory operations holds",
		Why: windowWhy + "\nThe fillers are loads whose address needs the first operation; the operations are in another queue.",
		At:  []string{"core.iq-mem.size=32 core.iq-mem.sharing=shared", "core.iq-mem.size=75 core.iq-mem.sharing=shared"}, Breaks: "core.iq-mem.size=34",
		Expect: func(c *machine.Config) float64 { return float64(c.Core.MemIQ.Size) },
		Measure: entries(0, func(n int, result string) string {
			return lines("fmv.x.d s1, "+result, "add s1, s1, s0", spread(n, "ld %s, 0(s1)", integers))
		}),
	},
	{
		Name: "static-partition", Group: "window", Unit: "entries", Scheduler: "icount",
		Machine: append([]string{"core.rob.sharing=static", "core.rob.size=128"}, roomy...),
		Doc:     "the part of a statically divided reorder buffer that a thread alone can use",
		Why:     windowWhy + "\nThe other contexts are idle, and keep their parts: size / threads, rounded down.",
		At:      []string{"core.rob.size=128 threads=2", "core.rob.size=128 threads=4", "core.rob.size=200 threads=3"}, Breaks: "core.rob.sharing=shared",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.ROB.Size / c.Threads) },
		Measure: entries(2, plain("nop", integers)),
	},
	{
		Name: "shared-buffer", Group: "window", Unit: "entries", Scheduler: "icount",
		Machine: append([]string{"threads=4", "core.rob.sharing=shared"}, roomy...),
		Doc:     "the part of a shared reorder buffer that a thread alone can use",
		Why:     windowWhy + "\nThe other contexts are idle and hold nothing: all of it.",
		At:      []string{"core.rob.size=64", "core.rob.size=99"}, Breaks: "core.rob.sharing=static",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.ROB.Size) },
		Measure: entries(2, plain("nop", integers)),
	},
	{
		Name: "capped-partition", Group: "window", Unit: "entries", Scheduler: "icount",
		Machine: append([]string{"threads=4"}, roomy...),
		Doc:     "the part of a capped issue queue that a thread can use",
		Why:     windowWhy + "\nA thread holds at most N of a structure with the rule cap:N, or its size if that is less.",
		At:      []string{"core.iq.size=96 core.iq.sharing=cap:40", "core.iq.size=33 core.iq.sharing=cap:40"}, Breaks: "core.iq.size=96 core.iq.sharing=shared",
		Expect:  func(c *machine.Config) float64 { return float64(min(c.Core.IQ.Size, 40)) },
		Measure: entries(1, dependants),
	},
	{
		Name: "watermark", Group: "window", Unit: "entries", Scheduler: "icount",
		Machine: append([]string{"threads=4", "core.rob.sharing=watermark:10"}, roomy...),
		Doc:     "the part of a reorder buffer with watermarks that a thread alone can use",
		Why:     windowWhy + "\nEach of the other contexts holds nothing and has 10 entries reserved: size − (threads − 1) · 10.",
		At:      []string{"core.rob.size=64", "core.rob.size=128 threads=3"}, Breaks: "core.rob.sharing=watermark:12",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.ROB.Size - (c.Threads-1)*10) },
		Measure: entries(2, plain("nop", integers)),
	},
	{
		Name: "partition-of-active", Group: "window", Unit: "entries", Scheduler: "icount",
		Machine: append([]string{"threads=2"}, roomy...),
		Doc:     "the part of a divided issue queue that a thread alone can use where only threads that run count",
		Why:     windowWhy + "\nThe other contexts do not run, so the thread has all.",
		At:      []string{"core.iq.size=48 core.iq.sharing=static+active", "core.iq.size=60 core.iq.sharing=watermark:20+active threads=3"}, Breaks: "core.iq.sharing=cap:30",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.IQ.Size) },
		Measure: entries(1, dependants),
	},
	{
		Name: "mshr-capacity", Group: "window", Unit: "misses",
		Machine: []string{"cache.l2.latency=100"},
		Doc:     "the L1D misses that are answered at once",
		Why:     "Each of n chains of loads misses the L1D and hits the L2, so alone it takes an L2 latency a load. With more chains than MSHRs they share them: a load then takes n / MSHRs as long.",
		At:      []string{"cache.l1d.mshrs=4", "cache.l1d.mshrs=10"}, Breaks: "cache.l1d.mshrs=12",
		Expect: func(c *machine.Config) float64 { return float64(c.Cache.L1D.MSHRs) },
		Measure: knee(16, func(b *Bench, n int) bool {
			return b.perTurn(elapsed, chains(n, missL1)) < 1.03*float64(b.config.Cache.L2.Latency)
		}),
	},
	{
		Name: "thread-mshrs", Group: "window", Unit: "misses",
		Machine: []string{"cache.l2.latency=100"},
		Doc:     "the L1D misses of one thread that are answered at once",
		Why:     "As mshr-capacity, with the thread's share for the size.",
		At:      []string{"cache.l1d.thread-mshrs=4", "cache.l1d.thread-mshrs=7 cache.l1d.mshrs=12"}, Breaks: "cache.l1d.thread-mshrs=0",
		Expect: func(c *machine.Config) float64 { return float64(c.Cache.L1D.ThreadMSHRs) },
		Measure: knee(16, func(b *Bench, n int) bool {
			return b.perTurn(elapsed, chains(n, missL1)) < 1.03*float64(b.config.Cache.L2.Latency)
		}),
	},
}

// The nodes of each of a kernel's chains, one in a page and all in one set, of
// which L1D and L2 of the base machine hold 4 and 16.
const (
	missL1 = 8
	missL2 = 32
)

// chains follows n rings at once, each with a set of its own; a turn follows
// each by a node.
func chains(n, nodes int) loop {
	registers := []string{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"}
	l := loop{data: nodes * 4096, warm: 3 * nodes, turns: 4 * nodes}
	for k := range n {
		// Two lines apart, which leaves sets for code and page tables.
		l.setup += ring(registers[k], k*128, nodes, 4096)
		l.body += "ld " + registers[k] + ", 0(" + registers[k] + ")\n"
	}
	return l
}
