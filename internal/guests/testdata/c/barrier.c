// A barrier between the phases of a computation on a shared array.
// run: 60
// timed: 6
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { threads = 4, n = 64 };
static pthread_barrier_t barrier;
static long a[2][n];
static int phases, serial[threads];

static void *work(void *arg)
{
	long me = (long)arg;
	for (int p = 0; p < phases; p++) {
		for (int i = me; i < n; i += threads)
			a[(p + 1) & 1][i] = a[p & 1][(i + 1) % n] * 3 + a[p & 1][(i + n - 1) % n] + i;
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			serial[me]++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	phases = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t[threads];
	for (int i = 0; i < n; i++)
		a[0][i] = i;
	pthread_barrier_init(&barrier, NULL, threads);
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	int sum = 0;
	for (int i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		sum += serial[i];
	}
	unsigned long h = 0;
	for (int i = 0; i < n; i++)
		h = h * 31 + a[phases & 1][i];
	printf("%lx %d\n", h, sum);
	printf("%d\n", pthread_barrier_destroy(&barrier));
	printf("%d\n", pthread_barrier_init(&barrier, NULL, 0));
	return 0;
}
