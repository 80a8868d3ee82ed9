// STREAM's triad, a[i] = b[i] + s c[i] (McCalpin, 1995): nothing but memory
// bandwidth once the arrays are larger than the caches.
//
// The arrays change places from round to round. One element in SPACING is not
// zero at the start, in another place of each page; its values follow a
// recurrence that the self-check computes beside it.
#include "runtime.h"

const struct workload workload = {
	"triad",
	{"KIB", 1, 1 << 22, 0}, // of each of the three arrays
	{"ROUNDS", 1, 1000, 1},
};

enum { SPACING = 513, UNROLL = 8 };

// triad works on a multiple of UNROLL elements.
static void triad(double *restrict a, const double *restrict b, const double *restrict c, double s, uint64_t n)
{
	for (uint64_t i = 0; i < n; i += UNROLL)
#pragma GCC unroll 8
		for (uint64_t k = 0; k < UNROLL; k++)
			a[i + k] = __builtin_fma(s, c[i + k], b[i + k]);
}

uint64_t run(uint64_t kib, uint64_t rounds)
{
	uint64_t n = kib * 1024 / sizeof(double), sum = 0;
	double *a = allocate(n * sizeof *a), *b = allocate(n * sizeof *b), *c = allocate(n * sizeof *c);
	double wantb = 1, wantc = 2, s = 0.4375;
	for (uint64_t i = 0; i < n; i += SPACING) {
		b[i] = wantb;
		c[i] = wantc;
	}
	for (uint64_t r = 0; r < rounds; r++) {
		triad(a, b, c, s, n);
		double want = __builtin_fma(s, wantc, wantb), *t = a;
		// The oldest array is written next.
		a = b;
		b = c;
		c = t;
		wantb = wantc;
		wantc = want;
		sum = fold(sum, bits(c[0]));
	}
	for (uint64_t i = 0; i < n; i++)
		if (c[i] != (i % SPACING ? 0 : wantc))
			fail("an element is wrong");
	return fold(sum, n);
}
