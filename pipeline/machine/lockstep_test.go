package machine

import (
	"context"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
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

// Under every discipline each program retires exactly the instructions that
// the emulator executes, and its checksum is right.
func TestLockstep(t *testing.T) {
	config, err := Load("default", nil)
	if err != nil {
		t.Fatal(err)
	}
	var programs []*workloads.Program
	var want []trace
	for _, d := range workloads.Suite() {
		p, err := workloads.Open(d.Name + "@test")
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
		want = append(want, executed(t, p))
	}
	for _, row := range scheduler.Catalog.Rows {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			threads := 3
			if row.Name == "single" {
				threads = 1
			}
			for first := 0; first < len(programs); first += threads {
				mix := programs[first:min(first+threads, len(programs))]
				got := make([]trace, len(mix))
				s, err := New(Job{
					Config: config, Scheduler: row.Name, Programs: mix, Threads: threads, Seed: 1, Limits: Limits{Until: UntilAll},
					OnRetire: func(ctx isa.Context, d *isa.Dyn) { got[ctx].add(d) },
				})
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for i, p := range mix {
					if got[i] != want[first+i] {
						t.Errorf("%s: retired %d instructions, the emulator executed %d, or others", p.Spec, got[i].n, want[first+i].n)
					}
					if out := r.Programs[i]; string(out.Stdout) != string(p.Expected) || out.ExitCode == nil || *out.ExitCode != 0 {
						t.Errorf("%s: wrote %q, want %q, exit code 0", p.Spec, out.Stdout, p.Expected)
					}
				}
			}
		})
	}
}
