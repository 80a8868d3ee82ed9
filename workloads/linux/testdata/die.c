// The ways to die: abort, a wild load, a wild jump, an illegal instruction, a
// breakpoint, a store to code, kill.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	printf("before %s\n", argv[1]);
	fflush(stdout);
	switch (argv[1][0]) {
	case 'a':
		abort();
	case 'l':
		return *(volatile int *)8;
	case 'j':
		((void (*)(void))0x1230)();
		break;
	case 'i':
		__asm__ volatile("unimp");
		break;
	case 'b':
		__asm__ volatile("ebreak");
		break;
	case 's':
		*(volatile int *)(void *)main = 0;
		break;
	case 'k':
		kill(getpid(), SIGTERM);
	}
	return 0;
}
