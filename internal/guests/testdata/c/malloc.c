// The allocator under stress: many sizes, alignments, all entry points; what
// is written stays until it is freed.
// run: 20000
// timed: 400
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { slots = 256 };
static struct {
	unsigned char *p;
	size_t n;
	unsigned char fill;
} s[slots];

static uint64_t state = 88172645463325252u;
static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static void verify(int i)
{
	for (size_t k = 0; k < s[i].n; k += k < 64 ? 1 : 61)
		if (s[i].p[k] != s[i].fill) {
			printf("slot %d lost byte %zu\n", i, k);
			exit(1);
		}
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 100, aligned = 0;
	long live = 0, zeroed = 0;
	for (int round = 0; round < rounds; round++) {
		int i = next() % slots;
		size_t n = next() % (round % 97 == 0 ? 200000 : round % 7 == 0 ? 5000 : 200);
		verify(i);
		size_t old = s[i].n;
		unsigned char *p = s[i].p;
		switch (next() % 5) {
		case 0:
			free(p);
			p = malloc(n);
			break;
		case 1: {
			size_t align = 16u << next() % 8;
			free(p);
			p = aligned_alloc(align, (n + align - 1) / align * align);
			aligned += (uintptr_t)p % align == 0;
			break;
		}
		case 2:
			free(p);
			p = calloc(n, 1);
			for (size_t k = 0; k < n; k += 13)
				zeroed += p[k] != 0;
			break;
		case 3:
			free(p);
			if (posix_memalign((void **)&p, 4096, n))
				return 2;
			aligned += (uintptr_t)p % 4096 == 0;
			break;
		default:
			p = realloc(p, n ? n : 1);
			for (size_t k = 0; k < old && k < n; k++)
				if (p[k] != s[i].fill)
					return 3;
			n = n ? n : 1;
		}
		if (!p && n || malloc_usable_size(p) < n)
			return 4;
		live += (long)n - (long)old;
		s[i].p = p, s[i].n = n, s[i].fill = next();
		memset(p, s[i].fill, n);
	}
	for (int i = 0; i < slots; i++) {
		verify(i);
		live -= s[i].n;
		free(s[i].p);
	}
	printf("aligned %d not zero %ld live %ld\n", aligned, zeroed, live);
	printf("trim %d\n", malloc_trim(0) >= 0);
	printf("%d %d\n", malloc(SIZE_MAX / 2) == NULL, calloc(SIZE_MAX / 2, 4) == NULL);
	printf("%d %d\n", reallocarray(NULL, SIZE_MAX / 2, 4) == NULL, posix_memalign((void **)&s[0].p, 3, 8));
	char *big = malloc(3 << 20);
	big[0] = 1, big[(3 << 20) - 1] = 2;
	big = realloc(big, 9 << 20);
	printf("%d %d %d\n", big[0], big[(3 << 20) - 1], (uintptr_t)valloc(100) % 4096 == 0);
	return 0;
}
