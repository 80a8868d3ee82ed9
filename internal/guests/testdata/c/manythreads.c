// Threads in numbers: attributes, stacks, detached ones, results.
// run: 60
// timed: 8
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sem_t done;
static void *square(void *arg) { return (void *)((long)arg * (long)arg); }
static void *detached(void *arg)
{
	sem_post(&done);
	return NULL;
}
static char *stack;
static void *onStack(void *arg)
{
	pthread_attr_t a;
	void *at;
	size_t size;
	char local;
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &at, &size);
	return (void *)(long)(at == stack && size == 65536 && &local > stack && &local < stack + 65536);
}
static void *big(void *arg)
{
	volatile char room[1 << 20];
	for (int i = 0; i < 1 << 20; i += 4096)
		room[i] = i >> 12;
	return (void *)(long)room[255 << 12];
}
static void *tree(void *arg)
{
	long n = (long)arg;
	if (n == 0)
		return (void *)1;
	pthread_t a, b;
	void *x, *y;
	pthread_create(&a, NULL, tree, (void *)(n - 1));
	pthread_create(&b, NULL, tree, (void *)(n - 1));
	pthread_join(a, &x);
	pthread_join(b, &y);
	return (void *)((long)x + (long)y);
}
static void *named(void *arg)
{
	char name[16] = "";
	pthread_setname_np(pthread_self(), "a name");
	pthread_getname_np(pthread_self(), name, sizeof name);
	return (void *)(long)(!strcmp(name, "a name") && gettid() != getpid());
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 8;
	pthread_t t[100], one;
	pthread_attr_t a;
	void *r;
	long sum = 0;
	for (long i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, square, (void *)i))
			return 1;
	for (int i = n - 1; i >= 0; i--) {
		pthread_join(t[i], &r);
		sum += (long)r;
	}
	printf("%ld\n", sum);
	sem_init(&done, 0, 0);
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < n; i++)
		pthread_create(&one, i % 2 ? &a : NULL, detached, NULL), i % 2 || pthread_detach(one);
	for (int i = 0; i < n; i++)
		sem_wait(&done);
	pthread_attr_init(&a);
	stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_setstack(&a, stack, 65536);
	pthread_create(&one, &a, onStack, NULL);
	pthread_join(one, &r);
	printf("%ld\n", (long)r);
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 2 << 20);
	pthread_attr_setguardsize(&a, 16384);
	pthread_create(&one, &a, big, NULL);
	pthread_join(one, &r);
	printf("%ld\n", (long)r);
	printf("%ld\n", (long)tree((void *)(n > 20 ? 5L : 2L)));
	pthread_create(&one, NULL, named, NULL);
	pthread_join(one, &r);
	printf("%ld\n", (long)r);
	printf("%d %d\n", pthread_attr_setstacksize(&a, 100) == EINVAL, pthread_join(pthread_self(), NULL) == EDEADLK);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	printf("%d %d %d\n", sched_getaffinity(0, sizeof cpus, &cpus), CPU_COUNT(&cpus) >= 1, sched_yield());
	fflush(stdout);
	pthread_create(&one, NULL, (void *(*)(void *))(void *)usleep, (void *)200);
	pthread_exit(NULL); // the process ends with its last thread, with code 0
}
