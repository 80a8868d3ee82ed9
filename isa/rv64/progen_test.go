package rv64_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

// Random programs: valid instruction streams that end. They compute on any
// register, access memory around a page boundary in every size and alignment,
// use atomics, branch forwards, loop a few times, and call functions.
//
// Registers that the streams rely on are written only where that is meant: x1
// and x5 link, x2 and x30 point into the middle of the memory, x3, x4 and x28
// count loops, x29 holds addresses, x31 is where the program returns to.
const (
	regLink, regAltLink = 1, 5
	regStack            = 2
	regCount            = 3 // and the next one
	regFirst, regLast   = 6, 27
	regFunctionCount    = 28
	regAddress          = 29
	regMemory           = 30
	regReturn           = 31

	memorySize = 8192 // regMemory points into its middle
)

// item is an instruction of a random program.
type item struct {
	row      *rv64.Row
	operands []int64
	// to is the item that a Target operand means, or when absolute is set the
	// one whose address a lui and an addi build; 0 when there is none.
	to       int
	absolute bool
	// fixed: the program may not end without it.
	fixed bool
}

// randomProgram is a program and the registers that it starts with.
type randomProgram struct {
	items []item
	x     [32]uint64
	f     [32]uint64
	fcsr  uint64
	fill  uint64 // seed of the contents of memory
	// offset of the code in its area: most programs go over the end of a page.
	offset uint64
}

// generator writes a program.
type generator struct {
	*rand.Rand
	items     []item
	depth     int   // of blocks
	loops     int   // that this is in
	function  bool  // this is in one
	functions []int // the links of the functions, calls to which are calls
	calls     [][]int
}

// generate is the program of a number.
func generate(seed, number uint64) *randomProgram {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, number))}
	p := &randomProgram{fill: g.Uint64() | 1, fcsr: g.Uint64N(32) | g.Uint64N(5)<<5}
	p.offset = 4096 - 2*g.Uint64N(400)
	for i := range p.x {
		p.x[i] = rv64.IntOperand(g.Rand)
		p.f[i] = []func(*rand.Rand) uint64{rv64.Float64Operand, rv64.Float32Operand}[g.IntN(2)](g.Rand)
	}
	for range 1 + g.IntN(3) {
		g.functions = append(g.functions, []int{regLink, regLink, regAltLink}[g.IntN(3)])
	}
	g.calls = make([][]int, len(g.functions))
	g.add("addi", 0, 0, 0) // item 0, which nothing goes to
	g.block(20 + g.IntN(80))
	g.add("jalr", 0, 0, regReturn)
	g.fix()
	g.function = true
	for k, link := range g.functions {
		for _, i := range g.calls[k] {
			g.items[i].to = len(g.items)
		}
		g.block(1 + g.IntN(15))
		if g.IntN(2) == 0 {
			g.add("c.jr", int64(link))
		} else {
			g.add("jalr", 0, 0, int64(link))
		}
		g.fix()
	}
	p.items = g.items
	return p
}

func (g *generator) add(name string, operands ...int64) {
	row, ok := rv64.Lookup(name)
	if !ok {
		panic("no instruction " + name)
	}
	g.items = append(g.items, item{row: row, operands: operands})
}

// fix marks the last item.
func (g *generator) fix() { g.items[len(g.items)-1].fixed = true }

// block is n steps in a row.
func (g *generator) block(n int) {
	g.depth++
	for range n {
		switch k := g.IntN(100); {
		case k < 52:
			g.compute()
		case k < 76:
			g.access()
		case k < 82:
			g.atomic()
		case k < 86:
			g.control()
		case k < 88:
			g.order()
		case g.depth >= 4:
			g.compute()
		case k < 94:
			g.skip()
		case k < 97:
			g.loop()
		case !g.function:
			g.call()
		}
	}
	g.depth--
}

// source is a register to read, any; target one to write.
func (g *generator) source() int64 {
	if g.IntN(8) == 0 {
		return g.Int64N(32)
	}
	return regFirst + g.Int64N(regLast-regFirst+1)
}

