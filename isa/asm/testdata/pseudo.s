# Statements whose bytes must be those of GNU as and ld without compression
# and relaxation.
	.option	norvc
	.option	norelax
	.text
	.globl	_start
	.equ	small, 40 + 2
	.set	big, 0x123456789abcdef0
mask = ~0xff & 0xffff
_start:
	nop
	mv	a0, a1
	move	a0, a1
	not	t0, t1
	neg	a0, a1
	negw	a0, a1
	sext.w	a0, a1
	zext.b	a0, a1
	zext.h	a0, a1
	zext.w	t0, t0
	sext.b	a0, a1
	sext.h	a0, a1
	seqz	s0, s11
	snez	fp, t6
	sltz	x1, x2
	sgtz	gp, tp
	sgt	a0, a1, a2
	sgtu	a0, a1, a2

	li	a0, 0
	li	a0, small
	li	a0, -1
	li	a0, 2047
	li	a0, 2048
	li	a0, -2048
	li	a0, -2049
	li	a0, 4096
	li	a0, 0x7ffff800
	li	a0, 0x7fffffff
	li	a0, 0x80000000
	li	a0, -0x80000000
	li	a0, 0xffffffff
	li	a0, 0xfffffffff
	li	a0, 0x100000000
	li	a0, 0x12345000
	li	a0, big
	li	a0, 0x7fffffffffffffff
	li	a0, 0x8000000000000000
	li	a0, 0xffffffff80000000
	li	a0, 0xdeadbeefcafebabe
	li	a0, 0x5555555555555555
	li	a0, 0x0000f00000000000
	li	a0, 'A'
	li	a0, '\n'
	li	a0, mask
	li	a0, 1 << 2 + 3
	li	a0, 1 | 2 + 4 * 3
	li	a0, 100 / 7 % 4 - -3
	li	a0, (100 - 58) * 2 ^ 5

1:	add	a0, a1, 5
	addw	a0, a1, -5
	and	a0, a1, 0x7f
	or	a0, a1, 1
	xor	a0, a1, -1
	slt	a0, a1, 3
	sltu	a0, a1, 3
	sll	a0, a1, 63
	srl	a0, a1, 1
	sra	a0, a1, 2
	sllw	a0, a1, 31
	srlw	a0, a1, 1
	sraw	a0, a1, 2
	ror	a0, a1, 63
	rorw	a0, a1, 31
	bclr	a0, a1, 40
	bext	a0, a1, 0
	binv	a0, a1, 1
	bset	a0, a1, 62

	j	1b
	j	1f
	jal	1b
	jal	t0, 1f
	jr	t0
	jr	8(t0)
	jr	t0, 8
	jalr	t0
	jalr	t1, t0
	jalr	8(t0)
	jalr	t1, 8(t0)
	jalr	t1, t0, 8
	ret
1:	beqz	a0, 1b
	bnez	a0, 1f
	blez	a0, 1b
	bgez	a0, 1b
	bltz	a0, 1b
	bgtz	a0, 1f
	bgt	a0, a1, 1b
	ble	a0, a1, 1b
	bgtu	a0, a1, 1f
	bleu	a0, a1, 1f
	beq	a0, a1, . + 8
	bne	a0, a1, . - 8
1:	blt	a0, a1, far
	bgeu	a0, a1, far
	beqz	a0, far

	la	a0, word
	lla	a1, bytes + 3
	la	a2, _start
	call	function
	tail	function
	jump	function, t1
	lb	a0, bytes
	lbu	a0, bytes
	lh	a0, half
	lhu	a0, half
	lw	a0, word
	lwu	a0, word
	ld	a0, dword
	ld	a0, dword + 8
	sb	a0, bytes, t0
	sh	a0, half, t0
	sw	a0, word, t0
	sd	a0, dword, t0
	flw	fa0, word, t0
	fld	fa0, dword, t0
	fsw	fa0, word, t0
	fsd	fa0, dword, t0
	lui	a0, %hi(dword)
	ld	a1, %lo(dword)(a0)
	addi	a0, a0, %lo(dword + 8)
	sd	a1, %lo(dword)(a0)
2:	auipc	a0, %pcrel_hi(dword)
	addi	a0, a0, %pcrel_lo(2b)
	.word	0x13
