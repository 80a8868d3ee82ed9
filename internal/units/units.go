// Package units reads and writes sizes: whole numbers, or such numbers of K, M
// or G, which are powers of 1024.
package units

import (
	"math/bits"
	"strconv"
)

// suffixes are the units, the largest first.
var suffixes = []struct {
	name  byte
	shift int
}{{'G', 30}, {'M', 20}, {'K', 10}}

// Parse reads 32768, 32K or 1M. The error is strconv.ErrSyntax or, for what 63
// bits do not hold, strconv.ErrRange.
func Parse(text string) (uint64, error) {
	shift := 0
	for _, s := range suffixes {
		if n := len(text); n > 0 && text[n-1] == s.name {
			text, shift = text[:n-1], s.shift
			break
		}
	}
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil:
		return 0, err.(*strconv.NumError).Err
	case bits.Len64(n)+shift > 63:
		return 0, strconv.ErrRange
	}
	return n << shift, nil
}

// Format is the shortest text that Parse reads as n.
func Format(n uint64) string {
	for _, s := range suffixes {
		if n > 0 && n%(1<<s.shift) == 0 {
			return strconv.FormatUint(n>>s.shift, 10) + string(s.name)
		}
	}
	return strconv.FormatUint(n, 10)
}
