package rv64

import (
	"math"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// Conversions and comparisons. The host does what is exact, internal/softfloat
// the rest. A result of 32 bits is sign-extended into its register, that of an
// unsigned conversion too.

// integer64 is x rounded to an integer, when it is one or is to be truncated,
// which is what C does, and lies strictly between the two limits. For an
// unsigned integer the lower one is -1: what truncates to zero is in range.
func (h *Hart) integer64(x, above, below float64, rm mode) (int64, bool) {
	if !(x > above && x < below) {
		return 0, false
	}
	n := int64(x)
	if float64(n) != x {
		if rm != softfloat.RTZ {
			return 0, false
		}
		h.raise(softfloat.NX)
	}
	return n, true
}

func (h *Hart) toI32from64(a uint64, rm mode) uint64 {
	if x, ok := h.integer64(math.Float64frombits(a), -1<<31-1, 1<<31, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F64ToI32(a, rm)
	h.raise(f)
	return uint64(int64(n))
}

func (h *Hart) toU32from64(a uint64, rm mode) uint64 {
	if x, ok := h.integer64(math.Float64frombits(a), -1, 1<<32, rm); ok {
		return uint64(int64(int32(x)))
	}
	n, f := softfloat.F64ToU32(a, rm)
	h.raise(f)
	return uint64(int64(int32(n)))
}

func (h *Hart) toI64from64(a uint64, rm mode) uint64 {
	if x, ok := h.integer64(math.Float64frombits(a), -1<<63, 1<<63, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F64ToI64(a, rm)
	h.raise(f)
	return uint64(n)
}

func (h *Hart) toU64from64(a uint64, rm mode) uint64 {
	if x, ok := h.integer64(math.Float64frombits(a), -1, 1<<63, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F64ToU64(a, rm)
	h.raise(f)
	return n
}

func (h *Hart) toI32from32(a uint32, rm mode) uint64 {
	if x, ok := h.integer64(wide32(a), -1<<31-1, 1<<31, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F32ToI32(a, rm)
	h.raise(f)
	return uint64(int64(n))
}

func (h *Hart) toU32from32(a uint32, rm mode) uint64 {
	if x, ok := h.integer64(wide32(a), -1, 1<<32, rm); ok {
		return uint64(int64(int32(x)))
	}
	n, f := softfloat.F32ToU32(a, rm)
	h.raise(f)
	return uint64(int64(int32(n)))
}

func (h *Hart) toI64from32(a uint32, rm mode) uint64 {
	if x, ok := h.integer64(wide32(a), -1<<63, 1<<63, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F32ToI64(a, rm)
	h.raise(f)
	return uint64(n)
}

func (h *Hart) toU64from32(a uint32, rm mode) uint64 {
	if x, ok := h.integer64(wide32(a), -1, 1<<63, rm); ok {
		return uint64(x)
	}
	n, f := softfloat.F32ToU64(a, rm)
	h.raise(f)
	return n
}

func (h *Hart) i32to64(n int32, _ mode) uint64 { return math.Float64bits(float64(n)) }

func (h *Hart) u32to64(n uint32, _ mode) uint64 { return math.Float64bits(float64(n)) }

func (h *Hart) i64to64(n int64, rm mode) uint64 {
	if -1<<53 <= n && n <= 1<<53 {
		return math.Float64bits(float64(n))
	}
	r, f := softfloat.I64ToF64(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) u64to64(n uint64, rm mode) uint64 {
	if n <= 1<<53 {
		return math.Float64bits(float64(n))
	}
	r, f := softfloat.U64ToF64(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) i32to32(n int32, rm mode) uint32 {
	if -1<<24 <= n && n <= 1<<24 {
		return math.Float32bits(float32(n))
	}
	r, f := softfloat.I32ToF32(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) u32to32(n uint32, rm mode) uint32 {
	if n <= 1<<24 {
		return math.Float32bits(float32(n))
	}
	r, f := softfloat.U32ToF32(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) i64to32(n int64, rm mode) uint32 {
	if -1<<24 <= n && n <= 1<<24 {
		return math.Float32bits(float32(n))
	}
	r, f := softfloat.I64ToF32(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) u64to32(n uint64, rm mode) uint32 {
	if n <= 1<<24 {
		return math.Float32bits(float32(n))
	}
	r, f := softfloat.U64ToF32(n, rm)
	h.raise(f)
	return r
}

func (h *Hart) narrow(a uint64, rm mode) uint32 {
	if rm == softfloat.RNE {
		if r, ok := h.finish32(math.Float64frombits(a)); ok {
			return r
		}
	}
	r, f := softfloat.F64ToF32(a, rm)
	h.raise(f)
	return r
}

func (h *Hart) widen(a uint32) uint64 {
	if x := wide32(a); !math.IsNaN(x) {
		return math.Float64bits(x)
	}
	r, f := softfloat.F32ToF64(a)
	h.raise(f)
	return r
}

func (h *Hart) min64(a, b uint64) uint64 {
	switch x, y := math.Float64frombits(a), math.Float64frombits(b); {
	case x < y:
		return a
	case x > y:
		return b
	}
	r, f := softfloat.Min64(a, b)
	h.raise(f)
	return r
}

func (h *Hart) max64(a, b uint64) uint64 {
	switch x, y := math.Float64frombits(a), math.Float64frombits(b); {
	case x > y:
		return a
	case x < y:
		return b
	}
	r, f := softfloat.Max64(a, b)
	h.raise(f)
	return r
}

func (h *Hart) eq64(a, b uint64) uint64 {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	switch {
	case x == y:
		return 1
	case x < y || x > y:
		return 0
	}
	_, f := softfloat.Eq64(a, b)
	h.raise(f)
	return 0
}

func (h *Hart) lt64(a, b uint64) uint64 {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	switch {
	case x < y:
		return 1
	case x >= y:
		return 0
	}
	_, f := softfloat.Lt64(a, b)
	h.raise(f)
	return 0
}

func (h *Hart) le64(a, b uint64) uint64 {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	switch {
	case x <= y:
		return 1
	case x > y:
		return 0
	}
	_, f := softfloat.Le64(a, b)
	h.raise(f)
	return 0
}

func (h *Hart) min32(a, b uint32) uint32 {
	switch x, y := math.Float32frombits(a), math.Float32frombits(b); {
	case x < y:
		return a
	case x > y:
		return b
	}
	r, f := softfloat.Min32(a, b)
	h.raise(f)
	return r
}

func (h *Hart) max32(a, b uint32) uint32 {
	switch x, y := math.Float32frombits(a), math.Float32frombits(b); {
	case x > y:
		return a
	case x < y:
		return b
	}
	r, f := softfloat.Max32(a, b)
	h.raise(f)
	return r
}

func (h *Hart) eq32(a, b uint32) uint64 {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	switch {
	case x == y:
		return 1
	case x < y || x > y:
		return 0
	}
	_, f := softfloat.Eq32(a, b)
	h.raise(f)
	return 0
}

func (h *Hart) lt32(a, b uint32) uint64 {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	switch {
	case x < y:
		return 1
	case x >= y:
		return 0
	}
	_, f := softfloat.Lt32(a, b)
	h.raise(f)
	return 0
}

func (h *Hart) le32(a, b uint32) uint64 {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	switch {
	case x <= y:
		return 1
	case x > y:
		return 0
	}
	_, f := softfloat.Le32(a, b)
	h.raise(f)
	return 0
}
