// A sieve, a matrix product and a reduction, each by four threads that take
// their shares from a counter.
// run: 24
// timed: 8
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { threads = 4 };
static int n;
static double a[64][64], b[64][64], c[64][64];
static atomic_int next;
static atomic_long sum;
static unsigned char composite[20000];

static void *multiply(void *arg)
{
	for (int i; (i = atomic_fetch_add(&next, 1)) < n;)
		for (int j = 0; j < n; j++) {
			double s = 0;
			for (int k = 0; k < n; k++)
				s += a[i][k] * b[k][j];
			c[i][j] = s;
		}
	return NULL;
}
static void *strike(void *arg)
{
	int limit = n * 100;
	for (int p; (p = atomic_fetch_add(&next, 1)) * p < limit;)
		if (p > 1)
			for (int m = p * p; m < limit; m += p)
				composite[m] = 1;
	return NULL;
}
static void *reduce(void *arg)
{
	long s = 0;
	for (int i; (i = atomic_fetch_add(&next, 16)) < n * 100;)
		for (int k = i; k < i + 16 && k < n * 100; k++)
			s += composite[k] ? 0 : k;
	sum += s;
	return (void *)(long)(s > 0);
}
static void all(void *(*f)(void *))
{
	pthread_t t[threads];
	next = 0;
	for (int i = 1; i < threads; i++)
		pthread_create(&t[i], NULL, f, NULL);
	f(NULL);
	for (int i = 1; i < threads; i++)
		pthread_join(t[i], NULL);
}

int main(int argc, char **argv)
{
	n = argc > 1 ? atoi(argv[1]) : 8;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			a[i][j] = i * 0.5 - j, b[i][j] = (i * j) % 7 + 0.25;
	all(multiply);
	double trace = 0;
	for (int i = 0; i < n; i++)
		trace += c[i][i] + c[i][n - 1 - i] * 0.125;
	printf("%.17g\n", trace);
	all(strike);
	all(reduce);
	printf("%ld\n", sum - 1);
	return 0;
}
