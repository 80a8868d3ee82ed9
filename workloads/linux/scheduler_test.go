package linux

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// driveAll drives every processor of a system as a core does that commits
// everything at once: each cycle, each processor that may be asked is asked
// once. It returns the cycle in which all processes had ended.
func driveAll(t *testing.T, s *System, each func(isa.Context, []isa.Dyn)) isa.Cycle {
	t.Helper()
	until := make([]isa.Cycle, len(s.processors))
	var buf [8]isa.Dyn
	for cycle := isa.Cycle(0); cycle < 1e7; cycle++ {
		if s.ended() {
			s.Settle(cycle)
			return cycle
		}
		for i := range until {
			if until[i] > cycle {
				continue
			}
			stream := s.Stream(isa.Context(i))
			n := stream.Next(cycle, buf[:])
			stop := stream.Stop()
			until[i] = 0
			wake := n > 0 && buf[0].Inst.Flags&isa.Serialising != 0
			switch {
			case n > 0 && each != nil:
				each(isa.Context(i), buf[:n])
			case n == 0 && stop.Kind != isa.StopSerialise:
				until[i], wake = max(stop.Until, cycle+1), stop.Wake
			}
			if wake {
				for k := range until {
					if k != i {
						until[k] = 0
					}
				}
			}
		}
	}
	t.Fatal("the programs do not end")
	return 0
}

// spawn is assembly that makes a thread which goes on at label, with the
// number in s1; a stack of its own it gets from stacks.
func spawn(label string, number int) string {
	return fmt.Sprintf("\n li a0, %d\n la a1, stacks+%d\n li a7, 220\n li s1, %d\n ecall\n beqz a0, %s\n", cloneShared, 1024*(number+1), number, label)
}

const (
	exitThread = "\n li a0, 0\n li a7, 93\n ecall\n"
	exitAll    = "\n li a7, 94\n ecall\n"
	stacks     = "\n.bss\n.align 4\nstacks: .zero 16384\n"
)

// busy counts down from n, two instructions each.
func busy(n int) string {
	return fmt.Sprintf("\n li t0, %d\n1: addi t0, t0, -1\n bnez t0, 1b\n", n)
}

// TestQuantum: two threads that never wait share a processor by quanta, and
// every switch costs what it is said to.
func TestQuantum(t *testing.T) {
	const quantum, cost, work = 1000, 70, 20_000
	source := "_start:" + spawn("child", 0) + busy(work) + `
wait:	la t1, done
	lw t2, 0(t1)
	beqz t2, wait
	li a0, 9` + exitAll + "child:" + busy(work) + `
	la t1, done
	li t2, 1
	sw t2, 0(t1)` + exitThread + ".data\n.align 2\ndone: .word 0" + stacks
	s := NewSystem(SystemOptions{Quantum: quantum, SwitchCost: cost})
	p := startOn(t, s, source, Options{})
	end := driveAll(t, s, nil)
	stats := &s.processors[0].stats
	if p.end.Code != 9 {
		t.Fatalf("%+v", p.end)
	}
	// One batch of two instructions takes a cycle: each thread needs work
	// cycles, in quanta; the loop's last quantum and the exits are not full.
	want := uint64(2 * work / quantum)
	if n := stats.Preemptions; n < want-2 || n > want+2 {
		t.Errorf("%d preemptions, want %d", n, want)
	}
	if stats.Idle.Switch != stats.Switches*cost {
		t.Errorf("%d cycles for %d switches at %d", stats.Idle.Switch, stats.Switches, cost)
	}
	if floor := isa.Cycle(2*work + stats.Switches*cost); end < floor || end > floor+2*quantum {
		t.Errorf("ended in cycle %d, want %d or little more", end, floor)
	}
	// Without a quantum the first thread never gives the processor up.
	s = NewSystem(SystemOptions{})
	startOn(t, s, source, Options{})
	if err := s.Run(context.Background(), 10*work); !errors.Is(err, ErrLimit) {
		t.Errorf("without a quantum: %v", err)
	}
}

