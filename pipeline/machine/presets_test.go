package machine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
)

// What has been published of the machines that presets are named after, by
// path. A number that a preset derives is written as it is derived.
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
		"tlb.i.entries=64", "tlb.i.ways=64", "tlb.d.entries=64", "tlb.d.ways=64",
	},
	"zen2": { // AMD's optimization guide, family 17h
		"threads=2", "core.rename.width=6", "core.rob.size=224", "core.iq.size=64", "core.iq-mem.size=28", "core.iq-fp.size=36", "core.lq.size=44", "core.sq.size=48",
		"core.int-registers.size=116", "core.fp-registers.size=96", // 180 and 160 with 2 x 32
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l1d.latency=4",
		"cache.l2.size=512K", "cache.l2.ways=8", "cache.l2.latency=12", "cache.l3.size=4M", // 16 MB for four cores
	},
	"zen3": { // AMD's optimization guide, family 19h
		"threads=2", "core.rename.width=6", "core.commit.width=8", "core.rob.size=256", "core.rob.sharing=static+active",
		"core.iq.size=96", "core.iq-fp.size=64", "core.lq.size=72", "core.sq.size=64", // 4 x 24 and 2 x 32
		"core.int-registers.size=128", "core.fp-registers.size=96", // 192 and 160 with 2 x 32
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l1d.latency=4", "cache.l2.size=512K", "cache.l3.size=4M", // 32 MB for eight cores
	},
	"skylake": { // Intel's optimization manual
		"threads=2", "core.issue.width=6", "core.rob.size=224", "core.rob.sharing=static+active", "core.iq.size=97", "core.lq.size=72", "core.sq.size=56",
		"cache.l1i.size=32K", "cache.l1i.ways=8", "cache.l1d.size=32K", "cache.l1d.ways=8", "cache.l2.size=256K",
	},
	"hep": {"scheduler=barrel:rotate=skip,inflight=1", fmt.Sprintf("core.fetch.depth=%d", 8-inFlight)}, // 8 stages
}

// inFlight is how many cycles beyond the fetch depth an instruction holds its
// thread when one of each may be in the pipeline: it issues, and has committed.
const inFlight = 2

// The presets are what has been published: setting a path to the published value
// changes nothing.
func TestPresetsArePublished(t *testing.T) {
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

// penalties are the published cycles from the fetch of a mispredicted branch to
// that of its successor.
var penalties = map[string]int{
	"default": 13, // Zen 3's
	"isca95":  6,
	"isca96":  7, // unverified
	"zen2":    17,
	"zen3":    13,
	"skylake": 16,
}

// A misprediction costs what has been published: four more branches that are
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
	for name, stages := range map[string]int{"hep": 8} {
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

// Every preset can be built with one and two threads too, and retires what the
// emulator executes, with as many programs as it has threads up to four.
func TestPresetsLockstep(t *testing.T) {
	all, executed := suite(t)
	for n, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			c := preset(t, p.Name)
			for _, contexts := range []int{1, 2} {
				if err := c.validate(contexts); err != nil {
					t.Error(err)
				}
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
