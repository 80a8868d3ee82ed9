// Integer operations that fill a wide issue: CHAINS pairs of registers, each
// stirred by steps of four one-cycle operations, three of which wait for one
// another; so 4/3 CHAINS operations can be done in every cycle. One branch in
// more than three hundred instructions, and no memory. The time is
// instructions / min(width, ALUs).
//
// A step can be undone: the program steps forward, then back, and the
// self-check is that it returns to the start.
#include "runtime.h"

const struct workload workload = {
	"aluloop",
	{"ITERATIONS", 1, 1ull << 32, 0},
	{"ROUNDS", 1, 1000000, 1},
};

// A pair takes two registers; ten pairs leave enough for the loop.
enum { CHAINS = 10, STEPS = 8 };

// HOLD keeps the compiler from moving a constant past what follows: every
// operation that the source names is done, where it stands.
#define HOLD(x) __asm__ volatile("" : "+r"(x))

#define FORWARD(u, v) u += 0x35a; HOLD(u); v ^= 0x1c7; HOLD(v); u += v; v ^= u;
#define BACK(u, v) v ^= u; u -= v; HOLD(u); u -= 0x35a; HOLD(v); v ^= 0x1c7;

// The pairs are named variables, not an array, so that they stay in registers.
#define ALL(STEP)                                                            \
	STEP(u0, v0) STEP(u1, v1) STEP(u2, v2) STEP(u3, v3) STEP(u4, v4)     \
	STEP(u5, v5) STEP(u6, v6) STEP(u7, v7) STEP(u8, v8) STEP(u9, v9)

#define LOAD(u, v) u = *p++; v = *p++;
#define STORE(u, v) *p++ = u; *p++ = v;

// stir steps all pairs forward, or back. It is a function of its own so that it
// has all registers.
static __attribute__((noinline)) void stir(uint64_t pairs[2 * CHAINS], uint64_t n, int back)
{
	uint64_t u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, *p = pairs;
	ALL(LOAD)
	if (back)
		for (; n; n--) {
#pragma GCC unroll 8
			for (int s = 0; s < STEPS; s++)
				{ ALL(BACK) }
		}
	else
		for (; n; n--) {
#pragma GCC unroll 8
			for (int s = 0; s < STEPS; s++)
				{ ALL(FORWARD) }
		}
	p = pairs;
	ALL(STORE)
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	uint64_t pairs[2 * CHAINS], sum = 0;
	for (uint64_t i = 0; i < 2 * CHAINS; i++)
		pairs[i] = mix(i);
	for (uint64_t r = 0; r < rounds; r++) {
		stir(pairs, n, 0);
		for (uint64_t i = 0; i < 2 * CHAINS; i++)
			sum = fold(sum, pairs[i]);
		stir(pairs, n, 1);
		for (uint64_t i = 0; i < 2 * CHAINS; i++)
			if (pairs[i] != mix(i))
				fail("the pairs do not return to the start");
	}
	return sum;
}
