package rv64_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// Every instruction that computes, against QEMU on operands at which results
// and flags change. A guest has a loop for each instance of an instruction
// (registers, constants and rounding mode are fixed there); it reads tuples of
// three operands and an fcsr and writes results and the fcsr that it found.

const (
	tupleSize  = 32 // three operands, fcsr
	resultSize = 16 // the result, fcsr
	// exactTuples is at least how many tuples are compared in CI.
	exactTuples = 2_000_000
)

// instance is an instruction with operands.
type instance struct {
	row      *rv64.Row
	operands []int64
	raw      uint32
}

func (x *instance) String() string {
	return fmt.Sprintf("%s (%s, mode %s)", rv64.Disassemble(x.raw, 0), x.row.Name, x.rounding())
}

// operand finds an operand by name.
func (x *instance) operand(name string) (*rv64.Operand, int64, bool) {
	i := slices.IndexFunc(x.row.Operands, func(o *rv64.Operand) bool { return o.Name == name })
	if i < 0 {
		return nil, 0, false
	}
	return x.row.Operands[i], x.operands[i], true
}

// rounding is the mode that the instance states.
func (x *instance) rounding() string {
	if _, v, ok := x.operand("rm"); ok {
		return []string{"rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"}[v]
	}
	return "none"
}

// result is the register that the instruction writes to.
func (x *instance) result() (*rv64.Operand, int64) {
	if o, v, ok := x.operand("rd"); ok {
		return o, v
	}
	o, v, _ := x.operand("sp") // c.addi16sp
	return o, v
}

// computes reports whether a row does nothing but compute a result, and QEMU 7
// knows it.
func computes(r *rv64.Row) bool {
	switch r.Class {
	case isa.Branch, isa.Load, isa.Store, isa.Atomic, isa.Fence, isa.System:
		return false
	}
	control := func(o *rv64.Operand) bool { return o.Kind == rv64.CSR }
	return len(r.Operands) > 0 && !slices.ContainsFunc(r.Operands, control) && !strings.HasPrefix(r.Name, "czero.")
}

// instances are several of each such row: one or two for each rounding mode,
// some with other registers and constants.
func instances(rng *rand.Rand) []*instance {
	var list []*instance
	for row := range rv64.Rows() {
		if !computes(row) {
			continue
		}
		modes := []int64{0, 0, 0}
		if slices.ContainsFunc(row.Operands, func(o *rv64.Operand) bool { return o.Kind == rv64.Rounding }) {
			modes = []int64{0, 1, 2, 3, 4, 7, 7, 7}
		}
		for _, mode := range modes {
			x := &instance{row: row}
			x.operands, x.raw = drawOperands(rng, row, mode)
			list = append(list, x)
		}
	}
	return list
}

// drawOperands: registers are x8 … x15 and f8 … f15, now and then x0.
func drawOperands(rng *rand.Rand, row *rv64.Row, mode int64) (operands []int64, raw uint32) {
	for {
		operands = operands[:0]
		for _, o := range row.Operands {
			lo, hi, step := o.Range()
			v := lo + rng.Int64N((hi-lo)/step+1)*step
			switch {
			case o.Kind == rv64.Rounding:
				v = mode
			case o.Kind == rv64.IntReg && lo == 0 && rng.IntN(16) == 0:
				v = 0
			case (o.Kind == rv64.IntReg || o.Kind == rv64.FPReg) && lo == 0:
				v = 8 + rng.Int64N(8)
			case o.Kind == rv64.Const && rng.IntN(4) == 0:
				v = []int64{lo, hi}[rng.IntN(2)]
			}
			operands = append(operands, v)
		}
		if raw, err := row.Encode(operands...); err == nil { // no excluded value
			return operands, raw
		}
	}
}

