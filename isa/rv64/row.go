package rv64

import (
	"fmt"
	"iter"

	"github.com/threadmill-sim/threadmill/isa"
)

// Row is one instruction of the table: how it is written, how it is encoded,
// and what the timing model should know of it.
type Row struct {
	Name        string
	Match, Mask uint32 // an encoding is this instruction's when encoding & Mask == Match
	Operands    []*Operand
	Class       isa.Class
	MemSize     uint8 // bytes accessed
	op          op    // what executes it
	size        uint8
	link        uint8 // the destination register when no operand says it: c.jalr's
}

// Size is the length of the encoding in bytes: 2 or 4.
func (r *Row) Size() int { return int(r.size) }

// Rows iterates over the table, 32-bit instructions first.
func Rows() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for _, table := range [][]Row{rows[:], compressedRows[:]} {
			for i := range table {
				if !yield(&table[i]) {
					return
				}
			}
		}
	}
}

// Lookup finds an instruction by its mnemonic: "addi", "c.addi", "fadd.d". An
// Ordering operand is not part of it: "amoadd.w", never "amoadd.w.aq".
func Lookup(mnemonic string) (*Row, bool) {
	r, ok := mnemonics[mnemonic]
	return r, ok
}

// Encode returns the encoding with the given operands, in the order of
// r.Operands: register numbers, constants, and for a Target its distance from
// the instruction. The error names the operand and its range.
func (r *Row) Encode(operands ...int64) (uint32, error) {
	if len(operands) != len(r.Operands) {
		return 0, fmt.Errorf("%s has %d operands, not %d", r.Name, len(r.Operands), len(operands))
	}
	raw := r.Match
	for i, o := range r.Operands {
		bits, err := o.encode(operands[i])
		if err != nil {
			return 0, fmt.Errorf("%s: %w", r.Name, err)
		}
		raw |= bits
	}
	return raw, nil
}
