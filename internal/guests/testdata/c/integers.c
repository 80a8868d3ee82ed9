// Integer arithmetic at its edges.
// run: 3000
// timed: 150
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t digest;
static void mix(uint64_t v) { digest = (digest ^ v) * 1099511628211u; }
static uint64_t x = 0x123456789abcdef;
static uint64_t next(void)
{
	static const uint64_t edge[] = {0, 1, -1, INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, UINT32_MAX, 0x80000000};
	x = x * 6364136223846793005u + 1442695040888963407u;
	return x >> 60 < 9 ? edge[x >> 60] : x >> 60 < 12 ? (uint64_t)((int64_t)x >> (x >> 52 & 63)) : x ^ x >> 29;
}
#define asm2(op, a, b) ({ uint64_t r_; __asm__ volatile(op " %0, %1, %2" : "=r"(r_) : "r"(a), "r"(b)); r_; })

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	for (int i = 0; i < n; i++) {
		uint64_t a = next(), b = next();
		mix(asm2("mul", a, b));
		mix(asm2("mulh", a, b));
		mix(asm2("mulhu", a, b));
		mix(asm2("mulhsu", a, b));
		mix(asm2("mulw", a, b));
		mix(asm2("div", a, b));
		mix(asm2("divu", a, b));
		mix(asm2("rem", a, b));
		mix(asm2("remu", a, b));
		mix(asm2("divw", a, b));
		mix(asm2("divuw", a, b));
		mix(asm2("remw", a, b));
		mix(asm2("remuw", a, b));
		mix(asm2("sll", a, b));
		mix(asm2("srl", a, b));
		mix(asm2("sra", a, b));
		mix(asm2("sllw", a, b));
		mix(asm2("srlw", a, b));
		mix(asm2("sraw", a, b));
		mix(asm2("slt", a, b));
		mix(asm2("sltu", a, b));
		mix(asm2("addw", a, b));
		mix(asm2("subw", a, b));
		unsigned __int128 wide = (unsigned __int128)a * b + a;
		mix(wide >> 64);
		if (b)
			mix(wide / b), mix(wide % b);
		__int128 s = (__int128)(int64_t)a * (int64_t)b;
		if (a)
			mix(s / (int64_t)a);
		mix(__builtin_popcountll(a));
		mix(a ? __builtin_clzll(a) + 64 * __builtin_ctzll(a) : 1);
		mix(__builtin_bswap64(a) + __builtin_bswap32(b) + __builtin_bswap16(a));
		int64_t sum;
		mix(__builtin_add_overflow((int64_t)a, (int64_t)b, &sum));
		mix(__builtin_mul_overflow((int64_t)a, (int64_t)b, &sum));
		mix(sum);
		mix((uint64_t)(int8_t)a + (uint64_t)(int16_t)b + (uint8_t)a + (uint16_t)b);
	}
	printf("%lx\n", digest);
	volatile int64_t most = INT64_MIN, minus = -1, zero = 0;
	printf("%ld %ld %ld %ld\n", (long)asm2("div", most, minus), (long)asm2("rem", most, minus), (long)asm2("div", most, zero), (long)asm2("rem", most, zero));
	printf("%ld %d\n", labs(-5), abs(-7));
	ldiv_t q = ldiv(-17, 5);
	printf("%ld %ld\n", q.quot, q.rem);
	return 0;
}
