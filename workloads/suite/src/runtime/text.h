// English-like text for the workloads that read text: words of uneven
// frequency, cheap to write.
#pragma once

#include "runtime.h"

enum { WORDS = 64, WORD_SIZE = 12 };

// The commonest words come first.
static const char text_words[WORDS][WORD_SIZE] = {
	"the ", "of ", "and ", "to ", "in ", "a ", "is ", "that ",
	"thread ", "for ", "it ", "was ", "on ", "with ", "cache ", "as ",
	"be ", "from ", "each ", "issue ", "cycle ", "memory ", "by ", "this ",
	"at ", "are ", "which ", "machine ", "not ", "or ", "fetch ", "have ",
	"one ", "program ", "register ", "but ", "all ", "were ", "branch ", "there\n",
	"when ", "queue ", "more ", "latency ", "load ", "store ", "predict ", "their ",
	"slot ", "waste\n", "through ", "switch ", "instruct ", "other ", "between ", "execute ",
	"because ", "throughput ", "penalty ", "resource ", "parallel ", "context ", "number ", "pipeline\n",
};

// write_text fills to[0..n) with words. The same seed writes the same text;
// the next seed is returned.
static inline uint64_t write_text(uint8_t *to, uint64_t n, uint64_t seed)
{
	const char *c = "";
	for (uint64_t i = 0; i < n; i++) {
		if (!*c) {
			// The product of two uniform numbers prefers small ones.
			seed = advance(seed);
			c = text_words[below(seed, 1 + below(seed << 20, WORDS))];
		}
		to[i] = (uint8_t)*c++;
	}
	return seed;
}
