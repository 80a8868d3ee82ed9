# Entry point and system calls of a freestanding RV64 Linux program.

	.text
	.globl	_start
_start:
	.option	push
	.option	norelax
	lla	gp, __global_pointer$
	.option	pop
	ld	a0, 0(sp)		# argc
	addi	a1, sp, 8		# argv
	andi	sp, sp, -16
	call	start
	ebreak				# start does not return

# int64_t sys_write(int fd, const void *bytes, size_t n)
	.globl	sys_write
sys_write:
	li	a7, 64
	ecall
	ret

# _Noreturn void sys_exit(int code): exit_group
	.globl	sys_exit
sys_exit:
	li	a7, 94
	ecall
	ebreak

# void *sys_map(size_t bytes): private anonymous pages, or a negative errno
	.globl	sys_map
sys_map:
	mv	a1, a0
	li	a0, 0
	li	a2, 3			# PROT_READ | PROT_WRITE
	li	a3, 0x22		# MAP_PRIVATE | MAP_ANONYMOUS
	li	a4, -1
	li	a5, 0
	li	a7, 222
	ecall
	ret
