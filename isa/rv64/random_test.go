package rv64_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/internal/needs"
	"github.com/threadmill-sim/threadmill/isa"
	"github.com/threadmill-sim/threadmill/isa/rv64"
)

var randomSeed = flag.Uint64("seed", 1, "of the random programs")

const (
	randomPrograms = 10_000 // in CI
	randomBatch    = 500    // programs in one process
	codeSize       = 16384
	stateQuads     = 65
)

// randomGuest reads programs and what they start with (the size of the code,
// the seed of the memory, fcsr, x1 … x30, f0 … f31, the code), executes them at
// x1, and writes what they leave: x1 … x30, f0 … f31, fcsr, a digest of the memory
// and 0.
func randomGuest() string {
	var b strings.Builder
	b.WriteString(`_start:
next:
	la	s0, state
	li	s1, state_size
	jal	fill
	ld	s0, state + 24
	ld	s1, state
	jal	fill
	fence.i
	ld	t0, state + 8
	la	t1, memory
	la	t2, memory + memory_size
1:	slli	t3, t0, 13
	xor	t0, t0, t3
	srli	t3, t0, 7
	xor	t0, t0, t3
	slli	t3, t0, 17
	xor	t0, t0, t3
	sd	t0, 0(t1)
	addi	t1, t1, 8
	bltu	t1, t2, 1b
	la	x31, state
	ld	t0, 16(x31)
	fscsr	t0
`)
	registers := func(x, f string, at int) {
		for i := 1; i <= 30; i++ {
			fmt.Fprintf(&b, "\t%s\tx%d, %d(x31)\n", x, i, at+8*(i-1))
		}
		for i := range 32 {
			fmt.Fprintf(&b, "\t%s\tf%d, %d(x31)\n", f, i, at+240+8*i)
		}
	}
	registers("ld", "fld", 24)
	b.WriteString("\tla\tx31, back\n\tjr\tx1\nback:\n\tla\tx31, state\n")
	registers("sd", "fsd", 0)
	fmt.Fprintf(&b, `	frcsr	t0
	sd	t0, 496(x31)
	la	t1, memory
	la	t2, memory + memory_size
	li	t3, 0x9e3779b97f4a7c15
	li	t0, 0
1:	ld	t4, 0(t1)
	xor	t0, t0, t4
	mul	t0, t0, t3
	addi	t1, t1, 8
	bltu	t1, t2, 1b
	sd	t0, 504(x31)
	sd	zero, 512(x31)
	la	s0, state
	li	s1, state_size
	jal	spill
	j	next
%s
	.equ	state_size, %d
	.equ	memory_size, %d
	.section .code, "awx", @nobits
	.balign	4096
code:	.space	%d
	.bss
	.balign	4096
memory:	.space	memory_size
state:	.space	state_size
`, exchange, stateQuads*8, memorySize, codeSize)
	return b.String()
}

// input is the program as the guest reads it.
func (p *randomProgram) input(area, memory uint64) ([]byte, error) {
	code, places, err := p.encode(area)
	if err != nil {
		return nil, err
	}
	x := p.x
	x[1] = places[0]
	x[regStack], x[regMemory] = memory+memorySize/2, memory+memorySize/2
	quads := []uint64{uint64(len(code)), p.fill, p.fcsr}
	quads = append(append(quads, x[1:31]...), p.f[:]...)
	var b []byte
	for _, q := range quads {
		b = binary.LittleEndian.AppendUint64(b, q)
	}
	return append(b, code...), nil
}

// wider are the instructions that reach further than compressed ones.
var wider = map[string]func(operands []int64) (string, []int64){
	"c.j":    func(o []int64) (string, []int64) { return "jal", []int64{0, 0} },
	"c.beqz": func(o []int64) (string, []int64) { return "beq", []int64{o[0], 0, 0} },
	"c.bnez": func(o []int64) (string, []int64) { return "bne", []int64{o[0], 0, 0} },
}

// encode is the code and where each item of it is. Branches that do not reach
// are replaced in p.
func (p *randomProgram) encode(area uint64) (code []byte, places []uint64, err error) {
	place := area + p.offset
	for _, x := range p.items {
		places = append(places, place)
		place += uint64(x.row.Size())
	}
	for i := range p.items {
		x := &p.items[i]
		operands := slices.Clone(x.operands)
		last := len(operands) - 1
		switch {
		case x.to == 0:
		case !x.absolute:
			operands[last] = int64(places[x.to] - places[i])
		case x.row.Name == "lui":
			operands[last] = int64(places[x.to]+0x800) >> 12
		default:
			operands[last] = int64(places[x.to]<<52) >> 52
		}
		raw, err := x.row.Encode(operands...)
		if widen := wider[x.row.Name]; err != nil && widen != nil {
			name, operands := widen(x.operands)
			x.row, _ = rv64.Lookup(name)
			x.operands = operands
			return p.encode(area)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("item %d: %w", i, err)
		}
		code = append(code, binary.LittleEndian.AppendUint32(nil, raw)[:x.row.Size()]...)
	}
	if p.offset+uint64(len(code)) > codeSize {
		return nil, nil, fmt.Errorf("the code has %d bytes", len(code))
	}
	return code, places, nil
}

// batch is a guest for random programs.
type batch struct {
	*guest
	code, memory uint64
}

