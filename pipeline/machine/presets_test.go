package machine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// What has been published of the machines that presets are named after, by
// path: what no preset's comment calls unverified or chosen. A number that a preset
// derives is written as it is derived.
var published = map[string][]string{
	"isca95": { // Tullsen, Eggers and Levy, ISCA 1995
		"threads=8", "scheduler=priority:threads=8,width=32,issue=full", "core.issue.width=8",
		"core.iq.size=64", "core.iq.sharing=static", // 8 for each of 8 threads
		"core.units.int-mul.latency=16", "core.units.fp-div.latency=30", "core.units.fp-add.latency=4", "core.units.fp-mul.latency=4",
		"core.ports.int-alu=p0+p1+p2+p3", "core.ports.fp-add=p4+p5", "core.ports.load=p6+p7+p8", "core.ports.branch=p9", // ten units
		"branch.direction=bimodal:bits=11", "branch.ras=12", "branch.indirect=32",
		"cache.l1i.size=64K", "cache.l1i.ways=1", "cache.l1d.size=64K", "cache.l1d.ways=1", "cache.l1d.banks=8", "cache.l1d.latency=2", "cache.l1d.line=32",
		"cache.l2.size=256K", "cache.l2.ways=4", "cache.l2.banks=4", "cache.l2.latency=8", "cache.l3.size=2M", "cache.l3.ways=1", "cache.l3.latency=14",
		"memory.model=fixed:latency=50,bytes=32,cycles=8", "tlb.walker.latency=100",
	},
	"isca96": {"threads=8", "scheduler=icount.2.8"},
	"niagara-t1": { // Kongetira et al., IEEE Micro 2005
		"threads=4", "scheduler=barrel:rotate=skip", "core.fetch.width=2", "core.issue.width=1", "core.issue.order=in-order",
		"core.store-buffer.size=32", "core.store-buffer.sharing=static", // eight a thread
		"cache.l1i.size=16K", "cache.l1i.ways=4", "cache.l1i.line=32", "cache.l1d.size=8K", "cache.l1d.ways=4", "cache.l1d.line=16",
		"cache.l1d.write=write-through", "cache.l1d.store-miss=no-allocate",
		"cache.l2.size=384K", "cache.l2.ways=12", "cache.l2.banks=4", // 3 MB for eight cores
		"frequency=1200", "core.fetch.depth=2", "core.scoreboard.misses=1", // six stages, two of them between fetch and execution; a miss stops its thread
		"tlb.i.entries=64", "tlb.i.ways=64", "tlb.d.entries=64", "tlb.d.ways=64",
	},
	"zen2": { // AMD's optimization guide, family 17h
		"threads=2", "core.rename.width=6", "core.rob.size=224", "core.iq.size=64", "core.iq-mem.size=28", "core.iq-fp.size=36", "core.lq.size=44", "core.sq.size=48",
		"core.int-registers.size=116", "core.fp-registers.size=96", // 180 and 160 with 2 x 32
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l1d.latency=4",
		"cache.l2.size=512K", "cache.l2.ways=8", "cache.l2.latency=12", "cache.l3.size=4M", // 16 MB for four cores
		"core.fetch.width=8", "core.commit.width=8", "core.units.int-alu.count=4", "core.units.load.count=2", "core.units.store.count=1",
		"branch.btb.entries=512", "branch.btb2.entries=7168", "branch.ras=32", "branch.indirect=1024", "cache.l1d.mshrs=22",
		"cache.l2.inclusion=inclusive", "cache.l3.ways=16", "cache.l3.latency=39", "cache.l3.inclusion=exclusive",
		"tlb.i.entries=64", "tlb.i.ways=64", "tlb.d.entries=64", "tlb.d.ways=64", "tlb.l2.entries=2048", "tlb.l2.ways=16", "tlb.walker.walks=2", "tlb.walker.cache.level1=64",
	},
	"zen3": { // AMD's optimization guide, family 19h
		"threads=2", "core.rename.width=6", "core.commit.width=8", "core.rob.size=256", "core.rob.sharing=static+active",
		"core.iq.size=96", "core.iq-fp.size=64", "core.lq.size=72", "core.sq.size=64", // 4 x 24 and 2 x 32
		"core.int-registers.size=128", "core.fp-registers.size=96", // 192 and 160 with 2 x 32
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l1d.latency=4", "cache.l2.size=512K", "cache.l3.size=4M", // 32 MB for eight cores
		"core.fetch.width=8", "core.units.int-alu.count=4", "core.units.load.count=3", "core.units.store.count=2",
		"branch.btb.entries=1024", "branch.btb2.entries=6656", "branch.ras=32", "cache.l1d.mshrs=24",
		"cache.l2.ways=8", "cache.l2.latency=12", "cache.l2.inclusion=inclusive", "cache.l3.ways=16", "cache.l3.latency=46", "cache.l3.inclusion=exclusive",
		"tlb.i.entries=64", "tlb.i.ways=64", "tlb.d.entries=64", "tlb.d.ways=64", "tlb.l2.entries=2048", "tlb.l2.ways=8", "tlb.walker.walks=6", "tlb.walker.cache.level1=64",
	},
	"skylake": { // Intel's optimization manual
		"threads=2", "core.issue.width=6", "core.rob.size=224", "core.rob.sharing=static+active", "core.iq.size=97", "core.lq.size=72", "core.sq.size=56",
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l2.size=256K",
		"core.fetch.width=6", "core.fetch.buffer.size=128", "core.lq.sharing=static+active", "core.sq.sharing=static+active", // a queue of 64 each
		"core.ports.int-alu=p5+p6+p1+p0", "core.ports.int-mul=p1", "core.ports.branch=p6+p0", "core.ports.load=p2+p3", "core.ports.store=p4", "core.ports.fp-mul=p0+p1", "core.ports.fp-div=p0",
		"cache.l1d.latency=4", "cache.l1d.mshrs=10", "cache.l2.latency=12", "cache.l2.interval=1", "cache.l2.inclusion=none", "cache.l3.interval=2", "cache.l3.inclusion=inclusive",
		"tlb.i.entries=128", "tlb.i.ways=8", "tlb.i.sharing=static", "tlb.i.large.entries=16", "tlb.i.large.ways=8", // 8 each
		"tlb.d.entries=64", "tlb.d.ways=4", "tlb.d.large.entries=32", "tlb.d.large.ways=4", "tlb.l2.entries=1536", "tlb.l2.ways=12",
	},
	"pentium4-ht": { // Marr et al., Intel Technology Journal 2002; Hinton et al., 2001
		"threads=2", "core.rob.size=126", "core.rob.sharing=static+active", "core.lq.size=48", "core.lq.sharing=static+active", "core.sq.size=24", "core.sq.sharing=static+active",
		"core.int-registers.size=64", "core.fp-registers.size=64", // 128 each with 2 x 32
		"cache.l1i.size=48K", "cache.l1d.size=8K", "cache.l1d.ways=4", "cache.l2.size=512K", "cache.l3=none", // 12 K operations
		"core.rename.threads=1", "core.issue.width=6", "core.commit.threads=1", "cache.l1d.write=write-through", "cache.l2.ways=8",
		"branch.sharing.direction=tagged", "branch.sharing.ras=per-thread", "tlb.i.sharing=static",
	},
	"power5": { // Kalla et al., IEEE Micro 2004
		"threads=2", "scheduler=priority:threads=1,width=8,levels=4", "core.fetch.width=8", "core.rename.width=5", "core.rename.threads=1",
		"core.int-registers.size=56", "core.fp-registers.size=56", // 120 each with 2 x 32
		"cache.l1i.size=64K", "cache.l1i.ways=2", "cache.l1d.size=32K", "cache.l1d.ways=4", "cache.l2.size=960K", "cache.l3.size=18M", // 1.92 and 36 MB for two cores
		"core.issue.width=8", "core.units.int-alu.count=2", "core.units.load.count=2", "core.units.fp-add.count=2", "core.units.branch.count=1",
		"cache.l1i.line=128", "cache.l1d.line=128", "cache.l2.line=128", "cache.l3.inclusion=exclusive", // it takes the L2's victims
	},
	"ev8":       {"threads=4", "core.fetch.width=16", "core.rename.width=8", "core.issue.width=8", "cache.l1i.size=64K", "cache.l1i.ways=2", "cache.l1d.size=64K", "cache.l2.size=3M"},
	"rs64-iv":   {"threads=2", "core.fetch.depth=2", "cache.l2.size=16M", "cache.l2.ways=4", "core.issue.order=in-order"}, // five stages
	"montecito": {"threads=2", "core.fetch.width=6", "core.issue.width=6", "core.issue.order=in-order"},                   // two bundles of three
	"april":     {"threads=4", "scheduler=coarse:on=llc,action=squash,penalty=10", "core.issue.order=in-order", "core.issue.width=1", "memory.model=fixed:latency=55,bytes=16,cycles=2"},
	"champsim": { // champsim_config.json
		"threads=1", "core.fetch.wrong-path=stall", "core.rename.width=6", "cache.l1d.line=64", "cache.l2.line=64",
		"core.fetch.width=6", "core.rob.size=352", "core.lq.size=128", "core.sq.size=72", "cache.l1i.size=32K", "cache.l1i.ways=8",
		"cache.l1d.size=48K", "cache.l1d.ways=12", "cache.l1d.latency=5", "cache.l2.size=512K", "cache.l2.ways=8", "cache.l2.latency=15", // 5 + 10
		"tlb.i.entries=64", "tlb.i.ways=4", "tlb.d.entries=64", "tlb.d.ways=4", "tlb.l2.entries=1536", "tlb.l2.ways=12", "tlb.l2.latency=8",
	},
	"gem5-o3": { // BaseO3CPU.py, FuncUnitConfig.py
		"scheduler=rr:threads=1,width=8", "core.ports.int-mul=p0+p1", "core.ports.int-div=p0+p1", "core.ports.fp-mul=p2+p3", "core.ports.fp-div=p2+p3", "core.ports.fp-sqrt=p2+p3",
		"core.ports.load=p4+p5+p6+p7", "core.ports.store=p4+p5+p6+p7",
		"core.fetch.width=8", "core.rob.size=192", "core.iq.size=64", "core.lq.size=32", "core.sq.size=32", "core.int-registers.size=192", "core.fp-registers.size=192", // 256 with 2 x 32
		"core.lsq.disambiguation=store-sets:ssit=1024,lfst=1024,clear=250000,tables=tagged",
		"core.rename.width=8", "core.issue.width=8", "core.commit.width=8", "core.rob.sharing=static", "core.iq.sharing=static", "core.lq.sharing=static", "core.sq.sharing=static",
		"core.units.int-alu.count=6", "core.units.int-mul.latency=3", "core.units.int-div.latency=20", "core.units.fp-add.count=4", "core.units.fp-add.latency=2",
		"core.units.fp-mul.latency=4", "core.units.fp-div.latency=12", "core.units.fp-div.interval=12", "core.units.fp-sqrt.latency=24", "core.units.fp-sqrt.interval=24",
	},
	"cdc6600-pp": {"threads=10", "scheduler=barrel:rotate=strict", "frequency=10", "core.issue.width=1"},
	"xmos-xs1":   {"threads=8", "scheduler=barrel:rotate=skip,inflight=1", fmt.Sprintf("core.fetch.depth=%d", 4-inFlight), "frequency=400"}, // a thread has at most a quarter
	"tera-mta": { // no data cache; eight references a thread, of 64
		"scheduler=barrel:rotate=skip,inflight=1", fmt.Sprintf("core.fetch.depth=%d", 21-inFlight), "cache.l1d.mshrs=512", "cache.l2=none", // 21 stages
	},
	"hep": {"scheduler=barrel:rotate=skip,inflight=1", "cache.l2=none"}, // one instruction of a thread; no data cache
}

