package rv64

import (
	"encoding/binary"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// The slow way of memory accesses: what misses the TLB's halves that the
// instruction switch looks up in line, is misaligned, or is on a wrong path.

const offsetMask = mem.PageSize - 1

// readHalf is the half of the TLB that answers loads: none when stores of a
// wrong path could lie over memory.
func (h *Hart) readHalf() *mem.Entries {
	if len(h.overlay.log) > 0 {
		return mem.Empty
	}
	return &h.tlb.Reads
}

// writeHalf is the half of the TLB that answers stores: none on a wrong path.
func (h *Hart) writeHalf() *mem.Entries {
	if len(h.paths) > 0 {
		return mem.Empty
	}
	return &h.tlb.Writes
}

// load reads size bytes at addr, zero-extended. When it fails, fault is the
// first byte that cannot be read.
func (h *Hart) load(addr isa.Addr, size uint8) (value uint64, fault isa.Addr, ok bool) {
	p := h.tlb.Load(addr)
	if p == nil {
		return 0, addr, false
	}
	off := uint(addr & offsetMask)
	if off+8 <= mem.PageSize {
		value = binary.LittleEndian.Uint64(p[off:]) & (^uint64(0) >> (64 - 8*uint(size)))
	} else {
		for i := range uint(size) {
			if off+i == mem.PageSize {
				if p = h.tlb.Load(addr + isa.Addr(i)); p == nil {
					return 0, addr + isa.Addr(i), false
				}
			}
			value |= uint64(p[(off+i)&offsetMask]) << (8 * i)
		}
	}
	if len(h.overlay.log) > 0 {
		value = h.overlay.load(addr, value, size)
	}
	return value, 0, true
}

// store writes the low size bytes of value at addr. When it fails nothing was
// written and fault is the first byte that cannot be.
func (h *Hart) store(addr isa.Addr, value uint64, size uint8) (fault isa.Addr, ok bool) {
	last := addr + isa.Addr(size-1)
	if len(h.paths) > 0 {
		if !h.tlb.MayStore(addr) || !h.tlb.MayStore(last) {
			return addr, false
		}
		h.overlay.store(addr, value, size)
		return 0, true
	}
	p := h.tlb.Store(addr)
	if p == nil {
		return addr, false
	}
	second := p
	if addr&^offsetMask != last&^offsetMask {
		if second = h.tlb.Store(last); second == nil {
			return last &^ offsetMask, false
		}
	}
	for i := range isa.Addr(size) {
		a := addr + i
		if a&offsetMask == 0 {
			p = second
		}
		p[a&offsetMask] = byte(value >> (8 * i))
	}
	h.tlb.Stored(addr, uint64(size))
	return 0, true
}

// atomic prepares a read-modify-write of the size bytes at addr: it is their
// value, and a store there will succeed.
func (h *Hart) atomic(addr isa.Addr, size uint8) (uint64, TrapKind) {
	if addr&isa.Addr(size-1) != 0 {
		return 0, TrapMisaligned
	}
	if h.tlb.Store(addr) == nil {
		return 0, TrapStore
	}
	v, _, ok := h.load(addr, size)
	if !ok {
		return 0, TrapStore
	}
	return v, TrapNone
}

// reserve is the second half of an LR, which has loaded value from the size
// bytes at addr.
func (h *Hart) reserve(addr isa.Addr, value uint64, size uint64) {
	h.reserved = value
	h.tlb.Reserve(addr, size)
}

// conditional is an SC of the low size bytes of value to addr: 0 when it
// stored, 1 when it failed. Either way the reservation is gone. It fails when
// the last LR was of other bytes, when another hart or the system has written
// to one of them since, and, as in QEMU, when the hart itself has changed them.
func (h *Hart) conditional(addr isa.Addr, value uint64, size uint8) (uint64, TrapKind) {
	if addr&isa.Addr(size-1) != 0 {
		return 0, TrapMisaligned
	}
	if !h.tlb.Reserved(addr, uint64(size)) {
		h.tlb.Unreserve()
		return 1, TrapNone
	}
	now, kind := h.atomic(addr, size)
	if kind != TrapNone {
		return 0, kind
	}
	h.tlb.Unreserve()
	if now != h.reserved {
		return 1, TrapNone
	}
	h.store(addr, value, size)
	return 0, TrapNone
}
