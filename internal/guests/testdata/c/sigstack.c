// A handler on a stack of its own survives the overflow of the other.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static char *stack;
static size_t size = 64 << 10;
static sigjmp_buf back;
static volatile int on, depth, nested;
static volatile stack_t inside;

static int here(void)
{
	volatile char c;
	return (char *)&c >= stack && (char *)&c < stack + size;
}
static void overflow(int s, siginfo_t *info, void *context)
{
	stack_t now;
	on = here();
	sigaltstack(NULL, &now);
	inside = now;
	siglongjmp(back, s);
}
static void usr2(int s) { nested += here(); }
static void usr1(int s)
{
	nested += here();
	raise(SIGUSR2);
	stack_t other = {.ss_sp = stack, .ss_size = size};
	errno = 0;
	printf("change while on it %d", sigaltstack(&other, NULL));
	printf(" %s\n", strerrorname_np(errno));
}

__attribute__((noinline)) static int sink(int n)
{
	volatile char frame[4096];
	frame[0] = n;
	depth = n;
	return sink(n + 1) + frame[0];
}

int main(void)
{
	struct rlimit limit = {256 << 10, 256 << 10};
	stack = malloc(size);
	stack_t ss = {.ss_sp = stack, .ss_size = size}, old;
	printf("%d", sigaltstack(&ss, &old));
	printf(" %d\n", old.ss_flags == SS_DISABLE);
	struct sigaction act = {.sa_sigaction = overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigaction(SIGSEGV, &act, NULL);
	int r = sigsetjmp(back, 1);
	if (r == 0)
		sink(0);
	printf("%d on %d deep %d flags %d\n", r, on, depth > 100, inside.ss_flags == SS_ONSTACK);
	sigaltstack(NULL, &old);
	printf("%d %d %d\n", old.ss_sp == stack, old.ss_size == size, old.ss_flags);
	r = sigsetjmp(back, 1); // and again
	if (r == 0)
		sink(0);
	printf("%d on %d\n", r, on);
	act.sa_handler = usr1;
	act.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &act, NULL);
	act.sa_handler = usr2;
	act.sa_flags = 0;
	sigaction(SIGUSR2, &act, NULL);
	raise(SIGUSR1);
	printf("%d", nested);
	raise(SIGUSR2);
	printf(" %d\n", nested);
	ss.ss_size = 100;
	printf("%d", sigaltstack(&ss, NULL));
	printf(" %s\n", strerrorname_np(errno));
	ss.ss_flags = SS_DISABLE;
	printf("%d\n", sigaltstack(&ss, NULL));
	raise(SIGUSR1);
	printf("%d\n", nested);
	return 0;
}
