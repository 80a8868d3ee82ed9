// Mutexes of every kind, under contention and misused.
// run: 2000
// timed: 40
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { threads = 4 };
static pthread_mutex_t kinds[4];
static long counter[4];
static int rounds;

static void *work(void *arg)
{
	for (int i = 0; i < rounds; i++)
		for (int k = 0; k < 4; k++) {
			pthread_mutex_lock(&kinds[k]);
			if (k == 1) {
				pthread_mutex_lock(&kinds[k]);
				counter[k]++;
				pthread_mutex_unlock(&kinds[k]);
			} else
				counter[k]++;
			pthread_mutex_unlock(&kinds[k]);
		}
	return NULL;
}
static const char *name(int e) { return e ? strerrorname_np(e) : "0"; }
static pthread_mutex_t robust;
static void *abandon(void *arg)
{
	pthread_mutex_lock(&robust);
	return arg;
}
static void *misuse(void *arg)
{
	printf("other: try %s", name(pthread_mutex_trylock(&kinds[2])));
	printf(" unlock %s", name(pthread_mutex_unlock(&kinds[2])));
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 300000;
	if (t.tv_nsec >= 1000000000)
		t.tv_sec++, t.tv_nsec -= 1000000000;
	printf(" timed %s", name(pthread_mutex_timedlock(&kinds[2], &t)));
	clock_gettime(CLOCK_MONOTONIC, &t);
	printf(" monotonic %s\n", name(pthread_mutex_clocklock(&kinds[0], CLOCK_MONOTONIC, &t)));
	return NULL;
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 20;
	static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
	pthread_mutexattr_t a;
	pthread_t t[threads], other;
	for (int k = 0; k < 4; k++) {
		pthread_mutexattr_init(&a);
		pthread_mutexattr_settype(&a, types[k]);
		pthread_mutex_init(&kinds[k], &a);
	}
	for (int i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, work, NULL);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	printf("%ld %ld %ld %ld\n", counter[0], counter[1], counter[2], counter[3]);

	pthread_mutex_lock(&kinds[0]);
	printf("normal: try %s\n", name(pthread_mutex_trylock(&kinds[0])));
	pthread_mutex_lock(&kinds[1]);
	printf("recursive: try %s", name(pthread_mutex_trylock(&kinds[1])));
	printf(" unlock %s", name(pthread_mutex_unlock(&kinds[1])));
	printf(" %s", name(pthread_mutex_unlock(&kinds[1])));
	printf(" %s\n", name(pthread_mutex_unlock(&kinds[1])));
	pthread_mutex_lock(&kinds[2]);
	printf("checked: lock %s try %s\n", name(pthread_mutex_lock(&kinds[2])), name(pthread_mutex_trylock(&kinds[2])));
	pthread_create(&other, NULL, misuse, NULL);
	pthread_join(other, NULL);
	pthread_mutex_unlock(&kinds[2]);
	printf("checked: unlock again %s\n", name(pthread_mutex_unlock(&kinds[2])));
	pthread_mutex_unlock(&kinds[0]);
	printf("destroy %s\n", name(pthread_mutex_destroy(&kinds[0])));

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &a);
	pthread_create(&other, NULL, abandon, NULL);
	pthread_join(other, NULL);
	printf("robust: %s", name(pthread_mutex_lock(&robust)));
	printf(" consistent %s", name(pthread_mutex_consistent(&robust)));
	printf(" unlock %s", name(pthread_mutex_unlock(&robust)));
	pthread_create(&other, NULL, abandon, NULL);
	pthread_join(other, NULL);
	printf(" again %s", name(pthread_mutex_trylock(&robust)));
	printf(" given up %s", name(pthread_mutex_unlock(&robust)));
	printf(" %s\n", name(pthread_mutex_lock(&robust)));
	return 0;
}
