package linux

import (
	"math/rand/v2"
	"testing"
)

// Any sequence of mappings leaves on each page the name that was set last.
func TestMapNames(t *testing.T) {
	const span = 40
	r := rand.New(rand.NewPCG(1, 1))
	var m mapNames
	var want [span]mapName
	for range 3000 {
		start := r.Uint64N(span)
		n := mapName{start: start, end: start + 1 + r.Uint64N(span-start), offset: 100 * r.Uint64N(9), name: []string{"", "a", "b"}[r.IntN(3)]}
		m.set(n)
		for i := n.start; i < n.end; i++ {
			want[i] = mapName{name: n.name}
			if n.name != "" {
				want[i].offset = n.offset + i - n.start
			}
		}
		for addr := uint64(0); addr < span; {
			n := m.at(addr, span)
			if n.start != addr || n.end <= addr || n.end > span {
				t.Fatalf("at %d: %+v in %v", addr, n, m)
			}
			for ; addr < n.end; addr++ {
				if got := (mapName{name: n.name}); n.name != want[addr].name || n.name != "" && n.offset+addr-n.start != want[addr].offset {
					t.Fatalf("at %d: %+v, want %+v, in %v", addr, got, want[addr], m)
				}
			}
		}
	}
}
