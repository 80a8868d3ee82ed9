package asm

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
)

// directive is a row of the table of directives; run parses its operands.
type directive struct {
	name string
	run  func(s *statement) error
}

// directives of GNU as that make sense without a linker.
var directives = []directive{
	{".text", sectionNamed(".text")},
	{".rodata", sectionNamed(".rodata")},
	{".data", sectionNamed(".data")},
	{".bss", sectionNamed(".bss")},
	{".section", sectionDirective},
	{".byte", integers(1)},
	{".half", integers(2)},
	{".short", integers(2)},
	{".2byte", integers(2)},
	{".word", integers(4)},
	{".long", integers(4)},
	{".4byte", integers(4)},
	{".dword", integers(8)},
	{".quad", integers(8)},
	{".8byte", integers(8)},
	{".float", floats(32)},
	{".single", floats(32)},
	{".double", floats(64)},
	{".ascii", stringsEndingIn()},
	{".asciz", stringsEndingIn(0)},
	{".string", stringsEndingIn(0)},
	{".space", spaceDirective},
	{".skip", spaceDirective},
	{".zero", spaceDirective},
	{".fill", fillDirective},
	{".align", alignDirective(true)},
	{".p2align", alignDirective(true)},
	{".balign", alignDirective(false)},
	{".globl", globalDirective},
	{".global", globalDirective},
	{".weak", globalDirective},
	{".equ", equDirective},
	{".set", equDirective},
	{".comm", commDirective},
	{".type", typeDirective},
	{".size", sizeDirective},
	{".option", optionDirective},
	{".rept", reptDirective},
	{".endr", endrDirective},
	// What only a linker, a debugger or a dynamic loader reads.
	{".local", ignored}, {".hidden", ignored}, {".protected", ignored}, {".internal", ignored},
	{".attribute", ignored}, {".file", ignored}, {".ident", ignored}, {".loc", ignored},
	{".cfi_startproc", ignored}, {".cfi_endproc", ignored}, {".cfi_offset", ignored},
	{".cfi_restore", ignored}, {".cfi_def_cfa", ignored}, {".cfi_def_cfa_offset", ignored},
	{".cfi_def_cfa_register", ignored}, {".cfi_remember_state", ignored},
	{".cfi_restore_state", ignored}, {".cfi_sections", ignored},
}

func (s *statement) directive(name token) error {
	i := slices.IndexFunc(directives, func(d directive) bool { return d.name == name.text })
	if i < 0 {
		var known []string
		for _, d := range directives {
			known = append(known, d.name)
		}
		return unknown(name.pos, "directive", name.text, known)
	}
	if err := directives[i].run(s); err != nil {
		return err
	}
	return s.end()
}

func ignored(s *statement) error {
	s.skip()
	return nil
}

func sectionNamed(name string) func(*statement) error {
	return func(s *statement) error {
		s.enter(name)
		return nil
	}
}

// list parses one or more items with commas between them.
func (s *statement) list(item func() error) error {
	for {
		if err := item(); err != nil || !s.accept(",") {
			return err
		}
	}
}

func integers(width uint64) func(*statement) error {
	return func(s *statement) error {
		return s.list(func() error {
			at := s.peek().pos
			e, err := s.expression()
			if err != nil {
				return err
			}
			n, err := e.constant(nil)
			if err != nil { // known after layout
				s.section.items = append(s.section.items, &datum{at, e, width})
				return nil
			}
			if !fits(n, width) {
				return mistakef(at, "%d does not fit in %s", int64(n), plural(width, "byte"))
			}
			s.section.appendBytes(at, littleEndian(n, width)...)
			return nil
		})
	}
}

// littleEndian is the low width bytes of n.
func littleEndian(n, width uint64) []byte {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	return b[:width]
}

func floats(bits int) func(*statement) error {
	return func(s *statement) error {
		return s.list(func() error {
			at := s.peek().pos
			v, err := s.float(bits)
			if err != nil {
				return err
			}
			if bits == 32 {
				s.section.appendBytes(at, littleEndian(uint64(math.Float32bits(float32(v))), 4)...)
			} else {
				s.section.appendBytes(at, littleEndian(math.Float64bits(v), 8)...)
			}
			return nil
		})
	}
}

// float parses a floating-point constant, rounded to the given width.
func (s *statement) float(bits int) (float64, error) {
	sign := ""
	if s.accept("-") {
		sign = "-"
	} else {
		s.accept("+")
	}
	t := s.next()
	v, err := strconv.ParseFloat(sign+t.text, bits)
	named := t.kind == identifier && (t.text == "inf" || t.text == "nan")
	if err != nil && !math.IsInf(v, 0) || t.kind != integer && t.kind != decimal && !named {
		return 0, mistakef(t.pos, "%s stands where a number such as 1.5, 2e-3, inf or nan should", t.describe())
	}
	if err != nil {
		return 0, mistakef(t.pos, "%s is beyond the range of %d-bit floating point", t.text, bits)
	}
	return v, nil
}

func stringsEndingIn(end ...byte) func(*statement) error {
	return func(s *statement) error {
		return s.list(func() error {
			t := s.next()
			if t.kind != quoted {
				return mistakef(t.pos, "%s stands where a string in \"quotes\" should", t.describe())
			}
			s.section.appendBytes(t.pos, []byte(t.text)...)
			s.section.appendBytes(t.pos, end...)
			return nil
		})
	}
}

// constantOperand parses an expression whose value must be known now.
func (s *statement) constantOperand() (uint64, error) {
	e, err := s.expression()
	if err != nil {
		return 0, err
	}
	return e.constant(nil)
}

