package rv64

import (
	"math/bits"

	"github.com/threadmill-sim/threadmill/internal/softfloat"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// chunk is the largest number of instructions that one call of execute
// records, a power of two.
const chunk = 64

// Tags of aligned accesses in a TLB half; see mem.TLBEntry.
const (
	tag1 = ^isa.Addr(offsetMask)
	tag2 = tag1 | 1
	tag4 = tag1 | 3
	tag8 = tag1 | 7
)

// execute runs up to n instructions. When recording, n is at most chunk, it
// stops behind a control transfer, and the addresses of memory accesses are
// left in h.touched: that of the k-th of the n instructions at n-k. When
// guarded, it stops before a serialising instruction. It returns how many of
// the n are left. The caller has refreshed the pages.
//
// This is the only place where instructions have a meaning. Operands are read
// and written in each case, which a prototype found two to three times as fast
// as sharing that, and the TLB is looked up in line, 1.2 to 1.4 times. Bytes are
// put together by hand because the compiler inlines nothing larger into a
// function of this size (1.1 to 1.3 times).
func (h *Hart) execute(n uint64, recording, guarded bool) (left uint64, t Trap) {
	left = n
	h.taken = false
	h.budget, h.recording, h.guarded = n, recording, guarded
	h.reads, h.writes = h.readHalf(), h.writeHalf()
	p := h.pageAt(h.PC)
	if p == nil || h.PC&1 != 0 {
		return left, h.pathTrap(Trap{Kind: TrapFetch, Addr: h.PC})
	}
	var (
		i    = uint(h.PC-p.base) >> 1
		pc   isa.Addr // where a control transfer goes
		a    isa.Addr // of a memory access
		bad  isa.Addr // the byte of it that faults
		v    uint64
		ok   bool
		kind TrapKind
	)
	for left > 0 {
		o := &p.slots[i]
		h.X[0] = 0
		switch o.op {
		case opUndecoded:
			if fetch := h.code.decode(p, i); fetch.Kind != TrapNone {
				t = fetch
				goto stop
			}
			continue
		case opBeyond:
			pc = p.base + isa.Addr(i)<<1
			goto elsewhere
		case opIllegal:
			goto illegal
		case opMark:
			if h.guarded {
				goto serialise
			}
			left--
			t = Trap{Kind: TrapMark, Raw: uint32(o.imm)}
			i += uint(o.step)
			goto stop

		case opLUI:
			h.X[o.rd&31] = uint64(o.imm)
		case opAUIPC:
			h.X[o.rd&31] = uint64(p.base) + uint64(i)<<1 + uint64(o.imm)
		case opJAL:
			pc = p.base + isa.Addr(i)<<1
			h.X[o.rd&31] = uint64(pc) + uint64(o.step)<<1
			pc += isa.Addr(o.imm)
			goto transfer
		case opJALR:
			pc = isa.Addr(h.X[o.rs1&31]+uint64(o.imm)) &^ 1
			h.X[o.rd&31] = uint64(p.base) + uint64(i)<<1 + uint64(o.step)<<1
			goto transfer
		case opBEQ:
			if h.X[o.rs1&31] == h.X[o.rs2&31] {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opBNE:
			if h.X[o.rs1&31] != h.X[o.rs2&31] {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opBLT:
			if int64(h.X[o.rs1&31]) < int64(h.X[o.rs2&31]) {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opBGE:
			if int64(h.X[o.rs1&31]) >= int64(h.X[o.rs2&31]) {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opBLTU:
			if h.X[o.rs1&31] < h.X[o.rs2&31] {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opBGEU:
			if h.X[o.rs1&31] >= h.X[o.rs2&31] {
				goto branch
			}
			if h.recording {
				goto last
			}
		case opLB:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag1 {
				h.X[o.rd&31] = uint64(int64(int8(e.Page[a&offsetMask])))
			} else if v, bad, ok = h.load(a, 1); ok {
				h.X[o.rd&31] = uint64(int64(int8(v)))
			} else {
				goto loadFault
			}
		case opLH:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag2 {
				k, g := a&(offsetMask-1), e.Page
				h.X[o.rd&31] = uint64(int64(int16(uint16(g[k]) | uint16(g[k+1])<<8)))
			} else if v, bad, ok = h.load(a, 2); ok {
				h.X[o.rd&31] = uint64(int64(int16(v)))
			} else {
				goto loadFault
			}
		case opLW:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag4 {
				k, g := a&(offsetMask-3), e.Page
				h.X[o.rd&31] = uint64(int64(int32(uint32(g[k]) | uint32(g[k+1])<<8 | uint32(g[k+2])<<16 | uint32(g[k+3])<<24)))
			} else if v, bad, ok = h.load(a, 4); ok {
				h.X[o.rd&31] = uint64(int64(int32(v)))
			} else {
				goto loadFault
			}
		case opLD:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag8 {
				k, g := a&(offsetMask-7), e.Page
				h.X[o.rd&31] = uint64(g[k]) | uint64(g[k+1])<<8 | uint64(g[k+2])<<16 | uint64(g[k+3])<<24 |
					uint64(g[k+4])<<32 | uint64(g[k+5])<<40 | uint64(g[k+6])<<48 | uint64(g[k+7])<<56
			} else if v, bad, ok = h.load(a, 8); ok {
				h.X[o.rd&31] = v
			} else {
				goto loadFault
			}
		case opLBU:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag1 {
				h.X[o.rd&31] = uint64(e.Page[a&offsetMask])
			} else if v, bad, ok = h.load(a, 1); ok {
				h.X[o.rd&31] = v
			} else {
				goto loadFault
			}
		case opLHU:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag2 {
				k, g := a&(offsetMask-1), e.Page
				h.X[o.rd&31] = uint64(uint16(g[k]) | uint16(g[k+1])<<8)
			} else if v, bad, ok = h.load(a, 2); ok {
				h.X[o.rd&31] = v
			} else {
				goto loadFault
			}
		case opLWU:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag4 {
				k, g := a&(offsetMask-3), e.Page
				h.X[o.rd&31] = uint64(uint32(g[k]) | uint32(g[k+1])<<8 | uint32(g[k+2])<<16 | uint32(g[k+3])<<24)
			} else if v, bad, ok = h.load(a, 4); ok {
				h.X[o.rd&31] = v
			} else {
				goto loadFault
			}
		case opSB:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag1 {
				e.Page[a&offsetMask] = byte(h.X[o.rs2&31])
			} else if bad, ok = h.store(a, h.X[o.rs2&31], 1); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opSH:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag2 {
				k, g, w := a&(offsetMask-1), e.Page, h.X[o.rs2&31]
				g[k], g[k+1] = byte(w), byte(w>>8)
			} else if bad, ok = h.store(a, h.X[o.rs2&31], 2); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opSW:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag4 {
				k, g, w := a&(offsetMask-3), e.Page, h.X[o.rs2&31]
				g[k], g[k+1], g[k+2], g[k+3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
			} else if bad, ok = h.store(a, h.X[o.rs2&31], 4); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opSD:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag8 {
				k, g, w := a&(offsetMask-7), e.Page, h.X[o.rs2&31]
				g[k], g[k+1], g[k+2], g[k+3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
				g[k+4], g[k+5], g[k+6], g[k+7] = byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56)
			} else if bad, ok = h.store(a, h.X[o.rs2&31], 8); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opADDI:
			h.X[o.rd&31] = h.X[o.rs1&31] + uint64(o.imm)
		case opSLTI:
			h.X[o.rd&31] = boolean(int64(h.X[o.rs1&31]) < o.imm)
		case opSLTIU:
			h.X[o.rd&31] = boolean(h.X[o.rs1&31] < uint64(o.imm))
		case opXORI:
			h.X[o.rd&31] = h.X[o.rs1&31] ^ uint64(o.imm)
		case opORI:
			h.X[o.rd&31] = h.X[o.rs1&31] | uint64(o.imm)
		case opANDI:
			h.X[o.rd&31] = h.X[o.rs1&31] & uint64(o.imm)
		case opSLLI:
			h.X[o.rd&31] = h.X[o.rs1&31] << (o.imm & 63)
		case opSRLI:
			h.X[o.rd&31] = h.X[o.rs1&31] >> (o.imm & 63)
		case opSRAI:
			h.X[o.rd&31] = uint64(int64(h.X[o.rs1&31]) >> (o.imm & 63))
		case opADD:
			h.X[o.rd&31] = h.X[o.rs1&31] + h.X[o.rs2&31]
		case opSUB:
			h.X[o.rd&31] = h.X[o.rs1&31] - h.X[o.rs2&31]
		case opSLL:
			h.X[o.rd&31] = h.X[o.rs1&31] << (h.X[o.rs2&31] & 63)
		case opSLT:
			h.X[o.rd&31] = boolean(int64(h.X[o.rs1&31]) < int64(h.X[o.rs2&31]))
		case opSLTU:
			h.X[o.rd&31] = boolean(h.X[o.rs1&31] < h.X[o.rs2&31])
		case opXOR:
			h.X[o.rd&31] = h.X[o.rs1&31] ^ h.X[o.rs2&31]
		case opSRL:
			h.X[o.rd&31] = h.X[o.rs1&31] >> (h.X[o.rs2&31] & 63)
		case opSRA:
			h.X[o.rd&31] = uint64(int64(h.X[o.rs1&31]) >> (h.X[o.rs2&31] & 63))
		case opOR:
			h.X[o.rd&31] = h.X[o.rs1&31] | h.X[o.rs2&31]
		case opAND:
			h.X[o.rd&31] = h.X[o.rs1&31] & h.X[o.rs2&31]
		case opFENCE:
			if h.guarded && o.orders() {
				goto serialise
			}
		case opECALL:
			if h.guarded {
				goto serialise
			}
			left--
			t.Kind = TrapEcall
			i += uint(o.step)
			goto stop
		case opEBREAK:
			if h.guarded {
				goto serialise
			}
			t.Kind = TrapBreak
			goto stop
		case opADDIW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31] + uint64(o.imm))))
		case opSLLIW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31]) << (o.imm & 31)))
		case opSRLIW:
			h.X[o.rd&31] = uint64(int64(int32(uint32(h.X[o.rs1&31]) >> (o.imm & 31))))
		case opSRAIW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31]) >> (o.imm & 31)))
		case opADDW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31] + h.X[o.rs2&31])))
		case opSUBW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31] - h.X[o.rs2&31])))
		case opSLLW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31]) << (h.X[o.rs2&31] & 31)))
		case opSRLW:
			h.X[o.rd&31] = uint64(int64(int32(uint32(h.X[o.rs1&31]) >> (h.X[o.rs2&31] & 31))))
		case opSRAW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31]) >> (h.X[o.rs2&31] & 31)))
		case opFENCEI:
			if h.guarded {
				goto serialise
			}
			h.code.Flush()
			h.refresh()
			left--
			pc = p.base + isa.Addr(i+uint(o.step))<<1
			goto elsewhere
		case opCSRRW:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, h.X[o.rs1&31])
			h.X[o.rd&31] = v
		case opCSRRS:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, v|h.X[o.rs1&31])
			h.X[o.rd&31] = v
		case opCSRRC:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, v&^h.X[o.rs1&31])
			h.X[o.rd&31] = v
		case opCSRRWI:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, uint64(o.rs1))
			h.X[o.rd&31] = v
		case opCSRRSI:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, v|uint64(o.rs1))
			h.X[o.rd&31] = v
		case opCSRRCI:
			if h.guarded && o.imm >= csrCycle {
				goto serialise
			}
			v = h.readCSR(o.imm, h.Instret+h.budget-left)
			h.writeCSR(o.imm, v&^uint64(o.rs1))
			h.X[o.rd&31] = v
		case opMUL:
			h.X[o.rd&31] = h.X[o.rs1&31] * h.X[o.rs2&31]
		case opMULH:
			h.X[o.rd&31] = mulh(h.X[o.rs1&31], h.X[o.rs2&31])
		case opMULHSU:
			h.X[o.rd&31] = mulhsu(h.X[o.rs1&31], h.X[o.rs2&31])
		case opMULHU:
			h.X[o.rd&31], _ = bits.Mul64(h.X[o.rs1&31], h.X[o.rs2&31])
		case opDIV:
			h.X[o.rd&31] = div(h.X[o.rs1&31], h.X[o.rs2&31])
		case opDIVU:
			h.X[o.rd&31] = divu(h.X[o.rs1&31], h.X[o.rs2&31])
		case opREM:
			h.X[o.rd&31] = rem(h.X[o.rs1&31], h.X[o.rs2&31])
		case opREMU:
			h.X[o.rd&31] = remu(h.X[o.rs1&31], h.X[o.rs2&31])
		case opMULW:
			h.X[o.rd&31] = uint64(int64(int32(h.X[o.rs1&31] * h.X[o.rs2&31])))
		case opDIVW:
			h.X[o.rd&31] = divw(int32(h.X[o.rs1&31]), int32(h.X[o.rs2&31]))
		case opDIVUW:
			h.X[o.rd&31] = divuw(uint32(h.X[o.rs1&31]), uint32(h.X[o.rs2&31]))
		case opREMW:
			h.X[o.rd&31] = remw(int32(h.X[o.rs1&31]), int32(h.X[o.rs2&31]))
		case opREMUW:
			h.X[o.rd&31] = remuw(uint32(h.X[o.rs1&31]), uint32(h.X[o.rs2&31]))
		case opLRW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if a&3 != 0 {
				bad, kind = a, TrapMisaligned
				goto fault
			}
			if v, bad, ok = h.load(a, 4); !ok {
				goto loadFault
			}
			h.reserve(a, v, 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opSCW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.conditional(a, h.X[o.rs2&31], 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.X[o.rd&31] = v
		case opAMOSWAPW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, h.X[o.rs2&31], 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOADDW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v+h.X[o.rs2&31], 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOXORW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v^h.X[o.rs2&31], 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOANDW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v&h.X[o.rs2&31], 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOORW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v|h.X[o.rs2&31], 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOMINW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(min(int32(v), int32(h.X[o.rs2&31]))), 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOMAXW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(max(int32(v), int32(h.X[o.rs2&31]))), 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOMINUW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(min(uint32(v), uint32(h.X[o.rs2&31]))), 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opAMOMAXUW:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 4); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(max(uint32(v), uint32(h.X[o.rs2&31]))), 4)
			h.X[o.rd&31] = uint64(int64(int32(v)))
		case opLRD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if a&7 != 0 {
				bad, kind = a, TrapMisaligned
				goto fault
			}
			if v, bad, ok = h.load(a, 8); !ok {
				goto loadFault
			}
			h.reserve(a, v, 8)
			h.X[o.rd&31] = v
		case opSCD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.conditional(a, h.X[o.rs2&31], 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.X[o.rd&31] = v
		case opAMOSWAPD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, h.X[o.rs2&31], 8)
			h.X[o.rd&31] = v
		case opAMOADDD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v+h.X[o.rs2&31], 8)
			h.X[o.rd&31] = v
		case opAMOXORD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v^h.X[o.rs2&31], 8)
			h.X[o.rd&31] = v
		case opAMOANDD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v&h.X[o.rs2&31], 8)
			h.X[o.rd&31] = v
		case opAMOORD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, v|h.X[o.rs2&31], 8)
			h.X[o.rd&31] = v
		case opAMOMIND:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(min(int64(v), int64(h.X[o.rs2&31]))), 8)
			h.X[o.rd&31] = v
		case opAMOMAXD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, uint64(max(int64(v), int64(h.X[o.rs2&31]))), 8)
			h.X[o.rd&31] = v
		case opAMOMINUD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, min(v, h.X[o.rs2&31]), 8)
			h.X[o.rd&31] = v
		case opAMOMAXUD:
			if h.guarded {
				goto serialise
			}
			a = isa.Addr(h.X[o.rs1&31])
			h.touched[left%chunk] = a
			if v, kind = h.atomic(a, 8); kind != TrapNone {
				bad = a
				goto fault
			}
			h.store(a, max(v, h.X[o.rs2&31]), 8)
			h.X[o.rd&31] = v
		case opFLW:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag4 {
				k, g := a&(offsetMask-3), e.Page
				h.F[o.rd&31] = box(uint32(g[k]) | uint32(g[k+1])<<8 | uint32(g[k+2])<<16 | uint32(g[k+3])<<24)
			} else if v, bad, ok = h.load(a, 4); ok {
				h.F[o.rd&31] = box(uint32(v))
			} else {
				goto loadFault
			}
		case opFSW:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag4 {
				k, g, w := a&(offsetMask-3), e.Page, h.F[o.rs2&31]
				g[k], g[k+1], g[k+2], g[k+3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
			} else if bad, ok = h.store(a, h.F[o.rs2&31], 4); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opFMADDS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.fma32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), unbox(h.F[o.rs3&31]), mode(v)))
		case opFMSUBS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.fma32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), unbox(h.F[o.rs3&31])^1<<31, mode(v)))
		case opFNMSUBS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.fma32(unbox(h.F[o.rs1&31])^1<<31, unbox(h.F[o.rs2&31]), unbox(h.F[o.rs3&31]), mode(v)))
		case opFNMADDS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.fma32(unbox(h.F[o.rs1&31])^1<<31, unbox(h.F[o.rs2&31]), unbox(h.F[o.rs3&31])^1<<31, mode(v)))
		case opFADDS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.add32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), mode(v)))
		case opFSUBS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.sub32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), mode(v)))
		case opFMULS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.mul32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), mode(v)))
		case opFDIVS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.div32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]), mode(v)))
		case opFSQRTS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.sqrt32(unbox(h.F[o.rs1&31]), mode(v)))
		case opFSGNJS:
			h.F[o.rd&31] = box(unbox(h.F[o.rs1&31])&^(1<<31) | unbox(h.F[o.rs2&31])&(1<<31))
		case opFSGNJNS:
			h.F[o.rd&31] = box(unbox(h.F[o.rs1&31])&^(1<<31) | ^unbox(h.F[o.rs2&31])&(1<<31))
		case opFSGNJXS:
			h.F[o.rd&31] = box(unbox(h.F[o.rs1&31]) ^ unbox(h.F[o.rs2&31])&(1<<31))
		case opFMINS:
			h.F[o.rd&31] = box(h.min32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31])))
		case opFMAXS:
			h.F[o.rd&31] = box(h.max32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31])))
		case opFCVTWS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toI32from32(unbox(h.F[o.rs1&31]), mode(v))
		case opFCVTSW:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.i32to32(int32(h.X[o.rs1&31]), mode(v)))
		case opFCVTWUS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toU32from32(unbox(h.F[o.rs1&31]), mode(v))
		case opFCVTSWU:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.u32to32(uint32(h.X[o.rs1&31]), mode(v)))
		case opFCVTLS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toI64from32(unbox(h.F[o.rs1&31]), mode(v))
		case opFCVTSL:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.i64to32(int64(h.X[o.rs1&31]), mode(v)))
		case opFCVTLUS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toU64from32(unbox(h.F[o.rs1&31]), mode(v))
		case opFCVTSLU:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.u64to32(h.X[o.rs1&31], mode(v)))
		case opFMVXW:
			h.X[o.rd&31] = uint64(int64(int32(h.F[o.rs1&31])))
		case opFMVWX:
			h.F[o.rd&31] = box(uint32(h.X[o.rs1&31]))
		case opFEQS:
			h.X[o.rd&31] = h.eq32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]))
		case opFLTS:
			h.X[o.rd&31] = h.lt32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]))
		case opFLES:
			h.X[o.rd&31] = h.le32(unbox(h.F[o.rs1&31]), unbox(h.F[o.rs2&31]))
		case opFCLASSS:
			h.X[o.rd&31] = softfloat.Class32(unbox(h.F[o.rs1&31]))
		case opFLD:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.reads[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag8 {
				k, g := a&(offsetMask-7), e.Page
				h.F[o.rd&31] = uint64(g[k]) | uint64(g[k+1])<<8 | uint64(g[k+2])<<16 | uint64(g[k+3])<<24 |
					uint64(g[k+4])<<32 | uint64(g[k+5])<<40 | uint64(g[k+6])<<48 | uint64(g[k+7])<<56
			} else if v, bad, ok = h.load(a, 8); ok {
				h.F[o.rd&31] = v
			} else {
				goto loadFault
			}
		case opFSD:
			a = isa.Addr(h.X[o.rs1&31] + uint64(o.imm))
			h.touched[left%chunk] = a
			if e := &h.writes[(a>>mem.PageShift^a>>mem.FoldShift)%mem.TLBSize]; e.Tag == a&tag8 {
				k, g, w := a&(offsetMask-7), e.Page, h.F[o.rs2&31]
				g[k], g[k+1], g[k+2], g[k+3] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24)
				g[k+4], g[k+5], g[k+6], g[k+7] = byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56)
			} else if bad, ok = h.store(a, h.F[o.rs2&31], 8); ok {
				h.reads = h.readHalf()
			} else {
				goto storeFault
			}
		case opFMADDD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.fma64(h.F[o.rs1&31], h.F[o.rs2&31], h.F[o.rs3&31], mode(v))
		case opFMSUBD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.fma64(h.F[o.rs1&31], h.F[o.rs2&31], h.F[o.rs3&31]^1<<63, mode(v))
		case opFNMSUBD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.fma64(h.F[o.rs1&31]^1<<63, h.F[o.rs2&31], h.F[o.rs3&31], mode(v))
		case opFNMADDD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.fma64(h.F[o.rs1&31]^1<<63, h.F[o.rs2&31], h.F[o.rs3&31]^1<<63, mode(v))
		case opFADDD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.add64(h.F[o.rs1&31], h.F[o.rs2&31], mode(v))
		case opFSUBD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.sub64(h.F[o.rs1&31], h.F[o.rs2&31], mode(v))
		case opFMULD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.mul64(h.F[o.rs1&31], h.F[o.rs2&31], mode(v))
		case opFDIVD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.div64(h.F[o.rs1&31], h.F[o.rs2&31], mode(v))
		case opFSQRTD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.sqrt64(h.F[o.rs1&31], mode(v))
		case opFSGNJD:
			h.F[o.rd&31] = h.F[o.rs1&31]&^(1<<63) | h.F[o.rs2&31]&(1<<63)
		case opFSGNJND:
			h.F[o.rd&31] = h.F[o.rs1&31]&^(1<<63) | ^h.F[o.rs2&31]&(1<<63)
		case opFSGNJXD:
			h.F[o.rd&31] = h.F[o.rs1&31] ^ h.F[o.rs2&31]&(1<<63)
		case opFMIND:
			h.F[o.rd&31] = h.min64(h.F[o.rs1&31], h.F[o.rs2&31])
		case opFMAXD:
			h.F[o.rd&31] = h.max64(h.F[o.rs1&31], h.F[o.rs2&31])
		case opFCVTWD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toI32from64(h.F[o.rs1&31], mode(v))
		case opFCVTDW:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.i32to64(int32(h.X[o.rs1&31]), mode(v))
		case opFCVTWUD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toU32from64(h.F[o.rs1&31], mode(v))
		case opFCVTDWU:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.u32to64(uint32(h.X[o.rs1&31]), mode(v))
		case opFCVTLD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toI64from64(h.F[o.rs1&31], mode(v))
		case opFCVTDL:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.i64to64(int64(h.X[o.rs1&31]), mode(v))
		case opFCVTLUD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.X[o.rd&31] = h.toU64from64(h.F[o.rs1&31], mode(v))
		case opFCVTDLU:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.u64to64(h.X[o.rs1&31], mode(v))
		case opFMVXD:
			h.X[o.rd&31] = h.F[o.rs1&31]
		case opFMVDX:
			h.F[o.rd&31] = h.X[o.rs1&31]
		case opFCVTSD:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = box(h.narrow(h.F[o.rs1&31], mode(v)))
		case opFCVTDS:
			if v = h.rounding(o); v > rmMax {
				goto illegal
			}
			h.F[o.rd&31] = h.widen(unbox(h.F[o.rs1&31]))
		case opFEQD:
			h.X[o.rd&31] = h.eq64(h.F[o.rs1&31], h.F[o.rs2&31])
		case opFLTD:
			h.X[o.rd&31] = h.lt64(h.F[o.rs1&31], h.F[o.rs2&31])
		case opFLED:
			h.X[o.rd&31] = h.le64(h.F[o.rs1&31], h.F[o.rs2&31])
		case opFCLASSD:
			h.X[o.rd&31] = softfloat.Class64(h.F[o.rs1&31])

		case opADDUW:
			h.X[o.rd&31] = uint64(uint32(h.X[o.rs1&31])) + h.X[o.rs2&31]
		case opSH1ADD:
			h.X[o.rd&31] = h.X[o.rs1&31]<<1 + h.X[o.rs2&31]
		case opSH2ADD:
			h.X[o.rd&31] = h.X[o.rs1&31]<<2 + h.X[o.rs2&31]
		case opSH3ADD:
			h.X[o.rd&31] = h.X[o.rs1&31]<<3 + h.X[o.rs2&31]
		case opSH1ADDUW:
			h.X[o.rd&31] = uint64(uint32(h.X[o.rs1&31]))<<1 + h.X[o.rs2&31]
		case opSH2ADDUW:
			h.X[o.rd&31] = uint64(uint32(h.X[o.rs1&31]))<<2 + h.X[o.rs2&31]
		case opSH3ADDUW:
			h.X[o.rd&31] = uint64(uint32(h.X[o.rs1&31]))<<3 + h.X[o.rs2&31]
		case opSLLIUW:
			h.X[o.rd&31] = uint64(uint32(h.X[o.rs1&31])) << (o.imm & 63)
		case opANDN:
			h.X[o.rd&31] = h.X[o.rs1&31] &^ h.X[o.rs2&31]
		case opORN:
			h.X[o.rd&31] = h.X[o.rs1&31] | ^h.X[o.rs2&31]
		case opXNOR:
			h.X[o.rd&31] = ^(h.X[o.rs1&31] ^ h.X[o.rs2&31])
		case opCLZ:
			h.X[o.rd&31] = uint64(bits.LeadingZeros64(h.X[o.rs1&31]))
		case opCLZW:
			h.X[o.rd&31] = uint64(bits.LeadingZeros32(uint32(h.X[o.rs1&31])))
		case opCTZ:
			h.X[o.rd&31] = uint64(bits.TrailingZeros64(h.X[o.rs1&31]))
		case opCTZW:
			h.X[o.rd&31] = uint64(bits.TrailingZeros32(uint32(h.X[o.rs1&31])))
		case opCPOP:
			h.X[o.rd&31] = uint64(bits.OnesCount64(h.X[o.rs1&31]))
		case opCPOPW:
			h.X[o.rd&31] = uint64(bits.OnesCount32(uint32(h.X[o.rs1&31])))
		case opMAX:
			h.X[o.rd&31] = uint64(max(int64(h.X[o.rs1&31]), int64(h.X[o.rs2&31])))
		case opMAXU:
			h.X[o.rd&31] = max(h.X[o.rs1&31], h.X[o.rs2&31])
		case opMIN:
			h.X[o.rd&31] = uint64(min(int64(h.X[o.rs1&31]), int64(h.X[o.rs2&31])))
		case opMINU:
			h.X[o.rd&31] = min(h.X[o.rs1&31], h.X[o.rs2&31])
		case opSEXTB:
			h.X[o.rd&31] = uint64(int64(int8(h.X[o.rs1&31])))
		case opSEXTH:
			h.X[o.rd&31] = uint64(int64(int16(h.X[o.rs1&31])))
		case opZEXTH:
			h.X[o.rd&31] = uint64(uint16(h.X[o.rs1&31]))
		case opROL:
			h.X[o.rd&31] = bits.RotateLeft64(h.X[o.rs1&31], int(h.X[o.rs2&31]&63))
		case opROLW:
			h.X[o.rd&31] = uint64(int64(int32(bits.RotateLeft32(uint32(h.X[o.rs1&31]), int(h.X[o.rs2&31]&31)))))
		case opROR:
			h.X[o.rd&31] = bits.RotateLeft64(h.X[o.rs1&31], -int(h.X[o.rs2&31]&63))
		case opRORI:
			h.X[o.rd&31] = bits.RotateLeft64(h.X[o.rs1&31], -int(o.imm&63))
		case opRORIW:
			h.X[o.rd&31] = uint64(int64(int32(bits.RotateLeft32(uint32(h.X[o.rs1&31]), -int(o.imm&31)))))
		case opRORW:
			h.X[o.rd&31] = uint64(int64(int32(bits.RotateLeft32(uint32(h.X[o.rs1&31]), -int(h.X[o.rs2&31]&31)))))
		case opORCB:
			h.X[o.rd&31] = orcb(h.X[o.rs1&31])
		case opREV8:
			h.X[o.rd&31] = bits.ReverseBytes64(h.X[o.rs1&31])
		case opBCLR:
			h.X[o.rd&31] = h.X[o.rs1&31] &^ (1 << (h.X[o.rs2&31] & 63))
		case opBCLRI:
			h.X[o.rd&31] = h.X[o.rs1&31] &^ (1 << (o.imm & 63))
		case opBEXT:
			h.X[o.rd&31] = h.X[o.rs1&31] >> (h.X[o.rs2&31] & 63) & 1
		case opBEXTI:
			h.X[o.rd&31] = h.X[o.rs1&31] >> (o.imm & 63) & 1
		case opBINV:
			h.X[o.rd&31] = h.X[o.rs1&31] ^ 1<<(h.X[o.rs2&31]&63)
		case opBINVI:
			h.X[o.rd&31] = h.X[o.rs1&31] ^ 1<<(o.imm&63)
		case opBSET:
			h.X[o.rd&31] = h.X[o.rs1&31] | 1<<(h.X[o.rs2&31]&63)
		case opBSETI:
			h.X[o.rd&31] = h.X[o.rs1&31] | 1<<(o.imm&63)
		case opCZEROEQZ:
			h.X[o.rd&31] = zeroWhen(h.X[o.rs2&31] == 0, h.X[o.rs1&31])
		case opCZERONEZ:
			h.X[o.rd&31] = zeroWhen(h.X[o.rs2&31] != 0, h.X[o.rs1&31])
		}
		left--
		// A branch, which the host predicts, and no sum: the next instruction
		// need not wait until this one's slot has come from the cache (1.2
		// times).
		if o.step == 1 {
			i++
			continue
		}
		i += 2
		continue

	branch: // taken
		pc = p.base + isa.Addr(i)<<1 + isa.Addr(o.imm)
	transfer: // to pc
		left--
		h.taken = true
		if off := pc - p.base; off < mem.PageSize {
			i = uint(off) >> 1
			if h.recording {
				goto stop
			}
			continue
		}
	elsewhere: // execution goes on at pc, on another page
		if next := h.pageAt(pc); next != nil {
			p, i = next, uint(pc-next.base)>>1
			if h.recording && h.taken {
				goto stop
			}
			continue
		}
		h.PC = pc
		h.X[0] = 0
		h.Instret += h.budget - left
		if left > 0 {
			t = h.pathTrap(Trap{Kind: TrapFetch, Addr: pc})
		}
		return left, t

	last: // a branch that was not taken ends the recording
		i += uint(o.step)
		left--
		goto stop

	illegal:
		t = Trap{Kind: TrapIllegal, Raw: h.rawAt(p, i)}
		goto stop
	serialise:
		t = Trap{Kind: TrapSerialise, Flags: p.insts[i].Flags}
		goto stop
	loadFault:
		t = Trap{Kind: TrapLoad, Addr: bad}
		goto stop
	storeFault:
		t = Trap{Kind: TrapStore, Addr: bad}
		goto stop
	fault:
		t = Trap{Kind: kind, Addr: bad}
		goto stop
	}
stop:
	h.PC = p.base + isa.Addr(i)<<1
	h.X[0] = 0
	h.Instret += h.budget - left
	return left, h.pathTrap(t)
}
