// What is printed does not depend on how fast the machine is.
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t id)
{
	struct timespec t = {0};
	clock_gettime(id, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	long long before = now(CLOCK_MONOTONIC);
	volatile int x = 0;
	for (int i = 0; i < 100000; i++)
		x += i;
	printf("moves %d\n", now(CLOCK_MONOTONIC) > before);
	before = now(CLOCK_MONOTONIC);
	long long used = now(CLOCK_PROCESS_CPUTIME_ID);
	struct timespec t = {0, 20000000};
	printf("sleep %d", nanosleep(&t, NULL));
	long long slept = now(CLOCK_MONOTONIC) - before;
	printf(" %d %d\n", slept >= 20000000, now(CLOCK_PROCESS_CPUTIME_ID) - used < 20000000);
	t.tv_nsec = 1000000000;
	printf("bad sleep %d", nanosleep(&t, NULL));
	printf(" errno %d\n", errno);
	struct timeval v;
	printf("%d %d\n", gettimeofday(&v, NULL), v.tv_sec > 1700000000);
	printf("%d\n", time(NULL) - v.tv_sec <= 1);
	printf("%d", clock_gettime(77, &t));
	printf(" errno %d\n", errno);
	struct tms tms;
	struct rusage usage;
	printf("%d %d %ld\n", times(&tms) != (clock_t)-1, getrusage(RUSAGE_SELF, &usage), sysconf(_SC_CLK_TCK));
	t = (struct timespec){86400 * 365 * 30, 0};
	struct tm *g = gmtime(&t.tv_sec);
	printf("%d-%02d-%02d\n", g->tm_year + 1900, g->tm_mon + 1, g->tm_mday);
	printf("%ld\n", (long)(clock() >= 0));
	return 0;
}
