// The files that a program has: its standard streams and no others.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	FILE *f = fopen("/no/such/file", "r");
	printf("%d %s\n", f == NULL, strerror(errno));
	struct stat st;
	printf("%d", stat("/no/such/file", &st));
	printf(" %d\n", errno);
	printf("%d", access("/no/such/file", R_OK));
	printf(" %d\n", errno);
	printf("%d", fstat(99, &st));
	printf(" %d\n", errno);
	printf("fstat %d fifo %d\n", fstat(1, &st), S_ISFIFO(st.st_mode) != 0);
	printf("tty %d", isatty(1));
	printf(" %d\n", errno);
	printf("seek %ld", (long)lseek(1, 0, SEEK_SET));
	printf(" %d\n", errno);
	fflush(stdout);
	struct iovec v[3] = {{"one ", 4}, {"", 0}, {"two\n", 4}};
	printf("%zd\n", writev(1, v, 3));
	int d = dup(1);
	printf("dup %d %d\n", d, (int)write(d, "duplicate\n", 10));
	printf("dup2 %d close %d", dup2(1, 40), close(40));
	printf(" again %d", close(40));
	printf(" %d\n", errno);
	printf("%d", (int)write(0x7fff, "x", 1));
	printf(" %d\n", errno);
	printf("%d", (int)write(1, (void *)16, 1));
	printf(" %d\n", errno);
	printf("flags %d %d\n", fcntl(1, F_GETFL) & O_ACCMODE, fcntl(77, F_GETFD));
	char buf[100];
	struct utsname u;
	printf("%d %s %s\n", uname(&u), u.sysname, u.machine);
	printf("%d", (int)readlink("/no/such/link", buf, sizeof buf));
	printf(" %d\n", errno);
	return 0;
}
