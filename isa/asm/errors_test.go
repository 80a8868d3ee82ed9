package asm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/threadmill-sim/threadmill/isa/asm"
)

// TestErrors pins messages and places: each source has one mistake.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		// Lexing.
		{"nop\n  .byte 0x", `2:9: "0x" is not a number`},
		{".byte 12monkeys", `1:7: "12monkeys" is not a number`},
		{".dword 0x10000000000000000", `1:8: 0x10000000000000000 does not fit in 64 bits`},
		{".ascii \"abc", `1:8: string is not closed with "`},
		{".ascii \"\\q\"", `1:9: unknown escape \q (known: \n \t \r \b \f \a \v \\ \' \" \ooo \xhh)`},
		{".ascii \"\\777\"", `1:9: escape \777 is not the code of a byte`},
		{"nop /* for ever", `1:5: comment is not closed with */`},
		{"nop !", `1:5: unexpected character '!'`},
		{".byte 'é", `1:7: a character constant is one byte; this one is not ASCII`},

		// Statements and names.
		{"1 2", `1:1: "1" stands where a label, a directive or an instruction should`},
		{"a0: nop", `1:1: a0 is a register and cannot be a label`},
		{"x: nop\nx: nop", `2:1: x is already defined on line 1`},
		{"x: nop\n.equ x, 1", `2:6: x is already a label, on line 1`},
		{"sp = 3", `1:1: sp cannot be given a value`},
		{"j buffer\nbufer: nop", `1:3: buffer is not defined, did you mean bufer?`},
		{"j nowhere", `1:3: nowhere is not defined`},
		{"1: nop\nj 2b", `2:3: no label 2: before this`},
		{"1: j 1f", `1:6: no label 1: after this`},
		{".globl f", `1:8: f is not defined`},
		{".equ x, x + 1\n.byte x", `1:9: x is defined in terms of itself`},

		// Expressions.
		{".byte 1 +", `1:10: the end of the statement stands where a number or a symbol should`},
		{".byte (1", `1:9: the end of the statement stands where ")" should`},
		{".byte 1 / 0", `1:9: division by zero`},
		{"x: .dword x + x", `1:13: a sum of addresses or a negated one means nothing`},
		{"x: .dword x * 2", `1:13: * takes constants, not addresses`},
		{".byte 256", `1:7: 256 does not fit in 1 byte`},
		{".half 1, -32769", `1:10: -32769 does not fit in 2 bytes`},
		{".word 1 2", `1:9: "2" stands after the end of the statement`},
		{".byte x\nx: nop", `1:7: 65537 does not fit in 1 byte`},

		// Directives.
		{".bite 1", `1:1: unknown directive ".bite", did you mean ".byte"?`},
		{".align 70", `1:8: alignment 2^70 is not 2^0 … 2^24 bytes`},
		{".balign 3", `1:9: alignment 3 is not a power of two up to 16777216`},
		{".align x\nx: nop", `1:8: x is not defined before this; only a constant can stand here`},
		{"x: .align x", `1:11: x is an address; only a constant can stand here`},
		{".space -1", `1:8: a size of -1 is below 0`},
		{".space 1 << 60", `1:8: the program grows beyond 1073741824 bytes of memory here`},
		{".fill 1 << 40, 8, 1", `1:7: the program grows beyond 1073741824 bytes of memory here`},
		{".data\n.space 1 << 29", `2:8: the program grows beyond 67108864 bytes of contents here`},
		{".text\na: .space 10 - (b - a)\nb: nop", `2:11: sizes here depend on each other in a circle`},
		{".bss\nnop", `2:1: a section without contents can only have space`},
		{".section .x, \"aq\"", `1:14: unknown section flag 'q' (known: a, w, x)`},
		{".section .note\nx: .word 1\n.text\nla a0, x", `4:8: x is in section .note, which is not loaded (its flags want an "a")`},
		{".asciz 3", `1:8: "3" stands where a string in "quotes" should`},
		{".double one", `1:9: "one" stands where a number such as 1.5, 2e-3, inf or nan should`},
		{".float 1e39", `1:8: 1e39 is beyond the range of 32-bit floating point`},
		{".option norvx", `1:9: unknown option "norvx", did you mean "norvc"? (known: rvc, norvc, push, pop, pic, nopic, relax, norelax, arch)`},

		{".endr", `1:1: there is no .rept before this`},
		{".rept 3\nnop", `1:1: .rept is not closed with .endr`},
		{".rept -1\n.endr", `1:1: a count of -1 is below 0`},
		{".rept 1 << 40\nnop\n.endr", `1:1: repetitions come to more than 262144 statements here`},
		{".rept 3\nadd a0\n.endr", `2:7: the end of the statement stands where a comma and rs1 should; add takes rd, rs1, rs2`},

		// Instructions.
		{"  addd a0, a0, a1", `1:3: unknown instruction "addd", did you mean "addi"?`},
		{"beqx a0, 1f", `1:1: unknown instruction "beqx", did you mean "beq"?`},
		{"add a0, a1", `1:11: the end of the statement stands where a comma and rs2 should; add takes rd, rs1, rs2`},
		{"add", `1:4: rd is missing; add takes rd, rs1, rs2`},
		{"ecall 1", `1:7: "1" stands after the end of the statement; ecall takes no operands`},
		{"beqz a0", `1:1: beqz takes 2 operands, not 1 operand`},
		{"li a0", `1:1: li takes a register and a constant, not 1 operand`},
		{"add a0, a1, fa2", `1:13: register fa2 stands where an integer register should`},
		{"fadd.d fa0, fa1, a2", `1:18: register a2 stands where a floating-point register should`},
		{"fadd.d fa0, fa1, fa2, up", `1:23: "up" stands where a rounding mode should: rne, rtz, rdn, rup, rmm or dyn`},
		{"add a0, a1, b", `1:13: b is not defined`},
		{"lw a0, a1", `1:8: register a1 stands where a number or a symbol should`},
		{"sw a0, a1", `1:8: register a1 stands where a memory operand should, such as 0(a1)`},
		{"lr.w a0, 4(a1)", `1:10: the instruction takes no offset, only (rs1)`},
		{"x: addi a0, a0, x", `1:17: an address does not fit in an immediate; take %lo of it, or load it with la first`},
		{"x: li a0, x", `1:11: li takes a constant; la takes an address`},
		{"addi a0, a0, %hi(4096)", `1:15: %hi stands where %lo or %pcrel_lo should: addi takes the lower 12 bits`},
		{"lui a0, %lo(4096)", `1:10: %lo stands where %hi or %pcrel_hi should: lui takes the upper 20 bits`},
		{"lui a0, %high(4096)", `1:10: unknown modifier "%high", did you mean "%hi"? (known: %hi, %lo, %pcrel_hi, %pcrel_lo)`},
		{"x: addi a0, a0, %pcrel_lo(x)", `1:27: there is no %pcrel_hi at x`},
		{"lui a0, %hi(1 << 40)", `1:15: 0x10000000000 is beyond the 2 GiB around 0 that %hi can reach`},
		{"csrr a0, fcsrr", `1:10: unknown control and status register "fcsrr", did you mean "fcsr"? (known: fflags, frm, fcsr, cycle, time, instret); others go by number`},
		{"csrr a0, 4096", `1:10: 4096 is not the number of a control and status register, 0 … 0xfff`},
		{"fence wr, rw", `1:7: "wr" stands where the letters of iorw should, in that order, or 0`},
	} {
		_, err := asm.Assemble("t.s", []byte(c.source), asm.Options{})
		if want := "t.s:" + c.want; err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v\nwant %s", c.source, err, want)
		}
	}
}

