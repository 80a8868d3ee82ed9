package validate

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/threadmill-sim/threadmill/pipeline/machine"
)

// Kernels with several threads run one copy of a loop on each context.

// apart gives the code of eight threads, all at one address and in pages of
// their own, room in one set of the L1I and of the BTB.
var apart = []string{"cache.l1i.size=32K", "cache.l1i.ways=8", "branch.btb.ways=8"}

// additions is a turn bound by a chain of one-cycle additions.
var additions = loop{body: repeat(links, "add a0, a0, a1")}

// inFlightDepth is the cycles of an operation in a barrel with one instruction of
// a thread in flight: fetched, renamed the fetch depth later, issued in the next
// cycle, committed in the one after, the issue depth later, in which the thread may
// fetch again.
func inFlightDepth(c *machine.Config) float64 {
	return float64(c.Core.Fetch.Depth + c.Core.Issue.Depth + 2)
}

// Parameters of the coarse kernels: additions of a run, and cycles of a switch
// penalty.
const (
	runLength = 60
	penalty   = 6
)

// run is a turn of the coarse kernels: a chain of additions and a load from
// memory in the middle of it, so that the branch is none of what follows the
// load at once.
func run() loop {
	half := repeat(runLength/2, "addi a0, a0, 0")
	l := chase(2048, node)
	l.body = lines(half, l.body, half)
	l.warm, l.turns = 250, 200 // the setup is as long as 170 turns
	return l
}

// coarsePeriod is the cycles from one run of a thread to its next.
func coarsePeriod(c *machine.Config) float64 {
	m, _, _ := fixedMemory(c)
	return switching(c, m, float64(c.Cache.L2.Latency))
}

// switching is the cycles from one run of a thread to its next, when each ends
// in an event of a length that hardware detects a while after it began.
func switching(c *machine.Config, length, detection float64) float64 {
	if c.Threads == 1 {
		return runLength + length
	}
	// The switch is decided in the cycle after an event has been seen; then
	// come the penalty and the refill of the front end and the queue.
	refill := float64(1 + penalty + c.Core.Fetch.Depth + 1)
	alone := runLength + length + refill
	full := runLength + detection + refill
	return max(alone, float64(c.Threads)*full)
}

// shares measures the part of all instructions that the first of several copies
// of an endless loop commits.
func shares(instructions int, l loop) Measure {
	return func(b *Bench) float64 {
		r := b.window(instructions, l)
		return float64(r.Programs[0].Instructions) / float64(r.Instructions)
	}
}

// equalShare is one thread's part.
func equalShare(c *machine.Config) float64 { return 1 / float64(c.Threads) }

// shareWhy is the derivation of equal shares.
const shareWhy = "The policy knows no difference between copies of one loop, and ties go to whoever had its turn longest ago: one part in threads each."

// Parameters of a coarse scheduler: cycles, and instructions.
const (
	timer   = 94
	quantum = 400
)

// issueModel is a row for one of the issue models of Tullsen et al. (ISCA
// 1995).
func issueModel(name string, most int) Kernel {
	return Kernel{
		Name: "issue-" + name, Group: "threads", Unit: "cycles per turn", Scheduler: "icount:threads=2,width=8,issue=" + name, Machine: wide,
		Doc: fmt.Sprintf("independent instructions on each thread, which issues at most %d a cycle", most),
		Why: fmt.Sprintf("A turn of m instructions takes a thread m / %d cycles, or the threads together threads · m / width.", most),
		At:  []string{"threads=1", "threads=2", "threads=3"}, Breaks: "core.units.int-alu.count=1 core.units.int-alu.interval=2",
		Expect: func(c *machine.Config) float64 {
			return max(turn/float64(most), float64(c.Threads*turn)/float64(c.Core.Issue.Width))
		},
		Measure: together(turn, 1, nothing),
	}
}

// priorityShare is a row for software priorities of which the first context's
// is so much higher than all others'.
func priorityShare(d int) Kernel {
	return Kernel{
		Name: fmt.Sprintf("priority-%d-below", d), Group: "threads", Unit: "part of all",
		Scheduler: fmt.Sprintf("priority:levels=6+%d", 6-d),
		// What cannot be decoded must not keep others out of the fetch buffer.
		Machine: append([]string{"core.fetch.buffer.size=128", "core.fetch.buffer.sharing=static"}, wide...),
		Doc:     fmt.Sprintf("the instructions of a thread beside copies whose priority is %d lower", d),
		Why:     fmt.Sprintf("With decode as the limit each of N threads that is %d below has one in N · 2^%d cycles, which for two is POWER5's 1 in 2^(%d + 1); the first has the rest.", d, d, d),
		At:      []string{"threads=2 core.rename.width=2", "threads=2 core.rename.width=3", "threads=4 core.rename.width=2"}, Breaks: "threads=3",
		Expect: func(c *machine.Config) float64 {
			n := float64(c.Threads)
			return 1 - (n-1)/(n*float64(int(1)<<d))
		},
		Measure: shares(turn, nothing),
	}
}

