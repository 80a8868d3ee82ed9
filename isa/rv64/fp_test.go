package rv64

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// hostCheck compares what the host is trusted with to softfloat, results and
// flags, with NX clear before and set.
type hostCheck struct {
	testing.TB
	h Hart
}

func (t *hostCheck) same(name string, ours func() uint64, want uint64, f softfloat.Flags, operands ...uint64) {
	for _, before := range []uint32{0, uint32(softfloat.NX)} {
		t.h.FCSR = before
		if got, flags := ours(), before|uint32(f); got != want || t.h.FCSR != flags {
			t.Fatalf("%s %#x with flags %#x before: %#x with flags %#x, not %#x with %#x",
				name, operands, before, got, t.h.FCSR, want, flags)
		}
	}
}

func (t *hostCheck) one64(a uint64) {
	want, f := softfloat.Sqrt64(a, 0)
	t.same("sqrt64", func() uint64 { return t.h.sqrt64(a, 0) }, want, f, a)
	low, f := softfloat.F64ToF32(a, 0)
	t.same("narrow", func() uint64 { return uint64(t.h.narrow(a, 0)) }, uint64(low), f, a)
	for rm := mode(0); rm <= softfloat.RMM; rm++ {
		i32, f := softfloat.F64ToI32(a, rm)
		t.same("toI32from64", func() uint64 { return t.h.toI32from64(a, rm) }, uint64(int64(i32)), f, a)
		u32, f := softfloat.F64ToU32(a, rm)
		t.same("toU32from64", func() uint64 { return t.h.toU32from64(a, rm) }, uint64(int64(int32(u32))), f, a)
		i64, f := softfloat.F64ToI64(a, rm)
		t.same("toI64from64", func() uint64 { return t.h.toI64from64(a, rm) }, uint64(i64), f, a)
		u64, f := softfloat.F64ToU64(a, rm)
		t.same("toU64from64", func() uint64 { return t.h.toU64from64(a, rm) }, u64, f, a)
	}
}

func (t *hostCheck) two64(a, b uint64) {
	want, f := softfloat.Add64(a, b, 0)
	t.same("add64", func() uint64 { return t.h.add64(a, b, 0) }, want, f, a, b)
	want, f = softfloat.Sub64(a, b, 0)
	t.same("sub64", func() uint64 { return t.h.sub64(a, b, 0) }, want, f, a, b)
	want, f = softfloat.Mul64(a, b, 0)
	t.same("mul64", func() uint64 { return t.h.mul64(a, b, 0) }, want, f, a, b)
	want, f = softfloat.Div64(a, b, 0)
	t.same("div64", func() uint64 { return t.h.div64(a, b, 0) }, want, f, a, b)
	want, f = softfloat.Min64(a, b)
	t.same("min64", func() uint64 { return t.h.min64(a, b) }, want, f, a, b)
	want, f = softfloat.Max64(a, b)
	t.same("max64", func() uint64 { return t.h.max64(a, b) }, want, f, a, b)
}

func (t *hostCheck) three64(a, b, c uint64) {
	want, f := softfloat.FMA64(a, b, c, 0)
	t.same("fma64", func() uint64 { return t.h.fma64(a, b, c, 0) }, want, f, a, b, c)
}

func (t *hostCheck) one32(a uint32) {
	want, f := softfloat.Sqrt32(a, 0)
	t.same("sqrt32", func() uint64 { return uint64(t.h.sqrt32(a, 0)) }, uint64(want), f, uint64(a))
	wide, f := softfloat.F32ToF64(a)
	t.same("widen", func() uint64 { return t.h.widen(a) }, wide, f, uint64(a))
	for rm := mode(0); rm <= softfloat.RMM; rm++ {
		i32, f := softfloat.F32ToI32(a, rm)
		t.same("toI32from32", func() uint64 { return t.h.toI32from32(a, rm) }, uint64(int64(i32)), f, uint64(a))
		u32, f := softfloat.F32ToU32(a, rm)
		t.same("toU32from32", func() uint64 { return t.h.toU32from32(a, rm) }, uint64(int64(int32(u32))), f, uint64(a))
		i64, f := softfloat.F32ToI64(a, rm)
		t.same("toI64from32", func() uint64 { return t.h.toI64from32(a, rm) }, uint64(i64), f, uint64(a))
		u64, f := softfloat.F32ToU64(a, rm)
		t.same("toU64from32", func() uint64 { return t.h.toU64from32(a, rm) }, u64, f, uint64(a))
	}
}

