package linux

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSystemCallTable(t *testing.T) {
	names := map[string]bool{}
	for i, c := range systemCalls {
		if i > 0 && c.number <= systemCalls[i-1].number {
			t.Errorf("%s (%d) is out of order", c.name, c.number)
		}
		if names[c.name] {
			t.Errorf("%s is there twice", c.name)
		}
		names[c.name] = true
		if lookup(uint64(c.number)) != &systemCalls[i] {
			t.Errorf("%s is not found", c.name)
		}
	}
	for _, n := range []uint64{244, 1000, 1 << 40, ^uint64(0)} {
		if c := lookup(n); c != nil {
			t.Errorf("%d is %s", n, c.name)
		}
	}
	// Spot checks against asm-generic/unistd.h.
	for n, name := range map[uint64]string{64: "write", 79: "newfstatat", 94: "exit_group", 220: "clone", 222: "mmap", 278: "getrandom"} {
		if c := lookup(n); c == nil || c.name != name {
			t.Errorf("%d is not %s", n, name)
		}
	}
}

// TestUnsupported: an unknown call answers ENOSYS and is named once.
func TestUnsupported(t *testing.T) {
	p := start(t, greeting, Options{})
	for _, n := range []uint64{221, 221, 9999, 221} {
		if _, e := p.leader.dispatch(n, &args{}); e != enosys {
			t.Errorf("call %d: error %d", n, e)
		}
	}
	want := "the program used what is not supported: system call execve (3 times)|the program used what is not supported: system call 9999 (once)"
	if got := strings.Join(p.Warnings(), "|"); got != want {
		t.Errorf("warnings %q", got)
	}
	for n := range uint64(10000) {
		p.leader.dispatch(1<<20+n, &args{})
	}
	if n := len(p.Warnings()); n > 100 {
		t.Errorf("%d warnings", n)
	}
	if _, e := p.leader.dispatch(293, &args{}); e != enosys || len(p.Warnings()) > 100 {
		t.Errorf("rseq: error %d", e)
	}
}

// TestHostileSystemCalls: whatever the arguments of whatever call, the host
// survives, and the guest's memory stays within its limit.
func TestHostileSystemCalls(t *testing.T) {
	const limit = 1 << 20
	r := rand.New(rand.NewPCG(1, 2))
	fresh := func() (*Process, []uint64) {
		p := start(t, greeting, Options{Memory: limit, OutputLimit: 100, Stdin: strings.NewReader("input")})
		sp := p.leader.hart.X[2]
		return p, []uint64{
			0, 1, 2, 3, 4, 7, 8, 16, 24, 100, 4095, 4096, 4097, 1 << 16, 1 << 31, 1<<31 - 1, 1 << 32, 1 << 40, 1<<47 - 4096, 1 << 47, 1 << 63, 1<<63 - 1,
			^uint64(0), ^uint64(0) - 4095, ^uint64(0) - 99, sp, sp - 8, sp + 3, stackTop - 4, stackTop - stackSize, p.heapStart, mapTop - 4096, 0x10000, 0x22, 0x32, 0x100022,
		}
	}
	p, values := fresh()
	for range 40_000 {
		c := &systemCalls[r.IntN(len(systemCalls))]
		if c.do == nil {
			continue
		}
		var a args
		for i := range a {
			a[i] = values[r.IntN(len(values))]
		}
		p.leader.dispatch(uint64(c.number), &a)
		if p.leader.state == threadWaiting {
			p.leader.wake(wokenByTime)
			p.leader.resume()
		}
		if n := p.space.Resident(); n > limit/pageSize {
			t.Fatalf("%s%v: %d pages are resident", c.name, a, n)
		}
		if len(p.files.slots) > maxFiles || len(p.Stdout()) > 100 {
			t.Fatalf("%s%v: %d files, %d bytes of output", c.name, a, len(p.files.slots), len(p.Stdout()))
		}
		if p.end != nil || r.IntN(200) == 0 {
			p, values = fresh()
		}
	}
}