// threads is about contexts that share a core.
var threads = []Kernel{
	{
		Name: "barrel-strict", Group: "threads", Unit: "cycles per operation", Scheduler: "barrel:rotate=strict",
		Doc: "a chain of additions on each thread of a strict barrel",
		Why: "A thread has every cycle of the rotation in turn and may issue in no other: one addition each rotation, with as many threads as contexts.",
		At:  []string{"threads=2", "threads=3", "threads=4"}, Breaks: "threads=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Threads) },
		Measure: together(links+2, links, additions),
	},
	{
		Name: "barrel-strict-lost", Group: "threads", Unit: "cycles per operation", Scheduler: "barrel:rotate=strict",
		Doc: "a chain of additions alone in a strict barrel",
		Why: "The turns of contexts without a thread are lost.",
		At:  []string{"threads=2", "threads=4"}, Breaks: "threads=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Threads) },
		Measure: cycles(links, additions),
	},
	{
		Name: "barrel-skip", Group: "threads", Unit: "cycles per operation", Scheduler: "barrel:rotate=skip",
		Doc: "a chain of additions alone in a barrel that skips",
		Why: "Contexts without a thread are passed over: every cycle is its own.",
		At:  []string{"threads=2", "threads=4"}, Breaks: "core.units.int-alu.latency=2",
		Expect:  value(1),
		Measure: cycles(links, additions),
	},
	{
		Name: "barrel-width", Group: "threads", Unit: "cycles per turn", Scheduler: "barrel:rotate=strict", Machine: wide,
		Doc: "independent instructions on each thread of a strict barrel",
		Why: "A thread owns one cycle in threads and fetches in no other; a turn of m instructions takes ⌈m / width⌉ of them.",
		At:  []string{"threads=2", "threads=3 core.fetch.width=4", "threads=4 core.fetch.width=6"}, Breaks: "threads=5",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Threads) * math.Ceil(turn/float64(c.Core.Fetch.Width))
		},
		Measure: together(turn, 1, nothing),
	},
	{
		Name: "barrel-one-in-flight-strict", Group: "threads", Unit: "cycles per instruction", Scheduler: "barrel:rotate=strict,inflight=1", Machine: apart,
		Doc: "one instruction of a thread in flight, strict rotation",
		Why: "An instruction holds its thread for D = fetch depth + issue depth + 2 cycles. The thread enters the next at its first turn after that: N · ⌈D / N⌉ cycles.",
		At:  []string{"threads=2", "threads=3", "threads=8", "threads=4 core.fetch.depth=9", "threads=4 core.issue.depth=3"}, Breaks: "threads=11",
		Expect: func(c *machine.Config) float64 {
			n := float64(c.Threads)
			return n * math.Ceil(inFlightDepth(c)/n)
		},
		Measure: together(turn, turn, nothing),
	},
	{
		Name: "barrel-one-in-flight-skip", Group: "threads", Unit: "cycles per instruction", Scheduler: "barrel:rotate=skip,inflight=1", Machine: apart,
		Doc: "one instruction of a thread in flight, busy threads passed over",
		Why: "An instruction holds its thread for D = fetch depth + issue depth + 2 cycles, and one enters a cycle: max(N, D) cycles.",
		At:  []string{"threads=2", "threads=4", "threads=8", "threads=4 core.fetch.depth=9", "threads=4 core.issue.depth=3"}, Breaks: "threads=12",
		Expect: func(c *machine.Config) float64 {
			return max(float64(c.Threads), inFlightDepth(c))
		},
		Measure: together(turn, turn, nothing),
	},
	{
		Name: "coarse-switch", Group: "threads", Unit: "cycles per run",
		Scheduler: fmt.Sprintf("coarse:on=llc,action=squash,timer=0,penalty=%d", penalty), Machine: apart,
		Doc: "runs of 60 cycles that end in a miss, one to five threads taking turns",
		Why: strings.Join([]string{
			"Run length R, memory latency M. One thread never switches: R + M.",
			"Else a switch costs S = 1 to see its cause, the penalty, and the refill of fetch depth and queue.",
			"Few threads: the next one is ready when its miss returns, R + M + S. Enough: each one's run, the detection of",
			"its miss by the L2's lookup, and a switch follow each other, N · (R + L2 + S). Whichever is longer.",
		}, "\n"),
		At:      []string{"threads=1", "threads=2", "threads=3", "threads=5", "threads=2 cache.l2.latency=30", "threads=4 core.fetch.depth=9"},
		Breaks:  "memory.model=fixed:latency=600,bytes=64,cycles=1",
		Expect:  coarsePeriod,
		Measure: together(runLength+3, 1, run()),
	},
	{
		Name: "coarse-timer", Group: "threads", Unit: "cycles per turn", Machine: wide,
		Scheduler: fmt.Sprintf("coarse:on=llc,timer=%d,penalty=%d", timer, penalty),
		Doc:       "threads that never miss, switched by the timer",
		Why:       "A thread fetches for timer cycles, then nobody does for penalty cycles. A turn takes ⌈m / width⌉ of its own fetch cycles, and all threads have their turn before the next.",
		At:        []string{"threads=2", "threads=3"}, Breaks: "threads=4",
		Expect: func(c *machine.Config) float64 {
			own := math.Ceil(turn / float64(c.Core.Fetch.Width))
			return own * float64(c.Threads) * (timer + penalty) / timer
		},
		Measure: together(turn, 1, loop{body: nothing.body, warm: 94 * 2, turns: 94 * 20}),
	},
	{
		Name: "coarse-long", Group: "threads", Unit: "cycles per run",
		Scheduler: fmt.Sprintf("coarse:on=long,action=squash,timer=0,penalty=%d", penalty),
		Machine:   []string{"core.units.int-div.latency=150", "core.units.int-div.interval=1"},
		Doc:       "runs of 60 cycles that end in a division, threads taking turns",
		Why:       "As coarse-switch, with the division's latency for the memory's. A division is known to be long when it issues.",
		At:        []string{"threads=1", "threads=2", "threads=4", "threads=2 core.units.int-div.latency=222"}, Breaks: "core.units.int-div.latency=400",
		Expect: func(c *machine.Config) float64 { return switching(c, float64(c.Core.Units.IntDiv.Latency), 0) },
		Measure: func(b *Bench) float64 {
			half := repeat(runLength/2, "addi a0, a0, 0")
			return together(runLength+3, 1, loop{body: lines(half, "div a0, a0, a1", half), warm: 20, turns: 200})(b)
		},
	},
	{
		Name: "coarse-quantum", Group: "threads", Unit: "cycles per turn", Machine: wide,
		Scheduler: fmt.Sprintf("coarse:on=llc,timer=0,quantum=%d,penalty=%d", quantum, penalty),
		Doc:       "threads that never miss, switched by the quantum",
		Why:       "A thread's first instructions commit depth + 2 cycles after it begins to fetch, and its quantum with the last of quantum / width cycles, which is seen in the next. It fetches until then; then nobody does for penalty cycles. A turn takes ⌈m / width⌉ of its own fetch cycles.",
		At:        []string{"threads=2", "threads=3", "threads=2 core.fetch.depth=9 core.fetch.buffer.size=128"}, Breaks: "threads=4",
		Expect: func(c *machine.Config) float64 {
			width := float64(c.Core.Fetch.Width)
			fetching := float64(c.Core.Fetch.Depth+2) + quantum/width
			return math.Ceil(turn/width) * float64(c.Threads) * (fetching + penalty) / fetching
		},
		Measure: together(turn, 1, loop{body: nothing.body, warm: 500, turns: 5000}),
	},
	{
		Name: "smt-scaling", Group: "threads", Unit: "cycles per operation", Scheduler: "icount",
		Doc: "a chain of floating-point additions on each thread",
		Why: "The chains leave most slots empty, so they cost each other nothing: a latency an operation on each thread.",
		At:  []string{"threads=2", "threads=4"}, Breaks: "core.units.fp-add.latency=5",
		Expect:  func(c *machine.Config) float64 { return float64(c.Core.Units.FPAdd.Latency) },
		Measure: together(links+2, links, loop{body: repeat(links, "fadd.d fa0, fa0, fa1")}),
	},
	{
		Name: "smt-unit-sharing", Group: "threads", Unit: "cycles per operation", Scheduler: "icount",
		Doc: "independent multiplications on each thread",
		Why: "The units take count operations every interval cycles, whose they are: a thread's takes threads times as long as alone.",
		At:  []string{"threads=2", "threads=3 core.units.int-mul.interval=2", "threads=4 core.units.int-mul.count=2"}, Breaks: "core.units.int-mul.count=3",
		Expect: func(c *machine.Config) float64 {
			u := c.Core.Units.IntMul
			return float64(c.Threads*u.Interval) / float64(u.Count)
		},
		Measure: together(independent+2, independent, flood("mul %s, a0, a1", integers)),
	},
	{
		Name: "smt-issue-width", Group: "threads", Unit: "cycles per turn", Scheduler: "icount.2.8", Machine: wide,
		Doc: "independent instructions on each thread, narrow issue",
		Why: "The threads together fill every issue slot: threads · m / width cycles.",
		At:  []string{"threads=2 core.issue.width=3", "threads=4 core.issue.width=5"}, Breaks: "core.issue.width=4",
		Expect: func(c *machine.Config) float64 {
			return float64(c.Threads*turn) / float64(c.Core.Issue.Width)
		},
		Measure: together(turn, 1, nothing),
	},
	{
		Name: "round-robin-shares", Group: "threads", Unit: "part of all", Scheduler: "rr.1.8", Why: shareWhy,
		Doc: "the instructions of one of several copies under round robin",
		At:  []string{"threads=2", "threads=3", "threads=4"}, Breaks: "threads=5",
		Expect: equalShare, Measure: shares(turn, nothing),
	},
	{
		Name: "icount-shares", Group: "threads", Unit: "part of all", Scheduler: "icount.2.8", Why: shareWhy,
		Doc: "the instructions of one of several copies under ICOUNT",
		At:  []string{"threads=2", "threads=3", "threads=4"}, Breaks: "threads=5",
		Expect: equalShare, Measure: shares(turn, nothing),
	},
	issueModel("single", 1), issueModel("dual", 2), issueModel("four", 4),
	{
		Name: "issue-limited", Group: "threads", Unit: "cycles per turn", Scheduler: "icount:threads=2,width=8,issue=limited", Machine: wide,
		Doc: "independent additions on each thread, each wired to one unit of a class",
		Why: "Of a turn's instructions all but the branch are additions, which the context's one adder takes one a cycle.",
		At:  []string{"threads=1", "threads=2", "threads=4"}, Breaks: "core.units.int-alu.interval=2",
		Expect: value(turn - 1), Measure: together(turn, 1, nothing),
	},
	priorityShare(1), priorityShare(3),
	{
		Name: "flush-refetch", Group: "threads", Unit: "cycles per load", Scheduler: "flush:trigger=llc",
		Machine: append([]string{"threads=2", "core.fetch.buffer.sharing=static", "core.rob.sharing=static", "core.iq.sharing=static"}, wide...),
		Doc:     "a chain of loads that miss all caches, flushed behind each, beside a thread that never misses",
		Why:     "The next load is squashed when the miss is known. Its thread may fetch again in the cycle after the data has come; the load is renamed fetch depth later and issues in the next cycle: M + depth + 2. Once in eight loads the loop's branch ends a cycle's fetch before it.",
		At:      []string{"", "core.fetch.depth=9", "memory.model=fixed:latency=320,bytes=64,cycles=1"}, Breaks: "core.fetch.depth=14 core.fetch.buffer.size=256",
		Expect: func(c *machine.Config) float64 {
			m, _, _ := fixedMemory(c)
			return m + float64(c.Core.Fetch.Depth+2) + 1.0/8
		},
		Measure: func(b *Bench) float64 {
			missing := chase(2048, node)
			missing.body = repeat(8, missing.body)
			r := b.run("", machine.Limits{Warmup: 15_000, Insts: 10 * 200, Until: machine.UntilAll}, missing.source(endless), additions.source(endless))
			p := &r.Programs[0]
			return float64(p.Cycles) / (float64(p.Instructions) * 8 / 10)
		},
	},
	{
		Name: "idle-contexts", Group: "threads", Unit: "times as long", Scheduler: "icount",
		Doc: "a program beside idle contexts, compared with itself alone",
		Why: "A context without a thread takes no slot and, with shared structures, no entry.",
		At:  []string{"threads=2", "threads=4", "threads=8"}, Breaks: "core.rob.sharing=cap:4",
		Expect: value(1),
		Measure: func(b *Bench) float64 {
			l := chains(8, missL1)
			beside := b.perTurn(elapsed, l)
			return beside / b.aloneOn(l)
		},
	},
}

// aloneOn is the cycles of a turn of a loop under single on the machine that
// the kernel expects, whatever it is broken by.
func (b *Bench) aloneOn(l loop) float64 {
	config, err := b.kernel.config("threads=" + strconv.Itoa(b.config.Threads))
	must(err)
	one := *b.kernel
	one.Scheduler = "single"
	other := Bench{ctx: b.ctx, kernel: &one, config: config}
	return other.perTurn(elapsed, l)
}
