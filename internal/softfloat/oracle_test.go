package softfloat

import (
	"math/big"
	"math/rand/v2"
)

// The oracle of these tests: values are rationals, and rounding is integer
// division. It shares nothing with the package but the format's parameters.

// rat is the value of a finite datum.
func (f *format) rat(x uint64) *big.Rat {
	field := int(x &^ f.sign >> f.frac)
	m := new(big.Int).SetUint64(x & (1<<f.frac - 1))
	if field == 0 {
		field = 1
	} else {
		m.SetBit(m, int(f.frac), 1)
	}
	if x&f.sign != 0 {
		m.Neg(m)
	}
	return scale(new(big.Rat).SetInt(m), field-f.maxExp-int(f.frac))
}

// scale is x × 2^n.
func scale(x *big.Rat, n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(n, -n))))
	if n < 0 {
		p.Inv(p)
	}
	return p.Mul(p, x)
}

// floorLog2 of |x|, x not zero.
func floorLog2(x *big.Rat) int {
	e := x.Num().BitLen() - x.Denom().BitLen()
	if new(big.Rat).Abs(x).Cmp(scale(big.NewRat(1, 1), e)) < 0 {
		e--
	}
	return e
}

// roundInt rounds to an integer magnitude and says whether that was exact.
func roundInt(x *big.Rat, rm RM) (*big.Int, bool) {
	m, r := new(big.Int).QuoRem(new(big.Int).Abs(x.Num()), x.Denom(), new(big.Int))
	if r.Sign() == 0 {
		return m, true
	}
	half := new(big.Int).Lsh(r, 1).Cmp(x.Denom())
	up := false
	switch rm {
	case RNE:
		up = half > 0 || half == 0 && m.Bit(0) == 1
	case RMM:
		up = half >= 0
	case RDN:
		up = x.Sign() < 0
	case RUP:
		up = x.Sign() > 0
	}
	if up {
		m.Add(m, big.NewInt(1))
	}
	return m, false
}

// oracleRound rounds x, not zero, to the format.
func (f *format) oracleRound(x *big.Rat, rm RM) (uint64, Flags) {
	exp := floorLog2(x)
	quantum := max(exp, 1-f.maxExp) - int(f.frac)
	m, exact := roundInt(scale(x, -quantum), rm)
	sign := uint64(0)
	if x.Sign() < 0 {
		sign = f.sign
	}
	var flags Flags
	if !exact {
		flags = NX
		unbounded, _ := roundInt(scale(x, int(f.frac)-exp), rm)
		smallest := scale(big.NewRat(1, 1), 1-f.maxExp)
		if scale(new(big.Rat).SetInt(unbounded), exp-int(f.frac)).Cmp(smallest) < 0 {
			flags |= UF
		}
	}
	largest := f.rat(f.inf - 1)
	if scale(new(big.Rat).SetInt(m), quantum).Cmp(largest) > 0 {
		toMax := rm == RTZ || rm == RDN && sign == 0 || rm == RUP && sign != 0
		if toMax {
			return sign | (f.inf - 1), OF | NX
		}
		return sign | f.inf, OF | NX
	}
	v := m.Uint64()
	if v>>f.frac != 0 { // normal
		v += uint64(quantum+int(f.frac)+f.maxExp-1) << f.frac
	}
	return sign | v, flags
}

// oracleSqrt is a rational that rounds like the square root of x: it is the
// root cut after many bits and, when something was cut off, half a unit of
// the last one more.
func oracleSqrt(x *big.Rat) *big.Rat {
	const places = 1300
	n := new(big.Int).Quo(scale(x, 2*places).Num(), scale(x, 2*places).Denom())
	r := new(big.Int).Sqrt(n)
	exact := new(big.Int).Mul(r, r).Cmp(n) == 0
	r.Lsh(r, 1)
	if !exact {
		r.SetBit(r, 0, 1)
	}
	return scale(new(big.Rat).SetInt(r), -places-1)
}

// operands draws data that meet trouble: special values, few significant
// bits (ties), exponents close together (cancellation) or at the ends of the
// range.
type operands struct {
	*rand.Rand
	f *format
}

func (o operands) specials() []uint64 {
	f := o.f
	one := uint64(f.maxExp) << f.frac
	s := []uint64{
		0, 1, 2, 3, 1<<f.frac - 1, 1 << f.frac, 1<<f.frac + 1, // around the smallest normal
		one - 1, one, one + 1, one + 1<<(f.frac-1), one + 1<<f.frac, // around 1; 1.5; 2
		f.inf - 1, f.inf - 2, f.inf, f.nan, f.inf + 1, f.inf + 1<<(f.frac-1) - 1, f.nan + 1,
	}
	for _, n := range []int{30, 31, 32, 62, 63, 64} { // bounds of the integers
		p := uint64(f.maxExp+n) << f.frac
		s = append(s, p-1, p, p+1)
	}
	return s
}

// draw makes a datum; near, another operand, is one it may lie close to.
func (o operands) draw(near uint64) uint64 {
	f := o.f
	x := o.Uint64() & (f.sign | (f.sign - 1))
	trailing := x & (1<<f.frac - 1)
	switch o.IntN(8) {
	case 0:
		s := o.specials()
		return s[o.IntN(len(s))] | x&f.sign
	case 1: // few significant bits
		return x &^ (1<<o.UintN(f.frac) - 1)
	case 2: // a run of ones at the end
		return x | (1<<o.UintN(f.frac) - 1)
	case 3: // about as large as near
		field := int(near&f.inf>>f.frac) + o.IntN(5) - 2
		return x&f.sign | uint64(max(field, 0))<<f.frac&f.inf | trailing
	case 4: // a neighbour of near, either sign
		return (near+o.Uint64N(5)-2)&(f.sign-1) & ^(f.sign) | x&f.sign
	case 5: // around 1
		return x&f.sign | uint64(f.maxExp+o.IntN(140)-70)<<f.frac | trailing
	case 6: // subnormal or nearly
		return x&f.sign | o.Uint64N(3)<<f.frac | trailing>>o.UintN(f.frac)
	}
	return x
}
