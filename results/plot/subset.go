package plot

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
)

// FontFaces is the CSS that defines the type of the given SVG drawings: for
// each weight that they use, a font with the glyphs that they use. A whole
// Liberation Sans is 400 KB, these are about 20.
func FontFaces(svg ...string) (string, error) {
	runes := map[rune]bool{}
	for r := rune(' '); r <= '~'; r++ {
		runes[r] = true
	}
	heavy := false
	for _, s := range svg {
		heavy = heavy || strings.Contains(s, "font-weight:bold")
		for _, r := range s {
			runes[r] = runes[r] || r > '~'
		}
	}
	delete(runes, '\n')
	faces := []struct {
		weight string
		ttf    []byte
	}{{"normal", liberationsansregular.TTF}}
	if heavy {
		faces = append(faces, struct {
			weight string
			ttf    []byte
		}{"bold", liberationsansbold.TTF})
	}
	var css strings.Builder
	for _, f := range faces {
		small, err := subset(f.ttf, slices.Sorted(maps.Keys(runes)))
		if err != nil {
			return "", fmt.Errorf("embedding a font: %w", err)
		}
		fmt.Fprintf(&css, `@font-face{font-family:"Liberation Sans";font-weight:%s;src:url(data:font/ttf;base64,%s)}`,
			f.weight, base64.StdEncoding.EncodeToString(small))
	}
	return css.String(), nil
}

// The layout of a TrueType font is from the OpenType specification 1.9:
// big-endian tables behind a directory, glyf addressed by loca.

// subset is the TrueType font with only the glyphs of runes (those it has),
// renumbered. Hinting stays; kerning and ligatures, which SVG canvases do not
// ask for, go.
func subset(ttf []byte, runes []rune) ([]byte, error) {
	font, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	tables := readTables(ttf)
	for _, t := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf", "OS/2", "name"} {
		if tables[t] == nil {
			return nil, fmt.Errorf("the font has no %s table", t)
		}
	}
	g := &glyphSet{tables: tables, long: binary.BigEndian.Uint16(tables["head"][50:]) == 1, newID: map[uint16]uint16{}}
	g.add(0) // .notdef
	cmap := map[rune]uint16{}
	var buf sfnt.Buffer
	for _, r := range runes {
		id, err := font.GlyphIndex(&buf, r)
		if err == nil && id != 0 && r <= 0xffff {
			cmap[r] = g.add(uint16(id))
		}
	}
	g.addComponents()
	out := map[string][]byte{"OS/2": tables["OS/2"], "name": tables["name"]}
	for _, hint := range []string{"cvt ", "fpgm", "prep", "gasp"} {
		if tables[hint] != nil {
			out[hint] = tables[hint]
		}
	}
	out["glyf"], out["loca"] = g.outlines()
	out["hmtx"] = g.metrics()
	out["head"] = patched(tables["head"], 50, 1) // long loca offsets
	out["hhea"] = patched(tables["hhea"], 34, uint16(len(g.order)))
	out["maxp"] = patched(tables["maxp"], 4, uint16(len(g.order)))
	post := slices.Clone(tables["post"][:32])
	binary.BigEndian.PutUint32(post, 0x00030000) // version 3: no glyph names
	out["post"] = post
	out["cmap"] = cmapTable(cmap)
	return writeTables(out), nil
}

// patched is a copy of the table with a 16-bit field replaced.
func patched(table []byte, at int, v uint16) []byte {
	t := slices.Clone(table)
	binary.BigEndian.PutUint16(t[at:], v)
	return t
}

func readTables(ttf []byte) map[string][]byte {
	be := binary.BigEndian
	tables := map[string][]byte{}
	for i := range int(be.Uint16(ttf[4:])) {
		entry := ttf[12+16*i:]
		off, n := be.Uint32(entry[8:]), be.Uint32(entry[12:])
		tables[string(entry[:4])] = ttf[off : off+n]
	}
	return tables
}

// glyphSet collects the glyphs of a subset in their new order.
type glyphSet struct {
	tables map[string][]byte
	long   bool // 32-bit loca
	order  []uint16
	newID  map[uint16]uint16
}

// add is the new number of the glyph.
func (g *glyphSet) add(id uint16) uint16 {
	if n, ok := g.newID[id]; ok {
		return n
	}
	n := uint16(len(g.order))
	g.newID[id], g.order = n, append(g.order, id)
	return n
}

