// C11 atomics of every width, from several threads.
// run: 1000
// timed: 30
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { threads = 4 };
static _Atomic uint8_t bytes[4];
static _Atomic uint16_t half;
static _Atomic uint32_t word, ored, xored;
static _Atomic uint64_t dword, casd, most;
static _Atomic int64_t least;
static atomic_flag flag = ATOMIC_FLAG_INIT;
static long guarded;
static _Atomic(struct node *) top;
struct node {
	struct node *next;
	long v;
};
static int rounds;

static void *work(void *arg)
{
	long me = (long)arg;
	struct node *mine = malloc(rounds * sizeof *mine);
	for (int i = 0; i < rounds; i++) {
		bytes[me]++;
		atomic_fetch_sub(&half, 3);
		word += me;
		atomic_fetch_or(&ored, 1u << (me * 8 + i % 8));
		atomic_fetch_xor_explicit(&xored, i * 7 + me, memory_order_relaxed);
		atomic_fetch_add_explicit(&dword, 1UL << 33, memory_order_acq_rel);
		uint64_t old = atomic_load(&casd);
		while (!atomic_compare_exchange_weak(&casd, &old, old * 5 % 1000003 + 1))
			;
		uint64_t v = (uint64_t)i * 2654435761u % 100000 + me, seen = most;
		while (seen < v && !atomic_compare_exchange_strong(&most, &seen, v))
			;
		__asm__ volatile("amomin.d zero, %1, %0" : "+A"(least) : "r"(-(int64_t)v));
		while (atomic_flag_test_and_set(&flag))
			;
		guarded += me + 1;
		atomic_flag_clear(&flag);
		mine[i].v = i;
		mine[i].next = top;
		while (!atomic_compare_exchange_weak(&top, &mine[i].next, &mine[i]))
			;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	rounds = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t t[threads];
	casd = 1;
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	uint64_t expect = 1;
	for (int i = 0; i < threads * rounds; i++)
		expect = expect * 5 % 1000003 + 1;
	long sum = 0, n = 0;
	for (struct node *p = top; p; p = p->next)
		sum += p->v, n++;
	printf("%d %d %d %d %d\n", bytes[0], bytes[1], bytes[2], bytes[3], half);
	printf("%u %x %x %lx\n", word, ored, xored, (unsigned long)dword);
	printf("%d %lu %ld %ld\n", casd == expect, (unsigned long)most, (long)least, guarded);
	printf("%ld %ld\n", n, sum);
	__int128 wide = 0;
	printf("%d %u\n", atomic_is_lock_free(&dword), atomic_exchange(&word, 5) + (unsigned)(wide + word));
	return 0;
}
