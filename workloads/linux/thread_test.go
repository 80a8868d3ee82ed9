package linux

import (
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
)

// greeting writes twice, loops, and exits with code 3.
const greeting = `
	.globl _start
_start:	li s0, 5
loop:	addi s0, s0, -1
	bnez s0, loop
	li a0, 1
	la a1, text
	li a2, 6
	li a7, 64
	ecall
	fence
	li a0, 1
	la a1, text
	li a2, 6
	li a7, 64
	ecall
	li a0, 3
	li a7, 94
	ecall
	.data
text:	.asciz "hello\n"
`

// drive drives a stream as a core that never mispredicts does and returns
// what it handed out; each is called with what one call returned.
func drive(t *testing.T, s isa.Stream, each func([]isa.Dyn)) (all []isa.Dyn, end isa.Stop) {
	t.Helper()
	var buf [16]isa.Dyn
	for cycle := isa.Cycle(0); cycle < 1e6; cycle++ {
		n := s.Next(cycle, buf[:])
		if n > 0 {
			all = append(all, buf[:n]...)
			if each != nil {
				each(buf[:n])
			}
			s.Retire(n)
			continue
		}
		switch stop := s.Stop(); stop.Kind {
		case isa.StopSerialise, isa.StopBlocked:
		default:
			return all, stop
		}
	}
	t.Fatal("the stream does not end")
	return nil, isa.Stop{}
}

// TestStreamProtocol: control transfers end a run, serialising instructions
// are announced and then come alone, the exit's record comes before the stop.
func TestStreamProtocol(t *testing.T) {
	p := start(t, greeting, Options{ASID: 7})
	s := p.system.Stream(0)
	var buf [16]isa.Dyn
	announced, calls := false, 0
	for {
		n := s.Next(1, buf[:])
		if n == 0 && s.Stop().Kind == isa.StopSerialise {
			if announced {
				t.Fatal("a serialising instruction was announced twice")
			}
			if s.Stop().Flags&isa.DrainStores == 0 {
				t.Error("system calls and fences want the stores drained")
			}
			announced = true
			continue
		}
		if n == 0 {
			break
		}
		for i, d := range buf[:n] {
			serialising := d.Inst.Flags&isa.Serialising != 0
			if serialising != announced || serialising && n != 1 {
				t.Fatalf("pc %#x: serialising %v, announced %v, %d of %d", d.PC, serialising, announced, i, n)
			}
			if d.Inst.Control != isa.NoControl && i != n-1 {
				t.Fatalf("pc %#x: control transfer is %d of %d", d.PC, i, n)
			}
			if d.ASID != 7 || d.Thread != 0 {
				t.Fatalf("pc %#x: address space %d, thread %d", d.PC, d.ASID, d.Thread)
			}
			if d.Inst.Class == isa.System {
				calls++
			}
		}
		if announced && buf[0].Inst.Class == isa.System {
			if _, ended := p.Exit(); ended != (calls == 3) {
				t.Fatalf("ended is %v after %d calls", ended, calls)
			}
		}
		announced = false
	}
	for range 2 { // asking again changes nothing
		if stop := s.Stop(); stop.Kind != isa.StopIdle || p.end.Code != 3 {
			t.Fatalf("stop %+v", stop)
		}
		if s.Next(1, buf[:]) != 0 {
			t.Fatal("instructions after the exit")
		}
	}
	if got := string(p.Stdout()); got != "hello\nhello\n" || calls != 3 {
		t.Errorf("stdout %q after %d calls", got, calls)
	}
}

// TestStreamIsTheProgram: the records chain, and the stream executes what the
// functional run does.
func TestStreamIsTheProgram(t *testing.T) {
	p := start(t, greeting, Options{})
	all, end := drive(t, p.system.Stream(0), nil)
	for i := 1; i < len(all); i++ {
		if all[i].PC != all[i-1].NextPC {
			t.Fatalf("instruction %d is at %#x, the one before went to %#x", i, all[i].PC, all[i-1].NextPC)
		}
	}
	q := start(t, greeting, Options{})
	e := finish(t, q)
	if end.Kind != isa.StopIdle || p.end.Code != e.Code || uint64(len(all)) != q.Instructions() || q.Instructions() != p.Instructions() {
		t.Errorf("stream: %+v after %d; functional: %+v after %d", end, len(all), e, q.Instructions())
	}
}

// TestWrongPath: wrong paths through stores, system calls and wild jumps, at
// every control transfer, leave the program as it was.
func TestWrongPath(t *testing.T) {
	const program = `
_start:	la s1, cell
	li s0, 40
loop:	ld t0, 0(s1)
	addi t0, t0, 3
	sd t0, 0(s1)
	addi s0, s0, -1
	bnez s0, loop
	j out
	.globl wrong
wrong:	li t1, 77
	sd t1, 0(s1)
	beqz x0, next
next:	li a7, 94
	li a0, 1
	ecall
out:	ld a0, 0(s1)
	li a7, 94
	ecall
	.data
cell:	.dword 0
`
	p := start(t, program, Options{})
	straight, _ := drive(t, p.system.Stream(0), nil)
	if p.end.Code != 120 {
		t.Fatalf("without wrong paths: %+v", p.end)
	}
	p = start(t, program, Options{})
	s := p.system.Stream(0)
	wrong := isa.Addr(0)
	for _, d := range straight {
		if d.Inst.Control == isa.Jump {
			wrong = d.PC + isa.Addr(d.Inst.Size)
		}
	}
	var buf [16]isa.Dyn
	forks := 0
	follow := func(to isa.Addr) {
		depth := s.Fork(to)
		for {
			n := s.Next(1, buf[:])
			if n == 0 {
				if s.Stop().Kind != isa.StopPathEnd {
					t.Fatalf("a wrong path stopped with %+v", s.Stop())
				}
				break
			}
			if buf[n-1].Inst.Control == isa.NoControl {
				continue
			}
			if inner := s.Fork(0x10); inner != depth+1 || s.Next(1, buf[:]) != 0 || s.Stop().Kind != isa.StopPathEnd {
				t.Fatalf("wild jump at depth %d", inner)
			}
			s.Drop(depth + 1)
		}
		s.Drop(depth)
		forks++
	}
	all, _ := drive(t, s, func(batch []isa.Dyn) {
		last := batch[len(batch)-1]
		if last.Inst.Control == isa.NoControl {
			return
		}
		if s.PC() != last.NextPC {
			t.Fatalf("head at %#x, want %#x", s.PC(), last.NextPC)
		}
		follow(wrong)
		follow(0)
		if s.PC() != last.NextPC {
			t.Fatalf("head at %#x after the wrong paths, want %#x", s.PC(), last.NextPC)
		}
	})
	if !slices.Equal(all, straight) || p.end.Code != 120 || forks < 80 {
		t.Errorf("%d instructions and %+v after %d wrong paths, want %d", len(all), p.end, forks, len(straight))
	}
}

