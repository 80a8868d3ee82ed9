package rv64

import (
	"math"
	"math/rand/v2"
)

// Operands for tests, these and those of rv64_test: numbers at which something
// changes, and random ones.

// IntOperand is a 64-bit integer.
func IntOperand(rng *rand.Rand) uint64 {
	specials := []uint64{0, 1, 2, math.MaxUint64, math.MaxUint64 - 1, 1 << 63, 1<<63 - 1, 1 << 31, 1<<31 - 1,
		0xffffffff80000000, 0xffffffff, 1 << 32, 1 << 53, 1<<53 + 1, 1<<24 + 1, 1<<63 + 1<<10, 63, 64, 31, 32}
	switch rng.IntN(5) {
	case 0:
		return specials[rng.IntN(len(specials))]
	case 3: // half-way between two binary32 or binary64 numbers, or next to it
		bits := []int{24, 53}[rng.IntN(2)]
		return (rng.Uint64()>>(64-bits)<<1|1)<<rng.IntN(64-bits) + rng.Uint64N(3) - 1
	case 1:
		return uint64(int64(rng.Uint64()) >> rng.IntN(64))
	case 2:
		return rng.Uint64() >> rng.IntN(64)
	}
	return rng.Uint64()
}

// Float64Operand is a binary64 number or NaN.
func Float64Operand(rng *rand.Rand) uint64 {
	specials := []float64{0, 0.5, 1, 1.5, 2.5, 2, 3, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp-1023, 0x1p-1021, 0x1p1023,
		math.MaxFloat64, math.Inf(1), 0x1p31, 0x1p31 - 1, 0x1p31 - 0.5, 0x1p32 - 0.5, 0x1p32, 0x1p63, 0x1p63 - 1024, 0x1p64,
		0x1p64 - 2048, math.MaxFloat32, 0x1.ffffffp127, 0x1p-126, 0x1p-149, 0x1p-150, 0x1.8p-150, 1 + 0x1p-24, 1 + 0x1p-52}
	sign := rng.Uint64() & (1 << 63)
	switch rng.IntN(10) {
	case 0, 1:
		return math.Float64bits(specials[rng.IntN(len(specials))]) | sign
	case 2:
		if rng.IntN(2) == 0 { // a payload; an infinity in one of 2^52
			return rng.Uint64()>>rng.IntN(52) | 0x7ff<<52 | sign
		}
		return []uint64{0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000001, 0x7ff4000000000000}[rng.IntN(4)]
	case 3: // small integers and halves
		return math.Float64bits(float64(rng.IntN(64))/4) | sign
	case 4: // near one
		return rng.Uint64()&(1<<52-1) | (1023-8+rng.Uint64N(16))<<52 | sign
	case 5: // about what binary32 can hold, of many or few bits
		return rng.Uint64()&(1<<52-1)&-(1<<(rng.IntN(2)*rng.IntN(52))) | (1023-155+rng.Uint64N(310))<<52 | sign
	case 6: // exponents at the ends
		return rng.Uint64()&(1<<52-1)&-(1<<rng.IntN(52)) | []uint64{0, 1, 2, 60, 122, 123, 124, 2022, 2023, 2024, 2045, 2046}[rng.IntN(12)]<<52 | sign
	case 7: // half-way between two binary32 numbers, or next to it
		return rng.Uint64()&(1<<52-1<<29) + (1<<28 - 1) + rng.Uint64N(3) | (1023-155+rng.Uint64N(310))<<52 | sign
	case 8: // about the limits of the integers
		limit := math.Ldexp(1, []int{31, 32, 63, 64}[rng.IntN(4)])
		if rng.IntN(2) == 0 {
			return math.Float64bits(limit+float64(rng.IntN(17)-8)/4) | sign
		}
		return (math.Float64bits(limit) + rng.Uint64N(17) - 8) | sign
	}
	return rng.Uint64()
}

// Float32Operand is a binary32 number or NaN in a register, sometimes not boxed.
func Float32Operand(rng *rand.Rand) uint64 {
	specials := []float32{0, 0.5, 1, 1.5, 2.5, 2, 3, 0x1p-126, 0x1p-149, 0x1.fffffcp-127, 0x1p-125, 0x1p127, math.MaxFloat32,
		float32(math.Inf(1)), 0x1p31, 0x1p31 - 128, 0x1p32, 0x1p32 - 256, 0x1p63, 0x1p64, 1 + 0x1p-23}
	sign := rng.Uint32() & (1 << 31)
	switch rng.IntN(10) {
	case 0, 1:
		return box(math.Float32bits(specials[rng.IntN(len(specials))]) | sign)
	case 2:
		if rng.IntN(2) == 0 {
			return box(rng.Uint32()>>rng.IntN(23) | 0xff<<23 | sign)
		}
		return box([]uint32{0x7fc00000, 0x7f800001, 0xffc00001, 0x7fa00000}[rng.IntN(4)])
	case 3:
		return box(math.Float32bits(float32(rng.IntN(64))/4) | sign)
	case 4:
		return box(rng.Uint32()&(1<<23-1) | (127-4+rng.Uint32N(8))<<23 | sign)
	case 5:
		return box(rng.Uint32()&(1<<23-1)&-(1<<rng.IntN(23)) | []uint32{0, 1, 2, 3, 24, 252, 253, 254}[rng.IntN(8)]<<23 | sign)
	case 6: // not boxed, some only just
		return rng.Uint64() | []uint64{0, 0x7fffffff << 32, 0xfffffffe << 32}[rng.IntN(3)]
	case 7: // about the limits of the integers
		return box((math.Float32bits(float32(math.Ldexp(1, []int{31, 32, 63, 64}[rng.IntN(4)]))) + rng.Uint32N(17) - 8) | sign)
	}
	return box(rng.Uint32())
}

// Near64 draws operands for which rounding, or whether there is any, hangs on
// the last bits: b is about half a unit in the last place of a, or its
// neighbour, or has few bits, or an exponent at an end of the fast path.
func Near64(rng *rand.Rand) (a, b, c uint64) {
	a, b, c = Float64Operand(rng), Float64Operand(rng), Float64Operand(rng)
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

// Near32 is Near64 for binary32, the numbers not boxed.
func Near32(rng *rand.Rand) (a, b, c uint32) {
	draw := func() uint32 { return uint32(Float32Operand(rng)) }
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
