// Sparse matrix times vector, compressed sparse rows (CSR): the matrix streams
// through the caches while the vector is gathered at random. The gathers are
// independent; the sum of a row is a short FP chain.
//
// The matrix has eight elements of 1/8 a row, all three arrays stored as
// distances: row starts from equal rows, columns from guessed ones (see
// runtime.h), values from 1/8. Each round multiplies again, the vector being
// the product of the round before.
#include "runtime.h"

const struct workload workload = {
	"spmv",
	{"ROWS", 1, 1 << 24, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { PER_ROW = 8 };

struct matrix {
	uint64_t rows;
	const int32_t *starts, *columns;
	const double *values;
};

static struct matrix matrix(uint64_t n)
{
	return (struct matrix){
		n,
		allocate((n + 1) * sizeof(int32_t)),
		allocate(n * PER_ROW * sizeof(int32_t)),
		allocate(n * PER_ROW * sizeof(double)),
	};
}

static inline uint64_t row_start(const struct matrix *m, uint64_t row)
{
	return row * PER_ROW + (uint64_t)m->starts[row];
}

static inline uint64_t column(const struct matrix *m, uint64_t element, uint64_t random)
{
	return below(random, m->rows) + (uint64_t)m->columns[element];
}

static inline double value(const struct matrix *m, uint64_t element)
{
	return m->values[element] + 1.0 / PER_ROW;
}

// multiply is y = M x.
static void multiply(double *restrict y, const struct matrix *m, const double *restrict x)
{
	for (uint64_t row = 0; row < m->rows; row++) {
		double sum = 0;
		uint64_t random = mix(row), end = row_start(m, row + 1);
		for (uint64_t e = row_start(m, row); e < end; e++) {
			random = advance(random);
			sum = __builtin_fma(value(m, e), x[column(m, e, random)], sum);
		}
		y[row] = sum;
	}
}

// check multiplies a vector of small integers, so that every sum is exact, and
// compares the sum of the product with the vector's product with the matrix's
// column sums, which it gathers the other way round.
static void check(const struct matrix *m, double *x, double *y)
{
	double *sums = allocate(m->rows * sizeof *sums), by_rows = 0, by_columns = 0;
	for (uint64_t i = 0; i < m->rows; i++)
		x[i] = (double)(i % 64);
	multiply(y, m, x);
	for (uint64_t row = 0; row < m->rows; row++) {
		uint64_t random = mix(row), end = row_start(m, row + 1);
		for (uint64_t e = row_start(m, row); e < end; e++) {
			random = advance(random);
			sums[column(m, e, random)] += value(m, e);
		}
	}
	for (uint64_t i = 0; i < m->rows; i++) {
		by_rows += y[i];
		by_columns += sums[i] * x[i];
	}
	if (by_rows != by_columns)
		fail("the product is wrong");
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	struct matrix m = matrix(n);
	double *x = allocate(n * sizeof *x), *y = allocate(n * sizeof *y);
	uint64_t sum = 0;
	for (uint64_t i = 0; i < n; i++)
		x[i] = (double)(i * 0x9e3779b9 & 0xffff);
	for (uint64_t r = 0; r < rounds; r++) {
		multiply(y, &m, x);
		double *t = x;
		x = y;
		y = t;
		// The sum depends on one row in 64, which all depend on all before.
		for (uint64_t i = 0; i < n; i += 64)
			sum = fold(sum, bits(x[i]));
	}
	check(&m, x, y);
	return sum;
}
