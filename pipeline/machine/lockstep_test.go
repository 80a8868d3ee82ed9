package machine

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/pipeline/memdep"
	"github.com/threadmill-sim/threadmill/scheduler"
	"github.com/threadmill-sim/threadmill/workloads"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// trace digests a sequence of instructions: where each was, where it went,
// what it accessed.
type trace struct {
	hash, n uint64
}

func (t *trace) add(d *isa.Dyn) {
	const prime = 1099511628211 // FNV-1a's, over words
	taken := uint64(0)
	if d.Taken {
		taken = 1
	}
	for _, v := range [...]uint64{uint64(d.PC), uint64(d.NextPC), uint64(d.Mem), taken, uint64(d.Inst.Raw)} {
		t.hash = (t.hash ^ v) * prime
	}
	t.n++
}

// executed is the trace of a program that nothing but the emulator runs.
func executed(t *testing.T, p *workloads.Program) trace {
	t.Helper()
	system := linux.NewSystem(linux.SystemOptions{Frequency: 4e9})
	if _, err := p.Start(system, workloads.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	var out trace
	s := system.Stream(0)
	buf := make([]isa.Dyn, 16)
	for {
		n := s.Next(0, buf)
		for i := range buf[:n] {
			out.add(&buf[i])
		}
		if n == 0 && s.Stop().Kind != isa.StopSerialise {
			return out
		}
	}
}

// suite is every bundled program at its smallest size, and what the emulator
// executes of it.
func suite(t *testing.T) (programs []*workloads.Program, want []trace) {
	t.Helper()
	for _, d := range workloads.Suite() {
		p, err := workloads.Open(d.Name + "@test")
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
		want = append(want, executed(t, p))
	}
	return programs, want
}

// lockstep runs a mix: each program retires exactly the instructions that the
// emulator executes, and its output is right.
func lockstep(t *testing.T, j Job, want []trace) *Result {
	t.Helper()
	got := make([]trace, len(j.Programs))
	j.Seed, j.Limits = 1, Limits{Until: UntilAll}
	j.OnRetire = func(ctx isa.Context, d *isa.Dyn) { got[ctx].add(d) }
	s, err := New(j)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range j.Programs {
		if got[i] != want[i] {
			t.Errorf("%s: retired %d instructions, the emulator executed %d, or others", p.Spec, got[i].n, want[i].n)
		}
		if out := r.Programs[i]; string(out.Stdout) != string(p.Expected) || out.ExitCode == nil || *out.ExitCode != 0 {
			t.Errorf("%s: wrote %q, want %q, exit code 0", p.Spec, out.Stdout, p.Expected)
		}
	}
	return r
}

// Under every discipline each program retires exactly the instructions that
// the emulator executes, and its checksum is right.
func TestLockstep(t *testing.T) {
	config := preset(t, "default")
	programs, want := suite(t)
	for n, row := range scheduler.Catalog.Rows {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			threads := 3
			if row.Name == "single" {
				threads = 1
			}
			for first := 0; first < len(programs); first += threads {
				end := min(first+threads, len(programs))
				if !needs.CI() && (first/threads+n)%4 > 0 {
					continue // under CI each discipline runs all programs
				}
				lockstep(t, Job{Config: config, Scheduler: row.Name, Programs: programs[first:end], Threads: threads}, want[first:end])
			}
		})
	}
}

// variants are disciplines with other parameters than the defaults, and a
// statistic that shows that these came into play; empty: none does alone.
var variants = []struct{ scheduler, counter string }{
	{"coarse:on=long,timer=0", "scheduler.switches"},
	{"coarse:on=l1+long,action=drain,penalty=0", "scheduler.switches"},
	{"coarse:on=l2+tlb,timer=0,quantum=100", "scheduler.timer_switches"},
	{"barrel:rotate=strict", ""},
	{"barrel:rotate=strict,inflight=2", ""},
	{"barrel:inflight=1", ""},
	{"rr:threads=1,issue=limited", ""},
	{"icount:threads=1,width=4,issue=single,order=priority", ""},
	{"brcount:threads=1,issue=dual", ""},
	{"misscount:threads=1,issue=four", ""},
	{"stall:trigger=cycles:5", "slots.issue.cause.gated"},
	{"flush:trigger=llc", "replayed"},
	{"flush:trigger=cycles:5", "replayed"},
	{"pdg:predict=no", "slots.issue.cause.gated"},
	{"pdg:misses=1,bits=4", "slots.issue.cause.gated"},
	{"hillclimbing:epoch=500,metric=ipc,delta=64", ""},
	{"hillclimbing:epoch=300,metric=weighted", "slots.issue.cause.gated"},
	{"hillclimbing:epoch=300,metric=harmonic", "slots.issue.cause.gated"},
	{"mlpflush:trigger=llc,window=16", "replayed"},
	{"mlpflush:trigger=cycles:5", "replayed"},
	{"priority:levels=6+4", ""},
	{"priority:levels=7+2", "slots.issue.cause.gated"},
}

