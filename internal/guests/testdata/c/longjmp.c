// Jumps out of functions: registers that calls keep come back, of both kinds.
// run: 200
// timed: 20
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf outer, inner;
static int depth;

__attribute__((noinline)) static void spoil(void)
{
	__asm__ volatile("li s1, -1\nli s2, -1\nli s3, -1\nli s11, -1\n"
			 "fcvt.d.l fs0, s1\nfcvt.d.l fs1, s1\nfcvt.d.l fs11, s1"
			 ::: "s1", "s2", "s3", "s11", "fs0", "fs1", "fs11");
	longjmp(inner, ++depth);
}

__attribute__((noinline)) static long kept(long a, double x)
{
	register long r1 __asm__("s1") = a, r2 __asm__("s11") = a * 3;
	register double f1 __asm__("fs1") = x, f2 __asm__("fs11") = x * 3;
	__asm__ volatile("" : "+r"(r1), "+r"(r2), "+f"(f1), "+f"(f2));
	if (setjmp(inner) == 0)
		spoil();
	__asm__ volatile("" : "+r"(r1), "+r"(r2), "+f"(f1), "+f"(f2));
	return r1 + r2 + (long)(f1 + f2);
}

struct frame {
	jmp_buf *to;
	int n;
};
static void descend(struct frame *f)
{
	volatile char pad[300];
	pad[f->n % 300] = 1;
	if (f->n-- == 0)
		longjmp(*f->to, 77);
	descend(f);
}

static sigjmp_buf resume;
static void handler(int s) { siglongjmp(resume, s); }

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 20;
	long sum = 0;
	for (int i = 0; i < n; i++)
		sum += kept(i, i * 0.5);
	printf("%ld %d\n", sum, depth);
	struct frame f = {&outer, n};
	int r = setjmp(outer);
	if (r == 0)
		descend(&f);
	printf("%d %d\n", r, f.n);
	r = setjmp(outer);
	if (r == 0)
		longjmp(outer, 0);
	printf("%d\n", r);
	struct sigaction act = {.sa_handler = handler};
	sigaction(SIGUSR1, &act, NULL);
	volatile int caught = 0;
	for (volatile int i = 0; i < n; i++)
		if ((r = sigsetjmp(resume, 1)) == 0)
			raise(SIGUSR1);
		else
			caught += r;
	printf("%d\n", caught == n * SIGUSR1);
	sigset_t mask;
	if (sigsetjmp(resume, 0) == 0)
		raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("left blocked %d\n", sigismember(&mask, SIGUSR1));
	return 0;
}
