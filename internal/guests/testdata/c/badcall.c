// Execution goes where no code is; the handler returns to the caller.
// run:
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>

static volatile int code;
static volatile uintptr_t address, pc;

static void handler(int s, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.__gregs;
	code = info->si_code;
	address = (uintptr_t)info->si_addr;
	pc = r[0];
	r[0] = r[1];
	r[10] = s;
}

int main(void)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGSEGV, &act, NULL);
	char *data = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*volatile f)(void) = (int (*)(void))data;
	int r = f();
	printf("%d code %d address %d pc %d\n", r, code, address == (uintptr_t)data, pc == (uintptr_t)data);
	f = NULL;
	r = f();
	printf("%d code %d address %lx pc %lx\n", r, code, address, pc);
	munmap(data, 8192);
	f = (int (*)(void))(data + 4096);
	r = f();
	printf("%d code %d address %d pc %d\n", r, code, address == (uintptr_t)data + 4096, pc == (uintptr_t)data + 4096);
	return 0;
}
