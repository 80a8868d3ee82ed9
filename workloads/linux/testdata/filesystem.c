// Files below /tmp: every call of the file system, with the errors of the
// kernel.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/syscall.h>
#include <unistd.h>

// T prints what a call returns, and its error.
#define T(call) \
	do { \
		errno = 0; \
		long r = (long)(call); \
		printf("%s = %ld", #call, r); \
		if (r < 0) \
			printf(" %s", strerrorname_np(errno)); \
		putchar('\n'); \
	} while (0)

static void show(const char *name)
{
	char b[300];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, b, sizeof b);
	printf("%s:", name);
	for (ssize_t i = 0; i < n; i++)
		printf(b[i] >= ' ' ? "%c" : "\\%o", b[i] & 255);
	printf(" (%zd)\n", n);
	close(fd);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *name)
{
	DIR *d = opendir(name);
	char *names[100];
	int n = 0;
	struct dirent *e;
	while (d && (e = readdir(d))) {
		names[n] = malloc(300);
		sprintf(names[n++], "%s/%d", e->d_name, e->d_type);
	}
	qsort(names, n, sizeof *names, by_name);
	printf("%s lists", name);
	for (int i = 0; i < n; i++)
		printf(" %s", names[i]);
	putchar('\n');
	rewinddir(d);
	int again = 0;
	while (readdir(d))
		again++;
	printf("again %d\n", again);
	closedir(d);
}

