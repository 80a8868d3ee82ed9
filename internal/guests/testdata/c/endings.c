// What runs at a program's end, in which order, and the exit code of it all.
// run: e
// timed: q
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int count;
__attribute__((constructor(200))) static void second(void) { printf("constructor %d\n", ++count); }
__attribute__((constructor(150))) static void first(void) { printf("constructor %d before\n", ++count); }
__attribute__((destructor(150))) static void last(void) { printf("destructor, last %d\n", ++count); }
__attribute__((destructor(200))) static void early(void) { printf("destructor %d\n", ++count); }
static void late(void) { printf("registered at the end %d\n", ++count); }
static void handler(void)
{
	printf("atexit %d\n", ++count);
	atexit(late);
}
static void told(int status, void *word) { printf("on_exit %d %s %d\n", status, (char *)word, ++count); }
static void quick(void)
{
	printf("quick %d\n", ++count);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	atexit(handler);
	on_exit(told, "argument");
	for (int i = 0; i < 40; i++)
		if (atexit(late))
			return 9;
	at_quick_exit(quick);
	printf("main");
	switch (argc > 1 ? argv[1][0] : 'r') {
	case 'e':
		exit(259);
	case 'q':
		quick_exit(17);
	case '_':
		_exit(18);
	}
	return 19;
}