func (g *generator) target() int64 {
	if g.IntN(24) == 0 {
		return 0
	}
	return regFirst + g.Int64N(regLast-regFirst+1)
}

// computations are the rows that compute, integer ones first.
var computations, integerOnly = func() (all []*rv64.Row, integer int) {
	var float []*rv64.Row
	for r := range rv64.Rows() {
		switch {
		case !computes(r) || r.Name == "c.addi16sp":
		case r.Class <= isa.IntDiv:
			all = append(all, r)
		default:
			float = append(float, r)
		}
	}
	return append(all, float...), len(all)
}()

func (g *generator) compute() {
	row := computations[g.IntN(integerOnly)]
	if g.IntN(3) == 0 {
		row = computations[integerOnly+g.IntN(len(computations)-integerOnly)]
	}
	operands := g.operands(row)
	if row.Name == "ctzw" { // of a number without a high word of its own; see TestCTZW
		g.add("addiw", regAddress, operands[1], 0)
		operands[1] = regAddress
	}
	g.items = append(g.items, item{row: row, operands: operands})
}

// operands draws them all, but a Target's, which is 0.
func (g *generator) operands(row *rv64.Row) []int64 {
	for {
		operands, try := make([]int64, len(row.Operands)), make([]int64, len(row.Operands))
		for i, o := range row.Operands {
			lo, hi, step := o.Range()
			v := lo + g.Int64N((hi-lo)/step+1)*step
			switch {
			case o.Kind == rv64.IntReg && hi == 31 && o.Name == "rd":
				v = g.target()
			case o.Kind == rv64.IntReg && hi == 31:
				v = g.source()
			case o.Kind == rv64.Base && hi == 31:
				v = regAddress
			case o.Kind == rv64.Rounding:
				v = []int64{0, 1, 2, 3, 4, 7, 7, 7}[g.IntN(8)]
			}
			operands[i], try[i] = v, v
			if o.Kind == rv64.Target {
				operands[i], try[i] = 0, step
			}
		}
		if _, err := row.Encode(try...); err == nil {
			return operands
		}
	}
}

// accesses are the plain loads and stores; atomics the read-modify-writes.
var accesses, atomics = func() (plain, atomic []*rv64.Row) {
	for r := range rv64.Rows() {
		switch {
		case r.MemSize == 0 || strings.HasPrefix(r.Name, "lr.") || strings.HasPrefix(r.Name, "sc."):
		case r.Class == isa.Atomic:
			atomic = append(atomic, r)
		default:
			plain = append(plain, r)
		}
	}
	return plain, atomic
}()

// access is a load or a store: at a constant place, or at one that a register
// says.
func (g *generator) access() {
	row := accesses[g.IntN(len(accesses))]
	operands := g.operands(row)
	at := slices.IndexFunc(row.Operands, func(o *rv64.Operand) bool { return o.Kind == rv64.Base })
	if row.Operands[at].Name == "sp" {
		g.items = append(g.items, item{row: row, operands: operands})
		return
	}
	size := int64(row.MemSize)
	if row.Size() == 4 {
		operands[at-1] = g.Int64N(4000) - 2000
		if g.IntN(4) > 0 {
			operands[at-1] &^= size - 1
		}
		if g.IntN(2) == 0 {
			operands[at] = regMemory
			g.items = append(g.items, item{row: row, operands: operands})
			return
		}
	}
	base := operands[at]
	mask := []int64{2047, 2047 &^ (size - 1), 0, 24}[g.IntN(4)]
	g.add("andi", base, g.source(), mask)
	g.add("add", base, base, regMemory)
	g.items = append(g.items, item{row: row, operands: operands})
}

