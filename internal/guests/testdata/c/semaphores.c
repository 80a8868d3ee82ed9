// Semaphores, spin locks, pthread_once.
// run: 800
// timed: 20
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { threads = 4 };
static sem_t two, turn[threads];
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int inside, most, initialised, rounds;
static long counted;
static char order[100];

static void initialise(void) { initialised++; }
static void *work(void *arg)
{
	long me = (long)arg;
	pthread_once(&once, initialise);
	for (int i = 0; i < rounds; i++) {
		sem_wait(&two);
		int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		pthread_spin_lock(&spin);
		counted++;
		if (now > most)
			most = now;
		pthread_spin_unlock(&spin);
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		sem_post(&two);
	}
	for (int i = 0; i < 5; i++) { // one after another
		sem_wait(&turn[me]);
		strncat(order, &"abcd"[me], 1);
		sem_post(&turn[(me + 1) % threads]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t[threads];
	sem_init(&two, 0, 2);
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	for (int i = 0; i < threads; i++)
		sem_init(&turn[i], 0, i == 2);
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	printf("%ld once %d at most two %d %s\n", counted, initialised, most <= 2, order);
	int v;
	sem_getvalue(&two, &v);
	printf("%d %d", v, sem_trywait(&two));
	printf(" %d", sem_trywait(&two));
	printf(" %d", sem_trywait(&two));
	printf(" %s", strerrorname_np(errno));
	struct timespec at;
	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += 200000;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	printf(" %d", sem_timedwait(&two, &at));
	printf(" %s\n", strerrorname_np(errno));
	pthread_spin_lock(&spin);
	printf("%s\n", strerrorname_np(pthread_spin_trylock(&spin)));
	return 0;
}
