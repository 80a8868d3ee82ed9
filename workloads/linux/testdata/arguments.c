#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;
extern void _start(void);

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	printf("%d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	int n = 0;
	while (environ[n])
		n++;
	qsort(environ, n, sizeof *environ, compare); // qemu reverses them
	for (char **e = environ; *e; e++)
		printf("%s\n", *e);
	printf("%s %s\n", getenv("FRUIT"), getenv("NOTHING") ? "set" : "unset");
	printf("%s %d\n", program_invocation_short_name, argv[argc] == NULL);
	const Elf64_Phdr *ph = (const Elf64_Phdr *)getauxval(AT_PHDR);
	int loads = 0;
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		loads += ph[i].p_type == PT_LOAD;
	printf("page %lu phent %lu loads %d base %lu\n", getauxval(AT_PAGESZ), getauxval(AT_PHENT), loads, getauxval(AT_BASE));
	printf("entry %d secure %lu tick %lu\n", getauxval(AT_ENTRY) == (uintptr_t)_start, getauxval(AT_SECURE), getauxval(AT_CLKTCK));
	printf("uid %d gid %d\n", getauxval(AT_UID) == getuid(), getauxval(AT_EGID) == getegid());
	printf("aligned %d random %d\n", (int)((uintptr_t)__builtin_frame_address(0) % 16), getauxval(AT_RANDOM) != 0);
	printf("hwcap %d\n", (getauxval(AT_HWCAP) & 0x112d) == 0x112d);
	return argc;
}
