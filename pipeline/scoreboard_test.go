package pipeline

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// inOrderRig issues one instruction a cycle, in order.
func inOrderRig(s ScoreboardSpec) *rig {
	r := newRig("single")
	r.core.Issue.Order, r.core.Issue.Width, r.core.Scoreboard = InOrder, 1, s
	return r
}

// followed is a loop of two instructions and k independent additions.
func followed(first, second isa.Inst, k int) *script {
	body := []isa.Inst{first, second}
	for i := range k {
		body = append(body, add(isa.Reg(11+i%16), 6, 7))
	}
	s := loop(body...)
	s.mem = func(uint64, int) isa.Addr { return 1 << 24 }
	return s
}

// Two writers of a register, one a cycle: with architectural registers the
// second is written a cycle after the first at least, so it waits for the
// difference of their latencies when the first takes longer. Its rename
// register saves it from that.
func TestWriteAfterWrite(t *testing.T) {
	const mul, load = 3, rigL1
	multiply := isa.Inst{Class: isa.IntMul, Size: 4, Dst: 5, Src: [3]isa.Reg{6, 7}}
	reads := isa.Inst{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{6}}
	for _, k := range []struct {
		what          string
		first, second isa.Inst
		registers     string
		lost          float64
	}{
		{"add after multiply", multiply, add(5, 6, 7), ArchitecturalRegisters, mul - 1},
		{"add after load", reads, add(5, 6, 7), ArchitecturalRegisters, load - 1},
		{"multiply after load", reads, multiply, ArchitecturalRegisters, load - mul},
		{"multiply after multiply", multiply, multiply, ArchitecturalRegisters, 0},
		{"multiply after add", add(5, 6, 7), multiply, ArchitecturalRegisters, 0},
		{"another register", multiply, add(8, 6, 7), ArchitecturalRegisters, 0},
		{"renamed", multiply, add(5, 6, 7), RenamedRegisters, 0},
		{"renamed by default", multiply, add(5, 6, 7), "", 0},
	} {
		s := followed(k.first, k.second, 10)
		c := inOrderRig(ScoreboardSpec{Registers: k.registers}).build(t, s)
		n := float64(len(s.body))
		near(t, k.what+": cycles per iteration", cpi(t, c, 0, 2000, 20_000)*n, n+k.lost, 0.01)
	}
}

// Written to the registers themselves, results need no rename registers: one
// of them serves the whole window. With renaming one register is one
// instruction with a result in flight.
func TestArchitecturalRegistersBoundNothing(t *testing.T) {
	var body []isa.Inst
	for i := range 61 {
		body = append(body, add(isa.Reg(11+i%16), 6, 7))
	}
	for registers, atLeast := range map[string]bool{ArchitecturalRegisters: false, RenamedRegisters: true} {
		r := inOrderRig(ScoreboardSpec{Registers: registers})
		r.core.IntRegs.Size = 1
		c := r.build(t, loop(body...))
		got := cpi(t, c, 0, 2000, 20_000)
		if slow := got > 1.9; slow != atLeast {
			t.Errorf("%s: %.3f cycles per instruction", registers, got)
		}
	}
}

// With completion in order an addition is not done before the longer operation
// in front of it: it issues as much later as that takes longer.
func TestInOrderCompletion(t *testing.T) {
	for _, k := range []struct {
		class   isa.Class
		latency float64
	}{{isa.IntMul, 3}, {isa.FPAdd, 4}, {isa.IntALU, 1}} {
		for _, completion := range []string{InOrder, OutOfOrder} {
			first := isa.Inst{Class: k.class, Size: 4, Dst: 5, Src: [3]isa.Reg{6, 7}}
			if k.class == isa.FPAdd {
				first.Dst = 40
			}
			s := followed(first, add(8, 6, 7), 10)
			c := inOrderRig(ScoreboardSpec{Completion: completion}).build(t, s)
			n := float64(len(s.body))
			want := n
			if completion == InOrder && k.latency > 1 {
				// Issued at 0, done at its latency; the addition issues a cycle
				// before that instead of at 1.
				want += k.latency - 2
			}
			near(t, fmt.Sprintf("%s, %s: cycles per iteration", completion, k.class), cpi(t, c, 0, 2000, 20_000)*n, want, 0.01)
		}
	}
}

