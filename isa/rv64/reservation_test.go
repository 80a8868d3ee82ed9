package rv64

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// beside is another hart of the same space that runs the same program.
func beside(h *Hart) *Hart {
	b := NewHart(h.space, h.code)
	b.PC, b.X = h.PC, h.X
	return b
}

// TestLockstep: two harts that count with LR and SC lose nothing and both get
// on, whatever the turns.
func TestLockstep(t *testing.T) {
	for turn := uint64(1); turn < 12; turn++ {
		a := newTestHart(t,
			in("lr.d", 5, 2, 0), in("addi", 5, 5, 1), in("sc.d", 6, 5, 2, 0), in("bne", 6, 0, -12),
			in("addi", 7, 7, 1), in("jal", 0, -20))
		b := beside(a)
		for range 2000 {
			a.Run(turn)
			b.Run(turn + 1)
		}
		v, _, _ := a.load(dataBase, 8)
		done := a.X[7] + b.X[7]
		if v < done || v > done+2 || v < 300 || turn > 5 && (a.X[7] == 0 || b.X[7] == 0) {
			t.Errorf("turns of %d: the counter is %d, the harts did %d and %d", turn, v, a.X[7], b.X[7])
		}
	}
}

// TestReservations: what happens between an LR of the 4 bytes at x2 and the
// SC, and whether the SC then succeeds. Everything stores what was there.
func TestReservations(t *testing.T) {
	kernel := func(at isa.Addr, n int) func(h, b *Hart) error {
		return func(h, _ *Hart) error { return h.space.Write(at, make([]byte, n)) }
	}
	hart := func(name string, operands ...int64) func(h, b *Hart) error {
		return func(h, b *Hart) error {
			if err := h.space.Poke(codeBase+mem.PageSize, assemble(t, in(name, operands...))); err != nil {
				return err
			}
			b.PC = codeBase + mem.PageSize
			if n, trap := b.Run(1); n != 1 {
				return fmt.Errorf("%v", trap)
			}
			return nil
		}
	}
	for _, c := range []struct {
		what    string
		between func(h, b *Hart) error
		fails   bool
	}{
		{"nothing", func(h, b *Hart) error { return nil }, false},
		{"a store", hart("sw", 0, 0, 2), true},
		{"a store of its last byte", hart("sb", 0, 3, 2), true},
		{"a store behind it", hart("sb", 0, 4, 2), false},
		{"a store before it", hart("sb", 0, -1, 2), false},
		{"a misaligned store over it", hart("sd", 0, -5, 2), true},
		{"a misaligned store up to it", hart("sd", 0, -8, 2), false},
		{"a store of a float", hart("fsw", 0, 0, 2), true},
		{"an AMO", hart("amoadd.w", 0, 0, 2, 0), true},
		{"an AMO of more", hart("amoor.d", 0, 0, 2, 0), true},
		{"a load", hart("ld", 5, 0, 2), false},
		{"an LR", hart("lr.w", 5, 2, 0), false},
		{"an SC that fails", hart("sc.w", 5, 0, 2, 0), false},
		{"a write of the system", kernel(dataBase+mem.PageSize-1, 2), true},
		{"an empty write of the system", kernel(dataBase+mem.PageSize+1, 0), false},
		{"a write of the system behind it", kernel(dataBase+mem.PageSize+4, 20), false},
		{"a poke", func(h, b *Hart) error { return h.space.Poke(dataBase+mem.PageSize, []byte{0}) }, true},
		{"new pages", func(h, b *Hart) error { return h.space.Map(dataBase, 2*mem.PageSize, mem.Read|mem.Write) }, true},
		{"pages dropped", func(h, b *Hart) error { return h.space.Discard(dataBase+mem.PageSize, mem.PageSize) }, true},
		{"pages moved there", func(h, b *Hart) error {
			return h.space.Move(dataBase+4*mem.PageSize, dataBase+mem.PageSize, mem.PageSize)
		}, true},
		{"a switch", func(h, b *Hart) error { h.ClearReservation(); return nil }, true},
		{"a store of its own", func(h, b *Hart) error { h.store(isa.Addr(h.X[2]), 0, 4); return nil }, false},
		{"a change of its own", func(h, b *Hart) error { h.store(isa.Addr(h.X[2]), 1, 4); return nil }, true},
		{"a wrong path of another", func(h, b *Hart) error {
			b.Fork(codeBase + 8) // the sw
			if n, trap := b.Record(make([]isa.Dyn, 1)); n != 1 {
				return fmt.Errorf("%v", trap)
			}
			b.Drop(1)
			return nil
		}, false},
		{"a store while on a wrong path", func(h, b *Hart) error {
			h.Fork(codeBase + 8)
			err := hart("sw", 0, 0, 2)(h, b)
			h.Drop(1)
			return err
		}, true},
	} {
		h := newTestHart(t, in("lr.w", 5, 2, 0), in("sc.w", 6, 0, 2, 0), in("sw", 0, 0, 2), in("c.nop"))
		h.X[2] = dataBase + mem.PageSize
		b := beside(h)
		b.store(dataBase+mem.PageSize+64, 0, 8) // it knows the page
		h.Run(1)
		if err := c.between(h, b); err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if n, trap := h.Run(1); n != 1 || h.X[6] != boolean(c.fails) {
			t.Errorf("%s: %v, sc gives %d", c.what, trap, h.X[6])
		}
		h.PC -= 4
		if h.Run(1); h.X[6] != 1 {
			t.Errorf("%s: a second sc succeeds", c.what)
		}
	}
}

