// Directories of /tmp: made, listed, changed into, renamed, removed.
// run: 60
// timed: 12
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int compare(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int visited;
static int visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	visited += kind == FTW_DP ? 100 : 1;
	return remove(path);
}

static void list(const char *title)
{
	struct dirent **names;
	int n = scandir(".", &names, NULL, compare);
	printf("%s: %d:", title, n);
	for (int i = 0; i < n; i++)
		if (i < 6 || i > n - 3)
			printf(" %s/%d", names[i]->d_name, names[i]->d_type);
	printf("\n");
}

int main(int argc, char **argv)
{
	int files = argc > 1 ? atoi(argv[1]) : 10;
	char dir[] = "/tmp/guest-XXXXXX", name[64], cwd[100];
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	printf("%d\n", strcmp(getcwd(cwd, sizeof cwd), dir));
	list("empty");
	for (int i = 0; i < files; i++) {
		snprintf(name, sizeof name, "entry-%03d", i);
		int fd = openat(AT_FDCWD, name, O_CREAT | O_WRONLY, 0600);
		if (write(fd, name, i) != (i < 64 ? i : 64) && i < 64)
			return 2;
		close(fd);
	}
	printf("mkdir %d", mkdir("sub", 0755));
	printf(" %d", mkdir("sub", 0755));
	printf(" %s", strerrorname_np(errno));
	printf(" %d\n", mkdir("sub/deeper", 0700));
	list("full");
	int at = open("sub", O_RDONLY | O_DIRECTORY);
	printf("openat %d\n", openat(at, "made", O_CREAT | O_RDWR, 0644) >= 0);
	struct stat st;
	printf("fstatat %d %d\n", fstatat(at, "made", &st, 0), S_ISREG(st.st_mode));
	printf("mkdirat %d\n", mkdirat(at, "third", 0755));
	printf("renameat %d\n", renameat(AT_FDCWD, "entry-001", at, "taken"));
	printf("rename over %d\n", rename("entry-002", "entry-003"));
	printf("stat %d", stat("entry-003", &st));
	printf(" %ld\n", (long)st.st_size);
	printf("rmdir full %d", rmdir("sub"));
	printf(" %s\n", strerrorname_np(errno));
	printf("rmdir file %d", rmdir("entry-003"));
	printf(" %s\n", strerrorname_np(errno));
	printf("unlink directory %d", unlink("sub"));
	printf(" %d\n", errno == EISDIR || errno == EPERM);
	printf("through a file %d", open("entry-003/x", O_RDONLY));
	printf(" %s\n", strerrorname_np(errno));
	printf("write directory %d", open("sub", O_WRONLY));
	printf(" %s\n", strerrorname_np(errno));
	printf("rename directory %d\n", rename("sub", "moved"));
	printf("symlink %d", symlink("moved/taken", "link"));
	printf(" stat %d lstat %d", stat("link", &st), lstat("link", &st));
	printf(" %d %zd %.11s\n", S_ISLNK(st.st_mode), readlink("link", name, sizeof name), name);
	printf("hard link %d", link("entry-003", "again"));
	stat("again", &st);
	printf(" %ld\n", (long)st.st_nlink);
	list("changed");
	if (chdir("moved") || chdir(".."))
		return 3;
	printf("%d\n", strcmp(getcwd(cwd, sizeof cwd), dir));
	DIR *d = opendir("moved");
	int entries = 0;
	while (readdir(d))
		entries++;
	rewinddir(d);
	while (readdir(d))
		entries++;
	closedir(d);
	printf("%d\n", entries);
	printf("nftw %d", nftw(dir, visit, 8, FTW_DEPTH | FTW_PHYS));
	printf(" %d %d\n", visited, access(dir, F_OK));
	return 0;
}
