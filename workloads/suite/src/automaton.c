// Search for many keywords at once by a table-driven automaton (Aho and
// Corasick, CACM 18(6), 1975): one state transition a byte, each a load whose
// address needs the load before. Its time is the L1's latency; its working set
// is the text and the table.
#include "text.h"

const struct workload workload = {
	"automaton",
	{"KIB", 1, 1 << 20, 0},
	{"ROUNDS", 1, 1000000, 1},
};

// Characters fall into 32 classes: letters by their place in the alphabet, and
// class 0 for all others.
enum { CLASSES = 32, STATES = 256, SLICES = 8, KEYWORDS = 24, CHECKED = 512 };

static const char keywords[KEYWORDS][WORD_SIZE] = {
	"thread", "threat", "throughput", "through", "register", "regular", "cache", "catch",
	"context", "contend", "instruct", "read", "pipeline", "penalty", "predict", "precede",
	"branch", "break", "memory", "memoir", "resource", "rough", "switch", "there",
};

struct automaton {
	uint8_t class[256];
	uint8_t ends[STATES]; // keywords that end in the state
	uint8_t next[STATES][CLASSES];
	uint64_t states;
};

static void add(struct automaton *a, const char *keyword)
{
	uint8_t s = 0;
	for (; *keyword; keyword++) {
		uint8_t *next = &a->next[s][a->class[(uint8_t)*keyword]];
		if (!*next) {
			if (a->states == STATES)
				fail("too many states");
			*next = (uint8_t)a->states++;
		}
		s = *next;
	}
	a->ends[s]++;
}

// complete turns the tree of keywords into an automaton: where the tree has no
// child, the transition is that of the longest proper suffix in the tree.
static void complete(struct automaton *a)
{
	uint8_t queue[STATES], suffix[STATES];
	uint64_t head = 0, tail = 0;
	suffix[0] = 0;
	queue[tail++] = 0;
	while (head < tail) {
		uint8_t s = queue[head++];
		for (uint64_t c = 0; c < CLASSES; c++) {
			uint8_t other = s ? a->next[suffix[s]][c] : 0, child = a->next[s][c];
			if (!child) {
				a->next[s][c] = other;
				continue;
			}
			suffix[child] = other;
			a->ends[child] = (uint8_t)(a->ends[child] + a->ends[other]);
			queue[tail++] = child;
		}
	}
}

static void construct(struct automaton *a)
{
	for (int c = 'a'; c <= 'z'; c++)
		a->class[c] = (uint8_t)(c - 'a' + 1);
	a->states = 1;
	for (uint64_t k = 0; k < KEYWORDS; k++)
		add(a, keywords[k]);
	complete(a);
}

// check compares the automaton with a search for each keyword, in the text's
// beginning.
static void check(const struct automaton *a, const uint8_t *text, uint64_t n)
{
	uint64_t found = 0, expected = 0;
	n = n < CHECKED ? n : CHECKED;
	for (uint64_t i = 0, s = 0; i < n; i++) {
		s = a->next[s][a->class[text[i]]];
		found += a->ends[s];
	}
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t k = 0; k < KEYWORDS; k++) {
			const char *c = keywords[k];
			for (uint64_t j = i; *c && j < n && (uint8_t)*c == text[j]; j++)
				c++;
			expected += !*c;
		}
	if (found != expected)
		fail("the automaton misses a keyword, or invents one");
}

uint64_t run(uint64_t kib, uint64_t rounds)
{
	uint64_t n = kib * 1024, slice = n / SLICES;
	struct automaton *a = allocate(sizeof *a);
	uint8_t *text = allocate(n), s = 0;
	uint64_t seed = write_text(text, n, mix(n)), sum = 0;
	construct(a);
	for (uint64_t r = 0; r < rounds; r++) {
		uint64_t found = 0, places = 0;
		for (uint64_t i = 0; i < n; i++) {
			s = a->next[s][a->class[text[i]]];
			if (a->ends[s]) {
				found += a->ends[s];
				places += i;
			}
		}
		sum = fold(fold(sum, found), places);
		// Other text for the next round, an eighth at a time.
		seed = write_text(text + r % SLICES * slice, slice, seed);
	}
	check(a, text, n);
	return sum;
}
