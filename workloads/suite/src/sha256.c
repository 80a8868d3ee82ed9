// SHA-256 (FIPS 180-4) of a message: shifts, logic and adds without branches,
// with a little parallelism around one long dependence chain.
//
// Each round hashes the message after its first bytes have been replaced by
// the digest of the round before. The checksum is the first eight bytes of the
// last digest.
#include "runtime.h"

const struct workload workload = {
	"sha256",
	{"KIB", 1, 1 << 20, 0},
	{"ROUNDS", 1, 1000000, 1},
};

enum { BLOCK = 64, DIGEST = 32 };

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static inline uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// ROUND writes d and h; the caller rotates the names instead of the values.
#define ROUND(a, b, c, d, e, f, g, h, i)                                                    \
	do {                                                                                \
		uint32_t t = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +           \
			     (g ^ (e & (f ^ g))) + K[i] + w[i];                             \
		d += t;                                                                     \
		h = t + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b))); \
	} while (0)

static void compress(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[64];
	for (int i = 0; i < 16; i++)
		w[i] = word(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		uint32_t x = w[i - 15], y = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) +
		       (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (int i = 0; i < 64; i += 8) {
		ROUND(a, b, c, d, e, f, g, h, i);
		ROUND(h, a, b, c, d, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d, i + 4);
		ROUND(d, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

static void sha256(uint8_t digest[DIGEST], const uint8_t *message, uint64_t n)
{
	uint32_t state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	uint64_t left = n;
	for (; left >= BLOCK; left -= BLOCK, message += BLOCK)
		compress(state, message);
	uint8_t last[2 * BLOCK] = {0};
	for (uint64_t i = 0; i < left; i++)
		last[i] = message[i];
	last[left] = 0x80;
	uint64_t size = left < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	for (uint64_t i = 0; i < 8; i++)
		last[size - 1 - i] = (uint8_t)(8 * n >> 8 * i);
	for (uint64_t i = 0; i < size; i += BLOCK)
		compress(state, last + i);
	for (int i = 0; i < DIGEST; i++)
		digest[i] = (uint8_t)(state[i / 4] >> (24 - i % 4 * 8));
}

static uint64_t first(const uint8_t digest[DIGEST])
{
	return (uint64_t)word(digest) << 32 | word(digest + 4);
}

// check hashes the two short examples of the standard.
static void check(void)
{
	static const uint8_t one[] = "abc", two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t digest[DIGEST];
	sha256(digest, one, sizeof one - 1);
	if (first(digest) != 0xba7816bf8f01cfea)
		fail("the digest of one block is wrong");
	sha256(digest, two, sizeof two - 1);
	if (first(digest) != 0x248d6a61d20638b8)
		fail("the digest of two blocks is wrong");
}

uint64_t run(uint64_t kib, uint64_t rounds)
{
	uint64_t n = kib * 1024, random = mix(n);
	uint8_t *message = allocate(n), digest[DIGEST] = {0};
	check();
	for (uint64_t i = 0; i < n; i += 8) {
		random = advance(random);
		for (int k = 0; k < 8; k++)
			message[i + (uint64_t)k] = (uint8_t)(random >> 8 * k);
	}
	for (uint64_t r = 0; r < rounds; r++) {
		for (int i = 0; i < DIGEST; i++)
			message[i] ^= digest[i];
		sha256(digest, message, n);
	}
	return first(digest);
}
