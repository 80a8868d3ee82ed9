// Compression and decompression of text: a hash of the next three bytes finds
// where they were last seen, and a match is copied from there (Lempel and Ziv,
// IEEE Trans. Inf. Theory 23(3), 1977; the hash table after LZRW1, Williams,
// DCC 1991). Byte loads, short loops of unknown length, hash table lookups.
//
// The compressed form is a sequence of
//   0..127 n     n + 1 literal bytes follow
//   128..255 n   copy n - 128 + MATCH bytes from a distance in the next two
#include "text.h"

const struct workload workload = {
	"lz",
	{"KIB", 1, 1 << 20, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { MATCH = 3, LONGEST = 127 + MATCH, LITERALS = 128, FARTHEST = 65535, HASHES = 4096, SLICES = 8 };

static inline uint32_t hash(const uint8_t *p)
{
	uint32_t x = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
	return x * 0x9e3779b1 >> 20;
}

static uint8_t *put_literals(uint8_t *out, const uint8_t *from, const uint8_t *to)
{
	while (from < to) {
		uint64_t n = (uint64_t)(to - from);
		n = n < LITERALS ? n : LITERALS;
		*out++ = (uint8_t)(n - 1);
		for (; n; n--)
			*out++ = *from++;
	}
	return out;
}

// compress writes in[0..n) to out and returns the size. The hash table holds
// positions of in; any content does, if it is below n.
static uint64_t compress(uint8_t *out, const uint8_t *in, uint64_t n, uint32_t *table)
{
	const uint8_t *p = in, *literals = in, *end = in + n;
	uint8_t *start = out;
	while (p + MATCH <= end) {
		uint32_t *slot = &table[hash(p)];
		const uint8_t *match = in + *slot;
		*slot = (uint32_t)(p - in);
		uint64_t limit = (uint64_t)(end - p), length = 0, distance = (uint64_t)(p - match);
		limit = limit < LONGEST ? limit : LONGEST;
		if (match < p && distance <= FARTHEST)
			while (length < limit && match[length] == p[length])
				length++;
		if (length < MATCH) {
			p++;
			continue;
		}
		out = put_literals(out, literals, p);
		*out++ = (uint8_t)(128 + length - MATCH);
		*out++ = (uint8_t)distance;
		*out++ = (uint8_t)(distance >> 8);
		p += length;
		literals = p;
	}
	out = put_literals(out, literals, end);
	return (uint64_t)(out - start);
}

// decompress writes at most limit bytes to out and returns their number.
static uint64_t decompress(uint8_t *out, uint64_t limit, const uint8_t *in, uint64_t n)
{
	const uint8_t *end = in + n;
	uint64_t done = 0;
	while (in < end) {
		uint64_t token = *in++;
		if (token < LITERALS) {
			if (token + 1 > limit - done)
				return 0;
			for (uint64_t i = 0; i <= token; i++)
				out[done++] = *in++;
			continue;
		}
		uint64_t length = token - LITERALS + MATCH, distance = in[0] | (uint64_t)in[1] << 8;
		in += 2;
		if (length > limit - done || distance == 0 || distance > done)
			return 0;
		for (; length; length--, done++)
			out[done] = out[done - distance];
	}
	return done;
}

uint64_t run(uint64_t kib, uint64_t rounds)
{
	uint64_t n = kib * 1024, slice = n / SLICES;
	uint8_t *in = allocate(n), *back = allocate(n), *out = allocate(n + n / LITERALS + 1);
	uint32_t *table = allocate(HASHES * sizeof *table);
	uint64_t seed = write_text(in, n, mix(n)), sum = 0;
	for (uint64_t r = 0; r < rounds; r++) {
		uint64_t size = compress(out, in, n, table);
		if (decompress(back, n, out, size) != n)
			fail("the text does not come back whole");
		for (uint64_t i = 0; i < n; i++)
			if (back[i] != in[i])
				fail("the text comes back changed");
		sum = fold(sum, size);
		for (uint64_t i = 0; i < size; i += 64)
			sum = fold(sum, out[i]);
		// Other text for the next round, an eighth at a time.
		seed = write_text(in + r % SLICES * slice, slice, seed);
	}
	return sum;
}
