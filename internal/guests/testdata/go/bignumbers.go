// math/big, math/bits, math/cmplx.
// run: 200
// timed: 12
package main

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/cmplx"
	"os"
	"strconv"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	factorial := new(big.Int).MulRange(1, int64(n))
	fmt.Println(factorial)
	a, b := big.NewInt(0), big.NewInt(1)
	for range n {
		a.Add(a, b)
		a, b = b, a
	}
	fmt.Println(a, new(big.Int).GCD(nil, nil, factorial, a))
	p, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10)
	e := new(big.Int).Sub(p, big.NewInt(2))
	fmt.Println(new(big.Int).Exp(big.NewInt(3), e, p))
	q, r := new(big.Int).QuoRem(factorial, big.NewInt(1000003), new(big.Int))
	fmt.Println(q.BitLen(), r, new(big.Int).Sqrt(factorial).BitLen(), p.ProbablyPrime(0))
	fmt.Printf("%x\n", new(big.Int).Xor(p, e.Lsh(e, 7)))
	sum := new(big.Rat)
	for i := 1; i < n/4; i++ {
		sum.Add(sum, big.NewRat(1, int64(i)))
	}
	fmt.Println(sum.FloatString(30))
	two := new(big.Float).SetPrec(200).SetInt64(2)
	fmt.Println(new(big.Float).SetPrec(200).Sqrt(two).Text('g', 60))

	high, low := bits.Mul64(0xdeadbeefcafebabe, 0x123456789abcdef1)
	quo, rem := bits.Div64(high%1000, low, 1001)
	fmt.Println(high, low, quo, rem, bits.OnesCount64(low), bits.LeadingZeros32(77), bits.Reverse16(0x1234), bits.RotateLeft64(low, 13))
	h := uint64(0)
	for i := range n {
		x := float64(i)*0.37 - 11
		for _, v := range []float64{math.Sin(x), math.Exp(x / 10), math.Log(math.Abs(x) + 1), math.Pow(math.Abs(x), 1.7), math.Gamma(x/30 + 2), math.Atan2(x, 3), math.FMA(x, x, -1), math.Floor(x), math.Cbrt(x), float64(float32(x))} {
			h = (h ^ math.Float64bits(v)) * 1099511628211
		}
	}
	fmt.Printf("%x %v\n", h, cmplx.Exp(complex(1, 2)))
	fmt.Println(math.Inf(1), -math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), 0.1+0.2, float32(0.1), int64(math.Float64frombits(h)/1e300))
}
