package rv64

import (
	"math/rand/v2"
	"testing"
)

// TestZicond: against the manual's encodings and its words: czero.eqz "moves
// zero to a register rd, if the condition rs2 is equal to zero, otherwise moves
// rs1 to rd", czero.nez if rs2 is nonzero.
func TestZicond(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const czero, opcode = 0b0000111, 0b0110011
	for _, c := range []struct {
		name   string
		funct3 uint32
		zeroIf func(rs2 uint64) bool
	}{
		{"czero.eqz", 0b101, func(v uint64) bool { return !(v > 0) }},
		{"czero.nez", 0b111, func(v uint64) bool { return v > 0 }},
	} {
		for range 500 {
			rd, rs1, rs2 := rng.Uint32N(32), rng.Uint32N(32), rng.Uint32N(32)
			raw, err := mnemonics[c.name].Encode(int64(rd), int64(rs1), int64(rs2))
			if want := uint32(czero)<<25 | rs2<<20 | rs1<<15 | c.funct3<<12 | rd<<7 | opcode; err != nil || raw != want {
				t.Fatalf("%s x%d, x%d, x%d is %#x, not %#x", c.name, rd, rs1, rs2, raw, want)
			}
			h := newTestHart(t, in(c.name, int64(rd), int64(rs1), int64(rs2)))
			for i := range h.X[1:] {
				h.X[i+1] = IntOperand(rng)
			}
			want := h.X
			if c.zeroIf(want[rs2]) {
				want[rd] = 0
			} else {
				want[rd] = want[rs1]
			}
			want[0] = 0
			if n, trap := h.Run(1); n != 1 || h.X != want {
				t.Fatalf("%s x%d, x%d, x%d: %v\n%x, not\n%x", c.name, rd, rs1, rs2, trap, h.X, want)
			}
		}
	}
}

// TestCTZW: the number of zeros below the lowest one of the low word, 32 when
// it has none, whatever stands above. (QEMU 7 counts on into the high word.)
func TestCTZW(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	h := newTestHart(t, in("ctzw", 5, 6), in("jal", 0, -4))
	for range 10_000 {
		v := IntOperand(rng)
		want := uint64(0)
		for want < 32 && v>>want&1 == 0 {
			want++
		}
		h.X[6] = v
		if h.Run(2); h.X[5] != want {
			t.Fatalf("ctzw of %#x is %d, not %d", v, h.X[5], want)
		}
	}
}