// inFlight is how many cycles beyond the fetch depth an instruction holds its
// thread when one of each may be in the pipeline: it issues, and has committed.
const inFlight = 2

// The presets are what has been published: setting a path to the published value
// changes nothing.
func TestPresetsArePublished(t *testing.T) {
	for _, p := range Presets() {
		if published[p.Name] == nil && p.Name != "default" && p.Name != "scalar" {
			t.Errorf("of %s nothing is published", p.Name)
		}
	}
	for name, values := range published {
		for _, set := range values {
			is, want := preset(t, name), preset(t, name)
			if err := want.Set(set); err != nil {
				t.Error(err)
			} else if is.String() != want.String() {
				path, _, _ := strings.Cut(set, "=")
				v, err := is.find(path)
				t.Errorf("%s: %s is %v, published is %s (%v)", name, path, v, set, err)
			}
		}
	}
}

// switches are the beginnings of disciplines of which the rest is not published: the
// events that switch and what becomes of the thread that is left.
var switches = map[string]string{
	"rs64-iv":   "coarse:on=l1+l2+llc+tlb,", // long events, and an L1 miss when the other thread is ready
	"montecito": "coarse:on=llc,action=squash,",
}

// Coarse-grained machines switch on what has been published, and by a timer too.
func TestPresetsSwitch(t *testing.T) {
	for name, want := range switches {
		_, own, err := scheduler.Parse(preset(t, name).Discipline())
		if err != nil || !strings.HasPrefix(own.String(), want) || own.Int("timer") == 0 {
			t.Errorf("%s has %s (%v), published is %s and a timer", name, own, err, want)
		}
	}
}

