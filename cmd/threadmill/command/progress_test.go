package command

import "testing"

// What stands beside the bar is cut, so that the bar keeps its width on any
// terminal.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"chase 64, icount", 16, "chase 64, icount"}, {"chase 64, icount", 15, "chase 64, icou…"},
		{"größe", 4, "grö…"}, {"x", 0, ""}, {"x", -7, ""},
	} {
		if got := fit(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
