package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/workloads/elf"
)

// TestRunLimits: a run stops at its limit and when it is cancelled, and goes
// on where it was, as a stream too.
func TestRunLimits(t *testing.T) {
	p := start(t, greeting, Options{})
	if err := p.system.Run(context.Background(), 4); !errors.Is(err, ErrLimit) || p.Instructions() != 4 {
		t.Fatalf("%v after %d instructions", err, p.Instructions())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.system.Run(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled run: %v", err)
	}
	if drive(t, p.system.Stream(0), nil); p.end == nil || p.end.Code != 3 {
		t.Fatalf("as a stream: %+v", p.end)
	}
	if e := finish(t, p); e.Code != 3 || string(p.Stdout()) != "hello\nhello\n" {
		t.Errorf("%+v with %q", e, p.Stdout())
	}
}

// TestStack reads the initial stack as a program would.
func TestStack(t *testing.T) {
	for _, args := range [][]string{{"prog"}, {"prog", "x"}, {"a/long/prog", "one", ""}} {
		env := []string{"A=1", "B="}
		p := start(t, greeting, Options{Args: args, Env: env, Seed: 5})
		sp := p.leader.hart.X[2]
		if sp%16 != 0 {
			t.Fatalf("sp %#x is not aligned", sp)
		}
		word := func() uint64 {
			var b [8]byte
			if err := p.space.Read(isa.Addr(sp), b[:]); err != nil {
				t.Fatal(err)
			}
			sp += 8
			return binary.LittleEndian.Uint64(b[:])
		}
		text := func(addr uint64) string {
			s, e := p.cstring(addr, 100)
			if e != eok {
				t.Fatalf("no string at %#x", addr)
			}
			return s
		}
		if n := word(); n != uint64(len(args)) {
			t.Fatalf("argc %d", n)
		}
		for _, list := range [][]string{args, env} {
			for _, want := range list {
				if got := text(word()); got != want {
					t.Fatalf("string %q, want %q", got, want)
				}
			}
			if word() != 0 {
				t.Fatal("list does not end with a null pointer")
			}
		}
		aux := map[uint64]uint64{}
		for {
			key := word()
			aux[key] = word()
			if key == atNull {
				break
			}
		}
		if aux[atPagesz] != 4096 || aux[atEntry] != uint64(p.leader.hart.PC) || aux[atPhent] != 56 || aux[atHWCAP] != 0x112d || aux[atSecure] != 0 {
			t.Errorf("auxiliary vector %v", aux)
		}
		if text(aux[atExecfn]) != args[0] {
			t.Errorf("AT_EXECFN %q", text(aux[atExecfn]))
		}
		var random [16]byte
		if p.load(aux[atRandom], random[:]) != eok || random == [16]byte{} {
			t.Errorf("random bytes %v", random)
		}
	}
}

func TestBadArguments(t *testing.T) {
	m := assembled(t, greeting)
	for _, c := range []struct {
		want string
		o    Options
	}{
		{"its own name", Options{}},
		{"contains a zero byte", Options{Args: []string{"a", "b\x00c"}}},
		{"at most 2097152 are possible", Options{Args: []string{"a", strings.Repeat("x", 3<<20)}}},
		{"with its stack does not fit in the guest's memory of 65536 bytes", Options{Args: []string{"a", strings.Repeat("x", 1<<20)}, Memory: 1 << 16}},
		{"does not fit in the guest's memory of 1 bytes", Options{Args: []string{"a"}, Memory: 1}},
	} {
		if _, err := NewSystem(SystemOptions{}).Start(m, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestImage: segments that share a page, bss, position independence.
func TestImage(t *testing.T) {
	code := []byte{0x13, 0, 0, 0}
	m := &elf.Image{Entry: 0x1000, PIE: true, Segments: []elf.Segment{
		{Addr: 0x1000, Size: 0x800, Data: code, Prot: mem.Read | mem.Exec},
		{Addr: 0x1800, Size: 0x10, Data: []byte{1}, Prot: mem.Read},
		{Addr: 0x1900, Size: 1 << 40, Data: []byte{2}, Prot: mem.Read | mem.Write},
	}}
	p, err := NewSystem(SystemOptions{}).Start(m, Options{Args: []string{"x"}, Memory: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	if p.leader.hart.PC != pieBase+0x1000 {
		t.Errorf("entry %#x", p.leader.hart.PC)
	}
	if r, ok := p.space.Region(pieBase + 0x1000); !ok || r.Prot != mem.Read|mem.Write|mem.Exec || r.Size() != pageSize {
		t.Errorf("shared page %v", r)
	}
	if r, ok := p.space.Region(pieBase + 0x2000); !ok || r.Prot != mem.Read|mem.Write {
		t.Errorf("bss %v", r)
	}
	var b [1]byte
	for addr, want := range map[isa.Addr]byte{0x1000: 0x13, 0x1800: 1, 0x1900: 2, 0x1901: 0, 1 << 39: 0} {
		if err := p.space.Read(pieBase+addr, b[:]); err != nil || b[0] != want {
			t.Errorf("byte at %#x is %d (%v), want %d", addr, b[0], err, want)
		}
	}
	if p.heapStart != pieBase+0x1900+1<<40+pageSize-0x900 {
		t.Errorf("heap at %#x", p.heapStart)
	}
}

// TestDeterminism: what a program gets as random depends on the seed alone.
func TestDeterminism(t *testing.T) {
	const program = `
_start:	la a0, buf
	li a1, 32
	li a2, 0
	li a7, 278
	ecall
	li a0, 1
	la a1, buf
	li a2, 32
	li a7, 64
	ecall
	li a7, 94
	li a0, 0
	ecall
	.data
buf:	.space 32
`
	run := func(seed uint64) []byte {
		p := start(t, program, Options{Seed: seed})
		finish(t, p)
		return p.Stdout()
	}
	a, b, c := run(1), run(1), run(2)
	if len(a) != 32 || !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Errorf("seed 1: %x and %x; seed 2: %x", a, b, c)
	}
}

// TestOutputLimit: the record keeps the beginning and says so; the host's
// writer gets everything.
func TestOutputLimit(t *testing.T) {
	p := start(t, greeting, Options{OutputLimit: 8})
	finish(t, p)
	if got := string(p.Stdout()); got != "hello\nhe" {
		t.Errorf("kept %q", got)
	}
	if w := p.Warnings(); len(w) != 1 || w[0] != "standard output is cut: the first 8 of 12 bytes were kept" {
		t.Errorf("warnings %q", w)
	}
	var host bytes.Buffer
	p = start(t, greeting, Options{OutputLimit: 8, Stdout: &host})
	finish(t, p)
	if host.String() != "hello\nhello\n" || len(p.Warnings()) != 0 {
		t.Errorf("host got %q, warnings %q", host.String(), p.Warnings())
	}
	if p.Lost() != nil {
		t.Error(p.Lost())
	}
}

// broken is a writer that takes some bytes and then fails.
type broken struct {
	room int
	err  error
}

func (w *broken) Write(b []byte) (int, error) {
	n := min(len(b), w.room)
	w.room -= n
	if n < len(b) {
		return n, w.err
	}
	return n, nil
}

// TestOutputLost: a guest learns that its output was not taken, as on a full
// disk, and so does whoever runs it.
func TestOutputLost(t *testing.T) {
	const program = `
	.globl _start
_start:	li a0, 1
	la a1, text
	li a2, 6
	li a7, 64
	ecall
	mv s0, a0
	li a0, 1
	la a1, text
	li a2, 6
	li a7, 64
	ecall
	add a0, a0, s0
	neg a0, a0
	li a7, 93
	ecall
	.data
text:	.asciz "hello\n"
`
	for _, c := range []struct {
		w    broken
		code int // -(first + second answer), a byte
	}{
		{broken{0, errors.New("broken pipe")}, 5 + 5},
		{broken{6, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}}, 28 - 6},
		{broken{2, syscall.ENOSPC}, 28 - 2},
	} {
		room := c.w.room
		p := start(t, program, Options{Stdout: &c.w})
		if e := finish(t, p); e.Code != c.code || !errors.Is(p.Lost(), c.w.err) || len(p.Warnings()) != 0 {
			t.Errorf("after %d bytes: %+v, lost %v, warnings %q", room, e, p.Lost(), p.Warnings())
		}
		if string(p.Stdout()) != "hello\n"[:room] {
			t.Errorf("kept %q of %d bytes that were taken", p.Stdout(), room)
		}
	}
}

// TestTimeRegisters: functionally an instruction is a cycle, within a run and
// across its parts; under a timing model the model's cycles count.
func TestTimeRegisters(t *testing.T) {
	const program = `
_start:	rdcycle s0
	rdtime s2
	nop
	nop
	rdcycle s1
	li t0, 100000
loop:	addi t0, t0, -1
	bnez t0, loop
	rdtime s3
	sub a0, s1, s0
	sub a1, s3, s2
	slli a1, a1, 4
	or a0, a0, a1
	li a7, 94
	ecall
`
	const frequency = timebase * 20000 // 200 000 instructions are ten ticks
	p := startOn(t, NewSystem(SystemOptions{Frequency: frequency}), program, Options{})
	for _, limit := range []uint64{3, 1, 10000} {
		if err := p.system.Run(context.Background(), limit); !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
	}
	if e := finish(t, p); e.Code != 4|10<<4 {
		t.Errorf("functional: %+v", e)
	}
	p = startOn(t, NewSystem(SystemOptions{Frequency: frequency}), program, Options{})
	s := p.system.Stream(0)
	var buf [8]isa.Dyn
	cycle := isa.Cycle(0)
	for stop := (isa.Stop{}); stop.Kind != isa.StopIdle; {
		if s.Next(cycle, buf[:]) > 0 {
			continue
		}
		if stop = s.Stop(); stop.Kind == isa.StopSerialise {
			cycle += 7
		}
	}
	if e, _ := p.Exit(); e.Code != 14 {
		t.Errorf("as a stream: %+v", e)
	}
}