// TestErrorLimit: all errors are collected, in source order, up to a limit.
func TestErrorLimit(t *testing.T) {
	source := strings.Repeat("j nowhere\nbad\n", 30)
	for _, limit := range []int{1, 7, 20} {
		_, err := asm.Assemble("t.s", []byte(source), asm.Options{MaxErrors: limit})
		var list asm.ErrorList
		if !errors.As(err, &list) || len(list) != limit {
			t.Fatalf("limit %d: %v", limit, err)
		}
		for i := 1; i < len(list); i++ {
			if list[i].Line <= list[i-1].Line {
				t.Errorf("line %d after %d", list[i].Line, list[i-1].Line)
			}
		}
	}
}

// TestHugeExpressions: what would exhaust the stack or the time is an error.
func TestHugeExpressions(t *testing.T) {
	const n = 100_000
	for name, source := range map[string]string{
		"parentheses": ".byte " + strings.Repeat("(", n),
		"signs":       ".byte " + strings.Repeat("-", n) + "1",
		"sum":         ".byte 1" + strings.Repeat("+x", n),
	} {
		_, err := asm.Assemble("t.s", []byte(source), asm.Options{})
		if err == nil || !strings.Contains(err.Error(), "longer than 10000 terms") {
			t.Errorf("%s: %.100v", name, err)
		}
	}
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, ".equ c%d, c%d + c%d - c%d\n", i, i+1, i+1, i+1)
	}
	for last, want := range map[string]byte{"1": 1, "e - s": 8} {
		source := b.String() + ".equ c200, " + last + "\ns: .dword c0\ne:"
		if got := code(t, source); got[0] != want {
			t.Errorf("chain of 200 symbols = % x, want %d", got, want)
		}
	}
}
