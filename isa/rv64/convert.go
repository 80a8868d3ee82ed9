package rv64

import (
	"math"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
)

// Conversions and comparisons. The host does what is exact, internal/softfloat
// the rest. A result of 32 bits is sign-extended into its register, that of an
// unsigned conversion too.

// exact64 is a as an integer, when it is one and its magnitude is below limit.
func exact64(a uint64, limit float64) (int64, bool) {
	x := math.Float64frombits(a)
	if !(math.Abs(x) < limit) {
		return 0, false
	}
	n := int64(x)
	return n, float64(n) == x
}

func (h *Hart) toI32from64(a uint64, rm mode) uint64 {
	if x, ok := exact64(a, 1<<31); ok {
		return uint64(x)
	}
	n, f := softfloat.F64ToI32(a, rm)
	h.raise(f)
	return uint64(int64(n))
}

func (h *Hart) toU32from64(a uint64, rm mode) uint64 {
	if x, ok := exact64(a, 1<<31); ok && x >= 0 {
		return uint64(x)
	}
	n, f := softfloat.F64ToU32(a, rm)
	h.raise(f)
	return uint64(int64(int32(n)))
}

func (h *Hart) toI64from64(a uint64, rm mode) uint64 {
	if x, ok := exact64(a, 1<<62); ok {
		return uint64(x)
	}
	n, f := softfloat.F64ToI64(a, rm)
	h.raise(f)
	return uint64(n)
}

func (h *Hart) toU64from64(a uint64, rm mode) uint64 {
	if x, ok := exact64(a, 1<<62); ok && x >= 0 {
		return uint64(x)
	}
	n, f := softfloat.F64ToU64(a, rm)
	h.raise(f)
	return n
}

func (h *Hart) toI32from32(a uint32, rm mode) uint64 {
	if x, ok := exact64(math.Float64bits(wide32(a)), 1<<31); ok {
		return uint64(x)
	}
	n, f := softfloat.F32ToI32(a, rm)
	h.raise(f)
	return uint64(int64(n))
}

func (h *Hart) toU32from32(a uint32, rm mode) uint64 {
	if x, ok := exact64(math.Float64bits(wide32(a)), 1<<31); ok && x >= 0 {
		return uint64(x)
	}
	n, f := softfloat.F32ToU32(a, rm)
	h.raise(f)
	return uint64(int64(int32(n)))
}

func (h *Hart) toI64from32(a uint32, rm mode) uint64 {
	if x, ok := exact64(math.Float64bits(wide32(a)), 1<<62); ok {
		return uint64(x)
	}
	n, f := softfloat.F32ToI64(a, rm)
	h.raise(f)
	return uint64(n)
}

func (h *Hart) toU64from32(a uint32, rm mode) uint64 {
	if x, ok := exact64(math.Float64bits(wide32(a)), 1<<62); ok && x >= 0 {
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