// A load in every n instructions misses, and nothing needs it. A thread that
// blocks on a miss goes on until the miss is known, after the L1D's latency,
// and again when the line has come. One that stops at the second miss has two
// under way at a time; one that does not stop is bounded by its issue.
func TestBlockingMisses(t *testing.T) {
	body := []isa.Inst{{Class: isa.Load, Size: 4, MemSize: 8, Dst: 5, Src: [3]isa.Reg{6}}}
	for i := range 60 {
		body = append(body, add(isa.Reg(11+i%16), 7, 8))
	}
	n := float64(len(body) + 2)
	for misses, want := range map[int]float64{
		1: rigMemory + n - rigL1,
		2: (rigMemory + n - rigL1) / 2,
		0: n,
	} {
		r := inOrderRig(ScoreboardSpec{Misses: misses})
		r.caches.L1D.Size, r.caches.L2.Size = 16<<10, 64<<10
		s := loop(body...)
		const lines = 8192
		s.mem = func(iteration uint64, _ int) isa.Addr { return 1<<24 + isa.Addr(iteration%lines*64) }
		c := r.build(t, s)
		near(t, fmt.Sprintf("stopping at %d misses: cycles per iteration", misses), cpi(t, c, 0, uint64(n)*(lines+100), 20_000)*n, want, 0.012)
	}
}

// Under every combination of what the scoreboard, bypasses and ports can do the
// same instructions retire as without, and idle cycles may be skipped.
func TestInOrderVariants(t *testing.T) {
	var want [][]isa.Addr
	for _, registers := range []string{RenamedRegisters, ArchitecturalRegisters} {
		for _, completion := range []string{OutOfOrder, InOrder} {
			for _, misses := range []int{0, 1, 2} {
				for _, policy := range []string{"icount.2.8", "coarse", "barrel"} {
					var stats [2]map[string]uint64
					for i, noSkip := range []bool{false, true} {
						got := make([][]isa.Addr, 2)
						r := newRig(policy)
						r.noSkip = noSkip
						r.core.Issue.Order, r.core.Issue.Width = InOrder, 4
						r.core.Scoreboard = ScoreboardSpec{registers, completion, misses}
						r.core.Issue.Depth, r.core.Bypass = 1, BypassSpec{"load+int-mul", 7}
						r.core.Ports.IntALU, r.core.Ports.Branch = "p0+p1+p2+p3+p4+p5", "p5+p0"
						r.retire = func(ctx isa.Context, d *isa.Dyn) { got[ctx] = append(got[ctx], d.PC, d.Mem, d.NextPC) }
						c := r.build(t, apart(mixed(1, 1000), mixed(2, 1000))...)
						finish(t, c, nil)
						stats[i] = counters(c)
						if want == nil {
							want = got
						}
						if !reflect.DeepEqual(got, want) {
							t.Fatalf("%s, %+v: other instructions retired", policy, r.core.Scoreboard)
						}
					}
					if !maps.Equal(stats[0], stats[1]) {
						t.Errorf("%s, %s, %s, %d: %v with idle cycles skipped, %v without", policy, registers, completion, misses, stats[0]["cycles"], stats[1]["cycles"])
					}
				}
			}
		}
	}
}

// What has a meaning in order only is refused out of order.
func TestScoreboardOutOfOrder(t *testing.T) {
	for want, s := range map[string]ScoreboardSpec{
		`core.scoreboard.registers: has a meaning for issue.order = "in-order" alone`:  {Registers: ArchitecturalRegisters},
		`core.scoreboard.completion: has a meaning for issue.order = "in-order" alone`: {Completion: InOrder},
		`core.scoreboard.misses: has a meaning for issue.order = "in-order" alone`:     {Misses: 1},
	} {
		r := newRig("single")
		r.core.Scoreboard = s
		if errs := r.core.Validate("core", 1); len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%v, want %s", errs, want)
		}
	}
}
