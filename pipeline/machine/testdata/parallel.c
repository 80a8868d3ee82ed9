// Four workers meet at a barrier, add under a mutex, count atomically, and
// hand a value round under a condition variable; one of them spins for a flag.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { WORKERS = 4, ROUNDS = 6, WORK = 300 };

static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static unsigned long sum, turns;
static atomic_ulong count;
static atomic_int flag;

static void *work(void *arg) {
	unsigned long self = (unsigned long)arg, x = self + 1;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < WORK; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			if (x >> 63) atomic_fetch_add(&count, 1);
		}
		pthread_mutex_lock(&mutex);
		sum += x;
		while (turns % WORKERS != self) pthread_cond_wait(&turned, &mutex);
		turns++;
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&mutex);
		if (self == 0 && round == ROUNDS - 1) flag = 1;
		if (self == 3 && round == ROUNDS - 1)
			while (!flag) ;
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

int main(void) {
	pthread_t thread[WORKERS];
	pthread_barrier_init(&barrier, NULL, WORKERS);
	for (unsigned long i = 0; i < WORKERS; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)i)) return 1;
	for (int i = 0; i < WORKERS; i++) pthread_join(thread[i], NULL);
	printf("%lx %lu %lu\n", sum, turns, (unsigned long)count);
	return 0;
}
