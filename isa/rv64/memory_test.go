package rv64

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// TestAcrossPages: accesses around the end of a page that differs from the
// next in protection. What both pages allow happens whole; otherwise the first
// byte that is not allowed is told and nothing happens, on a wrong path too.
func TestAcrossPages(t *testing.T) {
	const edge = dataBase + mem.PageSize
	for _, c := range []struct {
		name  string
		size  int64
		needs mem.Prot
		kind  TrapKind
	}{
		{"lbu", 1, mem.Read, TrapLoad}, {"lhu", 2, mem.Read, TrapLoad}, {"lwu", 4, mem.Read, TrapLoad}, {"ld", 8, mem.Read, TrapLoad},
		{"sb", 1, mem.Write, TrapStore}, {"sh", 2, mem.Write, TrapStore}, {"sw", 4, mem.Write, TrapStore}, {"sd", 8, mem.Write, TrapStore},
	} {
		h := newTestHart(t, in(c.name, 5, 0, 10))
		var before [16]byte
		for i := range before {
			before[i] = byte(0xa0 + i)
		}
		for prots := range mem.Prot(64) {
			first, second := prots&7, prots>>3
			for at := int64(-8); at <= 0; at++ {
				h.space.Poke(edge-8, before[:])
				h.space.Protect(dataBase, mem.PageSize, first)
				h.space.Protect(edge, mem.PageSize, second)
				want, memory := Trap{}, before
				value := binary.LittleEndian.Uint64(append(before[at+8:], make([]byte, 8)...)) & (^uint64(0) >> (64 - 8*c.size))
				switch {
				case at < 0 && first&c.needs == 0:
					want = Trap{Kind: c.kind, Addr: edge + isa.Addr(at)}
				case at+c.size > 0 && second&c.needs == 0:
					want = Trap{Kind: c.kind, Addr: edge}
				case c.needs == mem.Write:
					clear(memory[at+8 : at+8+c.size])
				}
				for _, wrong := range []bool{true, false} {
					where := fmt.Sprintf("%s at %d, pages %v and %v, wrong path: %v", c.name, at, first, second, wrong)
					h.PC, h.X[5], h.X[10] = codeBase, 0, uint64(edge+at)
					if wrong {
						h.Fork(codeBase)
					}
					n, trap := h.Run(1)
					if wrong && want.Kind != TrapNone && trap.Kind != TrapPathEnd || !wrong && trap != want || n != boolean(want.Kind == TrapNone) {
						t.Fatalf("%s: %d instructions, %v, want %v", where, n, trap, want)
					}
					if c.needs == mem.Read && n == 1 && h.X[5] != value {
						t.Fatalf("%s: loaded %#x, want %#x", where, h.X[5], value)
					}
					if wrong {
						h.Drop(1)
						continue
					}
					var after [16]byte
					if h.space.Peek(edge-8, after[:]); after != memory {
						t.Fatalf("%s: memory is %x, want %x", where, after, memory)
					}
				}
			}
		}
	}
}