func newBatch(t *testing.T) *batch {
	g := newGuest(t, randomGuest())
	symbol := func(name string) uint64 {
		s, ok := g.program.Symbol(name)
		if !ok {
			t.Fatalf("no symbol %s", name)
		}
		return s.Value
	}
	return &batch{g, symbol("code"), symbol("memory")}
}

// TestRandomPrograms: programs leave the same registers, flags and memory here
// as under QEMU. Every other batch is recorded instead of just run, and strays
// onto wrong paths.
func TestRandomPrograms(t *testing.T) {
	needs.Tool(t, "qemu-riscv64")
	n := randomPrograms / 10
	if needs.CI() {
		n = randomPrograms
	}
	b := newBatch(t)
	instructions := 0
	for first := 0; first < n; first += randomBatch {
		programs := make([]*randomProgram, min(randomBatch, n-first))
		for i := range programs {
			programs[i] = generate(*randomSeed, uint64(first+i))
			instructions += len(programs[i].items)
		}
		recorded := first/randomBatch%2 == 1
		if i := b.firstDifference(t, programs, recorded); i < len(programs) {
			b.explain(t, programs[i], first+i, recorded)
			return
		}
	}
	t.Logf("%d programs of %d instructions", n, instructions)
}

// firstDifference is the first program that leaves something else here than
// under QEMU, or does not come back; none: len(programs).
func (b *batch) firstDifference(t *testing.T, programs []*randomProgram, recorded bool) int {
	t.Helper()
	got, want := b.leave(t, programs, recorded)
	for i := range programs {
		if g, w := record(got, i), record(want, i); g == nil || w == nil || !slices.Equal(g, w) {
			return i
		}
	}
	return len(programs)
}

// leave is what programs leave here and under QEMU.
func (b *batch) leave(t *testing.T, programs []*randomProgram, recorded bool) (got, want []byte) {
	t.Helper()
	var input []byte
	for i, p := range programs {
		one, err := p.input(b.code, b.memory)
		if err != nil {
			t.Fatalf("program %d: %v", i, err)
		}
		input = append(input, one...)
	}
	done := make(chan bool)
	go func() {
		want, _ = b.qemu(input)
		close(done)
	}()
	got, _ = b.run(t, input, recorded)
	<-done
	return got, want
}

// record is what program i left, nil when it left nothing.
func record(output []byte, i int) []byte {
	if len(output) < (i+1)*stateQuads*8 {
		return nil
	}
	return output[i*stateQuads*8:][:stateQuads*8]
}

// explain reports a program that differs, with as many of its instructions
// turned into nops as leave a difference.
func (b *batch) explain(t *testing.T, p *randomProgram, number int, recorded bool) {
	name := fmt.Sprintf("program %d of seed %d", number, *randomSeed)
	alone := func() (got, want []byte) {
		output, expected := b.leave(t, []*randomProgram{p}, recorded)
		return record(output, 0), record(expected, 0)
	}
	switch got, want := alone(); {
	case got == nil && want == nil:
		t.Errorf("%s does not come back, neither here nor under QEMU", name)
		return
	case slices.Equal(got, want):
		t.Errorf("%s differs, but only after those before it", name)
		return
	}
	shrink(p, func() bool {
		got, want := alone()
		return !slices.Equal(got, want)
	})
	got, expected := alone()
	var report strings.Builder
	code, places, _ := p.encode(b.code)
	for i, x := range p.items {
		if x.row.Name == "c.nop" || i == 0 || x.row.Name == "addi" && x.operands[0] == 0 {
			continue
		}
		raw := binary.LittleEndian.Uint32(append(code[places[i]-places[0]:], 0, 0))
		fmt.Fprintf(&report, "%#x\t%s\n", places[i], rv64.Disassemble(raw, isa.Addr(places[i])))
	}
	if got == nil || expected == nil {
		fmt.Fprintf(&report, "comes back: here %v, under QEMU %v\n", got != nil, expected != nil)
	}
	for q := 0; q < stateQuads && got != nil && expected != nil; q++ {
		a, w := binary.LittleEndian.Uint64(got[8*q:]), binary.LittleEndian.Uint64(expected[8*q:])
		if a != w {
			fmt.Fprintf(&report, "%s is %#x, not %#x\n", stateName(q), a, w)
		}
	}
	t.Errorf("%s, recorded: %v, starts with x%v\nf%#x\nfcsr %#x, memory seed %#x\n%s", name, recorded,
		fmt.Sprintf("%#x", p.x), p.f, p.fcsr, p.fill, report.String())
}

func stateName(q int) string {
	switch {
	case q < 30:
		return fmt.Sprintf("x%d", q+1)
	case q < 62:
		return fmt.Sprintf("f%d", q-30)
	}
	return []string{"fcsr", "the digest of memory", "nothing"}[q-62]
}

// shrink turns instructions that the end of the program does not hang on into
// nops, in ever smaller runs, while the program still differs.
func shrink(p *randomProgram, differs func() bool) {
	nops := map[int]item{}
	for _, name := range []string{"addi", "c.nop"} {
		row, _ := rv64.Lookup(name)
		nops[row.Size()] = item{row: row, operands: make([]int64, len(row.Operands))}
	}
	for run := len(p.items); run > 0; run /= 2 {
		for at := 0; at < len(p.items); at += run {
			before := slices.Clone(p.items)
			for i := at; i < min(at+run, len(p.items)); i++ {
				if !p.items[i].fixed {
					p.items[i] = nops[p.items[i].row.Size()]
				}
			}
			if !differs() {
				p.items = before
			}
		}
	}
}
