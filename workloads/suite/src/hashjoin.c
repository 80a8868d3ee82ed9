// Hash join of two relations: build a chained hash table over one, probe it
// with every row of the other. A probe walks a short chain of dependent loads
// and ends in a branch that nobody can predict, but probes are independent of
// one another.
//
// The probe relation is a column of keys as long as four times the build
// relation, stored as distances from guessed row numbers (see runtime.h). Three probes in four find their row.
#include "runtime.h"

const struct workload workload = {
	"hashjoin",
	{"ROWS", 1, 1 << 26, 0},
	{"ROUNDS", 1, 1000000, 1},
};

struct row {
	uint32_t key, next; // next: the number of the row after in the chain, 0 at its end
	uint64_t payload;
};

struct table {
	struct row *rows;   // numbered from 1
	uint32_t *heads;    // the first row of each chain, or 0
	uint32_t shift;     // 64 - log2 of the number of chains
};

// key_of is the key of a row: a bijection, so keys are unique.
static inline uint32_t key_of(uint32_t row)
{
	row *= 0x9e3779b1;
	row ^= row >> 15;
	row *= 0x85ebca77;
	return row ^ row >> 13;
}

static inline uint64_t chain_of(const struct table *t, uint32_t key)
{
	return key * 0x9e3779b97f4a7c15 >> t->shift;
}

static struct table build(uint64_t n)
{
	struct table t = {allocate((n + 1) * sizeof *t.rows), 0, 63};
	while ((1ull << (64 - t.shift)) < n)
		t.shift--;
	t.heads = allocate((1ull << (64 - t.shift)) * sizeof *t.heads);
	for (uint32_t row = 1; row <= n; row++) {
		uint32_t key = key_of(row);
		uint32_t *head = &t.heads[chain_of(&t, key)];
		t.rows[row] = (struct row){key, *head, (uint64_t)row << 20};
		*head = row;
	}
	return t;
}

// find is the number of the row with that key, or 0.
static inline uint32_t find(const struct table *t, uint32_t key)
{
	uint32_t row = t->heads[chain_of(t, key)];
	while (row && t->rows[row].key != key)
		row = t->rows[row].next;
	return row;
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	struct table table = build(n);
	uint64_t probes = 4 * n, range = n + n / 3 + 1;
	const int32_t *column = allocate(probes * sizeof *column);
	uint64_t sum = 0, random = mix(n);
	for (uint64_t r = 0; r < rounds; r++) {
		uint64_t found = 0, joined = 0, expected = 0;
		for (uint64_t i = 0; i < probes; i++) {
			random = advance(random);
			uint64_t wanted = 1 + below(random, range) + (uint64_t)column[i];
			expected += wanted <= n ? wanted : 0;
			uint32_t row = find(&table, key_of((uint32_t)wanted));
			if (row) {
				found++;
				joined += table.rows[row].payload;
			}
		}
		if (joined != expected << 20)
			fail("the join has the wrong rows");
		sum = fold(fold(sum, found), joined);
	}
	return sum;
}
