package softfloat

import "math/bits"

// format is a binary interchange format. Its values are held in the low bits
// of a uint64.
type format struct {
	frac   uint   // bits of the trailing significand
	maxExp int    // largest exponent of a finite number; the bias
	sign   uint64 // the sign bit
	inf    uint64 // +∞: every exponent bit
	nan    uint64 // the canonical NaN
}

var (
	binary32 = &format{frac: 23, maxExp: 127, sign: 1 << 31, inf: 0xff << 23, nan: 0x1ff << 22}
	binary64 = &format{frac: 52, maxExp: 1023, sign: 1 << 63, inf: 0x7ff << 52, nan: 0xfff << 51}
)

// minExp is the exponent of the smallest normal number.
func (f *format) minExp() int { return 1 - f.maxExp }

// kind is what a datum is, one bit each, so that the kinds of several
// operands can be tested at once. A finite number other than zero has none.
type kind uint8

const (
	zero kind = 1 << iota
	infinite
	quiet
	signalling

	nan = quiet | signalling
)

// point is the bit of a significand that weighs one: bit 63 is left free for
// carries.
const point = 62

// number is an unpacked datum. When kind is 0 its magnitude is
// sig × 2^(exp-point), and sig has its highest set bit at point.
type number struct {
	sig  uint64
	exp  int
	neg  bool
	kind kind
}

func (f *format) unpack(x uint64) number {
	n := number{neg: x&f.sign != 0}
	magnitude := x &^ f.sign
	trailing := x & (1<<f.frac - 1)
	n.exp = int(magnitude>>f.frac) - f.maxExp
	switch {
	case magnitude >= f.inf:
		n.kind = nanKind(f, trailing)
	case magnitude >= 1<<f.frac:
		n.sig = (trailing | 1<<f.frac) << (point - f.frac)
	case magnitude == 0:
		n.kind = zero
	default:
		shift := bits.LeadingZeros64(trailing) - (63 - point)
		n.sig = trailing << shift
		n.exp = f.minExp() + int(point-f.frac) - shift
	}
	return n
}

func nanKind(f *format, trailing uint64) kind {
	switch {
	case trailing == 0:
		return infinite
	case trailing>>(f.frac-1) != 0:
		return quiet
	}
	return signalling
}

// round packs ±sig × 2^(exp-point), rounded. sig has its highest set bit at
// point; its lowest bit is sticky: set when anything was lost below it.
func (f *format) round(neg bool, exp int, sig uint64, rm RM) (uint64, Flags) {
	drop := point - f.frac
	mask := uint64(1)<<drop - 1
	half := mask/2 + 1
	increment := half
	switch rm {
	case RTZ:
		increment = 0
	case RDN, RUP:
		increment = 0
		if neg == (rm == RDN) {
			increment = mask
		}
	}
	tiny := false
	if exp < f.minExp() {
		// Tiny after rounding: not even with an unbounded exponent would
		// rounding have reached the smallest normal number.
		tiny = exp < f.minExp()-1 || (sig+increment)>>(point+1) == 0
		sig = shiftRightSticky(sig, uint(f.minExp()-exp))
		exp = f.minExp()
	}
	lost := sig & mask
	sig = (sig + increment) >> drop
	if rm == RNE && lost == half {
		sig &^= 1
	}
	// The leading bit of sig adds one to the exponent field, and so does a
	// carry out of the rounding; a subnormal has neither.
	packed := uint64(exp-f.minExp())<<f.frac + sig
	if packed >= f.inf {
		packed = f.inf
		if increment == 0 {
			packed-- // the largest finite number
		}
		return f.signed(neg, packed), OF | NX
	}
	var flags Flags
	if lost != 0 {
		flags = NX
		if tiny {
			flags |= UF
		}
	}
	return f.signed(neg, packed), flags
}

func (f *format) signed(neg bool, magnitude uint64) uint64 {
	if neg {
		return magnitude | f.sign
	}
	return magnitude
}

// propagate is the result of an operation one of whose operands is a NaN;
// kinds is the union of the operands' kinds.
func (f *format) propagate(kinds kind) (uint64, Flags) {
	if kinds&signalling != 0 {
		return f.nan, NV
	}
	return f.nan, 0
}

// invalid is the result of an operation that has none.
func (f *format) invalid() (uint64, Flags) { return f.nan, NV }

// shiftRightSticky is x >> n with the lowest bit set when a bit was lost.
func shiftRightSticky(x uint64, n uint) uint64 {
	if n >= 64 {
		return sticky(x)
	}
	return x>>n | sticky(x<<(64-n))
}

func sticky(lost uint64) uint64 {
	if lost != 0 {
		return 1
	}
	return 0
}