// The same with what the disciplines can be asked for, each of two short programs.
func TestLockstepVariants(t *testing.T) {
	var programs []*workloads.Program
	var want []trace
	for _, name := range []string{"matmul", "hashjoin"} {
		p, err := workloads.Open(name + "@test")
		if err != nil {
			t.Fatal(err)
		}
		programs, want = append(programs, p), append(want, executed(t, p))
	}
	for _, v := range variants {
		t.Run(v.scheduler, func(t *testing.T) {
			t.Parallel()
			r := lockstep(t, Job{Config: preset(t, "default"), Scheduler: v.scheduler, Programs: programs, Threads: 2}, want)
			if v.counter != "" && r.stats()[v.counter] == 0 {
				t.Errorf("%s is 0", v.counter)
			}
		})
	}
}

// The variants have every word that a parameter of the catalog can be, but for defaults,
// and a number for every one that takes numbers.
func TestVariantsAreComplete(t *testing.T) {
	used := map[string]bool{}
	for _, v := range variants {
		_, args, err := scheduler.Parse(v.scheduler)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range args.Changes() {
			name, value, _ := strings.Cut(change, "=")
			for _, item := range strings.Split(value, "+") {
				word, _, counted := strings.Cut(item, ":")
				switch {
				case counted:
					word += ":N"
				case item[0] >= '0' && item[0] <= '9':
					word = "N"
				}
				used[name+"="+word] = true
			}
		}
	}
	for _, row := range scheduler.Catalog.Rows {
		for i := range row.Params {
			p := &row.Params[i]
			words := slices.Clone(p.Choices)
			if p.Integers() && !slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(w, ":N") }) {
				words = append(words, "N")
			}
			for _, w := range words {
				if w != p.Default && !slices.Contains(strings.Split(p.Default, "+"), w) && !used[p.Name+"="+w] {
					t.Errorf("no variant has %s of %s with %s", p.Name, row.Name, w)
				}
			}
		}
	}
}

// The same under every discipline with loads that speculate, a violation
// executing nothing twice, and with store buffers of all kinds. The programs and
// the buffers take turns.
func TestLockstepWithSpeculation(t *testing.T) {
	programs, want := suite(t)
	buffers := [][3]string{{"0", "none", "tso"}, {"16", "none", "tso"}, {"4", "adjacent", "tso"}, {"8", "any", "relaxed"}}
	turn := 0
	for _, mode := range memdep.Catalog.Rows {
		if mode.Name == memdep.Default {
			continue // TestLockstep
		}
		for _, row := range scheduler.Catalog.Rows {
			b := buffers[turn%len(buffers)]
			config := preset(t, "default", "core.lsq.disambiguation="+mode.Name, "core.lsq.penalty=3",
				"core.store-buffer.size="+b[0], "core.store-buffer.coalesce="+b[1], "core.store-buffer.order="+b[2])
			n := 2
			if row.Name == "single" {
				n = 1
			}
			first := 2 * turn % (len(programs) - n + 1)
			turn++
			t.Run(mode.Name+"/"+row.Name, func(t *testing.T) {
				t.Parallel()
				if !needs.CI() && first%4 > 0 {
					t.Skip("every other one is enough: all under CI")
				}
				r := lockstep(t, Job{Config: config, Scheduler: row.Name, Programs: programs[first : first+n], Threads: n}, want[first:first+n])
				if n := r.stats()["order.violations"]; mode.Name == "perfect" && n > 0 {
					t.Errorf("%d violations", n)
				}
			})
		}
	}
}