// TestPlacement: threads go to idle processors, a woken one back to its own,
// and the idle time of each processor has its cause.
func TestPlacement(t *testing.T) {
	const sleep = 5000
	source := "_start:" + spawn("child", 0) + busy(20_000) + "\n li a0, 0" + exitAll + `
child:	la a0, spec
	li a1, 0
	li a7, 101
	ecall
	li a7, 168
	la a0, cpu
	li a1, 0
	ecall
	la a0, spec
	li a1, 0
	li a7, 101
	ecall` + exitThread + fmt.Sprintf(".data\n.align 3\nspec: .dword 0, %d\ncpu: .word 7", sleep) + stacks
	s := NewSystem(SystemOptions{Contexts: 3, Frequency: 1e9, WakeLatency: 30})
	p := startOn(t, s, source, Options{Home: 1})
	seen := map[isa.SWThread]isa.ContextSet{}
	end := driveAll(t, s, func(c isa.Context, d []isa.Dyn) { seen[d[0].Thread] = seen[d[0].Thread].With(c) })
	if seen[0] != 1<<1 || seen[1] != 1<<0 {
		t.Errorf("the first thread ran on %b, the second on %b", seen[0], seen[1])
	}
	if p.Threads() != 2 {
		t.Errorf("%d threads", p.Threads())
	}
	idle := &s.processors[0].stats.Idle
	if idle.Sleep < 2*sleep || idle.Sleep > 2*sleep+20 || idle.Switch < 3*30-3 || idle.Switch > 3*30 || idle.Futex != 0 {
		t.Errorf("processor 0 was idle for %+v", *idle)
	}
	if n := s.processors[0].stats.Wakeups; n != 2 {
		t.Errorf("%d wake-ups", n)
	}
	if never := &s.processors[2].stats.Idle; never.None != uint64(end) || *never != (idleStats{None: uint64(end)}) {
		t.Errorf("processor 2 was idle for %+v of %d", *never, end)
	}
}

// TestDeadlock: threads that wait for one another end the program, which says
// where each is.
func TestDeadlock(t *testing.T) {
	source := "_start:" + spawn("child", 0) + spawn("child", 1) + "\nchild:" + `
	la a0, word
	li a1, 0
	li a2, 0
	li a3, 0
	li a7, 98
	ecall
	.data
	.align 2
word:	.word 0` + stacks
	for _, contexts := range []int{1, 2, 4} {
		functional := NewSystem(SystemOptions{Contexts: contexts})
		p := startOn(t, functional, source, Options{})
		e := finish(t, p)
		if e.Signal != SIGKILL || strings.Count(e.Detail, " in futex(0x") != 3 || strings.Count(e.Detail, " at pc 0x") != 3 || !strings.Contains(e.Detail, "thread 4 ") {
			t.Errorf("%d processors: %+v", contexts, e)
		}
		timed := NewSystem(SystemOptions{Contexts: contexts})
		q := startOn(t, timed, source, Options{})
		driveAll(t, timed, nil)
		if q.end.Signal != SIGKILL || strings.Count(q.end.Detail, " in futex(0x") != 3 {
			t.Errorf("%d processors, timed: %+v", contexts, q.end)
		}
	}
}

// racy is a program whose two threads add to a word without a lock: what it
// prints depends on how they are interleaved.
var racy = "_start:" + spawn("child", 0) + adding + `
wait:	la t1, done
	lw t2, 0(t1)
	beqz t2, wait
	la t1, sum
	lw a0, 0(t1)
	andi a0, a0, 255` + exitAll + "child:" + adding + `
	la t1, done
	li t2, 1
	sw t2, 0(t1)` + exitThread + ".data\n.align 2\ndone: .word 0\nsum: .word 0" + stacks

const adding = `
	li t0, 30011
1:	la t1, sum
	lw t2, 0(t1)
	addi t2, t2, 1
	sw t2, 0(t1)
	addi t0, t0, -1
	bnez t0, 1b
`

// TestInterleaving: a functional run is the same every time, and another seed
// gives another interleaving.
func TestInterleaving(t *testing.T) {
	run := func(seed uint64) (int, uint64) {
		s := NewSystem(SystemOptions{Contexts: 2, Seed: seed})
		p := startOn(t, s, racy, Options{})
		return finish(t, p).Code, p.Instructions()
	}
	outcomes := map[string]bool{}
	for seed := range uint64(10) {
		code, n := run(seed)
		if again, m := run(seed); again != code || m != n {
			t.Errorf("seed %d: exit code %d after %d instructions, then %d after %d", seed, code, n, again, m)
		}
		outcomes[fmt.Sprint(code, n)] = true
	}
	if len(outcomes) < 5 {
		t.Errorf("ten seeds gave %d different runs", len(outcomes))
	}
}