// penalties are the cycles from the fetch of a mispredicted branch to that of its
// successor: published, or what the preset says that it has from memory.
var penalties = map[string]int{
	"default": 13, // Zen 3's
	"isca95":  6,
	"isca96":  7, // unverified
	"zen2":    17,
	"zen3":    13,
	"skylake": 16,

	"pentium4-ht": 20,
	"power5":      12, // unverified
	"ev8":         14,
}

// A misprediction costs what it is said to: four more branches that are
// always mispredicted cost four times as much.
func TestPresetsMispredict(t *testing.T) {
	const turns = 50
	for name, want := range penalties {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elapsed := func(branches, turns int) uint64 {
				p := counted(t, "branches", "nop\n"+strings.Repeat("\tbnez zero, loop\n", branches), turns, 0)
				j := job(t, "single", Limits{}, p)
				j.Config = preset(t, name, "branch.direction=taken")
				return run(t, j).Cycles
			}
			turn := func(branches int) uint64 { return elapsed(branches, 2*turns) - elapsed(branches, turns) }
			if got := float64(turn(6)-turn(2)) / (4 * turns); got != float64(want) {
				t.Errorf("a misprediction costs %v cycles, published are %d", got, want)
			}
		})
	}
}

// Presets with one instruction of each thread in flight give a thread one issue
// slot in as many as they have stages, and more until as many threads run.
func TestPresetsOneInFlight(t *testing.T) {
	for name, stages := range map[string]int{"hep": 8, "tera-mta": 21, "xmos-xs1": 4} {
		for _, threads := range []int{1, 2, stages - 1, stages, stages + 1} {
			var programs []*workloads.Program
			for range threads {
				programs = append(programs, fast(t))
			}
			j := job(t, preset(t, name).Discipline(), Limits{Warmup: 300, Insts: 900, Until: UntilFirst}, programs...)
			j.Config = preset(t, name)
			r := run(t, j)
			ipc, want := float64(r.Instructions)/float64(r.Cycles), min(1, float64(threads)/float64(stages))
			if ipc < 0.99*want || ipc > 1.01*want {
				t.Errorf("%s: IPC %.3f of %d threads, want %.3f", name, ipc, threads, want)
			}
		}
	}
}

