package machine

import (
	"strings"
	"testing"
)

// dividing makes a division take so long that slow needs few instructions for
// many cycles.
const dividing = "core.units.int-div.latency=100000"

// A run does not wait for a program that the scheduler never runs: not while
// the others go on when they have been measured, nor for its warm-up.
func TestStarvedProgram(t *testing.T) {
	for _, limits := range []Limits{
		{Insts: 100, Until: UntilAll}, {Insts: 100, Until: UntilRepeat},
		{Insts: 100, Warmup: 50, Until: UntilFirst}, {Insts: 100, Warmup: 50, Until: UntilTotal},
	} {
		starved := fast(t)
		j := job(t, "priority:levels=0+1", limits, starved, slow(t))
		j.Config = preset(t, "default", dividing)
		s, err := New(j)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "levels=0+1: thread 0, with "+starved.Spec+", has committed nothing for") {
			t.Errorf("%+v: %v", limits, err)
		}
	}
}

// A program may be passed over for long as long as one that the run waits for
// goes on, and it may sleep for as long as it likes.
func TestNotStarved(t *testing.T) {
	j := job(t, "priority:levels=0+1", Limits{}, counted(t, "later", "nop", 100, 0), counted(t, "chain", "div a1, a1, a1", 300, 0))
	j.Config = preset(t, "default", dividing)
	r := run(t, j)
	if p := r.Programs[0]; r.Cycles < starvation || p.Instructions != 3*100+4 {
		t.Errorf("of the program that had to wait %d instructions in %d cycles", p.Instructions, r.Cycles)
	}

	sleeping := assembled(t, "sleeping", `
_start:	addi sp, sp, -16
	sd zero, 0(sp)
	li a0, 20000000
	sd a0, 8(sp)
	mv a0, sp
	li a1, 0
	li a7, 101
	ecall
	li a0, 0
	li a7, 93
	ecall
`)
	j = job(t, "icount", Limits{Insts: 100}, sleeping, slow(t))
	j.Config = preset(t, "default", dividing)
	if r := run(t, j); r.Cycles < 2*starvation {
		t.Errorf("20 ms are %d cycles", r.Cycles)
	}
}

// Turns that are longer than that starve nobody, whatever ends them.
func TestLongTurns(t *testing.T) {
	for scheduler, insts := range map[string]uint64{"coarse:timer=30000000": 700, "hillclimbing:epoch=40000000": 30000} {
		t.Run(scheduler, func(t *testing.T) {
			t.Parallel()
			j := job(t, scheduler, Limits{Insts: insts, Until: UntilAll}, slow(t), slow(t))
			j.Config = preset(t, "default", dividing)
			if r := run(t, j); r.Cycles < starvation {
				t.Errorf("%d cycles are too few to starve in", r.Cycles)
			}
		})
	}
}
