package rv64

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// Every instruction that accesses memory or a register of the system, or
// transfers control, against qemu-riscv64 (those that only compute are
// TestExact's): one program that runs each on many operands and writes what
// became of the registers, the flags and memory. The harts here and QEMU run
// the same file and must write the same bytes.

// The program uses x5, x6, x18 … x21 for itself and hands x2, x7 … x15 and f8
// … f15 to the instruction under test.
const (
	tuplesInPool = 256
	tuplesPerRun = 64
	tupleQuads   = 17 // x8 … x15, f8 … f15, fcsr
	resultQuads  = 19 + scratchShown
	scratchShown = 8 // quads of memory around the accessed place
)

// run is one instruction with its registers and constants.
type run struct {
	row      *Row
	operands []int64
	setup    []string // behind the loading of the registers
	pool     string
	first    int
}

func (r run) String() string {
	raw, _ := r.row.Encode(r.operands...)
	return fmt.Sprintf("%s %d = %#x", r.row.Name, r.operands, raw)
}

func TestAgainstQEMU(t *testing.T) {
	gcc, qemu := needs.Tool(t, "riscv64-linux-gnu-gcc"), needs.Tool(t, "qemu-riscv64")
	rng := rand.New(rand.NewPCG(1, 2))
	var runs []run
	for _, table := range [][]Row{rows[:], compressedRows[:]} {
		for i := range table {
			for range runsOf(&table[i]) {
				runs = append(runs, newRun(rng, &table[i]))
			}
		}
	}
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "all.s"), filepath.Join(dir, "all")
	if err := os.WriteFile(source, []byte(program(rng, runs)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-nostdlib", "-static", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := exec.Command(qemu, binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := emulate(t, binary)
	t.Logf("%d instructions, %d tuples", len(runs), len(runs)*tuplesPerRun)
	compare(t, runs, got, want)
}

func compare(t *testing.T, runs []run, got, want []byte) {
	const result = resultQuads * 8
	if len(want) != len(runs)*tuplesPerRun*result {
		t.Fatalf("QEMU wrote %d bytes, not %d", len(want), len(runs)*tuplesPerRun*result)
	}
	failures := 0
	for i, r := range runs {
		for k := range tuplesPerRun {
			at := (i*tuplesPerRun + k) * result
			if at+result > len(got) {
				t.Fatalf("%v: the program ended early", r)
			}
			g, w := got[at:at+result], want[at:at+result]
			if bytes.Equal(g, w) {
				continue
			}
			for q := range resultQuads {
				a, b := binary.LittleEndian.Uint64(g[q*8:]), binary.LittleEndian.Uint64(w[q*8:])
				if a != b {
					t.Errorf("%v: tuple %s+%d: %s is %#x, not %#x", r, r.pool, r.first+k, resultName(q), a, b)
				}
			}
			if failures++; failures > 20 {
				t.Fatal("and so on")
			}
			break
		}
	}
}

func resultName(q int) string {
	switch {
	case q < 8:
		return fmt.Sprintf("x%d", q+8)
	case q < 16:
		return fmt.Sprintf("f%d", q)
	case q < 19:
		return []string{"fcsr", "x7", "sp"}[q-16]
	}
	return fmt.Sprintf("memory[%d]", q-19)
}

// runsOf is how many runs an instruction deserves.
func runsOf(r *Row) int {
	switch {
	case r.op == opECALL, r.op == opEBREAK:
		return 0
	case r.MemSize == 0 && r.Class != isa.Branch && r.Class != isa.Fence && !(r.op >= opCSRRW && r.op <= opCSRRCI):
		return 0 // TestExact's
	case r.MemSize > 0:
		return 6
	}
	return 3
}

func newRun(rng *rand.Rand, r *Row) run {
	x := run{row: r, pool: "pool64", first: rng.IntN(tuplesInPool - tuplesPerRun)}
	if strings.HasSuffix(r.Name, "w") {
		x.pool = "pool32"
	}
	var base, offset int64
	for _, o := range r.Operands {
		lo, hi, step := o.Range()
		v := lo + rng.Int64N((hi-lo)/step+1)*step
		for o.excludes(v) {
			v = lo + rng.Int64N((hi-lo)/step+1)*step
		}
		switch o.Kind {
		case IntReg, FPReg:
			if lo == 0 {
				v = 8 + rng.Int64N(8)
			}
		case Base:
			if lo == 0 {
				v = 8 + rng.Int64N(8)
			}
			base = v
		case CSR:
			v = 1 + rng.Int64N(3)
		case Target:
			v = int64(r.Size()) + 4
		case Const:
			offset = v
		}
		x.operands = append(x.operands, v)
	}
	if r.MemSize > 0 {
		x.setUpMemory(rng, base, offset)
	}
	if r.op == opJALR {
		x.setUpJump(rng)
	}
	return x
}

// setUpMemory lets the access hit the middle of the scratch memory, a page
// boundary: aligned, misaligned, across it.
func (x *run) setUpMemory(rng *rand.Rand, base, offset int64) {
	place := []int64{0, 8, -8, 1, -1, -2, -3, -4, -5, -6, -7, 3, 5}[rng.IntN(13)]
	if x.row.op >= opLRW && x.row.op <= opAMOMAXUD {
		place = int64(x.row.MemSize) * (rng.Int64N(3) - 1)
		offset = 0
		if len(x.operands) == 4 && x.operands[1] == base { // the address is no data to test with
			x.operands[1] = 8 + (base-7)%8
		}
	}
	x.setup = append(x.setup, fmt.Sprintf("lla x%d, scratch+4096%+d", base, place-offset))
	if x.row.op == opSCW || x.row.op == opSCD {
		name := map[op]string{opSCW: "lr.w", opSCD: "lr.d"}[x.row.op]
		switch rng.IntN(4) {
		case 0: // no reservation
			x.setup = append(x.setup, fmt.Sprintf("sc.w x0, x0, (x%d)", base))
		case 1: // the value changed
			x.setup = append(x.setup, fmt.Sprintf("%s x6, (x%d); addi x6, x6, 1; sd x6, (x%d)", name, base, base))
		default:
			x.setup = append(x.setup, fmt.Sprintf("%s x6, (x%d)", name, base))
		}
	}
}

// setUpJump lets an indirect jump skip the next instruction.
func (x *run) setUpJump(rng *rand.Rand) {
	at, offset := 0, int64(0)
	if x.row.op == opJALR && x.row.size == 4 {
		at, offset = 2, x.operands[1]
	}
	x.setup = append(x.setup, fmt.Sprintf("lla x%d, 2f%+d", x.operands[at], -offset))
}

func program(rng *rand.Rand, runs []run) string {
	var b strings.Builder
	b.WriteString(".option norelax\n.option norvc\n.option arch, +a\n.globl _start\n.text\n_start:\n")
	for _, r := range runs {
		raw, err := r.row.Encode(r.operands...)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "lla x18, %s+%d\nli x19, %d\nlla x20, out\n1:\n", r.pool, r.first*tupleQuads*8, tuplesPerRun)
		for i := range 8 {
			fmt.Fprintf(&b, "ld x%d, %d(x18)\nfld f%d, %d(x18)\n", 8+i, i*8, 8+i, 64+i*8)
		}
		b.WriteString("li x2, 0x123450\nli x7, 0\nld x5, 128(x18)\n")
		b.WriteString(strings.Join(r.setup, "\n"))
		fmt.Fprintf(&b, "\nfscsr x5\n.%dbyte %#x\naddi x7, x7, 1\n2:\nfrcsr x5\n", r.row.Size(), raw)
		for i := range 8 {
			fmt.Fprintf(&b, "sd x%d, %d(x20)\nfsd f%d, %d(x20)\n", 8+i, i*8, 8+i, 64+i*8)
		}
		b.WriteString("sd x5, 128(x20)\nsd x7, 136(x20)\nsd x2, 144(x20)\nlla x21, scratch+4096-32\n")
		for i := range scratchShown {
			fmt.Fprintf(&b, "ld x5, %d(x21)\nsd x5, %d(x20)\n", i*8, (19+i)*8)
		}
		fmt.Fprintf(&b, "addi x20, x20, %d\naddi x18, x18, %d\naddi x19, x19, -1\nbeqz x19, 1f\nj 1b\n1:\n", resultQuads*8, tupleQuads*8)
		fmt.Fprintf(&b, "li x17, 64\nli x10, 1\nlla x11, out\nli x12, %d\necall\n", tuplesPerRun*resultQuads*8)
	}
	b.WriteString("li x17, 93\nli x10, 0\necall\n.data\n.balign 8\n")
	writePool(&b, rng, "pool64", Float64Operand)
	writePool(&b, rng, "pool32", Float32Operand)
	fmt.Fprintf(&b, ".bss\n.balign 4096\nscratch: .space 8192\nout: .space %d\n", tuplesPerRun*resultQuads*8)
	return b.String()
}

