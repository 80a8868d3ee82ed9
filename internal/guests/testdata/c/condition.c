// Condition variables: a bounded buffer, a broadcast, waits that time out.
// run: 1000
// timed: 24
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { size = 4, producers = 2, consumers = 3 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER, empty = PTHREAD_COND_INITIALIZER, go = PTHREAD_COND_INITIALIZER;
static long ring[size];
static int head, count, started, waiting, each;
static long taken[consumers];

static void *produce(void *arg)
{
	for (int i = 0; i < each; i++) {
		pthread_mutex_lock(&lock);
		while (count == size)
			pthread_cond_wait(&full, &lock);
		ring[(head + count++) % size] = (long)arg * 10000 + i;
		pthread_cond_signal(&empty);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *consume(void *arg)
{
	pthread_mutex_lock(&lock);
	waiting++;
	while (!started)
		pthread_cond_wait(&go, &lock);
	pthread_mutex_unlock(&lock);
	for (;;) {
		pthread_mutex_lock(&lock);
		while (count == 0)
			pthread_cond_wait(&empty, &lock);
		long v = ring[head];
		head = (head + 1) % size;
		count--;
		pthread_cond_signal(&full);
		pthread_mutex_unlock(&lock);
		if (v < 0)
			return NULL;
		taken[(long)arg] += v;
	}
}

static void later(clockid_t c, struct timespec *t, long ns)
{
	clock_gettime(c, t);
	t->tv_nsec += ns;
	if (t->tv_nsec >= 1000000000)
		t->tv_sec++, t->tv_nsec -= 1000000000;
}

int main(int argc, char **argv)
{
	each = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t p[producers], c[consumers];
	for (long i = 0; i < consumers; i++)
		pthread_create(&c[i], NULL, consume, (void *)i);
	for (long i = 0; i < producers; i++)
		pthread_create(&p[i], NULL, produce, (void *)(i + 1));
	pthread_mutex_lock(&lock);
	started = 1;
	pthread_cond_broadcast(&go);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < producers; i++)
		pthread_join(p[i], NULL);
	for (int i = 0; i < consumers; i++) {
		pthread_mutex_lock(&lock);
		while (count == size)
			pthread_cond_wait(&full, &lock);
		ring[(head + count++) % size] = -1;
		pthread_cond_signal(&empty);
		pthread_mutex_unlock(&lock);
	}
	long sum = 0;
	for (int i = 0; i < consumers; i++) {
		pthread_join(c[i], NULL);
		sum += taken[i];
	}
	printf("%ld %d\n", sum, waiting);

	struct timespec t, now;
	pthread_mutex_lock(&lock);
	later(CLOCK_REALTIME, &t, 400000);
	int r = pthread_cond_timedwait(&go, &lock, &t);
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%d %d", r == ETIMEDOUT, now.tv_sec > t.tv_sec || now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec);
	later(CLOCK_MONOTONIC, &t, 400000);
	r = pthread_cond_clockwait(&go, &lock, CLOCK_MONOTONIC, &t);
	printf(" %d", r == ETIMEDOUT);
	t.tv_sec = 0;
	printf(" %d", pthread_cond_timedwait(&go, &lock, &t) == ETIMEDOUT);
	t.tv_nsec = 2000000000;
	printf(" %d\n", pthread_cond_timedwait(&go, &lock, &t) == EINVAL);
	pthread_mutex_unlock(&lock);
	pthread_condattr_t a;
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_t mono;
	pthread_cond_init(&mono, &a);
	pthread_mutex_lock(&lock);
	later(CLOCK_MONOTONIC, &t, 300000);
	printf("%d %d\n", pthread_cond_timedwait(&mono, &lock, &t) == ETIMEDOUT, pthread_cond_destroy(&mono));
	return 0;
}
