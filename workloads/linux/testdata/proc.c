// What /proc and /sys say, read as programs do; lines that differ from kernel
// to kernel are checked and not printed.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static char text[1 << 16];
static char *text_pointer = text;

static long slurp(const char *name)
{
	int f = open(name, O_RDONLY);
	long n = f < 0 ? -errno : 0, r;
	while (f >= 0 && (r = read(f, text + n, 1000)) > 0)
		n += r;
	text[n > 0 ? n : 0] = 0;
	close(f);
	return n;
}

static int mapped(void *p, const char *prot, const char *name)
{
	slurp("/proc/self/maps");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long from, to;
		char allowed[8], rest[300] = "";
		sscanf(line, "%lx-%lx %7s %*x %*s %*d %299s", &from, &to, allowed, rest);
		if ((unsigned long)p >= from && (unsigned long)p < to)
			return strncmp(allowed, prot, 3) == 0 && strcmp(rest, name) == 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	int on_stack, n = 0;
	printf("stack %d heap %d\n", mapped(&on_stack, "rw-", "[stack]"), mapped(sbrk(0) - 1, "rw-", "[heap]"));
	pthread_attr_t a;
	void *base;
	size_t size;
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &base, &size);
	printf("stack of the main thread %d\n", (char *)&on_stack > (char *)base && (char *)&on_stack < (char *)base + size);
	long length = slurp("/proc/self/cmdline");
	printf("cmdline %ld %s %s\n", length, text, text + strlen(text) + 1);
	char link[300] = "";
	n = readlink("/proc/self/exe", link, 299);
	printf("exe %d\n", strcmp(basename(link), basename(argv[0])) == 0);
	printf("text %d data %d\n", mapped(main, "r-x", link), mapped(&text_pointer, "rw-", link));
	int f = open(link, O_RDONLY);
	int page = getpagesize();
	char *m = mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE, f, 0);
	char *second = mmap(m + page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
	printf("file %d hole %d file %d\n", mapped(m, "r--", link), mapped(second, "r--", ""), mapped(m + 2 * page, "r--", link));
	munmap(m, 3 * page);
	printf("unmapped %d\n", mapped(m, "r--", link));
	f = open("/proc/self/exe", O_RDONLY);
	n = read(f, text, 4);
	printf("read %d %d\n", n, memcmp(text, "\177ELF", 4) == 0);
	printf("cwd %zd\n", readlink("/proc/self/cwd", link, 299) > 0 ? (ssize_t)1 : -1);
	slurp("/proc/self/stat");
	int pid;
	char name[100], state;
	sscanf(text, "%d (%99[^)]) %c", &pid, name, &state);
	printf("stat %d %s\n", pid == getpid(), name);
	slurp("/proc/self/status");
	char *t = strstr(text, "\nThreads:");
	printf("status %d\n", t != NULL);
	printf("processors %d %d\n", get_nprocs(), get_nprocs_conf());
	printf("sysconf %d\n", sysconf(_SC_PHYS_PAGES) > 0);
	printf("cpuinfo %d\n", slurp("/proc/cpuinfo") > 0 && strstr(text, "processor"));
	printf("meminfo %d\n", slurp("/proc/meminfo") > 0 && strstr(text, "MemTotal:"));
	printf("missing %ld\n", slurp("/proc/self/nothing"));
	printf("missing %ld\n", slurp("/proc/99999999/stat"));
	f = open("/dev/null", O_RDWR);
	DIR *d = opendir("/proc/self/fd");
	int seen = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		seen += atoi(e->d_name) == f && e->d_name[0] != '.';
	printf("fd %d\n", seen);
	d = opendir("/proc/self/task");
	seen = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		seen += e->d_name[0] != '.';
	printf("tasks %d\n", seen);
	printf("write %d\n", open("/proc/self/maps", O_RDWR | O_TRUNC) < 0);
	return 0;
}
