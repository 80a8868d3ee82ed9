// The futex system call itself, and threads made with clone.
// run: 200
// timed: 12
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long futex(uint32_t *at, int op, uint32_t v, const void *t, uint32_t *at2, uint32_t v3)
{
	long r = syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, v, t, at2, v3);
	return r < 0 ? -errno : r;
}

static uint32_t lock, first, second, woken, gate;
static long counter;
static int rounds;

// take is the three-state mutex of "Futexes Are Tricky".
static void take(void)
{
	uint32_t c = 0;
	if (__atomic_compare_exchange_n(&lock, &c, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return;
	if (c != 2)
		c = __atomic_exchange_n(&lock, 2, __ATOMIC_ACQUIRE);
	while (c) {
		futex(&lock, FUTEX_WAIT, 2, NULL, NULL, 0);
		c = __atomic_exchange_n(&lock, 2, __ATOMIC_ACQUIRE);
	}
}
static void give(void)
{
	if (__atomic_exchange_n(&lock, 0, __ATOMIC_RELEASE) == 2)
		futex(&lock, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void *work(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		take();
		counter++;
		give();
	}
	return NULL;
}
static void *park(void *arg)
{
	long r = futex(&first, FUTEX_WAIT, 0, NULL, NULL, 0);
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return (void *)r;
}
static void *parkBits(void *arg)
{
	long r = futex(&second, FUTEX_WAIT_BITSET, 0, NULL, NULL, (uint32_t)(long)arg);
	return (void *)(r * 100 + (long)arg);
}

static volatile int child;
static int tidAtStart, tidAtEnd = 1;
static int run(void *arg)
{
	child = *(int *)arg + (gettid() == tidAtStart);
	syscall(SYS_exit, 5); // the thread's end, not the process's
	return 1;
}

// settle returns when n threads sleep at a futex: that many move away and back.
static void settle(uint32_t *at, long n)
{
	static uint32_t aside;
	long moved;
	do {
		sched_yield();
		moved = futex(at, FUTEX_CMP_REQUEUE, 0, (void *)INT_MAX, &aside, 0);
		futex(&aside, FUTEX_CMP_REQUEUE, 0, (void *)INT_MAX, at, 0);
	} while (moved < n);
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t[6];
	void *r;
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, work, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("%ld\n", counter);

	struct timespec some = {0, 200000}, bad = {0, -1}, past = {1, 0};
	printf("changed %ld", futex(&first, FUTEX_WAIT, 1, NULL, NULL, 0));
	printf(" timeout %ld", futex(&first, FUTEX_WAIT, 0, &some, NULL, 0));
	printf(" bad %ld", futex(&first, FUTEX_WAIT, 0, &bad, NULL, 0));
	printf(" past %ld", futex(&first, FUTEX_WAIT_BITSET, 0, &past, NULL, ~0u));
	printf(" no bits %ld", futex(&first, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	printf(" odd %ld", futex((uint32_t *)((char *)&first + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	printf(" nobody %ld", futex(&first, FUTEX_WAKE, 10, NULL, NULL, 0));
	printf(" unmapped %ld", futex((uint32_t *)(1L << 36), FUTEX_WAIT, 0, NULL, NULL, 0));
	printf(" unknown %ld\n", futex(&first, 99, 0, NULL, NULL, 0));

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, park, NULL);
	settle(&first, 4);
	printf("wake %ld", futex(&first, FUTEX_WAKE, 1, NULL, NULL, 0));
	printf(" requeue %ld", futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)1, &gate, 0));
	printf(" differs %ld", futex(&first, FUTEX_CMP_REQUEUE, 1, (void *)1, &gate, 5));
	printf(" moved %ld", futex(&gate, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
	printf(" left %ld\n", futex(&first, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], &r);
	printf("%u %ld\n", woken, (long)r);
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, parkBits, (void *)(1L << i));
	settle(&second, 3);
	printf("bits %ld", futex(&second, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 5));
	printf(" %ld\n", futex(&second, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], &r), printf("%ld ", (long)r);

	int seven = 7;
	char *stack = malloc(65536);
	int tid = clone(run, stack + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID, &seven, &tidAtStart, NULL, &tidAtEnd);
	while (__atomic_load_n(&tidAtEnd, __ATOMIC_SEQ_CST) != 0) {
		int v = __atomic_load_n(&tidAtEnd, __ATOMIC_SEQ_CST);
		if (v)
			syscall(SYS_futex, &tidAtEnd, FUTEX_WAIT, v, NULL, NULL, 0);
	}
	printf("\nclone %d %d %d\n", tid > 0 && tid == tidAtStart, child, tid != getpid());
	return 0;
}
