// Signals by the clock, and calls that they interrupt or that start again.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int ticks;
static int fd[2];
static void tick(int s) { ticks++; }
static void feed(int s)
{
	ticks++;
	if (write(fd[1], "fed", 3) != 3)
		_exit(9);
}
static void install(void (*f)(int), int flags)
{
	struct sigaction act = {.sa_handler = f, .sa_flags = flags};
	sigaction(SIGALRM, &act, NULL);
}
static void every(long us)
{
	struct itimerval t = {{0, us}, {0, us}};
	setitimer(ITIMER_REAL, &t, NULL);
}
static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// show stops the clock and says how a call ended, and whether it ticked.
static void show(const char *call, long r)
{
	const char *e = r < 0 ? strerrorname_np(errno) : "";
	every(0);
	printf("%s %ld %s %d\n", call, r, e, ticks > 0);
	ticks = 0;
}

int main(void)
{
	char buf[8] = "";
	struct timespec t = {5, 0}, left = {0};
	if (pipe(fd))
		return 1;
	install(tick, 0);
	every(500);
	show("nanosleep", nanosleep(&t, &left));
	printf("left %d\n", left.tv_sec >= 2);
	every(500);
	show("read", read(fd[0], buf, 3));
	install(feed, SA_RESTART);
	every(500);
	show("restarted read", read(fd[0], buf, 3));
	printf("%s\n", buf);
	install(tick, SA_RESTART);
	every(500);
	show("pause", pause());
	every(500);
	show("nanosleep", nanosleep(&t, &left));

	long long start = now();
	every(300);
	while (ticks < 5)
		pause();
	struct itimerval off = {0}, old, bad = {{0, 300}, {0, 1000000}};
	setitimer(ITIMER_REAL, &off, &old);
	printf("five ticks %d interval %ld\n", now() - start >= 1500000, (long)old.it_interval.tv_usec);
	ticks = 0;
	every(500);
	while (!ticks) // it comes between instructions, too
		;
	show("running", 0);
	printf("alarm %u", alarm(100));
	printf(" %d", alarm(0) > 90);
	printf(" %u\n", alarm(0));
	printf("%d", setitimer(ITIMER_REAL, &bad, NULL));
	printf(" %s\n", strerrorname_np(errno));
	return 0;
}