// TestDeaths: what kills a program, by the signal and in the words of Exit.
func TestDeaths(t *testing.T) {
	for _, c := range []struct {
		name, body string
		signal     Signal
		want       string
	}{
		{"load", "li a1, 8\n ld a0, 0(a1)", SIGSEGV, ": load from 0x8"},
		{"store", "li a1, 8\n sd a0, 0(a1)", SIGSEGV, ": store to 0x8"},
		{"store to code", "la a1, _start\n sd a0, 0(a1)", SIGSEGV, ": store to 0x"},
		{"jump", "li a1, 0x1234\n jr a1", SIGSEGV, "pc 0x1234: instruction fetch from 0x1234"},
		{"jump to data", "la a1, cell\n jr a1", SIGSEGV, ": instruction fetch from 0x"},
		{"illegal", ".word 0", SIGILL, "illegal instruction 0x0"},
		{"breakpoint", "ebreak", SIGTRAP, "SIGTRAP at pc 0x"},
		{"misaligned", "la a1, cell\n addi a1, a1, 1\n amoadd.d a0, a0, (a1)", SIGBUS, "misaligned atomic access to 0x"},
		{"kill", "li a7, 172\n ecall\n li a1, 15\n li a7, 129\n ecall", Signal(15), "SIGTERM at pc 0x"},
		{"deadlock", "la a0, cell\n li a1, 0\n li a2, 0\n li a3, 0\n li a7, 98\n ecall", SIGKILL, "deadlock: every thread waits for ever: thread 2 in futex(0x"},
		{"memory", "li a0, 0\n li a1, 0x10000000\n li a2, 3\n li a3, 0x22\n li a4, -1\n li a7, 222\n ecall\n li t0, 4096\nfill: sd a0, 0(a0)\n add a0, a0, t0\n j fill", SIGKILL, "out of memory: all 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := "_start: nop\n" + c.body + "\n.data\n.align 3\ncell: .dword 0\n"
			e := finish(t, start(t, source, Options{Memory: 1 << 20}))
			if e.Signal != c.signal || e.Code != 128+int(c.signal) || !strings.Contains(e.Detail, c.want) || strings.Contains(e.Detail, "\n") {
				t.Errorf("functional: %+v, want signal %v and %q", e, c.signal, c.want)
			}
			if c.name != "deadlock" && !strings.HasPrefix(e.Detail, c.signal.String()+" at pc 0x") {
				t.Errorf("detail %q does not begin with the signal", e.Detail)
			}
			p := start(t, source, Options{Memory: 1 << 20})
			if drive(t, p.system.Stream(0), nil); p.end == nil || *p.end != e {
				t.Errorf("stream: %+v, functional: %+v", p.end, e)
			}
		})
	}
}

// TestSleepBlocks: under a timing model a sleep blocks the stream for its time
// at the clock's frequency; functionally it only moves the clock.
func TestSleepBlocks(t *testing.T) {
	const program = `
_start:	la a0, spec
	li a1, 0
	li a7, 101
	ecall
	li a0, 1
	la a1, spec
	li a7, 113
	ecall
	la a1, spec
	ld a0, 8(a1)
	li a1, 1000
	divu a0, a0, a1
	li a7, 94
	ecall
	.data
	.align 3
spec:	.dword 0, 50000
`
	p := startOn(t, NewSystem(SystemOptions{Frequency: 1e9}), program, Options{})
	s := p.system.Stream(0)
	var buf [16]isa.Dyn
	now := isa.Cycle(300)
	blocked := 0
	for {
		if s.Next(now, buf[:]) > 0 {
			continue
		}
		stop := s.Stop()
		if stop.Kind == isa.StopBlocked {
			blocked++
			if stop.Until != 50301 {
				t.Fatalf("blocked until %d", stop.Until)
			}
			if s.Next(stop.Until-1, buf[:]) != 0 || s.Stop().Kind != isa.StopBlocked {
				t.Fatal("awake too early")
			}
			now = stop.Until
		} else if stop.Kind != isa.StopSerialise {
			break
		}
	}
	if stop := s.Stop(); stop.Kind != isa.StopIdle || p.end.Code != 50 || blocked != 1 {
		t.Errorf("stop %+v, blocked %d times", stop, blocked)
	}
	if e := finish(t, startOn(t, NewSystem(SystemOptions{Frequency: 1e9}), program, Options{})); e.Code != 50 {
		t.Errorf("functional: %+v", e)
	}
}
