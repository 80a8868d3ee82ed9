#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static jmp_buf here;
static sigjmp_buf there;

static int deep(int n)
{
	if (n == 0)
		longjmp(here, 5);
	return deep(n - 1) + 1;
}

int main(void)
{
	volatile int count = 0;
	int r = setjmp(here);
	printf("setjmp %d\n", r);
	if (r == 0)
		deep(50);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigsetjmp(there, 1) == 0) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		count++;
		siglongjmp(there, 1);
	}
	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("blocked %d count %d\n", sigismember(&set, SIGUSR1), count);
	struct sigaction act = {.sa_handler = SIG_IGN}, old;
	sigaction(SIGUSR2, &act, NULL);
	sigaction(SIGUSR2, NULL, &old);
	printf("ignored %d raise %d\n", old.sa_handler == SIG_IGN, raise(SIGUSR2));
	printf("pending harmless %d\n", raise(SIGCHLD));
	return 0;
}