// TestFastForward: each process goes exactly as far as it is told, whatever
// its threads, and is shown all of it.
func TestFastForward(t *testing.T) {
	const whole = 27 // instructions of greeting
	for _, insts := range []uint64{0, 1, whole - 1, whole, 999} {
		s := NewSystem(SystemOptions{Contexts: 3, Quantum: 500})
		a := startOn(t, s, racy, Options{})
		b := startOn(t, s, greeting, Options{ASID: 1, Home: 1})
		shown := map[isa.ASID]uint64{}
		err := s.FastForward(context.Background(), FastForward{Insts: insts, Observe: func(_ isa.Context, d []isa.Dyn) { shown[d[0].ASID] += uint64(len(d)) }})
		if insts > whole {
			want := fmt.Sprintf("test ended with exit code 3 after %d instructions, %d before the end of its fast-forward", whole, insts-whole)
			if err == nil || err.Error() != want {
				t.Errorf("a program that is too short: %v, want %s", err, want)
			}
			continue
		}
		if err != nil || a.Instructions() != insts || b.Instructions() != insts || shown[0] != insts || shown[1] != insts {
			t.Errorf("%d: %v; %d and %d executed, %v shown", insts, err, a.Instructions(), b.Instructions(), shown)
		}
	}
	s := NewSystem(SystemOptions{Contexts: 2, Quantum: 500})
	p := startOn(t, s, racy, Options{})
	if err := s.FastForward(context.Background(), FastForward{Insts: 60_001}); err != nil || p.Instructions() != 60_001 {
		t.Errorf("%v after %d", err, p.Instructions())
	}
	if e := finish(t, p); e.Signal != 0 {
		t.Errorf("afterwards: %+v", e)
	}
}

// TestRegionOfInterest: a fast-forward stops behind the mark that begins the
// region or goes on in it, but not beyond; the mark that ends it is noticed; without Options.Marks they are
// no-ops.
func TestRegionOfInterest(t *testing.T) {
	source := "_start: slti x0, x0, 2" + busy(50) + "\n slti x0, x0, 1\n li s2, 7\n slti x0, x0, 2\n mv a0, s2" + exitAll
	s := NewSystem(SystemOptions{})
	p := startOn(t, s, source, Options{Marks: true})
	if err := s.FastForward(context.Background(), FastForward{ROI: true}); err != nil || p.Instructions() != 103 || p.ROIEnded() {
		t.Fatalf("%v after %d instructions, ended %v", err, p.Instructions(), p.ROIEnded())
	}
	var at []uint64
	n := uint64(0)
	driveAll(t, s, func(_ isa.Context, d []isa.Dyn) {
		if n += uint64(len(d)); p.ROIEnded() {
			at = append(at, n)
		}
	})
	if p.end.Code != 7 || len(at) == 0 || at[0] != 2 {
		t.Errorf("%+v; the end was seen after %v", p.end, at)
	}
	s = NewSystem(SystemOptions{})
	p = startOn(t, s, source, Options{})
	err := s.FastForward(context.Background(), FastForward{ROI: true})
	if err == nil || !strings.Contains(err.Error(), "before a region of interest began") {
		t.Errorf("without marks: %v", err)
	}
	for insts, fits := range map[uint64]bool{1: true, 2: false, 1000: false} { // the second ends the region
		s = NewSystem(SystemOptions{})
		startOn(t, s, source, Options{Marks: true})
		err := s.FastForward(context.Background(), FastForward{ROI: true, Insts: insts})
		if fits && err != nil || !fits && (err == nil || !strings.Contains(err.Error(), "left its region of interest")) {
			t.Errorf("%d instructions beyond a region of two: %v", insts, err)
		}
	}
}

// TestIdleUntil: a processor without a thread waits until the next event, even
// if another one's thread was due before the timing model began.
func TestIdleUntil(t *testing.T) {
	s := NewSystem(SystemOptions{Contexts: 2})
	p := startOn(t, s, greeting, Options{})
	s.clock.base = 1000
	s.timers.arm(1500, p, func() {})
	if idle := s.processors[1]; idle.Next(20, nil) != 0 || idle.Stop().Kind != isa.StopIdle || idle.Stop().Until != 500 {
		t.Errorf("%+v", idle.Stop())
	}
}
