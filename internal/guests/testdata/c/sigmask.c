// Masks, pending signals, order, nesting and the flags of handlers.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int calls, depth, most;
static char log_[400];
static void note(const char *w) { strcat(log_, w); }
static void show(const char *title)
{
	printf("%s:%s\n", title, log_);
	log_[0] = 0;
}
static int blocked(int s)
{
	sigset_t m;
	sigprocmask(SIG_BLOCK, NULL, &m);
	return sigismember(&m, s);
}

static void one(int s)
{
	if (++depth > most)
		most = depth;
	note(blocked(SIGUSR1) ? " 1(self blocked" : " 1(self open");
	note(blocked(SIGUSR2) ? ",2 blocked)" : ",2 open)");
	if (++calls % 3)
		raise(SIGUSR1);
	note(" /1");
	depth--;
}
static void two(int s)
{
	note(" 2");
	raise(SIGTERM);
	note(" /2");
}
static void term(int s) { note(" term"); }
static void install(int s, void (*f)(int), int flags)
{
	struct sigaction act = {.sa_handler = f, .sa_flags = flags};
	sigemptyset(&act.sa_mask);
	sigaction(s, &act, NULL);
}

int main(void)
{
	sigset_t set, old, pending;
	install(SIGUSR1, one, 0);
	install(SIGUSR2, two, 0);
	install(SIGTERM, term, 0);
	raise(SIGUSR1);
	show("self blocked: deferred and merged");
	install(SIGUSR1, one, SA_NODEFER);
	raise(SIGUSR1);
	show("nested");
	printf("most %d\n", most);
	// What sa_mask blocks is not asked here: QEMU 7.2 forgets it on RISC-V.
	install(SIGUSR2, two, SA_RESETHAND);
	raise(SIGUSR2);
	show("reset");
	struct sigaction now;
	sigaction(SIGUSR2, NULL, &now);
	printf("default again %d\n", now.sa_handler == SIG_DFL);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	install(SIGHUP, term, 0);
	raise(SIGTERM);
	kill(getpid(), SIGHUP);
	raise(SIGTERM);
	sigpending(&pending);
	printf("pending %d %d %d\n", sigismember(&pending, SIGTERM), sigismember(&pending, SIGHUP), sigismember(&pending, SIGINT));
	show("still");
	sigprocmask(SIG_SETMASK, &old, NULL);
	show("unblocked");
	sigpending(&pending);
	printf("pending %d\n", sigismember(&pending, SIGTERM));
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	signal(SIGTERM, SIG_IGN);
	sigpending(&pending);
	printf("ignored, pending %d\n", sigismember(&pending, SIGTERM));
	install(SIGTERM, term, 0);
	raise(SIGTERM);
	printf("suspend %d", sigsuspend(&old));
	printf(" %d\n", errno == EINTR);
	show("suspended");
	printf("blocked after %d\n", blocked(SIGTERM));
	printf("%d", sigprocmask(77, &set, NULL));
	printf(" %s\n", strerrorname_np(errno));
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	printf("kill %d stop %d usr1 %d\n", blocked(SIGKILL), blocked(SIGSTOP), blocked(SIGUSR1));
	printf("%d", sigaction(SIGKILL, &now, NULL));
	printf(" %s\n", strerrorname_np(errno));
	printf("%d %d", kill(getpid(), 0), kill(getpid(), 99));
	printf(" %s\n", strerrorname_np(errno));
	return 0;
}