static void contents(void)
{
	int f;
	T(f = open("a", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(open("a", O_RDWR | O_CREAT | O_EXCL, 0644));
	T(write(f, "hello, world", 12));
	T(lseek(f, 7, SEEK_SET));
	char b[100];
	T(read(f, b, 3));
	T(lseek(f, 0, SEEK_CUR));
	T(lseek(f, -2, SEEK_END));
	T(read(f, b, 99));
	T(read(f, b, 99));
	T(lseek(f, -100, SEEK_CUR));
	T(lseek(f, 5, 9));
	T(lseek(f, 3, SEEK_DATA));
	T(lseek(f, 3, SEEK_HOLE));
	T(lseek(f, 12, SEEK_DATA));
	T(lseek(f, LONG_MAX, SEEK_END));
	T(pwrite(f, "HELLO", 5, 20));
	T(pread(f, b, 99, 22));
	T(pread(f, b, 9, -1));
	T(pwrite(f, b, 9, -1));
	show("a");
	struct iovec v[3] = {{"one", 3}, {"", 0}, {"two", 3}};
	T(pwritev(f, v, 3, 1));
	T(preadv(f, v, 0, 1));
	T(writev(f, v, 3));
	T(writev(f, v, 5000));
	T(read(f, (void *)8, 3));
	T(write(f, (void *)8, 3));
	T(ftruncate(f, 5));
	T(ftruncate(f, 9));
	T(ftruncate(f, -1));
	show("a");
	T(truncate("a", 3));
	T(truncate("missing", 3));
	T(truncate(".", 3));
	T(fallocate(f, 0, 10, 5));
	T(fallocate(f, FALLOC_FL_KEEP_SIZE, 10, 50));
	T(fallocate(f, 0, -1, 5));
	T(fallocate(f, 0, 0, 0));
	T(pwrite(f, "0123456789abcdef", 16, 0));
	T(fallocate(f, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 2, 3));
	show("a");
	T(close(f));
	T(f = open("a", O_WRONLY | O_APPEND));
	T(write(f, "end", 3));
	T(lseek(f, 0, SEEK_CUR));
	T(read(f, b, 3));
	T(fcntl(f, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	T(fcntl(f, F_SETFL, O_NONBLOCK));
	T(fcntl(f, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	T(fcntl(f, F_SETFD, FD_CLOEXEC));
	T(fcntl(f, F_GETFD));
	int g;
	T(g = fcntl(f, F_DUPFD_CLOEXEC, 30));
	T(fcntl(g, F_GETFD));
	T(lseek(f, 1, SEEK_SET));
	T(lseek(g, 0, SEEK_CUR));
	T(fcntl(f, F_DUPFD, 1 << 20));
	T(fcntl(f, 9999));
	T(dup2(f, 31));
	T(dup2(99, 31));
	T(dup3(f, f, 0));
	T(dup3(f, 1 << 20, 0));
	struct flock lock = {F_WRLCK};
	T(fcntl(f, F_SETLK, &lock));
	T(fcntl(f, F_GETLK, &lock));
	T(lock.l_type);
	T(flock(f, LOCK_EX));
	int n = -1;
	T(ioctl(g, FIONREAD, &n));
	T(ioctl(g, TIOCGWINSZ, b));
	T(isatty(g));
	T(syscall(SYS_close_range, 30, 40, 0));
	T(close(31));
	T(fsync(f));
	T(fdatasync(99));
	T(posix_fadvise(f, 0, 0, 0));
	T(close(f));
	show("a");
}

static void names(void)
{
	T(mkdir("d", 0755));
	T(mkdir("d", 0755));
	T(mkdir("x/y", 0755));
	T(mkdir("a/y", 0755));
	T(mkdir("d/e/", 0755));
	T(symlink("d/e", "link"));
	T(symlink("nowhere", "dangling"));
	T(symlink("loop2", "loop1"));
	T(symlink("loop1", "loop2"));
	T(symlink("x", "link"));
	T(open("loop1", O_RDONLY));
	T(open("link", O_RDONLY | O_NOFOLLOW));
	T(open("a", O_RDONLY | O_DIRECTORY));
	T(open("a/", O_RDONLY));
	T(open("d", O_WRONLY));
	T(open("", O_RDONLY));
	T(open("new/", O_CREAT | O_WRONLY, 0600));
	T(close(open("dangling", O_CREAT | O_WRONLY, 0600)));
	T(access("nowhere", R_OK));
	T(access("missing", F_OK));
	T(faccessat(99, "a", F_OK, 0));
	char b[100] = "";
	T(readlink("link", b, 100));
	puts(b);
	T(readlink("link", b, 2));
	T(readlink("a", b, 100));
	T(readlink("link", b, 0));
	T(link("a", "a2"));
	T(link("d", "d2"));
	T(link("a", "a2"));
	T(rename("a2", "d/f"));
	T(rename("missing", "d/f"));
	T(rename("d", "d/e/g"));
	T(rename("d/f", "d/e"));
	T(rename("d/e", "d/f"));
	T(renameat2(AT_FDCWD, "a", AT_FDCWD, "d/f", RENAME_NOREPLACE));
	T(renameat2(AT_FDCWD, "d/e", AT_FDCWD, "d/f", RENAME_EXCHANGE));
	T(rmdir("d"));
	T(rmdir("a"));
	T(unlink("d"));
	T(unlink("missing"));
	list("d");
	list(".");
	T(rmdir("d/f"));
	T(rmdir("d/f"));
	T(rmdir("."));
	T(open("d/e", O_RDONLY | O_DIRECTORY));
	int d, f;
	T(d = open("d", O_RDONLY | O_DIRECTORY));
	T(f = openat(d, "inner", O_CREAT | O_RDWR, 0666));
	T(write(f, "inner", 5));
	T(read(d, b, 5));
	T(pread(d, b, 5, 0));
	T(write(d, b, 5));
	T(openat(f, "inner", O_RDONLY));
	T(openat(99, "inner", O_RDONLY));
	T(fchdir(d));
	show("inner");
	T(fchdir(f));
	T(chdir("missing"));
	T(chdir(".."));
	T(unlinkat(d, "inner", 0));
	struct stat s;
	T(fstat(f, &s));
	printf("links %d size %ld mode %o\n", (int)s.st_nlink, (long)s.st_size, s.st_mode);
	T(pread(f, b, 5, 0));
	T(unlinkat(d, "e", AT_REMOVEDIR));
	T(unlinkat(d, "e", 99));
	T(close(d));
	T(close(d));
}

static void attributes(void)
{
	struct stat s;
	struct statx x;
	T(stat("a", &s));
	printf("mode %o links %d size %ld blocks %d type %d\n", s.st_mode, (int)s.st_nlink, (long)s.st_size, s.st_blocks > 0, S_ISREG(s.st_mode));
	ino_t ino = s.st_ino;
	T(lstat("link", &s));
	printf("mode %o size %ld\n", s.st_mode, (long)s.st_size);
	T(chmod("a", 0600));
	T(statx(AT_FDCWD, "a", 0, STATX_ALL, &x));
	printf("mode %o ino %d\n", x.stx_mode, x.stx_ino == ino);
	T(statx(AT_FDCWD, "", 0, STATX_ALL, &x));
	T(umask(077));
	T(umask(022));
	struct timespec times[2] = {{1000, 5}, {0, UTIME_OMIT}};
	T(utimensat(AT_FDCWD, "a", times, 0));
	times[1] = (struct timespec){2000, 7};
	T(utimensat(AT_FDCWD, "a", times, 0));
	stat("a", &s);
	printf("times %ld.%09ld %ld.%09ld\n", s.st_atim.tv_sec, s.st_atim.tv_nsec, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
	times[0].tv_nsec = -5;
	T(utimensat(AT_FDCWD, "a", times, 0));
	struct statfs fs;
	T(statfs("missing", &fs));
	T(fstatfs(99, &fs));
	T(statfs(".", &fs));
}

static void moving(void)
{
	int in, out;
	T(in = open("a", O_RDONLY));
	T(out = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644));
	off_t at = 3;
	T(sendfile(out, in, &at, 5));
	T(at);
	T(sendfile(out, in, NULL, 1000));
	T(sendfile(in, out, NULL, 1000));
	off_t to = 40;
	at = 0;
	T(copy_file_range(in, &at, out, &to, 4, 0));
	T(copy_file_range(in, &at, out, &to, 4, 1));
	show("copy");
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, in, 0);
	printf("mapped %d %d\n", m[0], m[4000]);
	m[0] = 'X';
	munmap(m, 8192);
	show("a");
	T(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, in, 0));
	T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, in, 100));
	T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
	T(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, in, 0));
	int t, m2;
	T(t = open(".", O_TMPFILE | O_RDWR, 0600));
	T(write(t, "temporary", 9));
	T(m2 = memfd_create("memory", MFD_CLOEXEC));
	T(write(m2, "memory", 6));
	T(open("a", O_TMPFILE | O_RDWR, 0600));
	T(open(".", O_TMPFILE | O_RDONLY, 0600));
	int p;
	T(p = open("a", O_PATH));
	char b[10];
	T(read(p, b, 1));
	T(fcntl(p, F_GETFL) & O_PATH);
	T(close(p));
	FILE *f = fopen("stdio", "w+");
	for (int i = 0; i < 20000; i++)
		fprintf(f, "%d\n", i);
	fseek(f, 100000, SEEK_SET);
	int n = 0;
	T(fscanf(f, "%d", &n));
	printf("n %d at %ld\n", n, ftell(f));
	fclose(f);
}

static void system_files(void)
{
	char b[200] = "";
	int f;
	T(f = open("/dev/zero", O_RDWR));
	T(read(f, b, 10));
	T(write(f, b, 10));
	T(close(f));
	T(f = open("/dev/null", O_RDWR));
	T(read(f, b, 10));
	T(write(f, b, 10));
	T(lseek(f, 5, SEEK_SET));
	T(close(f));
	T(f = open("/dev/full", O_RDWR));
	T(write(f, b, 10));
	T(close(f));
	T(f = open("/dev/urandom", O_RDONLY));
	T(read(f, b, 100));
	T(close(f));
	T(open("/dev/null/x", O_RDONLY));
	T(write(open("/dev/stdout", O_WRONLY), "to stdout\n", 0));
	T(access("/proc/self/maps", R_OK));
	f = open("a", O_RDONLY);
	sprintf(b, "/proc/self/fd/%d", f);
	char target[200] = "";
	readlink(b, target, 199);
	char here[200] = "";
	getcwd(here, 200);
	printf("fd link %d\n", strncmp(target, here, strlen(here)) == 0 && strcmp(target + strlen(here), "/a") == 0);
	int g = open(b, O_RDONLY);
	lseek(f, 2, SEEK_SET);
	printf("reopened at %ld\n", (long)lseek(g, 0, SEEK_CUR));
	T(getcwd(b, 3));
	T(socket(9999, SOCK_STREAM, 0));
	char longname[5000];
	memset(longname, 'n', sizeof longname);
	longname[300] = 0;
	T(open(longname, O_RDONLY));
	longname[300] = '/';
	longname[4999] = 0;
	T(open(longname, O_RDONLY));
	T(open((char *)8, O_RDONLY));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	char dir[] = "/tmp/threadmill-XXXXXX";
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	closefrom(3); // so that descriptors have the same numbers everywhere
	contents();
	names();
	attributes();
	moving();
	system_files();
	fflush(stdout);
	const char *left[] = {"a", "copy", "stdio", "link", "dangling", "nowhere", "loop1", "loop2"};
	for (unsigned i = 0; i < sizeof left / sizeof *left; i++)
		T(unlink(left[i]));
	T(unlink("d/e"));
	T(rmdir("d"));
	T(chdir("/"));
	T(rmdir(dir));
	return 0;
}
