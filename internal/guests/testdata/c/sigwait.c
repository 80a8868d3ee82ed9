// Signals taken without a handler, and values sent along.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int got[10], n;
static void handler(int s, siginfo_t *info, void *context)
{
	got[n++] = info->si_value.sival_int * 1000 + (info->si_code == SI_QUEUE) * 100 + s - SIGRTMIN;
}

int main(void)
{
	sigset_t set;
	siginfo_t info;
	int s;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGRTMIN + 2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct timespec none = {0, 0}, some = {0, 200000};
	printf("%d", sigtimedwait(&set, &info, &none));
	printf(" %s", strerrorname_np(errno));
	printf(" %d", sigtimedwait(&set, &info, &some));
	printf(" %s\n", strerrorname_np(errno));
	raise(SIGUSR2);
	kill(getpid(), SIGUSR1);
	printf("%d", sigwait(&set, &s));
	printf(" %d", s);
	printf(" %d", sigwaitinfo(&set, &info));
	printf(" %d mine %d\n", info.si_signo, info.si_pid == getpid());
	for (int i = 1; i <= 3; i++)
		sigqueue(getpid(), SIGRTMIN + 1 + i % 2, (union sigval){.sival_int = i});
	while (sigtimedwait(&set, &info, &none) > 0)
		printf("rt+%d code %d value %d\n", info.si_signo - SIGRTMIN, info.si_code, info.si_value.sival_int);
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGRTMIN + 1, &act, NULL);
	sigaction(SIGRTMIN + 2, &act, NULL);
	for (int i = 1; i <= 4; i++)
		sigqueue(getpid(), SIGRTMIN + 1 + i % 2, (union sigval){.sival_int = i});
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	// Handlers of signals that become open at once nest; which one runs to its
	// end first is the kernel's choice.
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += got[i];
	printf("%d %d\n", n, sum);
	printf("%d", sigqueue(getpid(), 99, (union sigval){0}));
	printf(" %s\n", strerrorname_np(errno));
	return 0;
}
