# Output of gcc -O2 -march=rv64gc for a small C program.
	.option	norvc
	.option	norelax
	.file	"a.c"
	.option nopic
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	1
	.globl	f
	.type	f, @function
f:
	fmv.d	fa4,fa0
	fmv.d.x	fa0,zero
	ble	a0,zero,.L4
	lui	a5,%hi(.LC0)
	fld	fa2,%lo(.LC0)(a5)
	lui	a5,%hi(.LC1)
	fld	fa3,%lo(.LC1)(a5)
	lui	a3,%hi(.LANCHOR0)
	li	a4,0
	addi	a3,a3,%lo(.LANCHOR0)
	li	a2,100
.L3:
	remw	a5,a4,a2
	addiw	a4,a4,1
	slli	a5,a5,3
	add	a5,a3,a5
	fld	fa5,0(a5)
	fmadd.d	fa0,fa5,fa4,fa0
	fmadd.d	fa5,fa0,fa2,fa3
	fsd	fa5,0(a5)
	bne	a0,a4,.L3
	ret
.L4:
	ret
	.size	f, .-f
	.align	1
	.globl	sw
	.type	sw, @function
sw:
	addiw	a0,a0,-1
	sext.w	a4,a0
	li	a5,5
	bgtu	a4,a5,.L9
	slli	a5,a0,32
	srli	a0,a5,30
	lui	a5,%hi(.LANCHOR1)
	addi	a5,a5,%lo(.LANCHOR1)
	add	a5,a5,a0
	lw	a0,0(a5)
	ret
.L9:
	li	a0,-1
	ret
	.size	sw, .-sw
	.align	1
	.globl	h
	.type	h, @function
h:
	lbu	a4,0(a0)
	mv	a5,a0
	beq	a4,zero,.L13
	lui	a3,%hi(.LC2)
	ld	a0,%lo(.LC2)(a3)
	li	a3,1
	slli	a3,a3,40
	addi	a3,a3,435
.L12:
	addi	a5,a5,1
	xor	a0,a4,a0
	lbu	a4,0(a5)
	mul	a0,a0,a3
	bne	a4,zero,.L12
	ret
.L13:
	lui	a5,%hi(.LC2)
	ld	a0,%lo(.LC2)(a5)
	ret
	.size	h, .-h
	.section	.rodata.str1.8,"aMS",@progbits,1
	.align	3
.LC3:
	.string	"hello"
	.text
	.align	1
	.globl	_start
	.type	_start, @function
_start:
	lui	t1,%hi(.LANCHOR1)
	addi	t1,t1,%lo(.LANCHOR1)
	li	a5,97
	addi	a6,t1,24
	li	t3,1
	addi	t1,t1,48
	ld	a1,0(a6)
	beq	a5,zero,.L21
.L26:
	addi	a2,a1,1
	mv	a5,a2
.L17:
	lbu	a4,0(a5)
	mv	a3,a5
	addi	a5,a5,1
	bne	a4,zero,.L17
	subw	a2,t3,a2
	addw	a2,a2,a3
	li	a7,64
	li	a0,1
#APP
# 4 "a.c" 1
	ecall
# 0 "" 2
#NO_APP
	addi	a6,a6,8
	beq	t1,a6,.L22
.L27:
	ld	a5,0(a6)
	ld	a1,0(a6)
	lbu	a5,0(a5)
	bne	a5,zero,.L26
.L21:
	li	a2,0
	li	a7,64
	li	a0,1
#APP
# 4 "a.c" 1
	ecall
# 0 "" 2
#NO_APP
	addi	a6,a6,8
	bne	t1,a6,.L27
.L22:
	lui	a5,%hi(.LC4)
	fld	fa1,%lo(.LC4)(a5)
	lui	a5,%hi(.LC0)
	fld	fa2,%lo(.LC0)(a5)
	lui	a5,%hi(.LC1)
	fmv.d.x	fa5,zero
	fld	fa3,%lo(.LC1)(a5)
	lui	a3,%hi(.LANCHOR0)
	li	a4,0
	addi	a3,a3,%lo(.LANCHOR0)
	li	a1,100
	li	a2,1000
.L18:
	remw	a5,a4,a1
	addiw	a4,a4,1
	slli	a5,a5,3
	add	a5,a3,a5
	fld	fa4,0(a5)
	fmadd.d	fa5,fa4,fa1,fa5
	fmadd.d	fa4,fa5,fa2,fa3
	fsd	fa4,0(a5)
	bne	a4,a2,.L18
	lui	a0,%hi(local_counter)
	lw	a3,%lo(local_counter)(a0)
	lui	a1,%hi(counter)
	fcvt.w.d a4,fa5,rtz
	lw	a2,%lo(counter)(a1)
	lui	a5,%hi(.LC2)
	addw	a4,a4,a3
	addw	a4,a4,a2
	addiw	a3,a3,1
	li	a2,1
	ld	a5,%lo(.LC2)(a5)
	sw	a3,%lo(local_counter)(a0)
	sw	a4,%lo(counter)(a1)
	sext.w	a0,a4
	slli	a2,a2,40
	lui	a4,%hi(.LC3)
	li	a3,104
	addi	a4,a4,%lo(.LC3)
	addi	a2,a2,435
.L20:
	addi	a4,a4,1
	xor	a5,a3,a5
	lbu	a3,0(a4)
	mul	a5,a5,a2
	bne	a3,zero,.L20
	xor	a0,a0,a5
	xori	a0,a0,217
	li	a7,93
	andi	a0,a0,127
	li	a1,0
	li	a2,0
#APP
# 4 "a.c" 1
	ecall
# 0 "" 2
#NO_APP
	ret
	.size	_start, .-_start
	.globl	counter
	.globl	table
	.section	.rodata.str1.8
	.align	3
.LC5:
	.string	"alpha"
	.align	3
.LC6:
	.string	"beta"
	.align	3
.LC7:
	.string	"gamma"
	.section	.srodata.cst8,"aM",@progbits,8
	.align	3
.LC0:
	.word	0
	.word	1071644672
	.align	3
.LC1:
	.word	0
	.word	1072955392
	.align	3
.LC2:
	.dword	-3750763034362895579
	.align	3
.LC4:
	.word	0
	.word	1073217536
	.section	.rodata
	.align	3
	.set	.LANCHOR1,. + 0
	.type	CSWTCH.9, @object
	.size	CSWTCH.9, 24
CSWTCH.9:
	.word	10
	.word	23
	.word	7
	.word	77
	.word	3
	.word	99
	.type	names, @object
	.size	names, 24
names:
	.dword	.LC5
	.dword	.LC6
	.dword	.LC7
	.bss
	.align	3
	.set	.LANCHOR0,. + 0
	.type	table, @object
	.size	table, 800
table:
	.zero	800
	.section	.sbss,"aw",@nobits
	.align	2
	.type	counter, @object
	.size	counter, 4
counter:
	.zero	4
	.section	.sdata,"aw"
	.align	2
	.type	local_counter, @object
	.size	local_counter, 4
local_counter:
	.word	5
	.ident	"GCC: (Debian 12.2.0-13) 12.2.0"
	.section	.note.GNU-stack,"",@progbits
