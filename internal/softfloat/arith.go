package softfloat

import (
	"math"
	"math/bits"
)

func (f *format) add(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	if kinds := x.kind | y.kind; kinds != 0 {
		switch {
		case kinds&nan != 0:
			return f.propagate(kinds)
		case x.kind&y.kind == infinite && x.neg != y.neg:
			return f.invalid()
		case x.kind&y.kind == zero && x.neg != y.neg:
			return f.signed(rm == RDN, 0), 0
		case x.kind == infinite || y.kind == zero:
			return a, 0
		}
		return b, 0
	}
	return f.sum(x.wide(), y.wide(), rm)
}

func (f *format) sub(a, b uint64, rm RM) (uint64, Flags) { return f.add(a, b^f.sign, rm) }

// sum rounds x + y. An exact zero from different signs is positive, but
// negative when rounding down.
func (f *format) sum(x, y wide, rm RM) (uint64, Flags) {
	s := x.plus(y)
	if s.hi == 0 {
		return f.signed(rm == RDN, 0), 0
	}
	return s.round(f, rm)
}

func (f *format) mul(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	if kinds := x.kind | y.kind; kinds != 0 {
		switch {
		case kinds&nan != 0:
			return f.propagate(kinds)
		case kinds == infinite|zero:
			return f.invalid()
		case kinds == infinite:
			return f.signed(x.neg != y.neg, f.inf), 0
		}
		return f.signed(x.neg != y.neg, 0), 0
	}
	return product(x, y).round(f, rm)
}

// fma raises NV for ∞ × 0 even when c is a quiet NaN, as RISC-V demands where
// IEEE 754 leaves the choice.
func (f *format) fma(a, b, c uint64, rm RM) (uint64, Flags) {
	x, y, z := f.unpack(a), f.unpack(b), f.unpack(c)
	factors := x.kind | y.kind
	if kinds := factors | z.kind; kinds != 0 {
		neg := x.neg != y.neg
		switch {
		case factors == infinite|zero:
			return f.invalid()
		case kinds&nan != 0:
			return f.propagate(kinds)
		case factors == infinite:
			if z.kind == infinite && z.neg != neg {
				return f.invalid()
			}
			return f.signed(neg, f.inf), 0
		case z.kind == infinite:
			return c, 0
		case factors == zero:
			return f.add(f.signed(neg, 0), c, rm)
		}
		return product(x, y).round(f, rm) // c is ±0
	}
	return f.sum(product(x, y), z.wide(), rm)
}

func (f *format) div(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	neg := x.neg != y.neg
	if kinds := x.kind | y.kind; kinds != 0 {
		switch {
		case kinds&nan != 0:
			return f.propagate(kinds)
		case x.kind == y.kind: // 0/0, ∞/∞
			return f.invalid()
		case x.kind == infinite:
			return f.signed(neg, f.inf), 0
		case y.kind == zero:
			return f.signed(neg, f.inf), DZ
		}
		return f.signed(neg, 0), 0
	}
	exp := x.exp - y.exp
	shift := uint(point)
	if x.sig < y.sig {
		shift++
		exp--
	}
	quotient, remainder := bits.Div64(x.sig>>(64-shift), x.sig<<shift, y.sig)
	return f.round(neg, exp, quotient|sticky(remainder), rm)
}

func (f *format) sqrt(a uint64, rm RM) (uint64, Flags) {
	x := f.unpack(a)
	switch {
	case x.kind&nan != 0:
		return f.propagate(x.kind)
	case x.kind == zero:
		return a, 0
	case x.neg:
		return f.invalid()
	case x.kind == infinite:
		return a, 0
	}
	// The magnitude is n × 2^(exp-point) with an even exp. The root wanted
	// is that of n × 2^48, which has rootBits bits.
	const rootBits = 56
	odd := uint(x.exp & 1)
	root, remainder := sqrt48(x.sig << odd)
	return f.round(false, (x.exp-int(odd))/2, root<<(point+1-rootBits)|sticky(remainder), rm)
}

// sqrt48 is the integer square root of n × 2^48, and what remains, for
// n ≥ 2^62. The host's square root is a starting point within a few units;
// integer arithmetic makes it exact, whatever the host did. Differences are
// small enough that their low 64 bits are all of them.
func sqrt48(n uint64) (root, remainder uint64) {
	root = uint64(math.Sqrt(float64(n)) * (1 << 24))
	low := n << 48
	root += uint64(int64(low-root*root) / int64(2*root))
	rest := int64(low - root*root)
	for rest < 0 {
		root--
		rest += int64(2*root + 1)
	}
	for rest > int64(2*root) {
		rest -= int64(2*root + 1)
		root++
	}
	return root, uint64(rest)
}
