package rv64

import (
	"bytes"
	"testing"

	_ "github.com/threadmill-sim/threadmill/internal/draws"
	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// The window of data that random programs load from and store to, around a
// page boundary. x2 points into its middle.
const (
	windowSize = 64
	window     = dataBase + mem.PageSize - windowSize/2
)

// randomProgram is an endless loop of what a wrong path may meet: dense
// overlapping stores and loads of all sizes, control transfers, floating point
// and its modes, and now and then what ends a path.
func randomProgram(t *rapid.T) []line {
	const length = 40
	reg := func() int64 { return rapid.Int64Range(5, 15).Draw(t, "reg") }
	fp := func() int64 { return rapid.Int64Range(0, 3).Draw(t, "fp") }
	place := func(size int64) int64 { return rapid.Int64Range(-windowSize/2, windowSize/2-size).Draw(t, "place") }
	pick := func(names ...string) string { return rapid.SampledFrom(names).Draw(t, "name") }
	size := func(name string) int64 { r, _ := Lookup(name); return int64(r.MemSize) }
	var program []line
	for i := range int64(length) {
		target := func() int64 { return 4 * (rapid.Int64Range(0, length-1).Draw(t, "target") - i) }
		var l line
		switch rapid.IntRange(0, 19).Draw(t, "kind") {
		case 0, 1, 2, 3, 4:
			name := pick("sb", "sh", "sw", "sd")
			l = in(name, reg(), place(size(name)), 2)
		case 5, 6, 7, 8, 9:
			name := pick("lb", "lh", "lw", "ld", "lbu", "lhu", "lwu")
			l = in(name, reg(), place(size(name)), 2)
		case 10, 11:
			l = in(pick("add", "xor", "mul", "sub", "divu"), reg(), reg(), reg())
		case 12:
			l = in("addi", reg(), reg(), rapid.Int64Range(-2048, 2047).Draw(t, "imm"))
		case 13, 14:
			l = in(pick("beq", "bne", "blt", "bgeu"), reg(), reg(), target())
		case 15:
			l = in("jal", pick2(t, 0, 1), target())
		case 16:
			name := pick("fld", "fsd", "flw", "fsw")
			l = in(name, fp(), place(size(name)), 2)
		case 17:
			l = in(pick("fadd.d", "fmul.d", "fdiv.s"), fp(), fp(), fp(), pick2(t, 7, 1))
		case 18:
			l = in("csrrwi", reg(), pick2(t, csrFCSR, csrFRM), rapid.Int64Range(0, 4).Draw(t, "mode"))
		case 19:
			switch rapid.IntRange(0, 5).Draw(t, "rare") {
			case 0:
				l = in("ecall")
			case 1:
				l = in("ld", reg(), 0, reg()) // anywhere
			case 2:
				l = in("jalr", 1, 0, 1)
			case 3:
				l = in("lr.d", reg(), 3, 0)
			case 4:
				l = in("sc.d", reg(), reg(), 3, 0)
			case 5:
				l = in("amoadd.d", reg(), reg(), 3, 3)
			}
		}
		program = append(program, l)
	}
	return append(program, in("jal", 0, -4*length))
}

func pick2(t *rapid.T, a, b int64) int64 {
	return rapid.SampledFrom([]int64{a, b}).Draw(t, "either")
}

// state is everything that a program can see.
type state struct {
	pc       isa.Addr
	x, f     [32]uint64
	fcsr     uint32
	instret  uint64
	holds    bool // a reservation
	reserved uint64
	memory   [windowSize]byte
	resident int
}

func stateOf(t *rapid.T, h *Hart) state {
	s := state{pc: h.PC, x: h.X, f: h.F, fcsr: h.FCSR, instret: h.Instret, resident: h.space.Resident()}
	s.holds, s.reserved = h.tlb.Reserved(isa.Addr(h.X[3]), 8), h.reserved
	if err := h.space.Read(window, s.memory[:]); err != nil {
		t.Fatal(err)
	}
	return s
}

// seenMemory is the window as the hart would load it, its own stores on a
// wrong path included.
func seenMemory(t *rapid.T, h *Hart) []byte {
	b := make([]byte, windowSize)
	for i := range b {
		v, _, ok := h.load(window+isa.Addr(i), 1)
		if !ok {
			t.Fatal("the window cannot be loaded")
		}
		b[i] = byte(v)
	}
	return b
}

// twin is a hart with memory of its own that is in the state of h and has not
// forked.
func twin(t *rapid.T, h *Hart) *Hart {
	space := mem.New(64 << 20)
	for _, r := range h.space.Regions() {
		if err := space.Map(r.Start, r.Size(), r.Prot); err != nil {
			t.Fatal(err)
		}
	}
	code := make([]byte, mem.PageSize)
	if err := h.space.Peek(codeBase, code); err != nil {
		t.Fatal(err)
	}
	if err := space.Poke(codeBase, code); err != nil {
		t.Fatal(err)
	}
	if err := space.Poke(window, seenMemory(t, h)); err != nil {
		t.Fatal(err)
	}
	c := NewHart(space, NewCode(space))
	c.PC, c.X, c.F, c.FCSR, c.Instret = h.PC, h.X, h.F, h.FCSR, h.Instret
	if a := isa.Addr(h.X[3]); h.tlb.Reserved(a, 8) {
		c.reserve(a, h.reserved, 8)
	}
	return c
}

// TestForks: a path, however it nests, is what a hart with a copy of the
// memory would execute; dropped, it leaves nothing behind.
func TestForks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		program := randomProgram(t)
		h := newTestHart(t, program...)
		h.X[2], h.X[3] = window+windowSize/2, window+windowSize/2
		for i := range h.F {
			h.F[i] = 0x3fd5555555555555 + uint64(i)<<40
		}
		var before []state // each fork
		twins := []*Hart{twin(t, h)}
		ended := false
		t.Repeat(map[string]func(*rapid.T){
			"record": func(t *rapid.T) {
				if ended {
					return
				}
				c := twins[len(twins)-1]
				buf := make([]isa.Dyn, rapid.IntRange(1, 70).Draw(t, "n"))
				n, trap := h.Record(buf)
				done, want := c.Run(uint64(n))
				if done != uint64(n) {
					t.Fatalf("recorded %d instructions, its twin runs %d: %v", n, done, want)
				}
				if trap.Kind == TrapPathEnd {
					ended = true
					_, want := c.Record(buf)
					if want.Kind == TrapNone {
						t.Fatalf("the path ended at %#x, where its twin goes on", h.PC)
					}
				} else if trap.Kind == TrapSerialise {
					h.Allow()
					n, trap = h.Record(buf)
					done, want = c.Run(1)
					if n > 1 || done != uint64(n) || trap != want {
						t.Fatalf("recorded %d instructions until %v, its twin %d until %v", n, trap, done, want)
					}
				}
				ended = ended || trap.Kind != TrapNone && trap.Kind != TrapEcall && trap.Kind != TrapSerialise
			},
			"fork": func(t *rapid.T) {
				if len(before) == 5 {
					return
				}
				ended = false
				before = append(before, stateOf(t, h))
				pc := codeBase + 4*isa.Addr(rapid.IntRange(0, len(program)).Draw(t, "pc"))
				if depth := h.Fork(pc); depth != len(before) {
					t.Fatalf("fork at depth %d, not %d", depth, len(before))
				}
				twins = append(twins, twin(t, h))
			},
			"drop": func(t *rapid.T) {
				if len(before) == 0 {
					return
				}
				depth := rapid.IntRange(1, len(before)).Draw(t, "depth")
				h.Drop(depth)
				if got := stateOf(t, h); got != before[depth-1] {
					t.Fatalf("after dropping %d: %+v, before it was %+v", depth, got, before[depth-1])
				}
				before, twins, ended = before[:depth-1], twins[:depth], false
			},
			"": func(t *rapid.T) {
				c := twins[len(twins)-1]
				if h.PC != c.PC || h.X != c.X || h.F != c.F || h.FCSR != c.FCSR || h.Instret != c.Instret {
					t.Fatalf("at %#x: %x %x, its twin is at %#x: %x %x", h.PC, h.X, h.F, c.PC, c.X, c.F)
				}
				if got, want := seenMemory(t, h), seenMemory(t, c); !bytes.Equal(got, want) {
					t.Fatalf("sees memory\n%x, its twin\n%x", got, want)
				}
			},
		})
	})
}

