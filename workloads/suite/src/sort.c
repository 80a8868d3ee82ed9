// Quicksort of 32-bit integers: data-dependent branches that no predictor
// knows, over an array that is walked again and again in smaller pieces.
//
// Median of three, Hoare's partition, insertion sort below a small size, and
// recursion into the smaller half only (Sedgewick, CACM 21(10), 1978).
#include "runtime.h"

const struct workload workload = {
	"sort",
	{"ELEMENTS", 1, 1 << 28, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { SMALL = 12 };

static inline void exchange(int32_t *a, int32_t *b)
{
	int32_t t = *a;
	*a = *b;
	*b = t;
}

static void insertion(int32_t *first, int32_t *last)
{
	for (int32_t *p = first + 1; p <= last; p++) {
		int32_t v = *p, *q = p;
		for (; q > first && q[-1] > v; q--)
			*q = q[-1];
		*q = v;
	}
}

// quicksort sorts first..last, both included.
static void quicksort(int32_t *first, int32_t *last)
{
	while (last - first >= SMALL) {
		int32_t *middle = first + (last - first) / 2;
		if (*middle < *first)
			exchange(middle, first);
		if (*last < *first)
			exchange(last, first);
		if (*last < *middle)
			exchange(last, middle);
		int32_t pivot = *middle, *i = first, *j = last;
		do {
			while (*i < pivot)
				i++;
			while (pivot < *j)
				j--;
			if (i <= j)
				exchange(i++, j--);
		} while (i <= j);
		if (j - first < last - i) {
			quicksort(first, j);
			first = i;
		} else {
			quicksort(i, last);
			last = j;
		}
	}
	insertion(first, last);
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	int32_t *a = allocate(n * sizeof *a);
	uint64_t sum = 0, random = mix(n);
	for (uint64_t r = 0; r < rounds; r++) {
		uint64_t before = 0, after = 0, weighted = 0;
		for (uint64_t i = 0; i < n; i++) {
			random = advance(random);
			a[i] = (int32_t)(random >> 32);
			before += (uint64_t)a[i];
		}
		quicksort(a, a + n - 1);
		for (uint64_t i = 0; i < n; i++) {
			if (i && a[i - 1] > a[i])
				fail("the elements are not in order");
			after += (uint64_t)a[i];
			weighted += (uint64_t)a[i] * i;
		}
		if (after != before)
			fail("the elements are not the same ones");
		sum = fold(sum, weighted);
	}
	return sum;
}