// TestFastAfterReservation: other harts store without being looked after again
// as soon as the reservation is gone.
func TestFastAfterReservation(t *testing.T) {
	a := newTestHart(t, in("lr.d", 5, 2, 0), in("sc.d", 6, 5, 2, 0))
	b := beside(a)
	fast := func() bool {
		b.store(dataBase+8, 1, 8)
		return b.tlb.Writes[mem.Slot(dataBase)].Tag == dataBase
	}
	before := fast()
	a.Run(1)
	during := fast()
	a.Run(1)
	if after := fast(); !before || during || !after || a.X[6] != 0 {
		t.Errorf("fast before: %v, during: %v, after: %v, sc gives %d", before, during, after, a.X[6])
	}
	a.PC = codeBase
	a.Run(1)
	a.Release()
	if !fast() {
		t.Error("the reservation of a hart that is gone stays")
	}
}

// reservationModel is a few bytes of memory and who has reserved which, with
// one set of bytes for each hart that others have not stored to since its LR.
type reservationModel struct {
	memory [windowSize]byte
	held   [3]struct {
		at, size int
		value    uint64
	}
}

func (m *reservationModel) value(at, size int) (v uint64) {
	for i := range size {
		v |= uint64(m.memory[at+i]) << (8 * i)
	}
	return v
}

// write is a store of hart by, or of the system when that is none.
func (m *reservationModel) write(by, at, size int, value uint64) {
	for i := range size {
		m.memory[at+i] = byte(value >> (8 * i))
		for k := range m.held {
			if h := &m.held[k]; k != by && at+i >= h.at && at+i < h.at+h.size {
				h.size = 0
			}
		}
	}
}

func (m *reservationModel) conditional(by, at, size int, value uint64) (result uint64) {
	h := &m.held[by]
	result = 1
	if h.size == size && h.at == at && m.value(at, size) == h.value {
		m.write(by, at, size, value)
		result = 0
	}
	h.size = 0
	return result
}