// outline is the glyph's description in the original font.
func (g *glyphSet) outline(id uint16) []byte {
	loca, i := g.tables["loca"], int(id)
	if g.long {
		return g.tables["glyf"][binary.BigEndian.Uint32(loca[4*i:]):binary.BigEndian.Uint32(loca[4*i+4:])]
	}
	return g.tables["glyf"][2*int(binary.BigEndian.Uint16(loca[2*i:])) : 2*int(binary.BigEndian.Uint16(loca[2*i+2:]))]
}

// components calls visit with the offset of each component's glyph number in
// a composite outline.
func components(outline []byte, visit func(at int)) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return
	}
	const (
		argsAreWords = 0x0001
		haveScale    = 0x0008
		more         = 0x0020
		haveXY       = 0x0040
		have2x2      = 0x0080
	)
	for at := 10; ; {
		flags := binary.BigEndian.Uint16(outline[at:])
		visit(at + 2)
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveXY != 0:
			at += 4
		case flags&have2x2 != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// addComponents adds what composite glyphs are made of.
func (g *glyphSet) addComponents() {
	for i := 0; i < len(g.order); i++ { // grows as it goes
		o := g.outline(g.order[i])
		components(o, func(at int) { g.add(binary.BigEndian.Uint16(o[at:])) })
	}
}

func (g *glyphSet) outlines() (glyf, loca []byte) {
	for _, id := range g.order {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		o := slices.Clone(g.outline(id))
		components(o, func(at int) {
			binary.BigEndian.PutUint16(o[at:], g.newID[binary.BigEndian.Uint16(o[at:])])
		})
		glyf = append(glyf, o...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	return glyf, binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
}

// metrics has a full pair of advance and bearing for every glyph.
func (g *glyphSet) metrics() []byte {
	hmtx := g.tables["hmtx"]
	full := int(binary.BigEndian.Uint16(g.tables["hhea"][34:]))
	var out []byte
	for _, id := range g.order {
		i := int(id)
		if i < full {
			out = append(out, hmtx[4*i:4*i+4]...)
			continue
		}
		out = append(out, hmtx[4*(full-1):4*(full-1)+2]...)
		out = append(out, hmtx[4*full+2*(i-full):4*full+2*(i-full)+2]...)
	}
	return out
}

// cmapTable maps runes of the basic plane to glyphs, one segment (format 4)
// for each.
func cmapTable(glyphs map[rune]uint16) []byte {
	runes := append(slices.Sorted(maps.Keys(glyphs)), 0xffff)
	n := len(runes)
	be := binary.BigEndian
	var t []byte
	words := func(vs ...uint16) {
		for _, v := range vs {
			t = be.AppendUint16(t, v)
		}
	}
	words(0, 1, 3, 1, 0, 12) // version 0, one table: Windows, Unicode, at 12
	search := 1
	log := uint16(0)
	for search*2 <= n {
		search, log = search*2, log+1
	}
	words(4, uint16(16+8*n), 0, uint16(2*n), uint16(2*search), log, uint16(2*(n-search)))
	for _, r := range runes {
		words(uint16(r))
	}
	words(0)
	for _, r := range runes {
		words(uint16(r))
	}
	for _, r := range runes {
		words(glyphs[r] - uint16(r)) // idDelta, modulo 65536; the last maps to 0
	}
	for range runes {
		words(0)
	}
	return t
}

// writeTables puts the tables behind a directory, sorted by tag, each padded
// to four bytes and with its checksum.
func writeTables(tables map[string][]byte) []byte {
	be := binary.BigEndian
	tags := slices.Sorted(maps.Keys(tables))
	n := len(tags)
	search, log := 1, uint16(0)
	for search*2 <= n {
		search, log = search*2, log+1
	}
	out := be.AppendUint32(nil, 0x00010000)
	for _, v := range []uint16{uint16(n), uint16(16 * search), log, uint16(16 * (n - search))} {
		out = be.AppendUint16(out, v)
	}
	at := 12 + 16*n
	for _, tag := range tags {
		out = append(out, tag...)
		out = be.AppendUint32(out, checksum(tables[tag]))
		out = be.AppendUint32(out, uint32(at))
		out = be.AppendUint32(out, uint32(len(tables[tag])))
		at += (len(tables[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, tables[tag]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func checksum(table []byte) (sum uint32) {
	for i := 0; i < len(table); i += 4 {
		var word [4]byte
		copy(word[:], table[i:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
