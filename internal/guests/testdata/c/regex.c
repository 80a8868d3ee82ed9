// Regular expressions, globs and options of libc.
// run: 30
// timed: 1
#define _GNU_SOURCE
#include <fnmatch.h>
#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void match(const char *pattern, int flags, const char *text)
{
	regex_t r;
	regmatch_t m[4];
	int e = regcomp(&r, pattern, flags);
	if (e) {
		char why[80];
		regerror(e, &r, why, sizeof why);
		printf("%s: %s\n", pattern, why);
		return;
	}
	e = regexec(&r, text, 4, m, 0);
	printf("%s ~ %s:", pattern, text);
	for (int i = 0; !e && i < 4 && m[i].rm_so >= 0; i++)
		printf(" (%.*s)", (int)(m[i].rm_eo - m[i].rm_so), text + m[i].rm_so);
	printf(" %d\n", e);
	regfree(&r);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	for (int i = 0; i < n; i++) {
		char text[80];
		snprintf(text, sizeof text, "item%d = %d.%d; x", i, i * i, i);
		match("([a-z]+)([0-9]+) = ([0-9.]+)", REG_EXTENDED, text);
	}
	match("^(a|b)*c$", REG_EXTENDED, "ababc");
	match("\\(.\\)\\1", 0, "abccd");
	match("HELLO", REG_ICASE | REG_EXTENDED, "say hello");
	match("[[:digit:]]{2,3}", REG_EXTENDED, "a1b22c333");
	match("(unclosed", REG_EXTENDED, "");
	match("no", REG_EXTENDED, "yes");
	printf("%d %d %d\n", fnmatch("*.c", "main.c", 0), fnmatch("[!a]*", "abc", 0), fnmatch("a/*/c", "a/b/c", FNM_PATHNAME));
	char *args[] = {"prog", "-ab", "7", "--long=9", "rest", "--flag", "-z", "more", NULL};
	static int flag;
	static const struct option longs[] = {{"long", required_argument, 0, 'l'}, {"flag", no_argument, &flag, 5}, {0}};
	int c;
	opterr = 0;
	while ((c = getopt_long(8, args, "ab:", longs, NULL)) != -1)
		printf("%d %s\n", c, optarg && (c == 'b' || c == 'l') ? optarg : "-");
	printf("%d %d %s\n", flag, optind, args[optind]);
	setenv("NAME", "value", 1);
	setenv("NAME", "kept", 0);
	char assigned[] = "OTHER=thing";
	putenv(assigned);
	printf("%s %s", getenv("NAME"), getenv("OTHER"));
	unsetenv("NAME");
	printf(" %d\n", getenv("NAME") == NULL);
	return 0;
}
