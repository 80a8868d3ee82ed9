package rv64

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// near64 draws operands for which rounding, or whether there is any, hangs on
// the last bits: b is about half a unit in the last place of a, or its
// neighbour, or has few bits, or an exponent at an end of the fast path.
func near64(rng *rand.Rand) (a, b, c uint64) {
	a, b, c = float64Operand(rng), float64Operand(rng), float64Operand(rng)
	switch rng.IntN(6) {
	case 0: // half an ulp of a, give or take
		b = (a&(0x7ff<<52) - min(53, a>>52&0x7ff)<<52 + rng.Uint64N(3) - 1) | rng.Uint64()&(1<<63)
	case 1:
		b = a ^ 1<<63 ^ rng.Uint64N(4)
	case 2: // few bits: exact products, quotients and roots
		a &^= 1<<(20+rng.IntN(32)) - 1
		b &^= 1<<(20+rng.IntN(32)) - 1
	case 3: // squares, and squares but for the last bit
		r := math.Abs(math.Float64frombits(b &^ (1<<26 - 1)))
		a = math.Float64bits(r*r) ^ rng.Uint64N(2)
	case 4: // c about minus the product
		p := math.Float64frombits(a) * math.Float64frombits(b)
		c = math.Float64bits(-p) + rng.Uint64N(3) - 1
	}
	return a, b, c
}

func near32(rng *rand.Rand) (a, b, c uint32) {
	draw := func() uint32 { return uint32(float32Operand(rng)) }
	a, b, c = draw(), draw(), draw()
	switch rng.IntN(6) {
	case 0: // half an ulp of a, give or take
		b = (a&(0xff<<23) - min(24, a>>23&0xff)<<23 + rng.Uint32N(3) - 1) | rng.Uint32()&(1<<31)
	case 1:
		b = a ^ 1<<31 ^ rng.Uint32N(4)
	case 2:
		a &^= 1<<(8+rng.IntN(15)) - 1
		b &^= 1<<(8+rng.IntN(15)) - 1
	case 3: // the product has a few bits more than a binary32, c decides the tie
		a = a&(0xff<<23|1<<31) | rng.Uint32N(1<<12)<<11
		b = b&(0xff<<23|1<<31) | (rng.Uint32N(1<<12)<<11 | 1<<10)
		c = (c & (1 << 31)) | min(uint32(rng.IntN(64))+a>>23&0xff, 254)<<23 | rng.Uint32N(2)
	case 4:
		p := math.Float32frombits(a) * math.Float32frombits(b)
		c = math.Float32bits(-p) + rng.Uint32N(3) - 1
	}
	return a, b, c
}

// TestHostArithmetic: what the host is trusted with is what softfloat says,
// results and flags, whether NX is set before or not.
func TestHostArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	h := &Hart{}
	check := func(name string, got, want uint64, f softfloat.Flags, before uint32, operands ...uint64) {
		if flags := before | uint32(f); got != want || h.FCSR != flags {
			t.Fatalf("%s %#x: %#x with flags %#x, not %#x with %#x", name, operands, got, h.FCSR, want, flags)
		}
	}
	for i := range 400_000 {
		before := uint32(i & 1)
		two := func(name string, ours func(a, b uint64, rm mode) uint64, soft func(a, b uint64, rm mode) (uint64, softfloat.Flags), a, b uint64) {
			h.FCSR = before
			want, f := soft(a, b, 0)
			check(name, ours(a, b, 0), want, f, before, a, b)
		}
		a, b, c := near64(rng)
		two("add64", h.add64, softfloat.Add64, a, b)
		two("sub64", h.sub64, softfloat.Sub64, a, b)
		two("mul64", h.mul64, softfloat.Mul64, a, b)
		two("div64", h.div64, softfloat.Div64, a, b)
		h.FCSR = before
		want, f := softfloat.Sqrt64(a, 0)
		check("sqrt64", h.sqrt64(a, 0), want, f, before, a)
		h.FCSR = before
		want, f = softfloat.FMA64(a, b, c, 0)
		check("fma64", h.fma64(a, b, c, 0), want, f, before, a, b, c)
		h.FCSR = before
		low, f := softfloat.F64ToF32(a, 0)
		check("narrow", uint64(h.narrow(a, 0)), uint64(low), f, before, a)
	}
	for i := range 400_000 {
		before := uint32(i & 1)
		two := func(name string, ours func(a, b uint32, rm mode) uint32, soft func(a, b uint32, rm mode) (uint32, softfloat.Flags), a, b uint32) {
			h.FCSR = before
			want, f := soft(a, b, 0)
			check(name, uint64(ours(a, b, 0)), uint64(want), f, before, uint64(a), uint64(b))
		}
		a, b, c := near32(rng)
		two("add32", h.add32, softfloat.Add32, a, b)
		two("sub32", h.sub32, softfloat.Sub32, a, b)
		two("mul32", h.mul32, softfloat.Mul32, a, b)
		two("div32", h.div32, softfloat.Div32, a, b)
		h.FCSR = before
		want, f := softfloat.Sqrt32(a, 0)
		check("sqrt32", uint64(h.sqrt32(a, 0)), uint64(want), f, before, uint64(a))
		h.FCSR = before
		want, f = softfloat.FMA32(a, b, c, 0)
		check("fma32", uint64(h.fma32(a, b, c, 0)), uint64(want), f, before, uint64(a), uint64(b), uint64(c))
		h.FCSR = before
		wide, f := softfloat.F32ToF64(a)
		check("widen", h.widen(a), wide, f, before, uint64(a))
	}
}

// BenchmarkFloat is a dependent multiply-add and an add in binary64.
func BenchmarkFloat(b *testing.B) {
	h := newTestHart(b,
		in("fmadd.d", 1, 1, 2, 3, 7), in("fadd.d", 4, 4, 1, 7), in("fmul.d", 5, 4, 2, 7), in("jal", 0, -12))
	for i := range 6 {
		h.F[i] = math.Float64bits(0.3 + float64(i)/10)
	}
	for range b.N {
		h.Run(1_000_000)
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minst/s")
}
