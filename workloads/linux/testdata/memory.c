// Allocation of all sizes: heap, mappings of their own, realloc by mremap.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t sum(const unsigned char *p, size_t n)
{
	uint64_t s = 0;
	for (size_t i = 0; i < n; i++)
		s = s * 31 + p[i];
	return s;
}

int main(void)
{
	enum { N = 2000 };
	static unsigned char *p[N];
	static size_t size[N];
	uint64_t x = 1, total = 0;
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < N; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			size_t n = (x >> 33) % (i % 50 == 0 ? 300000 : 2000) + 1;
			if ((x >> 20) % 3 == 0) {
				free(p[i]);
				p[i] = NULL;
				size[i] = 0;
				continue;
			}
			p[i] = realloc(p[i], n);
			if (!p[i])
				return 1;
			if (n > size[i])
				memset(p[i] + size[i], i ^ round, n - size[i]);
			size[i] = n;
		}
		for (int i = 0; i < N; i++)
			total += sum(p[i], size[i]);
	}
	printf("%llx\n", (unsigned long long)total);

	unsigned char *big = malloc(1 << 20);
	memset(big, 5, 1 << 20);
	big = realloc(big, 64 << 20);
	printf("%llx %d\n", (unsigned long long)sum(big, 1 << 20), big[(64 << 20) - 1]);
	big = realloc(big, 1000);
	printf("%llx\n", (unsigned long long)sum(big, 1000));

	char *m = mmap(NULL, 1UL << 32, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	printf("reserve %d\n", m != MAP_FAILED);
	printf("protect %d\n", mprotect(m + 4096, 8192, PROT_READ | PROT_WRITE));
	m[4096] = 1;
	m[4096 + 8191] = 2;
	printf("hole %d %d\n", munmap(m + 12288, 4096), mprotect(m, 1 << 20, PROT_READ));
	printf("errno %d\n", errno);
	void *q = mmap(m + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	printf("fixed %d %d\n", q == m + 4096, m[4096]);
	printf("zero size %d", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	printf(" errno %d\n", errno);
	printf("too large %d", mmap(NULL, 1UL << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	printf(" errno %d\n", errno);
	printf("odd unmap %d", munmap(m + 1, 4096));
	printf(" errno %d\n", errno);
	char *r = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(r, "moved along");
	r = mremap(r, 8192, 32 << 20, MREMAP_MAYMOVE);
	printf("%s %d\n", r, r[32 * 1024 * 1024 - 1]);
	madvise(r, 4096, MADV_DONTNEED);
	printf("dropped %d\n", r[0]);
	char *end = sbrk(0);
	printf("brk %d %d\n", sbrk(10000) == end, (char *)sbrk(0) == end + 10000);
	return 0;
}
