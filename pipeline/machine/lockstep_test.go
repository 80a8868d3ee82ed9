package machine

import (
	"context"
	"testing"

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
	for _, row := range scheduler.Catalog.Rows {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			threads := 3
			if row.Name == "single" {
				threads = 1
			}
			for first := 0; first < len(programs); first += threads {
				end := min(first+threads, len(programs))
				lockstep(t, Job{Config: config, Scheduler: row.Name, Programs: programs[first:end], Threads: threads}, want[first:end])
			}
		})
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
				r := lockstep(t, Job{Config: config, Scheduler: row.Name, Programs: programs[first : first+n], Threads: n}, want[first:first+n])
				if n := r.stats()["order.violations"]; mode.Name == "perfect" && n > 0 {
					t.Errorf("%d violations", n)
				}
			})
		}
	}
}
