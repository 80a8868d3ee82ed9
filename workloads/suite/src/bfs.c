// Breadth-first search in a random directed graph of eight edges a vertex:
// edge lists are read from all over a large array, and every edge leads to a
// random vertex whose visit is a branch that is hard to predict in between the
// first and the last levels.
//
// The edges are stored as distances from guessed targets (see runtime.h). Each round starts from another vertex.
#include "runtime.h"

const struct workload workload = {
	"bfs",
	{"VERTICES", 1, 1 << 26, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { DEGREE = 8, LEVELS = 256 };

struct graph {
	uint64_t vertices;
	const int32_t *targets; // DEGREE of each vertex, as distances from a guess
};

// target is the vertex that an edge leads to; random is its guess's state.
static inline uint64_t target(const struct graph *g, uint64_t edge, uint64_t random)
{
	return below(random, g->vertices) + (uint64_t)g->targets[edge];
}

// search fills queue with the vertices reached from root, nearest first, and
// returns their number. A vertex's level is base + its distance; what was
// there before is below base.
static uint64_t search(const struct graph *g, uint32_t root, uint32_t base, uint32_t *level, uint32_t *queue)
{
	uint64_t reached = 1;
	queue[0] = root;
	level[root] = base;
	for (uint64_t i = 0; i < reached; i++) {
		uint64_t v = queue[i];
		uint32_t next = level[v] + 1;
		uint64_t random = mix(v);
		if (next - base >= LEVELS)
			fail("the graph is too deep");
		for (uint64_t e = 0; e < DEGREE; e++) {
			random = advance(random);
			uint64_t t = target(g, v * DEGREE + e, random);
			if (level[t] < base) {
				level[t] = next;
				queue[reached++] = (uint32_t)t;
			}
		}
	}
	return reached;
}

// check looks at every edge of every vertex reached: its end is reached too,
// and at most one level farther.
static void check(const struct graph *g, uint32_t base, const uint32_t *level, const uint32_t *queue, uint64_t reached)
{
	for (uint64_t i = 0; i < reached; i++) {
		uint64_t v = queue[i], random = mix(v);
		if (i && level[queue[i - 1]] > level[v])
			fail("the levels are not in order");
		for (uint64_t e = 0; e < DEGREE; e++) {
			random = advance(random);
			uint64_t t = target(g, v * DEGREE + e, random);
			if (level[t] < base || level[t] > level[v] + 1)
				fail("a vertex is on the wrong level");
		}
	}
}

uint64_t run(uint64_t n, uint64_t rounds)
{
	struct graph g = {n, allocate(n * DEGREE * sizeof(uint32_t))};
	uint32_t *level = allocate(n * sizeof *level), *queue = allocate(n * sizeof *queue);
	uint64_t sum = 0, reached = 0;
	uint32_t base = 0;
	for (uint64_t r = 0; r < rounds; r++) {
		base += LEVELS;
		uint32_t root = (uint32_t)below(mix(r), n);
		reached = search(&g, root, base, level, queue);
		uint64_t distances = 0;
		for (uint64_t i = 0; i < reached; i++)
			distances += (uint64_t)(level[queue[i]] - base) * queue[i];
		sum = fold(fold(sum, reached), distances);
	}
	check(&g, base, level, queue, reached);
	return sum;
}
