// Product of two square matrices of doubles, blocked twice: for the cache
// along the inner dimension, and for the registers in tiles of four by four,
// each of whose sixteen sums is a chain of fused multiply-adds of its own.
// There is enough parallelism to keep several FP units busy.
//
// The elements are small integers, so every sum is exact and the self-check,
// C x = A (B x) for a vector x (Freivalds, 1977), needs no tolerance.
#include "runtime.h"

const struct workload workload = {
	"matmul",
	{"ORDER", 1, 4096, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { TILE = 4, DEPTH = 64 };

// A matrix has rows and columns up to a multiple of TILE, the rest zero; a row
// is longer by half a line, so that rows do not fall into the same cache set.
struct matrix {
	uint64_t order, stride;
	double *at;
};

static struct matrix zero(uint64_t order)
{
	struct matrix m = {(order + TILE - 1) / TILE * TILE, 0, 0};
	m.stride = m.order + TILE;
	m.at = allocate(m.order * m.stride * sizeof(double));
	return m;
}

// fill sets the n x n elements to integers in [-8, 8).
static void fill(struct matrix m, uint64_t n, uint64_t random)
{
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < n; j++) {
			random = advance(random);
			m.at[i * m.stride + j] = (double)((int64_t)random >> 60);
		}
}

// tile adds to four by four elements of C the products of `depth` columns of A
// and rows of B.
static void tile(double *c, const double *a, const double *b, uint64_t depth, uint64_t stride)
{
	double sum[TILE][TILE];
#pragma GCC unroll 4
	for (int i = 0; i < TILE; i++)
#pragma GCC unroll 4
		for (int j = 0; j < TILE; j++)
			sum[i][j] = c[(uint64_t)i * stride + (uint64_t)j];
	const double *a1 = a + stride, *a2 = a1 + stride, *a3 = a2 + stride;
	for (uint64_t k = 0; k < depth; k++, b += stride) {
		double left[TILE] = {a[k], a1[k], a2[k], a3[k]};
#pragma GCC unroll 4
		for (int j = 0; j < TILE; j++) {
			double right = b[j];
#pragma GCC unroll 4
			for (int i = 0; i < TILE; i++)
				sum[i][j] = __builtin_fma(left[i], right, sum[i][j]);
		}
	}
#pragma GCC unroll 4
	for (int i = 0; i < TILE; i++)
#pragma GCC unroll 4
		for (int j = 0; j < TILE; j++)
			c[(uint64_t)i * stride + (uint64_t)j] = sum[i][j];
}

// multiply adds A B to C.
static void multiply(struct matrix c, struct matrix a, struct matrix b)
{
	uint64_t n = c.order, stride = c.stride;
	for (uint64_t k = 0; k < n; k += DEPTH) {
		uint64_t depth = n - k < DEPTH ? n - k : DEPTH;
		for (uint64_t j = 0; j < n; j += TILE)
			for (uint64_t i = 0; i < n; i += TILE)
				tile(c.at + i * stride + j, a.at + i * stride + k, b.at + k * stride + j, depth, stride);
	}
}

// apply is y = M x.
static void apply(double *y, struct matrix m, const double *x)
{
	for (uint64_t i = 0; i < m.order; i++) {
		double sum = 0;
		for (uint64_t j = 0; j < m.order; j++)
			sum += m.at[i * m.stride + j] * x[j];
		y[i] = sum;
	}
}

// check compares C with rounds * A B.
static void check(struct matrix c, struct matrix a, struct matrix b, uint64_t rounds)
{
	uint64_t n = c.order;
	double *x = allocate(4 * n * sizeof *x), *bx = x + n, *abx = x + 2 * n, *cx = x + 3 * n;
	for (uint64_t i = 0; i < n; i++)
		x[i] = (double)(i % 7);
	apply(bx, b, x);
	apply(abx, a, bx);
	apply(cx, c, x);
	for (uint64_t i = 0; i < n; i++)
		if (cx[i] != (double)rounds * abx[i])
			fail("the product is wrong");
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	struct matrix a = zero(n), b = zero(n), c = zero(n);
	fill(a, n, mix(n));
	fill(b, n, mix(n + 1));
	for (uint64_t r = 0; r < rounds; r++)
		multiply(c, a, b);
	check(c, a, b, rounds);
	uint64_t sum = 0;
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < n; j++)
			sum += (uint64_t)(int64_t)c.at[i * c.stride + j] * (i * n + j + 1);
	return fold(sum, rounds);
}
