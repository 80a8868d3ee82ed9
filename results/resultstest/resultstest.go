// Package resultstest makes up comparisons and sets of runs for tests of what draws them. The
// numbers are plausible, consistent (ledgers sum, metrics follow from the
// records) and no measurement of anything.
package resultstest

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/threadmill-sim/threadmill/results"
)

const (
	width  = 8
	warmup = 200_000
	insts  = 1_000_000
)

// Schedulers are eight disciplines, canonical and as long as names get.
var Schedulers = []string{
	"single",
	"coarse:on=llc+tlb,action=squash,penalty=10,timer=2000",
	"barrel:rotate=skip,inflight=0",
	"icount:threads=2,width=8",
	"barrel:rotate=strict,inflight=0",
	"coarse:on=l1+l2+llc+tlb,action=drain,penalty=3,timer=100000",
	"rr:threads=1,width=8",
	"rr:threads=8,width=1",
}

// Programs are eight workloads.
var Programs = []string{"sort", "matmul", "bfs", "chase", "sha256", "hashjoin 65536", "./path/to/a-program-of-my-own --with some arguments", "fft@test"}

// soloIPC of each program, and what a thousand of its instructions miss.
var behaviours = []struct {
	ipc    float64
	misses map[string]float64
}{
	{1.92, map[string]float64{"l1i": 0.01, "l1d": 4.2, "l2": 1.1, "l3": 0.2, "tlb": 0.05, "branch": 11.4}},
	{4.71, map[string]float64{"l1i": 0.01, "l1d": 18.3, "l2": 2.0, "l3": 0.1, "tlb": 0.2, "branch": 0.6}},
	{0.83, map[string]float64{"l1i": 0.02, "l1d": 61.0, "l2": 38.5, "l3": 9.7, "tlb": 7.3, "branch": 6.1}},
	{0.06, map[string]float64{"l1i": 0, "l1d": 333, "l2": 333, "l3": 320, "tlb": 45, "branch": 0.1}},
}

// gain is the throughput that a discipline reaches of what n threads could,
// as the exponent of n.
var gains = []float64{0, 0.22, 0.48, 0.61, 0.35, 0.15, 0.55, 0.58}

// Comparison is a comparison of the first disciplines on the first programs,
// at most eight of each.
func Comparison(disciplines, programs int) *results.Comparison {
	c := &results.Comparison{
		Schema:  results.Schema,
		Command: "threadmill compare --machine default --warmup 200000 --insts 1000000 --until all --seed 1",
		Mix:     slices.Clone(Programs[:programs]),
		Configuration: "threads = 4\nfrequency = 4000\n\n[core.rob]\nsize = 512\nsharing = \"shared\"\n\n" +
			"[cache.l1d]\nsize = \"48K\"\nways = 12\n\n[memory]\nmodel = \"fixed:latency=300\"\n",
	}
	for _, p := range c.Mix {
		c.Command += fmt.Sprintf(" %q", p)
	}
	for d := range disciplines {
		for k := 1; k <= programs; k++ {
			r := run(d, programs, first(k), 1)
			if k == programs {
				c.Runs = append(c.Runs, r)
			} else {
				c.Scaling = append(c.Scaling, r)
			}
		}
	}
	for i := range programs {
		c.Baselines = append(c.Baselines, alone(i))
	}
	c.Measure(func(digest string) *results.Curve {
		for i := range c.Mix {
			if digest == digestOf(i) {
				return soloCurve(i)
			}
		}
		return nil
	})
	return c
}

func digestOf(program int) string { return fmt.Sprintf("%064x", program+1) }

// soloCurve is a program that runs at its own IPC from the first instruction.
func soloCurve(program int) *results.Curve {
	const instructions = 2 * (warmup + insts)
	const step = 100_000
	c := &results.Curve{}
	for n := uint64(0); n <= instructions; n += step {
		c.Points = append(c.Points, results.CurvePoint{Instructions: n, Cycles: soloCycles(program, n)})
	}
	return c
}

func soloCycles(program int, n uint64) uint64 {
	return uint64(float64(n) / behaviours[program%len(behaviours)].ipc)
}

func alone(program int) *results.Record {
	r := newRecord("single", 1)
	r.add(program, soloCycles(program, insts), 0)
	return r.finish(0)
}

// first are the numbers of the first k programs.
func first(k int) (list []int) {
	for i := range k {
		list = append(list, i)
	}
	return list
}

// run is some programs under discipline d on a machine of the given contexts;
// what they take beside one another is multiplied by slower.
func run(d, contexts int, programs []int, slower float64) *results.Record {
	k := len(programs)
	if d == 0 {
		contexts = 1
	}
	r := newRecord(Schedulers[d], contexts)
	for _, i := range programs {
		cycles := float64(soloCycles(i, insts))
		if d > 0 { // who waits for memory anyway is slowed down least
			alone := behaviours[i%len(behaviours)].ipc
			cycles *= (1 + (math.Pow(float64(k), 1-gains[d])-1)*min(1, 0.3+alone/3)) * slower
		}
		contention := 0
		if d > 0 {
			contention = k - 1
		}
		r.add(i, uint64(cycles), contention)
	}
	switches := uint64(0)
	if d == 1 || d == 5 {
		switches = uint64(4000 * k)
	}
	return r.finish(switches)
}

