// Litmus tests of memory order: litmus NAME ROUNDS SEED SPAN
//
// A round sets the variables to zero, lets the threads go together and notes
// what was read (r0 to r3) and what is there in the end (x, y). Between its
// accesses a thread turns up to SPAN times in a loop, and before them up to
// three times as often, as SEED has it. Each outcome that came about is printed
// once, as "r0 r1 r2 r3 x y".
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { line = 64, most = 4, steps = 2 };
static struct {
	_Alignas(line) int32_t v;
} x, y, r[4], arrived, generation;

static void delay(int n)
{
	__asm__ volatile("beqz %0, 2f\n1: addi %0, %0, -1\nbnez %0, 1b\n2:" : "+r"(n));
}
static int32_t load(int32_t *at)
{
	int32_t v;
	__asm__ volatile("lw %0, %1" : "=r"(v) : "m"(*at) : "memory");
	return v;
}
static void store(int32_t *at, int32_t v) { __asm__ volatile("sw %1, %0" : "=m"(*at) : "r"(v) : "memory"); }
static int32_t swap(int32_t *at, int32_t v)
{
	__asm__ volatile("amoswap.w %0, %0, %1" : "+r"(v), "+A"(*at)::"memory");
	return v;
}
static int32_t add(int32_t *at, int32_t v)
{
	__asm__ volatile("amoadd.w %0, %0, %1" : "+r"(v), "+A"(*at)::"memory");
	return v;
}
// exclusive adds by LR and SC, and is what was there.
static int32_t exclusive(int32_t *at, int32_t v)
{
	int32_t old, t;
	__asm__ volatile("1: lr.w %0, %2\nadd %1, %0, %3\nsc.w %1, %1, %2\nbnez %1, 1b" : "=&r"(old), "=&r"(t), "+A"(*at) : "r"(v) : "memory");
	return old;
}

#define thread(name, first, second) \
	static void name(const int *d) \
	{ \
		delay(d[0]); \
		first; \
		delay(d[1]); \
		second; \
	}
#define W(a, n) store(&a.v, n)
#define R(i, a) r[i].v = load(&a.v)
#define SWAP(i, a, n) r[i].v = swap(&a.v, n)
#define ADD(i, a, n) r[i].v = add(&a.v, n)
#define EXCL(i, a, n) r[i].v = exclusive(&a.v, n)

thread(sb0, W(x, 1), R(0, y))
thread(sb1, W(y, 1), R(1, x))
thread(lb0, R(0, x), W(y, 1))
thread(lb1, R(1, y), W(x, 1))
thread(mp0, W(x, 1), W(y, 1))
thread(mp1, R(0, y), R(1, x))
thread(ww0, W(x, 1), W(y, 2))
thread(ww1, W(y, 1), W(x, 2))
thread(r1, W(y, 2), R(0, x))
thread(s0, W(x, 2), W(y, 1))
thread(s1, R(0, y), W(x, 1))
thread(wx, W(x, 1), )
thread(wx2, W(x, 2), )
thread(wy, W(y, 1), )
thread(ri0, R(0, x), R(1, y))
thread(ri1, R(2, y), R(3, x))
thread(rr, R(0, x), R(1, x))
thread(wrc1, R(0, x), W(y, 1))
thread(wrc2, R(1, y), R(2, x))
thread(swap0, SWAP(0, x, 1), SWAP(1, y, 1))
thread(swap1, SWAP(2, y, 2), SWAP(3, x, 2))
thread(add0, ADD(0, x, 1), ADD(1, y, 1))
thread(add1, ADD(2, y, 1), ADD(3, x, 2))
thread(ex0, EXCL(0, x, 1), EXCL(1, x, 1))
thread(ex1, EXCL(2, x, 1), )

static const struct {
	const char *name;
	int threads;
	void (*f[most])(const int *);
} tests[] = {
	{"SB", 2, {sb0, sb1}},
	{"LB", 2, {lb0, lb1}},
	{"MP", 2, {mp0, mp1}},
	{"2+2W", 2, {ww0, ww1}},
	{"R", 2, {mp0, r1}},
	{"S", 2, {s0, s1}},
	{"IRIW", 4, {wx, wy, ri0, ri1}},
	{"CoRR", 2, {wx, rr}},
	{"CoRR2", 3, {wx, wx2, rr}},
	{"WRC", 3, {wx, wrc1, wrc2}},
	{"AMOSWAP", 2, {swap0, swap1}},
	{"AMOADD", 2, {add0, add1}},
	{"LRSC", 2, {ex0, ex1}},
};
static int test, rounds, span;
static uint64_t seed;
static unsigned char seen[1 << 12];

static void meet(int threads)
{
	int32_t g = __atomic_load_n(&generation.v, __ATOMIC_ACQUIRE);
	if (__atomic_add_fetch(&arrived.v, 1, __ATOMIC_ACQ_REL) == threads) {
		arrived.v = 0;
		__atomic_store_n(&generation.v, g + 1, __ATOMIC_RELEASE);
		return;
	}
	for (int spins = 0; __atomic_load_n(&generation.v, __ATOMIC_ACQUIRE) == g; spins++)
		if (spins % 64 == 63) // there may be fewer processors than threads
			sched_yield();
}

// mixed is splitmix64's n-th number.
static uint64_t mixed(uint64_t n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15u;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
	n = (n ^ n >> 27) * 0x94d049bb133111ebu;
	return n ^ n >> 31;
}

static void *run(void *arg)
{
	long me = (long)arg;
	int threads = tests[test].threads;
	for (int i = 0; i < rounds; i++) {
		int d[steps];
		for (int k = 0; k < steps; k++) {
			uint64_t n = ((seed * rounds + i) * most + me) * steps + k;
			d[k] = mixed(n) % (k == 0 ? 3 * span : span);
		}
		meet(threads);
		tests[test].f[me](d);
		meet(threads);
		if (me == 0) {
			unsigned o = 0;
			for (int k = 0; k < 4; k++)
				o = o << 2 | r[k].v;
			seen[o << 4 | x.v << 2 | y.v] = 1;
			x.v = y.v = 0;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	while (strcmp(tests[test].name, argv[1]))
		if (++test == sizeof tests / sizeof *tests)
			return 2;
	rounds = atoi(argv[2]);
	seed = atoi(argv[3]);
	span = atoi(argv[4]);
	pthread_t t[most];
	for (long i = 1; i < tests[test].threads; i++)
		pthread_create(&t[i], NULL, run, (void *)i);
	run(NULL);
	for (int i = 1; i < tests[test].threads; i++)
		pthread_join(t[i], NULL);
	for (int o = 0; o < 1 << 12; o++)
		if (seen[o])
			printf("%d %d %d %d %d %d\n", o >> 10, o >> 8 & 3, o >> 6 & 3, o >> 4 & 3, o >> 2 & 3, o & 3);
	return 0;
}
