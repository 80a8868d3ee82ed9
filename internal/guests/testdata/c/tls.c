// Variables of a thread, and what is destroyed at its end.
// run: 12
// timed: 3
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread long own = 41;
static __thread char zero[300];
static __thread struct {
	int a;
	double b;
} pair = {3, 0.5};
static pthread_key_t key, again, none;
static int destroyed, rounds;
static long sum;

static void destroy(void *v) { __atomic_fetch_add(&destroyed, (int)(long)v, __ATOMIC_RELAXED); }
static void repeat(void *v)
{
	__atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
	pthread_setspecific(again, v); // four times, then nobody cares any more
}

static void *work(void *arg)
{
	long me = (long)arg;
	for (int i = 0; i < 300; i++)
		if (zero[i])
			return (void *)-1;
	memset(zero, 1, sizeof zero);
	own += me;
	pair.a += own;
	pair.b *= me;
	errno = me;
	pthread_setspecific(key, (void *)(me + 1));
	pthread_setspecific(again, &own);
	pthread_setspecific(none, &own);
	if (errno != me)
		return (void *)-2;
	__atomic_fetch_add(&sum, own + pair.a + (long)(pair.b * 2), __ATOMIC_RELAXED);
	return pthread_getspecific(key);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 4;
	pthread_key_create(&key, destroy);
	pthread_key_create(&again, repeat);
	pthread_key_create(&none, NULL);
	pthread_t t[32];
	long back = 0;
	for (int batch = 0; batch < 2; batch++) { // the second on the stacks of the first
		for (long i = 0; i < n; i++)
			pthread_create(&t[i], NULL, work, (void *)i);
		for (int i = 0; i < n; i++) {
			void *r;
			pthread_join(t[i], &r);
			back += (long)r;
		}
	}
	printf("%ld %ld destroyed %d in rounds %d\n", sum, back, destroyed, rounds);
	printf("%ld %d %g %p\n", own, pair.a, pair.b, pthread_getspecific(key));
	printf("%d %d\n", pthread_key_delete(key), pthread_setspecific(key, &own) == EINVAL);
	return 0;
}
