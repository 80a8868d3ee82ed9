// Packets of a fixed length go through a pipeline of passes. What a packet is,
// two random flags, is looked at when it arrives and again after each pass
// over its words: branches that go as one did some seventy to more than two
// hundred branches before, with nothing but the loops' own in between. A
// predictor with a shorter history takes them for random ones.
#include "runtime.h"

const struct workload workload = {
	"packets",
	{"PACKETS", 1, 1 << 28, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { WORDS = 72, SEALED = 1, URGENT = 2 };

struct packet {
	uint64_t flags;
	uint64_t word[WORDS];
};

// What is counted of all packets. The stores keep the branches: the
// destinations are different ones.
static struct {
	uint64_t sealed, open, urgent, late, alike, checked;
} volatile count;

static uint64_t sum(const struct packet *p)
{
	uint64_t s = p->flags;
	for (int i = 0; i < WORDS; i++)
		s += p->word[i];
	return s;
}

static void rotate(struct packet *p, uint64_t key)
{
	for (int i = 0; i < WORDS; i++)
		p->word[i] ^= key;
}

static uint64_t parity(const struct packet *p)
{
	uint64_t s = 0;
	for (int i = 0; i < WORDS; i++)
		s ^= p->word[i];
	return s;
}

// classify is the arrival: two branches that nothing predicts, and one that
// follows from them.
static void classify(const struct packet *p)
{
	if (p->flags & SEALED)
		count.sealed++;
	else
		count.open++;
	if (p->flags & URGENT)
		count.urgent++;
	else
		count.late++;
	if (p->flags == 0 || p->flags == (SEALED | URGENT))
		count.alike++;
}

uint64_t run(uint64_t packets, uint64_t rounds)
{
	struct packet *p = allocate(sizeof *p);
	uint64_t digest = 0, random = mix(packets), arrived = 0;
	for (uint64_t r = 0; r < rounds; r++) {
		for (uint64_t n = 0; n < packets; n++) {
			random = advance(random);
			p->flags = random >> 62;
			arrived++;
			classify(p);
			uint64_t before = sum(p);
			if (p->flags & SEALED)
				count.open++;
			else
				count.sealed++;
			rotate(p, random >> 32);
			if (p->flags & URGENT)
				count.late++;
			else
				count.urgent++;
			uint64_t after = parity(p);
			if (p->flags & SEALED)
				digest = fold(digest, before);
			if (p->flags & URGENT)
				digest = fold(digest, after);
			else
				count.checked++;
		}
	}
	// Whatever a flag was, each pair of branches counted it twice in all.
	if (count.sealed + count.open != 2 * arrived || count.sealed != count.open || count.urgent + count.late != 2 * arrived ||
	    count.urgent != count.late)
		fail("the counts do not add up");
	return fold(digest, count.alike << 32 | count.checked);
}
