package units

import (
	"strconv"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "48": 48, "48K": 48 << 10, "1025M": 1025 << 20, "2G": 2 << 30, "8589934591G": 8589934591 << 30} {
		if n, err := Parse(text); n != want || err != nil {
			t.Errorf("%s: %d, %v", text, n, err)
		}
	}
	for text, want := range map[string]error{
		"": strconv.ErrSyntax, "K": strconv.ErrSyntax, "1k": strconv.ErrSyntax, "1 K": strconv.ErrSyntax, "-1": strconv.ErrSyntax, "1KB": strconv.ErrSyntax, "1.5M": strconv.ErrSyntax,
		"8589934592G": strconv.ErrRange, "9223372036854775808": strconv.ErrRange, "99999999999999999999": strconv.ErrRange,
	} {
		if n, err := Parse(text); err != want {
			t.Errorf("%q: %d, %v; want %v", text, n, err, want)
		}
	}
}

// What is written is read back.
func TestFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 1<<63-1).Draw(t, "n") >> rapid.IntRange(0, 62).Draw(t, "right") << rapid.IntRange(0, 40).Draw(t, "left") & (1<<63 - 1)
		if back, err := Parse(Format(n)); back != n || err != nil {
			t.Errorf("%d is written %s and read as %d, %v", n, Format(n), back, err)
		}
	})
	for n, want := range map[uint64]string{0: "0", 1023: "1023", 1024: "1K", 3 << 20: "3M", 1<<30 + 1024: "1048577K", 4 << 30: "4G"} {
		if got := Format(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
