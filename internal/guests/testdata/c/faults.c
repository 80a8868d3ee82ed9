// A handler of faults learns what went wrong and where, sees the registers,
// changes them and goes on after the instruction.
// run: 200
// timed: 10
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static volatile int count, signal_, code;
static void *volatile address;
static volatile long seen, faulting;

static void handler(int s, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.__gregs;
	count++;
	signal_ = s;
	code = info->si_code;
	address = info->si_addr;
	seen = r[10];
	faulting = r[0];
	r[10] = 1000 + count;
	uint16_t half = *(uint16_t *)r[0];
	r[0] += (half & 3) == 3 ? 4 : 2;
}

// Each leaves the address of its access in at and its instruction in pc.
#define access(op, a) ({ \
	register long v_ __asm__("a0") = 5; \
	long pc_; \
	__asm__ volatile("la %1, 1f\n1: " op " a0, 0(%2)" : "+r"(v_), "=&r"(pc_) : "r"(a) : "memory"); \
	printf("%s: signal %d code %d address %s pc %s a0 was %ld is %ld\n", op, signal_, code, address == (void *)(a) ? "right" : "wrong", faulting == pc_ ? "right" : "wrong", seen, v_); \
	v_; })

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGILL, &act, NULL);
	sigaction(SIGTRAP, &act, NULL);

	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *constant = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	access("lw", 0x10L);
	access("ld", none + 8);
	access("sd", none + 16);
	access("sb", constant + 100);
	access("lb", (1L << 37));
	access("lhu", none + 4094);
	printf("%d\n", count);

	register long v __asm__("a0") = 7;
	__asm__ volatile("ebreak" : "+r"(v)::"memory");
	long after = v;
	printf("ebreak: signal %d code %d a0 %ld\n", signal_, code, after);
	v = 8;
	__asm__ volatile(".word 0" : "+r"(v)::"memory"); // two illegal halves: the handler is called twice
	after = v;
	printf("illegal: signal %d code %d a0 %ld count %d\n", signal_, code, after, count);
	v = 9;
	__asm__ volatile(".word 0xffffffff" : "+r"(v)::"memory");
	after = v;
	printf("illegal: signal %d a0 %ld count %d\n", signal_, after, count);

	double kept = 1.5;
	__asm__ volatile("" : "+f"(kept));
	long sum = 0;
	for (int i = 0; i < n; i++) {
		register long x __asm__("a0") = i;
		__asm__ volatile("lw a0, 0(zero)" : "+r"(x)::"memory");
		sum += x;
		kept += 0.25;
	}
	printf("%d %.2f %d\n", count, kept, sum == 0 ? 1 : (int)(sum % 1000));
	return 0;
}
