// A dynamically linked program: libraries, constructors, thread-local storage,
// dlopen, and what the kernel told the dynamic linker.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static __thread int local = 5;
static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 7; }
__attribute__((destructor)) static void destruct(void) { puts("destructed"); }

static void *thread(void *arg)
{
	local += *(int *)arg;
	return (void *)(long)local;
}

static int count(struct dl_phdr_info *i, size_t size, void *n)
{
	if (strstr(i->dlpi_name, "libc.so") || strstr(i->dlpi_name, "libm.so"))
		++*(int *)n;
	return 0;
}

int main(int argc, char **argv)
{
	printf("constructed %d, %d arguments, %s\n", constructed, argc, argv[argc - 1]);
	printf("%.17g %.17g\n", sin(argc), pow(1.5, argc));
	pthread_t t;
	int add = 3;
	void *result;
	pthread_create(&t, NULL, thread, &add);
	pthread_join(t, &result);
	printf("thread %ld, here %d\n", (long)result, local);
	void *m = dlopen("libm.so.6", RTLD_NOW);
	double (*cosine)(double) = m ? dlsym(m, "cos") : NULL;
	printf("dlopen %d cos %.17g\n", m != NULL, cosine ? cosine(1) : 0);
	printf("missing %d %d\n", dlopen("libmissing.so", RTLD_NOW) == NULL, dlerror() != NULL);
	int libraries = 0;
	dl_iterate_phdr(count, &libraries);
	printf("libraries %d\n", libraries);
	ElfW(Phdr) *p = (void *)getauxval(AT_PHDR);
	printf("phdr %d entry %d base %d\n", (char *)p - (char *)getauxval(AT_PHDR) == 0, getauxval(AT_ENTRY) != 0, getauxval(AT_BASE) != 0);
	setenv("A", "B", 1);
	printf("%s\n", getenv("A"));
	fprintf(stderr, "to stderr\n");
	return 40 + argc;
}