// TestPathEnds: what a wrong path must not do ends it, and nothing happens.
func TestPathEnds(t *testing.T) {
	for _, l := range []line{
		in("ecall"), in("ebreak"), in("fence", 15, 15), in("fence.i"), in("csrrs", 5, csrTime, 0),
		in("lr.w", 5, 2, 0), in("sc.w", 5, 6, 2, 0), in("amoadd.d", 5, 6, 2, 0),
		in("ld", 5, 0, 0), in("sd", 5, 0, 0), in("ld", 5, 0, 3), in("sd", 5, 4, 3), in("jalr", 0, 1, 0),
		in("fadd.d", 0, 0, 0, 7), // with a reserved dynamic rounding mode
	} {
		h := newTestHart(t, in("c.nop"), in("c.nop"), l)
		h.FCSR = 5 << 5
		h.X[3] = dataBase + dataSize - 4 // 8 bytes there reach beyond the region
		h.Fork(codeBase + 4)
		var buf [4]isa.Dyn
		n, trap := h.Record(buf[:])
		if n == 1 && l.name == "jalr" {
			n, trap = h.Record(buf[:])
		}
		if n != 0 || trap.Kind != TrapPathEnd {
			t.Errorf("%v: %d instructions, %v", l, n, trap)
		}
		h.Allow() // is for the correct path
		if n, trap = h.Record(buf[:]); n != 0 || trap.Kind != TrapPathEnd {
			t.Errorf("%v, allowed: %d instructions, %v", l, n, trap)
		}
		if h.Drop(1); h.space.Resident() != 1 || h.PC != codeBase {
			t.Errorf("%v: left %d pages, PC %#x", l, h.space.Resident(), h.PC)
		}
	}
}

// TestPathStores: a store of a wrong path to a page that was never touched
// allocates nothing, and its path loads it back, whether or not the load would
// hit the TLB.
func TestPathStores(t *testing.T) {
	h := newTestHart(t,
		in("lw", 8, 4, 2), in("sw", 5, 4, 2), in("ld", 6, 1, 2), in("ld", 7, -4, 3), in("lw", 8, 4, 2), in("jal", 0, 0))
	h.X[5] = 0x11223344
	h.X[3] = dataBase + 8
	h.Run(1)
	h.Fork(h.PC)
	var buf [8]isa.Dyn
	if n, trap := h.Record(buf[:]); n != 5 || trap.Kind != TrapNone {
		t.Fatal(n, trap)
	}
	if h.X[6] != 0x11223344<<24 || h.X[7] != 0x11223344 || h.X[8] != 0x11223344 || h.space.Resident() != 1 {
		t.Errorf("loaded %#x, %#x and %#x, %d pages", h.X[6], h.X[7], h.X[8], h.space.Resident())
	}
	h.Drop(1)
	if len(h.overlay.log) != 0 || h.X[6] != 0 || h.PC != codeBase+4 {
		t.Errorf("%d stores, x6 = %#x, PC = %#x", len(h.overlay.log), h.X[6], h.PC)
	}
}
