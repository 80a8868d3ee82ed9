// Ends that a signal brings, after what was written.
// run: abort
// timed: segv
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void handler(int s)
{
	printf("abort is handled, and ends the program all the same\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	printf("until here\n");
	fflush(stdout);
	printf("lost in the buffer\n");
	if (!strcmp(how, "abort")) {
		signal(SIGABRT, handler);
		abort();
	}
	if (!strcmp(how, "segv")) {
		sigset_t set; // blocked or ignored, a fault kills
		sigemptyset(&set);
		sigaddset(&set, SIGSEGV);
		sigprocmask(SIG_BLOCK, &set, NULL);
		signal(SIGSEGV, handler);
		*(volatile int *)8 = 1;
	}
	return 3;
}