type builder struct {
	*results.Record
	counters map[string]uint64 // finish makes the statistics of them
}

func newRecord(scheduler string, contexts int) *builder {
	return &builder{&results.Record{
		Schema: results.Schema, Machine: "default", Scheduler: scheduler, End: "all",
		Setup: results.Setup{
			Model: "1", Config: fmt.Sprintf("%064x", 0xc0ffee), Contexts: contexts, Width: width,
			Warmup: warmup, Insts: insts, Until: "all", Seed: 1,
		},
		Host: results.Host{Seconds: 1.25, KIPS: 3200},
	}, make(map[string]uint64)}
}

// add adds a program that took the given cycles for its instructions.
func (r *builder) add(program int, cycles uint64, contention int) {
	i := len(r.Programs)
	zero := 0
	p := results.Program{
		Workload: Programs[program], Digest: digestOf(program), Start: warmup,
		Instructions: insts, Cycles: cycles, Stdout: []byte("checksum 0x1234 <ok>\n"),
	}
	if program%2 == 0 {
		p.ExitCode = &zero
	}
	r.Programs = append(r.Programs, p)
	r.Threads = append(r.Threads, results.Thread{ID: i, Program: &i, Instructions: insts, Cycles: cycles, IPC: p.IPC()})
	prefix := fmt.Sprintf("thread%d.", i)
	r.counters[prefix+"committed"] = insts
	for key, mpki := range behaviours[program%len(behaviours)].misses {
		n := uint64(mpki * insts / 1000 * (1 + 0.3*float64(contention))) // more threads, less cache for each
		r.counters[statOf[key]] += n
		r.counters[prefix+statOf[key]] = n
	}
	r.addLedger(prefix, program, cycles, contention)
}

// addLedger splits the dispatch slots that did not retire by what the program
// misses and by its neighbours.
func (r *builder) addLedger(prefix string, program int, cycles uint64, contention int) {
	misses := behaviours[program%len(behaviours)].misses
	classes := []struct {
		name   string
		weight float64
	}{
		{"wrongpath", 6 * misses["branch"]}, {"mispredict", 8 * misses["branch"]},
		{"icache", 1}, {"fetch", 15}, {"short_int", 30}, {"unit_busy", 5}, {"rob", 8},
		{"l2", 3 * misses["l1d"]}, {"l3", 8 * misses["l2"]}, {"memory", 80 * misses["l3"]}, {"dtlb", 20 * misses["tlb"]},
		{"other_thread", 60 * float64(contention)}, {"iq_other", 20 * float64(contention)},
	}
	sum := 0.0
	for _, c := range classes {
		sum += c.weight
	}
	left := width*cycles - insts
	rest := left
	for _, c := range classes {
		n := uint64(float64(left) * c.weight / sum)
		rest -= n
		r.counters[prefix+"slots.dispatch."+c.name] = n
	}
	r.counters[prefix+"slots.dispatch.retired"] = insts
	r.counters[prefix+"slots.dispatch.inflight"] = rest
}

var statOf = map[string]string{
	"l1i": "l1i.misses", "l1d": "l1d.misses", "l2": "l2.misses", "l3": "l3.misses",
	"tlb": "tlb.l2.misses", "branch": "branch.mispredicted",
}

// finish sets the totals. Programs on one context ran one after another;
// otherwise all run until the slowest is measured.
func (r *builder) finish(switches uint64) *results.Record {
	for _, p := range r.Programs {
		if r.Setup.Contexts == 1 {
			r.Cycles += p.Cycles
		} else {
			r.Cycles = max(r.Cycles, p.Cycles)
		}
	}
	for _, p := range r.Programs {
		n := p.Instructions
		if r.Setup.Contexts > 1 {
			n = uint64(float64(n) * float64(r.Cycles) / float64(p.Cycles))
		}
		r.Instructions += n
	}
	r.IPC = results.Ratio(r.Instructions, r.Cycles)
	total := width * r.Cycles
	left := total - r.Instructions
	set := func(name string, v uint64) { r.counters[name] = v }
	set("cycles", r.Cycles)
	set("committed", r.Instructions)
	set("slots.issue.total", total)
	set("slots.issue.cause.retired", r.Instructions)
	set("slots.issue.cause.inflight", left/2000)
	set("slots.issue.cause.replayed", min(switches*20, left/20))
	set("slots.issue.cause.wrongpath", left/14)
	set("slots.issue.horizontal", left/3)
	used := uint64(0)
	for _, name := range []string{"cause.inflight", "cause.replayed", "cause.wrongpath", "horizontal"} {
		used += r.counters["slots.issue."+name]
	}
	set("slots.issue.vertical", left-used)
	if switches > 0 {
		set("scheduler.switches", switches)
	}
	r.Stats = results.NewStats(r.counters)
	r.Utilization = results.Utilization(r.Stats)
	for len(r.Threads) < r.Setup.Contexts {
		r.Threads = append(r.Threads, results.Thread{ID: len(r.Threads), IPC: results.Undefined})
	}
	return r.Record
}

// Count gives counters of a record other values, or new ones.
func Count(r *results.Record, counters map[string]uint64) {
	all := maps.Collect(r.Stats.All())
	maps.Copy(all, counters)
	r.Stats = results.NewStats(all)
}
