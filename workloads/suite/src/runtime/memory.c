// The memory functions that the compiler may call. build.sh compiles them with
// -fno-tree-loop-distribute-patterns, or they would call themselves.
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int byte, size_t n)
{
	uint8_t *t = to;
	for (; n && ((uintptr_t)t & 7); n--)
		*t++ = (uint8_t)byte;
	uint64_t word = (uint8_t)byte * 0x0101010101010101ull;
	for (; n >= 8; n -= 8, t += 8)
		*(uint64_t *)t = word;
	while (n--)
		*t++ = (uint8_t)byte;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	if ((((uintptr_t)t ^ (uintptr_t)f) & 7) == 0) {
		for (; n && ((uintptr_t)t & 7); n--)
			*t++ = *f++;
		for (; n >= 8; n -= 8, t += 8, f += 8)
			*(uint64_t *)t = *(const uint64_t *)f;
	}
	while (n--)
		*t++ = *f++;
	return to;
}
