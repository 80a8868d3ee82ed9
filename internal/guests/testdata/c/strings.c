// The string functions of libc, at every alignment and length.
// run: 64
// timed: 12
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static unsigned long digest = 14695981039346656037u;
static void mix(long v) { digest = (digest ^ (unsigned long)v) * 1099511628211u; }
static int sign(int x) { return (x > 0) - (x < 0); }

static void aligned(int limit)
{
	static char a[256], b[256];
	for (int from = 0; from < 9; from++)
		for (int n = 0; n < limit; n++) {
			for (int i = 0; i < 255; i++)
				a[i] = 'a' + (i * 7 + n) % 26, b[i] = '.';
			memcpy(b + from, a + 3, n);
			mix(memcmp(b + from, a + 3, n));
			memmove(b + from + 2, b + from, n);
			memset(b + from, n, from);
			for (int i = 0; i < 128; i++)
				mix(b[i]);
			a[from + n] = 0;
			mix(strlen(a + from));
			mix(strnlen(a + from, n / 2));
			mix((char *)memchr(a, 'q', sizeof a) - a);
			mix((char *)memrchr(a, 'q', sizeof a) - a);
			mix(sign(strcmp(a, b)));
			mix(sign(strncmp(a + from, a + 26, n)));
		}
}

int main(int argc, char **argv)
{
	aligned(argc > 1 ? atoi(argv[1]) : 10);
	printf("%lx\n", digest);

	char text[128] = "the quick brown fox", copy[128];
	printf("%s|%s|%s\n", strchr(text, 'q'), strrchr(text, 'o'), strstr(text, "own"));
	printf("%zu %zu %s\n", strspn(text, "eht "), strcspn(text, "xyz"), strpbrk(text, "kb"));
	printf("%d %d %d\n", strchr(text, 'Z') == NULL, strstr(text, "cat") == NULL, *strchrnul(text, 'Z'));
	printf("%s %d\n", strcat(strcpy(copy, text), " jumps"), (int)(stpcpy(copy + 40, "over") - copy));
	strncpy(copy, "short", 10);
	printf("%s %d %s\n", copy, copy[9], strncat(copy, "0123456789", 3));
	char *rest = strdup("one,two;;three"), *word, *at;
	for (word = strtok_r(rest, ",;", &at); word; word = strtok_r(NULL, ",;", &at))
		printf("<%s>", word);
	char fields[] = "a::b:", *next = fields;
	while ((word = strsep(&next, ":")))
		printf("[%s]", word);
	printf("\n%d %d %d\n", strcasecmp("HeLLo", "hEllO"), sign(strncasecmp("abcX", "ABCy", 4)), sign(strverscmp("file9", "file10")));
	printf("%s %s\n", (char *)memmem(text, 19, "brown", 5), strfry(strdup("x")));
	printf("%s|%s\n", strerror(2), strsignal(11));
	printf("%d %d %d\n", ffs(48), ffsl(1L << 40), ffsll(0));
	int kinds = 0;
	for (int c = 0; c < 256; c++)
		kinds += !!isalpha(c) + 3 * !!isdigit(c) + 5 * !!isspace(c) + 7 * !!ispunct(c) + 11 * !!isxdigit(c) + 13 * !!iscntrl(c) + toupper(c) - tolower(c);
	printf("%d\n", kinds);
	printf("%d %s\n", sign(strcoll("a", "b")), strndup("truncated", 5));
	char swapped[8] = {1, 2, 3, 4, 5};
	swab(text, swapped, 6);
	printf("%.6s %s\n", swapped, basename("/usr/lib/libc.so"));
	return 0;
}