// spaceDirective is .space bytes[, fill].
func spaceDirective(s *statement) error {
	at := s.peek().pos
	count, err := s.expression()
	if err != nil {
		return err
	}
	sp := &space{pos: at, count: count, width: 1}
	if s.accept(",") {
		if sp.value, err = s.byteOperand(); err != nil {
			return err
		}
	}
	s.section.items = append(s.section.items, sp)
	return nil
}

func (s *statement) byteOperand() (uint64, error) {
	at := s.peek().pos
	n, err := s.constantOperand()
	if err == nil && !fits(n, 1) {
		err = mistakef(at, "fill value %d does not fit in 1 byte", int64(n))
	}
	return n & 0xff, err
}

// fillDirective is .fill count[, width[, value]].
func fillDirective(s *statement) error {
	at := s.peek().pos
	count, err := s.expression()
	if err != nil {
		return err
	}
	sp := &space{pos: at, count: count, width: 1}
	if s.accept(",") {
		at := s.peek().pos
		if sp.width, err = s.constantOperand(); err != nil {
			return err
		}
		if sp.width > 8 {
			return mistakef(at, "width %d is not 0 … 8 bytes", int64(sp.width))
		}
	}
	if s.accept(",") {
		if sp.value, err = s.constantOperand(); err != nil {
			return err
		}
	}
	s.section.items = append(s.section.items, sp)
	return nil
}

// maxAlignment keeps padding within reason.
const maxAlignment = 1 << 24

// alignDirective is .p2align n[, [fill][, max]], or .balign with bytes
// instead of their logarithm.
func alignDirective(logarithm bool) func(*statement) error {
	return func(s *statement) error {
		at := s.peek().pos
		n, err := s.constantOperand()
		if err != nil {
			return err
		}
		to := max(n, 1)
		if logarithm {
			to = 1 << n
		}
		if to == 0 || to > maxAlignment || to&(to-1) != 0 {
			if logarithm {
				return mistakef(at, "alignment 2^%d is not 2^0 … 2^24 bytes", int64(n))
			}
			return mistakef(at, "alignment %d is not a power of two up to %d", int64(n), maxAlignment)
		}
		a := &alignment{pos: at, to: to, max: to, code: s.section.access&Exec != 0}
		if s.accept(",") && !s.peek().is(",") {
			fill, err := s.byteOperand()
			if err != nil {
				return err
			}
			a.fill, a.code = byte(fill), false
		}
		if s.accept(",") {
			if a.max, err = s.constantOperand(); err != nil {
				return err
			}
		}
		s.section.items = append(s.section.items, a)
		return nil
	}
}

// name takes the name of a symbol.
func (s *statement) name() (token, error) {
	t := s.next()
	if t.kind != identifier {
		return t, mistakef(t.pos, "%s stands where the name of a symbol should", t.describe())
	}
	return t, nil
}

// nameThen takes the name of a symbol and a comma.
func (s *statement) nameThen() (token, error) {
	t, err := s.name()
	if err == nil {
		err = s.expect(",")
	}
	return t, err
}

func globalDirective(s *statement) error {
	return s.list(func() error {
		t, err := s.name()
		if err == nil {
			s.symbols.use(t).global = true
		}
		return err
	})
}

func equDirective(s *statement) error {
	t, err := s.nameThen()
	if err != nil {
		return err
	}
	return s.equate(t)
}

// commDirective is .comm name, bytes[, alignment]: space in .bss.
func commDirective(s *statement) error {
	t, err := s.nameThen()
	if err != nil {
		return err
	}
	count, err := s.expression()
	if err != nil {
		return err
	}
	to, at := uint64(8), t.pos
	if s.accept(",") {
		at = s.peek().pos
		if to, err = s.constantOperand(); err != nil {
			return err
		}
	}
	if to == 0 || to > maxAlignment || to&(to-1) != 0 {
		return mistakef(at, "alignment %d is not a power of two up to %d", int64(to), maxAlignment)
	}
	current := s.section
	bss := s.enter(".bss")
	s.section = current
	bss.items = append(bss.items, &alignment{pos: t.pos, to: to, max: to})
	if err := s.symbols.defineLabel(t, bss.end()); err != nil {
		return err
	}
	d := s.symbols.use(t)
	d.data, d.size = true, count
	bss.items = append(bss.items, &space{pos: t.pos, count: count, width: 1})
	return nil
}

// typeDirective is .type name, @function or @object.
func typeDirective(s *statement) error {
	t, err := s.nameThen()
	if err != nil {
		return err
	}
	if !s.accept("@") {
		s.accept("%")
	}
	switch kind := s.next(); kind.text {
	case "function":
		s.symbols.use(t).function = true
	case "object":
		s.symbols.use(t).data = true
	case "notype":
	default:
		return mistakef(kind.pos, "unknown symbol type %s (known: function, object, notype)", kind.describe())
	}
	return nil
}

func sizeDirective(s *statement) error {
	t, err := s.nameThen()
	if err != nil {
		return err
	}
	s.symbols.use(t).size, err = s.expression()
	return err
}

// optionDirective accepts what GNU as does. Nothing is compressed or relaxed
// by itself here, so nothing changes.
func optionDirective(s *statement) error {
	known := []string{"rvc", "norvc", "push", "pop", "pic", "nopic", "relax", "norelax", "arch"}
	t := s.next()
	if !slices.Contains(known, t.text) {
		return unknown(t.pos, "option", t.text, known)
	}
	if t.text == "arch" {
		s.skip()
	}
	return nil
}
