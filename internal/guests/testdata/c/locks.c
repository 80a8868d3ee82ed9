// Mutual exclusion by hand: Peterson's and Dekker's algorithms with fences,
// test-and-set, ticket and LR/SC locks, counters by AMO and LR/SC.
// run: 1500
// timed: 40
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { line = 64 };
static struct {
	_Alignas(line) volatile int32_t flag0;
	_Alignas(line) volatile int32_t flag1;
	_Alignas(line) volatile int32_t turn;
	_Alignas(line) volatile int32_t lock;
	_Alignas(line) volatile int32_t next;
	_Alignas(line) volatile int32_t serving;
	_Alignas(line) volatile int32_t word;
	_Alignas(line) volatile int64_t dword;
} s;
static volatile long counter;
static int rounds;

#define fence() __asm__ volatile("fence rw, rw" ::: "memory")
#define relax() sched_yield() // there may be fewer processors than threads
static int32_t amo(volatile int32_t *at, int32_t v)
{
	int32_t old;
	__asm__ volatile("amoadd.w.aqrl %0, %2, %1" : "=r"(old), "+A"(*at) : "r"(v) : "memory");
	return old;
}
static volatile int32_t *flag(int i) { return i ? &s.flag1 : &s.flag0; }

static void peterson(int me)
{
	*flag(me) = 1;
	fence();
	s.turn = 1 - me;
	fence();
	while (*flag(1 - me) && s.turn == 1 - me)
		relax();
	fence();
}
static void petersonEnd(int me)
{
	fence();
	*flag(me) = 0;
}
static void dekker(int me)
{
	*flag(me) = 1;
	fence();
	while (*flag(1 - me)) {
		if (s.turn != me) {
			*flag(me) = 0;
			while (s.turn != me)
				relax();
			*flag(me) = 1;
			fence();
		}
		relax();
	}
	fence();
}
static void dekkerEnd(int me)
{
	fence();
	s.turn = 1 - me;
	*flag(me) = 0;
}
static void swap(int me)
{
	int32_t old;
	for (;;) {
		__asm__ volatile("amoswap.w.aq %0, %2, %1" : "=r"(old), "+A"(s.lock) : "r"(1) : "memory");
		if (!old)
			return;
		while (s.lock)
			relax();
	}
}
static void swapEnd(int me) { __asm__ volatile("amoswap.w.rl zero, zero, %0" : "+A"(s.lock)::"memory"); }
static void reserve(int me)
{
	int32_t failed;
	do {
		__asm__ volatile("1: lr.w.aq %0, %1\nbnez %0, 2f\nsc.w %0, %2, %1\nbnez %0, 1b\n2:" : "=&r"(failed), "+A"(s.lock) : "r"(1) : "memory");
		if (failed)
			relax();
	} while (failed);
}
static void reserveEnd(int me)
{
	__asm__ volatile("fence rw, w" ::: "memory");
	s.lock = 0;
}
static void ticket(int me)
{
	int32_t mine = amo(&s.next, 1);
	while (s.serving != mine)
		relax();
	fence();
}
static void ticketEnd(int me)
{
	fence();
	s.serving++;
}

static const struct {
	const char *name;
	int threads;
	void (*enter)(int), (*leave)(int);
} locks[] = {
	{"peterson", 2, peterson, petersonEnd},
	{"dekker", 2, dekker, dekkerEnd},
	{"swap", 4, swap, swapEnd},
	{"reserve", 4, reserve, reserveEnd},
	{"ticket", 4, ticket, ticketEnd},
};
static int kind;

static void *guarded(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		locks[kind].enter((long)arg);
		counter++;
		locks[kind].leave((long)arg);
	}
	return NULL;
}
static void *counting(void *arg)
{
	for (int i = 0; i < rounds; i++) {
		amo(&s.word, 3);
		long v;
		__asm__ volatile("1: lr.d %0, %1\naddi %0, %0, 5\nsc.d.rl %0, %0, %1\nbnez %0, 1b" : "=&r"(v), "+A"(s.dword)::"memory");
	}
	return NULL;
}
static void all(int threads, void *(*f)(void *))
{
	pthread_t t[4];
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, f, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	for (kind = 0; kind < (int)(sizeof locks / sizeof *locks); kind++) {
		counter = 0;
		all(locks[kind].threads, guarded);
		printf("%s %d\n", locks[kind].name, counter == (long)locks[kind].threads * rounds);
	}
	all(4, counting);
	printf("%d %ld\n", s.word, s.dword);
	return 0;
}
