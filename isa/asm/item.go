package asm

import (
	"encoding/binary"
	"math"
)

// item is a piece of a section.
type item interface {
	place() pos
	// size is the bytes it takes at an address; the layout asks until
	// nothing changes. What cannot be evaluated takes none: emission says why.
	size(l *layout, addr uint64) uint64
	// emit fills out, size bytes, with the contents.
	emit(l *layout, addr uint64, out []byte) error
}

// place makes a position embeddable as an item's.
func (p pos) place() pos { return p }

// rawBytes are contents known when read.
type rawBytes struct {
	pos
	data []byte
}

func (b *rawBytes) size(*layout, uint64) uint64 { return uint64(len(b.data)) }

func (b *rawBytes) emit(_ *layout, _ uint64, out []byte) error {
	copy(out, b.data)
	return nil
}

// datum is an integer of 1, 2, 4 or 8 bytes, little endian.
type datum struct {
	pos
	expr  *expr
	width uint64
}

func (d *datum) size(*layout, uint64) uint64 { return d.width }

func (d *datum) emit(l *layout, _ uint64, out []byte) error {
	n, err := d.expr.number(l)
	if err != nil {
		return err
	}
	if !fits(n, d.width) {
		return mistakef(d.pos, "%d does not fit in %s", int64(n), plural(d.width, "byte"))
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	copy(out, b[:d.width])
	return nil
}

// fits reports whether n, signed or unsigned, fits in so many bytes.
func fits(n, width uint64) bool {
	if width >= 8 {
		return true
	}
	bits := 8 * width
	return n>>bits == 0 || int64(n) < 0 && int64(n) >= math.MinInt64>>(64-bits)
}

// space is a number of copies of a value of up to 8 bytes.
type space struct {
	pos
	count *expr
	value uint64
	width uint64
}

func (s *space) size(l *layout, _ uint64) uint64 {
	n, err := s.count.constant(l)
	if err != nil || int64(n) < 0 {
		return 0
	}
	if s.width > 0 && n > math.MaxInt64/s.width {
		return math.MaxInt64
	}
	return n * s.width
}

func (s *space) emit(l *layout, _ uint64, out []byte) error {
	n, err := s.count.constant(l)
	if err != nil {
		return err
	}
	if int64(n) < 0 {
		return mistakef(s.pos, "a size of %d is below 0", int64(n))
	}
	if s.value == 0 {
		return nil
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], s.value)
	for len(out) > 0 {
		out = out[copy(out, b[:s.width]):]
	}
	return nil
}

// alignment pads to a multiple of a power of two: with fill, or in code with
// instructions that do nothing.
type alignment struct {
	pos
	to   uint64
	max  uint64 // do nothing when it would take more than this
	code bool
	fill byte
}

func (a *alignment) size(_ *layout, addr uint64) uint64 {
	if n := -addr & (a.to - 1); n <= a.max {
		return n
	}
	return 0
}

func (a *alignment) emit(_ *layout, _ uint64, out []byte) error {
	if !a.code {
		for i := range out {
			out[i] = a.fill
		}
		return nil
	}
	const nop, shortNop = 0x00000013, 0x0001
	if len(out)&1 != 0 {
		out = out[1:]
	}
	if len(out)&2 != 0 {
		binary.LittleEndian.PutUint16(out, shortNop)
		out = out[2:]
	}
	for ; len(out) > 0; out = out[4:] {
		binary.LittleEndian.PutUint32(out, nop)
	}
	return nil
}
