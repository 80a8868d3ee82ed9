// Long double: quadruple precision in software.
// run: 60
// timed: 4
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long x = 0x9e3779b97f4a7c15u;
static unsigned long next(void)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static unsigned long digest;
static void mix(long double v)
{
	unsigned long w[2];
	if (isnan(v)) // the sign of a NaN is nobody's promise
		v = NAN;
	memcpy(w, &v, sizeof w);
	digest = (digest ^ w[0]) * 1099511628211u;
	digest = (digest ^ w[1]) * 1099511628211u;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10;
	for (int i = 0; i < n; i++) {
		unsigned long w[2][2];
		long double v[2];
		for (int k = 0; k < 2; k++) {
			w[k][0] = next();
			w[k][1] = next();
			if (i % 3)
				w[k][1] = (w[k][1] & 0x8000ffffffffffff) | (unsigned long)(16383 + (int)(next() % 128) - 64) << 48;
			memcpy(&v[k], w[k], 16);
		}
		mix(v[0] + v[1]);
		mix(v[0] - v[1]);
		mix(v[0] * v[1]);
		mix(v[0] / v[1]);
		mix(sqrtl(fabsl(v[0])));
		mix((double)v[0]);
		mix((float)v[1]);
		if (fabsl(v[0]) < 1e18L)
			mix((long)v[0]), mix((long)(unsigned long)fabsl(v[0]));
		mix((long double)(long)w[0][0]);
		mix((long double)w[0][1]);
		mix(v[0] < v[1]);
		mix(v[0] == v[1]);
		mix(fmal(v[0], v[1], 1));
		mix(ldexpl(v[0], 100));
	}
	printf("%lx\n", digest);
	long double one = 1, three = 3;
	printf("%.33Lg %La\n", one / three, one / three);
	printf("%.33Lg %.33Lg\n", expl(1), logl(three));
	printf("%.33Lg %.33Lg %.33Lg\n", sinl(1), cosl(three), atan2l(one, three));
	printf("%.33Lg %.33Lg\n", powl(three, 0.5L), cbrtl(three));
	printf("%.33Lg %.33Lg\n", tgammal(three / 2), erfl(one / 2));
	printf("%d %d %d\n", LDBL_MANT_DIG, LDBL_MAX_EXP, isinf(LDBL_MAX * 2));
	printf("%.33Lg %.33Lg\n", nextafterl(one, 2), fmodl(1e30L, three));
	return 0;
}