func writePool(b *strings.Builder, rng *rand.Rand, name string, float func(*rand.Rand) uint64) {
	fmt.Fprintf(b, "%s:\n", name)
	for range tuplesInPool {
		var shared [2]uint64
		shared[0], shared[1] = IntOperand(rng), float(rng)
		for i := range 16 {
			v := shared[i/8]
			if rng.IntN(5) != 0 {
				v = []func(*rand.Rand) uint64{IntOperand, float}[i/8](rng)
			}
			fmt.Fprintf(b, ".quad %#x\n", v)
		}
		flags := []int{0, 0, 1, 1, rng.IntN(32)}[rng.IntN(5)]
		fmt.Fprintf(b, ".quad %#x\n", flags|[]int{0, 0, 0, 1, 2, 3, 4}[rng.IntN(7)]<<5)
	}
}

// emulate runs a static program that does no more than write and exit.
func emulate(t *testing.T, path string) []byte {
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	space := mem.New(64 << 20)
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		start := p.Vaddr &^ offsetMask
		size := (p.Vaddr + p.Memsz - start + offsetMask) &^ offsetMask
		if err := space.Map(isa.Addr(start), size, mem.Read|mem.Write|mem.Exec); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, p.Filesz)
		if _, err := p.ReadAt(data, 0); err != nil {
			t.Fatal(err)
		}
		if err := space.Poke(isa.Addr(p.Vaddr), data); err != nil {
			t.Fatal(err)
		}
	}
	h := NewHart(space, NewCode(space))
	h.PC = isa.Addr(file.Entry)
	var out []byte
	for {
		_, trap := h.Run(1 << 40)
		switch {
		case trap.Kind != TrapEcall:
			t.Errorf("the program died at %#x: %v", h.PC, trap)
			return out
		case h.X[17] == 93:
			return out
		}
		data := make([]byte, h.X[12])
		if err := space.Read(isa.Addr(h.X[11]), data); err != nil {
			t.Fatal(err)
		}
		out = append(out, data...)
	}
}
