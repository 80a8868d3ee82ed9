package softfloat

import "math/bits"

// wide is a finite number with a significand of 127 bits, highest set bit at
// point of hi: enough for an exact product.
type wide struct {
	hi, lo uint64
	exp    int
	neg    bool
}

func (n number) wide() wide { return wide{hi: n.sig, exp: n.exp, neg: n.neg} }

// product is x × y, exact.
func product(x, y number) wide {
	hi, lo := bits.Mul64(x.sig, y.sig)
	// The highest bit of the product is bit 2×point or the one above it.
	w := wide{hi: hi<<1 | lo>>63, lo: lo << 1, exp: x.exp + y.exp + 1, neg: x.neg != y.neg}
	if w.hi>>point == 0 {
		w.hi, w.lo = w.hi<<1|w.lo>>63, w.lo<<1
		w.exp--
	}
	return w
}

// plus is x + y; the lowest bit is sticky. A sum of zero has no sign and the
// significand 0. Bits are lost only when the exponents are more than one
// apart, and then the sum keeps all but one of its leading bits: more than
// rounding looks at.
func (x wide) plus(y wide) wide {
	if x.exp < y.exp || x.exp == y.exp && (x.hi < y.hi || x.hi == y.hi && x.lo < y.lo) {
		x, y = y, x
	}
	y.shiftRightSticky(uint(x.exp - y.exp))
	var carry uint64
	if x.neg == y.neg {
		x.lo, carry = bits.Add64(x.lo, y.lo, 0)
		x.hi, _ = bits.Add64(x.hi, y.hi, carry)
		if x.hi>>(point+1) != 0 {
			x.shiftRightSticky(1)
			x.exp++
		}
		return x
	}
	x.lo, carry = bits.Sub64(x.lo, y.lo, 0)
	x.hi, _ = bits.Sub64(x.hi, y.hi, carry)
	x.normalise()
	return x
}

func (x *wide) normalise() {
	if x.hi == 0 {
		if x.lo == 0 {
			return
		}
		// Half a word first: lo may have its highest bit set, which must
		// come to rest below bit 63 of hi.
		x.hi, x.lo = x.lo>>32, x.lo<<32
		x.exp -= 32
		if x.hi == 0 {
			x.hi, x.lo = x.lo>>32, x.lo<<32
			x.exp -= 32
		}
	}
	shift := bits.LeadingZeros64(x.hi) - (63 - point)
	x.hi = x.hi<<shift | x.lo>>(64-shift)
	x.lo <<= shift
	x.exp -= shift
}

func (x *wide) shiftRightSticky(n uint) {
	if n >= 64 {
		n -= 64
		x.hi, x.lo = 0, shiftRightSticky(x.hi, n)|sticky(x.lo)
		return
	}
	lost := x.lo << (64 - n)
	x.lo = x.lo>>n | x.hi<<(64-n) | sticky(lost)
	x.hi >>= n
}

// round packs x, which is not zero.
func (x wide) round(f *format, rm RM) (uint64, Flags) {
	return f.round(x.neg, x.exp, x.hi|sticky(x.lo), rm)
}
