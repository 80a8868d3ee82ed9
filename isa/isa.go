// Package isa is the vocabulary that every other room shares: addresses,
// cycles, thread identities, registers, operation classes, the static and the
// dynamic instruction, and the instruction stream.
//
// It knows no instruction set in particular. RISC-V lives in isa/rv64, which
// fills in Inst once per decoded PC; traces and statistical programs fill in
// the same struct. The pipeline sees nothing else of a program.
package isa

// Addr is a byte address, virtual or physical as its context says.
type Addr uint64

// Cycle counts core clock cycles since the machine was built.
type Cycle uint64

// Never is later than any cycle: an event that is not scheduled.
const Never = ^Cycle(0)

// Context identifies a hardware thread context of one core (0 … MaxContexts-1).
type Context uint8

// MaxContexts bounds the hardware contexts of one core. It sizes per-context
// arrays and lets a set of contexts be one word (ContextSet).
const MaxContexts = 64

// ContextSet is a set of hardware contexts, bit c for context c.
type ContextSet uint64

// Has reports whether c is in the set. That a context is below MaxContexts is
// said again here and below for the compiler: it saves a comparison.
func (s ContextSet) Has(c Context) bool { return s>>(c%MaxContexts)&1 != 0 }

// With returns the set with c added.
func (s ContextSet) With(c Context) ContextSet { return s | 1<<(c%MaxContexts) }

// Without returns the set with c removed.
func (s ContextSet) Without(c Context) ContextSet { return s &^ (1 << (c % MaxContexts)) }

// FirstContexts is the set {0 … n-1}.
func FirstContexts(n int) ContextSet {
	if n >= MaxContexts {
		return ^ContextSet(0)
	}
	return 1<<n - 1
}

// SWThread identifies a software thread of the run; the guest scheduler
// places it on a Context.
type SWThread uint16

// ASID identifies an address space (a guest process) in TLBs and caches.
type ASID uint16

// Reg is an architectural register in one flat space: 0 is "none" (RISC-V's
// x0, on which nothing ever depends), 1 … 31 the integer registers, 32 … 63
// the floating-point registers.
type Reg uint8

const (
	NoReg   Reg = 0
	FPReg0  Reg = 32
	NumRegs     = 64
)

// FP reports whether r is a floating-point register.
func (r Reg) FP() bool { return r >= FPReg0 }

// Class is what an instruction asks of the execution units.
type Class uint8

const (
	IntALU Class = iota // add, logic, shift, compare, moves, lui, csr moves
	IntMul              // multiply
	IntDiv              // divide, remainder
	Branch              // every control transfer; see Control
	Load                // integer and FP loads, LR
	Store               // integer and FP stores, SC
	Atomic              // AMO: read-modify-write
	FPAdd               // add, subtract, compare, min/max, sign injection, classify
	FPMul               // multiply
	FPFMA               // fused multiply-add
	FPDiv               // divide
	FPSqrt              // square root
	FPCvt               // conversions and moves between the register files
	Fence               // memory ordering
	System              // system call, breakpoint, ordered CSR access
	NumClasses
)

var classNames = [NumClasses]string{
	"int-alu", "int-mul", "int-div", "branch", "load", "store", "atomic",
	"fp-add", "fp-mul", "fp-fma", "fp-div", "fp-sqrt", "fp-cvt", "fence", "system",
}

func (c Class) String() string { return classNames[c] }

// Control says how an instruction transfers control; it selects the predictor
// that answers for it.
type Control uint8

const (
	NoControl    Control = iota
	CondBranch           // direction predicted, target in the instruction
	Jump                 // direct, unconditional
	Call                 // direct, pushes the return stack
	IndirectJump         // target from a register
	IndirectCall         // target from a register, pushes the return stack
	Return               // target from the return stack
)

// Direct reports whether the target stands in the instruction itself, so that
// decode can correct a wrong or missing BTB entry (a misfetch) without
// waiting for execution.
func (c Control) Direct() bool { return c == CondBranch || c == Jump || c == Call }

// InstFlags are the ordering properties of an instruction.
type InstFlags uint8

const (
	// Serialising: executed alone, after the thread's window has drained.
	Serialising InstFlags = 1 << iota
	// DrainStores: the thread's stores must have been written as well (stores
	// before loads: such fences, atomics with rl, system calls; stores before
	// instruction fetch: fence.i).
	DrainStores
	// Yield is RISC-V's pause hint.
	Yield
	// OrderStores: stores before it are written before stores after it (fence
	// w,w, fence.tso). Where stores are written in order there is nothing to
	// wait for.
	OrderStores
)

// Inst is the static instruction as the timing model sees it: decoded once
// per PC.
type Inst struct {
	Raw     uint32 // encoding, low 16 bits when Size is 2; for disassembly
	Class   Class
	Control Control
	Flags   InstFlags
	Size    uint8 // encoded bytes: 2 or 4
	MemSize uint8 // bytes accessed: 0, 1, 2, 4, 8
	Dst     Reg
	Src     [3]Reg // address operand of a memory access first, store data second
}

// Dyn is one executed instance of a static instruction, on the correct path
// or on a wrong one. It carries its identity from fetch to commit.
type Dyn struct {
	PC     Addr
	NextPC Addr // where control really went (architecturally, on this path)
	// Mem is the virtual address of a memory access (MemSize > 0); of a
	// direct control transfer (Control.Direct) the target it has when taken.
	Mem    Addr
	Inst   Inst
	Thread SWThread
	ASID   ASID
	Taken  bool // a conditional branch was taken; true for jumps
}
