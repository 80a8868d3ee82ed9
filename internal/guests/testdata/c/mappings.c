// mmap, mremap, mprotect, madvise and their errors; a file mapped.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { page = 4096 };
#define show(e) (errno = 0, r = (long)(e), printf("%s = %ld %s\n", #e, r, r == -1 ? strerrorname_np(errno) : ""))
static char *map(size_t n, int prot, int flags) { return mmap(NULL, n, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0); }

int main(void)
{
	long r;
	char *p = map(8 * page, PROT_READ | PROT_WRITE, 0);
	for (int i = 0; i < 8; i++)
		p[i * page] = 'a' + i;
	char *q = mremap(p, 8 * page, 4 * page, 0);
	show(q == p);
	q = map(64 * page, PROT_NONE, MAP_NORESERVE);
	char *to = q + 8 * page;
	q = mremap(p, 4 * page, 6 * page, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	show(q == to);
	printf("%c%c%c%c%d%d\n", q[0], q[page], q[2 * page], q[3 * page], q[4 * page], q[6 * page - 1]);
	q[5 * page] = 1;
	show(mremap(q, 6 * page, 7 * page, 0) == MAP_FAILED);
	q = mremap(q, 6 * page, 100 * page, MREMAP_MAYMOVE);
	printf("%c%c%d %d\n", q[0], q[3 * page], q[5 * page], q[99 * page]);
	show(mremap(q + 1, page, 2 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	printf("%d\n", errno);
	show(mremap((char *)(1UL << 36), page, 2 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	show(mprotect(q, 2 * page, PROT_READ));
	show(mprotect(q + 5, page, PROT_READ));
	show(mprotect((char *)(1UL << 36), page, PROT_READ));
	int fd[2];
	if (pipe(fd))
		return 1;
	show(write(fd[1], "xyz", 3));
	show(read(fd[0], q, 3)); // read-only: the kernel's own writes fail, too
	show(read(fd[0], q + 2 * page, 3));
	show(write(fd[1], (char *)(1UL << 36), 3));
	show(mprotect(q, 2 * page, PROT_READ | PROT_WRITE));
	show(madvise(q, 2 * page, MADV_DONTNEED));
	printf("%d %d %c\n", q[0], q[page], q[3 * page]);
	show(madvise(q, page, MADV_WILLNEED));
	show(madvise(q + 1, page, MADV_DONTNEED));
	show(munmap(q, 50 * page));
	show(munmap(q, 50 * page));
	show(munmap(q + 1, page));
	show(munmap(q + 50 * page, 50 * page));

	char *huge = map(1UL << 34, PROT_NONE, MAP_NORESERVE);
	show(huge != MAP_FAILED);
	show(mprotect(huge + (1UL << 33), page, PROT_READ | PROT_WRITE));
	huge[1UL << 33] = 7;
	show(huge[1UL << 33]);
	show(munmap(huge, 1UL << 34));
	show(mmap(NULL, page, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	show(mmap(NULL, page, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED);
	printf("%s\n", strerrorname_np(errno));

	char name[] = "/tmp/guest-XXXXXX";
	int file = mkstemp(name);
	for (int i = 0; i < 2 * page; i++)
		if (write(file, &"0123456789"[i % 10], 1) != 1)
			return 2;
	char *m = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	char *second = mmap(NULL, page, PROT_READ, MAP_PRIVATE, file, page);
	printf("%.12s %.5s\n", m, second);
	m[0] = 'X';
	char c;
	show(pread(file, &c, 1, 0));
	printf("%c %c\n", c, m[0]);
	show(mmap(NULL, page, PROT_READ, MAP_PRIVATE, file, 100) == MAP_FAILED);
	unlink(name);
	void *end = sbrk(0);
	show(sbrk(3 * page) == end);
	memset(end, 1, 3 * page);
	show(sbrk(-3 * page) == (char *)end + 3 * page);
	return 0;
}
