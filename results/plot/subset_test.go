package plot

import (
	"fmt"
	"strings"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/google/go-cmp/cmp"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Every rune of the subset has the outline and the advance of the original,
// read with x/image's parser; é and Å are composite glyphs.
func TestSubsetKeepsGlyphs(t *testing.T) {
	runes := []rune("ABCxyz0189 %×–éÅΣ…")
	for name, ttf := range map[string][]byte{"regular": liberationsansregular.TTF, "bold": liberationsansbold.TTF} {
		small, err := subset(ttf, runes)
		if err != nil {
			t.Fatal(err)
		}
		if len(small) > 60_000 {
			t.Errorf("%s: %d bytes are no subset", name, len(small))
		}
		was, err := sfnt.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		is, err := sfnt.Parse(small)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runes {
			if a, b := glyph(t, was, r), glyph(t, is, r); cmp.Diff(a, b) != "" {
				t.Errorf("%s %q: %s", name, r, cmp.Diff(a, b))
			}
		}
		var buf sfnt.Buffer
		if id, _ := is.GlyphIndex(&buf, 'Q'); id != 0 {
			t.Errorf("%s: Q is there and was not asked for", name)
		}
	}
}

type glyphShape struct {
	Segments string
	Advance  fixed.Int26_6
}

func glyph(t *testing.T, f *sfnt.Font, r rune) glyphShape {
	t.Helper()
	var buf sfnt.Buffer
	id, err := f.GlyphIndex(&buf, r)
	if err != nil || id == 0 {
		t.Fatalf("%q: glyph %d, %v", r, id, err)
	}
	segments, err := f.LoadGlyph(&buf, id, fixed.I(64), nil)
	if err != nil {
		t.Fatalf("%q: %v", r, err)
	}
	var s strings.Builder
	for _, seg := range segments {
		fmt.Fprintln(&s, seg)
	}
	advance, err := f.GlyphAdvance(&buf, id, fixed.I(64), xfont.HintingNone)
	if err != nil {
		t.Fatalf("%q: %v", r, err)
	}
	return glyphShape{s.String(), advance}
}