// TestReservationModel: three harts that do at random what can touch a
// reservation, on two pages.
func TestReservationModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := newTestHart(t)
		harts := []*Hart{first, beside(first), beside(first)}
		var m reservationModel
		depth := make([]int, len(harts))
		draw := func(t *rapid.T, forked bool) int {
			k := rapid.IntRange(0, len(harts)-1).Draw(t, "hart")
			if depth[k] > 0 && !forked {
				harts[k].Drop(1)
				depth[k] = 0
			}
			return k
		}
		place := func(t *rapid.T) (at, size int) {
			size = 4 << rapid.IntRange(0, 1).Draw(t, "size")
			return windowSize/2 - 8 + size*rapid.IntRange(0, 1).Draw(t, "at"), size
		}
		value := func(t *rapid.T) uint64 { return rapid.SampledFrom([]uint64{0, 0, 0, 1}).Draw(t, "value") }
		step := func(t *rapid.T, h *Hart, l line) {
			if err := h.space.Poke(codeBase, assemble(t, l)); err != nil {
				t.Fatal(err)
			}
			h.PC = codeBase
			if n, trap := h.Run(1); n != 1 {
				t.Fatalf("%v: %v", l, trap)
			}
		}
		suffix := map[int]string{4: ".w", 8: ".d"}
		store := func(t *rapid.T) {
			k := draw(t, true)
			shift := rapid.IntRange(0, 3).Draw(t, "size")
			at, v := windowSize/2-8+rapid.IntRange(-8, 15).Draw(t, "at"), value(t)
			if other := rapid.IntRange(0, 8).Draw(t, "over"); other < len(m.held) { // what another has reserved
				at = m.held[other].at &^ (1<<shift - 1)
			}
			harts[k].X[10], harts[k].X[12] = uint64(window+at), v
			step(t, harts[k], in([]string{"sb", "sh", "sw", "sd"}[shift], 12, 0, 10))
			if depth[k] == 0 {
				m.write(k, at, 1<<shift, v)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"lr": func(t *rapid.T) {
				k := draw(t, false)
				at, size := place(t)
				harts[k].X[10] = uint64(window + at)
				step(t, harts[k], in("lr"+suffix[size], 11, 10, 0))
				h := &m.held[k]
				h.at, h.size, h.value = at, size, m.value(at, size)
				if harts[k].X[11] != h.value {
					t.Fatalf("lr gives %#x, not %#x", harts[k].X[11], h.value)
				}
			},
			"sc": func(t *rapid.T) {
				k := draw(t, false)
				at, size := place(t)
				if h := m.held[k]; h.size > 0 && rapid.IntRange(0, 3).Draw(t, "there") > 0 {
					at, size = h.at, h.size
				}
				v := value(t)
				harts[k].X[10], harts[k].X[12] = uint64(window+at), v
				step(t, harts[k], in("sc"+suffix[size], 11, 12, 10, 0))
				if want := m.conditional(k, at, size, v); harts[k].X[11] != want {
					t.Fatalf("sc gives %d, not %d", harts[k].X[11], want)
				}
			},
			"amo": func(t *rapid.T) {
				k := draw(t, false)
				at, size := place(t)
				v := value(t)
				harts[k].X[10], harts[k].X[12] = uint64(window+at), v
				step(t, harts[k], in("amoswap"+suffix[size], 11, 12, 10, 0))
				m.write(k, at, size, v)
			},
			"store": store, "store again": store, "and again": store,
			"system": func(t *rapid.T) {
				at := rapid.IntRange(0, windowSize).Draw(t, "at")
				n := rapid.IntRange(0, windowSize-at).Draw(t, "n")
				if err := first.space.Write(window+isa.Addr(at), make([]byte, n)); err != nil {
					t.Fatal(err)
				}
				m.write(-1, at, n, 0)
			},
			"switch": func(t *rapid.T) {
				k := draw(t, false)
				harts[k].ClearReservation()
				m.held[k].size = 0
			},
			"fork": func(t *rapid.T) {
				k := draw(t, true)
				depth[k] = harts[k].Fork(codeBase)
			},
			"": func(t *rapid.T) {
				var got [windowSize]byte
				if err := first.space.Read(window, got[:]); err != nil {
					t.Fatal(err)
				}
				if got != m.memory {
					t.Fatalf("memory is %x, not %x", got, m.memory)
				}
			},
		})
	})
}
