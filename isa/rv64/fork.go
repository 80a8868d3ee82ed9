package rv64

import "github.com/threadmill-sim/threadmill/isa"

// path is the state to come back to when a wrong path is dropped.
type path struct {
	pc      isa.Addr
	x, f    [32]uint64
	fcsr    uint32
	instret uint64
	stores  int // length of the overlay
}

// Depth is the number of forks that have not been dropped.
func (h *Hart) Depth() int { return len(h.paths) }

// Fork checkpoints the hart and sends it to pc, onto a path that will be
// dropped. It returns the depth of the path, 1 for the first; paths nest.
//
// On a wrong path stores are private to the hart, and nothing allocates guest
// memory. Whatever would have an effect outside, a fault, and every
// serialising instruction end the path with TrapPathEnd. So the path has no
// part in reservations; the hart's own can end meanwhile.
func (h *Hart) Fork(pc isa.Addr) int {
	h.paths = append(h.paths, path{
		pc: h.PC, x: h.X, f: h.F, fcsr: h.FCSR, instret: h.Instret, stores: len(h.overlay.log),
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
	h.FCSR, h.Instret = p.fcsr, p.instret
	h.overlay.truncate(p.stores)
	h.paths = h.paths[:depth-1]
}
