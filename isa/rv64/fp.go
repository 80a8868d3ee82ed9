package rv64

import (
	"math"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// Floating point. Each operation first tries the host: under round-to-nearest
// its result is the right one, and when neither overflow nor underflow can
// have happened the only exception that there can be is NX. That is found by
// looking whether the rounding error is zero, unless NX stands in fflags
// already and nobody can tell. Everything else is internal/softfloat's: about
// ten times slower, and rare.
//
// The conditions are chosen such that ordinary data, zeros among it, take the
// same branches every time.

const (
	rmMax     = uint64(softfloat.RMM)
	rmDynamic = 7
)

type mode = softfloat.RM

// rounding is the rounding mode of an instruction; above rmMax when it is the
// dynamic one and that is reserved.
func (h *Hart) rounding(o *slot) uint64 {
	if o.rm == rmDynamic {
		return uint64(h.FCSR >> 5 & 7)
	}
	return uint64(o.rm)
}

func (h *Hart) raise(f softfloat.Flags) { h.FCSR |= uint32(f) }

func (h *Hart) raised(f softfloat.Flags) bool { return h.FCSR&uint32(f) != 0 }

// box is a binary32 value in a register; unbox gets it out, and the canonical
// NaN when what the register holds is no binary32.
func box(v uint32) uint64 { return uint64(v) | 0xffffffff<<32 }

func unbox(v uint64) uint32 {
	if v>>32 != 0xffffffff {
		return 0x7fc00000
	}
	return uint32(v)
}

// inside64 reports whether r is a number of at least 2^-969: the error of a
// product or quotient of that size, which is a multiple of 2^-105 times the
// power of two below it, is a binary64 number then.
func inside64(r uint64) bool { return r>>52&0x7ff-(1023-969) <= 2046-(1023-969) }

// finite64 reports whether r is neither an infinity nor a NaN. The numbers
// that made it by adding and multiplying were not either then, and nothing
// overflowed.
func finite64(r uint64) bool { return r>>52&0x7ff != 0x7ff }

// tiny64 reports whether a is not zero but below 2^-485. A product of two
// numbers neither of which is has nothing to do with underflow: it is zero
// exactly, or its error is a multiple of 2^-1074.
func tiny64(a uint64) bool { return a<<1-1 < (1023-485)<<53-1 }

func isZero64(a uint64) bool { return a<<1 == 0 }

// inside32 is for results computed through binary64: any normal number but
// those of the smallest binade, into which a smaller one may have been rounded.
func inside32(r uint32) bool { return r>>23&0xff-2 <= 252 }

func (h *Hart) add64(a, b uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		sum := x + y
		if r := math.Float64bits(sum); finite64(r) {
			if !h.raised(softfloat.NX) && !exactSum(x, y, sum) {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.Add64(a, b, rm)
	h.raise(f)
	return r
}

// exactSum reports whether sum, which is finite and x + y rounded to nearest,
// is x + y. A sum is so near to the larger of its operands that taking that
// away again is exact (Dekker's Fast2Sum; sums do not underflow), so when the
// sum is not exact the smaller one does not come out; when it is, both do.
func exactSum[T float32 | float64](x, y, sum T) bool { return T(sum-x) == y && T(sum-y) == x }

func (h *Hart) sub64(a, b uint64, rm mode) uint64 { return h.add64(a, b^1<<63, rm) }

func (h *Hart) mul64(a, b uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		product := x * y
		r := math.Float64bits(product)
		if finite64(r) && !tiny64(a) && !tiny64(b) || inside64(r) {
			if !h.raised(softfloat.NX) && math.FMA(x, y, -product) != 0 {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.Mul64(a, b, rm)
	h.raise(f)
	return r
}

func (h *Hart) div64(a, b uint64, rm mode) uint64 {
	if rm == softfloat.RNE && inside64(b) {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		quotient := x / y
		if r := math.Float64bits(quotient); inside64(a) && inside64(r) || isZero64(a) {
			if !h.raised(softfloat.NX) && math.FMA(quotient, y, -x) != 0 {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.Div64(a, b, rm)
	h.raise(f)
	return r
}

func (h *Hart) sqrt64(a uint64, rm mode) uint64 {
	if rm == softfloat.RNE && (inside64(a) && a>>63 == 0 || isZero64(a)) {
		x := math.Float64frombits(a)
		root := math.Sqrt(x)
		if !h.raised(softfloat.NX) && math.FMA(root, root, -x) != 0 {
			h.raise(softfloat.NX)
		}
		return math.Float64bits(root)
	}
	r, f := softfloat.Sqrt64(a, rm)
	h.raise(f)
	return r
}

// fma64: when the product is exact, which the host's own multiply-add tells,
// what remains is a sum.
func (h *Hart) fma64(a, b, c uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y, z := math.Float64frombits(a), math.Float64frombits(b), math.Float64frombits(c)
		fused := math.FMA(x, y, z)
		r := math.Float64bits(fused)
		if h.raised(softfloat.NX) && inside64(r) {
			return r
		}
		if finite64(r) && !tiny64(a) && !tiny64(b) {
			if product := float64(x * y); math.FMA(x, y, -product) == 0 {
				if !exactSum(product, z, fused) {
					h.raise(softfloat.NX)
				}
				return r
			}
		}
	}
	r, f := softfloat.FMA64(a, b, c, rm)
	h.raise(f)
	return r
}

// finish32 is the binary64 value v rounded to binary32, when v is exact or
// such that rounding it again does no harm and shows that v was not, and the
// result is well inside.
func (h *Hart) finish32(v float64) (uint32, bool) {
	narrow := float32(v)
	r := math.Float32bits(narrow)
	if v == 0 { // what is made of binary32 numbers does not vanish in binary64
		return r, true
	}
	if !inside32(r) {
		return 0, false
	}
	if float64(narrow) != v {
		h.raise(softfloat.NX)
	}
	return r, true
}

func wide32(a uint32) float64 { return float64(math.Float32frombits(a)) }

func (h *Hart) add32(a, b uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		x, y := math.Float32frombits(a), math.Float32frombits(b)
		sum := x + y
		if r := math.Float32bits(sum); r>>23&0xff != 0xff {
			if !h.raised(softfloat.NX) && !exactSum(x, y, sum) {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.Add32(a, b, rm)
	h.raise(f)
	return r
}

// sumError is x + y - sum, exactly, for sum = x + y rounded to nearest
// (Knuth's TwoSum; exact unless something overflows).
func sumError(x, y, sum float64) float64 {
	v := sum - x
	return (x - (sum - v)) + (y - v)
}

// oddSum is x + y rounded to odd: truncated, with the last bit set when
// anything was lost. To round that to a format with at least two bits fewer
// gives what rounding x + y itself would (Boldo and Melquiond, "Emulation of
// FMA and correctly rounded sums", IEEE Trans. Computers 57(4), 2008), and is
// exact when x + y is a number of that format.
func oddSum(x, y float64) float64 {
	sum := x + y
	lost := sumError(x, y, sum)
	bits := math.Float64bits(sum)
	if lost == 0 || bits&1 != 0 { // an odd last bit stands for what was lost already
		return sum
	}
	if (lost > 0) == (sum > 0) {
		bits++
	} else {
		bits--
	}
	return math.Float64frombits(bits)
}

func (h *Hart) sub32(a, b uint32, rm mode) uint32 { return h.add32(a, b^1<<31, rm) }

func (h *Hart) mul32(a, b uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(float64(wide32(a) * wide32(b))); ok {
			return r
		}
	}
	r, f := softfloat.Mul32(a, b, rm)
	h.raise(f)
	return r
}

// div32: a quotient of binary32 numbers is never so near to the middle of two
// binary32 numbers that rounding it to binary64 first changes the result
// (Figueroa, "When is double rounding innocuous?", 1995; the same for sqrt).
func (h *Hart) div32(a, b uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(wide32(a) / wide32(b)); ok {
			return r
		}
	}
	r, f := softfloat.Div32(a, b, rm)
	h.raise(f)
	return r
}

func (h *Hart) sqrt32(a uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(math.Sqrt(wide32(a))); ok {
			return r
		}
	}
	r, f := softfloat.Sqrt32(a, rm)
	h.raise(f)
	return r
}

// fma32: the product is exact in binary64.
func (h *Hart) fma32(a, b, c uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(oddSum(float64(wide32(a)*wide32(b)), wide32(c))); ok {
			return r
		}
	}
	r, f := softfloat.FMA32(a, b, c, rm)
	h.raise(f)
	return r
}
