// Code that a program writes and runs: what was executed there before must
// not run again.
// run: 300
// timed: 30
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef long function(long);

static uint32_t addi(int rd, int rs, int imm) { return (uint32_t)imm << 20 | rs << 15 | rd << 7 | 0x13; }
static uint32_t mul(int rd, int a, int b) { return 1u << 25 | b << 20 | a << 15 | rd << 7 | 0x33; }
enum { ret = 0x00008067, a0 = 10, a1 = 11, fence_i = 0x0000100f };

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	uint32_t *code = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return 1;
	function *f = (function *)code;
	long sum = 0;
	for (int i = 0; i < n; i++) {
		int k = 0;
		code[k++] = addi(a1, a0, i % 2000);
		if (i % 3)
			code[k++] = mul(a0, a0, a1);
		else
			code[k++] = addi(a0, a1, -i % 100);
		code[k++] = ret;
		if (i % 2)
			__builtin___clear_cache((char *)code, (char *)(code + k));
		else
			__asm__ volatile("fence.i" ::: "memory");
		sum = sum * 3 + f(i);
	}
	printf("%ld\n", sum);
	// The same at the end of a page, into the next.
	uint32_t *edge = code + 1023;
	for (int i = 0; i < 10; i++) {
		edge[0] = addi(a0, a0, i);
		edge[1] = addi(a0, a0, 100 * i);
		edge[2] = ret;
		__asm__ volatile("fence.i" ::: "memory");
		sum += ((function *)edge)(i);
	}
	printf("%ld\n", sum);
	printf("%d", mprotect(code, 8192, PROT_READ | PROT_EXEC));
	printf(" %ld\n", ((function *)edge)(1));
	return 0;
}
