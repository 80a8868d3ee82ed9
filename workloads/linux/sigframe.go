package linux

import (
	"encoding/binary"
	"fmt"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/mem"
)

// The frame that a handler runs on is the kernel's struct rt_sigframe
// (arch/riscv/kernel/signal.c): a siginfo and a ucontext, whose offsets these
// are. Debuggers, unwinders and Go's runtime know them.
const (
	frameContext = len(siginfo{})
	frameStack   = frameContext + 16  // uc_stack
	frameMask    = frameContext + 40  // uc_sigmask
	frameX       = frameContext + 176 // uc_mcontext.__gregs: pc, x1 … x31
	frameF       = frameX + 32*8      // uc_mcontext.__fpregs: f0 … f31, fcsr
	frameFCSR    = frameF + 32*8
	frameSize    = frameF + 528 // room for 128-bit registers
)

// altStack is a thread's stack for handlers (sigaltstack).
type altStack struct{ base, flags, size uint64 }

const (
	stackOn         = 1
	stackDisabled   = 2
	stackAutoDisarm = 1 << 31
	minStack        = 2048
)

// holds reports whether an address is on the stack.
func (s *altStack) holds(addr uint64) bool { return addr > s.base && addr-s.base <= s.size }

// bytes is struct stack_t as the kernel shows it to a thread whose stack
// pointer is sp.
func (s *altStack) bytes(sp uint64) (b [24]byte) {
	flags := s.flags
	switch {
	case s.size == 0:
		flags = stackDisabled
	case s.holds(sp):
		flags |= stackOn
	}
	le := binary.LittleEndian
	le.PutUint64(b[0:], s.base)
	le.PutUint32(b[8:], uint32(flags))
	le.PutUint64(b[16:], s.size)
	return b
}

// setAltStack changes the stack for handlers, not while one runs on it.
func (t *Thread) setAltStack(b []byte, sp uint64) errno {
	le := binary.LittleEndian
	base, flags, size := le.Uint64(b[0:]), uint64(le.Uint32(b[8:])), le.Uint64(b[16:])
	if t.altStack.size != 0 && t.altStack.flags&stackAutoDisarm == 0 && t.altStack.holds(sp) {
		return eperm
	}
	switch mode := flags &^ stackAutoDisarm; {
	case mode == stackDisabled:
		t.altStack = altStack{}
		return eok
	case mode != 0 && mode != stackOn:
		return einval
	case size < minStack:
		return enomem
	}
	t.altStack = altStack{base, flags & stackAutoDisarm, size}
	return eok
}

func (t *Thread) sigaltstack(a *args) (uint64, errno) {
	p, sp := t.process, t.hart.X[2]
	old := t.altStack.bytes(sp)
	if a[0] != 0 {
		var b [24]byte
		if e := p.load(a[0], b[:]); e != eok {
			return 0, e
		}
		if e := t.setAltStack(b[:], sp); e != eok {
			return 0, e
		}
	}
	if a[1] == 0 {
		return 0, eok
	}
	return 0, p.store(a[1], old[:])
}

// returnCode is what handlers return to: the call of rt_sigreturn, in the words
// by which unwinders know it.
var returnCode = []byte{0x93, 0x08, 0xb0, 0x08, 0x73, 0, 0, 0} // li a7, 139; ecall

// mapReturn puts returnCode on a page of its own, above the mappings if nothing
// is there, when the first handler is called: to a program that has none it
// would be one more place that a wrong path can read.
func (p *Process) mapReturn() bool {
	if p.returns != 0 {
		return true
	}
	at, ok := uint64(mapTop), true
	if !p.free(at, pageSize) {
		at, ok = p.place(pageSize)
	}
	page := isa.Addr(at)
	if !ok || p.space.Map(page, pageSize, mem.Read|mem.Exec) != nil || p.space.Poke(page, returnCode) != nil {
		return false
	}
	p.returns = page
	return true
}

