// Package softfloat computes IEEE 754 binary32 and binary64 arithmetic in
// integers, with the results and the exception flags that RISC-V asks for:
// five rounding modes, tininess detected after rounding, every NaN result the
// canonical one, conversions that saturate, minimum and maximum that order -0
// below +0 and prefer a number to a NaN (RISC-V unprivileged ISA, chapters
// "F" and "D").
//
// Both widths are one algorithm: a format unpacks into a number with a 63-bit
// significand, the operation is carried out on numbers exactly but for a
// sticky bit, and format.round, the only place that rounds to a format, packs
// the result. Values travel as their bit patterns. Nothing allocates.
package softfloat

// RM is a rounding mode in RISC-V's encoding. Reserved encodings make an
// instruction illegal and never get here; they round as RMM.
type RM uint8

const (
	RNE RM = iota // to nearest, ties to even
	RTZ           // toward zero
	RDN           // down
	RUP           // up
	RMM           // to nearest, ties away from zero
)

// Flags is a set of accrued exceptions, in the bit order of RISC-V's fflags.
type Flags uint8

const (
	NX Flags = 1 << iota // inexact
	UF                   // underflow
	OF                   // overflow
	DZ                   // division by zero
	NV                   // invalid operation
)

// Add64 is a + b.
func Add64(a, b uint64, rm RM) (uint64, Flags) { return binary64.add(a, b, rm) }

// Sub64 is a - b.
func Sub64(a, b uint64, rm RM) (uint64, Flags) { return binary64.sub(a, b, rm) }

// Mul64 is a × b.
func Mul64(a, b uint64, rm RM) (uint64, Flags) { return binary64.mul(a, b, rm) }

// Div64 is a / b.
func Div64(a, b uint64, rm RM) (uint64, Flags) { return binary64.div(a, b, rm) }

// Sqrt64 is the square root of a.
func Sqrt64(a uint64, rm RM) (uint64, Flags) { return binary64.sqrt(a, rm) }

// FMA64 is a × b + c, rounded once.
func FMA64(a, b, c uint64, rm RM) (uint64, Flags) { return binary64.fma(a, b, c, rm) }

// Min64 is the smaller of a and b, the number when one is a NaN.
func Min64(a, b uint64) (uint64, Flags) { return binary64.min(a, b) }

// Max64 is the larger of a and b, the number when one is a NaN.
func Max64(a, b uint64) (uint64, Flags) { return binary64.max(a, b) }

// Eq64 is a = b; a quiet comparison.
func Eq64(a, b uint64) (bool, Flags) { return binary64.eq(a, b) }

// Lt64 is a < b; a signalling comparison.
func Lt64(a, b uint64) (bool, Flags) { return binary64.lt(a, b) }

// Le64 is a ≤ b; a signalling comparison.
func Le64(a, b uint64) (bool, Flags) { return binary64.le(a, b) }

// Class64 is the one-hot mask of FCLASS: bits 0 … 7 are -∞, -normal,
// -subnormal, -0, +0, +subnormal, +normal, +∞; 8 a signalling NaN, 9 a quiet one.
func Class64(a uint64) uint64 { return binary64.class(a) }

// Add32 is a + b.
func Add32(a, b uint32, rm RM) (uint32, Flags) {
	r, f := binary32.add(uint64(a), uint64(b), rm)
	return uint32(r), f
}

// Sub32 is a - b.
func Sub32(a, b uint32, rm RM) (uint32, Flags) {
	r, f := binary32.sub(uint64(a), uint64(b), rm)
	return uint32(r), f
}

// Mul32 is a × b.
func Mul32(a, b uint32, rm RM) (uint32, Flags) {
	r, f := binary32.mul(uint64(a), uint64(b), rm)
	return uint32(r), f
}

// Div32 is a / b.
func Div32(a, b uint32, rm RM) (uint32, Flags) {
	r, f := binary32.div(uint64(a), uint64(b), rm)
	return uint32(r), f
}

// Sqrt32 is the square root of a.
func Sqrt32(a uint32, rm RM) (uint32, Flags) {
	r, f := binary32.sqrt(uint64(a), rm)
	return uint32(r), f
}

// FMA32 is a × b + c, rounded once.
func FMA32(a, b, c uint32, rm RM) (uint32, Flags) {
	r, f := binary32.fma(uint64(a), uint64(b), uint64(c), rm)
	return uint32(r), f
}

// Min32 is the smaller of a and b, the number when one is a NaN.
func Min32(a, b uint32) (uint32, Flags) {
	r, f := binary32.min(uint64(a), uint64(b))
	return uint32(r), f
}

// Max32 is the larger of a and b, the number when one is a NaN.
func Max32(a, b uint32) (uint32, Flags) {
	r, f := binary32.max(uint64(a), uint64(b))
	return uint32(r), f
}

// Eq32 is a = b; a quiet comparison.
func Eq32(a, b uint32) (bool, Flags) { return binary32.eq(uint64(a), uint64(b)) }

// Lt32 is a < b; a signalling comparison.
func Lt32(a, b uint32) (bool, Flags) { return binary32.lt(uint64(a), uint64(b)) }

// Le32 is a ≤ b; a signalling comparison.
func Le32(a, b uint32) (bool, Flags) { return binary32.le(uint64(a), uint64(b)) }

// Class32 is Class64 for binary32.
func Class32(a uint32) uint64 { return binary32.class(uint64(a)) }
