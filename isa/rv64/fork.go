package rv64

import "github.com/threadmill-sim/threadmill/isa"

// reservation is what an LR left. An SC succeeds when it has the address of
// the last LR and memory still holds what that LR loaded: stores of other
// harts that put the same value back go unnoticed.
type reservation struct {
	addr  isa.Addr
	value uint64
	size  uint8 // 0: none
}

// path is the state to come back to when a wrong path is dropped.
type path struct {
	pc          isa.Addr
	x, f        [32]uint64
	fcsr        uint32
	instret     uint64
	reservation reservation
	stores      int // length of the overlay
}

// Depth is the number of forks that have not been dropped.
func (h *Hart) Depth() int { return len(h.paths) }

// Fork checkpoints the hart and sends it to pc, onto a path that will be
// dropped. It returns the depth of the path, 1 for the first; paths nest.
//
// On a wrong path stores are private to the hart, and nothing allocates guest
// memory. Whatever would have an effect outside, a fault, and every
// serialising instruction end the path with TrapPathEnd.
func (h *Hart) Fork(pc isa.Addr) int {
	h.paths = append(h.paths, path{
		pc: h.PC, x: h.X, f: h.F, fcsr: h.FCSR, instret: h.Instret,
		reservation: h.reservation, stores: len(h.overlay.log),
	})
	h.PC = pc
	h.allowed = false
	return len(h.paths)
}

// Drop undoes the fork that returned depth, and all deeper ones: the hart is
// what it was before that fork.
func (h *Hart) Drop(depth int) {
	p := &h.paths[depth-1]
	h.PC, h.X, h.F = p.pc, p.x, p.f
	h.FCSR, h.Instret, h.reservation = p.fcsr, p.instret, p.reservation
	h.overlay.truncate(p.stores)
	h.paths = h.paths[:depth-1]
}
