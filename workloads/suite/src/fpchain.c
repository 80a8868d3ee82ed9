// One chain of dependent floating-point operations: a multiply waits for an
// add, the add for the multiply before. Nothing else is worth the name, so the
// time is the sum of the latencies, whatever the width.
//
// Every value is exact: HALF steps of x -> x / 2 + 1 and as many of
// x -> (x - 1) * 2 lead an integer back to itself, and then it grows by one.
// That holds up to 2^37, where the halves no longer fit a double.
#include "runtime.h"

const struct workload workload = {
	"fpchain",
	{"ITERATIONS", 1, 1 << 26, 0},
	{"ROUNDS", 1, 1000, 1},
};

enum { HALF = 16 };

uint64_t run(uint64_t n, uint64_t rounds)
{
	uint64_t sum = 0;
	// Volatile: the compiler must not know the constants.
	volatile double constants[] = {0.5, 1.0, 2.0};
	double half = constants[0], one = constants[1], two = constants[2], x = 0;
	for (uint64_t r = 0; r < rounds; r++)
		for (uint64_t i = 0; i < n; i++) {
#pragma GCC unroll 16
			for (int k = 0; k < HALF; k++)
				x = x * half + one;
			sum = fold(sum, bits(x));
#pragma GCC unroll 16
			for (int k = 0; k < HALF; k++)
				x = (x - one) * two;
			x += one;
		}
	if (x != (double)(n * rounds))
		fail("the chain does not return to its start");
	return sum;
}