// Each peripheral processor has one slot in ten, however many of them run.
func TestPresetsStrictRotation(t *testing.T) {
	for _, programs := range []int{1, 3, 10} {
		j := job(t, preset(t, "cdc6600-pp").Discipline(), Limits{Warmup: 300, Insts: 900, Until: UntilFirst})
		for range programs {
			j.Programs = append(j.Programs, fast(t))
		}
		j.Config = preset(t, "cdc6600-pp")
		r := run(t, j)
		if ipc, want := float64(r.Instructions)/float64(r.Cycles), float64(programs)/10; ipc < 0.99*want || ipc > 1.01*want {
			t.Errorf("IPC %.3f of %d processors, want %.1f", ipc, programs, want)
		}
	}
}

// Every preset can be built with one and two threads too, and retires what the
// emulator executes, with as many programs as it has threads up to four.
func TestPresetsLockstep(t *testing.T) {
	all, executed := suite(t)
	for n, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			c := preset(t, p.Name)
			for _, contexts := range []int{1, 2} {
				if err := c.validate(contexts, nil); err != nil {
					t.Error(err)
				}
			}
			if slices.Contains([]string{"tera-mta", "hep", "cdc6600-pp"}, p.Name) && !needs.CI() {
				t.Skip("has no caches and takes long for whole programs: under CI only")
			}
			first, k := n%(len(all)-4), min(c.Threads, 4)
			lockstep(t, Job{Config: c, Scheduler: c.Discipline(), Programs: all[first : first+k]}, executed[first:first+k])
		})
	}
}

// A machine's own discipline is a choice of the catalog; none is icount, and is
// the same machine.
func TestScheduler(t *testing.T) {
	none, icount := preset(t, "default", "scheduler="), preset(t, "default", "scheduler=icount.2.8")
	if none.Discipline() != "icount" || none.Digest() != icount.Digest() {
		t.Errorf("no scheduler is %s", none.Discipline())
	}
	for _, tc := range []struct{ text, want string }{
		{onDefault(`scheduler = "icont"`), `m.toml:2: scheduler: unknown scheduler "icont", did you mean "icount"?`},
		{onDefault(`scheduler = "coarse:penalty=x"`), "m.toml:2: scheduler: "},
		{onDefault(`scheduler = 4`), "m.toml:2: scheduler: 4 is not a string"},
	} {
		if _, err := load(t, tc.text); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
	for _, p := range Presets() {
		if _, _, err := scheduler.Parse(preset(t, p.Name).Scheduler); err != nil {
			t.Errorf("%s names no discipline: %v", p.Name, err)
		}
	}
}
