// Time as libc computes it, and clocks as far as they are certain.
// run: 400
// timed: 20
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long ns(clockid_t c)
{
	struct timespec t;
	clock_gettime(c, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 20;
	unsigned long digest = 0;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (int i = 0; i < n; i++) {
		time_t t = (time_t)i * 7654321 * (i % 2 ? 1 : -1);
		struct tm u, l;
		gmtime_r(&t, &u);
		localtime_r(&t, &l);
		if (timegm(&u) != t || mktime(&l) != t)
			return 1;
		char s[100];
		size_t k = strftime(s, sizeof s, "%a %d %b %Y %H:%M:%S %j %U %V %G %Z %z %p %I %e %D %s", &l);
		for (size_t j = 0; j < k; j++)
			digest = digest * 31 + s[j];
		if (i % (n / 4) == 0)
			puts(s);
	}
	printf("%lx\n", digest);
	struct tm t = {.tm_year = 126, .tm_mon = 13, .tm_mday = 35, .tm_hour = -5, .tm_isdst = -1};
	printf("%ld %s", (long)mktime(&t), asctime(&t));
	memset(&t, 0, sizeof t);
	printf("%d", (int)(strptime("2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S", &t) != NULL));
	printf(" %d %d %d %.0f\n", t.tm_yday, t.tm_wday, t.tm_sec, difftime(timegm(&t), 1700000000));

	const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE};
	for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		struct timespec r;
		long long a = ns(clocks[i]), b = ns(clocks[i]);
		printf("%d %d %d\n", b >= a, a >= 0, clock_getres(clocks[i], &r));
	}
	long long before = ns(CLOCK_MONOTONIC), start = ns(CLOCK_REALTIME);
	struct timespec pause = {0, 300000}, until;
	printf("%d", nanosleep(&pause, NULL));
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 200000;
	if (until.tv_nsec >= 1000000000)
		until.tv_sec++, until.tv_nsec -= 1000000000;
	printf(" %d", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	printf(" %d", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	pause.tv_nsec = -1;
	printf(" %d", clock_nanosleep(CLOCK_REALTIME, 0, &pause, NULL));
	printf(" %d\n", usleep(100));
	long long after = ns(CLOCK_MONOTONIC);
	printf("%d %d\n", after - before >= 600000, ns(CLOCK_REALTIME) - start >= 600000);
	struct timeval v;
	gettimeofday(&v, NULL);
	printf("%d %d\n", llabs(v.tv_sec - (long long)time(NULL)) <= 1, clock() >= 0);
	return 0;
}
