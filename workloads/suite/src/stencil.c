// Jacobi iteration for Laplace's equation on a square grid: each point becomes
// the mean of its four neighbours. Streams of doubles with reuse from row to
// row; independent FP operations.
//
// The boundary is symmetric about the main diagonal, and the neighbours are
// added in an order that keeps that symmetry to the last bit. The self-check
// is the symmetry and the maximum principle: no point is outside the range of
// the boundary.
#include "runtime.h"

const struct workload workload = {
	"stencil",
	{"ORDER", 1, 16384, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { HOTTEST = 1024 };

// boundary sets the edges of a grid of stride x stride points.
static void boundary(double *grid, uint64_t stride)
{
	for (uint64_t i = 0; i < stride; i++) {
		double near = (double)(mix(i) % (HOTTEST + 1)), far = (double)(mix(i + stride) % (HOTTEST + 1));
		grid[i] = grid[i * stride] = near;
		grid[(stride - 1) * stride + i] = grid[i * stride + stride - 1] = far;
	}
}

// sweep computes one row of n points from the rows around it.
static void sweep(double *restrict to, const double *restrict above, const double *restrict row, const double *restrict below, uint64_t n)
{
	for (uint64_t j = 1; j <= n; j++)
		to[j] = ((above[j] + below[j]) + (row[j - 1] + row[j + 1])) * 0.25;
}

static void check(const double *grid, uint64_t stride)
{
	for (uint64_t i = 0; i < stride; i++)
		for (uint64_t j = 0; j <= i; j++) {
			double x = grid[i * stride + j];
			if (x != grid[j * stride + i])
				fail("the grid is not symmetric");
			if (!(x >= 0 && x <= HOTTEST))
				fail("a point is outside the range of the boundary");
		}
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	uint64_t stride = n + 2;
	double *from = allocate(stride * stride * sizeof *from), *to = allocate(stride * stride * sizeof *to);
	boundary(from, stride);
	boundary(to, stride);
	for (uint64_t r = 0; r < rounds; r++) {
		for (uint64_t i = 1; i <= n; i++) {
			const double *row = from + i * stride;
			sweep(to + i * stride, row - stride, row, row + stride, n);
		}
		double *t = from;
		from = to;
		to = t;
	}
	check(from, stride);
	uint64_t sum = 0;
	for (uint64_t i = 0; i < stride * stride; i++)
		sum += bits(from[i]) * (2 * i + 1);
	return fold(sum, rounds);
}
