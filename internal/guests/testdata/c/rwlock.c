// Readers see what one writer wrote, whole.
// run: 1500
// timed: 30
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long data[8];
static int rounds;
static long torn;

static void *reader(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_rwlock_rdlock(&lock);
		for (int k = 1; k < 8; k++)
			if (data[k] != data[0])
				__atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}
static void *writer(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		pthread_rwlock_wrlock(&lock);
		for (int k = 0; k < 8; k++)
			data[k]++;
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}
static void *probe(void *arg)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	int read = pthread_rwlock_tryrdlock(&lock);
	if (!read)
		pthread_rwlock_unlock(&lock);
	int timed = pthread_rwlock_timedwrlock(&lock, &t);
	printf("%s: read %s write %s timed %s\n", (char *)arg, read ? strerrorname_np(read) : "0", strerrorname_np(pthread_rwlock_trywrlock(&lock)), strerrorname_np(timed));
	return NULL;
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t[4], other;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i < 2 ? reader : writer, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("%ld torn %ld\n", data[0], torn);
	pthread_rwlock_rdlock(&lock);
	pthread_rwlock_rdlock(&lock);
	pthread_create(&other, NULL, probe, "read");
	pthread_join(other, NULL);
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_wrlock(&lock);
	printf("own %s\n", strerrorname_np(pthread_rwlock_wrlock(&lock)));
	pthread_create(&other, NULL, probe, "written");
	pthread_join(other, NULL);
	pthread_rwlock_unlock(&lock);
	return 0;
}
