package softfloat

import "math/bits"

// integer is the target of a conversion: its width and whether it is signed.
type integer struct {
	width  uint
	signed bool
}

var (
	int32Type  = integer{32, true}
	uint32Type = integer{32, false}
	int64Type  = integer{64, true}
	uint64Type = integer{64, false}
)

// limit is the largest magnitude of either sign.
func (t integer) limit(neg bool) uint64 {
	switch {
	case t.signed && neg:
		return 1 << (t.width - 1)
	case t.signed:
		return 1<<(t.width-1) - 1
	case neg:
		return 0
	}
	return 1<<t.width - 1
}

// toInteger rounds x to t, in the low bits of the result. What does not fit
// saturates and raises NV alone; a NaN counts as +∞.
func (f *format) toInteger(x uint64, t integer, rm RM) (uint64, Flags) {
	n := f.unpack(x)
	neg := n.neg && n.kind&nan == 0
	var magnitude, fraction uint64
	switch {
	case n.kind == zero:
		return 0, 0
	case n.kind != 0 || n.exp >= 64:
		return saturate(neg, t)
	case n.exp >= point:
		magnitude = n.sig << (n.exp - point)
	default:
		shift := uint(point - n.exp)
		magnitude = n.sig >> shift
		fraction = 1 // below a quarter, all that counts is that it is there
		if shift <= 64 {
			fraction = n.sig << (64 - shift)
		}
	}
	if roundsUp(neg, magnitude, fraction, rm) {
		magnitude++
	}
	if magnitude > t.limit(neg) {
		return saturate(neg, t)
	}
	if neg {
		magnitude = -magnitude
	}
	return magnitude, Flags(sticky(fraction)) * NX
}

func saturate(neg bool, t integer) (uint64, Flags) {
	if neg {
		return -t.limit(true), NV
	}
	return t.limit(false), NV
}

// roundsUp reports whether a magnitude with fraction/2^64 behind its point
// rounds away from zero.
func roundsUp(neg bool, magnitude, fraction uint64, rm RM) bool {
	const half = 1 << 63
	switch rm {
	case RNE:
		return fraction > half || fraction == half && magnitude&1 != 0
	case RTZ:
		return false
	case RDN:
		return neg && fraction != 0
	case RUP:
		return !neg && fraction != 0
	}
	return fraction >= half
}

// fromInteger is ±magnitude.
func (f *format) fromInteger(neg bool, magnitude uint64, rm RM) (uint64, Flags) {
	if magnitude == 0 {
		return 0, 0
	}
	shift := bits.LeadingZeros64(magnitude)
	sig := shiftRightSticky(magnitude<<shift, 63-point)
	return f.round(neg, 63-shift, sig, rm)
}

func (f *format) fromSigned(x int64, rm RM) (uint64, Flags) {
	if x < 0 {
		return f.fromInteger(true, -uint64(x), rm)
	}
	return f.fromInteger(false, uint64(x), rm)
}

// convert is x of format f in format to.
func (f *format) convert(x uint64, to *format, rm RM) (uint64, Flags) {
	n := f.unpack(x)
	switch {
	case n.kind&nan != 0:
		return to.propagate(n.kind)
	case n.kind == infinite:
		return to.signed(n.neg, to.inf), 0
	case n.kind == zero:
		return to.signed(n.neg, 0), 0
	}
	return to.round(n.neg, n.exp, n.sig, rm)
}

// F32ToF64 widens a; exact.
func F32ToF64(a uint32) (uint64, Flags) { return binary32.convert(uint64(a), binary64, RNE) }

// F64ToF32 narrows a.
func F64ToF32(a uint64, rm RM) (uint32, Flags) {
	r, f := binary64.convert(a, binary32, rm)
	return uint32(r), f
}

// F64ToI64 rounds a to a signed 64-bit integer, saturating.
func F64ToI64(a uint64, rm RM) (int64, Flags) {
	r, f := binary64.toInteger(a, int64Type, rm)
	return int64(r), f
}

// F64ToU64 rounds a to an unsigned 64-bit integer, saturating.
func F64ToU64(a uint64, rm RM) (uint64, Flags) { return binary64.toInteger(a, uint64Type, rm) }

// F64ToI32 rounds a to a signed 32-bit integer, saturating.
func F64ToI32(a uint64, rm RM) (int32, Flags) {
	r, f := binary64.toInteger(a, int32Type, rm)
	return int32(r), f
}

// F64ToU32 rounds a to an unsigned 32-bit integer, saturating.
func F64ToU32(a uint64, rm RM) (uint32, Flags) {
	r, f := binary64.toInteger(a, uint32Type, rm)
	return uint32(r), f
}

// F32ToI64 rounds a to a signed 64-bit integer, saturating.
func F32ToI64(a uint32, rm RM) (int64, Flags) {
	r, f := binary32.toInteger(uint64(a), int64Type, rm)
	return int64(r), f
}

// F32ToU64 rounds a to an unsigned 64-bit integer, saturating.
func F32ToU64(a uint32, rm RM) (uint64, Flags) {
	return binary32.toInteger(uint64(a), uint64Type, rm)
}

// F32ToI32 rounds a to a signed 32-bit integer, saturating.
func F32ToI32(a uint32, rm RM) (int32, Flags) {
	r, f := binary32.toInteger(uint64(a), int32Type, rm)
	return int32(r), f
}

// F32ToU32 rounds a to an unsigned 32-bit integer, saturating.
func F32ToU32(a uint32, rm RM) (uint32, Flags) {
	r, f := binary32.toInteger(uint64(a), uint32Type, rm)
	return uint32(r), f
}

// I64ToF64 rounds a to binary64.
func I64ToF64(a int64, rm RM) (uint64, Flags) { return binary64.fromSigned(a, rm) }

// U64ToF64 rounds a to binary64.
func U64ToF64(a uint64, rm RM) (uint64, Flags) { return binary64.fromInteger(false, a, rm) }

// I32ToF64 converts a to binary64; exact, whatever rm.
func I32ToF64(a int32, rm RM) (uint64, Flags) { return binary64.fromSigned(int64(a), rm) }

// U32ToF64 converts a to binary64; exact, whatever rm.
func U32ToF64(a uint32, rm RM) (uint64, Flags) { return U64ToF64(uint64(a), rm) }

// I64ToF32 rounds a to binary32.
func I64ToF32(a int64, rm RM) (uint32, Flags) {
	r, f := binary32.fromSigned(a, rm)
	return uint32(r), f
}

// U64ToF32 rounds a to binary32.
func U64ToF32(a uint64, rm RM) (uint32, Flags) {
	r, f := binary32.fromInteger(false, a, rm)
	return uint32(r), f
}

// I32ToF32 rounds a to binary32.
func I32ToF32(a int32, rm RM) (uint32, Flags) { return I64ToF32(int64(a), rm) }

// U32ToF32 rounds a to binary32.
func U32ToF32(a uint32, rm RM) (uint32, Flags) { return U64ToF32(uint64(a), rm) }
