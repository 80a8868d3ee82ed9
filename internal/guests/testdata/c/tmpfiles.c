// Files in /tmp: written, read, moved about in, changed, renamed, removed.
// run:
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char dir[] = "/tmp/guest-XXXXXX", name[100], other[100];

#define show(e) (errno = 0, r = (long)(e), printf("%s = %ld%s%s\n", #e, r, r < 0 ? " " : "", r < 0 ? strerrorname_np(errno) : ""))

int main(void)
{
	long r;
	char buf[64] = "";
	struct stat st;
	if (!mkdtemp(dir))
		return 1;
	snprintf(name, sizeof name, "%s/file", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	umask(022);
	show(open(name, O_RDONLY));
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
	show(open(name, O_RDWR | O_CREAT | O_EXCL, 0644));
	show(write(fd, "hello, file system", 18));
	show(lseek(fd, 0, SEEK_CUR));
	show(lseek(fd, -6, SEEK_END));
	show(read(fd, buf, 63));
	puts(buf);
	show(read(fd, buf, 63));
	show(pwrite(fd, "HELLO", 5, 0));
	show(pread(fd, buf, 10, 3));
	printf("%.10s\n", buf);
	show(lseek(fd, 100, SEEK_SET));
	show(write(fd, "!", 1));
	show(fstat(fd, &st));
	printf("size %ld mode %o links %ld regular %d\n", (long)st.st_size, st.st_mode & 07777, (long)st.st_nlink, S_ISREG(st.st_mode));
	show(pread(fd, buf, 2, 99));
	printf("%d %d\n", buf[0], buf[1]);
	show(ftruncate(fd, 5));
	show(lseek(fd, 0, SEEK_SET));
	show(read(fd, buf, 63));
	show(lseek(fd, -1, SEEK_SET));
	struct iovec v[2] = {{"first ", 6}, {"second", 6}}, in[2] = {{buf, 3}, {buf + 10, 30}};
	show(pwritev(fd, v, 2, 2));
	show(preadv(fd, in, 2, 0));
	printf("%.3s %.11s\n", buf, buf + 10);
	int two = dup(fd);
	lseek(two, 7, SEEK_SET);
	show(lseek(fd, 0, SEEK_CUR));
	show(close(two));
	show(close(fd));
	show(read(fd, buf, 1));
	fd = open(name, O_WRONLY | O_APPEND);
	show(write(fd, "+", 1));
	show(lseek(fd, 0, SEEK_CUR));
	show(read(fd, buf, 1));
	show(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	show(fcntl(fd, F_SETFD, FD_CLOEXEC));
	show(fcntl(fd, F_GETFD));
	close(fd);
	show(rename(name, other));
	show(access(name, F_OK));
	show(stat(other, &st));
	printf("size %ld\n", (long)st.st_size);
	fd = open(other, O_RDONLY);
	show(write(fd, "x", 1));
	show(unlink(other));
	show(fstat(fd, &st));
	printf("links %ld size %ld\n", (long)st.st_nlink, (long)st.st_size);
	show(read(fd, buf, 5));
	close(fd);
	show(open(other, O_RDONLY));
	FILE *f = fopen(name, "w+");
	for (int i = 0; i < 200; i++)
		fprintf(f, "line %d\n", i);
	rewind(f);
	int sum = 0, k;
	while (fscanf(f, "line %d\n", &k) == 1)
		sum += k;
	printf("sum %d at %ld\n", sum, ftell(f));
	fclose(f);
	show(truncate(name, 6));
	f = fopen(name, "a+");
	fputs("appended", f);
	fseek(f, 0, SEEK_SET);
	printf("%s", fgets(buf, sizeof buf, f));
	printf(" %s\n", fgets(buf, sizeof buf, f) ? buf : "end");
	fclose(f);
	show(unlink(name));
	show(unlink(name));
	show(rmdir(dir));
	show(open(dir, O_RDONLY));
	f = tmpfile();
	fputs("nameless", f);
	rewind(f);
	puts(fgets(buf, sizeof buf, f));
	return 0;
}
