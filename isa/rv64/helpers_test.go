package rv64

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// line is an instruction of a test program by mnemonic and operands.
type line struct {
	name     string
	operands []int64
}

func in(name string, operands ...int64) line { return line{name, operands} }

const (
	codeBase = 0x10000
	dataBase = 0x100000
	dataSize = 1 << 20
)

// newTestHart is a hart in front of a program at codeBase, with data memory at
// dataBase whose address is in x2.
func newTestHart(tb rapid.TB, program ...line) *Hart {
	tb.Helper()
	space := mem.New(64 << 20)
	if err := space.Map(codeBase, 16*mem.PageSize, mem.Read|mem.Exec); err != nil {
		tb.Fatal(err)
	}
	if err := space.Map(dataBase, dataSize, mem.Read|mem.Write); err != nil {
		tb.Fatal(err)
	}
	if err := space.Poke(codeBase, assemble(tb, program...)); err != nil {
		tb.Fatal(err)
	}
	h := NewHart(space, NewCode(space))
	h.PC = codeBase
	h.X[2] = dataBase
	return h
}

func assemble(tb rapid.TB, program ...line) []byte {
	tb.Helper()
	var code []byte
	for _, l := range program {
		row, ok := Lookup(l.name)
		if !ok {
			tb.Fatalf("no instruction %q", l.name)
		}
		raw, err := row.Encode(l.operands...)
		if err != nil {
			tb.Fatal(err)
		}
		for i := range row.Size() {
			code = append(code, byte(raw>>(8*i)))
		}
	}
	return code
}

// mixed is an endless loop with the mix of integer code: a third loads and
// stores, a fifth branches, one of them hard to predict.
var mixed = []line{
	in("addi", 10, 0, 1), // x10: xorshift state
	in("lui", 11, 0x20),
	in("addi", 11, 11, -8), // mask of the data: 128 KiB, aligned
	in("slli", 12, 10, 13), // loop:
	in("xor", 10, 10, 12),
	in("srli", 12, 10, 7),
	in("xor", 10, 10, 12),
	in("slli", 12, 10, 17),
	in("xor", 10, 10, 12),
	in("and", 13, 10, 11),
	in("add", 13, 13, 2),
	in("ld", 14, 0, 13),
	in("addi", 14, 14, 3),
	in("sd", 14, 0, 13),
	in("lw", 15, 4, 2),
	in("c.addi", 15, 1),
	in("sw", 15, 4, 2),
	in("andi", 16, 10, 1),
	in("c.nop"),
	in("beq", 16, 0, 8),
	in("addw", 17, 17, 14),
	in("lbu", 18, 16, 2),
	in("bltu", 10, 11, 8),
	in("c.add", 17, 18),
	in("c.mv", 19, 17),
	in("jal", 0, -(21*4 - 4*2)),
}

func BenchmarkRun(b *testing.B) {
	h := newTestHart(b, mixed...)
	const batch = 1_000_000
	h.Run(batch)
	b.ResetTimer()
	for range b.N {
		if n, t := h.Run(batch); n != batch {
			b.Fatal(n, t)
		}
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minst/s")
}

func BenchmarkRecord(b *testing.B) {
	h := newTestHart(b, mixed...)
	h.Run(1_000_000)
	buf := make([]isa.Dyn, 8)
	b.ResetTimer()
	for done := 0; done < b.N; {
		n, t := h.Record(buf)
		if n == 0 {
			b.Fatal(t)
		}
		done += n
	}
}

// BenchmarkWrongPath is what a misprediction costs: a fork, sixty instructions
// in fetch groups of eight, and the drop.
func BenchmarkWrongPath(b *testing.B) {
	h := newTestHart(b, mixed...)
	h.Run(1_000_000)
	buf := make([]isa.Dyn, 8)
	done := 0
	for range b.N {
		h.Fork(codeBase + 12)
		for k := 0; k < 60; {
			n, t := h.Record(buf)
			if n == 0 {
				b.Fatal(t)
			}
			k += n
			done += n
		}
		h.Drop(1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(done), "ns/inst")
}
