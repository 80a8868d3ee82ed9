package rv64

import (
	"math"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// Floating point. Each operation first tries the host: under round-to-nearest
// its result is the right one, and when the result is a normal number well
// inside the format's range the only exception that there can be is NX. That
// is found by computing the rounding error exactly (an error-free
// transformation), unless NX stands in fflags already and nobody can tell.
// Everything else is internal/softfloat's: about ten times slower, and rare.
//
// "Well inside" leaves room for the error term: it is a number of the format
// too, which near the subnormals it would not be.

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

// inside64 reports whether r is a number for which the fast path holds, with
// an exponent of -900 … 1000: the error of a product or quotient is above
// 2^-1022 then, and no intermediate of an error term overflows.
func inside64(r uint64) bool { return r>>52&0x7ff-(1023-900) <= 1900 }

// inside32 is for results computed through binary64: any normal number but
// the smallest and the largest binade.
func inside32(r uint32) bool { return r>>23&0xff-2 <= 251 }

// tame64 reports whether a is finite and so small that no intermediate of a
// sum's error term overflows. It may be zero or subnormal: sums are exact
// there.
func tame64(a uint64) bool { return a>>52&0x7ff <= 2023 }

func isZero64(a uint64) bool { return a<<1 == 0 }

func (h *Hart) add64(a, b uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		sum := x + y
		r := math.Float64bits(sum)
		switch {
		case isZero64(r): // sums to nearest are never zero unless they are exact
			return r
		case !inside64(r):
		case h.raised(softfloat.NX):
			return r
		case tame64(a) && tame64(b):
			if sumError(x, y, sum) != 0 {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.Add64(a, b, rm)
	h.raise(f)
	return r
}

// sumError is x + y - sum, exactly, for sum = x + y rounded to nearest
// (Knuth's TwoSum; exact unless something overflows).
func sumError(x, y, sum float64) float64 {
	v := sum - x
	return (x - (sum - v)) + (y - v)
}

func (h *Hart) sub64(a, b uint64, rm mode) uint64 { return h.add64(a, b^1<<63, rm) }

func (h *Hart) mul64(a, b uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		product := x * y
		r := math.Float64bits(product)
		if isZero64(r) && (isZero64(a) || isZero64(b)) {
			return r
		}
		if inside64(r) {
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
	if rm == softfloat.RNE && inside64(a) && inside64(b) {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		quotient := x / y
		if r := math.Float64bits(quotient); inside64(r) {
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
	if rm == softfloat.RNE && inside64(a) && a>>63 == 0 {
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

func (h *Hart) fma64(a, b, c uint64, rm mode) uint64 {
	if rm == softfloat.RNE {
		x, y, z := math.Float64frombits(a), math.Float64frombits(b), math.Float64frombits(c)
		r := math.Float64bits(math.FMA(x, y, z))
		if inside64(r) && h.raised(softfloat.NX) {
			return r
		}
		if exact, known := fmaExact(x, y, z); known && (inside64(r) || isZero64(r)) {
			if !exact {
				h.raise(softfloat.NX)
			}
			return r
		}
	}
	r, f := softfloat.FMA64(a, b, c, rm)
	h.raise(f)
	return r
}

// fmaExact reports whether x × y + z is a binary64 number, if that is easy to
// know: when x × y is one.
func fmaExact(x, y, z float64) (exact, known bool) {
	product := float64(x * y)
	if p := math.Float64bits(product); !(inside64(p) || x == 0 || y == 0) ||
		!tame64(p) || !tame64(math.Float64bits(z)) || math.FMA(x, y, -product) != 0 {
		return false, false
	}
	return sumError(product, z, product+z) == 0, true
}

// finish32 is the binary64 value v rounded to binary32, when v is exact or
// such that rounding it again does no harm, and the result is well inside.
func (h *Hart) finish32(v float64, exact bool) (uint32, bool) {
	narrow := float32(v)
	r := math.Float32bits(narrow)
	if v == 0 { // products and sums of binary32 numbers do not vanish in binary64
		return r, true
	}
	if !inside32(r) {
		return 0, false
	}
	if !exact || float64(narrow) != v {
		h.raise(softfloat.NX)
	}
	return r, true
}

func wide32(a uint32) float64 { return float64(math.Float32frombits(a)) }

func (h *Hart) add32(a, b uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		sum, exact := oddSum(wide32(a), wide32(b))
		if r, ok := h.finish32(sum, exact); ok {
			return r
		}
	}
	r, f := softfloat.Add32(a, b, rm)
	h.raise(f)
	return r
}

// oddSum is x + y rounded to odd: truncated, with the last bit set when
// anything was lost. To round that to a format with at least two bits fewer
// gives what rounding x + y itself would (Boldo and Melquiond, "Emulation of
// FMA and correctly rounded sums", IEEE Trans. Computers 57(4), 2008).
func oddSum(x, y float64) (sum float64, exact bool) {
	sum = x + y
	lost := sumError(x, y, sum)
	if lost == 0 {
		return sum, true
	}
	bits := math.Float64bits(sum)
	if bits&1 == 0 { // an odd last bit stands for what was lost already
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
	}
	return math.Float64frombits(bits), false
}

func (h *Hart) sub32(a, b uint32, rm mode) uint32 { return h.add32(a, b^1<<31, rm) }

func (h *Hart) mul32(a, b uint32, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(float64(wide32(a)*wide32(b)), true); ok {
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
	if rm == softfloat.RNE && inside32(a) && inside32(b) {
		x, y := wide32(a), wide32(b)
		quotient := x / y
		if r, ok := h.finish32(quotient, true); ok {
			return r
		}
	}
	r, f := softfloat.Div32(a, b, rm)
	h.raise(f)
	return r
}

func (h *Hart) sqrt32(a uint32, rm mode) uint32 {
	if rm == softfloat.RNE && inside32(a) && a>>31 == 0 {
		if r, ok := h.finish32(math.Sqrt(wide32(a)), true); ok {
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
		sum, exact := oddSum(float64(wide32(a)*wide32(b)), wide32(c))
		if r, ok := h.finish32(sum, exact); ok {
			return r
		}
	}
	r, f := softfloat.FMA32(a, b, c, rm)
	h.raise(f)
	return r
}