// loop is the assembly of an instance: n tuples read, computed, written.
func (x *instance) loop(b *strings.Builder, n int) {
	fmt.Fprintf(b, "\tla s0, in\n\tli s1, %d\n\tjal fill\n\tla s2, in\n\tla s3, out\n\tli s4, %d\n1:\n", n*tupleSize, n)
	for i, name := range []string{"sp", "rd", "rs1", "rs2", "rs3"} {
		o, v, ok := x.operand(name)
		switch at := max(i-2, 0) * 8; {
		case !ok || v == 0 && o.Kind == rv64.IntReg:
		case o.Kind == rv64.FPReg:
			fmt.Fprintf(b, "\tfld f%d, %d(s2)\n", v, at)
		case o.Kind == rv64.IntReg:
			fmt.Fprintf(b, "\tld x%d, %d(s2)\n", v, at)
		}
	}
	fmt.Fprintf(b, "\tld t0, 24(s2)\n\tfscsr t0\n\t.%s %#x\n\tfrcsr t0\n", map[int]string{2: "half", 4: "word"}[x.row.Size()], x.raw)
	switch o, v := x.result(); o.Kind {
	case rv64.FPReg:
		fmt.Fprintf(b, "\tfsd f%d, 0(s3)\n", v)
	default:
		fmt.Fprintf(b, "\tsd x%d, 0(s3)\n", v)
	}
	fmt.Fprintf(b, "\tsd t0, 8(s3)\n\taddi s2, s2, %d\n\taddi s3, s3, %d\n\taddi s4, s4, -1\n\tbnez s4, 1b\n", tupleSize, resultSize)
	fmt.Fprintf(b, "\tla s0, out\n\tli s1, %d\n\tjal spill\n", n*resultSize)
}

// tuple draws the operands of an instance, of the kinds that it reads.
func (x *instance) tuple(rng *rand.Rand) (t [4]uint64) {
	single := strings.HasSuffix(x.row.Name, ".s") || x.row.Name == "fmv.x.w"
	switch o, _, _ := x.operand("rs1"); {
	case o == nil || o.Kind != rv64.FPReg:
		for i := range 3 {
			t[i] = rv64.IntOperand(rng)
		}
	case single && rng.IntN(2) == 0:
		a, b, c := rv64.Near32(rng)
		for i, v := range []uint32{a, b, c} {
			t[i] = uint64(v) | 0xffffffff<<32
		}
	case single:
		for i := range 3 {
			t[i] = rv64.Float32Operand(rng)
		}
	case rng.IntN(2) == 0:
		t[0], t[1], t[2] = rv64.Near64(rng)
	default:
		for i := range 3 {
			t[i] = rv64.Float64Operand(rng)
		}
	}
	if x.row.Name == "ctzw" && uint32(t[0]) == 0 {
		t[0] |= 1 << rng.IntN(32) // QEMU 7 counts on into the high word; TestCTZW does this case
	}
	t[3] = []uint64{0, 0, 1, rng.Uint64N(32)}[rng.IntN(4)] | rng.Uint64N(5)<<5
	return t
}

func TestExact(t *testing.T) {
	needs.Tool(t, "qemu-riscv64")
	rng := rand.New(rand.NewPCG(1, 2))
	list := instances(rng)
	per := exactTuples/len(list) + 1
	if !needs.CI() {
		per /= 20
	}
	var source strings.Builder
	source.WriteString("_start:\n")
	input := make([]byte, 0, len(list)*per*tupleSize)
	for _, x := range list {
		x.loop(&source, per)
		for range per {
			for _, v := range x.tuple(rng) {
				input = binary.LittleEndian.AppendUint64(input, v)
			}
		}
	}
	fmt.Fprintf(&source, "\tj leave\n%s.bss\n.balign 8\nin: .space %d\nout: .space %d\n", exchange, per*tupleSize, per*resultSize)
	got, want := newGuest(t, source.String()).both(t, input, false)
	compared := compareResults(t, list, per, input, got, want)
	t.Logf("%d instances, %d tuples", len(list), compared)
	if needs.CI() && !t.Failed() && compared < exactTuples {
		t.Errorf("%d tuples were compared, not %d", compared, exactTuples)
	}
}

// compareResults returns the number of tuples whose results were compared, and
// reports the first three that differ of each instance.
func compareResults(t *testing.T, list []*instance, per int, input, got, want []byte) (compared int) {
	quad := func(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	for _, x := range list {
		failures := 0
		for range per {
			if len(got) < resultSize || len(want) < resultSize {
				t.Fatalf("%v: a program ended here: %d and %d bytes are left", x, len(got), len(want))
			}
			if quad(got, 0) != quad(want, 0) || quad(got, 1) != quad(want, 1) {
				if failures++; failures <= 3 {
					t.Errorf("%v of %#x, %#x, %#x with fcsr %#x:\n%#x with fcsr %#x, QEMU has %#x with %#x", x, quad(input, 0),
						quad(input, 1), quad(input, 2), quad(input, 3), quad(got, 0), quad(got, 1), quad(want, 0), quad(want, 1))
				}
			}
			compared++
			input, got, want = input[tupleSize:], got[resultSize:], want[resultSize:]
		}
	}
	return compared
}
