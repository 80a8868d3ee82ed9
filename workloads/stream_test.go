package workloads

import (
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/workloads/linux"
)

// trace drives a program as a stream to its end. With wrong paths it forks,
// now and then nested, after control transfers: to the way not taken, into the
// middle of the program, or anywhere.
func trace(t *testing.T, p *Program, wrongPaths bool) (hash, instructions uint64, stdout string, end linux.Exit) {
	t.Helper()
	system := linux.NewSystem(linux.SystemOptions{})
	process, err := p.Start(system, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := system.Stream(0)
	r := rand.New(rand.NewPCG(3, 4))
	h := fnv.New64a()
	buf, wrong := make([]isa.Dyn, 8), make([]isa.Dyn, 8)
	for cycle := isa.Cycle(0); ; cycle++ {
		n := s.Next(cycle, buf)
		if n == 0 && s.Stop().Kind == isa.StopSerialise {
			n = s.Next(cycle, buf)
		}
		if n == 0 {
			end, ended := process.Exit()
			if !ended {
				t.Fatalf("%s stops with %+v after %d instructions and has not ended", p.Spec, s.Stop(), instructions)
			}
			return h.Sum64(), instructions, string(process.Stdout()), end
		}
		instructions += uint64(n)
		for _, d := range buf[:n] {
			h.Write([]byte{byte(d.PC), byte(d.PC >> 8), byte(d.Mem), byte(d.Mem >> 8), byte(d.Mem >> 16)})
		}
		if last := &buf[n-1]; wrongPaths && last.Inst.Control != isa.NoControl && r.IntN(20) == 0 {
			targets := []isa.Addr{last.PC + isa.Addr(last.Inst.Size), last.Mem, buf[0].PC, isa.Addr(r.Uint64())}
			astray(t, s, wrong, targets[r.IntN(len(targets))], r)
		}
	}
}

// astray follows a wrong path for a while.
func astray(t *testing.T, s isa.Stream, buf []isa.Dyn, to isa.Addr, r *rand.Rand) {
	home := s.PC()
	depth := s.Fork(to)
	for range r.IntN(12) {
		n := s.Next(0, buf)
		if n == 0 {
			if k := s.Stop().Kind; k != isa.StopPathEnd {
				t.Fatalf("a wrong path stopped with kind %d", k)
			}
			break
		}
		if buf[n-1].Inst.Control != isa.NoControl && depth < 4 && r.IntN(4) == 0 {
			astray(t, s, buf, buf[n-1].PC+isa.Addr(buf[n-1].Inst.Size), r)
		}
	}
	s.Drop(depth)
	if s.PC() != home {
		t.Fatalf("back at %#x, want %#x", s.PC(), home)
	}
}

// TestWrongPathsLeaveNothing: every bundled program executes the same
// instructions with the same addresses and prints the same, whatever wrong
// paths are taken in between, and as many as it is said to execute.
func TestWrongPathsLeaveNothing(t *testing.T) {
	for _, d := range Suite() {
		p, err := Open(d.Name + "@test")
		if err != nil {
			t.Fatal(err)
		}
		hash, n, out, end := trace(t, p, false)
		hash2, n2, out2, end2 := trace(t, p, true)
		if out != string(p.Expected) || end.Signal != 0 || end.Code != 0 || n != d.Sizes.Test.Instructions {
			t.Errorf("%s: %d instructions, output %q, %+v; want %d and %q", d.Name, n, out, end, d.Sizes.Test.Instructions, p.Expected)
		}
		if hash != hash2 || n != n2 || out != out2 || end != end2 {
			t.Errorf("%s: with wrong paths %d instructions, output %q, %+v; without %d, %q, %+v", d.Name, n2, out2, end2, n, out, end)
		}
	}
}
