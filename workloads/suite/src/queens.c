// The ways to place N queens on an N x N board so that none attacks another,
// by backtracking: short loops of unknown length, calls and returns, and
// branches that depend on the whole placement.
#include "runtime.h"

const struct workload workload = {
	"queens",
	{"ORDER", 1, 16, 0},
	{"ROUNDS", 1, 1000000, 1},
};

// Sequence A000170 of the On-Line Encyclopedia of Integer Sequences.
static const uint32_t solutions[] = {
	1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512,
};

struct board {
	uint64_t order, found, sum;
	uint8_t column[16];             // of the queen in each row
	uint8_t columns[16];            // taken columns
	uint8_t rising[32], falling[32]; // taken diagonals
};

static void place(struct board *b, uint64_t row)
{
	if (row == b->order) {
		b->found++;
		uint64_t position = 0;
		for (uint64_t r = 0; r < row; r++)
			position = position << 4 | b->column[r];
		b->sum = fold(b->sum, position);
		return;
	}
	for (uint64_t c = 0; c < b->order; c++) {
		uint8_t *rising = &b->rising[row + c], *falling = &b->falling[16 + row - c];
		if (b->columns[c] | *rising | *falling)
			continue;
		b->columns[c] = *rising = *falling = 1;
		b->column[row] = (uint8_t)c;
		place(b, row + 1);
		b->columns[c] = *rising = *falling = 0;
	}
}

uint64_t run(uint64_t order, uint64_t rounds)
{
	uint64_t sum = 0;
	for (uint64_t r = 0; r < rounds; r++) {
		struct board b = {.order = order, .sum = sum};
		place(&b, 0);
		if (b.found != solutions[order])
			fail("the number of solutions is wrong");
		sum = fold(b.sum, b.found);
	}
	return sum;
}