// atomic is an AMO, or a load-reserved and a store-conditional with or without
// something between them that lets it fail.
func (g *generator) atomic() {
	g.add("addi", regAddress, regMemory, (g.Int64N(512)-256)*8)
	if g.IntN(2) == 0 {
		row := atomics[g.IntN(len(atomics))]
		g.items = append(g.items, item{row: row, operands: g.operands(row)})
		return
	}
	size := []string{".w", ".d"}[g.IntN(2)]
	if g.IntN(6) > 0 {
		g.add("lr"+size, g.target(), regAddress, g.Int64N(4))
	}
	switch g.IntN(6) {
	case 0:
		g.add([]string{"sb", "sd"}[g.IntN(2)], g.source(), 0, regAddress)
	case 1:
		g.add("addi", regAddress, regAddress, 8)
	case 2:
		g.add("sc"+size, g.target(), g.source(), regAddress, g.Int64N(4))
	}
	g.add("sc"+size, g.target(), g.source(), regAddress, g.Int64N(4))
}

// control accesses fcsr; its rounding mode stays one of the five.
func (g *generator) control() {
	const fflags, frm, fcsr = 1, 2, 3
	switch g.IntN(7) {
	case 0, 1:
		g.add("csrrwi", g.target(), frm, g.Int64N(5))
	case 2:
		g.add([]string{"csrrw", "csrrs", "csrrc"}[g.IntN(3)], g.target(), fflags, g.source())
	case 3:
		g.add([]string{"csrrwi", "csrrsi", "csrrci"}[g.IntN(3)], g.target(), fflags, g.Int64N(32))
	case 4:
		g.add("csrrs", g.target(), fcsr, 0)
	case 5:
		g.add("csrrc", g.target(), frm, g.source())
	case 6:
		g.add("csrrwi", g.target(), fcsr, g.Int64N(32))
	}
}

// order is a fence.
func (g *generator) order() {
	switch g.IntN(20) {
	case 0:
		g.add("fence.i")
	case 1, 2, 3:
		g.add("fence", 1, 0) // pause
	default:
		g.add("fence", 1+g.Int64N(15), 1+g.Int64N(15))
	}
}

// going adds an item that goes to another.
func (g *generator) going(to int, name string, operands ...int64) {
	g.add(name, operands...)
	g.items[len(g.items)-1].to = to
	g.fix()
}

// skip is a block that a branch or a jump may pass over.
func (g *generator) skip() {
	at := len(g.items)
	switch g.IntN(8) {
	case 0:
		g.going(0, "jal", 0, 0)
	case 1:
		g.going(0, "c.j", 0)
	case 2, 3:
		g.going(0, []string{"c.beqz", "c.bnez"}[g.IntN(2)], 8+g.Int64N(8), 0)
	default:
		g.going(0, []string{"beq", "bne", "blt", "bge", "bltu", "bgeu"}[g.IntN(6)], g.source(), g.source(), 0)
	}
	g.block(1 + g.IntN(6))
	g.items[at].to = len(g.items)
	g.add("c.nop")
}

// loop repeats a block up to five times.
func (g *generator) loop() {
	if g.loops == 2 || g.function && g.loops == 1 {
		return
	}
	count := int64(regCount + g.loops)
	if g.function {
		count = regFunctionCount
	}
	g.loops++
	g.add("addi", count, 0, 1+g.Int64N(5))
	g.fix()
	at := len(g.items)
	g.block(1 + g.IntN(10))
	if g.IntN(2) == 0 {
		g.add("c.addi", count, -1)
	} else {
		g.add("addi", count, count, -1)
	}
	g.fix()
	g.going(at, []string{"bne", "blt"}[g.IntN(2)], 0, count, 0)
	g.loops--
}

// call calls a function, directly or through a register.
func (g *generator) call() {
	k := g.IntN(len(g.functions))
	link := int64(g.functions[k])
	note := func() { g.calls[k] = append(g.calls[k], len(g.items)-1) }
	if g.IntN(2) == 0 {
		g.going(0, "jal", link, 0)
		note()
		return
	}
	for _, name := range []string{"lui", "addi"} {
		if name == "lui" {
			g.going(0, name, regAddress, 0)
		} else {
			g.going(0, name, regAddress, regAddress, 0)
		}
		g.items[len(g.items)-1].absolute = true
		note()
	}
	if link == regLink && g.IntN(2) == 0 {
		g.add("c.jalr", regAddress)
	} else {
		g.add("jalr", link, 0, regAddress)
	}
	g.fix()
}
