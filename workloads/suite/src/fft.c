// Fast Fourier transform of complex doubles in place, decimation in time,
// radix 2 (Cooley and Tukey, Math. Comp. 19(90), 1965): FP adds and multiplies
// in pairs that are far apart in memory, a power of two from one another.
//
// Each round transforms forward and back; the self-check is that the data
// return to what they were. Twiddle factors come from half-angle formulas and
// products, so no library is needed and every operation is IEEE 754's.
#include "runtime.h"

const struct workload workload = {
	"fft",
	{"POINTS", 4, 1 << 24, 0},
	{"ROUNDS", 1, 100000, 1},
};

struct complex {
	double re, im;
};

static inline struct complex times(struct complex a, struct complex b)
{
	return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// twiddle fills w[k] = exp(-2 pi i k / n) for k < n / 2, from the powers
// exp(-2 pi i / 2^j): w[k] is the product of those of k's bits.
static void twiddle(struct complex *w, uint64_t n)
{
	struct complex root = {0, -1}; // a quarter turn
	w[0] = (struct complex){1, 0};
	for (uint64_t k = n / 4; k; k /= 2) {
		w[k] = root;
		double re = __builtin_sqrt((1 + root.re) / 2);
		root = (struct complex){re, root.im / (2 * re)};
	}
	for (uint64_t k = 2; k < n / 2; k *= 2)
		for (uint64_t j = 1; j < k; j++)
			w[k + j] = times(w[k], w[j]);
}

// permute swaps each point with that of the bit-reversed index.
static void permute(struct complex *x, uint64_t n)
{
	for (uint64_t i = 0, j = 0; i < n; i++) {
		if (i < j) {
			struct complex t = x[i];
			x[i] = x[j];
			x[j] = t;
		}
		uint64_t bit = n / 2;
		for (; bit && j & bit; bit /= 2)
			j ^= bit;
		j |= bit;
	}
}

// transform is the forward transform; for the inverse, sign is -1.
static void transform(struct complex *x, uint64_t n, const struct complex *w, double sign)
{
	permute(x, n);
	for (uint64_t half = 1, step = n / 2; half < n; half *= 2, step /= 2)
		for (struct complex *a = x; a < x + n; a += 2 * half)
			for (uint64_t k = 0; k < half; k++) {
				struct complex f = w[k * step];
				f.im *= sign;
				struct complex t = times(a[half + k], f);
				a[half + k] = (struct complex){a[k].re - t.re, a[k].im - t.im};
				a[k] = (struct complex){a[k].re + t.re, a[k].im + t.im};
			}
}

// point is a number in [-1, 1).
static inline double point(uint64_t random)
{
	return (double)((int64_t)random >> 11) * 0x1p-52;
}

static void check(const struct complex *x, uint64_t n, uint64_t random)
{
	for (uint64_t i = 0; i < n; i++) {
		random = advance(random);
		double re = x[i].re - point(random), im = x[i].im - point(random << 20);
		if (!(re * re + im * im < 1e-18))
			fail("the data do not return");
	}
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	if (n & (n - 1))
		reject("POINTS must be a power of two");
	struct complex *x = allocate(n * sizeof *x), *w = allocate(n / 2 * sizeof *w);
	uint64_t random = mix(n), sum = 0;
	twiddle(w, n);
	for (uint64_t i = 0; i < n; i++) {
		random = advance(random);
		x[i] = (struct complex){point(random), point(random << 20)};
	}
	double scale = 1 / (double)n;
	for (uint64_t r = 0; r < rounds; r++) {
		transform(x, n, w, 1);
		for (uint64_t i = 0; i < n; i++)
			sum += (bits(x[i].re) ^ bits(x[i].im) << 1) * (2 * i + 1);
		transform(x, n, w, -1);
		for (uint64_t i = 0; i < n; i++)
			x[i] = (struct complex){x[i].re * scale, x[i].im * scale};
	}
	check(x, n, mix(n));
	return fold(sum, rounds);
}