pair:	auipc	a1, %pcrel_hi(buffer)
	sd	a0, %pcrel_lo(pair)(a1)
	fld	fa0, %pcrel_lo(pair)(a1)
	lw	a0, (sp)
	sw	a0, (sp)
	lw	a0, small + 2(sp)
	lw	a0, (small + 2) * 2(sp)

	fmv.s	ft0, fs1
	fabs.s	fa0, fa1
	fneg.s	fa0, ft11
	fmv.d	ft0, fs1
	fabs.d	fa0, fa1
	fneg.d	fa0, ft11
	fgt.s	a0, fa0, fa1
	fge.s	a0, fa0, fa1
	fgt.d	a0, fa0, fa1
	fge.d	a0, fa0, fa1
	fmv.x.s	a0, fa0
	fmv.s.x	fa0, a0
	fadd.d	fa0, fa1, fa2
	fadd.s	fa0, fa1, fa2, rtz
	fmul.d	fa0, fa1, fa2, rmm
	fsqrt.d	fa0, fa1
	fsqrt.s	fa0, fa1, rup
	fmadd.d	fa0, fa1, fa2, fa3
	fnmsub.s fa0, fa1, fa2, fa3, rdn
	fcvt.w.d a0, fa0
	fcvt.w.d a0, fa0, rtz
	fcvt.lu.s a0, fa0, rne
	fcvt.d.l fa0, a0
	fcvt.d.l fa0, a0, rtz
	fcvt.d.w fa0, a0
	fcvt.d.wu fa0, a0
	fcvt.d.s fa0, fa1
	fcvt.s.d fa0, fa1
	fcvt.s.l fa0, a0, dyn

	csrr	a0, fcsr
	csrw	fcsr, a0
	csrw	fcsr, 3
	csrs	0x003, a0
	csrc	frm, a0
	csrs	frm, 2
	csrwi	fflags, 31
	csrsi	fflags, 1
	csrci	fflags, 1
	csrrw	a0, fcsr, a1
	csrrw	a0, fcsr, 4
	csrrs	a0, fcsr, 4
	csrrc	a0, fcsr, 4
	csrrwi	a0, fcsr, 4
	frcsr	a0
	fscsr	a0
	fscsr	a0, a1
	frrm	a0
	fsrm	a0
	fsrm	a0, a1
	fsrmi	3
	fsrmi	a0, 3
	frflags	a0
	fsflags	a0
	fsflags	a0, a1
	fsflagsi 3
	fsflagsi a0, 3
	rdcycle	a0
	rdtime	a0
	rdinstret a0
	fence
	fence	rw, w
	fence.tso
	fence.i
	pause
	ecall
	ebreak
	scall
	sbreak
	unimp
	lr.w	a0, (a1)
	lr.d.aq	a0, (a1)
	sc.w.rl	a0, a2, (a1)
	sc.d.aqrl a0, a2, 0(a1)
	amoadd.w a0, a2, (a1)
	amoswap.d.aq a0, a2, (a1)
	amomaxu.w.aqrl a0, a2, (a1)
	amomin.d.rl a0, a2, (a1)

	.balign	16
function:
	ret
	.p2align 5
	.skip	6000
far:	nop
	.byte	1
	.align	3
text_end:
	ret
	.type	function, @function
	.size	function, 4

	.data
bytes:	.byte	1, 2, -1, 255, 'a', '"', '\\'
	.align	1
half:	.half	1, 0xffff, -32768
	.align	2
word:	.word	1, 0xffffffff, text_end - _start, _start
	.align	3
dword:	.dword	1, -1, word, dword + 8, big
	.quad	small
	.ascii	"abc", "d\x41\101\0e"
	.asciz	"tab\tnewline\n\"quoted\"\\"
	.string	"two", "strings"
	.zero	3
	.space	5, 0xaa
	.fill	3, 2, 0x1234
	.balign	32
	.float	1.5, -2, 1e-3
	.double	3.141592653589793, -0.0, 1E10
	.2byte	1; .4byte 2; .8byte 3	# three statements
	.balign	8, 0x55
	.byte	1
	.balign	8, 0, 6
	.byte	2
	.balign	8, 0, 6
	.byte	3

	.section .rodata
table:	.dword	_start, table	/* a comment
	over two lines */
	.word	. - table

	.bss
	.balign	64
buffer:	.space	100
