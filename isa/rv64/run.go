package rv64

import "github.com/threadmill-sim/threadmill/isa"

// Run executes up to n instructions without recording them, serialising ones
// as well, and returns how many it did. It stops early at what the trap says;
// the instruction of a TrapEcall or a TrapMark is among the done.
func (h *Hart) Run(n uint64) (done uint64, t Trap) {
	h.refresh()
	left, t := h.execute(n, false, len(h.paths) > 0)
	return n - left, t
}

// Record executes up to len(buf) instructions and records them. It stops
// behind a control transfer and before a serialising instruction; at a fault
// it stops before the instruction that faults. The trap says what is the
// matter with the instruction at PC, and is TrapNone when nothing is known.
//
// After Allow it executes and records one instruction only, whatever it is. A
// system call is recorded as an instruction that goes on behind itself: who
// serves it corrects NextPC when that turns out otherwise.
func (h *Hart) Record(buf []isa.Dyn) (n int, t Trap) {
	guarded := !h.allowed || len(h.paths) > 0
	if h.allowed && len(buf) > 1 {
		buf = buf[:1]
	}
	for n < len(buf) && t.Kind == TrapNone {
		var stopped bool
		var m int
		m, stopped, t = h.recordChunk(buf[n:min(len(buf), n+chunk)], guarded)
		if n += m; stopped {
			break
		}
	}
	if n > 0 {
		h.allowed = false
	}
	return n, t
}

// recordChunk records up to len(buf) instructions, at most chunk. stopped: the
// last one is a control transfer.
func (h *Hart) recordChunk(buf []isa.Dyn, guarded bool) (n int, stopped bool, t Trap) {
	h.refresh()
	pc, p := h.PC, h.pageAt(h.PC)
	left, t := h.execute(uint64(len(buf)), true, guarded)
	n = len(buf) - int(left)
	for k := range buf[:n] {
		if pc-p.base >= pageSlots*2 {
			p = h.pageAt(pc)
		}
		i := (pc - p.base) / 2 % pageSlots
		d, in := &buf[k], &p.insts[i]
		d.PC, d.NextPC, d.Mem = pc, pc+isa.Addr(in.Size), 0
		d.Inst, d.Thread, d.ASID, d.Taken = *in, h.Thread, h.ASID, false
		if in.MemSize != 0 {
			d.Mem = h.touched[(len(buf)-k)%chunk]
		}
		if in.Control != isa.NoControl {
			d.NextPC, d.Taken, stopped = h.PC, h.taken, true
			if in.Control.Direct() {
				d.Mem = pc + isa.Addr(p.slots[i].imm)
			}
		}
		pc = d.NextPC
	}
	return n, stopped, t
}

// pathTrap is t on the correct path; on a wrong one every trap ends the path.
func (h *Hart) pathTrap(t Trap) Trap {
	if t.Kind != TrapNone && len(h.paths) > 0 {
		return Trap{Kind: TrapPathEnd}
	}
	return t
}

// rawAt is the encoding of the illegal instruction in slot i of p: decoded
// illegal, or with a reserved dynamic rounding mode.
func (h *Hart) rawAt(p *page, i uint) uint32 {
	if s := &p.slots[i]; s.op == opIllegal {
		return uint32(s.imm)
	}
	return p.insts[i].Raw
}
