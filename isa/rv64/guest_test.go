package rv64_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/asm"
	"github.com/threadmill-sim/threadmill/isa/mem"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// guest is a program that reads its standard input and writes its standard
// output, for QEMU and for the harts here.
type guest struct {
	program *asm.Program
	file    string
}

// exchange is what such programs have in common: fill reads s1 bytes to s0,
// spill writes s1 bytes from s0. Both leave with s0 behind them and clobber
// a0 … a2 and a7.
const exchange = `
fill:
	li	a7, 63
	li	a0, 0
	mv	a1, s0
	mv	a2, s1
	ecall
	blez	a0, leave
	add	s0, s0, a0
	sub	s1, s1, a0
	bgtz	s1, fill
	ret
spill:
	li	a7, 64
	li	a0, 1
	mv	a1, s0
	mv	a2, s1
	ecall
	add	s0, s0, a0
	sub	s1, s1, a0
	bgtz	s1, spill
	ret
leave:
	li	a7, 93
	li	a0, 0
	ecall
`

// qemuCPU has the extensions that the table has; QEMU 7 does not know Zicond.
const qemuCPU = "rv64,zba=true,zbb=true,zbs=true"

func newGuest(t *testing.T, source string) *guest {
	t.Helper()
	program, err := asm.Assemble("guest.s", []byte(source), asm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{program, filepath.Join(t.TempDir(), "guest")}
	if err := os.WriteFile(g.file, program.ELF(), 0o755); err != nil {
		t.Fatal(err)
	}
	return g
}

// qemu is what the program writes under QEMU, whether or not it lives to the
// end.
func (g *guest) qemu(input []byte) ([]byte, error) {
	cmd := exec.Command("qemu-riscv64", "-cpu", qemuCPU, g.file)
	cmd.Stdin = bytes.NewReader(input)
	return cmd.Output()
}

// both runs the program under QEMU and here at the same time.
func (g *guest) both(t *testing.T, input []byte, recorded bool) (got, want []byte) {
	t.Helper()
	done := make(chan error)
	go func() {
		var err error
		want, err = g.qemu(input)
		done <- err
	}()
	got, trap := g.run(t, input, recorded)
	if err := <-done; err != nil {
		t.Errorf("QEMU: %v", err)
	}
	if trap.Kind != rv64.TrapNone {
		t.Errorf("a hart: %v", trap)
	}
	return got, want
}

// stray follows the wrong path of a branch that a recording ends with, for a
// while.
func stray(h *rv64.Hart, recorded []isa.Dyn) {
	if len(recorded) == 0 || recorded[len(recorded)-1].Inst.Control != isa.CondBranch {
		return
	}
	branch := recorded[len(recorded)-1]
	wrong := branch.Mem
	if branch.Taken {
		wrong = branch.PC + isa.Addr(branch.Inst.Size)
	}
	depth := h.Fork(wrong)
	buf := make([]isa.Dyn, 7)
	for range 4 {
		if n, _ := h.Record(buf); n == 0 {
			break
		}
	}
	h.Drop(depth)
}

// run is what the program writes here and the trap that it died of: it is just
// run, or recorded by the handful with wrong paths in between.
func (g *guest) run(t *testing.T, input []byte, recorded bool) (output []byte, died rv64.Trap) {
	t.Helper()
	space := mem.New(64 << 20)
	for _, s := range g.program.Segments {
		start := isa.Addr(s.Addr) &^ (mem.PageSize - 1)
		end := (isa.Addr(s.Addr+s.MemSize) + mem.PageSize - 1) &^ (mem.PageSize - 1)
		if err := space.Map(start, uint64(end-start), mem.Read|mem.Write|mem.Exec); err != nil {
			t.Fatal(err)
		}
		if err := space.Poke(isa.Addr(s.Addr), s.Data); err != nil {
			t.Fatal(err)
		}
	}
	h := rv64.NewHart(space, rv64.NewCode(space))
	h.PC = isa.Addr(g.program.Entry)
	buf := make([]isa.Dyn, 7)
	for {
		var trap rv64.Trap
		if recorded {
			var n int
			n, trap = h.Record(buf)
			stray(h, buf[:n])
		} else {
			_, trap = h.Run(1 << 40)
		}
		switch {
		case trap.Kind == rv64.TrapSerialise:
			h.Allow()
			continue
		case trap.Kind == rv64.TrapNone:
			continue
		case trap.Kind != rv64.TrapEcall:
			return output, trap
		}
		const most = 1 << 20 // bytes at a time of a program that is in its senses
		at, b := isa.Addr(h.X[11]), make([]byte, min(h.X[12], most))
		switch h.X[17] {
		case 63: // read
			n := copy(b, input)
			input = input[n:]
			if space.Write(at, b[:n]) != nil {
				return output, trap
			}
			h.X[10] = uint64(n)
		case 64: // write
			if space.Read(at, b) != nil {
				return output, trap
			}
			output = append(output, b...)
			h.X[10] = uint64(len(b))
		case 93: // exit
			return output, rv64.Trap{}
		default:
			return output, trap
		}
	}
}