// handle makes the thread go on in the handler of a signal, on a frame that
// has everything to come back.
func (t *Thread) handle(i siginfo) {
	p, s := t.process, i.signal()
	a := p.actions[s]
	if p.trace != nil {
		p.trace.signal(t, &i)
	}
	if t.interrupted {
		if a.flags&actionRestart != 0 && !t.noHandler {
			t.restart()
		}
		t.interrupted = false
	}
	sp, ok := t.frameAt(&a)
	if ok = ok && p.mapReturn(); ok {
		b := t.frame(&i)
		ok = p.store(sp, b[:]) == eok
	}
	if !ok {
		t.noRoom(s, sp)
		return
	}
	if t.altStack.flags&stackAutoDisarm != 0 {
		t.altStack = altStack{}
	}
	t.savedMask = nil
	if a.flags&actionReset != 0 {
		p.actions[s] = action{}
	}
	h := t.hart
	h.PC = isa.Addr(a.handler &^ 1)
	h.X[1], h.X[2] = uint64(p.returns), sp
	h.X[10], h.X[11], h.X[12] = uint64(s), sp, sp+uint64(frameContext)
	t.home.stats.Signals++
	m := t.blocked | signalSet(a.mask)
	if a.flags&actionNoDefer == 0 {
		m |= setOf(s)
	}
	t.setMask(m)
}

// frameAt is where the frame of a handler goes; false when a handler on the
// alternate stack would run off it.
func (t *Thread) frameAt(a *action) (uint64, bool) {
	sp := t.hart.X[2]
	on := t.altStack.size != 0 && t.altStack.holds(sp)
	if on && !t.altStack.holds(sp-uint64(frameSize)) {
		return sp, false
	}
	if a.flags&actionOnStack != 0 && t.altStack.size != 0 && !on {
		sp = t.altStack.base + t.altStack.size
	}
	return (sp - uint64(frameSize)) &^ 15, true
}

// frame is the present state of the thread.
func (t *Thread) frame(i *siginfo) (b [frameSize]byte) {
	le := binary.LittleEndian
	h := t.hart
	mask := t.blocked
	if t.savedMask != nil {
		mask = *t.savedMask
	}
	stack := t.altStack.bytes(h.X[2])
	copy(b[:], i[:])
	copy(b[frameStack:], stack[:])
	le.PutUint64(b[frameMask:], uint64(mask))
	le.PutUint64(b[frameX:], uint64(h.PC))
	for r := 1; r < 32; r++ {
		le.PutUint64(b[frameX+8*r:], h.X[r])
	}
	for r, v := range h.F {
		le.PutUint64(b[frameF+8*r:], v)
	}
	le.PutUint32(b[frameFCSR:], h.FCSR)
	return b
}

// noRoom raises SIGSEGV for a handler that cannot be called; a program whose
// handler of that cannot be called either is killed.
func (t *Thread) noRoom(s Signal, sp uint64) {
	why := fmt.Sprintf("no room at %#x for the frame of the handler of %v", sp, s)
	if s == SIGSEGV {
		t.killed(SIGSEGV, t.hart.PC, why)
		return
	}
	t.force(newInfo(SIGSEGV, codeKernel), why)
}

// rtSigreturn goes back to what the frame at the stack pointer says.
func (t *Thread) rtSigreturn(*args) (uint64, errno) {
	h := t.hart
	var b [frameSize]byte
	if t.process.load(h.X[2], b[:]) != eok {
		t.force(newInfo(SIGSEGV, codeKernel), fmt.Sprintf("no frame to return to at %#x", h.X[2]))
		return h.X[10], eok
	}
	le := binary.LittleEndian
	h.PC = isa.Addr(le.Uint64(b[frameX:]))
	for r := 1; r < 32; r++ {
		h.X[r] = le.Uint64(b[frameX+8*r:])
	}
	for r := range h.F {
		h.F[r] = le.Uint64(b[frameF+8*r:])
	}
	h.FCSR = le.Uint32(b[frameFCSR:]) & 0xff
	t.setAltStack(b[frameStack:frameStack+24], h.X[2])
	t.interrupted = false
	t.setMask(signalSet(le.Uint64(b[frameMask:])))
	return h.X[10], eok
}
