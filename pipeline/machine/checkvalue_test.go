package machine

import (
	"testing"

	"github.com/threadmill-sim/threadmill/internal/tomltree"
)

// What no machine can have is told from what does not fit some other value, and
// from what some machine has.
func TestCheckValue(t *testing.T) {
	integer := func(text string) tomltree.Value { return tomltree.Value{Kind: tomltree.Integer, Text: text} }
	word := func(text string) tomltree.Value { return tomltree.Value{Kind: tomltree.String, Text: text} }
	for _, c := range []struct {
		path string
		v    tomltree.Value
		want string
	}{
		{"core.rob.size", integer("0"), "core.rob.size: 0 is below 1"},
		{"core.rob.size", word("x"), `core.rob.size: "x" is not an integer`},
		{"cache.l3.size", integer("-1"), `cache.l3.size: "-1" is not a size: an integer of bytes, or one with K, M or G`},
		{"threads", integer("1000"), "threads: 1000 is outside 1 … 64"},
		{"core.rob.sise", integer("1"), `unknown key "core.rob.sise", did you mean "core.rob.size"?`},
		{"cache.l2.latency", integer("2"), ""}, // above those of L1 caches that are faster
		{"core.fetch.line", integer("4096"), ""},
		{"core.rob.size", integer("100"), ""},
	} {
		got := ""
		if err := CheckValue(c.path, c.v); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s = %s: %q, want %q", c.path, c.v.Quoted(), got, c.want)
		}
	}
}
