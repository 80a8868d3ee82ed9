package rv64

import (
	"math"
	"math/bits"
)

// Integer operations that Go does not have in one expression. Division by
// zero and overflow give what the M extension's table of special cases says.

func boolean(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// zeroWhen is v, or 0 when the condition holds.
func zeroWhen(zero bool, v uint64) uint64 {
	if zero {
		return 0
	}
	return v
}

// orcb has 0xff where v has a byte that is not 0.
func orcb(v uint64) uint64 {
	const low, ones = 0x7f7f7f7f7f7f7f7f, 0x0101010101010101
	return (v&low + low | v) >> 7 & ones * 0xff
}

func mulh(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi - uint64(int64(a)>>63)&b - uint64(int64(b)>>63)&a
}

func mulhsu(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi - uint64(int64(a)>>63)&b
}

func div(a, b uint64) uint64 {
	switch {
	case b == 0:
		return math.MaxUint64
	case b == math.MaxUint64:
		return -a
	}
	return uint64(int64(a) / int64(b))
}

func divu(a, b uint64) uint64 {
	if b == 0 {
		return math.MaxUint64
	}
	return a / b
}

func rem(a, b uint64) uint64 {
	switch {
	case b == 0:
		return a
	case b == math.MaxUint64:
		return 0
	}
	return uint64(int64(a) % int64(b))
}

func remu(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return a % b
}

func divw(a, b int32) uint64 {
	switch b {
	case 0:
		return math.MaxUint64
	case -1:
		return uint64(int64(-a))
	}
	return uint64(int64(a / b))
}

func divuw(a, b uint32) uint64 {
	if b == 0 {
		return math.MaxUint64
	}
	return uint64(int64(int32(a / b)))
}

func remw(a, b int32) uint64 {
	switch b {
	case 0:
		return uint64(int64(a))
	case -1:
		return 0
	}
	return uint64(int64(a % b))
}

func remuw(a, b uint32) uint64 {
	if b == 0 {
		return uint64(int64(int32(a)))
	}
	return uint64(int64(int32(a % b)))
}
