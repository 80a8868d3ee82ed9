package validate

import (
	"fmt"
	"strings"
)

// loop is a program that turns around a body. Its registers s10 and s11 are
// taken; s0 is the address of its data. A turn has the body's instructions
// and two more, addi and bnez, or with far three.
type loop struct {
	setup string // before the first turn
	body  string
	align string // directives before the first instruction of the body; "": at a fetch block
	data  int    // bytes, page-aligned and zero
	far   bool   // the body is longer than a branch reaches
	after string // code behind the program
	// countFirst puts the addi of the turn before the body instead of behind it.
	countFirst bool

	warm, turns int // 0: warmTurns, measuredTurns
}

const (
	warmTurns     = 30
	measuredTurns = 100
)

func (l loop) withDefaults() loop {
	if l.warm == 0 {
		l.warm = warmTurns
	}
	if l.turns == 0 {
		l.turns = measuredTurns
	}
	return l
}

// source is the program with a number of turns. What the setup has stored is
// written before the first of them.
func (l loop) source(turns int) string {
	align, body, back := l.align, l.body, "bnez s11, loop"
	count := "addi s11, s11, -1"
	if l.countFirst {
		body = lines(count, body)
	} else {
		body = lines(body, count)
	}
	if align == "" {
		align = ".balign 64"
	}
	if l.far {
		back = "beqz s11, done\n\tj loop\ndone:"
	}
	return fmt.Sprintf(`
	.globl _start
_start:
	la s0, data
%s
	fence rw, rw
	li s11, %d
	j loop
	%s
loop:
%s
	%s
	li a0, 0
	li a7, 93
	ecall
%s
	.bss
	.balign 4096
data:
	.space %d
`, l.setup, turns, align, body, back, l.after, max(l.data, 64))
}

// lines joins lines of assembly.
func lines(text ...string) string { return strings.Join(text, "\n") }

// repeat is n copies of a line.
func repeat(n int, line string) string { return strings.Repeat(line+"\n", n) }

// spread is n copies of a line with %s for a register, which differs from one
// to the next.
func spread(n int, line string, registers []string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "%s", registers[i%len(registers)]) + "\n")
	}
	return b.String()
}

// Registers that kernels write and nothing reads.
var (
	integers = strings.Fields("t0 t1 t2 t3 t4 t5 t6 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9")
	floats   = strings.Fields("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 ft8 ft9 ft10 ft11 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11")
)

// ring makes the register point to a ring of n nodes from the given offset in
// the data on, each so many bytes after the one before, the address of the
// next in its first word.
func ring(register string, offset, n, stride int) string {
	return fmt.Sprintf(`
	li t0, %d
	add t0, t0, s0
	mv %s, t0
	li t1, %d
	li t2, %d
	j 2f
1:	add t3, t0, t2
	sd t3, 0(t0)
	mv t0, t3
	addi t1, t1, -1
2:	bnez t1, 1b
	sd %s, 0(t0)
`, offset, register, n-1, stride, register)
}

// span is the bytes of data that a ring at offset 0 needs.
func span(n, stride int) int { return n*stride + 64 }

// chase follows a ring of n nodes; one turn of the loop is one node, and all of
// it is followed once to warm up and a whole number of times to measure.
func chase(n, stride int) loop {
	rounds := 1 + 200/n
	return loop{
		setup: ring("a0", 0, n, stride), body: "ld a0, 0(a0)", data: span(n, stride),
		warm: 2 * n, turns: rounds * n,
	}
}

// stream is a turn with one of many independent accesses, to the address in a1,
// from line to line of twice what the caches of the base machine hold.
func stream(access string) loop {
	return loop{
		setup: "li a2, 0x1ffff", data: 128 << 10,
		body: lines("add a1, s0, a0", access, "addi a0, a0, 64", "and a0, a0, a2"),
		warm: 4096, turns: 4096,
	}
}