func (t *hostCheck) two32(a, b uint32) {
	want, f := softfloat.Add32(a, b, 0)
	t.same("add32", func() uint64 { return uint64(t.h.add32(a, b, 0)) }, uint64(want), f, uint64(a), uint64(b))
	want, f = softfloat.Sub32(a, b, 0)
	t.same("sub32", func() uint64 { return uint64(t.h.sub32(a, b, 0)) }, uint64(want), f, uint64(a), uint64(b))
	want, f = softfloat.Mul32(a, b, 0)
	t.same("mul32", func() uint64 { return uint64(t.h.mul32(a, b, 0)) }, uint64(want), f, uint64(a), uint64(b))
	want, f = softfloat.Div32(a, b, 0)
	t.same("div32", func() uint64 { return uint64(t.h.div32(a, b, 0)) }, uint64(want), f, uint64(a), uint64(b))
	want, f = softfloat.Min32(a, b)
	t.same("min32", func() uint64 { return uint64(t.h.min32(a, b)) }, uint64(want), f, uint64(a), uint64(b))
	want, f = softfloat.Max32(a, b)
	t.same("max32", func() uint64 { return uint64(t.h.max32(a, b)) }, uint64(want), f, uint64(a), uint64(b))
}

func (t *hostCheck) three32(a, b, c uint32) {
	want, f := softfloat.FMA32(a, b, c, 0)
	t.same("fma32", func() uint64 { return uint64(t.h.fma32(a, b, c, 0)) }, uint64(want), f, uint64(a), uint64(b), uint64(c))
}

// TestHostArithmetic: what the host is trusted with is what softfloat says.
func TestHostArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	check := &hostCheck{TB: t}
	for range 200_000 {
		a, b, c := Near64(rng)
		check.one64(a)
		check.two64(a, b)
		check.three64(a, b, c)
	}
	for range 200_000 {
		a, b, c := Near32(rng)
		check.one32(a)
		check.two32(a, b)
		check.three32(a, b, c)
	}
}

// TestHostLimits64 combines numbers about every exponent at which something
// begins or ends: underflow, overflow, room for the error of a product, half
// a unit in the last place. The significands make errors as small as can be:
// (1+ulp)² and (2-ulp)² miss a number by the last bit of their 106.
func TestHostLimits64(t *testing.T) {
	pool := []uint64{0, 1 << 63, 1, 2, 3, 1<<52 - 1, 1<<63 | 1, math.Float64bits(math.Inf(1)), math.Float64bits(math.NaN())}
	for _, significand := range []float64{1, 1 + 0x1p-52, 2 - 0x1p-52, 1 + 0x1p-26, -1, -1 - 0x1p-31, -1.5} {
		for _, exponent := range []int{-1022, -1021, -971, -970, -969, -968, -487, -486, -485, -484, -483,
			-54, -53, -52, -1, 0, 1, 30, 31, 32, 52, 53, 54, 62, 63, 64, 537, 538, 970, 971, 1022, 1023} {
			pool = append(pool, math.Float64bits(math.Ldexp(significand, exponent)))
		}
	}
	check := &hostCheck{TB: t}
	for _, a := range pool {
		check.one64(a)
		for _, b := range pool {
			check.two64(a, b)
			product := math.Float64frombits(a) * math.Float64frombits(b)
			p := math.Float64bits(product)
			check.one64(p)
			check.two64(p, b)
			half := math.Float64bits(product * 0x1p-53)
			for _, c := range []uint64{0, 1, 1 << 63, p, p ^ 1<<63, p ^ 1<<63 ^ 1, half, half ^ 1<<63, half + 1, half - 1,
				math.Float64bits(-product * (1 - 0x1p-53)), 1023 << 52, 53 << 52, 0xfff<<52 - 1, 0x7fe << 52} {
				check.three64(a, b, c)
			}
		}
	}
}

// TestHostLimits32 is the same for binary32.
func TestHostLimits32(t *testing.T) {
	pool := []uint32{0, 1 << 31, 1, 2, 3, 1<<23 - 1, 1<<31 | 1, math.Float32bits(float32(math.Inf(1))), math.Float32bits(float32(math.NaN()))}
	for _, significand := range []float64{1, 1 + 0x1p-23, 2 - 0x1p-23, 1 + 0x1p-12, -1, -1.5} {
		for _, exponent := range []int{-126, -125, -124, -76, -75, -74, -63, -62, -25, -24, -23, -1, 0, 1, 23, 24, 25, 30, 31, 32, 62, 63, 64, 126, 127} {
			pool = append(pool, math.Float32bits(float32(math.Ldexp(significand, exponent))))
		}
	}
	check := &hostCheck{TB: t}
	for _, a := range pool {
		check.one32(a)
		for _, b := range pool {
			check.two32(a, b)
			product := math.Float32frombits(a) * math.Float32frombits(b)
			p := math.Float32bits(product)
			check.one32(p)
			check.two32(p, b)
			half := math.Float32bits(product * 0x1p-24)
			for _, c := range []uint32{0, 1, 1 << 31, p, p ^ 1<<31, p ^ 1<<31 ^ 1, half, half ^ 1<<31, half + 1, half - 1,
				127 << 23, 24 << 23, 0x1ff<<23 - 1, 0xfe << 23} {
				check.three32(a, b, c)
			}
		}
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
