// Pointer chase: every load's address comes from the load before, so one miss
// is outstanding at a time and the time of a load is the latency of whatever
// level holds the footprint.
//
// The list is one cycle through all cache lines of the footprint. A line's
// word holds the distance of its successor from a guess, the next line of a
// fixed full-period sequence; zero-filled memory is therefore a valid list,
// whatever its size, and no initialisation is needed. The guess is computed
// beside the load, and the address of the next load is guess + loaded word.
//
// The sequence: n = odd * 2^k lines. The low part follows a linear
// congruential generator modulo 2^k (full period by Hull and Dobell, SIAM
// Review 4(3), 1962), the high part steps by a number coprime to odd; as 2^k
// and odd are coprime, the pair has period n (Chinese remainder theorem).
//
// WORK steps of arithmetic a load stand for what a program does with the
// nodes of a list. No load waits for them.
#include "runtime.h"

const struct workload workload = {
	"chase",
	{"KIB", 1, 1 << 24, 0},
	{"LOADS", 1, 1ull << 40, 1 << 20},
	{"WORK", 0, 1 << 20, 0},
};

enum { LINE = 64 };

static const uint64_t factor = 0x5851f42d4c957f2d, increment = 0x14057b7ef767814f;

struct sequence {
	uint64_t odd, step; // high part: its modulus and its step
	uint64_t shift;     // k
};

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t t = a % b;
		a = b;
		b = t;
	}
	return a;
}

static struct sequence sequence(uint64_t lines)
{
	struct sequence s = {lines, 0, 0};
	for (; !(s.odd & 1); s.odd >>= 1)
		s.shift++;
	for (s.step = s.odd * 5 / 8; gcd(s.step, s.odd) != 1;)
		s.step++;
	s.step %= s.odd;
	return s;
}

// at is the line after n steps from line 0, by repeated squaring.
static uint64_t at(struct sequence s, uint64_t n)
{
	uint64_t a = 1, c = 0, fa = factor, fc = increment;
	uint64_t high = n % s.odd * s.step % s.odd;
	for (; n; n >>= 1) {
		if (n & 1) {
			a *= fa;
			c = c * fa + fc;
		}
		fc *= fa + 1;
		fa *= fa;
	}
	return high << s.shift | (c & ((1ull << s.shift) - 1));
}

uint64_t run(uint64_t kib, uint64_t loads)
{
	uint64_t lines = kib * 1024 / LINE;
	const char *base = allocate(lines * LINE), *p = base;
	struct sequence s = sequence(lines);
	uint64_t mask = (1ull << s.shift) - 1, low = 0, high = 0, sum = 0;
	for (uint64_t i = 0; i < loads; i++) {
		int64_t distance = *(const int64_t *)p;
		low = low * factor + increment;
		high += s.step;
		high -= high >= s.odd ? s.odd : 0;
		const char *guess = base + (high << s.shift | (low & mask)) * LINE;
		__asm__("" : "+r"(guess)); // one addition after the load, not two
		p = guess + distance;
		sum += (uint64_t)(p - base);
		sum ^= sum << 7;
		for (uint64_t k = extra; k; k--)
			sum = fold(sum, low);
	}
	if ((uint64_t)(p - base) != at(s, loads) * LINE)
		fail("the chase ends at the wrong line");
	return fold(sum, (uint64_t)(p - base));
}
